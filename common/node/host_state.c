/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/node/host_state.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/base/fd.h"

/* The kernel's first user namespace has this number (PROC_USER_INIT_INO). */
#define FIRST_USER_NAMESPACE "user:[4026531837]"

static void close_folder(DIR **folder)
{
	if (*folder)
		(void)closedir(*folder);
}

static bool has_same_uts(int proc, const char *pid)
{
	char path[64];
	struct stat own, other;

	(void)snprintf(path, sizeof(path), "%.20s/ns/uts", pid);
	return !fstatat(proc, "self/ns/uts", &own, 0) && !fstatat(proc, path, &other, 0) &&
	       own.st_ino == other.st_ino;
}

/* The name of a process of this node, "" of others. */
static void read_name(int proc, const char *pid, char *ret, size_t size)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "%.20s/comm", pid);
	if (!isdigit((unsigned char)pid[0]) || eg_file_read_text(proc, path, ret, size, NULL) < 0 ||
	    strncmp(ret, "slurm", 5) != 0 || !has_same_uts(proc, pid))
		ret[0] = '\0';
}

enum eg_tri eg_host_is_idle(const char *proc)
{
	EG_CLEANUP(close_folder) DIR *folder = opendir(proc);
	enum eg_tri answer = EG_NOT_MEASURED;
	const struct dirent *entry;
	char name[32];

	while (folder && (entry = readdir(folder))) {
		read_name(dirfd(folder), entry->d_name, name, sizeof(name));
		if (!strcmp(name, "slurmstepd"))
			return EG_NO;
		if (!strcmp(name, "slurmd"))
			answer = EG_YES;
	}
	return answer;
}

bool eg_host_in_container(const char *proc)
{
	char path[PATH_MAX], target[64];
	ssize_t length;

	(void)snprintf(path, sizeof(path), "%s/self/ns/user", proc);
	length = readlink(path, target, sizeof(target) - 1);
	if (length < 0)
		return false;
	target[length] = '\0';
	return strcmp(target, FIRST_USER_NAMESPACE) != 0;
}

long eg_host_uptime_s(const char *proc)
{
	char path[PATH_MAX], text[64];
	char *end = NULL;
	long seconds;

	(void)snprintf(path, sizeof(path), "%s/uptime", proc);
	if (eg_file_read_text(AT_FDCWD, path, text, sizeof(text), NULL) < 0 ||
	    !isdigit((unsigned char)text[0]))
		return -1;
	seconds = strtol(text, &end, 10);
	return *end == '.' ? seconds : -1;
}
