/* SPDX-License-Identifier: BSD-3-Clause */
#include "spank/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

#define RESULT_FD 3
#define KERNEL_SIGSET_BYTES 8 /* 64 signals */
#define KERNEL_SIGACTION_MAX 64 /* struct sigaction of the kernel has at most 32 bytes */
#define SPARE_FD 10 /* above everything that is put in place here */

/* What getdents64 fills in; libc keeps the type to itself. */
struct directory_entry {
	uint64_t inode;
	int64_t offset;
	uint16_t length;
	uint8_t type;
	char name[];
};

static void fail(int out, enum eg_child_stage stage) __attribute__((noreturn));

static void fail(int out, enum eg_child_stage stage)
{
	const struct eg_child_fault fault = { EG_CHILD_FAULT_MAGIC, stage, errno };

	/* Smaller than PIPE_BUF into an empty pipe: at once and whole. */
	if (write(out, &fault, sizeof(fault)) < 0)
		_exit(EG_CHILD_FAILED);
	_exit(EG_CHILD_FAILED);
}

/* The number a name in /proc/self/fd stands for, -1 for "." and "..". */
static int fd_of(const char *name)
{
	int fd = 0;

	for (; *name >= '0' && *name <= '9'; name++)
		fd = fd * 10 + (*name - '0');
	return *name ? -1 : fd;
}

static void close_listed(const char *entries, long length, int dir)
{
	for (long at = 0; at < length;) {
		const struct directory_entry *entry = (const void *)(entries + at);
		int fd = fd_of(entry->name);

		if (fd > RESULT_FD && fd != dir)
			(void)close(fd);
		at += entry->length;
	}
}

/* For kernels without close_range (before 5.9); the limit may be a billion, so no loop up to it. */
static int close_by_list(void)
{
	char entries[4096] __attribute__((aligned(__alignof__(struct directory_entry))));
	int dir = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	long length;

	if (dir < 0)
		return -1;
	while ((length = syscall(SYS_getdents64, dir, entries, sizeof(entries))) > 0)
		close_listed(entries, length, dir);
	(void)close(dir);
	return length < 0 ? -1 : 0;
}

/* 0-2 on /dev/null, or 0 on @in, @out on 3, nothing else. */
static int set_files(int in, int out)
{
	int null = open("/dev/null", O_RDWR);

	if (null < 0)
		return -1;
	for (int fd = 0; fd < RESULT_FD; fd++) {
		if (null != fd && dup2(null, fd) < 0)
			return -1;
	}
	if (in >= 0 && dup2(in, 0) < 0)
		return -1;
	if (dup2(out, RESULT_FD) < 0)
		return -1;
	if (syscall(SYS_close_range, RESULT_FD + 1, ~0U, 0) < 0)
		return close_by_list();
	return 0;
}

/*
 * The raw calls, because those of libc tell every thread, and the other
 * threads' bookkeeping is stale here.
 */
static int drop_group(gid_t gid)
{
	return (int)syscall(SYS_setresgid, gid, gid, gid);
}

/*
 * Through root for a moment: leaving root for good is what makes the kernel
 * take the capabilities away and clear secure mode.
 */
static int drop_user(uid_t uid)
{
	uid_t real, effective, saved;

	if (getresuid(&real, &effective, &saved) < 0)
		return -1;
	if (real == uid && effective == uid && saved == uid)
		return 0;
	if (syscall(SYS_setresuid, 0, 0, 0) < 0)
		return -1;
	return (int)syscall(SYS_setresuid, uid, uid, uid);
}

/*
 * By the kernel's own call: sigaction() refuses the two signals libc keeps for
 * itself, and a program that posix_spawn() started may have inherited them
 * ignored (seen: slurmd below make, signal 32).
 */
static void reset_signals(void)
{
	static const char plain[KERNEL_SIGACTION_MAX]; /* all zero: SIG_DFL, no flags, no mask */
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		(void)syscall(SYS_rt_sigaction, number, plain, NULL, KERNEL_SIGSET_BYTES);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

void eg_child_become(const struct eg_helper *helper, int in, int out)
{
	static const char *const environment[] = { "PATH=/usr/bin:/bin", "LANG=C", NULL };
	int high = fcntl(out, F_DUPFD, SPARE_FD);
	int high_in = in < 0 ? -1 : fcntl(in, F_DUPFD, SPARE_FD);

	if (high < 0 || (in >= 0 && high_in < 0))
		fail(out, EG_CHILD_FILES);
	(void)setpgid(0, 0);
	if (set_files(high_in, high) < 0)
		fail(high, EG_CHILD_FILES);
	if (drop_group(helper->gid) < 0)
		fail(RESULT_FD, EG_CHILD_GROUP_ID);
	if (drop_user(helper->uid) < 0)
		fail(RESULT_FD, EG_CHILD_USER_ID);
	reset_signals();
	(void)execve(helper->argv[0], (char *const *)(uintptr_t)helper->argv,
		     (char *const *)(uintptr_t)environment);
	fail(RESULT_FD, EG_CHILD_PROGRAM);
}
