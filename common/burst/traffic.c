/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/burst/traffic.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>

#include "common/base/cleanup.h"
#include "common/base/deadline.h"
#include "common/base/err.h"
#include "common/burst/devices.h"
#include "common/burst/meeting.h"
#include "common/burst/run.h"
#include "common/burst/run_math.h"
#include "common/burst/wire.h"
#include "common/burst/wire_traffic.h"

#define HOT_MS 100 /* after a round its partners still read, and handshakes come */
#define COLD_MS 1000 /* and then it is only late partners that may want something */
#define POLLS_A_LOOK 32 /* polls of the devices between two looks for a message */

/* All that is too large for the stack. */
struct server {
	const struct eg_traffic *traffic;
	struct eg_conn conn;
	struct eg_burst_devices devices;
	struct eg_round round;
	struct eg_result result;
	struct eg_wire_buffer message;
	int64_t hot_until_ms;
};

static void free_server(struct server **server)
{
	if (*server)
		eg_conn_done(&(*server)->conn);
	free(*server);
}

static int send_offer(struct server *server)
{
	eg_wire_put_offer(&server->message, &server->devices.offer);
	return eg_conn_send(&server->conn, &server->message, server->traffic->deadline_ms);
}

/* Partners whose reads are messages need this process until their time is over. */
static bool has_messages(const struct server *server)
{
	for (size_t i = 0; i < server->result.count; i++) {
		if (server->result.rails[i].state == EG_RAIL_OK &&
		    !server->result.rails[i].device_reads)
			return true;
	}
	return false;
}

/* The round that has come; its time counts from now. */
static int serve_round(struct server *server)
{
	int64_t now_ms = eg_now_ms(), deadline_ms;
	int rc = eg_wire_get_round(server->conn.body, server->conn.frame.length, &server->round);

	if (rc < 0)
		return rc;
	eg_conn_next(&server->conn);
	deadline_ms =
		eg_deadline_min(now_ms + server->round.budget_ms, server->traffic->deadline_ms);
	eg_run_round(&server->devices, &server->round,
		     deadline_ms - eg_time_reserve_ms(deadline_ms - now_ms), &server->result);
	server->hot_until_ms = has_messages(server) ? deadline_ms : eg_deadline_in(HOT_MS);
	eg_wire_put_result(&server->message, &server->result);
	return eg_conn_send(&server->conn, &server->message, server->traffic->deadline_ms);
}

/* Keep the devices working until a whole ROUND is there: 1, or 0 nothing yet, or -errno. */
static int wait_for_round(struct server *server)
{
	struct pollfd wait = { .fd = server->conn.fd, .events = POLLIN };
	int64_t cold_ms;

	for (int i = 0; i < POLLS_A_LOOK; i++) {
		eg_run_poll(&server->devices);
		if (eg_now_ms() >= server->hot_until_ms)
			break;
	}
	cold_ms = eg_now_ms() - server->hot_until_ms;
	if (cold_ms >= 0 && poll(&wait, 1, cold_ms < COLD_MS ? 1 : 4) < 0 && errno != EINTR)
		return -errno;
	return eg_conn_read(&server->conn, EG_WIRE_ROUND);
}

static int serve(struct server *server)
{
	int rc = send_offer(server);

	server->hot_until_ms = eg_deadline_in(HOT_MS);
	while (rc >= 0) {
		if (!eg_deadline_left(server->traffic->deadline_ms))
			return -ETIMEDOUT;
		rc = wait_for_round(server);
		if (rc == 1)
			rc = serve_round(server);
	}
	return rc == -ECONNRESET || rc == -EPIPE ? 0 : rc;
}

int eg_traffic_serve(const struct eg_traffic *traffic, int fd)
{
	EG_CLEANUP(free_server) struct server *server = calloc(1, sizeof(*server));
	int rc;

	if (!server)
		return -ENOMEM;
	server->traffic = traffic;
	eg_conn_init(&server->conn, fd);
	eg_burst_devices_open(traffic, &server->devices);
	rc = serve(server);
	eg_burst_devices_leave(&server->devices);
	return rc;
}
