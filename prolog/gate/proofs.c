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
#include "common/verdict/report_survey.h"
#include "prolog/gate/decide.h"
#include "prolog/gate/slurm_nodes.h"
#include "prolog/gate/trusted.h"
#include "prolog/policy.h"

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
	grown[at].time = grown[at].traffic_time = INT64_MIN;
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

static void claim(const struct eg_report *report, const struct eg_finding *finding,
		  struct eg_claim *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (!finding)
		return;
	ret->finding = *finding;
	ret->time = report->time;
	ret->job_id = report->job_id;
	strcpy(ret->partition, report->partition);
	strcpy(ret->boot_id, report->facts.boot_id);
	strcpy(ret->instance, report->facts.instance.id);
}

static int append(struct eg_claim **list, size_t *count, const struct eg_report *report,
		  const struct eg_finding *finding)
{
	struct eg_claim *grown = reallocarray(*list, *count + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	*list = grown;
	claim(report, finding, &grown[(*count)++]);
	return 0;
}

/* What a session found, or that its traffic passed. */
static int note_traffic(const struct eg_proofs *proofs, struct eg_proof *entry,
			const struct eg_report *report)
{
	const struct eg_finding *one;
	size_t from = 0;
	int rc = 0;

	while (!rc && (one = eg_gate_suspicion(&report->findings, proofs->policy, from))) {
		from = (size_t)(one - report->findings.list) + 1;
		rc = append(&entry->traffic, &entry->traffic_count, report, one);
	}
	if (had_traffic(report) && eg_findings_outcome(&report->findings) < EG_UNKNOWN &&
	    report->time > entry->traffic_time)
		entry->traffic_time = report->time;
	return rc;
}

static void note_unknown(struct eg_proof *entry, const struct eg_report *report)
{
	const struct eg_finding *unknown = eg_gate_unknown(&report->findings);

	if (!unknown && eg_findings_outcome(&report->findings) == EG_UNKNOWN)
		unknown = eg_findings_worst(&report->findings);
	if (unknown && report->time > entry->unknown.time &&
	    (report->time > entry->time || (report->time == entry->time && !entry->passes)))
		claim(report, unknown, &entry->unknown);
}

/* The newest report so far that could tell. */
static void take_newest(struct eg_proof *entry, const struct eg_report *report,
			const struct eg_finding *proof)
{
	enum eg_outcome outcome = eg_findings_outcome(&report->findings);

	entry->time = report->time;
	entry->passes = outcome < EG_UNKNOWN;
	strcpy(entry->instance, report->facts.instance.id);
	claim(report, proof, &entry->own);
	claim(report, outcome == EG_FAIL ? eg_findings_worst(&report->findings) : NULL,
	      &entry->worst);
	if (entry->unknown.time < report->time ||
	    (entry->unknown.time == report->time && entry->passes))
		claim(report, NULL, &entry->unknown);
}

int eg_proofs_add(struct eg_proofs *proofs, const struct eg_report *report)
{
	const struct eg_finding *proof = eg_gate_proof(&report->findings, proofs->policy);
	struct eg_proof *entry;

	if (!eg_slurm_name_is_plain(report->facts.node))
		return -EINVAL;
	entry = entry_of(proofs, report->facts.node);
	if (!entry || note_traffic(proofs, entry, report))
		return -ENOMEM;
	note_accused(entry, report);
	/* "Could not be measured" ends no accusation; of one second a pass counts. */
	if (report->time > entry->time || (report->time == entry->time && !proof)) {
		if (eg_findings_outcome(&report->findings) != EG_UNKNOWN)
			take_newest(entry, report, proof);
	}
	note_unknown(entry, report);
	return 0;
}

static int refused(struct eg_proofs *proofs, const struct eg_err *err)
{
	proofs->refused++;
	if (proofs->refuse)
		proofs->refuse(proofs->context, err->text);
	return err->code == ENOMEM ? -ENOMEM : 0;
}

/* One report of a file: that of a node, or one of a survey's. */
struct taking {
	struct eg_proofs *proofs;
	const char *path;
};

static int take_one(void *context, struct eg_report *report)
{
	const struct taking *taking = context;
	struct eg_proofs *proofs = taking->proofs;
	struct eg_err err = { 0 };
	int rc;

	if (proofs->policy)
		eg_policy_apply(proofs->policy, &report->findings);
	rc = eg_proofs_add(proofs, report);
	if (rc != -EINVAL)
		return rc;
	(void)eg_err_set(&err, EINVAL, "'%s': node '%.80s' is not the name of one node",
			 taking->path, report->facts.node);
	return refused(proofs, &err);
}

/* What a survey found against no single node. */
static int take_common(void *context, struct eg_report *report)
{
	const struct taking *taking = context;
	struct eg_proofs *proofs = taking->proofs;
	int rc = 0;

	for (size_t i = 0; !rc && i < report->findings.count; i++)
		rc = append(&proofs->common, &proofs->common_count, report,
			    &report->findings.list[i]);
	return rc;
}

static int add_file(struct eg_proofs *proofs, int fd, const char *path)
{
	EG_CLEANUP(eg_free) struct eg_report *report = calloc(1, sizeof(*report));
	EG_CLEANUP(eg_free) char *json = NULL;
	struct taking taking = { proofs, path };
	struct eg_survey_taker taker = { take_one, take_common, &taking };
	struct eg_err err = { 0 };
	size_t length = 0;
	int rc;

	if (!report)
		return -ENOMEM;
	json = eg_trusted_read(fd, path, &length, &err);
	if (!json)
		return refused(proofs, &err);
	if (eg_survey_is_one(json, length)) {
		rc = eg_survey_from_json(json, length, &taker, &err);
	} else {
		rc = eg_report_from_json(json, length, report, &err);
		if (!rc)
			return take_one(&taking, report);
	}
	if (!rc || rc == -ENOMEM)
		return rc;
	(void)eg_err_prefix(&err, "'%s'", path);
	return refused(proofs, &err);
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

static int add_entry(struct eg_proofs *proofs, int folder, const char *path, const char *name)
{
	EG_CLEANUP(eg_close_fd) int fd = -1;
	char whole[PATH_MAX];
	struct eg_err err = { 0 };

	(void)snprintf(whole, sizeof(whole), "%s/%s", path, name);
	fd = proofs->trust_users ? open_any(folder, name, whole, &err)
				 : eg_trusted_open_at(folder, name, whole, &err);
	return fd < 0 ? refused(proofs, &err) : add_file(proofs, fd, whole);
}

static int add_folder(struct eg_proofs *proofs, int fd, const char *path)
{
	struct dirent **entries = NULL;
	int count = scandirat(fd, ".", &entries, is_report, alphasort);
	struct eg_err err = { 0 };
	int rc = 0;

	if (count < 0) {
		(void)eg_err_errno(&err, errno, "'%s'", path);
		return refused(proofs, &err);
	}
	for (int i = 0; i < count; i++) {
		if (!rc)
			rc = add_entry(proofs, fd, path, entries[i]->d_name);
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

int eg_proofs_add_path(struct eg_proofs *proofs, const char *path)
{
	struct eg_err err = { 0 };
	EG_CLEANUP(eg_close_fd) int fd = open_path(proofs, path, &err);
	struct stat info;

	if (fd < 0)
		return refused(proofs, &err);
	if (fstat(fd, &info) < 0) {
		(void)eg_err_errno(&err, errno, "'%s'", path);
		return refused(proofs, &err);
	}
	return S_ISDIR(info.st_mode) ? add_folder(proofs, fd, path) : add_file(proofs, fd, path);
}

void eg_proofs_done(struct eg_proofs *proofs)
{
	for (size_t i = 0; i < proofs->count; i++)
		free(proofs->list[i].traffic);
	free(proofs->list);
	free(proofs->common);
	*proofs = (struct eg_proofs){ 0 };
}
