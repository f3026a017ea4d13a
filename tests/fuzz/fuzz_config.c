/* SPDX-License-Identifier: BSD-3-Clause */
/* Any bytes as efagate.conf. */
#include <stdint.h>
#include <stdlib.h>

#include "common/base/err.h"
#include "prolog/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[EG_CONFIG_BYTES_MAX];
	struct eg_config config;
	struct eg_err err = { 0 };

	if (size >= sizeof(text))
		return 0;
	for (size_t i = 0; i < size; i++)
		text[i] = (char)data[i];
	text[size] = '\0'; /* as eg_config_load() ends it */
	if (!eg_config_parse("fuzz", text, size, &config, &err) && config.expected_devices > 64)
		abort();
	return 0;
}
