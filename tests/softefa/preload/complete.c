/* SPDX-License-Identifier: BSD-3-Clause */
#include "complete.h"

#include <string.h>

#include "../shared/fabric_lock.h"
#include "peer_rings.h"
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

bool se_complete(struct se_block *block, uint32_t number, uint32_t context_id,
		 struct se_completion *entry)
{
	struct se_cq *cq = &block->cqs[number];
	uint8_t *rings;
	bool died;

	se_peer_rings_begin();
	rings = se_peer_rings(cq->context, context_id);
	if (rings) {
		died = se_lock(&cq->lock);
		if (died)
			repair(cq, rings);
		if (atomic_load(&cq->state) == SE_LIVE && cq->context_id == context_id)
			store(cq, rings, entry);
		else
			rings = NULL;
		se_unlock(&cq->lock);
	}
	se_peer_rings_end();
	return rings != NULL;
}
