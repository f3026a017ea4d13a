/* SPDX-License-Identifier: BSD-3-Clause */
#include "route.h"

#include "../shared/fault.h"
#include "open_device.h"
#include "qp_states.h"
#include "real.h"
#include "session.h"

#define DEFAULT_RETRY_NS 1000000000ull
#define BITS_IN_BYTE 8
#define NS_IN_SECOND 1000000000ull

int se_route_find(uint32_t from, const struct se_send_entry *entry, struct se_route *ret)
{
	ret->from = from;
	ret->to = entry->ah;
	if (ret->to >= SE_DEVICES_MAX || atomic_load(&se_device_at(ret->to)->state) != SE_LIVE)
		return SE_STATUS_REMOTE_BAD_ADDRESS;
	ret->block = se_fabric_block(&se_map, ret->to);
	if (!ret->block)
		return SE_STATUS_REMOTE_ABORT;
	if (entry->dest_qpn >= SE_DEVICE_QPS)
		return SE_STATUS_REMOTE_BAD_QPN;
	ret->qp = &ret->block->qps[entry->dest_qpn];
	if (atomic_load(&ret->qp->state) != SE_LIVE)
		return SE_STATUS_REMOTE_BAD_QPN;
	ret->owner = ret->qp->owner;
	ret->recv_cq = ret->qp->recv_cq;
	if (!se_qp_receives(atomic_load(&ret->qp->verbs_state)) ||
	    !se_process_lives(ret->owner.process))
		return SE_STATUS_REMOTE_BAD_QPN;
	return SE_STATUS_OK;
}

static uint32_t faults_of(uint32_t from, uint32_t to)
{
	return atomic_load_explicit(&se_device_at(from)->fault_mask, memory_order_relaxed) |
	       atomic_load_explicit(&se_device_at(to)->fault_mask, memory_order_relaxed);
}

/* The fault may be set at either end, for traffic with the other one's node. */
static bool either_end(uint32_t from, uint32_t to, enum se_fault_word word, struct se_fault *ret)
{
	struct se_device *source = se_device_at(from);
	struct se_device *target = se_device_at(to);

	return se_fault_acts(source, word, target->node, ret) ||
	       se_fault_acts(target, word, source->node, ret);
}

/*
 * rdma-core 50 and up come with libraries that tell "never answered" from "no
 * longer answers"; with older ones a card's answer is one status for both.
 */
static int closed_status(void)
{
	static _Atomic int status;
	int known = atomic_load(&status);

	if (!known) {
		known = se_real_library("libefa.so.1", "efadv_query_mr", "EFA_1.3")
				? SE_STATUS_REMOTE_UNREACHABLE
				: SE_STATUS_REMOTE_UNRESPONSIVE;
		atomic_store(&status, known);
	}
	return known;
}

/* A fault of one direction, at either end. */
static bool either_way(uint32_t from, uint32_t to, enum se_fault_word word, bool both_ways,
		       struct se_fault *ret)
{
	struct se_device *source = se_device_at(from);
	struct se_device *target = se_device_at(to);

	if (se_fault_acts(source, word, target->node, ret) &&
	    (both_ways || ret->direction != SE_ONLY_IN))
		return true;
	return se_fault_acts(target, word, source->node, ret) &&
	       (both_ways || ret->direction != SE_ONLY_OUT);
}

bool se_route_is_cut(uint32_t from, uint32_t to, bool both_ways, bool *passed, struct se_cut *ret)
{
	uint32_t mask = faults_of(from, to);
	struct se_fault fault = { .retry_ns = DEFAULT_RETRY_NS };

	if (!mask)
		return false;
	ret->status = SE_STATUS_REMOTE_UNRESPONSIVE;
	ret->retry_ns = DEFAULT_RETRY_NS;
	if (atomic_load(&se_device_at(to)->fault_mask) & SE_FAULTS_ABSENT)
		return true;
	if (either_way(from, to, SE_FAULT_CLOSED, both_ways, &fault))
		ret->status = closed_status();
	else if (!either_way(from, to, SE_FAULT_UNREACHABLE, both_ways, &fault) &&
		 (*passed || !either_way(from, to, SE_FAULT_SILENT, true, &fault))) {
		*passed = true;
		return false;
	}
	ret->retry_ns = fault.retry_ns;
	return true;
}

bool se_route_drops(uint32_t from, uint32_t to)
{
	if (!(faults_of(from, to) & SE_FAULT_BIT(SE_FAULT_DROPS)))
		return false;
	return either_end(from, to, SE_FAULT_DROPS, NULL);
}

int se_route_forced_status(uint32_t from, uint32_t to)
{
	struct se_fault fault;

	if (!se_fault_acts(se_device_at(from), SE_FAULT_STATUS, se_device_at(to)->node, &fault))
		return SE_STATUS_OK;
	return (int)fault.status;
}

/* What one end's slow fault adds, when it concerns traffic with @peer_node. */
static uint64_t arrival_at_end(struct se_device *device, uint32_t peer_node, uint64_t now_ns,
			       uint64_t bytes)
{
	struct se_fault fault;
	uint64_t busy_ns;
	uint64_t free_ns;
	uint64_t done_ns;

	if (!se_fault_acts(device, SE_FAULT_SLOW, peer_node, &fault))
		return 0;
	if (!fault.bits_per_second)
		return now_ns + fault.latency_ns;
	busy_ns = (uint64_t)((double)(bytes * BITS_IN_BYTE) * (double)NS_IN_SECOND /
			     (double)fault.bits_per_second);
	free_ns = atomic_load(&device->link_free_ns);
	do {
		done_ns = (free_ns > now_ns ? free_ns : now_ns) + busy_ns;
	} while (!atomic_compare_exchange_weak(&device->link_free_ns, &free_ns, done_ns));
	return done_ns + fault.latency_ns;
}

uint64_t se_route_arrival_ns(uint32_t from, uint32_t to, uint64_t bytes)
{
	struct se_device *source = se_device_at(from);
	struct se_device *target = se_device_at(to);
	uint64_t now_ns;
	uint64_t one;
	uint64_t other;

	if (!(faults_of(from, to) & SE_FAULT_BIT(SE_FAULT_SLOW)))
		return 0;
	now_ns = se_now_ns();
	one = arrival_at_end(source, target->node, now_ns, bytes);
	other = arrival_at_end(target, source->node, now_ns, bytes);
	return one > other ? one : other;
}

bool se_route_corrupts(uint32_t from, uint32_t to)
{
	if (!(faults_of(from, to) & SE_FAULT_BIT(SE_FAULT_CORRUPT)))
		return false;
	return either_end(from, to, SE_FAULT_CORRUPT, NULL);
}
