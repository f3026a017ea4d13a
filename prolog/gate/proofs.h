/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * proofs - what trusted reports say about nodes: of each node the newest
 * report counts, so that a repair that was seen ends an older accusation.
 */
#ifndef EG_GATE_PROOFS_H
#define EG_GATE_PROOFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/verdict/reason.h"

struct eg_report;

struct eg_proof {
	char node[256]; /* a plain name */
	int64_t time; /* of the newest report */
	bool proven;
	char reason[EG_REASON_MAX]; /* to drain with, when proven */

	/* For taking it back. */
	bool passes; /* the newest one: pass or warning */
	bool had_traffic; /* a device of it moved data */
	char instance[64]; /* of the newest one, "" not known */
	char accused[64]; /* instance of the newest one that failed, "" none or not known */
	int64_t accused_time; /* 0 none */
};

struct eg_proofs {
	struct eg_proof *list; /* in order of name */
	size_t count;
	size_t refused; /* files and folders that were not taken */
	bool trust_users; /* take what users can have written too */
};

/* Told each file or folder that is not taken, with the reason why. */
typedef void (*eg_proofs_refuse)(const char *text);

/*
 * Take the report @path or, of a folder, its files named *.json; "-" is stdin,
 * which is whoever's who calls, unless it is a file. What is not trusted or
 * not readable is counted and told. 0 or -ENOMEM.
 */
int eg_proofs_add_path(struct eg_proofs *proofs, const char *path, eg_proofs_refuse refuse);

/* Take one report; 0, -EINVAL when it names no plain node, or -ENOMEM. */
int eg_proofs_add(struct eg_proofs *proofs, const struct eg_report *report);

/* Takes zeroed and half-built lists. */
void eg_proofs_done(struct eg_proofs *proofs);

#endif
