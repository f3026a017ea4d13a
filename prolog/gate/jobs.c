/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/gate/jobs.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/base/fd.h"
#include "prolog/config.h"
#include "prolog/gate/state.h"

#define STARTING_S 60 /* a job's first step comes when all its Prologs have ended */
#define PATH_BYTES (EG_CONFIG_PATH_MAX + 32)

static void make_path(const struct eg_config *config, uint32_t job_id, char *ret)
{
	(void)snprintf(ret, PATH_BYTES, "%s/jobs/%u", config->run_dir, job_id);
}

void eg_jobs_begin(const struct eg_config *config, uint32_t job_id)
{
	EG_CLEANUP(eg_close_fd) int fd = -1;
	char path[PATH_BYTES];

	(void)snprintf(path, sizeof(path), "%s/jobs", config->run_dir);
	if (!job_id || eg_state_open(config->run_dir, NULL) || eg_state_open(path, NULL))
		return;
	make_path(config, job_id, path);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
}

void eg_jobs_end(const struct eg_config *config, uint32_t job_id)
{
	char path[PATH_BYTES];

	make_path(config, job_id, path);
	(void)unlink(path);
}

/* slurmstepd calls itself "slurmstepd: [17.0]". */
static bool is_step_of(const char *pid, const char *title)
{
	char path[64], text[64];

	(void)snprintf(path, sizeof(path), "/proc/%.20s/cmdline", pid);
	return (eg_file_read_text(AT_FDCWD, path, text, sizeof(text), NULL) > 0) &&
	       !strncmp(text, title, strlen(title));
}

static bool has_step(const char *job)
{
	DIR *folder = opendir("/proc");
	const struct dirent *entry;
	bool found = false;
	char title[64];

	(void)snprintf(title, sizeof(title), "slurmstepd: [%.20s.", job);
	/* Without /proc nobody knows: it may have. */
	if (!folder)
		return true;
	while (!found && (entry = readdir(folder)))
		found = isdigit((unsigned char)entry->d_name[0]) &&
			is_step_of(entry->d_name, title);
	(void)closedir(folder);
	return found;
}

static bool is_there(int folder, const char *job)
{
	struct stat info;

	if (fstatat(folder, job, &info, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	if (info.st_mtime > time(NULL) - STARTING_S || has_step(job))
		return true;
	(void)unlinkat(folder, job, 0);
	return false;
}

bool eg_jobs_others(const struct eg_config *config, uint32_t job_id)
{
	const struct dirent *entry;
	bool found = false;
	char path[PATH_BYTES], own[16];
	DIR *folder;

	(void)snprintf(own, sizeof(own), "%u", job_id);
	(void)snprintf(path, sizeof(path), "%s/jobs", config->run_dir);
	folder = opendir(path);
	while (folder && !found && (entry = readdir(folder)))
		found = isdigit((unsigned char)entry->d_name[0]) &&
			strcmp(entry->d_name, own) != 0 && is_there(dirfd(folder), entry->d_name);
	if (folder)
		(void)closedir(folder);
	return found;
}
