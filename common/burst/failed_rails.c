/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/burst/failed_rails.h"

#include <errno.h>
#include <stdlib.h>

#include "common/burst/tries.h"

#define NODE_BITS 24 /* EG_NODELIST_MAX needs 17 */
#define DEVICE_BITS 8

static uint64_t key_of(const struct eg_try *one)
{
	bool swap = one->a > one->b || (one->a == one->b && one->a_device > one->b_device);
	uint64_t low = swap ? one->b : one->a, high = swap ? one->a : one->b;
	uint64_t low_device = swap ? one->b_device : one->a_device;
	uint64_t high_device = swap ? one->a_device : one->b_device;

	return low << (NODE_BITS + 2 * DEVICE_BITS) | high << (2 * DEVICE_BITS) |
	       low_device << DEVICE_BITS | high_device;
}

static int compare(const void *a, const void *b)
{
	const struct eg_failed_rail *left = a, *right = b;

	return (left->key > right->key) - (left->key < right->key);
}

/* Their keys in order, each once. */
static int list_failed(const struct eg_tries *tries, struct eg_failed_rails *ret)
{
	size_t count = 0, kept = 0;

	for (size_t i = 0; i < tries->count; i++)
		count += eg_try_failed(&tries->list[i]);
	ret->list = calloc(count ? count : 1, sizeof(*ret->list));
	if (!ret->list)
		return -ENOMEM;
	for (size_t i = 0; i < tries->count; i++) {
		if (eg_try_failed(&tries->list[i]))
			ret->list[ret->count++].key = key_of(&tries->list[i]);
	}
	qsort(ret->list, ret->count, sizeof(*ret->list), compare);
	for (size_t i = 0; i < ret->count; i++) {
		if (!kept || ret->list[kept - 1].key != ret->list[i].key)
			ret->list[kept++].key = ret->list[i].key;
	}
	ret->count = kept;
	return 0;
}

static void add_try(struct eg_failed_rail *rail, const struct eg_try *one)
{
	if (one->state == EG_RAIL_UNKNOWN)
		return;
	rail->last_passed = one->state == EG_RAIL_OK;
	if (rail->last_passed) {
		rail->passed++;
		return;
	}
	if (!rail->failed++)
		rail->first_round = one->round;
	rail->last = one;
}

int eg_failed_rails(const struct eg_tries *tries, struct eg_failed_rails *ret)
{
	int rc;

	*ret = (struct eg_failed_rails){ 0 };
	rc = list_failed(tries, ret);
	for (size_t i = 0; ret->count && i < tries->count; i++) {
		struct eg_failed_rail key = { .key = key_of(&tries->list[i]) };
		struct eg_failed_rail *rail =
			bsearch(&key, ret->list, ret->count, sizeof(key), compare);

		if (rail)
			add_try(rail, &tries->list[i]);
	}
	return rc;
}

void eg_failed_rails_done(struct eg_failed_rails *rails)
{
	free(rails->list);
	*rails = (struct eg_failed_rails){ 0 };
}
