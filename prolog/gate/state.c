/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/gate/state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/base/deadline.h"
#include "common/base/err.h"
#include "common/base/fd.h"
#include "common/base/reap.h"
#include "common/verdict/report.h"
#include "prolog/config.h"
#include "prolog/log.h"

#define LOCK_STEP_MS 20
#define SHARED_WAIT_MS 2000
#define NAME_BYTES 384
#define HALF_S 60 /* no file of a gate takes so long to write */
#define PATH_BYTES (EG_CONFIG_PATH_MAX + 16 + NAME_BYTES)

int eg_state_open(const char *path, struct eg_err *err)
{
	struct stat info;

	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return eg_err_errno(err, errno, "'%s'", path);
	if (lstat(path, &info) < 0)
		return eg_err_errno(err, errno, "'%s'", path);
	if (!S_ISDIR(info.st_mode))
		return eg_err_set(err, ENOTDIR, "'%s': not a folder", path);
	if (info.st_uid != 0 || info.st_mode & (S_IWGRP | S_IWOTH))
		return eg_err_set(err, EPERM, "'%s': others than root can write to it", path);
	return 0;
}

int eg_state_lock(const char *path, int64_t deadline_ms, struct eg_err *err)
{
	return eg_state_lock_named(path, "lock", deadline_ms, err);
}

int eg_state_lock_named(const char *path, const char *name, int64_t deadline_ms, struct eg_err *err)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	EG_CLEANUP(eg_close_fd) int fd = -1;
	char file[EG_CONFIG_PATH_MAX + 16];
	int rc = eg_state_open(path, err);

	if (rc)
		return rc;
	(void)snprintf(file, sizeof(file), "%s/%s", path, name);
	fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return eg_err_errno(err, errno, "'%s'", file);
	while (fcntl(fd, F_SETLK, &lock) < 0) {
		if (errno != EACCES && errno != EAGAIN && errno != EINTR)
			return eg_err_errno(err, errno, "'%s'", file);
		if (!eg_deadline_left(deadline_ms))
			return eg_err_set(err, ETIMEDOUT, "'%s': held by another gate", file);
		eg_sleep_ms(LOCK_STEP_MS, deadline_ms);
	}
	rc = fd;
	fd = -1;
	return rc;
}

void eg_state_accuse(const struct eg_config *config)
{
	EG_CLEANUP(eg_close_fd) int fd = -1;
	char file[EG_CONFIG_PATH_MAX + 16];

	(void)snprintf(file, sizeof(file), "%s/accused", config->state_dir);
	if (!eg_state_open(config->state_dir, NULL))
		fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
}

bool eg_state_acquit(const struct eg_config *config)
{
	char file[EG_CONFIG_PATH_MAX + 16];

	(void)snprintf(file, sizeof(file), "%s/accused", config->state_dir);
	return !unlink(file);
}

bool eg_state_alarm(const struct eg_config *config, int64_t now, uint32_t window_s)
{
	EG_CLEANUP(eg_close_fd) int fd = -1;
	char file[EG_CONFIG_PATH_MAX + 16];
	struct stat info;

	(void)snprintf(file, sizeof(file), "%s/alarm", config->state_dir);
	if (eg_state_open(config->state_dir, NULL))
		return true;
	if (!lstat(file, &info) && info.st_mtime <= now && info.st_mtime > now - (int64_t)window_s)
		return false;
	(void)unlink(file);
	fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	return true;
}

bool eg_state_booted_within(uint32_t span_s)
{
	struct timespec since = { 0 };

	return span_s && !clock_gettime(CLOCK_BOOTTIME, &since) && since.tv_sec < (time_t)span_s;
}

/* A health check a minute on a bad node must not fill a shared folder. */
static void make_name(const struct eg_report *report, char *ret)
{
	time_t seconds = (time_t)report->time;
	char stamp[32] = "0";
	struct tm parts;

	if (gmtime_r(&seconds, &parts))
		(void)strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &parts);
	if (report->job_id)
		(void)snprintf(ret, NAME_BYTES, "%s-%s-%u.json", report->facts.node, stamp,
			       report->job_id);
	else
		(void)snprintf(ret, NAME_BYTES, "%s-%s.json", report->facts.node, report->trigger);
}

static int is_report(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && !strcmp(dot, ".json");
}

/* The names sort by time; the oldest go, those beyond the number or the size. */
static void prune(const char *folder)
{
	struct dirent **entries = NULL;
	int count = scandir(folder, &entries, is_report, alphasort);
	int64_t bytes = 0;

	for (int i = count - 1; i >= 0; i--) {
		char path[EG_CONFIG_PATH_MAX + NAME_BYTES];
		struct stat info;

		(void)snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
		if (!lstat(path, &info))
			bytes += info.st_size;
		if (i < count - EG_STATE_REPORTS_KEPT || bytes > EG_STATE_REPORTS_BYTES)
			(void)unlink(path);
		free(entries[i]);
	}
	free(entries);
}

/* "pass.a1B2c3": what eg_file_replace() writes before it is whole. */
static int is_half(const struct dirent *entry)
{
	static const char *const names[] = { "pass", "pci", "strikes", "undelivered" };
	const char *dot = strrchr(entry->d_name, '.');
	size_t length = dot ? (size_t)(dot - entry->d_name) : 0;

	if (!dot || strlen(dot) != strlen(".XXXXXX"))
		return 0;
	for (size_t i = 0; i < EG_COUNT(names); i++) {
		if (strlen(names[i]) == length && !strncmp(entry->d_name, names[i], length))
			return 1;
	}
	return length > strlen(".json") &&
	       !strncmp(dot - strlen(".json"), ".json", strlen(".json"));
}

static void tidy(const char *folder)
{
	struct dirent **entries = NULL;
	int count = scandir(folder, &entries, is_half, NULL);

	for (int i = 0; i < count; i++) {
		char path[EG_CONFIG_PATH_MAX + NAME_BYTES];
		struct stat info;

		(void)snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
		if (!lstat(path, &info) && info.st_mtime < time(NULL) - HALF_S)
			(void)unlink(path);
		free(entries[i]);
	}
	free(entries);
}

void eg_state_tidy(const struct eg_config *config)
{
	char reports[EG_CONFIG_PATH_MAX + 16];

	(void)snprintf(reports, sizeof(reports), "%s/reports", config->state_dir);
	tidy(config->run_dir);
	tidy(config->state_dir);
	tidy(reports);
}

static int write_report(const char *folder, const char *name, const char *json, struct eg_err *err)
{
	char path[PATH_BYTES];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	return eg_file_replace(path, json, strlen(json), 0644, err);
}

static bool save_own(const char *state_dir, const char *name, const char *json)
{
	char folder[EG_CONFIG_PATH_MAX + 16];
	struct eg_err err = { 0 };

	(void)snprintf(folder, sizeof(folder), "%s/reports", state_dir);
	if (eg_state_open(state_dir, &err) || eg_state_open(folder, &err) ||
	    write_report(folder, name, json, &err)) {
		eg_log(LOG_ERR, "report not saved: %s", err.text);
		return false;
	}
	prune(folder);
	return true;
}

/*
 * In a child, which may have to be given up: it holds nothing of slurmd's, and
 * so its exit code says why the report could not be written: an errno, or 0.
 */
_Noreturn static void save_shared_and_exit(const char *folder, const char *name, const char *json)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; null >= 0 && fd <= STDERR_FILENO; fd++)
		(void)dup2(null, fd);
	_exit(-write_report(folder, name, json, NULL));
}

static bool save_shared(const char *folder, const char *name, const char *json)
{
	int64_t deadline_ms = eg_deadline_in(SHARED_WAIT_MS);
	int status = 0;
	pid_t pid = fork();

	if (!pid)
		save_shared_and_exit(folder, name, json);
	if (pid < 0) {
		eg_log(LOG_ERR, "report not saved: '%s/%s': %s", folder, name, strerror(errno));
	} else if (!eg_reap(pid, deadline_ms, &status)) {
		(void)kill(pid, SIGKILL);
		eg_log(LOG_ERR, "report not saved: '%s' does not answer", folder);
	} else if (WIFSIGNALED(status)) {
		eg_log(LOG_ERR, "report not saved: '%s/%s': %s", folder, name,
		       strsignal(WTERMSIG(status)));
	} else if (WEXITSTATUS(status)) {
		eg_log(LOG_ERR, "report not saved: '%s/%s': %s", folder, name,
		       strerror(WEXITSTATUS(status)));
	} else {
		return true;
	}
	return false;
}

unsigned int eg_state_save(const struct eg_config *config, const struct eg_report *report,
			   unsigned int places)
{
	EG_CLEANUP(eg_free) char *json = eg_report_to_json(report);
	char name[NAME_BYTES];

	if (!json) {
		eg_log(LOG_ERR, "report not saved: out of memory");
		return 0;
	}
	make_name(report, name);
	if (places & EG_STATE_OWN && !save_own(config->state_dir, name, json))
		places &= ~EG_STATE_OWN;
	if (places & EG_STATE_SHARED && config->report_dir[0] &&
	    !save_shared(config->report_dir, name, json))
		places &= ~EG_STATE_SHARED;
	return places;
}
