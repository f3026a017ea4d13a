/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/commands/report_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "common/base/fd.h"
#include "common/node/instance_table.h"
#include "common/verdict/report.h"
#include "common/verdict/report_survey.h"

int eg_report_file_parse(const char *json, size_t length, struct eg_report *ret, struct eg_err *err)
{
	struct eg_instance_facts *instance = &ret->facts.instance;
	struct eg_instance_type type;
	int rc = eg_report_from_json(json, length, ret, err);

	/* Reports of the first version did not say where devices are expected. */
	if (!rc && !instance->place_count && instance->source != EG_EXPECT_NOTHING &&
	    eg_instance_type_find(NULL, instance->type, &type, NULL) > 0 &&
	    type.devices == instance->expected_devices) {
		memcpy(instance->places, type.places, sizeof(instance->places));
		instance->place_count = type.place_count;
	}
	return rc;
}

ssize_t eg_report_file_load(const char *path, char **ret, struct eg_err *err)
{
	EG_CLEANUP(eg_close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	EG_CLEANUP(eg_free) char *json = NULL;
	struct stat info;
	ssize_t length;

	if (fd < 0 || fstat(fd, &info) < 0)
		return eg_err_errno(err, errno, "'%s'", path);
	if (!S_ISREG(info.st_mode))
		return eg_err_set(err, EINVAL, "'%s': not a regular file", path);
	json = malloc(EG_SURVEY_BYTES_MAX + 1);
	if (!json)
		return eg_err_errno(err, ENOMEM, "'%s'", path);
	length = read(fd, json, EG_SURVEY_BYTES_MAX + 1);
	if (length < 0)
		return eg_err_errno(err, errno, "'%s'", path);
	if (length > EG_SURVEY_BYTES_MAX)
		return eg_err_errno(err, EFBIG, "'%s'", path);
	*ret = EG_STEAL(json);
	return length;
}

int eg_report_file_read(const char *path, struct eg_report *ret, struct eg_err *err)
{
	EG_CLEANUP(eg_free) char *json = NULL;
	ssize_t length = eg_report_file_load(path, &json, err);
	int rc;

	if (length < 0)
		return (int)length;
	rc = eg_report_file_parse(json, (size_t)length, ret, err);
	return rc < 0 ? eg_err_prefix(err, "'%s'", path) : 0;
}

/* Takes over @path. */
static int append(struct eg_report_paths *list, char *path, struct eg_err *err)
{
	char **grown = NULL;

	if (path && list->count < EG_REPORT_PATHS_MAX)
		grown = reallocarray(list->paths, list->count + 1, sizeof(*grown));
	if (!grown) {
		free(path);
		return eg_err_set(err, ENOMEM, "out of memory, or more than %d reports",
				  EG_REPORT_PATHS_MAX);
	}
	list->paths = grown;
	grown[list->count++] = path;
	return 0;
}

static int is_report(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return entry->d_name[0] != '.' && dot && !strcmp(dot, ".json");
}

static int add_folder(struct eg_report_paths *list, const char *folder, struct eg_err *err)
{
	struct dirent **entries = NULL;
	int count = scandir(folder, &entries, is_report, alphasort);
	int rc = 0;

	if (count < 0)
		return eg_err_errno(err, errno, "'%s'", folder);
	for (int i = 0; i < count; i++) {
		char *path = NULL;

		if (!rc && asprintf(&path, "%s/%s", folder, entries[i]->d_name) < 0)
			path = NULL;
		if (!rc)
			rc = append(list, path, err);
		free(entries[i]);
	}
	free(entries);
	return rc;
}

int eg_report_paths_add(struct eg_report_paths *list, const char *path, struct eg_err *err)
{
	struct stat info;

	if (stat(path, &info) < 0)
		return eg_err_errno(err, errno, "'%s'", path);
	if (S_ISDIR(info.st_mode))
		return add_folder(list, path, err);
	return append(list, strdup(path), err);
}

void eg_report_paths_done(struct eg_report_paths *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->paths[i]);
	free(list->paths);
	*list = (struct eg_report_paths){ 0 };
}
