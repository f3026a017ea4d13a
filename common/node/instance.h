/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * instance - which EC2 instance this is, and how many devices it should have.
 */
#ifndef EG_NODE_INSTANCE_H
#define EG_NODE_INSTANCE_H

#include <stdint.h>

struct eg_err;
struct eg_instance_facts;

/* What the user, the site or an earlier run says; each part may be missing. */
struct eg_instance_said {
	const char *type; /* NULL: DMI tells */
	const char *type_source; /* "option" or "config", static text */
	uint32_t devices; /* 0: not said */
	const char *table; /* the site's instances.conf, NULL: none */
	const char *learned; /* file of eg_learned_write(), NULL: none */
	const char *boot_id; /* "" unknown; stands for the instance's id where that is not known */
};

/*
 * Fill @ret from DMI under @sysfs, the tables and @said. The number of devices
 * is the one said, else the one learned of this instance, else the type's. A
 * machine that is not of EC2, or a type without row, has no expectation unless
 * one is said.
 * Returns 0, or -errno when something that is there could not be read: DMI that
 * would have told the type, a table with a mistake. Then @err has the text for
 * "not measured", and what is known all the same is in @ret.
 */
int eg_instance_read(const char *sysfs, const struct eg_instance_said *said,
		     struct eg_instance_facts *ret, struct eg_err *err);

#endif
