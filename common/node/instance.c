/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/node/instance.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/base/err.h"
#include "common/base/fd.h"
#include "common/node/facts.h"
#include "common/node/instance_table.h"
#include "common/node/learned.h"

/* Letters, digits, points and hyphens: all that AWS uses, and nothing a terminal obeys. */
static bool is_plain(const char *text)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";

	return text[0] && strspn(text, plain) == strlen(text);
}

/* 0, or -errno with @text empty. */
static int read_dmi(const char *sysfs, const char *file, char *text, size_t size,
		    struct eg_err *err)
{
	char path[PATH_MAX];
	ssize_t length;

	if (snprintf(path, sizeof(path), "%s/class/dmi/id/%s", sysfs, file) >= (int)sizeof(path))
		length = eg_err_errno(err, ENAMETOOLONG, "'%s'", sysfs);
	else
		length = eg_file_read_text(AT_FDCWD, path, text, size, err);
	if (!length)
		length = eg_err_set(err, ENODATA, "'%s' is empty", path);
	if (length > 0)
		return 0;
	text[0] = '\0';
	return (int)length;
}

/*
 * Is this a machine of EC2? Elsewhere the product's name is no instance type
 * and the tag no instance id. EG_NOT_MEASURED with @err when no vendor can be read.
 */
static enum eg_tri ask_vendor(const char *sysfs, struct eg_err *err)
{
	static const char *const files[] = { "board_vendor", "sys_vendor" };
	enum eg_tri answer = EG_NOT_MEASURED;
	char vendor[64];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]) && answer != EG_YES; i++) {
		if (!read_dmi(sysfs, files[i], vendor, sizeof(vendor), err))
			answer = strcmp(vendor, "Amazon EC2") ? EG_NO : EG_YES;
	}
	return answer;
}

static int read_identity(const char *sysfs, struct eg_instance_facts *ret, struct eg_err *err)
{
	enum eg_tri is_ec2 = ask_vendor(sysfs, err);
	int rc;

	if (is_ec2 != EG_YES)
		return is_ec2 == EG_NO ? 0 : -err->code;
	if (read_dmi(sysfs, "board_asset_tag", ret->id, sizeof(ret->id), NULL) ||
	    strncmp(ret->id, "i-", 2) != 0 || !is_plain(ret->id))
		ret->id[0] = '\0';
	rc = read_dmi(sysfs, "product_name", ret->type, sizeof(ret->type), err);
	if (!rc && !is_plain(ret->type)) {
		ret->type[0] = '\0';
		rc = eg_err_set(err, EINVAL,
				"'%s/class/dmi/id/product_name' is no name of an instance type",
				sysfs);
	}
	if (!rc)
		ret->type_source = "dmi";
	return rc;
}

/* Who says how many: 0 and @ret->source, or -errno of what was learned. */
static int choose_number(const struct eg_instance_said *said, struct eg_instance_facts *ret,
			 struct eg_err *err)
{
	uint32_t learned = 0;
	int rc;

	if (said->devices) {
		ret->source = EG_EXPECT_SITE;
		ret->expected_devices = said->devices;
		return 0;
	}
	rc = said->learned ? eg_learned_read(said->learned, ret->id[0] ? ret->id : said->boot_id,
					     &learned, err)
			   : 0;
	if (rc > 0) {
		ret->source = EG_EXPECT_LEARNED;
		ret->expected_devices = learned;
	}
	return rc < 0 ? rc : 0;
}

static void expect_of_type(const struct eg_instance_type *type, bool said,
			   struct eg_instance_facts *ret)
{
	if (ret->source == EG_EXPECT_NOTHING) {
		ret->source = said ? EG_EXPECT_SITE : EG_EXPECT_TABLE;
		ret->expected_devices = type->devices;
	}
	/* All together may be less than the sum, and is when the sum is rounded. */
	ret->expected_gbps = ret->expected_devices == type->devices
				     ? type->gbps
				     : type->gbps_each * ret->expected_devices;
	ret->accelerators = type->accelerators;
	/* Which of its places a site leaves empty is not known. */
	if (ret->expected_devices != type->devices)
		return;
	memcpy(ret->places, type->places, sizeof(ret->places));
	ret->place_count = type->place_count;
}

int eg_instance_read(const char *sysfs, const struct eg_instance_said *said,
		     struct eg_instance_facts *ret, struct eg_err *err)
{
	struct eg_err ignored = { 0 };
	struct eg_instance_type type;
	int rc, found;

	err = err ? err : &ignored;
	*ret = (struct eg_instance_facts){ .type_source = "", .source = EG_EXPECT_NOTHING };
	rc = read_identity(sysfs, ret, err);
	if (said->type) {
		(void)snprintf(ret->type, sizeof(ret->type), "%s", said->type);
		ret->type_source = said->type_source ? said->type_source : "option";
	}
	/* What is said needs no DMI. */
	if (said->type || said->devices)
		rc = 0;
	rc = choose_number(said, ret, rc ? &ignored : err) ?: rc;
	found = eg_instance_type_find(said->table, ret->type, &type, rc ? &ignored : err);
	if (found > 0)
		expect_of_type(&type, said->type, ret);
	if (found == 0 && said->type && !said->devices)
		found = eg_err_set(rc ? &ignored : err, ENOENT,
				   "no row of an instance type '%.60s', which was said", ret->type);
	return rc ?: found < 0 ? found : 0;
}
