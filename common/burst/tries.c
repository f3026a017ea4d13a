/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/burst/tries.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define GROW_FIRST 256

int eg_tries_add(struct eg_tries *tries, const struct eg_try *one)
{
	struct eg_try *to;

	if (tries->count == tries->size) {
		size_t size = tries->size ? tries->size * 2 : GROW_FIRST;
		struct eg_try *list = reallocarray(tries->list, size, sizeof(*list));

		if (!list)
			return -ENOMEM;
		tries->list = list;
		tries->size = size;
	}
	to = &tries->list[tries->count];
	*to = *one;
	to->text = NULL;
	if (one->text && one->text[0]) {
		to->text = strdup(one->text);
		if (!to->text)
			return -ENOMEM;
	}
	tries->count++;
	return 0;
}

void eg_tries_done(struct eg_tries *tries)
{
	for (size_t i = 0; i < tries->count; i++)
		free(tries->list[i].text);
	free(tries->list);
	*tries = (struct eg_tries){ 0 };
}

static void count_self(struct eg_standing *standing, bool ok)
{
	standing->self_ok += ok;
	standing->self_failed += !ok;
}

static void count(struct eg_standing *standing, bool ok, uint16_t round)
{
	standing->ok += ok;
	standing->failed += !ok;
	if (!ok) {
		standing->failed_round = round;
		standing->ok_since = 0;
	} else if (!standing->failed_round || round > standing->failed_round) {
		standing->ok_since++;
	}
}

void eg_tries_stand(const struct eg_tries *tries, uint32_t nodes, struct eg_standing *ret)
{
	memset(ret, 0, (size_t)nodes * EG_DEVICES_MAX * sizeof(*ret));
	for (size_t i = 0; i < tries->count; i++) {
		const struct eg_try *one = &tries->list[i];
		struct eg_standing *a = &ret[(size_t)one->a * EG_DEVICES_MAX + one->a_device];
		struct eg_standing *b = &ret[(size_t)one->b * EG_DEVICES_MAX + one->b_device];
		bool ok = one->state == EG_RAIL_OK;

		if (one->state == EG_RAIL_UNKNOWN)
			continue;
		if (one->a == one->b) {
			count_self(a, ok);
			if (a != b)
				count_self(b, ok);
		} else {
			count(a, ok, one->round);
			count(b, ok, one->round);
		}
	}
}

bool eg_try_failed(const struct eg_try *one)
{
	return one->state == EG_RAIL_FAILED || one->state == EG_RAIL_CORRUPT;
}
