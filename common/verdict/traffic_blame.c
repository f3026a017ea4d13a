/* SPDX-License-Identifier: BSD-3-Clause */
/* Devices that pass with nobody: EG402, EG403, EG406. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/burst/tries.h"
#include "common/verdict/judge_traffic.h"
#include "common/verdict/traffic_parts.h"

#define PARTNERS_SHOWN 3

struct eg_accused *eg_accused_find(const struct eg_traffic_case *the, uint32_t node, uint8_t device)
{
	uint32_t at = the->accused_at[(size_t)node * EG_DEVICES_MAX + device];

	return at ? &the->accused[at - 1] : NULL;
}

const char *eg_traffic_device_text(const struct eg_traffic_facts *facts, uint32_t node,
				   uint8_t device, char *text)
{
	const struct eg_offer *offer = facts->offers[node];
	char pci[EG_PCI_ADDR_TEXT];

	if (offer && device < offer->device_count)
		(void)snprintf(text, EG_DEVICE_TEXT, "EFA %s (%s)",
			       eg_pci_addr_text(offer->devices[device].pci, pci),
			       offer->devices[device].name);
	else
		(void)snprintf(text, EG_DEVICE_TEXT, "EFA device %u", device);
	return text;
}

/* Passed with no other node though it tried; or, where there is no other node, with itself. */
static bool is_accused(const struct eg_traffic_case *the, const struct eg_standing *standing)
{
	if (the->present == 1)
		return standing->self_failed && !standing->self_ok;
	return standing->failed && !standing->ok;
}

static int list_accused(struct eg_traffic_case *the)
{
	size_t size = 0;

	for (uint32_t node = 0; node < the->facts->count; node++) {
		for (uint8_t i = 0; i < EG_DEVICES_MAX; i++) {
			if (!is_accused(the, eg_standing_of(the->standings, node, i)))
				continue;
			if (the->accused_count == size) {
				struct eg_accused *list = reallocarray(
					the->accused, size ? size * 2 : 64, sizeof(*list));

				if (!list)
					return -ENOMEM;
				the->accused = list;
				size = size ? size * 2 : 64;
			}
			the->accused[the->accused_count++] =
				(struct eg_accused){ .node = node, .device = i };
			the->accused_at[(size_t)node * EG_DEVICES_MAX + i] =
				(uint32_t)the->accused_count;
		}
	}
	return 0;
}

/* In the order of the session's nodes, so that a text does not depend on chance. */
static void add_partner(struct eg_accused *accused, uint32_t node)
{
	uint32_t at = 0;

	while (at < accused->partner_count && accused->partners[at] < node)
		at++;
	if (at < accused->partner_count && accused->partners[at] == node)
		return;
	if (accused->partner_count == EG_ACCUSED_PARTNERS)
		return;
	memmove(&accused->partners[at + 1], &accused->partners[at],
		(accused->partner_count - at) * sizeof(accused->partners[0]));
	accused->partners[at] = node;
	accused->partner_count++;
}

/* Is the other side of a failure beyond doubt? With two nodes only its own devices can say. */
static bool is_good(const struct eg_traffic_case *the, uint32_t node, uint8_t device)
{
	const struct eg_standing *standing = eg_standing_of(the->standings, node, device);

	return standing->ok || (the->present == 2 && standing->self_ok);
}

/* Is it good with another node or, of the accused's own node, at least there? */
static bool is_witness(const struct eg_traffic_case *the, const struct eg_try *one, uint32_t node,
		       uint8_t device)
{
	const struct eg_standing *standing = eg_standing_of(the->standings, node, device);

	if (one->a == one->b)
		return standing->ok || standing->self_ok;
	return is_good(the, node, device);
}

/*
 * What the failure was. Where the other side may be the bad one it says nothing
 * of this side, so it counts only as long as there is no failure that does.
 */
static void take_evidence(struct eg_accused *accused, const struct eg_try *one, bool witnessed)
{
	bool corrupt = one->state == EG_RAIL_CORRUPT;

	if (witnessed && !accused->shown) {
		accused->shown = true;
		accused->corrupt = false;
		accused->text = NULL;
	}
	if (accused->shown && !witnessed)
		return;
	/* The first had the most time to fail in the provider's words. */
	if (!accused->text || (corrupt && !accused->corrupt))
		accused->text = one->text;
	accused->corrupt |= corrupt;
}

static void strike(struct eg_traffic_case *the, const struct eg_try *one, bool swap)
{
	uint32_t other = swap ? one->a : one->b;
	struct eg_accused *accused =
		eg_accused_find(the, swap ? one->b : one->a, swap ? one->b_device : one->a_device);
	bool witnessed;

	if (!accused)
		return;
	witnessed = is_witness(the, one, other, swap ? one->a_device : one->b_device);
	take_evidence(accused, one, witnessed);
	if (one->a == one->b || !witnessed)
		return;
	accused->strikes++;
	add_partner(accused, other);
}

/*
 * With a device of its own node that is good it fails as well: then the fault
 * is on this side. A node all of whose devices fail has no such witness.
 */
static void ask_siblings(struct eg_traffic_case *the, const struct eg_try *one)
{
	for (int swap = 0; swap < 2; swap++) {
		struct eg_accused *accused =
			eg_accused_find(the, one->a, swap ? one->b_device : one->a_device);
		const struct eg_standing *sibling = eg_standing_of(
			the->standings, one->a, swap ? one->a_device : one->b_device);

		if (accused && (sibling->ok || sibling->self_ok) &&
		    !eg_standing_of(the->standings, one->a, accused->device)->self_ok)
			accused->by_itself = true;
	}
}

/* Nothing of @node reaches anything, itself included. */
static bool is_silent(const struct eg_traffic_case *the, uint32_t node)
{
	bool tried = false;

	for (uint8_t i = 0; i < EG_DEVICES_MAX; i++) {
		const struct eg_standing *standing = eg_standing_of(the->standings, node, i);

		if (standing->ok || standing->self_ok)
			return false;
		tried |= standing->self_failed != 0;
	}
	return tried;
}

/* Nothing is known of how its own devices reach each other. */
static bool is_unasked(const struct eg_traffic_case *the, uint32_t node)
{
	for (uint8_t i = 0; i < EG_DEVICES_MAX; i++) {
		const struct eg_standing *standing = eg_standing_of(the->standings, node, i);

		if (standing->self_ok || standing->self_failed)
			return false;
	}
	return true;
}

/* How many different partners are wanted: three, or as many as there are. */
static uint32_t partners_wanted(const struct eg_traffic_case *the)
{
	return the->present > EG_STRIKE_PARTNERS ? EG_STRIKE_PARTNERS : the->present - 1;
}

/* Enough failures with enough partners that are good: it is this side. */
static bool is_proven(const struct eg_accused *accused, uint32_t wanted)
{
	uint32_t strikes = wanted >= EG_STRIKE_PARTNERS ? EG_STRIKES : wanted;

	return accused->partner_count >= wanted && accused->strikes >= strikes;
}

/*
 * A device is dead when that is proven. A node that reaches nobody at all may
 * as well be an island of its own, or of nodes it has not met: then its own
 * devices reach each other.
 */
static void convict(struct eg_traffic_case *the, struct eg_accused *accused, uint32_t wanted)
{
	bool silent = the->present > 1 && is_silent(the, accused->node);
	bool itself = accused->by_itself || silent;

	if (the->present == 1)
		accused->dead = itself;
	if (the->present == 1 || !is_proven(accused, wanted))
		return;
	/* Wrong bytes are no matter of who may reach whom. */
	if (accused->corrupt || eg_traffic_has_group(the, accused->node))
		accused->dead = itself || wanted >= EG_STRIKE_PARTNERS;
	else if (silent || is_unasked(the, accused->node))
		accused->dead = silent || (wanted >= EG_STRIKE_PARTNERS && !the->islands);
	else
		accused->isolated = the->present > 2 && !the->islands;
}

int eg_traffic_accuse(struct eg_traffic_case *the)
{
	const struct eg_tries *tries = the->facts->tries;
	uint32_t wanted = partners_wanted(the);
	int rc = list_accused(the);

	if (rc)
		return rc;
	for (size_t i = 0; i < tries->count; i++) {
		const struct eg_try *one = &tries->list[i];

		if (!eg_try_failed(one))
			continue;
		strike(the, one, false);
		strike(the, one, true);
		if (one->a == one->b)
			ask_siblings(the, one);
	}
	for (size_t i = 0; i < the->accused_count; i++) {
		convict(the, &the->accused[i], wanted);
		the->blamed += the->accused[i].dead;
	}
	return 0;
}

/* "n1, n2, n4, which are good with others" */
static void list_partners(const struct eg_traffic_case *the, const struct eg_accused *accused,
			  char *text, size_t size)
{
	size_t length = 0;

	text[0] = '\0';
	for (uint32_t i = 0; i < accused->partner_count && i < PARTNERS_SHOWN; i++)
		length += (size_t)snprintf(text + length, size - length, "%s%.40s", i ? ", " : "",
					   the->facts->names[accused->partners[i]]);
	if (the->present > 2)
		(void)snprintf(text + length, size - length, ", which %s good with others",
			       accused->partner_count == 1 ? "is" : "are");
	else if (the->present == 2)
		(void)snprintf(text + length, size - length, " and on its own node");
	else
		(void)snprintf(text, size, "its own node's devices");
}

/* Are all devices of this node that took part dead, more than one of them? */
static bool is_dead_node(const struct eg_traffic_case *the, uint32_t node)
{
	const struct eg_offer *offer = the->facts->offers[node];
	uint32_t dead = 0;

	for (uint8_t i = 0; offer && i < offer->device_count; i++) {
		const struct eg_accused *accused = eg_accused_find(the, node, i);

		if (!offer->devices[i].target.address_length)
			continue;
		if (!accused || !accused->dead || accused->corrupt)
			return false;
		dead++;
	}
	return dead > 1;
}

static int blame_node(struct eg_traffic_case *the, const struct eg_accused *accused)
{
	static const struct eg_finding_spec spec = { .id = "EG402",
						     .outcome = EG_FAIL,
						     .blame = EG_BLAME_NODE };
	char partners[160];

	list_partners(the, accused, partners, sizeof(partners));
	return eg_traffic_add(the->findings, accused->node, &spec,
			      "EFA unreachable: no device works with %s%s%s", partners,
			      accused->text ? ": " : "", accused->text ? accused->text : "");
}

static int blame_device(struct eg_traffic_case *the, const struct eg_accused *accused)
{
	struct eg_finding_spec spec = { .id = accused->corrupt ? "EG406" : "EG403",
					.outcome = EG_FAIL,
					.blame = EG_BLAME_DEVICE };
	const struct eg_offer *offer = the->facts->offers[accused->node];
	char device[EG_DEVICE_TEXT], partners[160], pci[EG_PCI_ADDR_TEXT] = "";

	if (offer && accused->device < offer->device_count)
		spec.subject = eg_pci_addr_text(offer->devices[accused->device].pci, pci);
	list_partners(the, accused, partners, sizeof(partners));
	return eg_traffic_add(
		the->findings, accused->node, &spec, "%s %s %s%s%s",
		eg_traffic_device_text(the->facts, accused->node, accused->device, device),
		accused->corrupt ? "corrupts data with" : "unreachable: fails with", partners,
		accused->text ? ": " : "", accused->text ? accused->text : "");
}

static int say_isolated(struct eg_traffic_case *the, const struct eg_accused *accused)
{
	static const struct eg_finding_spec spec = { .id = "EG409",
						     .outcome = EG_FAIL,
						     .blame = EG_BLAME_CLUSTER };

	return eg_traffic_add(the->findings, accused->node, &spec,
			      "reaches no other node, though its own devices reach each other: "
			      "security group, subnet or zone");
}

int eg_traffic_blame(struct eg_traffic_case *the)
{
	int rc = 0;

	/* The accused stand in the order of their nodes. */
	for (size_t i = 0; !rc && i < the->accused_count; i++) {
		const struct eg_accused *accused = &the->accused[i];
		bool first = !i || the->accused[i - 1].node != accused->node;

		if (is_dead_node(the, accused->node))
			rc = first ? blame_node(the, accused) : 0;
		else if (accused->isolated)
			rc = first ? say_isolated(the, accused) : 0;
		else if (accused->dead)
			rc = blame_device(the, accused);
	}
	return rc;
}
