/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * messages - two-sided messages between two EFA devices of this node, as MPI
 * and NCCL's plugin send them: the efa fabric's endpoints with the queue sizes
 * they have by themselves, copied through the provider's packet pools.
 *
 * Both ends are in this process and are polled by the caller's thread.
 */
#ifndef EG_BURST_MESSAGES_H
#define EG_BURST_MESSAGES_H

#include <stddef.h>
#include <stdint.h>

#include "common/burst/run_math.h"

struct eg_err;
struct eg_fabric_lib;
struct eg_messages;

#define EG_MESSAGE_BYTES_MAX 65536 /* up to here the provider copies */

/*
 * Open the device named @from (NULL: the first that libfabric offers) and the
 * one behind it, or the same once more where there is no other. 0 with *@ret,
 * or -errno. Blocks as long as the driver does.
 */
int eg_messages_open(const struct eg_fabric_lib *lib, const char *from, struct eg_messages **ret,
		     struct eg_err *err);

/* Takes NULL. Only when no message is under way, which is so after the functions below gave 0. */
void eg_messages_close(struct eg_messages *messages);

/* The devices' names as libfabric has them. */
const char *eg_messages_from(const struct eg_messages *messages);
const char *eg_messages_to(const struct eg_messages *messages);

/*
 * A message of @size there and one back, for @span_ns or until @samples is
 * full: half of each round is a sample. 0 or -errno: -ETIMEDOUT when one did
 * not end within 2 s.
 */
int eg_messages_ping(struct eg_messages *messages, size_t size, int64_t span_ns,
		     struct eg_samples *samples, struct eg_err *err);

/* Messages of @size one way, several under way, for @span_ns: what arrived, and in what time. */
int eg_messages_stream(struct eg_messages *messages, size_t size, int64_t span_ns,
		       uint64_t *ret_bytes, uint64_t *ret_ns, struct eg_err *err);

/* How long the first device takes to register @size bytes of the caller's. Released again. */
int eg_messages_register(struct eg_messages *messages, void *memory, size_t size, int64_t *ret_ns,
			 struct eg_err *err);

#endif
