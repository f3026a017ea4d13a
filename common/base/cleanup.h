/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * cleanup - owned locals release themselves when their scope ends.
 *
 * EG_CLEANUP(fn) goes in front of a local that is initialised where it is
 * declared; EG_STEAL() hands a pointer over and leaves NULL behind.
 */
#ifndef EG_BASE_CLEANUP_H
#define EG_BASE_CLEANUP_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define EG_CLEANUP(fn) __attribute__((cleanup(fn)))

#define EG_STEAL(pointer)                                   \
	({                                                  \
		__typeof__(pointer) eg_stolen_ = (pointer); \
		(pointer) = NULL;                           \
		eg_stolen_;                                 \
	})

#define EG_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* For any heap pointer; takes the address of the pointer. */
static inline void eg_free(void *pointer)
{
	free(*(void **)pointer);
}

static inline void eg_close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

static inline void eg_close_file(FILE **file)
{
	if (*file)
		(void)fclose(*file);
	*file = NULL;
}

#endif
