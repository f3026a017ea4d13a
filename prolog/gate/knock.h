/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * knock - how a node whose pass is old wakes partners whose pass is fresh.
 *
 * A gate with a fresh pass ends in milliseconds and leaves a process that
 * listens for a second. A gate that wants traffic sends all nodes of its job a
 * datagram, sealed by munge: root's on a node of the same job is obeyed.
 */
#ifndef EG_GATE_KNOCK_H
#define EG_GATE_KNOCK_H

#include <stdbool.h>
#include <stdint.h>

struct eg_err;
struct eg_session;

/*
 * Knock at the nodes of @session, @index left out, several times within 0.8 s.
 * Blocks for that and as long as the resolver and munge do: for a process of
 * its own. @session->auth is open.
 */
void eg_knock_send(const struct eg_session *session, uint32_t index);

/* Listen: a descriptor, or -errno. */
int eg_knock_listen(const struct eg_session *session, struct eg_err *err);

/* Wait until @deadline_ms for a knock that is meant: true when one has come. */
bool eg_knock_wait(const struct eg_session *session, int fd, int64_t deadline_ms);

#endif
