/* SPDX-License-Identifier: BSD-3-Clause */
#include "fault.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include "fabric_lock.h"

static const char *const names[SE_FAULT_WORDS] = {
	[SE_FAULT_NONE] = "none",
	[SE_FAULT_GONE] = "gone",
	[SE_FAULT_UNBOUND] = "unbound",
	[SE_FAULT_UNREACHABLE] = "unreachable",
	[SE_FAULT_SLOW] = "slow",
	[SE_FAULT_NOOPEN] = "noopen",
	[SE_FAULT_HANG] = "hang",
	[SE_FAULT_CORRUPT] = "corrupt",
	[SE_FAULT_ZERO_GID] = "zero-gid",
	[SE_FAULT_NOFILE] = "nofile",
	[SE_FAULT_FORBIDDEN] = "forbidden",
	[SE_FAULT_SILENT] = "silent",
	[SE_FAULT_CLOSED] = "closed",
	[SE_FAULT_DROPS] = "drops",
	[SE_FAULT_STATUS] = "status",
	[SE_FAULT_REGFAIL] = "regfail",
	[SE_FAULT_NO_HUGE_PAGES] = "nohugepages",
	[SE_FAULT_OLD_KERNEL] = "oldkernel",
};

uint64_t se_now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

const char *se_fault_name(enum se_fault_word word)
{
	return word < SE_FAULT_WORDS ? names[word] : "unknown";
}

/* A draw that needs no state: splitmix64 over the clock. */
static bool is_drawn(uint32_t probability_ppm)
{
	uint64_t mix;

	if (probability_ppm >= SE_ALWAYS_PPM)
		return true;
	mix = se_now_ns() * 0x9e3779b97f4a7c15ull;
	mix = (mix ^ (mix >> 30)) * 0xbf58476d1ce4e5b9ull;
	mix = (mix ^ (mix >> 27)) * 0x94d049bb133111ebull;
	return (mix ^ (mix >> 31)) % SE_ALWAYS_PPM < probability_ppm;
}

static bool acts(const struct se_fault *fault, enum se_fault_word word, uint32_t peer_node)
{
	if (fault->word != (uint32_t)word)
		return false;
	if (fault->peer_node != SE_ANY_NODE && fault->peer_node != peer_node)
		return false;
	if (fault->until_ns && se_now_ns() >= fault->until_ns)
		return false;
	return is_drawn(fault->probability_ppm);
}

bool se_fault_acts(struct se_device *device, enum se_fault_word word, uint32_t peer_node,
		   struct se_fault *ret)
{
	bool found = false;

	if (!(atomic_load_explicit(&device->fault_mask, memory_order_relaxed) & SE_FAULT_BIT(word)))
		return false;
	(void)se_lock(&device->fault_lock);
	for (uint32_t i = 0; i < SE_DEVICE_FAULTS && !found; i++) {
		found = acts(&device->faults[i], word, peer_node);
		if (found && device->faults[i].left > 0) {
			device->faults[i].left--;
			found = false;
		}
		if (found && ret)
			*ret = device->faults[i];
	}
	se_unlock(&device->fault_lock);
	return found;
}

static void update_mask(struct se_device *device)
{
	uint32_t mask = 0;

	for (uint32_t i = 0; i < SE_DEVICE_FAULTS; i++)
		if (device->faults[i].word != SE_FAULT_NONE)
			mask |= SE_FAULT_BIT(device->faults[i].word);
	atomic_store(&device->fault_mask, mask);
}

static struct se_fault *row_for(struct se_device *device, const struct se_fault *fault)
{
	struct se_fault *free_row = NULL;

	for (uint32_t i = 0; i < SE_DEVICE_FAULTS; i++) {
		struct se_fault *row = &device->faults[i];

		if (row->word == fault->word && row->peer_node == fault->peer_node)
			return row;
		if (row->word == SE_FAULT_NONE && !free_row)
			free_row = row;
	}
	return free_row;
}

int se_fault_set(struct se_device *device, const struct se_fault *fault)
{
	struct se_fault *row;

	(void)se_lock(&device->fault_lock);
	row = row_for(device, fault);
	if (row)
		*row = *fault;
	update_mask(device);
	se_unlock(&device->fault_lock);
	return row ? 0 : -ENOSPC;
}

void se_fault_clear(struct se_device *device, enum se_fault_word word)
{
	(void)se_lock(&device->fault_lock);
	for (uint32_t i = 0; i < SE_DEVICE_FAULTS; i++)
		if (word == SE_FAULT_NONE || device->faults[i].word == (uint32_t)word)
			memset(&device->faults[i], 0, sizeof(device->faults[i]));
	update_mask(device);
	se_unlock(&device->fault_lock);
}

uint32_t se_fault_list(struct se_device *device, struct se_fault *rows)
{
	uint32_t count = 0;

	(void)se_lock(&device->fault_lock);
	for (uint32_t i = 0; i < SE_DEVICE_FAULTS; i++) {
		const struct se_fault *row = &device->faults[i];

		if (row->word == SE_FAULT_NONE || (row->until_ns && se_now_ns() >= row->until_ns))
			continue;
		rows[count++] = *row;
	}
	se_unlock(&device->fault_lock);
	return count;
}
