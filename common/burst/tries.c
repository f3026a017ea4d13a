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

static void count(struct eg_standing *standing, uint8_t state, int self)
{
	if (state == EG_RAIL_UNKNOWN)
		return;
	if (state == EG_RAIL_OK && self)
		standing->self_ok++;
	else if (state == EG_RAIL_OK)
		standing->ok++;
	else if (self)
		standing->self_failed++;
	else
		standing->failed++;
}

void eg_tries_stand(const struct eg_tries *tries, uint32_t nodes, struct eg_standing *ret)
{
	memset(ret, 0, (size_t)nodes * EG_DEVICES_MAX * sizeof(*ret));
	for (size_t i = 0; i < tries->count; i++) {
		const struct eg_try *one = &tries->list[i];
		int self = one->a == one->b;

		count(&ret[(size_t)one->a * EG_DEVICES_MAX + one->a_device], one->state, self);
		if (!self || one->a_device != one->b_device)
			count(&ret[(size_t)one->b * EG_DEVICES_MAX + one->b_device], one->state,
			      self);
	}
}

bool eg_try_failed(const struct eg_try *one)
{
	return one->state == EG_RAIL_FAILED || one->state == EG_RAIL_CORRUPT;
}

bool eg_tries_passed_later(const struct eg_tries *tries, size_t index)
{
	const struct eg_try *one = &tries->list[index];

	for (size_t i = index + 1; i < tries->count; i++) {
		const struct eg_try *later = &tries->list[i];
		bool same = later->a == one->a && later->b == one->b &&
			    later->a_device == one->a_device && later->b_device == one->b_device;
		bool swapped = later->a == one->b && later->b == one->a &&
			       later->a_device == one->b_device && later->b_device == one->a_device;

		if ((same || swapped) && later->state == EG_RAIL_OK)
			return true;
	}
	return false;
}
