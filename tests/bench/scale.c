/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * scale - a real leader with real sockets and munge, and many light members:
 * what a session of so many nodes takes on this machine.
 *
 *   scale MUNGE_SOCKET MEMBERS DEVICES      a whole session
 *   scale judge NODES DEVICES               plan and judge alone, in three kinds of fabric
 *
 * A light member speaks the whole protocol, and answers a round at once with
 * traffic that passed; the members are connections of MEMBER_PROCESSES
 * processes. Prints one line each.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/deadline.h"
#include "common/base/err.h"
#include "common/burst/auth.h"
#include "common/burst/claim.h"
#include "common/burst/leader.h"
#include "common/burst/meeting.h"
#include "common/burst/offer.h"
#include "common/burst/session.h"
#include "common/burst/wire_traffic.h"
#include "tests/bench/scale_judge.h"

#define MEMBER_PROCESSES 2
#define SESSION_MS 60000
#define NODES_MAX 65536

/* One node's connection. */
struct light {
	uint32_t index;
	enum { CONNECTING, CHALLENGED, PROVING, MEMBER, DONE } state;
	struct eg_wire_claim hello;
	struct eg_conn conn;
};

static const char *names[NODES_MAX];
static struct eg_session session;
static struct eg_meeting_addresses addresses;
static struct eg_offer offer;
static struct eg_round order;
static struct eg_result result;
static struct eg_wire_buffer message;

static void name_nodes(void)
{
	static char text[NODES_MAX][12];

	for (uint32_t i = 0; i < NODES_MAX; i++) {
		(void)snprintf(text[i], sizeof(text[i]), "n%u", i + 1);
		names[i] = text[i];
	}
	names[0] = "127.0.0.1";
}

static void fail(const char *what, int rc)
{
	fprintf(stderr, "scale: %s: %s\n", what, strerror(rc < 0 ? -rc : rc));
	exit(1);
}

static void fill_offer(uint16_t devices)
{
	offer.device_count = devices;
	for (uint16_t i = 0; i < devices; i++) {
		struct eg_offer_device *device = &offer.devices[i];

		device->pci = (struct eg_pci_addr){ 0, (uint8_t)(0x10 + i), 0x1b, 0 };
		(void)snprintf(device->name, sizeof(device->name), "rdmap%us27", 16u + i);
		device->target.address_length = 32;
	}
}

static void connect_light(struct light *light, int epoll)
{
	struct epoll_event event = { .events = EPOLLOUT, .data.ptr = light };
	uint16_t ports[EG_MEETING_PORTS];
	int fd;

	(void)eg_meeting_ports(&session, ports);
	fd = eg_meeting_connect(&addresses, 0, ports[0]);
	if (fd < 0)
		fail("connect", fd);
	eg_conn_init(&light->conn, fd);
	light->state = CONNECTING;
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0)
		fail("epoll", errno);
}

static void again(struct light *light, int epoll)
{
	eg_conn_done(&light->conn);
	connect_light(light, epoll);
}

static void prove(struct light *light, int epoll)
{
	struct eg_err err = { 0 };

	if (eg_claim_nonce(light->hello.nonce) ||
	    eg_claim_seal(&session, &light->hello, &message, &err))
		fail(err.text, err.code);
	light->state = PROVING;
	if (eg_conn_send(&light->conn, &message, 0) < 0)
		again(light, epoll);
}

static void connected(struct light *light, int epoll)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = light };
	socklen_t size = sizeof(int);
	int code = 0;

	if (getsockopt(light->conn.fd, SOL_SOCKET, SO_ERROR, &code, &size) < 0 || code) {
		again(light, epoll);
		return;
	}
	(void)epoll_ctl(epoll, EPOLL_CTL_MOD, light->conn.fd, &event);
	eg_claim_init(&light->hello, &session, EG_WIRE_HELLO, light->index, session.port_first);
	if (session.auth->challenges)
		light->state = CHALLENGED;
	else
		prove(light, epoll);
}

static void take_challenge(struct light *light, int epoll)
{
	if (eg_wire_get_challenge(light->conn.body, light->conn.frame.length,
				  light->hello.leader_nonce))
		fail("challenge", EPROTO);
	eg_conn_next(&light->conn);
	prove(light, epoll);
}

static void join(struct light *light)
{
	struct eg_ready ready = { .devices = offer.device_count };
	int rc;

	light->state = MEMBER;
	eg_wire_put_offer(&message, &offer);
	rc = eg_conn_send(&light->conn, &message, session.deadline_ms);
	eg_wire_put_ready(&message, &ready);
	rc = rc ? rc : eg_conn_send(&light->conn, &message, session.deadline_ms);
	if (rc)
		fail("offer", rc);
}

static void take_welcome(struct light *light)
{
	uint8_t key[EG_MAC_BYTES];

	if (eg_claim_check_welcome(&session, light->conn.body, light->conn.frame.length,
				   &light->hello))
		fail("welcome", EACCES);
	eg_claim_conn_key(session.auth, &light->hello, key);
	eg_conn_key(&light->conn, key, false);
	join(light);
	eg_conn_next(&light->conn);
}

static void answer(struct light *light)
{
	int rc = eg_wire_get_round(light->conn.body, light->conn.frame.length, &order);

	if (rc)
		fail("round", rc);
	result.round = order.number;
	result.count = 0;
	for (uint8_t p = 0; p < order.partner_count; p++) {
		for (uint16_t i = 0; i < order.partners[p].rail_count; i++)
			result.rails[result.count++] = (struct eg_rail_result){
				.partner = p,
				.device = order.partners[p].rails[i].device,
				.peer = order.partners[p].rails[i].peer,
				.state = EG_RAIL_OK,
				.alone_bytes = 1 << 20,
				.alone_ns = 100000,
			};
	}
	eg_wire_put_result(&message, &result);
	rc = eg_conn_send(&light->conn, &message, session.deadline_ms);
	if (rc)
		fail("result", rc);
}

/* 1 when its verdict is there and good. */
static int serve(struct light *light, int epoll)
{
	struct eg_verdict verdict;
	int rc;

	if (light->state == CONNECTING) {
		connected(light, epoll);
		return 0;
	}
	rc = eg_conn_read(&light->conn, EG_WIRE_ANY);
	if (rc == 0)
		return 0;
	if (rc < 0 && light->state != MEMBER) {
		again(light, epoll);
		return 0;
	}
	if (rc < 0)
		fail("member", rc);
	if (light->state == CHALLENGED) {
		take_challenge(light, epoll);
		return 0;
	}
	if (light->state == PROVING) {
		take_welcome(light);
		return 0;
	}
	if (light->conn.frame.type == EG_WIRE_ROUND) {
		answer(light);
	} else {
		rc = eg_wire_get_verdict(light->conn.body, light->conn.frame.length, &verdict);
		if (rc || !verdict.go)
			fail(rc ? "verdict" : verdict.line, rc);
		eg_conn_done(&light->conn);
		return 1;
	}
	eg_conn_next(&light->conn);
	return 0;
}

/* Every MEMBER_PROCESSES-th node from @first on; the node of the leader has @own_fd. */
static void run_members(uint32_t first, int own_fd)
{
	struct light *lights = calloc(session.count, sizeof(*lights));
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	uint32_t left = 0;

	for (uint32_t i = first; i < session.count; i += MEMBER_PROCESSES, left++) {
		struct epoll_event event = { .events = EPOLLIN, .data.ptr = &lights[i] };

		lights[i].index = i;
		if (i) {
			connect_light(&lights[i], epoll);
			continue;
		}
		eg_conn_init(&lights[i].conn, own_fd);
		(void)epoll_ctl(epoll, EPOLL_CTL_ADD, own_fd, &event);
		join(&lights[i]);
	}
	while (left) {
		struct epoll_event events[64];
		int count = epoll_wait(epoll, events, 64, SESSION_MS);

		if (count <= 0)
			fail("members wait", count ? errno : ETIMEDOUT);
		for (int i = 0; i < count; i++)
			left -= (uint32_t)serve(events[i].data.ptr, epoll);
	}
	exit(0);
}

static pid_t start(int member, int own_fd, int other_fd)
{
	pid_t pid = fork();

	if (pid < 0)
		fail("fork", errno);
	if (pid)
		return pid;
	(void)close(other_fd);
	if (member < 0)
		_exit(eg_leader_run(&session, own_fd) != 0);
	run_members((uint32_t)member, own_fd);
	return 0;
}

static double seconds(struct timeval time)
{
	return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static void raise_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		fail("limit of open files", errno);
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

/* By the munged at @socket, or "key": by a key. */
static int open_auth(const char *socket, struct eg_auth *ret, struct eg_err *err)
{
	static const uint8_t key[EG_MAC_BYTES] = { 1, 2, 3 };
	const uint32_t uid = getuid();

	return strcmp(socket, "key") ? eg_auth_munge_open(socket, &uid, ret, err)
				     : eg_auth_key_open(key, uid, ret, err);
}

static int run(const char *socket, uint32_t members, uint16_t devices)
{
	struct rusage usage = { 0 }, all = { 0 };
	struct eg_auth auth;
	struct eg_err err = { 0 };
	int64_t start_ms;
	pid_t leader, pids[MEMBER_PROCESSES];
	int ends[2], status, bad = 0;

	if (open_auth(socket, &auth, &err) || eg_meeting_resolve(names[0], &addresses, &err))
		fail(err.text, err.code);
	session = (struct eg_session){
		.job = (uint32_t)getpid(),
		.uid = getuid(),
		.nodes = names,
		.count = members,
		.port_first = (uint16_t)(20000 + getpid() % 10000),
		.port_count = 1,
		.meet_ms = SESSION_MS,
		.meet_deadline_ms = eg_deadline_in(SESSION_MS),
		.deadline_ms = eg_deadline_in(2 * SESSION_MS),
		.traffic = true,
		.round_ms = 30000,
		.tested = "burst",
		.auth = &auth,
	};
	fill_offer(devices);
	raise_files();
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		fail("socketpair", errno);
	start_ms = eg_now_ms();
	leader = start(-1, ends[1], ends[0]);
	for (int i = 0; i < MEMBER_PROCESSES; i++)
		pids[i] = start(i, ends[0], ends[1]);
	(void)close(ends[0]);
	(void)close(ends[1]);
	for (int i = 0; i < MEMBER_PROCESSES; i++)
		bad |= waitpid(pids[i], &status, 0) < 0 || status;
	if (bad || wait4(leader, &status, 0, &usage) < 0 || status)
		fail("session", EPROTO);
	(void)getrusage(RUSAGE_CHILDREN, &all);
	printf("%-9u %-8u %8.2f %12.2f %14.2f %14.0f\n", members, devices,
	       (double)(eg_now_ms() - start_ms) / 1000,
	       seconds(usage.ru_utime) + seconds(usage.ru_stime),
	       seconds(all.ru_utime) + seconds(all.ru_stime), (double)usage.ru_maxrss / 1024);
	if (strcmp(socket, "key"))
		eg_auth_munge_close(&auth);
	else
		eg_auth_key_close(&auth);
	return 0;
}

int main(int argc, char **argv)
{
	unsigned long nodes = argc == 4 ? strtoul(argv[2], NULL, 10) : 0;
	unsigned long devices = argc == 4 ? strtoul(argv[3], NULL, 10) : 0;

	name_nodes();
	if (nodes < 2 || nodes > NODES_MAX || !devices || devices > EG_DEVICES_MAX) {
		fprintf(stderr, "usage: scale MUNGE_SOCKET|judge NODES DEVICES\n");
		return 64;
	}
	if (!strcmp(argv[1], "judge"))
		return scale_judge(names, (uint32_t)nodes, (uint8_t)devices);
	return run(argv[1], (uint32_t)nodes, (uint16_t)devices);
}
