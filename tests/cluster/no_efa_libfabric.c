/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * no_efa_libfabric - a libfabric as some MPIs bring it: it loads, has a version
 * and knows no provider efa.
 */
#include <rdma/fabric.h>
#include <rdma/fi_domain.h>
#include <rdma/fi_endpoint.h>
#include <rdma/fi_errno.h>
#include <stdlib.h>

int fi_getinfo(uint32_t version, const char *node, const char *service, uint64_t flags,
	       const struct fi_info *hints, struct fi_info **info);
void fi_freeinfo(struct fi_info *info);
struct fi_info *fi_dupinfo(const struct fi_info *info);
int fi_fabric(struct fi_fabric_attr *attr, struct fid_fabric **fabric, void *context);
const char *fi_strerror(int errnum);
uint32_t fi_version(void);

int fi_getinfo(uint32_t version, const char *node, const char *service, uint64_t flags,
	       const struct fi_info *hints, struct fi_info **info)
{
	(void)version;
	(void)node;
	(void)service;
	(void)flags;
	(void)hints;
	*info = NULL;
	return -FI_ENODATA;
}

/* Hints live as long as the process that asks once. */
void fi_freeinfo(struct fi_info *info)
{
	(void)info;
}

struct fi_info *fi_dupinfo(const struct fi_info *info)
{
	static struct fi_info hints;
	static struct fi_ep_attr ep_attr;
	static struct fi_domain_attr domain_attr;
	static struct fi_fabric_attr fabric_attr;

	(void)info;
	hints.ep_attr = &ep_attr;
	hints.domain_attr = &domain_attr;
	hints.fabric_attr = &fabric_attr;
	return &hints;
}

int fi_fabric(struct fi_fabric_attr *attr, struct fid_fabric **fabric, void *context)
{
	(void)attr;
	(void)fabric;
	(void)context;
	return -FI_ENODATA;
}

const char *fi_strerror(int errnum)
{
	(void)errnum;
	return "no data";
}

uint32_t fi_version(void)
{
	return FI_VERSION(1, 9);
}
