/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * verbs_event - completion channels: a completion queue that is armed says once
 * when something is in it.
 */
#ifndef SE_VERBS_EVENT_H
#define SE_VERBS_EVENT_H

#include <stdint.h>

struct se_cq;
struct se_open_device;

/* The number of the completion channel with descriptor @fd, 0 when there is none. */
uint32_t se_channel_of(const struct se_open_device *open_device, int fd);

/* Tell the owner of @cq that it has a completion. Its lock is held. */
void se_cq_event(struct se_cq *cq);

/* The program wants an event; at once when something is unread by its doorbell. */
void se_cq_arm(struct se_open_device *open_device, uint32_t row);

/* How many events of @cq the program has read; those still waiting are dropped. */
uint32_t se_cq_events_read(struct se_open_device *open_device, struct se_cq *cq);

#endif
