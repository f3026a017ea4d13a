/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/step/key.h"

#include <errno.h>
#include <string.h>

#include "common/base/deadline.h"
#include "common/base/fd.h"
#include "common/burst/hex.h"

#define DIGITS (2 * EG_MAC_BYTES)
#define READ_MS 100 /* written before this process was started */

int eg_step_key_read(int fd, uint8_t ret[EG_MAC_BYTES])
{
	char text[DIGITS];
	ssize_t length = eg_fd_read_until(fd, text, sizeof(text), eg_deadline_in(READ_MS), NULL);
	int rc = 0;

	if (length != DIGITS || eg_hex_get(text, DIGITS, ret, EG_MAC_BYTES) != EG_MAC_BYTES)
		rc = -ENOKEY;
	explicit_bzero(text, sizeof(text));
	return rc;
}
