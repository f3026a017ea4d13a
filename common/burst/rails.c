/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/burst/rails.h"

#include "common/burst/offer.h"
#include "common/burst/srd_link.h"
#include "common/node/instance_table.h"

struct usable {
	uint8_t list[EG_DEVICES_MAX];
	uint16_t count;
};

static void list_usable(const struct eg_offer *offer, struct usable *ret)
{
	ret->count = 0;
	for (uint16_t i = 0; i < offer->device_count; i++) {
		if (offer->devices[i].target.address_length)
			ret->list[ret->count++] = (uint8_t)i;
	}
}

uint16_t eg_rails_usable(const struct eg_offer *offer)
{
	struct usable usable;

	list_usable(offer, &usable);
	return usable.count;
}

bool eg_rails_by_srd(const struct eg_offer *offer)
{
	for (uint16_t i = 0; i < offer->device_count; i++) {
		if (eg_srd_is_target(&offer->devices[i].target))
			return true;
	}
	return false;
}

uint8_t eg_rails_kind(const struct eg_offer *offer)
{
	uint8_t apart = eg_instance_type_apart(offer->instance_type);

	return eg_rails_by_srd(offer) ? apart | EG_RAILS_BY_SRD : apart;
}

static void add(struct eg_rail_pairs *ret, uint8_t a, uint8_t b)
{
	ret->list[ret->count].a = a;
	ret->list[ret->count++].b = b;
}

/* The device of @fewer that stands at the same address, or the one whose turn it is. */
static uint8_t match(const struct eg_offer *offer, const struct usable *fewer,
		     const struct eg_offer_device *device, uint16_t turn)
{
	uint8_t own = fewer->list[turn % fewer->count];

	/* So it is on nodes of one type. */
	if (!eg_pci_addr_compare(offer->devices[own].pci, device->pci))
		return own;
	for (uint16_t i = 0; i < fewer->count; i++) {
		if (!eg_pci_addr_compare(offer->devices[fewer->list[i]].pci, device->pci))
			return fewer->list[i];
	}
	return own;
}

/*
 * Each with the next, and, where there are several and room, with the one
 * behind it: two sick devices opposite each other in a ring of four would
 * leave no good pair.
 */
static void pair_own(const struct usable *own, struct eg_rail_pairs *ret)
{
	unsigned int strides = own->count > 3 && own->count * 2 <= EG_DEVICES_MAX ? 2 : 1;

	for (unsigned int stride = 1; stride <= strides; stride++) {
		for (uint16_t i = 0; i < own->count; i++)
			add(ret, own->list[i], own->list[(i + stride) % own->count]);
	}
}

void eg_rails_between(const struct eg_offer *a, const struct eg_offer *b, bool same_node,
		      struct eg_rail_pairs *ret)
{
	struct usable left, right;

	list_usable(a, &left);
	list_usable(b, &right);
	ret->count = 0;
	if (!left.count || !right.count)
		return;
	if (same_node) {
		pair_own(&left, ret);
	} else if (left.count >= right.count) {
		for (uint16_t i = 0; i < left.count; i++)
			add(ret, left.list[i], match(b, &right, &a->devices[left.list[i]], i));
	} else {
		for (uint16_t i = 0; i < right.count; i++)
			add(ret, match(a, &left, &b->devices[right.list[i]], i), right.list[i]);
	}
}
