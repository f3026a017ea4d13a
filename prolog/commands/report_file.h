/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * report_file - saved reports from a file or a folder of them.
 */
#ifndef EG_COMMANDS_REPORT_FILE_H
#define EG_COMMANDS_REPORT_FILE_H

#include <stddef.h>
#include <sys/types.h>

struct eg_err;
struct eg_report;

/*
 * eg_report_from_json(), and the instance type's known addresses put back: a
 * report does not carry them, judging wants them.
 */
int eg_report_file_parse(const char *json, size_t length, struct eg_report *ret,
			 struct eg_err *err);

/*
 * Bytes of the regular file @path, at most as many as a survey may have, as
 * *@ret to be freed. Their number, or -errno with the path in @err. Does not
 * block on what is no regular file.
 */
ssize_t eg_report_file_load(const char *path, char **ret, struct eg_err *err);

/*
 * Read one report from the regular file @path into @ret.
 * Returns 0 or -errno with the path in @err. Does not block on what is no
 * regular file.
 */
int eg_report_file_read(const char *path, struct eg_report *ret, struct eg_err *err);

#define EG_REPORT_PATHS_MAX 65536

struct eg_report_paths {
	char **paths;
	size_t count;
};

/*
 * Add @path, or when it is a folder its files named *.json in order of name.
 * Returns 0 or -errno with the path in @err.
 */
int eg_report_paths_add(struct eg_report_paths *list, const char *path, struct eg_err *err);

/* Takes zeroed and half-built lists. */
void eg_report_paths_done(struct eg_report_paths *list);

#endif
