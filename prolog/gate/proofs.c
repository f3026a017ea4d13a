/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/gate/proofs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "common/verdict/report.h"
#include "prolog/gate/decide.h"
#include "prolog/gate/slurm_nodes.h"
#include "prolog/gate/trusted.h"

/* The entry of @node, made where its name sorts; NULL when out of memory. */
static struct eg_proof *entry_of(struct eg_proofs *proofs, const char *node)
{
	struct eg_proof *grown;
	size_t at = 0;

	while (at < proofs->count && strcmp(proofs->list[at].node, node) < 0)
		at++;
	if (at < proofs->count && !strcmp(proofs->list[at].node, node))
		return &proofs->list[at];
	grown = reallocarray(proofs->list, proofs->count + 1, sizeof(*grown));
	if (!grown)
		return NULL;
	proofs->list = grown;
	memmove(&grown[at + 1], &grown[at], (proofs->count - at) * sizeof(*grown));
	memset(&grown[at], 0, sizeof(*grown));
	grown[at].time = INT64_MIN;
	strcpy(grown[at].node, node);
	proofs->count++;
	return &grown[at];
}

static bool had_traffic(const struct eg_report *report)
{
	for (size_t i = 0; i < report->facts.device_count; i++) {
		if (report->facts.devices[i].burst.state == EG_BURST_OK)
			return true;
	}
	return false;
}

/* Whose fault it was, for when the node is another instance by now. */
static void note_accused(struct eg_proof *entry, const struct eg_report *report)
{
	if (eg_findings_outcome(&report->findings) != EG_FAIL || report->time < entry->accused_time)
		return;
	entry->accused_time = report->time;
	strcpy(entry->accused, report->facts.instance.id);
}

int eg_proofs_add(struct eg_proofs *proofs, const struct eg_report *report)
{
	const struct eg_finding *proof = eg_gate_proof(&report->findings, NULL);
	struct eg_proof *entry;

	if (!eg_slurm_name_is_plain(report->facts.node))
		return -EINVAL;
	entry = entry_of(proofs, report->facts.node);
	if (!entry)
		return -ENOMEM;
	note_accused(entry, report);
	/* "Could not be measured" ends no accusation; of one second a pass counts. */
	if (report->time < entry->time || (report->time == entry->time && proof) ||
	    eg_findings_outcome(&report->findings) == EG_UNKNOWN)
		return 0;
	entry->time = report->time;
	entry->proven = proof != NULL;
	entry->passes = eg_findings_outcome(&report->findings) < EG_UNKNOWN;
	entry->had_traffic = had_traffic(report);
	strcpy(entry->instance, report->facts.instance.id);
	entry->reason[0] = '\0';
	if (proof)
		(void)eg_reason_text(proof, report->job_id, entry->reason);
	return 0;
}

static int refused(struct eg_proofs *proofs, const struct eg_err *err, eg_proofs_refuse refuse)
{
	proofs->refused++;
	refuse(err->text);
	return err->code == ENOMEM ? -ENOMEM : 0;
}

static int add_file(struct eg_proofs *proofs, int fd, const char *path, eg_proofs_refuse refuse)
{
	EG_CLEANUP(eg_free) struct eg_report *report = calloc(1, sizeof(*report));
	EG_CLEANUP(eg_free) char *json = NULL;
	struct eg_err err = { 0 };
	size_t length = 0;
	int rc = -ENOMEM;

	if (!report)
		return rc;
	json = eg_trusted_read(fd, path, &length, &err);
	if (!json)
		return refused(proofs, &err, refuse);
	if (eg_report_from_json(json, length, report, &err)) {
		(void)eg_err_prefix(&err, "'%s'", path);
		return refused(proofs, &err, refuse);
	}
	rc = eg_proofs_add(proofs, report);
	if (rc != -EINVAL)
		return rc;
	(void)eg_err_set(&err, EINVAL, "'%s': node '%.80s' is not the name of one node", path,
			 report->facts.node);
	return refused(proofs, &err, refuse);
}

static int is_report(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return entry->d_name[0] != '.' && dot && !strcmp(dot, ".json");
}

/* Not trusted, but asked for: still nothing that blocks, and no symbolic link. */
static int open_any(int folder, const char *name, const char *path, struct eg_err *err)
{
	int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	return fd < 0 ? eg_err_errno(err, errno, "'%s'", path) : fd;
}

static int add_entry(struct eg_proofs *proofs, int folder, const char *path, const char *name,
		     eg_proofs_refuse refuse)
{
	EG_CLEANUP(eg_close_fd) int fd = -1;
	char whole[PATH_MAX];
	struct eg_err err = { 0 };

	(void)snprintf(whole, sizeof(whole), "%s/%s", path, name);
	fd = proofs->trust_users ? open_any(folder, name, whole, &err)
				 : eg_trusted_open_at(folder, name, whole, &err);
	return fd < 0 ? refused(proofs, &err, refuse) : add_file(proofs, fd, whole, refuse);
}

static int add_folder(struct eg_proofs *proofs, int fd, const char *path, eg_proofs_refuse refuse)
{
	struct dirent **entries = NULL;
	int count = scandirat(fd, ".", &entries, is_report, alphasort);
	struct eg_err err = { 0 };
	int rc = 0;

	if (count < 0) {
		(void)eg_err_errno(&err, errno, "'%s'", path);
		return refused(proofs, &err, refuse);
	}
	for (int i = 0; i < count; i++) {
		if (!rc)
			rc = add_entry(proofs, fd, path, entries[i]->d_name, refuse);
		free(entries[i]);
	}
	free(entries);
	return rc;
}

/* A file given as stdin is looked at like one that is named; a pipe is the caller's own word. */
static int open_stdin(bool trust_users, struct eg_err *err)
{
	struct stat info;

	if (fstat(STDIN_FILENO, &info) < 0)
		return eg_err_errno(err, errno, "stdin");
	if (!trust_users && S_ISREG(info.st_mode) &&
	    (info.st_uid != 0 || info.st_mode & (S_IWGRP | S_IWOTH)))
		return eg_err_set(err, EPERM, "stdin: others than root can write to it");
	return dup(STDIN_FILENO);
}

static int open_path(const struct eg_proofs *proofs, const char *path, struct eg_err *err)
{
	if (!strcmp(path, "-"))
		return open_stdin(proofs->trust_users, err);
	return proofs->trust_users ? open_any(AT_FDCWD, path, path, err)
				   : eg_trusted_open(path, err);
}

int eg_proofs_add_path(struct eg_proofs *proofs, const char *path, eg_proofs_refuse refuse)
{
	struct eg_err err = { 0 };
	EG_CLEANUP(eg_close_fd) int fd = open_path(proofs, path, &err);
	struct stat info;

	if (fd < 0)
		return refused(proofs, &err, refuse);
	if (fstat(fd, &info) < 0) {
		(void)eg_err_errno(&err, errno, "'%s'", path);
		return refused(proofs, &err, refuse);
	}
	return S_ISDIR(info.st_mode) ? add_folder(proofs, fd, path, refuse)
				     : add_file(proofs, fd, path, refuse);
}

void eg_proofs_done(struct eg_proofs *proofs)
{
	free(proofs->list);
	*proofs = (struct eg_proofs){ 0 };
}
