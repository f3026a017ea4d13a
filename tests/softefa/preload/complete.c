/* SPDX-License-Identifier: BSD-3-Clause */
#include "complete.h"

#include <string.h>

#include "../shared/fabric_lock.h"
#include "open_device.h"
#include "peer_rings.h"
#include "session.h"
#include "verbs_event.h"

/* The part with the phase goes last: the reader looks at nothing else until it turns. */
#define HEAD_BYTES sizeof(uint64_t)

static uint8_t phase_of(const struct se_cq *cq)
{
	return cq->produced / cq->entries % 2 ? 0 : SE_CQE_PHASE;
}

static uint8_t *slot_of(const struct se_cq *cq, uint8_t *rings)
{
	return rings + cq->ring_offset + (uint64_t)(cq->produced % cq->entries) * cq->entry_size;
}

/* A writer that died after its entry became visible has not counted it. */
static void repair(struct se_cq *cq, uint8_t *rings)
{
	const struct se_completion *slot = (const void *)slot_of(cq, rings);

	if ((slot->flags & SE_CQE_PHASE) == phase_of(cq))
		cq->produced++;
}

static void store(struct se_cq *cq, uint8_t *rings, struct se_completion *entry)
{
	uint8_t *slot = slot_of(cq, rings);
	uint64_t head;

	entry->flags |= phase_of(cq);
	memcpy(slot + HEAD_BYTES, (const uint8_t *)entry + HEAD_BYTES, cq->entry_size - HEAD_BYTES);
	memcpy(&head, entry, sizeof(head));
	__atomic_store_n((uint64_t *)(void *)slot, head, __ATOMIC_RELEASE);
	cq->produced++;
	if (cq->channel && atomic_exchange(&cq->armed, 0))
		se_cq_event(cq);
}

static bool complete(struct se_cq *cq, uint32_t context_id, uint8_t *rings,
		     struct se_completion *entry)
{
	bool died = se_lock(&cq->lock);
	bool is_there = atomic_load(&cq->state) == SE_LIVE && cq->context_id == context_id;

	if (is_there && died)
		repair(cq, rings);
	if (is_there)
		store(cq, rings, entry);
	se_unlock(&cq->lock);
	return is_there;
}

bool se_complete(struct se_block *block, uint32_t number, uint32_t context_id,
		 struct se_completion *entry)
{
	struct se_cq *cq = &block->cqs[number];
	bool is_done = false;
	uint8_t *rings;

	se_peer_rings_begin();
	rings = se_peer_rings(cq->context, context_id);
	if (rings)
		is_done = complete(cq, context_id, rings, entry);
	se_peer_rings_end();
	return is_done;
}

void se_complete_own(const struct se_open_device *open_device, uint32_t number,
		     struct se_completion *entry)
{
	struct se_block *block = se_fabric_block(&se_map, open_device->device);

	(void)complete(&block->cqs[number], open_device->context_id, open_device->rings, entry);
}
