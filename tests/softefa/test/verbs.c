/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * verbs - what a device refuses, seen by a program that uses the verbs.
 *
 *   verbs memlock|objects|access|bounds|receiver|overflow|pinned|flush|dmabuf DEVICE
 *
 * Prints one line for each thing tried: what, and the errno or the device's
 * completion status.
 */
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "verbs_side.h"

#define MIB (1u << 20)

static const char *errno_name(int error)
{
	return error ? strerrorname_np(error) : "ok";
}

static struct ibv_mr *try_mr(struct verbs_side *side, const char *what, void *memory, size_t bytes,
			     int access)
{
	struct ibv_mr *mr = ibv_reg_mr(side->pd, memory, bytes, (unsigned int)access);

	printf("%s: %s\n", what, errno_name(mr ? 0 : errno));
	return mr;
}

static void set_memlock(rlim_t bytes)
{
	struct rlimit limit;

	(void)getrlimit(RLIMIT_MEMLOCK, &limit);
	limit.rlim_cur = bytes;
	if (setrlimit(RLIMIT_MEMLOCK, &limit))
		side_die("setrlimit");
}

/* As an ordinary user, who may not go beyond the limit. */
static void memlock(struct verbs_side *side)
{
	char *memory = aligned_alloc(SIDE_BYTES, 2 * MIB);
	struct ibv_mr *first;

	set_memlock(MIB);
	(void)ibv_dereg_mr(side->mr);
	first = try_mr(side, "half of it", memory, MIB / 2, IBV_ACCESS_LOCAL_WRITE);
	(void)try_mr(side, "the other half", memory, MIB / 2, IBV_ACCESS_LOCAL_WRITE);
	(void)try_mr(side, "one byte more", memory, 1, IBV_ACCESS_LOCAL_WRITE);
	(void)ibv_dereg_mr(first);
	(void)try_mr(side, "half after half is free", memory, MIB / 2 - 1, IBV_ACCESS_LOCAL_WRITE);
	(void)try_mr(side, "one byte more", memory, 1, IBV_ACCESS_LOCAL_WRITE);
	set_memlock(0);
	(void)try_mr(side, "limit 0", memory, 1, IBV_ACCESS_LOCAL_WRITE);
}

/* What is in use cannot go, what never was cannot be used. */
static void objects(struct verbs_side *side)
{
	struct ibv_qp_attr attr = { .qp_state = IBV_QPS_RTR };
	struct ibv_pd *pds[300];
	int count = 0;

	printf("pd in use: %s\n", errno_name(ibv_dealloc_pd(side->pd)));
	printf("cq in use: %s\n", errno_name(ibv_destroy_cq(ibv_cq_ex_to_cq(side->cq))));
	printf("from rts to rtr: %s\n", errno_name(ibv_modify_qp(side->qp, &attr, IBV_QP_STATE)));
	attr.qp_state = IBV_QPS_RTS;
	printf("a timeout: %s\n",
	       errno_name(ibv_modify_qp(side->qp, &attr, IBV_QP_STATE | IBV_QP_TIMEOUT)));
	while (count < 300 && (pds[count] = ibv_alloc_pd(side->context)))
		count++;
	printf("%d pds more, then %s\n", count, errno_name(errno));
	while (count-- > 0)
		(void)ibv_dealloc_pd(pds[count]);
}

static void access_flags(struct verbs_side *side)
{
	char *page =
		mmap(NULL, SIDE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)try_mr(side, "remote read", page, SIDE_BYTES, IBV_ACCESS_REMOTE_READ);
	(void)try_mr(side, "remote write", page, SIDE_BYTES,
		     IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_WRITE);
	(void)try_mr(side, "remote write without local", page, SIDE_BYTES, IBV_ACCESS_REMOTE_WRITE);
	(void)try_mr(side, "relaxed ordering", page, SIDE_BYTES, IBV_ACCESS_RELAXED_ORDERING);
	(void)try_mr(side, "nothing", page, 0, 0);
	(void)munmap(page, SIDE_BYTES);
	(void)try_mr(side, "unmapped", page, SIDE_BYTES, IBV_ACCESS_LOCAL_WRITE);
}

static void try_dmabuf(struct verbs_side *side, const char *what, int fd)
{
	struct ibv_mr *mr =
		ibv_reg_dmabuf_mr(side->pd, 0, SIDE_BYTES, 0, fd, IBV_ACCESS_LOCAL_WRITE);

	printf("%s: %s\n", what, errno_name(mr ? 0 : errno));
}

static void dmabuf(struct verbs_side *side)
{
	try_dmabuf(side, "no descriptor", 1000);
	try_dmabuf(side, "a descriptor of something else", 1);
}

static void said(const char *what, struct verbs_side *side)
{
	printf("%s: status %d\n", what, side_status(side, SIDE_PATIENCE_S));
}

/* Reads from the device to itself, each wrong in one way. */
static void bounds(struct verbs_side *side)
{
	uint64_t start = (uintptr_t)side->memory;
	struct verbs_side other = { .context = side->context, .rnr_retry = 1 };
	char *memory = aligned_alloc(SIDE_BYTES, SIDE_BYTES);
	struct ibv_mr *closed = ibv_reg_mr(side->pd, memory, SIDE_BYTES, IBV_ACCESS_LOCAL_WRITE);
	uint32_t qpn = side->qp->qp_num;

	side_queues(&other);
	side_ready(&other);
	side_read(side, qpn, start, side->mr->rkey, SIDE_BYTES);
	said("all of it", side);
	side_read(side, qpn, start + 1, side->mr->rkey, SIDE_BYTES);
	said("a byte past the end", side);
	side_read(side, qpn, start - 1, side->mr->rkey, 1);
	said("a byte before the start", side);
	side_read(side, qpn, start, side->mr->rkey ^ 0x1000, 1);
	said("a wrong key", side);
	side_read(side, qpn, (uintptr_t)memory, closed->rkey, 1);
	said("memory not offered", side);
	side_read(side, qpn, (uintptr_t)other.memory, other.mr->rkey, 1);
	said("memory of another domain", side);
	side_read(side, other.qp->qp_num, (uintptr_t)other.memory, other.mr->rkey, 1);
	said("by a queue pair of that domain", side);
	(void)ibv_dereg_mr(other.mr);
	side_read(side, other.qp->qp_num, (uintptr_t)other.memory, other.mr->rkey, 1);
	said("after it was taken back", side);
	side_send(side, qpn, 1, closed->lkey ^ 0x1000);
	said("a wrong local key", side);
	side_read(side, 255, start, side->mr->rkey, 1);
	said("nobody's queue pair", side);
}

static void receiver(struct verbs_side *side)
{
	uint32_t qpn = side->qp->qp_num;

	side_send(side, qpn, 64, side->mr->lkey);
	said("no buffer", side);
	side_receive(side, 32);
	side_send(side, qpn, 64, side->mr->lkey);
	said("a short buffer", side);
	side_send(side, qpn, 32, side->mr->lkey);
	said("one that fits", side);
	said("its sender", side);
}

/* The card does not know how far the program has read: it writes over what was not. */
static void overflow(struct verbs_side *side)
{
	struct verbs_side other = { .context = side->context, .pd = side->pd, .cq = side->cq };
	int seen = 0;

	side_queues(&other);
	side_ready(&other);
	other.self = side->self;
	for (int i = 0; i < SIDE_DEPTH; i++)
		side_send(side, 255, 64, side->mr->lkey);
	for (int i = 0; i < 4; i++)
		side_send(&other, 255, 64, other.mr->lkey);
	while (side_status(side, 1) == 9)
		seen++;
	printf("%d of %d seen\n", seen, SIDE_DEPTH + 4);
}

static void into_state(struct verbs_side *side, enum ibv_qp_state state)
{
	struct ibv_qp_attr attr = { .qp_state = state };

	if (ibv_modify_qp(side->qp, &attr, IBV_QP_STATE))
		side_die("modify");
}

static void count_status(struct verbs_side *side, int status, int most)
{
	int seen = 0;

	while (seen < most && side_status(side, 1) == status)
		seen++;
	printf("%d with status %d (%s)\n", seen, status, ibv_wc_status_str(side->cq->status));
}

/* Two sends wait for a buffer of @other, three buffers wait for a message, then the queue fails. */
static void flush(struct verbs_side *side)
{
	struct verbs_side other = {
		.context = side->context, .pd = side->pd, .cq = side->cq, .rnr_retry = 1
	};
	struct ibv_qp_attr forever = { .qp_state = IBV_QPS_RTS, .rnr_retry = 7 };
	struct ibv_recv_wr wr = { 0 };
	struct ibv_recv_wr *bad;

	if (ibv_modify_qp(side->qp, &forever, IBV_QP_STATE | IBV_QP_RNR_RETRY))
		side_die("forever");
	side_queues(&other);
	side_ready(&other);
	other.self = side->self;
	for (int i = 0; i < 2; i++)
		side_send(side, other.qp->qp_num, 64, side->mr->lkey);
	for (int i = 0; i < 3; i++)
		side_receive(side, SIDE_BYTES);
	into_state(side, IBV_QPS_ERR);
	count_status(side, 1, 6);
	printf("post a receive: %s\n", errno_name(ibv_post_recv(side->qp, &wr, &bad)));
	side_send(&other, side->qp->qp_num, 64, other.mr->lkey);
	said("a message to it", side);
	side_receive(&other, SIDE_BYTES);
	printf("a buffer for what was flushed: status %d\n", side_status(side, 1));
	into_state(side, IBV_QPS_RESET);
	side_ready(side);
	side_receive(side, SIDE_BYTES);
	side_send(&other, side->qp->qp_num, 64, other.mr->lkey);
	said("after a reset, a message to it", side);
	said("its sender", side);
	side_send(side, other.qp->qp_num, 64, side->mr->lkey);
	said("one from it", side);
	said("its receiver", side);
	into_state(side, IBV_QPS_SQD);
	side_send(side, 255, 64, side->mr->lkey);
	printf("posted while it is drained: status %d\n", side_status(side, 1));
	into_state(side, IBV_QPS_RTS);
	said("when it runs again", side);
}

static unsigned long pinned_kib(void)
{
	char line[256];
	unsigned long kib = 0;
	FILE *file = fopen("/proc/self/status", "r");

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "VmPin: %lu", &kib) == 1)
			break;
	if (file)
		(void)fclose(file);
	return kib;
}

/* The kernel itself says what is pinned. */
static void pinned(struct verbs_side *side)
{
	unsigned long before = pinned_kib();
	char *memory = aligned_alloc(SIDE_BYTES, 4 * MIB);
	struct ibv_mr *mr = ibv_reg_mr(side->pd, memory, 4 * MIB, IBV_ACCESS_LOCAL_WRITE);
	pid_t child;

	printf("registered: %lu KiB more\n", pinned_kib() - before);
	(void)fflush(stdout);
	child = fork();
	if (child == 0) {
		printf("in a child: %lu KiB\n", pinned_kib());
		(void)fflush(stdout);
		_exit(0);
	}
	(void)waitpid(child, NULL, 0);
	(void)ibv_dereg_mr(mr);
	printf("given back: %ld KiB more\n", (long)(pinned_kib() - before));
}

static const struct {
	const char *name;
	void (*run)(struct verbs_side *side);
} cases[] = {
	{ "memlock", memlock }, { "objects", objects },	  { "access", access_flags },
	{ "bounds", bounds },	{ "receiver", receiver }, { "overflow", overflow },
	{ "pinned", pinned },	{ "flush", flush },	  { "dmabuf", dmabuf },
};

int main(int argc, char **argv)
{
	struct verbs_side side = { .rnr_retry = 1 };

	if (argc != 3)
		return 64;
	side_open(&side, argv[2]);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (strcmp(cases[i].name, argv[1]) == 0)
			cases[i].run(&side);
	return 0;
}
