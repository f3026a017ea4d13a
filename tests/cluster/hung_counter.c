/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * hung_counter - a preload library: a driver that never answers when it is
 * asked for a device's rx_bytes.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

typedef int (*openat_function)(int, const char *, int, ...);

int openat(int dirfd, const char *path, int flags, ...)
{
	void *symbol = dlsym(RTLD_NEXT, "openat");
	openat_function real;
	mode_t mode = 0;
	va_list args;

	if (flags & (O_CREAT | O_TMPFILE)) {
		va_start(args, flags);
		mode = va_arg(args, mode_t);
		va_end(args);
	}
	/* As in a driver: what asks cannot be asked to stop. */
	while (strstr(path, "rx_bytes"))
		(void)pause();
	memcpy(&real, &symbol, sizeof(real));
	return real(dirfd, path, flags, mode);
}
