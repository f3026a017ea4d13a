/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gather_config - what the site's configuration says about gathering.
 */
#ifndef EG_COMMANDS_GATHER_CONFIG_H
#define EG_COMMANDS_GATHER_CONFIG_H

struct eg_config;
struct eg_gather_options;

/* Set what @config says and leave the rest of @ret; @config must live as long as @ret. */
void eg_gather_configure(const struct eg_config *config, struct eg_gather_options *ret);

/*
 * An option said that the node is of @type, over what eg_gather_configure() set: the site's number
 * of devices and the learned one are no longer asked. @type must live as long as @ret.
 */
void eg_gather_say_type(const char *type, struct eg_gather_options *ret);

#endif
