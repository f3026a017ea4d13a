/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/burst/meeting.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/base/deadline.h"
#include "common/base/err.h"
#include "common/base/fd.h"
#include "common/burst/session.h"

#define BACKLOG 4096 /* all members come at once; the kernel cuts it to somaxconn */

/* Neighbouring jobs and steps are to start far from each other: a mixer of 64 bits. */
static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 33)) * 0xff51afd7ed558ccdULL;
	x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53ULL;
	return x ^ (x >> 33);
}

size_t eg_meeting_ports(const struct eg_session *session, uint16_t *ret)
{
	uint64_t start = mix((uint64_t)session->job << 32 | session->step);
	size_t range = session->port_count;
	size_t count = range < EG_MEETING_PORTS ? range : EG_MEETING_PORTS;

	for (size_t i = 0; i < count; i++)
		ret[i] = (uint16_t)(session->port_first + (start + i * (range / count)) % range);
	return count;
}

/* Both families in one socket: else a stranger could take the other one on the same port. */
static int new_listener(uint16_t port)
{
	EG_CLEANUP(eg_close_fd)
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_in6 any6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	struct sockaddr_in any4 = { .sin_family = AF_INET, .sin_port = htons(port) };
	int on = 1;
	int off = 0;
	int rc;

	if (fd >= 0) {
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	} else {
		fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		any6.sin6_family = AF_UNSPEC;
	}
	if (fd < 0)
		return -errno;
	/* An earlier session's closed connections must not keep the port. */
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (any6.sin6_family == AF_INET6)
		rc = bind(fd, (struct sockaddr *)&any6, sizeof(any6));
	else
		rc = bind(fd, (struct sockaddr *)&any4, sizeof(any4));
	if (rc < 0 || listen(fd, BACKLOG) < 0)
		return -errno;
	rc = fd;
	fd = -1;
	return rc;
}

int eg_meeting_listen(const struct eg_session *session, uint16_t *ret_port, struct eg_err *err)
{
	uint16_t ports[EG_MEETING_PORTS];
	size_t count = eg_meeting_ports(session, ports);
	int fd = -EADDRINUSE;

	for (size_t i = 0; i < count; i++) {
		fd = new_listener(ports[i]);
		*ret_port = ports[i];
		if (fd >= 0)
			return fd;
		if (fd != -EADDRINUSE)
			return eg_err_errno(err, -fd, "TCP port %u", ports[i]);
	}
	if (session->hand)
		return eg_err_errno(err, EADDRINUSE, "TCP port %u", session->port_first);
	return eg_err_set(err, EADDRINUSE,
			  "no free TCP port for the session (%zu tried from %u-%u)", count,
			  session->port_first,
			  (unsigned int)session->port_first + session->port_count - 1);
}

int eg_meeting_resolve(const char *node, struct eg_meeting_addresses *ret, struct eg_err *err)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	struct addrinfo *list = NULL;
	int rc = getaddrinfo(node, NULL, &hints, &list);

	ret->count = 0;
	if (rc)
		return eg_err_set(err, EHOSTUNREACH, "address of node '%s': %s", node,
				  gai_strerror(rc));
	for (struct addrinfo *one = list; one && ret->count < EG_MEETING_ADDRESSES;
	     one = one->ai_next) {
		if (one->ai_addrlen > sizeof(ret->list[0]))
			continue;
		memcpy(&ret->list[ret->count], one->ai_addr, one->ai_addrlen);
		ret->length[ret->count++] = one->ai_addrlen;
	}
	freeaddrinfo(list);
	if (!ret->count)
		return eg_err_set(err, EHOSTUNREACH, "address of node '%s': none", node);
	return 0;
}

int eg_meeting_connect(const struct eg_meeting_addresses *addresses, size_t which, uint16_t port)
{
	struct sockaddr_storage to = addresses->list[which % addresses->count];
	socklen_t length = addresses->length[which % addresses->count];
	int fd = socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int rc;

	if (fd < 0)
		return -errno;
	if (to.ss_family == AF_INET6)
		((struct sockaddr_in6 *)&to)->sin6_port = htons(port);
	else
		((struct sockaddr_in *)&to)->sin_port = htons(port);
	if (connect(fd, (struct sockaddr *)&to, length) == 0 || errno == EINPROGRESS)
		return fd;
	rc = -errno;
	(void)close(fd);
	return rc;
}

bool eg_meeting_answers(const struct eg_meeting_addresses *addresses, uint16_t port,
			int64_t timeout_ms)
{
	EG_CLEANUP(eg_close_fd) int fd = eg_meeting_connect(addresses, 0, port);
	struct pollfd wait = { .fd = fd, .events = POLLOUT };
	int64_t deadline_ms = eg_deadline_in(timeout_ms);
	socklen_t size = sizeof(int);
	int code = 0;
	int rc;

	if (fd < 0)
		return fd == -ECONNREFUSED;
	do
		rc = poll(&wait, 1, eg_deadline_left(deadline_ms));
	while (rc < 0 && errno == EINTR);
	if (rc <= 0 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size) < 0)
		return false;
	return code == 0 || code == ECONNREFUSED;
}

void eg_conn_init(struct eg_conn *conn, int fd)
{
	int on = 1;

	memset(conn, 0, sizeof(*conn));
	conn->fd = fd;
	(void)eg_fd_set_nonblock(fd, 1);
	/* Fails on the leader's own socket pair, which has no delay. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

void eg_conn_next(struct eg_conn *conn)
{
	free(conn->body);
	conn->body = NULL;
	conn->length = 0;
}

void eg_conn_done(struct eg_conn *conn)
{
	eg_conn_next(conn);
	eg_close_fd(&conn->fd);
}

void eg_conn_key(struct eg_conn *conn, const uint8_t key[EG_MAC_BYTES], bool leads)
{
	memcpy(conn->key, key, EG_MAC_BYTES);
	conn->keyed = true;
	conn->leads = leads;
	conn->sent = 0;
	conn->received = 0;
}

/* The code of message @number from the leader or to it. */
static void code_of(const struct eg_conn *conn, bool from_leader, uint64_t number,
		    const uint8_t *header, const uint8_t *body, size_t length, uint8_t *ret)
{
	uint8_t place[9] = { from_leader };
	const struct eg_mac_part parts[] = {
		{ place, sizeof(place) },
		{ header, EG_WIRE_HEADER },
		{ body, length },
	};

	for (size_t i = 0; i < 8; i++)
		place[i + 1] = (uint8_t)(number >> (8 * i));
	eg_mac(conn->key, sizeof(conn->key), parts, EG_COUNT(parts), ret);
}

/* 1 when @size bytes are there, 0 when more has to come. Never takes in more than that. */
static int read_part(struct eg_conn *conn, uint8_t *data, size_t have, size_t size)
{
	ssize_t got;

	if (have == size)
		return 1;
	got = recv(conn->fd, data + have, size - have, MSG_DONTWAIT);
	if (got == 0)
		return -ECONNRESET;
	if (got < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	conn->length += (size_t)got;
	return have + (size_t)got == size;
}

static int begin_body(struct eg_conn *conn, enum eg_wire_type type)
{
	int rc = eg_wire_get_header(conn->header, &conn->frame);

	if (rc)
		return rc;
	if (type && conn->frame.type != type)
		return -EPROTO;
	conn->body = malloc(conn->frame.length + EG_CONN_CODE_BYTES + 1);
	return conn->body ? 0 : -ENOMEM;
}

static int check_code(struct eg_conn *conn)
{
	uint8_t code[EG_MAC_BYTES];

	code_of(conn, !conn->leads, conn->received++, conn->header, conn->body, conn->frame.length,
		code);
	return eg_mac_equal(code, conn->body + conn->frame.length, EG_CONN_CODE_BYTES) ? 1
										       : -EPROTO;
}

int eg_conn_read(struct eg_conn *conn, enum eg_wire_type type)
{
	size_t behind = conn->keyed ? EG_CONN_CODE_BYTES : 0;
	int rc = 1;

	if (conn->length < EG_WIRE_HEADER)
		rc = read_part(conn, conn->header, conn->length, EG_WIRE_HEADER);
	if (rc <= 0)
		return rc;
	if (!conn->body) {
		rc = begin_body(conn, type);
		if (rc)
			return rc;
	}
	rc = read_part(conn, conn->body, conn->length - EG_WIRE_HEADER,
		       conn->frame.length + behind);
	return rc > 0 && behind ? check_code(conn) : rc;
}

int eg_conn_wait(struct eg_conn *conn, enum eg_wire_type type, int64_t deadline_ms)
{
	struct pollfd wait = { .fd = conn->fd, .events = POLLIN };
	int rc = eg_conn_read(conn, type);

	while (rc == 0) {
		int ready = poll(&wait, 1, eg_deadline_left(deadline_ms));

		if (ready < 0 && errno != EINTR)
			return -errno;
		if (ready > 0)
			rc = eg_conn_read(conn, type);
		/* A sender of single bytes must not hold us beyond the deadline. */
		if (rc == 0 && !eg_deadline_left(deadline_ms))
			return -ETIMEDOUT;
	}
	return rc < 0 ? rc : 0;
}

int eg_conn_send(struct eg_conn *conn, const struct eg_wire_buffer *message, int64_t deadline_ms)
{
	EG_CLEANUP(eg_free) uint8_t *coded = NULL;
	uint8_t code[EG_MAC_BYTES];

	if (!conn->keyed)
		return eg_fd_write_until(conn->fd, message->data, message->length, deadline_ms);
	coded = malloc(message->length + EG_CONN_CODE_BYTES);
	if (!coded)
		return -ENOMEM;
	code_of(conn, conn->leads, conn->sent++, message->data, message->data + EG_WIRE_HEADER,
		message->length - EG_WIRE_HEADER, code);
	memcpy(coded, message->data, message->length);
	memcpy(coded + message->length, code, EG_CONN_CODE_BYTES);
	return eg_fd_write_until(conn->fd, coded, message->length + EG_CONN_CODE_BYTES,
				 deadline_ms);
}
