/* SPDX-License-Identifier: BSD-3-Clause */
#include "open_device.h"

#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "../shared/fault.h"
#include "../shared/raw_calls.h"
#include "context_file.h"
#include "helper.h"
#include "locate.h"
#include "memlock.h"
#include "peer_rings.h"
#include "session.h"

#define FDS_MAX 65536
#define UVERBS_MAJOR 231
#define UVERBS_FIRST_MINOR 192

static struct se_open_device *_Atomic by_fd[FDS_MAX];
static struct se_open_device *all;
static pthread_mutex_t all_lock = PTHREAD_MUTEX_INITIALIZER;
static pid_t owner;

struct se_open_device *se_open_device_of(int fd)
{
	if (fd < 0 || fd >= FDS_MAX)
		return NULL;
	return atomic_load_explicit(&by_fd[fd], memory_order_acquire);
}

static void forget_in_child(void)
{
	for (struct se_open_device *each = all; each; each = each->next)
		atomic_store(&by_fd[each->fd], NULL);
	all = NULL;
	se_memlock_forget();
	(void)pthread_mutex_init(&all_lock, NULL);
	if (!se_map.shared)
		return;
	se_peer_rings_forget();
	se_session_forget();
}

static int begin(struct se_location *location)
{
	static bool is_prepared;
	int rc;

	rc = se_locate(location);
	if (rc < 0)
		return rc;
	rc = se_session_join(location->fabric);
	if (rc < 0 || is_prepared)
		return rc;
	/* peers of the same user copy from and to this process, also under Yama */
	(void)prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
	(void)pthread_atfork(NULL, NULL, forget_in_child);
	is_prepared = true;
	return 0;
}

/* Row of the device uverbs@number, or why it cannot be opened. */
static int find_device(const struct se_location *location, uint32_t number)
{
	int node = se_fabric_find_node(se_map.shared, location->node);
	struct se_fault fault;
	struct se_device *device;
	uint32_t row;

	if (node < 0)
		return -ENXIO;
	row = (uint32_t)node * SE_NODE_DEVICES;
	/* devices of other drivers have the first numbers, and nothing behind them */
	if (number < se_device_at(row)->uverbs)
		return -ENXIO;
	row += number - se_device_at(row)->uverbs;
	if (row / SE_NODE_DEVICES != (uint32_t)node)
		return -ENXIO;
	device = se_device_at(row);
	if (atomic_load(&device->state) != SE_LIVE)
		return -ENXIO;
	if (atomic_load(&device->fault_mask) & SE_FAULTS_ABSENT)
		return -ENODEV;
	if (se_fault_acts(device, SE_FAULT_NOOPEN, SE_ANY_NODE, &fault))
		return -(int)fault.error;
	return (int)row;
}

static int make_open_device(uint32_t row, uint32_t number)
{
	struct se_context_file file;
	struct se_open_device *made;
	int rc = se_context_file_make(row, &file);

	if (rc < 0)
		return rc;
	made = mmap(NULL, sizeof(*made), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		    0);
	if (made == MAP_FAILED || file.fd >= FDS_MAX) {
		(void)munmap(file.rings, SE_CONTEXT_BYTES);
		se_context_file_release(file.row);
		se_raw_close(file.fd);
		return made == MAP_FAILED ? -ENOMEM : -EMFILE;
	}
	made->fd = file.fd;
	made->device = row;
	made->context = file.row;
	made->context_id = file.id;
	made->uverbs = number;
	made->rings = file.rings;
	(void)pthread_mutex_init(&made->lock, NULL);
	made->next = all;
	all = made;
	atomic_store(&by_fd[made->fd], made);
	return made->fd;
}

int se_open_device(uint32_t number)
{
	struct se_location location;
	int rc;

	/* a child that the C library does not know of */
	if (se_map.shared && owner != getpid())
		forget_in_child();
	(void)pthread_mutex_lock(&all_lock);
	rc = begin(&location);
	if (rc == 0)
		rc = find_device(&location, number);
	if (rc >= 0)
		rc = make_open_device((uint32_t)rc, number);
	owner = getpid();
	(void)pthread_mutex_unlock(&all_lock);
	if (rc < 0) {
		errno = -rc;
		return -1;
	}
	return rc;
}

/* What others see of it: queues stop taking messages, counters are exact. */
static void leave(struct se_open_device *open_device)
{
	if (atomic_exchange(&open_device->has_left, true))
		return;
	for (uint32_t i = 0; i < SE_DEVICE_QPS; i++)
		if (open_device->qps[i])
			se_helper_drop(open_device->qps[i]);
	se_memlock_uncharge(open_device->pinned_pages);
	se_context_file_release(open_device->context);
	se_helper_flush(open_device->device);
}

static void unlink_from_all(struct se_open_device *open_device)
{
	struct se_open_device **link = &all;

	while (*link && *link != open_device)
		link = &(*link)->next;
	if (*link)
		*link = open_device->next;
}

void se_open_device_close(int fd)
{
	struct se_open_device *open_device = se_open_device_of(fd);

	/* a child of vfork() shares this memory but closes only its own descriptor */
	if (!open_device || getpid() != owner)
		return;
	(void)pthread_mutex_lock(&all_lock);
	unlink_from_all(open_device);
	atomic_store(&by_fd[fd], NULL);
	(void)pthread_mutex_unlock(&all_lock);
	leave(open_device);
	se_peer_rings_drop(open_device->context);
	for (uint32_t i = 0; i < SE_DEVICE_QPS; i++)
		if (open_device->qps[i])
			(void)munmap(open_device->qps[i], open_device->qps[i]->total_bytes);
	(void)munmap(open_device->rings, SE_CONTEXT_BYTES);
	(void)munmap(open_device, sizeof(*open_device));
}

/*
 * Many programs end without closing a device. Others close it only after this,
 * from a destructor of theirs, and still find it here.
 */
__attribute__((destructor)) static void leave_all(void)
{
	if (!all || getpid() != owner)
		return;
	for (struct se_open_device *each = all; each; each = each->next)
		leave(each);
}

struct se_owner se_open_device_owner(const struct se_open_device *open_device, uint32_t pd)
{
	return (struct se_owner){ .context = open_device->context,
				  .context_id = open_device->context_id,
				  .process = se_session_process(),
				  .pd = pd };
}

void se_open_device_stat(const struct se_open_device *open_device, struct stat *st)
{
	st->st_mode = S_IFCHR | 0666;
	st->st_rdev = makedev(UVERBS_MAJOR, UVERBS_FIRST_MINOR + open_device->uverbs);
	st->st_size = 0;
	st->st_blocks = 0;
}
