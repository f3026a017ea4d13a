/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * proofs - what trusted reports and surveys say about nodes. Of each node the
 * newest report counts, so that a repair that was seen ends an older
 * accusation; what traffic has found stays until traffic passes.
 */
#ifndef EG_GATE_PROOFS_H
#define EG_GATE_PROOFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/verdict/finding.h"

struct eg_policy;
struct eg_report;

/* One finding of one report. */
struct eg_claim {
	struct eg_finding finding; /* id "": none */
	int64_t time; /* of the report */
	uint32_t job_id; /* 0 none */
	char boot_id[40], instance[64]; /* of the node then, "" not known */
	char partition[64]; /* of the job, "" not known */
};

struct eg_proof {
	char node[256]; /* a plain name */
	int64_t time; /* of the newest report that could tell; INT64_MIN none */
	struct eg_claim own; /* the fault of the node's own that this one proves */
	struct eg_claim worst; /* its worst finding, when that fails */
	struct eg_claim unknown; /* of the newest that could not tell, when it is not older */
	struct eg_claim *traffic; /* what sessions found against the node, in no order */
	size_t traffic_count;
	int64_t traffic_time; /* of the newest whose traffic passed; INT64_MIN none */

	/* For taking it back. */
	bool passes; /* the newest one: pass or warning */
	char instance[64]; /* of the newest one, "" not known */
	char accused[64]; /* instance of the newest one that failed, "" none or not known */
	int64_t accused_time; /* 0 none */
};

struct eg_proofs {
	struct eg_proof *list; /* in order of name */
	size_t count;
	struct eg_claim *common; /* what surveys found against no single node */
	size_t common_count;
	size_t refused; /* files and folders that were not taken */

	/* Set by the caller. */
	bool trust_users; /* take what users can have written too */
	const struct eg_policy *policy; /* NULL: the default */
	/* Told each file or folder that is not taken, with the reason why. */
	void (*refuse)(void *context, const char *text);
	void *context;
};

/*
 * Take the report or survey @path or, of a folder, its files named *.json; "-"
 * is stdin, which is whoever's who calls, unless it is a file. What is not
 * trusted or not readable is counted and told. 0 or -ENOMEM.
 */
int eg_proofs_add_path(struct eg_proofs *proofs, const char *path);

/* Take one report; 0, -EINVAL when it names no plain node, or -ENOMEM. */
int eg_proofs_add(struct eg_proofs *proofs, const struct eg_report *report);

/* Takes zeroed and half-built lists. */
void eg_proofs_done(struct eg_proofs *proofs);

#endif
