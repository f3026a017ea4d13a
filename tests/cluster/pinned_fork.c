/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pinned_fork - what fork() does in a process with pinned huge pages, on the
 * kernel as it is:
 *
 *	pinned_fork PINNED LEFT [vfork]
 *
 * maps PINNED huge pages and registers them with io_uring, as a device's driver
 * would pin them; takes all other free pages but LEFT; forks. Prints "ok" or the
 * name of the error, "no pages" when the pool is too small for it, "no io_uring"
 * where the kernel has none for us. Everything is given back when it ends.
 */
#include <errno.h>
#include <linux/io_uring.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE_BYTES (2UL << 20)
#define PAGES_MAX 4096

static char *map_pages(size_t count)
{
	char *pages = mmap(NULL, count * PAGE_BYTES, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);

	if (pages == MAP_FAILED)
		return NULL;
	for (size_t i = 0; i < count; i++)
		pages[i * PAGE_BYTES] = 1;
	return pages;
}

static bool pin(char *pages, size_t count)
{
	struct io_uring_params params = { .flags = 0 };
	struct iovec part = { pages, count * PAGE_BYTES };
	int ring = (int)syscall(__NR_io_uring_setup, 1, &params);

	return ring >= 0 &&
	       !syscall(__NR_io_uring_register, ring, IORING_REGISTER_BUFFERS, &part, 1);
}

/* One after the other, as far as they go; the last ones are given back. */
static void take_all_but(size_t left)
{
	static char *taken[PAGES_MAX];
	size_t count = 0;

	while (count < PAGES_MAX && (taken[count] = map_pages(1)))
		count++;
	while (left-- && count)
		(void)munmap(taken[--count], PAGE_BYTES);
}

static int try_fork(bool by_vfork)
{
	/* What is called behind vfork(2) is nothing but _exit(2). */
	pid_t pid = by_vfork ? vfork() : fork();

	if (!pid)
		_exit(0);
	if (pid < 0)
		return errno;
	return waitpid(pid, NULL, 0) == pid ? 0 : errno;
}

int main(int argc, char **argv)
{
	size_t pinned = argc > 2 ? strtoul(argv[1], NULL, 10) : 0;
	size_t left = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	char *pages = map_pages(pinned + left);
	int code;

	if (!pages)
		return puts("no pages") < 0;
	(void)munmap(pages + pinned * PAGE_BYTES, left * PAGE_BYTES);
	if (!pin(pages, pinned))
		return puts("no io_uring") < 0;
	take_all_but(left);
	code = try_fork(argc > 3);
	return puts(code ? strerrorname_np(code) : "ok") < 0;
}
