/* SPDX-License-Identifier: BSD-3-Clause */
/* A node's side of --efa-stats. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/base/deadline.h"
#include "common/base/fd.h"
#include "spank/stats.h"

#define ADDRESSES_MAX 4
#define SEND_MS 500

struct destination {
	char token[EG_STATS_TOKEN_MAX];
	unsigned int port;
	char addresses[ADDRESSES_MAX][INET_ADDRSTRLEN];
	int count;
};

/* It comes through the job's environment: anything may be in it. */
static int parse(const char *where, struct destination *ret)
{
	int found =
		sscanf(where, "%32[0-9a-f] %5u %15s %15s %15s %15s", ret->token, &ret->port,
		       ret->addresses[0], ret->addresses[1], ret->addresses[2], ret->addresses[3]);

	ret->count = found - 2;
	return found < 3 || !ret->port || ret->port > UINT16_MAX ? -EINVAL : 0;
}

/*
 * Loopback and link-local ones, which srun never names: root is not to be led
 * to what only root may talk to, such as an instance's metadata.
 */
static bool is_own(struct in_addr address)
{
	const uint32_t number = ntohl(address.s_addr);

	return number >> 24 == 127 || number >> 16 == 0xa9fe;
}

/* Connected by @deadline_ms, or -errno. */
static int connect_to(const char *address, unsigned int port, int64_t deadline_ms)
{
	EG_CLEANUP(eg_close_fd)
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	struct pollfd waiting = { .fd = fd, .events = POLLOUT };
	socklen_t size = sizeof(int);
	int error = 0;

	if (fd < 0 || inet_pton(AF_INET, address, &to.sin_addr) != 1 || is_own(to.sin_addr))
		return -EINVAL;
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 && errno != EINPROGRESS)
		return -errno;
	if (poll(&waiting, 1, (int)eg_deadline_left(deadline_ms)) <= 0)
		return -ETIMEDOUT;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0 || error)
		return error ? -error : -EIO;
	error = fd;
	fd = -1;
	return error;
}

int eg_stats_send(const char *where, const char *node, const struct eg_counts *counts)
{
	const int64_t deadline_ms = eg_deadline_in(SEND_MS);
	EG_CLEANUP(eg_free) char *text = malloc(EG_STATS_MESSAGE_MAX);
	EG_CLEANUP(eg_close_fd) int fd = -ENOMEM;
	struct destination to = { .count = 0 };
	long length;
	int rc = text ? parse(where, &to) : -ENOMEM;

	if (rc)
		return rc;
	length = eg_stats_message(to.token, node, counts, text, EG_STATS_MESSAGE_MAX);
	if (length < 0)
		return (int)length;
	for (int i = 0; i < to.count && fd < 0; i++) {
		/* The last one may use all that is left. */
		int64_t left = eg_deadline_left(deadline_ms) / (to.count - i);

		fd = connect_to(to.addresses[i], to.port, eg_deadline_in(left));
	}
	if (fd < 0)
		return fd;
	return eg_fd_write_until(fd, text, (size_t)length, deadline_ms);
}
