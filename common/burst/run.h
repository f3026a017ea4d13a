/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * run - one round of traffic on all devices of this node at once: does each
 * rail work, and with EG_DEPTH_FULL how fast.
 */
#ifndef EG_BURST_RUN_H
#define EG_BURST_RUN_H

#include <stdint.h>

#include "common/burst/offer.h"

struct eg_burst_devices;

/*
 * Of one read: by the device, and made of messages by the provider. Of the
 * first kind there are quick ones too: eight of them are more than a device of
 * 200 Gb/s has under way (500 KB in 20 us), and need a quarter of the memory.
 */
#define EG_READ_BYTES EG_OFFER_BYTES
#define EG_QUICK_READ_BYTES (EG_OFFER_BYTES / 4)
#define EG_EMULATED_BYTES (EG_OFFER_BYTES / 4)

/*
 * Under way at once, of EG_WINDOW reads at most: four times what a device of
 * 400 Gb/s has under way (1 MB in 20 us). More only takes memory, and leaves the
 * processor's cache where the software EFA copies.
 */
#define EG_WINDOW_BYTES (4 * EG_OFFER_BYTES)

/*
 * Run @round and say in @ret how each of its rails went, in its order. Rails
 * that are good are measured while others are still waited for. Ends when all
 * is known, at the latest at @deadline_ms; reads that are under way then hold
 * their slices, and their ends are of no meaning to later rounds.
 */
void eg_run_round(struct eg_burst_devices *devices, const struct eg_round *round,
		  int64_t deadline_ms, struct eg_result *ret);

/* Let all devices work once, for partners that read from this node. */
void eg_run_poll(struct eg_burst_devices *devices);

#endif
