/* SPDX-License-Identifier: BSD-3-Clause */
/* Any bytes as instances.conf. */
#include <stdint.h>
#include <stdlib.h>

#include "common/base/err.h"
#include "common/node/instance_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct eg_instance_rows rows = { (const char *)data, (const char *)data + size, "fuzz", 0 };
	struct eg_instance_type type;
	struct eg_err err = { 0 };

	while (eg_instance_rows_next(&rows, &type, &err) > 0) {
		if (!type.devices || type.devices > EG_DEVICES_MAX ||
		    (type.place_count && type.place_count != type.devices))
			abort();
	}
	return 0;
}
