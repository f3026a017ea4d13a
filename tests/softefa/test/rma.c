/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rma - fi_read over the efa provider with its data checked.
 *
 *   rma self DEVICE PEER BYTES COUNT    one process, from device to device
 *   rma serve PORT DEVICE BYTES         offers memory, ends when the reader is done
 *   rma read PORT DEVICE BYTES COUNT    reads it COUNT times, over 127.0.0.1
 *   rma fork DEVICE                     opens it, registers memory, forks
 *   rma pages DEVICE                    says before that how many huge pages it holds
 *
 * Prints "OK COUNT x BYTES, device read N bytes in M requests" or "FAIL" and
 * why; every wait ends after 20 seconds.
 */
#include <arpa/inet.h>
#include <errno.h>
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
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DEADLINE_S 20
#define NAME_MAX_BYTES 64
#define WINDOW 8
#define WARM_UP_POLLS 50

struct side {
	struct fi_info *info;
	struct fid_fabric *fabric;
	struct fid_domain *domain;
	struct fid_ep *ep;
	struct fid_av *av;
	struct fid_cq *cq;
	struct fid_mr *mr;
	uint8_t *memory;
	size_t bytes;
	uint8_t name[NAME_MAX_BYTES];
	size_t name_bytes;
};

/* What a reader must know of the memory it reads. */
struct offer {
	uint8_t name[NAME_MAX_BYTES];
	uint64_t addr;
	uint64_t key;
};

static time_t deadline;

static _Noreturn void die(const char *what, int error)
{
	printf("FAIL %s: %s\n", what, error ? fi_strerror(-error) : "");
	(void)fflush(stdout);
	_exit(1);
}

static void must(const char *what, int rc)
{
	if (rc < 0)
		die(what, rc);
}

static void check_deadline(const char *what)
{
	if (time(NULL) > deadline)
		die(what, -FI_ETIMEDOUT);
}

static struct fi_info *find_info(const char *device)
{
	struct fi_info *hints = fi_allocinfo();
	struct fi_info *info = NULL;
	char domain[NAME_MAX_BYTES];

	(void)snprintf(domain, sizeof(domain), "%s-rdm", device);
	hints->fabric_attr->prov_name = strdup("efa");
	hints->domain_attr->name = strdup(domain);
	hints->ep_attr->type = FI_EP_RDM;
	hints->caps = FI_MSG | FI_RMA;
	hints->mode = FI_CONTEXT;
	hints->domain_attr->mr_mode =
		FI_MR_LOCAL | FI_MR_VIRT_ADDR | FI_MR_ALLOCATED | FI_MR_PROV_KEY;
	must("fi_getinfo", fi_getinfo(FI_VERSION(1, 17), NULL, NULL, 0, hints, &info));
	fi_freeinfo(hints);
	return info;
}

static void open_side(struct side *side, const char *device, size_t bytes)
{
	struct fi_av_attr av = { .type = FI_AV_TABLE };
	struct fi_cq_attr cq = { .format = FI_CQ_FORMAT_CONTEXT, .size = 64 };

	side->info = find_info(device);
	side->bytes = bytes;
	side->memory = aligned_alloc(4096, (bytes + 4095) & ~(size_t)4095);
	must("fi_fabric", fi_fabric(side->info->fabric_attr, &side->fabric, NULL));
	must("fi_domain", fi_domain(side->fabric, side->info, &side->domain, NULL));
	must("fi_av_open", fi_av_open(side->domain, &av, &side->av, NULL));
	must("fi_cq_open", fi_cq_open(side->domain, &cq, &side->cq, NULL));
	must("fi_endpoint", fi_endpoint(side->domain, side->info, &side->ep, NULL));
	must("bind av", fi_ep_bind(side->ep, &side->av->fid, 0));
	must("bind cq", fi_ep_bind(side->ep, &side->cq->fid, FI_TRANSMIT | FI_RECV));
	must("fi_enable", fi_enable(side->ep));
	must("fi_mr_reg", fi_mr_reg(side->domain, side->memory, bytes,
				    FI_READ | FI_WRITE | FI_REMOTE_READ | FI_REMOTE_WRITE, 0, 0, 0,
				    &side->mr, NULL));
	side->name_bytes = sizeof(side->name);
	must("fi_getname", fi_getname(&side->ep->fid, side->name, &side->name_bytes));
}

static void close_side(struct side *side)
{
	must("close ep", fi_close(&side->ep->fid));
	must("close mr", fi_close(&side->mr->fid));
	must("close cq", fi_close(&side->cq->fid));
	must("close av", fi_close(&side->av->fid));
	must("close domain", fi_close(&side->domain->fid));
	must("close fabric", fi_close(&side->fabric->fid));
	fi_freeinfo(side->info);
	free(side->memory);
}

static void fill_offer(const struct side *side, struct offer *offer)
{
	memcpy(offer->name, side->name, sizeof(offer->name));
	offer->addr = (uintptr_t)side->memory;
	offer->key = fi_mr_key(side->mr);
}

static uint8_t pattern(size_t at)
{
	return (uint8_t)(at * 31 + (at >> 8) + 7);
}

static void fill(struct side *side)
{
	for (size_t i = 0; i < side->bytes; i++)
		side->memory[i] = pattern(i);
}

static void check(const struct side *side)
{
	for (size_t i = 0; i < side->bytes; i++)
		if (side->memory[i] != pattern(i)) {
			printf("FAIL data: byte %zu of %zu is wrong\n", i, side->bytes);
			(void)fflush(stdout);
			_exit(1);
		}
}

/* One completion, if there is one; the other side, if any, must be polled too. */
static size_t poll_once(struct side *side)
{
	struct fi_cq_entry entry;
	struct fi_cq_err_entry error = { 0 };
	ssize_t rc = fi_cq_read(side->cq, &entry, 1);

	if (rc == -FI_EAGAIN)
		return 0;
	if (rc == -FI_EAVAIL) {
		(void)fi_cq_readerr(side->cq, &error, 0);
		printf("FAIL completion: err %d (%s), prov_errno %d\n", error.err,
		       fi_strerror(error.err), error.prov_errno);
		(void)fflush(stdout);
		_exit(1);
	}
	if (rc < 0)
		die("fi_cq_read", (int)rc);
	return (size_t)rc;
}

static void read_all(struct side *side, struct side *other, const struct offer *offer,
		     fi_addr_t peer, size_t count)
{
	struct fi_context contexts[WINDOW];
	size_t posted = 0;
	size_t done = 0;

	while (done < count) {
		if (posted < count && posted - done < WINDOW) {
			ssize_t rc =
				fi_read(side->ep, side->memory, side->bytes, fi_mr_desc(side->mr),
					peer, offer->addr, offer->key, &contexts[posted % WINDOW]);

			if (rc == 0)
				posted++;
			else if (rc != -FI_EAGAIN)
				die("fi_read", (int)rc);
		}
		done += poll_once(side);
		if (other)
			(void)poll_once(other);
		check_deadline("reads");
	}
}

static uint64_t counter(const char *device, const char *name)
{
	char path[256];
	unsigned long value = 0;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/sys/class/infiniband/%s/ports/1/hw_counters/%s",
		       device, name);
	file = fopen(path, "r");
	if (!file || fscanf(file, "%lu", &value) != 1)
		die(path, -errno);
	(void)fclose(file);
	return value;
}

static fi_addr_t insert(struct side *side, const struct offer *offer)
{
	fi_addr_t peer;

	if (fi_av_insert(side->av, offer->name, 1, &peer, 0, NULL) != 1)
		die("fi_av_insert", 0);
	return peer;
}

/* Until the handshake is over the provider does reads with messages. */
static void warm_up(struct side *side, struct side *other, const struct offer *offer,
		    fi_addr_t peer)
{
	const struct timespec pause = { .tv_nsec = 1000000 };

	read_all(side, other, offer, peer, 1);
	for (int i = 0; i < WARM_UP_POLLS; i++) {
		(void)poll_once(side);
		if (other)
			(void)poll_once(other);
		(void)nanosleep(&pause, NULL);
	}
}

static void measure(struct side *side, struct side *other, const struct offer *offer,
		    const char *device, size_t count)
{
	fi_addr_t peer = insert(side, offer);
	uint64_t bytes;
	uint64_t requests;

	warm_up(side, other, offer, peer);
	memset(side->memory, 0, side->bytes);
	bytes = counter(device, "rdma_read_bytes");
	requests = counter(device, "rdma_read_wrs");
	read_all(side, other, offer, peer, count);
	bytes = counter(device, "rdma_read_bytes") - bytes;
	requests = counter(device, "rdma_read_wrs") - requests;
	check(side);
	printf("OK %zu x %zu, device read %lu bytes in %lu requests\n", count, side->bytes, bytes,
	       requests);
	(void)fflush(stdout);
}

static int run_self(char **argv)
{
	struct side one = { 0 };
	struct side two = { 0 };
	struct offer offer;
	size_t bytes = strtoul(argv[2], NULL, 10);
	size_t count = strtoul(argv[3], NULL, 10);

	open_side(&one, argv[0], bytes);
	open_side(&two, argv[1], bytes);
	fill(&two);
	fill_offer(&two, &offer);
	measure(&one, &two, &offer, argv[0], count);
	close_side(&one);
	close_side(&two);
	return 0;
}

static int listen_on(uint16_t port)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int one = 1;
	int peer;

	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 || listen(fd, 1) < 0)
		die("listen", -errno);
	(void)alarm(DEADLINE_S);
	peer = accept(fd, NULL, NULL);
	(void)close(fd);
	return peer;
}

static int connect_to(uint16_t port)
{
	const struct timespec pause = { .tv_nsec = 20000000 };
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd;

	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (;;) {
		fd = socket(AF_INET, SOCK_STREAM, 0);
		if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0)
			return fd;
		(void)close(fd);
		check_deadline("connect");
		(void)nanosleep(&pause, NULL);
	}
}

static int run_serve(char **argv)
{
	struct side side = { 0 };
	struct offer offer;
	char done = 0;
	int fd;

	open_side(&side, argv[1], strtoul(argv[2], NULL, 10));
	fill(&side);
	fill_offer(&side, &offer);
	fd = listen_on((uint16_t)strtoul(argv[0], NULL, 10));
	if (fd < 0 || write(fd, &offer, sizeof(offer)) != (ssize_t)sizeof(offer))
		die("offer", -errno);
	/* the emulated protocols need this side's help, so it polls until told */
	while (recv(fd, &done, 1, MSG_DONTWAIT) < 0) {
		(void)poll_once(&side);
		check_deadline("reader");
	}
	close_side(&side);
	printf("OK served\n");
	return 0;
}

static int run_read(char **argv)
{
	struct side side = { 0 };
	struct offer offer;
	size_t bytes = strtoul(argv[2], NULL, 10);
	size_t count = strtoul(argv[3], NULL, 10);
	int fd = connect_to((uint16_t)strtoul(argv[0], NULL, 10));

	if (recv(fd, &offer, sizeof(offer), MSG_WAITALL) != (ssize_t)sizeof(offer))
		die("offer", -errno);
	open_side(&side, argv[1], bytes);
	measure(&side, NULL, &offer, argv[1], count);
	close_side(&side);
	(void)close(fd);
	return 0;
}

/* Of 2 MiB, as the kernel counts them. */
static unsigned long huge_pages(void)
{
	FILE *file = fopen("/proc/self/smaps_rollup", "re");
	unsigned long kib = 0;
	char line[128];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "Private_Hugetlb: %lu kB", &kib) == 1)
			break;
	if (file)
		(void)fclose(file);
	return kib / 2048;
}

static int run_fork(char **argv, bool says_pages)
{
	struct side side = { 0 };
	int status = -1;
	pid_t child;

	open_side(&side, argv[0], 4096);
	/* the provider posts its own buffers when it is first asked for completions */
	for (int i = 0; i < WARM_UP_POLLS; i++)
		(void)poll_once(&side);
	if (says_pages)
		printf("%lu huge pages\n", huge_pages());
	(void)fflush(stdout);
	child = fork();
	if (child == 0)
		_exit(0);
	if (child < 0)
		die("fork", -errno);
	(void)waitpid(child, &status, 0);
	close_side(&side);
	printf("OK forked, the child ended with %d\n", status);
	return 0;
}

int main(int argc, char **argv)
{
	deadline = time(NULL) + DEADLINE_S;
	if (argc == 6 && strcmp(argv[1], "self") == 0)
		return run_self(argv + 2);
	if (argc == 5 && strcmp(argv[1], "serve") == 0)
		return run_serve(argv + 2);
	if (argc == 6 && strcmp(argv[1], "read") == 0)
		return run_read(argv + 2);
	if (argc == 3 && strcmp(argv[1], "fork") == 0)
		return run_fork(argv + 2, false);
	if (argc == 3 && strcmp(argv[1], "pages") == 0)
		return run_fork(argv + 2, true);
	(void)fprintf(stderr, "usage: rma self|serve|read|fork|pages ...\n");
	return 64;
}
