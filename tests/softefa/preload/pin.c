/* SPDX-License-Identifier: BSD-3-Clause */
#include "pin.h"

#include <linux/io_uring.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "../shared/raw_calls.h"

#define SLOTS 16384u /* the kernel's limit */
#define SLOT_BYTES (1ull << 30) /* and that of one buffer */

/* All under @lock. */
static struct {
	pthread_mutex_t lock;
	enum { UNTRIED, READY, IMPOSSIBLE } state;
	int ring;
	uint16_t runs[SLOTS]; /* at the first slot of a registration: how many it has */
	uint64_t used[SLOTS / 64];
} pins = { .lock = PTHREAD_MUTEX_INITIALIZER };

static int make_ring(void)
{
	struct io_uring_params params = { 0 };
	struct io_uring_rsrc_register table = { .nr = SLOTS, .flags = IORING_RSRC_REGISTER_SPARSE };
	int ring = (int)syscall(SYS_io_uring_setup, 1, &params);

	if (ring < 0)
		return -1;
	if (syscall(SYS_io_uring_register, ring, IORING_REGISTER_BUFFERS2, &table, sizeof(table)) ==
	    0)
		return ring;
	se_raw_close(ring);
	return -1;
}

/* Put @length bytes from @start into @slot, nothing when both are 0. */
static int set_slot(uint32_t slot, uint64_t start, uint64_t length)
{
	struct iovec io = { (void *)(uintptr_t)start, length };
	struct io_uring_rsrc_update2 update = { .offset = slot, .data = (uintptr_t)&io, .nr = 1 };

	return syscall(SYS_io_uring_register, pins.ring, IORING_REGISTER_BUFFERS_UPDATE, &update,
		       sizeof(update)) == 1
		       ? 0
		       : -1;
}

static void mark(uint32_t first, uint32_t count, bool used)
{
	for (uint32_t slot = first; slot < first + count; slot++) {
		uint64_t bit = 1ull << (slot % 64);

		pins.used[slot / 64] =
			used ? pins.used[slot / 64] | bit : pins.used[slot / 64] & ~bit;
	}
}

/* The first of @count free slots in a row, never 0, or 0. */
static uint32_t find_run(uint32_t count)
{
	uint32_t run = 0;

	for (uint32_t slot = 1; slot < SLOTS; slot++) {
		run = pins.used[slot / 64] >> (slot % 64) & 1 ? 0 : run + 1;
		if (run == count)
			return slot + 1 - count;
	}
	return 0;
}

static void release(uint32_t first, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		(void)set_slot(first + i, 0, 0);
	mark(first, count, false);
}

static uint32_t pin_locked(uint64_t start, uint64_t length)
{
	uint32_t count = (uint32_t)((length + SLOT_BYTES - 1) / SLOT_BYTES);
	uint32_t first = count < SLOTS ? find_run(count) : 0;

	if (!first)
		return 0;
	for (uint32_t i = 0; i < count; i++) {
		uint64_t at = i * SLOT_BYTES;
		uint64_t bytes = length - at < SLOT_BYTES ? length - at : SLOT_BYTES;

		if (set_slot(first + i, start + at, bytes) < 0) {
			release(first, i);
			return 0;
		}
	}
	mark(first, count, true);
	pins.runs[first] = (uint16_t)count;
	return first;
}

uint32_t se_pin(uint64_t start, uint64_t length)
{
	uint32_t number = 0;

	(void)pthread_mutex_lock(&pins.lock);
	if (pins.state == UNTRIED) {
		pins.ring = make_ring();
		pins.state = pins.ring < 0 ? IMPOSSIBLE : READY;
	}
	if (pins.state == READY)
		number = pin_locked(start, length);
	(void)pthread_mutex_unlock(&pins.lock);
	return number;
}

void se_unpin(uint32_t number)
{
	if (number == 0 || number >= SLOTS)
		return;
	(void)pthread_mutex_lock(&pins.lock);
	if (pins.state == READY)
		release(number, pins.runs[number]);
	(void)pthread_mutex_unlock(&pins.lock);
}

void se_pin_forget(void)
{
	if (pins.state == READY)
		se_raw_close(pins.ring);
	memset(&pins, 0, sizeof(pins));
	(void)pthread_mutex_init(&pins.lock, NULL);
}
