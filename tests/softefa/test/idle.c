/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * idle - a queue pair that is open and has nothing to do.
 *
 *   idle DEVICE SECONDS [fork | again COUNT | exec CMD...]
 *
 * Makes an SRD queue pair with the verbs themselves, prints "open QPN", sleeps
 * SECONDS, prints "awake N times, M threads running": how often any of its threads
 * was woken meanwhile (one is the end of the sleep itself), and how many others did
 * not sleep at its end. Not processor time: a virtual machine's host takes some of it.
 * With `fork` a child opens the device again, and both must work; with `again` that
 * many more queue pairs are made and destroyed; with `exec` CMD takes its place.
 */
#include <dirent.h>
#include <infiniband/efadv.h>
#include <infiniband/verbs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DEPTH 16

struct opened {
	struct ibv_context *context;
	struct ibv_pd *pd;
	struct ibv_cq *cq;
	struct ibv_qp *qp;
};

static _Noreturn void die(const char *what)
{
	perror(what);
	exit(1);
}

static struct ibv_context *open_named(const char *name)
{
	int count;
	struct ibv_device **devices = ibv_get_device_list(&count);
	struct ibv_context *context = NULL;

	for (int i = 0; devices && i < count; i++)
		if (strcmp(ibv_get_device_name(devices[i]), name) == 0)
			context = ibv_open_device(devices[i]);
	ibv_free_device_list(devices);
	if (!context)
		die(name);
	return context;
}

static void open_all(struct opened *opened, const char *name)
{
	struct ibv_qp_init_attr attr = { .cap = { .max_send_wr = DEPTH,
						  .max_recv_wr = DEPTH,
						  .max_send_sge = 1,
						  .max_recv_sge = 1 } };

	opened->context = open_named(name);
	opened->pd = ibv_alloc_pd(opened->context);
	opened->cq = ibv_create_cq(opened->context, 2 * DEPTH, NULL, NULL, 0);
	if (!opened->pd || !opened->cq)
		die("pd, cq");
	attr.send_cq = opened->cq;
	attr.recv_cq = opened->cq;
	attr.sq_sig_all = 1;
	attr.qp_type = IBV_QPT_DRIVER;
	opened->qp = efadv_create_driver_qp(opened->pd, &attr, EFADV_QP_DRIVER_TYPE_SRD);
	if (!opened->qp)
		die("qp");
}

static void close_all(struct opened *opened)
{
	if (ibv_destroy_qp(opened->qp) || ibv_destroy_cq(opened->cq) ||
	    ibv_dealloc_pd(opened->pd) || ibv_close_device(opened->context))
		die("close");
}

static void try_fork(const char *name)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		struct opened own;

		open_all(&own, name);
		close_all(&own);
		_exit(0);
	}
	if (waitpid(child, &status, 0) != child || status != 0)
		die("child");
	printf("child ok\n");
}

static void make_again(const char *name, int count)
{
	for (int i = 0; i < count; i++) {
		struct opened more;

		open_all(&more, name);
		close_all(&more);
	}
	printf("%d made\n", count);
}

/* How often a thread of this process went to sleep of itself. */
static long sleeps(void)
{
	struct rusage used;

	if (getrusage(RUSAGE_SELF, &used) != 0)
		die("getrusage");
	return used.ru_nvcsw;
}

/* A thread that was never seen asleep would count here; the caller itself is left out. */
static int threads_running(void)
{
	DIR *tasks = opendir("/proc/self/task");
	const struct dirent *task;
	int running = 0;

	while (tasks && (task = readdir(tasks))) {
		char path[300], state = 'R';
		FILE *stat;

		if (task->d_name[0] == '.' || atoi(task->d_name) == getpid())
			continue;
		(void)snprintf(path, sizeof(path), "/proc/self/task/%s/stat", task->d_name);
		stat = fopen(path, "re");
		if (!stat || fscanf(stat, "%*d (%*[^)]) %c", &state) != 1)
			die(path);
		(void)fclose(stat);
		running += state != 'S';
	}
	if (!tasks)
		die("/proc/self/task");
	(void)closedir(tasks);
	return running;
}

int main(int argc, char **argv)
{
	const struct timespec settle = { .tv_nsec = 200000000 };
	struct opened opened;
	long before;

	if (argc < 3)
		return 64;
	open_all(&opened, argv[1]);
	printf("open %u\n", opened.qp->qp_num);
	(void)fflush(stdout);
	if (argc == 4)
		try_fork(argv[1]);
	if (argc >= 5 && strcmp(argv[3], "exec") == 0) {
		(void)execvp(argv[4], argv + 4);
		die(argv[4]);
	}
	if (argc == 5)
		make_again(argv[1], atoi(argv[4]));
	/* the counters of the set-up are written out a little later */
	(void)nanosleep(&settle, NULL);
	before = sleeps();
	(void)sleep((unsigned int)atoi(argv[2]));
	printf("awake %ld times, %d threads running\n", sleeps() - before, threads_running());
	close_all(&opened);
	return 0;
}
