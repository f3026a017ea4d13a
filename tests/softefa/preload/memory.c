/* SPDX-License-Identifier: BSD-3-Clause */
#include "memory.h"

#include <errno.h>
#include <string.h>

#include "session.h"

bool se_memory_find(const struct se_block *block, const struct se_owner *owner,
		    const struct se_memory_ref *ref, uint32_t access, struct se_piece *ret)
{
	const struct se_mr *mr = &block->mrs[(ref->key & SE_KEY_MASK) % SE_DEVICE_MRS];
	uint64_t addr = se_join_addr(ref->addr_low, ref->addr_high);
	uint32_t key = atomic_load(&mr->key);

	if (!key || key != (ref->key & SE_KEY_MASK))
		return false;
	if (mr->owner.context_id != owner->context_id || mr->owner.pd != owner->pd ||
	    (mr->access & access) != access)
		return false;
	if (addr < mr->iova || ref->length > mr->length ||
	    addr - mr->iova > mr->length - ref->length)
		return false;
	ret->addr = mr->start + (addr - mr->iova);
	ret->length = ref->length;
	ret->process = mr->owner.process;
	return true;
}

static int status_of(int error)
{
	/* the process is gone although its rows are still there */
	return error == ESRCH ? SE_STATUS_REMOTE_BAD_QPN : SE_STATUS_REMOTE_BAD_STATUS;
}

static void *pointer(uint64_t addr)
{
	return (void *)(uintptr_t)addr;
}

static pid_t pid_of(uint32_t process)
{
	return se_map.shared->processes[process].pid;
}

static void copy_within(uint64_t addr, const struct iovec *local, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		memmove(pointer(addr), local[i].iov_base, local[i].iov_len);
		addr += local[i].iov_len;
	}
}

/* Leave out the first @bytes of the pieces. */
static void skip(struct iovec **pieces, unsigned int *count, size_t bytes)
{
	while (*count > 0 && bytes >= (*pieces)->iov_len) {
		bytes -= (*pieces)->iov_len;
		(*pieces)++;
		(*count)--;
	}
	if (*count > 0) {
		(*pieces)->iov_base = (char *)(*pieces)->iov_base + bytes;
		(*pieces)->iov_len -= bytes;
	}
}

int se_memory_write(const struct se_piece *to, struct iovec *local, unsigned int count)
{
	uint64_t addr = to->addr;
	uint64_t left = to->length;

	if (to->process == se_session_process()) {
		copy_within(addr, local, count);
		return SE_STATUS_OK;
	}
	while (left > 0) {
		struct iovec remote = { pointer(addr), left };
		ssize_t moved = process_vm_writev(pid_of(to->process), local, count, &remote, 1, 0);

		if (moved < 0)
			return status_of(errno);
		if (moved == 0)
			return SE_STATUS_REMOTE_BAD_STATUS;
		addr += (uint64_t)moved;
		left -= (uint64_t)moved;
		skip(&local, &count, (size_t)moved);
	}
	return SE_STATUS_OK;
}

int se_memory_read(const struct se_piece *from, const struct se_piece *local)
{
	uint64_t done = 0;

	if (from->process == se_session_process()) {
		memmove(pointer(local->addr), pointer(from->addr), local->length);
		return SE_STATUS_OK;
	}
	while (done < local->length) {
		struct iovec into = { pointer(local->addr + done), local->length - done };
		struct iovec out_of = { pointer(from->addr + done), local->length - done };
		ssize_t moved = process_vm_readv(pid_of(from->process), &into, 1, &out_of, 1, 0);

		if (moved < 0)
			return status_of(errno);
		if (moved == 0)
			return SE_STATUS_REMOTE_BAD_STATUS;
		done += (uint64_t)moved;
	}
	return SE_STATUS_OK;
}

void se_memory_corrupt(const struct se_piece *piece)
{
	struct se_piece last = { piece->addr + piece->length - 1, 1, piece->process };
	uint8_t byte;
	struct se_piece own = { (uintptr_t)&byte, 1, se_session_process() };
	struct iovec io = { &byte, 1 };

	if (piece->length == 0 || se_memory_read(&last, &own) != SE_STATUS_OK)
		return;
	byte ^= SE_DAMAGE;
	(void)se_memory_write(&last, &io, 1);
}
