/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tries - which device has exchanged traffic with which, and how that went:
 * what the plan of the next round and the judge go by. Pure: no I/O.
 */
#ifndef EG_BURST_TRIES_H
#define EG_BURST_TRIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/burst/offer.h"

/* One device with another, both directions together. */
struct eg_try {
	uint32_t a, b; /* nodes of the session; the same: a node with itself */
	uint8_t a_device, b_device; /* places in their offers */
	uint8_t state; /* enum eg_rail_state */
	uint16_t round;
	int32_t provider_error; /* of a failure, 0 none */
	char *text; /* of a failure, NULL without one; owned by the list */
};

struct eg_tries {
	struct eg_try *list; /* in the order of their rounds */
	size_t count, size;
};

/* Add @one; its text, which may be NULL, is copied. 0 or -ENOMEM. */
int eg_tries_add(struct eg_tries *tries, const struct eg_try *one);

/* Takes zeroed lists. */
void eg_tries_done(struct eg_tries *tries);

/* What all tries say of one device. Unknown ones count nowhere. */
struct eg_standing {
	uint16_t ok, failed; /* with other nodes; corrupt counts as failed */
	uint16_t self_ok, self_failed; /* with the own node */
	uint16_t ok_since; /* with other nodes in rounds after that of its latest failure */
	uint16_t failed_round; /* of the latest failure with other nodes */
};

/*
 * The standing of every device: @ret has @nodes * EG_DEVICES_MAX entries, the
 * devices of a node side by side, and is overwritten.
 */
void eg_tries_stand(const struct eg_tries *tries, uint32_t nodes, struct eg_standing *ret);

/* Did this one fail? Unknown is no failure. */
bool eg_try_failed(const struct eg_try *one);

/* The entry of one device in such an array. */
static inline const struct eg_standing *eg_standing_of(const struct eg_standing *standings,
						       uint32_t node, uint8_t device)
{
	return &standings[(size_t)node * EG_DEVICES_MAX + device];
}

#endif
