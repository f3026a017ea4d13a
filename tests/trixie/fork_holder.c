/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fork_holder - an efa endpoint of the real libfabric, its packet pools pinned,
 * then a fork(): what happens to a data loader.
 *
 * The pools' huge pages are pinned, because they are registered: by a card's
 * driver, or by the software EFA for it. Prints "huge pages N" and "fork: done"
 * or its error.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rdma/fabric.h>
#include <rdma/fi_cm.h>
#include <rdma/fi_domain.h>
#include <rdma/fi_endpoint.h>

#define HUGE_PAGE_KIB 2048
#define PROGRESS 100

static void must(long rc, const char *what)
{
	if (rc >= 0)
		return;
	printf("%s: %s\n", what, fi_strerror((int)-rc));
	exit(2);
}

static struct fi_info *find_efa(void)
{
	struct fi_info *hints = fi_allocinfo(), *info = NULL;

	hints->caps = FI_MSG | FI_RMA;
	hints->ep_attr->type = FI_EP_RDM;
	hints->mode = FI_CONTEXT;
	hints->domain_attr->mr_mode =
		FI_MR_LOCAL | FI_MR_VIRT_ADDR | FI_MR_ALLOCATED | FI_MR_PROV_KEY;
	hints->fabric_attr->prov_name = strdup("efa");
	/* The fabric "efa" has packet pools, "efa-direct" has none. */
	hints->fabric_attr->name = strdup("efa");
	must(fi_getinfo(FI_VERSION(1, 18), NULL, NULL, 0, hints, &info), "fi_getinfo");
	fi_freeinfo(hints);
	return info;
}

static void open_endpoint(void)
{
	struct fi_info *info = find_efa();
	struct fi_cq_attr cq_attr = { .format = FI_CQ_FORMAT_CONTEXT };
	struct fi_av_attr av_attr = { .type = FI_AV_TABLE };
	struct fid_fabric *fabric;
	struct fid_domain *domain;
	struct fid_ep *ep;
	struct fid_cq *cq;
	struct fid_av *av;
	struct fi_cq_entry entry;

	must(fi_fabric(info->fabric_attr, &fabric, NULL), "fi_fabric");
	must(fi_domain(fabric, info, &domain, NULL), "fi_domain");
	must(fi_endpoint(domain, info, &ep, NULL), "fi_endpoint");
	must(fi_cq_open(domain, &cq_attr, &cq, NULL), "fi_cq_open");
	must(fi_av_open(domain, &av_attr, &av, NULL), "fi_av_open");
	must(fi_ep_bind(ep, &cq->fid, FI_SEND | FI_RECV), "fi_ep_bind");
	must(fi_ep_bind(ep, &av->fid, 0), "fi_ep_bind");
	must(fi_enable(ep), "fi_enable");
	for (int i = 0; i < PROGRESS; i++)
		(void)fi_cq_read(cq, &entry, 1);
}

/* How many huge pages this process has mapped. */
static unsigned long count_huge(void)
{
	FILE *maps = fopen("/proc/self/smaps", "re");
	unsigned long first = 0, last = 0, start, end, kib, pages = 0;
	char line[512];

	while (maps && fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%lx ", &start, &end) == 2) {
			first = start;
			last = end;
		} else if (sscanf(line, "KernelPageSize: %lu kB", &kib) == 1 &&
			   kib == HUGE_PAGE_KIB) {
			pages += (last - first) / 1024 / HUGE_PAGE_KIB;
		}
	}
	if (maps)
		(void)fclose(maps);
	return pages;
}

int main(void)
{
	pid_t pid;

	open_endpoint();
	printf("huge pages %lu\n", count_huge());
	(void)fflush(stdout);
	pid = fork();
	if (pid == 0)
		_exit(0);
	printf("fork: %s\n", pid < 0 ? strerror(errno) : "done");
	if (pid > 0)
		(void)waitpid(pid, NULL, 0);
	return pid < 0;
}
