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

#define CGROUPS_BYTES 16384 /* a line for each hierarchy, of a path each */

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

/* The kernel's first namespaces have these numbers (PROC_USER_INIT_INO, PROC_CGROUP_INIT_INO). */
static bool has_namespace_of_its_own(const char *proc)
{
	static const char *const first[][2] = { { "user", "user:[4026531837]" },
						{ "cgroup", "cgroup:[4026531835]" } };
	char path[PATH_MAX], target[64];

	for (size_t i = 0; i < EG_COUNT(first); i++) {
		ssize_t length;

		(void)snprintf(path, sizeof(path), "%s/self/ns/%s", proc, first[i][0]);
		length = readlink(path, target, sizeof(target) - 1);
		target[length > 0 ? length : 0] = '\0';
		if (length > 0 && strcmp(target, first[i][1]) != 0)
			return true;
	}
	return false;
}

/* How engines begin the names of the control groups they put containers in. */
static bool is_of_engine(const char *part, size_t length)
{
	static const char *const starts[] = { "kubepods", "docker-",	     "libpod-",
					      "crio-",	  "cri-containerd-", "lxc.payload" };

	for (size_t i = 0; i < EG_COUNT(starts); i++) {
		if (length >= strlen(starts[i]) && !strncmp(part, starts[i], strlen(starts[i])))
			return true;
	}
	return length == 6 && !strncmp(part, "docker", 6);
}

static bool has_cgroup_of_engine(const char *proc, const char *process)
{
	EG_CLEANUP(eg_free) char *text = malloc(CGROUPS_BYTES);
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/%s/cgroup", proc, process);
	if (!text || eg_file_read_text(AT_FDCWD, path, text, CGROUPS_BYTES, NULL) < 0)
		return false;
	for (const char *part = text; *part;) {
		size_t length = strcspn(part, "/\n");

		if (is_of_engine(part, length))
			return true;
		part += length + (part[length] != '\0');
	}
	return false;
}

static bool has_file(const char *root, const char *name)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/%s", root, name);
	return !access(path, F_OK);
}

bool eg_host_in_container(const char *proc, const char *root)
{
	return has_namespace_of_its_own(proc) || has_file(root, "run/.containerenv") ||
	       has_file(root, ".singularity.d") || has_cgroup_of_engine(proc, "1") ||
	       has_cgroup_of_engine(proc, "self");
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
