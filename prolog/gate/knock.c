/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/gate/knock.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/base/deadline.h"
#include "common/base/err.h"
#include "common/burst/auth.h"
#include "common/burst/meeting.h"
#include "common/burst/session.h"

/* Gates of one job start within 0.35 s of each other (64 nodes). */
static const int64_t pauses_ms[] = { 0, 120, 280, 400 };

/* What is sealed: job and step, so that no older knock can be used again. */
static void make_payload(const struct eg_session *session, struct eg_auth_payload *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->length = (size_t)snprintf((char *)ret->data, sizeof(ret->data),
				       "efagate.knock/1 %u %u", session->job, session->step);
}

static void set_port(struct sockaddr_storage *address, uint16_t port)
{
	if (address->ss_family == AF_INET6)
		((struct sockaddr_in6 *)(void *)address)->sin6_port = htons(port);
	else
		((struct sockaddr_in *)(void *)address)->sin_port = htons(port);
}

static void send_to(const struct eg_session *session, const struct eg_meeting_addresses *to,
		    const char *text)
{
	uint16_t ports[EG_MEETING_PORTS];
	size_t count = eg_meeting_ports(session, ports);

	for (size_t i = 0; to->count && i < count; i++) {
		struct sockaddr_storage address = to->list[0];
		EG_CLEANUP(eg_close_fd)
		int fd = socket(address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

		set_port(&address, ports[i]);
		/* A lost one is sent again; who never answers is not met. */
		if (fd >= 0)
			(void)sendto(fd, text, strlen(text), MSG_NOSIGNAL,
				     (struct sockaddr *)&address, to->length[0]);
	}
}

static void send_round(const struct eg_session *session, uint32_t index,
		       const struct eg_meeting_addresses *nodes)
{
	struct eg_credential credential = { .text = "" };
	struct eg_auth_payload payload;

	make_payload(session, &payload);
	if (session->auth->seal(session->auth->context, &payload, &credential, NULL))
		return;
	for (uint32_t i = 0; i < session->count; i++) {
		if (i != index)
			send_to(session, &nodes[i], credential.text);
	}
}

void eg_knock_send(const struct eg_session *session, uint32_t index)
{
	EG_CLEANUP(eg_free)
	struct eg_meeting_addresses *nodes = calloc(session->count, sizeof(*nodes));

	for (uint32_t i = 0; nodes && i < session->count; i++) {
		if (i != index && eg_meeting_resolve(session->nodes[i], &nodes[i], NULL))
			nodes[i].count = 0;
	}
	for (size_t i = 0; nodes && i < EG_COUNT(pauses_ms); i++) {
		eg_sleep_ms(pauses_ms[i], session->deadline_ms);
		send_round(session, index, nodes);
	}
}

static int bind_to(uint16_t port)
{
	struct sockaddr_in6 any6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	struct sockaddr_in any4 = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int off = 0, rc;

	if (fd >= 0) {
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
		rc = bind(fd, (struct sockaddr *)&any6, sizeof(any6));
	} else {
		fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		rc = fd < 0 ? -1 : bind(fd, (struct sockaddr *)&any4, sizeof(any4));
	}
	if (!rc)
		return fd;
	rc = -errno;
	if (fd >= 0)
		(void)close(fd);
	return rc;
}

int eg_knock_listen(const struct eg_session *session, struct eg_err *err)
{
	uint16_t ports[EG_MEETING_PORTS];
	size_t count = eg_meeting_ports(session, ports);
	int rc = -EADDRINUSE;

	for (size_t i = 0; rc < 0 && i < count; i++)
		rc = bind_to(ports[i]);
	return rc < 0 ? eg_err_errno(err, -rc, "UDP port for the partners' knock") : rc;
}

static bool is_meant(const struct eg_session *session, const char *text)
{
	struct eg_credential credential = { .text = "" };
	struct eg_auth_payload got, wanted;

	(void)snprintf(credential.text, sizeof(credential.text), "%s", text);
	memset(&got, 0, sizeof(got));
	make_payload(session, &wanted);
	return !session->auth->unseal(session->auth->context, &credential, &got, NULL) &&
	       eg_session_believes(session, got.uid) && got.length == wanted.length &&
	       !memcmp(got.data, wanted.data, wanted.length);
}

bool eg_knock_wait(const struct eg_session *session, int fd, int64_t deadline_ms)
{
	struct pollfd poller = { .fd = fd, .events = POLLIN };
	char text[EG_CREDENTIAL_MAX];

	while (eg_deadline_left(deadline_ms)) {
		ssize_t length;

		if (poll(&poller, 1, eg_deadline_left(deadline_ms)) < 0 && errno != EINTR)
			return false;
		length = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);
		if (length <= 0)
			continue;
		text[length] = '\0';
		if (is_meant(session, text))
			return true;
	}
	return false;
}
