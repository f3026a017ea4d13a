/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * provider - what traffic goes through, and what suits it: EFA by queue pairs
 * of our own or by libfabric; other providers of libfabric show, by hand, what
 * the same code moves over the same two nodes without EFA. Pure.
 */
#ifndef EG_BURST_PROVIDER_H
#define EG_BURST_PROVIDER_H

#include <stdbool.h>
#include <stddef.h>

struct eg_provider {
	const char *name; /* on the command line and in the report */
	const char *
		library; /* libfabric's name of it, also for FI_PROVIDER; NULL: without libfabric */
	const char *fabric; /* the one that is taken where it has several; NULL the first */
	const char *other_fabric; /* the one that is not; NULL none */
	bool efa; /* over EFA devices; else over one thing that has no PCI address */
	/* Of reads that the provider makes of messages, and how many at a time. */
	size_t message_bytes;
	unsigned int message_window;
};

/* "srd", "efa", "efa-direct", "tcp" or "shm"; NULL for any other word. */
const struct eg_provider *eg_provider_find(const char *name);

/* EFA through libfabric, as jobs use it. */
const struct eg_provider *eg_provider_efa(void);

/* What suits the devices of a node, where nobody chose: srd where all have RDMA reads, else efa. */
const struct eg_provider *eg_provider_for(bool device_reads);

#endif
