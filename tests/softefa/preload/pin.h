/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pin - keeping registered memory in place as a driver does, which is what makes
 * fork() copy it at once. io_uring pins what is registered with it as a buffer.
 *
 * Where the kernel has no io_uring or does not allow more, the memory is simply
 * not pinned.
 */
#ifndef SE_PIN_H
#define SE_PIN_H

#include <stdint.h>

/* Pin @length bytes from @start. Returns a number for se_unpin(), 0 when nothing is pinned. */
uint32_t se_pin(uint64_t start, uint64_t length);

void se_unpin(uint32_t number);

/* In a forked child: what is pinned is the parent's. */
void se_pin_forget(void);

#endif
