/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * inbox - messages on their way to a completion queue of another process of
 * the same user.
 *
 * The kernel's copy into another process costs a microsecond for a packet, five
 * times what copying it to shared memory does. So a queue that gets messages
 * from other processes has an inbox in its context file: senders copy
 * to it, and whoever polls the queue first moves what lies there into the
 * posted buffers and its completions into the ring. Nobody can tell the
 * difference, because a completion is all that says that a message has come.
 * Whoever deregisters memory or destroys a queue empties the inboxes before.
 *
 * A queue with a completion channel, and one that nobody polls through the
 * hooks, has no inbox; what finds none or a full one is written directly.
 */
#ifndef SE_INBOX_H
#define SE_INBOX_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "../shared/device_format.h"
#include "../shared/fabric_limits.h"

struct se_inbox_slot;
struct se_open_device;
struct se_route;

/* The receiving end. */
struct se_inbox {
	struct se_inbox_slot *slots; /* NULL when the queue has none */
	uint32_t taken; /* messages ever */
	pthread_mutex_t lock; /* taken; held while the slots are emptied */
};

struct se_inbox_set {
	uint32_t count;
	struct se_inbox of_cq[SE_DEVICE_CQS];
};

/* Have the next slot at the end of @route on its way to this processor. */
void se_inbox_prefetch(const struct se_route *route);

/*
 * Copy the @count pieces at @io into the inbox at the end of @route. Returns the
 * slot, which must be given to se_inbox_send() at once, or NULL when there is no
 * room. Does not wait.
 */
struct se_inbox_slot *se_inbox_fill(const struct se_route *route, const struct iovec *io,
				    unsigned int count);

/* Damage the last of the @bytes in @slot. */
void se_inbox_corrupt(struct se_inbox_slot *slot, uint32_t bytes);

/* Have @slot go to the memory behind @skip bytes of @buffer, and complete as @entry. */
void se_inbox_send(struct se_inbox_slot *slot, const struct se_recv_entry *buffer, uint32_t skip,
		   const struct se_completion *entry);

/* Before completion queue @row of @open_device is polled: empty its inbox, or make one that is
 * wanted. */
void se_inbox_poll(struct se_open_device *open_device, uint32_t row);

/* Empty all inboxes of @open_device. Its lock is held. */
void se_inbox_empty(struct se_open_device *open_device);

/*
 * Take the inbox of queue @row away, which takes no messages any more. Waits at
 * most a tenth of a second for a sender that is in the middle of a copy; its memory
 * is then not used again. The lock of @open_device is held.
 */
void se_inbox_remove(struct se_open_device *open_device, uint32_t row);

#endif
