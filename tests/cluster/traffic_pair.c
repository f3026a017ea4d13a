/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * traffic_pair - two processes for traffic on two nodes of the software EFA,
 * brought together by hand: what a leader does, without network.
 *
 *   softefa enter FABRIC NODE1 -- traffic_pair serve SOCKET
 *   softefa enter FABRIC NODE2 -- traffic_pair lead SOCKET [OPTION...]
 *
 * "serve" starts a process for traffic and passes its messages on over a
 * socket. "lead" starts one too, exchanges the offers and has both run rounds
 * against each other, device k with device k.
 *
 *   --provider NAME         of this side (efa), also after "serve SOCKET"
 *   --depth function|full   of the rounds (full)
 *   --rounds N              one after the other (1)
 *   --budget MS             of each (1200)
 *   --stop, --kill, --abort MS   stop, kill or abort the other's process MS after the round began
 *   --pause MS              and go on with it MS after the round ended
 *
 * Prints a line a rail of both sides: round, side, device, peer, state, how
 * read, alone and together in MB/s, p50 in ns, text; and one a side with the
 * time the result took. Exit code 0 when both results came in time.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/base/deadline.h"
#include "common/base/err.h"
#include "common/burst/offer.h"
#include "common/burst/provider.h"
#include "common/burst/wire_traffic.h"
#include "prolog/commands/traffic_child.h"

#define DEADLINE_MS 30000
#define GRACE_MS 500 /* a result later than that is a fault */

struct side {
	struct eg_traffic_child child; /* of the other side only its conn and pid */
	struct eg_offer offer;
	struct eg_round round;
	struct eg_result result;
	int rc; /* of the last result */
	int64_t took_ms;
	struct eg_err err;
};

static struct {
	uint8_t depth;
	int rounds;
	uint32_t budget_ms;
	long stop_ms, kill_ms, pause_ms; /* -1 not */
	int kill_signal;
	const struct eg_provider *provider;
} options = { EG_DEPTH_FULL, 1, 1200, -1, -1, -1, SIGKILL, NULL };

static struct side own, other;

static _Noreturn void die(const char *what, const char *why)
{
	fprintf(stderr, "traffic_pair: %s: %s\n", what, why);
	exit(1);
}

static int make_socket(const char *path, struct sockaddr_un *addr)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	*addr = (struct sockaddr_un){ .sun_family = AF_UNIX };
	(void)snprintf(addr->sun_path, sizeof(addr->sun_path), "%s", path);
	return fd;
}

static void start_own(void)
{
	struct eg_traffic_child_options child = {
		.sysfs = "/sys",
		.deadline_ms = eg_deadline_in(DEADLINE_MS),
		.show_talk = getenv("EG_TALK") != NULL,
		.provider = options.provider ? options.provider : eg_provider_efa(),
	};

	if (eg_traffic_child_start(&own.child, &child, &own.err) < 0)
		die("start", own.err.text);
}

/* Pass on whatever comes until one side closes: which one, 0 or 1, or -1 at the deadline. */
static int pass_on(int a, int b)
{
	struct pollfd ends[2] = { { a, POLLIN, 0 }, { b, POLLIN, 0 } };
	char bytes[4096];

	while (poll(ends, 2, DEADLINE_MS) > 0) {
		for (int i = 0; i < 2; i++) {
			ssize_t got;

			if (!ends[i].revents)
				continue;
			got = recv(ends[i].fd, bytes, sizeof(bytes), MSG_DONTWAIT);
			if (got <= 0)
				return i;
			if (send(ends[1 - i].fd, bytes, (size_t)got, MSG_NOSIGNAL) != got)
				return 1 - i;
		}
	}
	return -1;
}

static int serve(const char *path)
{
	struct sockaddr_un addr;
	int listener = make_socket(path, &addr), fd;

	start_own();
	if (bind(listener, (struct sockaddr *)&addr, sizeof(addr)) < 0 || listen(listener, 1) < 0)
		die(path, strerror(errno));
	(void)alarm(DEADLINE_MS / 1000);
	fd = accept(listener, NULL, NULL);
	if (fd < 0 || send(fd, &own.child.pid, sizeof(pid_t), 0) != sizeof(pid_t))
		die("accept", strerror(errno));
	if (pass_on(fd, own.child.conn.fd) == 1) {
		(void)eg_traffic_child_explain(&own.child, -ECONNRESET, &own.err);
		printf("%s\n", own.err.text);
	}
	eg_traffic_child_end(&own.child);
	return 0;
}

static void connect_other(const char *path)
{
	struct sockaddr_un addr;
	int fd = make_socket(path, &addr);

	for (int i = 0; connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0; i++) {
		if (i == 100)
			die(path, strerror(errno));
		eg_sleep_ms(50, eg_deadline_in(50));
	}
	if (recv(fd, &other.child.pid, sizeof(pid_t), MSG_WAITALL) != sizeof(pid_t))
		die(path, "no process number");
	eg_conn_init(&other.child.conn, fd);
}

static void get_offer(struct side *side, const char *name)
{
	if (eg_traffic_child_offer(&side->child, eg_deadline_in(DEADLINE_MS), &side->offer,
				   &side->err) < 0)
		die(name, side->err.text);
	if (side->offer.error[0])
		die(name, side->offer.error);
}

static void make_round(struct side *side, const struct side *partner, int number)
{
	struct eg_partner *to = &side->round.partners[0];

	side->round.number = (uint16_t)number;
	side->round.depth = options.depth;
	side->round.budget_ms = options.budget_ms;
	side->round.partner_count = 1;
	to->index = 1;
	strcpy(to->node, "partner");
	to->rail_count = side->offer.device_count;
	for (uint8_t i = 0; i < to->rail_count; i++)
		to->rails[i] = (struct eg_rail){ i, i, partner->offer.devices[i].target,
						 partner->offer.devices[i].pci };
}

static void send_round(struct side *side)
{
	if (eg_traffic_child_round(&side->child, &side->round, eg_deadline_in(100), &side->err) < 0)
		printf("round not sent: %s\n", side->err.text);
}

static void get_result(struct side *side, int64_t begin_ms)
{
	side->rc = eg_traffic_child_result(&side->child, begin_ms + options.budget_ms + GRACE_MS,
					   &side->result, &side->err);
	side->took_ms = eg_now_ms() - begin_ms;
}

static double rate(uint64_t bytes, uint64_t ns)
{
	return ns ? (double)bytes * 1e3 / (double)ns : 0;
}

static void print_side(const struct side *side, const char *name)
{
	static const char *const states[] = { "unknown", "ok", "failed", "corrupt" };

	if (side->rc < 0) {
		printf("%d %s none %s\n", side->round.number, name, side->err.text);
		return;
	}
	for (size_t i = 0; i < side->result.count; i++) {
		const struct eg_rail_result *rail = &side->result.rails[i];

		printf("%d %s %d %d %s %s %.0f %.0f %u %s\n", side->result.round, name,
		       rail->device, rail->peer, states[rail->state],
		       rail->device_reads ? "read" : "emulated",
		       rate(rail->alone_bytes, rail->alone_ns),
		       rate(rail->together_bytes, rail->together_ns), rail->latency_p50_ns,
		       rail->text);
	}
	printf("%d %s result after %" PRId64 " ms %s\n", side->result.round, name, side->took_ms,
	       side->result.error);
}

static void disturb(int64_t begin_ms)
{
	long at_ms = options.stop_ms >= 0 ? options.stop_ms : options.kill_ms;

	if (at_ms < 0)
		return;
	eg_sleep_ms(at_ms, begin_ms + at_ms);
	(void)kill(other.child.pid, options.stop_ms >= 0 ? SIGSTOP : options.kill_signal);
}

static bool run_round(int number)
{
	int64_t begin_ms = eg_now_ms();

	make_round(&own, &other, number);
	make_round(&other, &own, number);
	if (options.stop_ms == 0 || options.kill_ms == 0)
		disturb(begin_ms);
	send_round(&other);
	send_round(&own);
	if (options.stop_ms || options.kill_ms)
		disturb(begin_ms);
	get_result(&own, begin_ms);
	if (options.stop_ms >= 0 && options.pause_ms >= 0) {
		eg_sleep_ms(options.pause_ms, eg_deadline_in(options.pause_ms));
		(void)kill(other.child.pid, SIGCONT);
		begin_ms = eg_now_ms();
		options.stop_ms = -1;
	}
	get_result(&other, begin_ms);
	print_side(&own, "own");
	print_side(&other, "other");
	return !own.rc && !other.rc;
}

static int lead(const char *path)
{
	int64_t begin_ms = eg_now_ms();
	struct rusage usage;
	bool good = true;

	start_own();
	get_offer(&own, "own offer");
	printf("offer after %" PRId64 " ms\n", eg_now_ms() - begin_ms);
	connect_other(path);
	get_offer(&other, "other's offer");
	for (int i = 0; i < options.rounds; i++)
		good &= run_round(i + 1);
	eg_conn_done(&other.child.conn);
	eg_traffic_child_end(&own.child);
	(void)getrusage(RUSAGE_CHILDREN, &usage);
	printf("rss %ld MB, cpu %ld ms\n", usage.ru_maxrss / 1024,
	       (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
		       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000);
	return good ? 0 : 1;
}

static void take_options(int argc, char **argv)
{
	static const struct option names[] = {
		{ "depth", required_argument, NULL, 'd' },
		{ "rounds", required_argument, NULL, 'r' },
		{ "budget", required_argument, NULL, 'b' },
		{ "stop", required_argument, NULL, 's' },
		{ "kill", required_argument, NULL, 'k' },
		{ "abort", required_argument, NULL, 'a' },
		{ "pause", required_argument, NULL, 'p' },
		{ "provider", required_argument, NULL, 'o' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
		long value = optarg ? atol(optarg) : 0;

		if (option == 'd') {
			options.depth = strcmp(optarg, "full") ? EG_DEPTH_FUNCTION : EG_DEPTH_FULL;
		} else if (option == 'o') {
			options.provider = eg_provider_find(optarg);
		} else if (option == 'r') {
			options.rounds = (int)value;
		} else if (option == 'b') {
			options.budget_ms = (uint32_t)value;
		} else if (option == 's') {
			options.stop_ms = value;
		} else if (option == 'k' || option == 'a') {
			options.kill_ms = value;
			options.kill_signal = option == 'k' ? SIGKILL : SIGABRT;
		} else if (option == 'p') {
			options.pause_ms = value;
		} else {
			die("usage", "see the head of the source");
		}
	}
}

int main(int argc, char **argv)
{
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	own.child.conn.fd = other.child.conn.fd = -1;
	if (argc < 3 || (strcmp(argv[1], "lead") != 0 && strcmp(argv[1], "serve") != 0))
		die("usage", "see the head of the source");
	take_options(argc - 2, argv + 2);
	return strcmp(argv[1], "lead") ? serve(argv[2]) : lead(argv[2]);
}
