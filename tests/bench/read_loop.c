/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * read_loop - the plain loop that efagate's measurement is held against: two
 * processes that read from each other at the same time, with libfabric alone
 * and nothing around it.
 *
 *   read_loop serve|lead SOCKET PROVIDER DOMAIN MS
 *
 * DOMAIN "-": the provider's first. After a warm-up reads of 64 bytes one by
 * one, then reads of 1 MiB with WINDOW under way for MS milliseconds, all into
 * slices of their own. Prints "MB/s us": the rate, and the median of the small
 * ones.
 */
#include <errno.h>
#include <poll.h>
#include <rdma/fabric.h>
#include <rdma/fi_cm.h>
#include <rdma/fi_domain.h>
#include <rdma/fi_endpoint.h>
#include <rdma/fi_errno.h>
#include <rdma/fi_rma.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define WINDOW 4
#define READ_BYTES (1u << 20)
#define SMALL_BYTES 64
#define SMALL_READS 200
#define WARM_READS 3
#define WARM_BYTES 8192
#define QUEUE 128
#define MS 1000000LL

struct slot {
	struct fi_context2 context;
	bool busy;
};

/* What one side tells the other. */
struct hello {
	uint64_t length, key, base;
	uint8_t address[64];
};

static struct fid_fabric *fabric;
static struct fid_domain *domain;
static struct fid_av *av;
static struct fid_cq *cq;
static struct fid_ep *ep;
static struct fid_mr *mr;
static struct hello own, other;
static struct slot slots[WINDOW];
static uint8_t *memory; /* what others read, then the slots' */
static fi_addr_t peer;
static int sock;

static _Noreturn void die(const char *what, int rc)
{
	fprintf(stderr, "read_loop: %s: %s\n", what, rc < 0 ? fi_strerror(-rc) : strerror(rc));
	exit(1);
}

static void must(int rc, const char *what)
{
	if (rc < 0)
		die(what, rc);
}

static int64_t now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 * MS + now.tv_nsec;
}

static struct fi_info *get_info(const char *provider, const char *name)
{
	struct fi_info *hints = fi_allocinfo(), *list = NULL, *info;

	if (!hints)
		die("hints", ENOMEM);
	hints->caps = FI_MSG | FI_RMA | FI_READ | FI_REMOTE_READ;
	hints->ep_attr->type = FI_EP_RDM;
	hints->mode = FI_CONTEXT | FI_CONTEXT2;
	hints->domain_attr->mr_mode =
		FI_MR_LOCAL | FI_MR_VIRT_ADDR | FI_MR_ALLOCATED | FI_MR_PROV_KEY;
	hints->fabric_attr->prov_name = strdup(provider);
	must(fi_getinfo(FI_VERSION(1, 17), NULL, NULL, 0, hints, &list), "fi_getinfo");
	for (info = list; info; info = info->next) {
		if (!strcmp(name, "-") || !strcmp(info->domain_attr->name, name))
			return info;
	}
	die(name, ENODEV);
}

static void open_all(struct fi_info *info)
{
	struct fi_cq_attr cq_attr = { .format = FI_CQ_FORMAT_CONTEXT, .size = QUEUE };
	struct fi_av_attr av_attr = { .type = FI_AV_TABLE };
	size_t size = (WINDOW + 1) * (size_t)READ_BYTES, length = sizeof(own.address);

	memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		die("mmap", errno);
	(void)madvise(memory, size, MADV_HUGEPAGE); /* as efagate does */
	memset(memory, 1, size);
	must(fi_fabric(info->fabric_attr, &fabric, NULL), "fi_fabric");
	must(fi_domain(fabric, info, &domain, NULL), "fi_domain");
	must(fi_av_open(domain, &av_attr, &av, NULL), "fi_av_open");
	must(fi_cq_open(domain, &cq_attr, &cq, NULL), "fi_cq_open");
	must(fi_endpoint(domain, info, &ep, NULL), "fi_endpoint");
	must(fi_ep_bind(ep, &av->fid, 0), "fi_ep_bind");
	must(fi_ep_bind(ep, &cq->fid, FI_TRANSMIT | FI_RECV), "fi_ep_bind");
	must(fi_enable(ep), "fi_enable");
	must(fi_getname(&ep->fid, own.address, &length), "fi_getname");
	must(fi_mr_reg(domain, memory, size, FI_SEND | FI_RECV | FI_READ | FI_REMOTE_READ, 0, 1, 0,
		       &mr, NULL),
	     "fi_mr_reg");
	own.length = length;
	own.key = fi_mr_key(mr);
	own.base = info->domain_attr->mr_mode & FI_MR_VIRT_ADDR ? (uintptr_t)memory : 0;
}

static void meet(bool serves, const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	if (serves) {
		if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 || listen(fd, 1) < 0)
			die(path, errno);
		sock = accept(fd, NULL, NULL);
	} else {
		for (int i = 0; connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0; i++) {
			if (i == 200)
				die(path, errno);
			(void)usleep(50000);
		}
		sock = fd;
	}
	if (send(sock, &own, sizeof(own), 0) != sizeof(own) ||
	    recv(sock, &other, sizeof(other), MSG_WAITALL) != sizeof(other))
		die("hello", EIO);
	if (fi_av_insert(av, other.address, 1, &peer, 0, NULL) != 1)
		die("fi_av_insert", EINVAL);
}

/* Let the provider work: how many reads have ended. */
static int take_ends(void)
{
	struct fi_cq_err_entry error = { 0 };
	struct fi_cq_entry entries[WINDOW];
	ssize_t rc = fi_cq_read(cq, entries, WINDOW);

	if (rc == -FI_EAVAIL) {
		(void)fi_cq_readerr(cq, &error, 0);
		die("read", error.err);
	}
	if (rc < 0)
		return 0;
	for (ssize_t i = 0; i < rc; i++)
		((struct slot *)entries[i].op_context)->busy = false;
	return (int)rc;
}

/* Both are here; the other may still need this side's work until it is. */
static void barrier(void)
{
	struct pollfd wait = { .fd = sock, .events = POLLIN };
	char byte = 0;

	if (send(sock, &byte, 1, 0) != 1)
		die("barrier", EIO);
	while (poll(&wait, 1, 0) == 0)
		(void)take_ends();
	if (recv(sock, &byte, 1, 0) != 1)
		die("barrier", EIO);
}

static int start_read(size_t size)
{
	int i = 0;
	ssize_t rc;

	while (slots[i].busy)
		i++;
	slots[i].busy = true;
	rc = fi_read(ep, memory + (size_t)(i + 1) * READ_BYTES, size, fi_mr_desc(mr), peer,
		     other.base, other.key, &slots[i].context);
	if (rc == -FI_EAGAIN)
		slots[i].busy = false;
	else
		must((int)rc, "fi_read");
	return rc == 0;
}

static void read_one(size_t size)
{
	while (!start_read(size))
		(void)take_ends();
	while (!take_ends())
		;
}

static int compare(const void *a, const void *b)
{
	const int64_t *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

static double median_us(void)
{
	static int64_t spans[SMALL_READS];

	for (int i = 0; i < SMALL_READS; i++) {
		int64_t start_ns = now_ns();

		read_one(SMALL_BYTES);
		spans[i] = now_ns() - start_ns;
	}
	qsort(spans, SMALL_READS, sizeof(spans[0]), compare);
	return (double)spans[SMALL_READS / 2] / 1e3;
}

static double rate(int64_t span_ns)
{
	int64_t start_ns = now_ns(), last_ns = start_ns;
	uint64_t started = 0, ended = 0;

	while (now_ns() - start_ns < span_ns || ended < started) {
		int count;

		while (now_ns() - start_ns < span_ns && started - ended < WINDOW &&
		       start_read(READ_BYTES))
			started++;
		count = take_ends();
		if (count)
			last_ns = now_ns();
		ended += (uint64_t)count;
	}
	return (double)ended * READ_BYTES * 1e3 / (double)(last_ns - start_ns);
}

int main(int argc, char **argv)
{
	double us, rate_mb;

	if (argc != 6) {
		fprintf(stderr, "usage: read_loop serve|lead SOCKET PROVIDER DOMAIN MS\n");
		return 64;
	}
	open_all(get_info(argv[3], argv[4]));
	meet(!strcmp(argv[1], "serve"), argv[2]);
	for (int i = 0; i < WARM_READS; i++) {
		barrier();
		read_one(WARM_BYTES);
	}
	barrier();
	us = median_us();
	barrier();
	rate_mb = rate(atoi(argv[5]) * MS);
	barrier();
	printf("%.0f %.3f\n", rate_mb, us);
	return 0;
}
