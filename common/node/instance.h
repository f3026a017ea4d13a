/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * instance - which EC2 instance this is, and how many devices it should have.
 */
#ifndef EG_NODE_INSTANCE_H
#define EG_NODE_INSTANCE_H

#include <stdint.h>

struct eg_instance_facts;

/* What the user or the site says, each part may be missing. */
struct eg_instance_said {
	const char *type; /* NULL: DMI tells */
	const char *type_source; /* "option" or "config", static text */
	uint32_t devices; /* 0: not said */
};

/*
 * Fill @ret from DMI under @sysfs, the built-in table and @said. A machine that
 * is not of EC2, or a type without row, has no expectation unless one is said.
 */
void eg_instance_read(const char *sysfs, const struct eg_instance_said *said,
		      struct eg_instance_facts *ret);

#endif
