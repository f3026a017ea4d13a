/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/node/instance.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/base/fd.h"
#include "common/node/facts.h"
#include "common/node/instance_table.h"

static bool read_dmi(const char *sysfs, const char *file, char *text, size_t size)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/class/dmi/id/%s", sysfs, file);
	if (eg_file_read_text(AT_FDCWD, path, text, size, NULL) > 0)
		return true;
	text[0] = '\0';
	return false;
}

/* Elsewhere the product's name is no instance type and the tag no instance id. */
static bool is_ec2(const char *sysfs)
{
	char vendor[64];

	return (read_dmi(sysfs, "sys_vendor", vendor, sizeof(vendor)) &&
		!strcmp(vendor, "Amazon EC2")) ||
	       (read_dmi(sysfs, "board_vendor", vendor, sizeof(vendor)) &&
		!strcmp(vendor, "Amazon EC2"));
}

static void read_identity(const char *sysfs, struct eg_instance_facts *ret)
{
	if (!is_ec2(sysfs))
		return;
	if (read_dmi(sysfs, "product_name", ret->type, sizeof(ret->type)))
		ret->type_source = "dmi";
	if (read_dmi(sysfs, "board_asset_tag", ret->id, sizeof(ret->id)) &&
	    strncmp(ret->id, "i-", 2) != 0)
		ret->id[0] = '\0';
}

static void expect(const struct eg_instance_said *said, struct eg_instance_facts *ret)
{
	const struct eg_instance_type *type = eg_instance_type_find(ret->type);

	if (said->devices || (said->type && type))
		ret->source = EG_EXPECT_SITE;
	else if (type)
		ret->source = EG_EXPECT_TABLE;
	ret->expected_devices = said->devices;
	if (!type)
		return;
	if (!said->devices)
		ret->expected_devices = type->devices;
	ret->expected_gbps = type->gbps / type->devices * ret->expected_devices;
	/* Which of its places a site leaves empty is not known. */
	if (type->addresses && ret->expected_devices == type->devices) {
		ret->addresses = type->addresses;
		ret->address_count = type->devices;
	}
}

void eg_instance_read(const char *sysfs, const struct eg_instance_said *said,
		      struct eg_instance_facts *ret)
{
	*ret = (struct eg_instance_facts){ .type_source = "", .source = EG_EXPECT_NOTHING };
	read_identity(sysfs, ret);
	if (said->type) {
		(void)snprintf(ret->type, sizeof(ret->type), "%s", said->type);
		ret->type_source = said->type_source ? said->type_source : "option";
	}
	expect(said, ret);
}
