/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * meeting - the TCP side of a session: which port, connecting without being
 * held, and whole messages over a connection.
 *
 * Nothing can be handed out beforehand, so the port follows from job and step:
 * a few candidates, of which the leader takes the first free one and members
 * try all. Any user may sit on a candidate; who answers must prove himself.
 */
#ifndef EG_BURST_MEETING_H
#define EG_BURST_MEETING_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "common/burst/mac.h"
#include "common/burst/wire.h"

struct eg_err;
struct eg_session;

#define EG_MEETING_PORTS 4 /* candidates */
#define EG_MEETING_ADDRESSES 4 /* of a node that are tried in turn */

#define EG_CONN_CODE_BYTES 16 /* behind each message of a keyed connection */

/* A connection and the message that is coming in. fd -1: none. */
struct eg_conn {
	int fd;
	bool keyed, leads; /* see eg_conn_key() */
	uint8_t key[EG_MAC_BYTES];
	uint64_t sent, received; /* whole messages since it has a key */
	uint8_t header[EG_WIRE_HEADER];
	uint8_t *body; /* allocated when the header has come and was good */
	size_t length; /* of header and body read so far */
	struct eg_wire_header frame; /* valid when length >= EG_WIRE_HEADER */
};

struct eg_meeting_addresses {
	struct sockaddr_storage list[EG_MEETING_ADDRESSES];
	socklen_t length[EG_MEETING_ADDRESSES];
	size_t count;
};

/* The candidates of a session, at most EG_MEETING_PORTS, all different; returns their number. */
size_t eg_meeting_ports(const struct eg_session *session, uint16_t *ret);

/* Listen on the first free candidate: the descriptor and *@ret_port, or -EADDRINUSE or -errno. */
int eg_meeting_listen(const struct eg_session *session, uint16_t *ret_port, struct eg_err *err);

/* Addresses of a node by name. Blocks as long as the resolver does. 0 or -EHOSTUNREACH. */
int eg_meeting_resolve(const char *node, struct eg_meeting_addresses *ret, struct eg_err *err);

/* Begin to connect: a non-blocking descriptor that becomes writable, or -errno. */
int eg_meeting_connect(const struct eg_meeting_addresses *addresses, size_t which, uint16_t port);

/* Does the node answer on TCP at all, with accept or refusal, within @timeout_ms? */
bool eg_meeting_answers(const struct eg_meeting_addresses *addresses, uint16_t port,
			int64_t timeout_ms);

/*
 * From now on every message, in both directions, is followed by a code over
 * direction, number and content: what others put in, repeat or leave out is
 * -EPROTO. @leads: this is the leader's end.
 */
void eg_conn_key(struct eg_conn *conn, const uint8_t key[EG_MAC_BYTES], bool leads);

/*
 * Take in what has come of the next message, one read(2) for the header and
 * one for the body: 1 when it is whole (frame and body are valid until
 * eg_conn_next()), 0 when more has to come, -EPROTO (also for a type that is
 * not @type; 0 takes any), -ECONNRESET at the end, or -errno.
 */
int eg_conn_read(struct eg_conn *conn, enum eg_wire_type type);

/* The same, waiting until @deadline_ms: 0, -ETIMEDOUT or as above. */
int eg_conn_wait(struct eg_conn *conn, enum eg_wire_type type, int64_t deadline_ms);

/* Done with the message. */
void eg_conn_next(struct eg_conn *conn);

/* Send a message by @deadline_ms: 0, -ETIMEDOUT or -errno, after which no other can be sent. */
int eg_conn_send(struct eg_conn *conn, const struct eg_wire_buffer *message, int64_t deadline_ms);

/* Take over @fd: non-blocking, no delay. */
void eg_conn_init(struct eg_conn *conn, int fd);

/* Close; takes a closed one. */
void eg_conn_done(struct eg_conn *conn);

#endif
