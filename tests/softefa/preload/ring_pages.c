/* SPDX-License-Identifier: BSD-3-Clause */
#include "ring_pages.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

#include "open_device.h"

static bool is_used(const struct se_open_device *open_device, uint32_t page)
{
	return open_device->pages_used[page / 64] >> (page % 64) & 1;
}

static void mark(struct se_open_device *open_device, uint32_t first, uint32_t count, bool used)
{
	for (uint32_t page = first; page < first + count; page++) {
		uint64_t bit = 1ull << (page % 64);

		if (used)
			open_device->pages_used[page / 64] |= bit;
		else
			open_device->pages_used[page / 64] &= ~bit;
	}
}

/* First of @count free pages in a row, SE_CONTEXT_PAGES when there are none. */
static uint32_t find_run(const struct se_open_device *open_device, uint32_t count)
{
	uint32_t run = 0;

	for (uint32_t page = 0; page < SE_CONTEXT_PAGES; page++) {
		run = is_used(open_device, page) ? 0 : run + 1;
		if (run == count)
			return page + 1 - count;
	}
	return SE_CONTEXT_PAGES;
}

int64_t se_ring_alloc(struct se_open_device *open_device, uint64_t bytes)
{
	uint32_t count = (uint32_t)(SE_ROUND_PAGE(bytes) / SE_PAGE);
	uint32_t first;

	if (bytes == 0 || bytes > SE_CONTEXT_BYTES)
		return -ENOMEM;
	first = find_run(open_device, count);
	if (first == SE_CONTEXT_PAGES)
		return -ENOMEM;
	/* a full file system must show here, not as a signal at the first store */
	if (fallocate(open_device->fd, 0, (off_t)first * SE_PAGE, (off_t)count * SE_PAGE) < 0 &&
	    errno != EOPNOTSUPP)
		return -ENOMEM;
	mark(open_device, first, count, true);
	return (int64_t)first * SE_PAGE;
}

void se_ring_free(struct se_open_device *open_device, uint32_t offset, uint64_t bytes)
{
	uint64_t length = SE_ROUND_PAGE(bytes);

	if (fallocate(open_device->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset,
		      (off_t)length) < 0)
		memset(open_device->rings + offset, 0, length);
	mark(open_device, offset / SE_PAGE, (uint32_t)(length / SE_PAGE), false);
}
