/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/commands/traffic_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/base/deadline.h"
#include "common/base/err.h"
#include "common/base/reap.h"
#include "common/burst/heap.h"
#include "common/burst/offer.h"
#include "common/burst/provider.h"
#include "common/burst/traffic.h"
#include "common/burst/wire_traffic.h"
#include "prolog/commands/provider_env.h"

#define END_GRACE_MS 50 /* between the end of its connection and that of the process */
#define TIDY_GRACE_MS 200 /* for closing the endpoints of a provider that leaves files behind */
#define CONN_FD 3

/* Nothing of the parent's but its end of the pair, which gets the number CONN_FD. */
static int keep_only(int fd, bool show_talk)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		return -errno;
	(void)dup2(null, STDIN_FILENO);
	(void)dup2(show_talk ? STDERR_FILENO : null, STDOUT_FILENO);
	if (!show_talk)
		(void)dup2(null, STDERR_FILENO);
	if (fd != CONN_FD && dup2(fd, CONN_FD) < 0)
		return -errno;
	return close_range(CONN_FD + 1, ~0u, 0) < 0 ? -errno : 0;
}

/* What libfabric reads and takes, where traffic goes through it. */
static void prepare(const struct eg_provider *provider, bool device_reads, size_t devices)
{
	if (!provider->efa) {
		eg_provider_env_set_other(provider->library);
	} else if (provider->library) {
		eg_provider_env_set_traffic(device_reads);
		eg_heap_in_huge_pages(devices * EG_HEAP_ENDPOINT_BYTES);
	}
}

_Noreturn static void serve_and_exit(const struct eg_traffic_child_options *options, int fd,
				     pid_t parent)
{
	struct eg_traffic traffic = {
		.provider = options->provider,
		.read_bytes = options->read_bytes,
		.libfabric = options->libfabric,
		.sysfs = options->sysfs,
		.instance_type = options->instance_type,
		.deadline_ms = options->deadline_ms,
		.prepare = prepare,
	};
	struct rlimit no_core = { 0, 0 };

	/* Its own group: what it starts ends with it. */
	(void)setpgid(0, 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* It holds up to 2 GB, which are no help in a core file. */
	(void)setrlimit(RLIMIT_CORE, &no_core);
	if (getppid() != parent || keep_only(fd, options->show_talk) < 0)
		_exit(1);
	_exit(eg_traffic_serve(&traffic, CONN_FD) < 0);
}

int eg_traffic_child_start(struct eg_traffic_child *ret,
			   const struct eg_traffic_child_options *options, struct eg_err *err)
{
	pid_t parent = getpid();
	int ends[2];

	memset(ret, 0, sizeof(*ret));
	ret->conn.fd = -1;
	ret->tidies = options->provider && !options->provider->efa;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return eg_err_errno(err, errno, "the process for traffic: socketpair");
	ret->pid = fork();
	if (ret->pid < 0) {
		int code = errno;

		ret->pid = 0;
		eg_close_fd(&ends[0]);
		eg_close_fd(&ends[1]);
		return eg_err_errno(err, code, "the process for traffic: fork");
	}
	if (!ret->pid)
		serve_and_exit(options, ends[1], parent);
	/* Both sides set it, so that a kill of the group always finds it. */
	(void)setpgid(ret->pid, ret->pid);
	eg_close_fd(&ends[1]);
	eg_conn_init(&ret->conn, ends[0]);
	return 0;
}

/* Take the child's end, waiting for it until the deadline: true when it was there. */
static bool reap(struct eg_traffic_child *child, int64_t deadline_ms)
{
	if (child->pid && !eg_reap(child->pid, deadline_ms, &child->status))
		return false;
	child->pid = 0;
	return true;
}

static int say_ended(struct eg_traffic_child *child, struct eg_err *err)
{
	if (!reap(child, eg_deadline_in(END_GRACE_MS)))
		return eg_err_set(err, ECHILD, "the process for traffic hung up");
	if (WIFSIGNALED(child->status))
		return eg_err_set(err, ECHILD, "the process for traffic ended: %s",
				  strsignal(WTERMSIG(child->status)));
	return eg_err_set(err, ECHILD, "the process for traffic ended: exit code %d",
			  WEXITSTATUS(child->status));
}

int eg_traffic_child_explain(struct eg_traffic_child *child, int rc, struct eg_err *err)
{
	switch (rc) {
	case 0:
		return 0;
	case -ECONNRESET:
	case -EPIPE:
		return say_ended(child, err);
	case -ETIMEDOUT:
		return eg_err_set(err, ETIMEDOUT, "the process for traffic did not answer in time");
	case -EPROTO:
		return eg_err_set(err, EPROTO, "the process for traffic sent no whole message");
	}
	return eg_err_errno(err, -rc, "the process for traffic");
}

int eg_traffic_child_offer(struct eg_traffic_child *child, int64_t deadline_ms,
			   struct eg_offer *ret, struct eg_err *err)
{
	int rc = eg_conn_wait(&child->conn, EG_WIRE_OFFER, deadline_ms);

	if (!rc)
		rc = eg_wire_get_offer(child->conn.body, child->conn.frame.length, ret);
	if (rc)
		return eg_traffic_child_explain(child, rc, err);
	eg_conn_next(&child->conn);
	return 0;
}

int eg_traffic_child_round(struct eg_traffic_child *child, const struct eg_round *round,
			   int64_t deadline_ms, struct eg_err *err)
{
	EG_CLEANUP(eg_free) struct eg_wire_buffer *message = malloc(sizeof(*message));

	if (!message)
		return eg_err_errno(err, ENOMEM, "the process for traffic");
	eg_wire_put_round(message, round);
	return eg_traffic_child_explain(child, eg_conn_send(&child->conn, message, deadline_ms),
					err);
}

int eg_traffic_child_result(struct eg_traffic_child *child, int64_t deadline_ms,
			    struct eg_result *ret, struct eg_err *err)
{
	int rc = eg_conn_wait(&child->conn, EG_WIRE_RESULT, deadline_ms);

	if (!rc)
		rc = eg_wire_get_result(child->conn.body, child->conn.frame.length, ret);
	if (rc)
		return eg_traffic_child_explain(child, rc, err);
	eg_conn_next(&child->conn);
	return 0;
}

void eg_traffic_child_end(struct eg_traffic_child *child)
{
	if (child->tidies) {
		eg_conn_done(&child->conn);
		(void)reap(child, eg_deadline_in(TIDY_GRACE_MS));
	}
	if (child->pid) {
		(void)eg_kill_and_reap(child->pid, &child->status);
		/* What cannot be killed is left behind. */
		child->pid = 0;
		eg_conn_done(&child->conn);
	} else if (child->conn.fd > 0) {
		eg_conn_done(&child->conn);
	}
}
