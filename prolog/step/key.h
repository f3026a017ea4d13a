/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * key - the session's key as the plugin hands it to its helper.
 */
#ifndef EG_STEP_KEY_H
#define EG_STEP_KEY_H

#include <stdint.h>

#include "common/burst/mac.h"

/* Read it in hex from @fd, where it is already: 0, or -ENOKEY when there is none. */
int eg_step_key_read(int fd, uint8_t ret[EG_MAC_BYTES]);

#endif
