/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sweep - reads of one size after the other, from 64 bytes to 1 MiB: which
 * rounds are to be run, and what came of them, device by device. Pure.
 */
#ifndef EG_BURST_SWEEP_H
#define EG_BURST_SWEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/burst/offer.h"

#define EG_SWEEP_SIZES 8

/* Reads of one size by one device. */
struct eg_sweep_point {
	uint64_t alone_bytes, alone_ns; /* this device alone; 0 ns: not measured */
	uint64_t together_bytes, together_ns; /* all devices of the sweep at once */
	uint32_t latency_p50_ns, latency_p99_ns, latency_samples; /* one read at a time */
};

struct eg_sweep_rail {
	uint8_t device; /* place in our offer */
	uint8_t peer; /* place in the partner's */
	char name[EG_DEVICE_NAME_MAX]; /* of our device */
	struct eg_pci_addr pci;
	bool device_reads; /* else made of messages by the provider, up to EG_EMULATED_BYTES */
	struct eg_pci_addr peer_pci;
	struct eg_sweep_point points[EG_SWEEP_SIZES];
	char error[112]; /* why it was not measured to the end, "" it was */
};

struct eg_sweep {
	const char *only; /* name or PCI address of the one device to measure, NULL: all */
	char peer[EG_NODE_NAME_MAX]; /* the node that was read from, "" none */
	size_t sizes; /* rounds that were run */
	size_t count;
	struct eg_sweep_rail rails[EG_DEVICES_MAX];
};

/* 64, 256, ... 1048576: of round @place, 0 to EG_SWEEP_SIZES - 1, behind the stages of the plan. */
uint32_t eg_sweep_bytes(size_t place);

/* What a round of @rails devices may take at most: it takes 30 ms a device and 0.1 s. */
uint32_t eg_sweep_budget_ms(size_t rails);

/*
 * Make of @round, with whom to exchange traffic, the one of size @place: its
 * first partner. Its number follows those of all stages.
 */
void eg_sweep_round(size_t place, struct eg_round *round);

/* The round of node 0 or 1 (@index) of two that offer this; -1 when they have no rails. */
int eg_sweep_round_of_two(const struct eg_offer *const *offers, const char *const *names,
			  uint32_t index, size_t place, struct eg_round *ret);

/* Is @only a device of this offer? NULL is any. */
bool eg_sweep_knows(const struct eg_offer *offer, const char *only);

/* Leave the rails of sweep->only in a round, and of those none that has failed before. */
void eg_sweep_choose(const struct eg_sweep *sweep, const struct eg_offer *offer,
		     struct eg_round *round);

/* The result of a round of EG_DEPTH_SIZE by the devices of @offer. */
void eg_sweep_take(struct eg_sweep *sweep, const struct eg_offer *offer,
		   const struct eg_round *round, const struct eg_result *result);

#endif
