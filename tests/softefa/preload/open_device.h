/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * open_device - a device this process has open: the descriptor the program
 * holds, the file behind it with the rings, and the objects made on it.
 *
 * The descriptor is that of a sparse file, and every mmap key the emulated
 * driver hands out is an offset in it, so that mmap() needs no interposing.
 */
#ifndef SE_OPEN_DEVICE_H
#define SE_OPEN_DEVICE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "../shared/event_pipe.h"
#include "../shared/fabric.h"
#include "inbox.h"
#include "op.h"
#include "pd_table.h"

#define SE_CONTEXT_PAGES (SE_CONTEXT_BYTES / SE_PAGE)
#define SE_AH_NUMBERS (SE_DEVICES_MAX + 2)

struct ibv_context_ops;

struct se_open_device {
	struct se_open_device *next;
	int fd;
	uint32_t device; /* row */
	uint32_t context; /* row */
	uint32_t context_id;
	uint32_t uverbs;
	uint8_t *rings; /* the whole file */
	uint64_t pages_used[SE_CONTEXT_PAGES / 64];
	struct se_pd_table pds;
	uint32_t cq_users[SE_DEVICE_CQS]; /* queue pairs */
	uint64_t pinned_pages; /* registered, see memlock.h */
	_Atomic bool has_left; /* its rows in the fabric belong to others by now */
	int channel_fds[SE_EVENT_PIPES]; /* of completion channels, from 1 */
	uint32_t channels;
	struct se_inbox_set inboxes;
	uint16_t ah_users[SE_AH_NUMBERS];
	struct se_local_qp *qps[SE_DEVICE_QPS];
	pthread_mutex_t lock; /* all of the above that changes */
	/* what the hooks stand in front of */
	int (*post_send)(void *qp, void *requests, void *ret_bad);
	int (*req_notify_cq)(void *cq, int solicited_only);
	int (*poll_cq)(void *cq, int entries, void *completions);
	void *(*create_qp_ex)(void *context, void *attr);
	void *(*create_cq_ex)(void *context, void *attr);
	int (*start_poll[SE_DEVICE_CQS])(void *cq, void *attr);
};

/*
 * Open device uverbs@number of this node. Returns a descriptor, or -1 with
 * errno set as open(2) would.
 */
int se_open_device(uint32_t number);

/* The device behind @fd, NULL when it is none of ours. */
struct se_open_device *se_open_device_of(int fd);

/* The program closes @fd; the descriptor itself is left to the caller. */
void se_open_device_close(int fd);

/* What is made on it in protection domain @pd. */
struct se_owner se_open_device_owner(const struct se_open_device *open_device, uint32_t pd);

/* What fstat(2) on its descriptor must say. */
void se_open_device_stat(const struct se_open_device *open_device, struct stat *st);

#endif
