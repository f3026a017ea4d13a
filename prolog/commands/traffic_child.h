/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * traffic_child - eg_traffic_serve() in a process of its own, with the
 * environment it needs: a driver that hangs or a library that aborts then
 * hurts that process alone.
 *
 * The functions wait until a deadline. Who has more to wait for polls conn.fd,
 * takes messages with eg_conn_read(), and asks eg_traffic_child_explain() what
 * an error means.
 */
#ifndef EG_COMMANDS_TRAFFIC_CHILD_H
#define EG_COMMANDS_TRAFFIC_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/burst/meeting.h"

struct eg_err;
struct eg_offer;
struct eg_result;
struct eg_round;

struct eg_provider;

struct eg_traffic_child_options {
	const struct eg_provider *provider; /* NULL: what suits the devices, eg_provider_for() */
	uint32_t read_bytes; /* as in struct eg_traffic */
	const char *libfabric; /* path, NULL: "libfabric.so.1" */
	const char *sysfs; /* "/sys" */
	const char *instance_type; /* as the site says, NULL: DMI tells */
	int64_t deadline_ms; /* point on the monotonic clock: the process ends then by itself */
	bool show_talk; /* leave the libraries their stderr */
};

struct eg_traffic_child {
	pid_t pid; /* 0: none, or its end was taken */
	int status; /* of waitpid(2), once its end was taken */
	struct eg_conn conn;
	bool tidies; /* it has something to put away at its end */
};

/*
 * Start the process. Before any thread is started here; it closes all
 * descriptors it inherits but 0 to 2. Returns 0, to be ended with
 * eg_traffic_child_end(), or -errno.
 */
int eg_traffic_child_start(struct eg_traffic_child *ret,
			   const struct eg_traffic_child_options *options, struct eg_err *err);

/*
 * Wait for the offer, which is the first message. 0, -ETIMEDOUT, -ECHILD with
 * "the process for traffic ended: Aborted", -EPROTO or -errno.
 */
int eg_traffic_child_offer(struct eg_traffic_child *child, int64_t deadline_ms,
			   struct eg_offer *ret, struct eg_err *err);

/* Hand it a round: its budget begins now. Errors as above. */
int eg_traffic_child_round(struct eg_traffic_child *child, const struct eg_round *round,
			   int64_t deadline_ms, struct eg_err *err);

/* Wait for the result of a round that was handed over. Errors as above. */
int eg_traffic_child_result(struct eg_traffic_child *child, int64_t deadline_ms,
			    struct eg_result *ret, struct eg_err *err);

/*
 * What the -errno @rc of eg_conn_read() or eg_conn_send() on its connection
 * means: a closed one becomes -ECHILD with how the process ended, the others
 * stay. Waits some ms for that end. Returns the error.
 */
int eg_traffic_child_explain(struct eg_traffic_child *child, int rc, struct eg_err *err);

/*
 * Kill its group, close the connection and take its end. Takes a zeroed @child
 * and one that was ended. Blocks 200 ms at most: a process in state D is left
 * behind.
 */
void eg_traffic_child_end(struct eg_traffic_child *child);

#endif
