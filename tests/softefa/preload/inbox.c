/* SPDX-License-Identifier: BSD-3-Clause */
#include "inbox.h"

#include <rdma/ib_user_ioctl_verbs.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "../shared/fabric_lock.h"
#include "../shared/fault.h"
#include "complete.h"
#include "memory.h"
#include "message.h"
#include "open_device.h"
#include "peer_rings.h"
#include "ring_pages.h"
#include "route.h"
#include "session.h"

#define SLOTS 16u
#define INBOX_BYTES (SLOTS * sizeof(struct se_inbox_slot))
/* Of one context, so that there is room for other rings in its file. */
#define INBOXES_MAX 16u
/* How long a sender may be in the middle of a copy. */
#define COPY_NS 100000000ull
#define LOOK_NS 1000000

enum slot_state { SLOT_FREE, SLOT_FILLING, SLOT_FULL };

struct se_inbox_slot {
	_Atomic uint32_t state;
	uint32_t process; /* row of who fills it */
	uint32_t process_id;
	uint32_t skip;
	struct se_recv_entry buffer;
	struct se_completion entry;
	_Alignas(SE_CACHE_LINE) uint8_t payload[SE_MESSAGE_MAX];
};

static struct se_inbox_slot *slot_at(uint8_t *rings, const struct se_cq *cq, uint32_t number)
{
	return (struct se_inbox_slot *)(void *)(rings + cq->inbox_offset) + number % SLOTS;
}

/* The next slot, now being filled, or NULL. Its inbox_lock is held. */
static struct se_inbox_slot *reserve_locked(struct se_cq *cq, uint32_t context_id, uint8_t *rings,
					    bool died)
{
	struct se_inbox_slot *slot;

	if (atomic_load(&cq->state) != SE_LIVE || cq->context_id != context_id || !cq->inbox_offset)
		return NULL;
	slot = slot_at(rings, cq, cq->inbox_put);
	/* who died after taking a slot has not counted it */
	if (died && atomic_load(&slot->state) == SLOT_FILLING)
		slot = slot_at(rings, cq, ++cq->inbox_put);
	if (atomic_load_explicit(&slot->state, memory_order_acquire) != SLOT_FREE)
		return NULL;
	slot->process = se_session_process();
	slot->process_id = se_map.shared->processes[slot->process].id;
	atomic_store_explicit(&slot->state, SLOT_FILLING, memory_order_release);
	cq->inbox_put++;
	return slot;
}

static struct se_inbox_slot *reserve(const struct se_route *route)
{
	struct se_cq *cq = &route->block->cqs[route->recv_cq];
	struct se_inbox_slot *slot = NULL;
	uint8_t *rings;

	rings = se_peer_rings(route->owner.context, route->owner.context_id);
	if (rings) {
		bool died = se_lock(&cq->inbox_lock);

		slot = reserve_locked(cq, route->owner.context_id, rings, died);
		se_unlock(&cq->inbox_lock);
	}
	return slot;
}

void se_inbox_prefetch(const struct se_route *route)
{
	struct se_cq *cq = &route->block->cqs[route->recv_cq];
	uint8_t *rings;

	if (!cq->inbox_offset || route->owner.process == se_session_process())
		return;
	se_peer_rings_begin();
	rings = se_peer_rings(route->owner.context, route->owner.context_id);
	if (rings)
		__builtin_prefetch(slot_at(rings, cq, cq->inbox_put), 1);
	se_peer_rings_end();
}

struct se_inbox_slot *se_inbox_fill(const struct se_route *route, const struct iovec *io,
				    unsigned int count)
{
	struct se_cq *cq = &route->block->cqs[route->recv_cq];
	struct se_inbox_slot *slot = NULL;
	uint8_t *at;

	if (route->owner.process == se_session_process() || cq->channel)
		return NULL;
	if (!cq->inbox_offset) {
		atomic_store_explicit(&cq->inbox_wanted, 1, memory_order_relaxed);
		return NULL;
	}
	/* until se_inbox_send() */
	se_peer_rings_begin();
	slot = reserve(route);
	if (!slot) {
		se_peer_rings_end();
		return NULL;
	}
	at = slot->payload;
	for (unsigned int i = 0; i < count; i++) {
		memcpy(at, io[i].iov_base, io[i].iov_len);
		at += io[i].iov_len;
	}
	return slot;
}

void se_inbox_corrupt(struct se_inbox_slot *slot, uint32_t bytes)
{
	slot->payload[bytes - 1] ^= SE_DAMAGE;
}

void se_inbox_send(struct se_inbox_slot *slot, const struct se_recv_entry *buffer, uint32_t skip,
		   const struct se_completion *entry)
{
	slot->buffer = *buffer;
	slot->skip = skip;
	slot->entry = *entry;
	atomic_store_explicit(&slot->state, SLOT_FULL, memory_order_release);
	se_peer_rings_end();
}

/* Memory that was deregistered meanwhile gets nothing. */
static void deliver(const struct se_open_device *open_device, uint32_t row,
		    struct se_inbox_slot *slot)
{
	struct se_block *block = se_fabric_block(&se_map, open_device->device);
	const struct se_qp *qp = &block->qps[slot->entry.qpn % SE_DEVICE_QPS];
	const struct se_memory_ref ref = {
		.length = slot->entry.length,
		.key = slot->buffer.key_control,
		.addr_low = slot->buffer.addr_low,
		.addr_high = slot->buffer.addr_high,
	};
	struct se_piece piece;

	if (atomic_load(&qp->state) != SE_LIVE || qp->owner.context_id != open_device->context_id ||
	    !se_memory_find(block, &qp->owner, &ref, IB_UVERBS_ACCESS_LOCAL_WRITE, &piece))
		return;
	memcpy((uint8_t *)(uintptr_t)piece.addr + slot->skip, slot->payload,
	       piece.length - slot->skip);
	se_complete_own(open_device, row, &slot->entry);
}

static bool is_abandoned(const struct se_inbox_slot *slot)
{
	return !se_process_lives(slot->process) ||
	       se_map.shared->processes[slot->process].id != slot->process_id;
}

/* The inbox's lock is held. */
static void empty_locked(const struct se_open_device *open_device, uint32_t row,
			 struct se_inbox *inbox)
{
	for (uint32_t i = 0; i < SLOTS; i++) {
		struct se_inbox_slot *slot = &inbox->slots[inbox->taken % SLOTS];
		uint32_t state = atomic_load_explicit(&slot->state, memory_order_acquire);

		if (state == SLOT_FREE || (state == SLOT_FILLING && !is_abandoned(slot)))
			break;
		__builtin_prefetch(&inbox->slots[(inbox->taken + 1) % SLOTS]);
		if (state == SLOT_FULL)
			deliver(open_device, row, slot);
		atomic_store_explicit(&slot->state, SLOT_FREE, memory_order_release);
		inbox->taken++;
	}
}

static void make(struct se_open_device *open_device, uint32_t row, struct se_cq *cq)
{
	struct se_inbox *inbox = &open_device->inboxes.of_cq[row];
	int64_t offset;

	atomic_store(&cq->inbox_wanted, 0);
	if (inbox->slots || open_device->inboxes.count >= INBOXES_MAX)
		return;
	offset = se_ring_alloc(open_device, INBOX_BYTES);
	if (offset < 0)
		return;
	open_device->inboxes.count++;
	inbox->taken = 0;
	__atomic_store_n(&inbox->slots, (void *)(open_device->rings + offset), __ATOMIC_RELEASE);
	(void)se_lock(&cq->inbox_lock);
	cq->inbox_put = 0;
	cq->inbox_offset = (uint32_t)offset;
	se_unlock(&cq->inbox_lock);
}

void se_inbox_poll(struct se_open_device *open_device, uint32_t row)
{
	struct se_inbox *inbox = &open_device->inboxes.of_cq[row];
	const struct se_inbox_slot *slots = __atomic_load_n(&inbox->slots, __ATOMIC_ACQUIRE);
	struct se_cq *cq;

	if (!slots) {
		cq = &se_fabric_block(&se_map, open_device->device)->cqs[row];
		if (!atomic_load_explicit(&cq->inbox_wanted, memory_order_relaxed) ||
		    pthread_mutex_trylock(&open_device->lock) != 0)
			return;
		make(open_device, row, cq);
		(void)pthread_mutex_unlock(&open_device->lock);
		return;
	}
	/* another thread empties it already */
	if (atomic_load_explicit(&slots[inbox->taken % SLOTS].state, memory_order_relaxed) ==
		    SLOT_FREE ||
	    pthread_mutex_trylock(&inbox->lock) != 0)
		return;
	empty_locked(open_device, row, inbox);
	(void)pthread_mutex_unlock(&inbox->lock);
}

void se_inbox_empty(struct se_open_device *open_device)
{
	uint32_t left = open_device->inboxes.count;

	for (uint32_t row = 0; row < SE_DEVICE_CQS && left > 0; row++) {
		struct se_inbox *inbox = &open_device->inboxes.of_cq[row];

		if (!inbox->slots)
			continue;
		left--;
		(void)pthread_mutex_lock(&inbox->lock);
		empty_locked(open_device, row, inbox);
		(void)pthread_mutex_unlock(&inbox->lock);
	}
}

static bool is_being_filled(const struct se_inbox *inbox)
{
	for (uint32_t i = 0; i < SLOTS; i++)
		if (atomic_load(&inbox->slots[i].state) == SLOT_FILLING &&
		    !is_abandoned(&inbox->slots[i]))
			return true;
	return false;
}

void se_inbox_remove(struct se_open_device *open_device, uint32_t row)
{
	const struct timespec pause = { .tv_nsec = LOOK_NS };
	struct se_inbox *inbox = &open_device->inboxes.of_cq[row];
	uint64_t end_ns = se_now_ns() + COPY_NS;
	bool is_free;

	if (!inbox->slots)
		return;
	while (!(is_free = !is_being_filled(inbox)) && se_now_ns() < end_ns)
		(void)nanosleep(&pause, NULL);
	if (is_free)
		se_ring_free(open_device, (uint32_t)((uint8_t *)inbox->slots - open_device->rings),
			     INBOX_BYTES);
	inbox->slots = NULL;
	open_device->inboxes.count--;
}
