/* SPDX-License-Identifier: BSD-3-Clause */
/* srun's side of --efa-stats. */
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/base/deadline.h"
#include "common/base/fd.h"
#include "spank/stats.h"

#define BACKLOG 4096 /* of connections nobody has taken yet; the kernel's own limit counts too */
#define MORE_NODES 1024 /* of other components */
#define ADDRESSES_MAX 4
#define LATE_MS 1000
#define MESSAGE_MS 200 /* a node sends all it has at once */

static int make_token(char token[EG_STATS_TOKEN_MAX])
{
	unsigned char bytes[(EG_STATS_TOKEN_MAX - 1) / 2];

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return -EIO;
	for (size_t i = 0; i < sizeof(bytes); i++)
		(void)snprintf(token + 2 * i, 3, "%02x", bytes[i]);
	return 0;
}

/* The addresses of this host that others may reach. */
static void add_addresses(char *where, size_t size)
{
	struct ifaddrs *list = NULL;
	size_t length = strlen(where);
	int count = 0;

	if (getifaddrs(&list) < 0)
		return;
	for (struct ifaddrs *one = list; one && count < ADDRESSES_MAX; one = one->ifa_next) {
		char text[INET_ADDRSTRLEN];
		struct sockaddr_in address;

		if (!one->ifa_addr || one->ifa_addr->sa_family != AF_INET ||
		    one->ifa_flags & IFF_LOOPBACK || !(one->ifa_flags & IFF_UP))
			continue;
		memcpy(&address, one->ifa_addr, sizeof(address));
		if (!inet_ntop(AF_INET, &address.sin_addr, text, sizeof(text)) ||
		    length + strlen(text) + 2 > size)
			continue;
		length += (size_t)snprintf(where + length, size - length, " %s", text);
		count++;
	}
	freeifaddrs(list);
}

int eg_stats_listen(struct eg_stats_server *ret, char ret_where[EG_STATS_WHERE_MAX])
{
	EG_CLEANUP(eg_close_fd)
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t length = sizeof(address);
	int rc = make_token(ret->token);

	ret->fd = -1;
	ret->nodes = 0;
	if (rc)
		return rc;
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fd, BACKLOG) < 0 || getsockname(fd, (struct sockaddr *)&address, &length) < 0)
		return -errno;
	(void)snprintf(ret_where, EG_STATS_WHERE_MAX, "%s %u", ret->token, ntohs(address.sin_port));
	add_addresses(ret_where, EG_STATS_WHERE_MAX);
	ret->fd = fd;
	fd = -1;
	return 0;
}

/* One connection's message: true when it is a node's that has not spoken yet. */
static bool take(int fd, const char *token, struct eg_stats_node *nodes, size_t count)
{
	EG_CLEANUP(eg_free) char *text = calloc(1, EG_STATS_MESSAGE_MAX);
	size_t length = 0;

	if (!text)
		return false;
	(void)eg_fd_read_until(fd, text, EG_STATS_MESSAGE_MAX - 1, eg_deadline_in(MESSAGE_MS),
			       &length);
	text[length] = '\0';
	if (!eg_stats_parse(text, token, &nodes[count]))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!strcmp(nodes[i].name, nodes[count].name))
			return false;
	}
	return true;
}

/*
 * Take what has come, at most @room, and wait a moment for who is late. Of a
 * heterogeneous step srun may know one component alone: more nodes may come.
 */
static size_t collect(const struct eg_stats_server *server, struct eg_stats_node *nodes,
		      size_t room)
{
	const int64_t deadline_ms = eg_deadline_in(LATE_MS);
	struct pollfd waiting = { .fd = server->fd, .events = POLLIN };
	size_t count = 0;

	while (count < room && eg_deadline_left(deadline_ms)) {
		int fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd >= 0) {
			count += take(fd, server->token, nodes, count);
			(void)close(fd);
		} else if (count >= server->nodes) {
			break;
		} else {
			(void)poll(&waiting, 1, (int)eg_deadline_left(deadline_ms));
		}
	}
	return count;
}

void eg_stats_finish(struct eg_stats_server *server, void (*out)(const char *line))
{
	EG_CLEANUP(eg_free) struct eg_stats_node *nodes = NULL;
	const size_t room = server->nodes + MORE_NODES;
	size_t count = 0;
	char line[80];

	if (server->fd < 0)
		return;
	/* Memory nobody writes to costs nothing. */
	nodes = calloc(room, sizeof(*nodes));
	if (nodes)
		count = collect(server, nodes, room);
	eg_close_fd(&server->fd);
	if (count)
		eg_stats_print(nodes, count, out);
	/* No step was made, or all spoke. */
	if (count >= server->nodes)
		return;
	(void)snprintf(line, sizeof(line), "efagate: no counters came from %zu of %u nodes",
		       server->nodes - count, server->nodes);
	out(line);
}
