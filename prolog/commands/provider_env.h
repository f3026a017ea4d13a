/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * provider_env - the environment of the processes that use libfabric: what the
 * caller has set must not steer what is measured.
 */
#ifndef EG_COMMANDS_PROVIDER_ENV_H
#define EG_COMMANDS_PROVIDER_ENV_H

#include <stdbool.h>

/* Provider efa and host memory; none of its own variables but the one that turns shared memory off.
 */
void eg_provider_env_set(void);

/* Another provider than efa, by libfabric's name; its own variables are the caller's. */
void eg_provider_env_set_other(const char *provider);

/*
 * And for traffic: small queues and no copies of what is not expected, so that
 * no huge pages and little memory are taken. @device_reads: every device that
 * opens has RDMA reads of its own; asked for on one that has none the provider
 * ends the process.
 */
void eg_provider_env_set_traffic(bool device_reads);

#endif
