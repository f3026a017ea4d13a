/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pass - when this boot of this instance was last found good, so that the
 * next gates need not load libfabric or exchange traffic. A file in run_dir,
 * which is gone after a boot; an image that carries it along does not count,
 * because boot and instance are named in it.
 */
#ifndef EG_GATE_PASS_H
#define EG_GATE_PASS_H

#include <stdbool.h>
#include <stdint.h>

struct eg_config;
struct eg_node_facts;

/* Points in time, seconds since 1970; 0: never. */
struct eg_pass {
	int64_t checked; /* all layers, libfabric among them */
	int64_t traffic; /* with other nodes */
	int64_t tried; /* traffic wanted, and no partner came */
};

/* All 0 when there is none of this boot and instance. */
void eg_pass_read(const struct eg_config *config, const struct eg_node_facts *facts,
		  struct eg_pass *ret);

/* Failures are not told: the next gate then looks again. */
void eg_pass_write(const struct eg_config *config, const struct eg_node_facts *facts,
		   const struct eg_pass *pass);

/* Nothing counts any more: one system call. */
void eg_pass_drop(const struct eg_config *config);

/* Does what happened at @then still count at @now? A time to come does not. */
bool eg_pass_is_fresh(int64_t then, int64_t now, uint32_t ttl_s);

#endif
