/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * failed_rails - the pairs of devices that failed with each other, once each,
 * and how that went the other times: did it repeat? Pure.
 */
#ifndef EG_BURST_FAILED_RAILS_H
#define EG_BURST_FAILED_RAILS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct eg_tries;
struct eg_try;

struct eg_failed_rail {
	uint64_t key; /* of both devices, the same in both orders */
	const struct eg_try *last; /* its latest failure, in the list of tries */
	uint16_t first_round; /* of its failures */
	uint16_t failed, passed; /* tries between the two; unknown ones count nowhere */
	bool last_passed; /* the latest that is known */
};

struct eg_failed_rails {
	struct eg_failed_rail
		*list; /* in the order of their keys: those of two nodes side by side */
	size_t count;
};

/* Fill @ret from @tries, which must stay as they are: 0 or -ENOMEM. Takes n log n. */
int eg_failed_rails(const struct eg_tries *tries, struct eg_failed_rails *ret);

/* Takes zeroed lists. */
void eg_failed_rails_done(struct eg_failed_rails *rails);

#endif
