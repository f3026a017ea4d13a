/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/gate/marks.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/base/fd.h"
#include "common/base/mark_file.h"
#include "prolog/config.h"

#define FOLDER_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/* The folder @name of @at, root's own, or -1. */
static int open_own(int at, const char *name)
{
	int fd = openat(at, name, FOLDER_FLAGS);
	struct stat info;

	if (fd >= 0 && !fstat(fd, &info) && !info.st_uid && !(info.st_mode & (S_IWGRP | S_IWOTH)))
		return fd;
	if (fd >= 0)
		(void)close(fd);
	return -1;
}

/* JOB.STEP, both numbers. */
static bool is_name(const char *name)
{
	size_t job = strspn(name, "0123456789");
	size_t step = name[job] == '.' ? strspn(name + job + 1, "0123456789") : 0;

	return job && step && !name[job + 1 + step];
}

static bool read_mark(int folder, const char *name, char *ret_line)
{
	char text[sizeof(EG_MARK_PREFIX) - 1 + EG_MARK_LINE_MAX];
	struct stat info;

	if (!is_name(name) || fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !S_ISREG(info.st_mode) || info.st_uid || (info.st_mode & 07777) != 0600 ||
	    info.st_nlink != 1)
		return false;
	if (eg_file_read_text(folder, name, text, sizeof(text), NULL) < 0 ||
	    strncmp(text, EG_MARK_PREFIX, strlen(EG_MARK_PREFIX)) != 0 || strchr(text, '\n'))
		return false;
	memcpy(ret_line, text + strlen(EG_MARK_PREFIX), strlen(text + strlen(EG_MARK_PREFIX)) + 1);
	return true;
}

size_t eg_marks_take(const struct eg_config *config, char *ret_line)
{
	EG_CLEANUP(eg_close_fd) int run = open_own(AT_FDCWD, config->run_dir);
	const struct dirent *entry;
	size_t count = 0;
	DIR *folder = NULL;
	int fd = run < 0 ? -1 : open_own(run, "marks");

	ret_line[0] = '\0';
	if (fd >= 0)
		folder = fdopendir(fd);
	while (folder && (entry = readdir(folder))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		count += read_mark(fd, entry->d_name, ret_line);
		(void)unlinkat(fd, entry->d_name, 0);
	}
	if (folder)
		(void)closedir(folder);
	return count;
}
