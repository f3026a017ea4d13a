/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * hand - what is different in a session of two nodes that people start by
 * hand, without Slurm: neither knows the other's name beforehand, job and step
 * are 0, and both want to hear why somebody was turned away.
 */
#ifndef EG_BURST_HAND_H
#define EG_BURST_HAND_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/base/nodelist.h"
#include "common/burst/wire.h"

struct eg_seat;
struct eg_session;
struct eg_session_end;

#define EG_HAND_NODES 2

struct eg_hand {
	/* session->nodes point here; the partner's name comes with its claim, "" before. */
	char (*names)[EG_NODE_NAME_MAX];
	const char *host; /* member: where the leader is, a name or an address */
	uint32_t ready_ms; /* leader: a partner that was met says within this how it is */
	uint32_t talk_ms; /* member: the verdict comes within this after the meeting */
	void (*say)(void *context, const char *line); /* progress; NULL: nobody listens */
	void *context;

	/* Learned from the credential looked at last. */
	uint32_t sealed_uid; /* who sealed it, when it was good */
	struct eg_err why; /* when it was not */
};

/* A name that may stand in lines and tables: not empty, printable, no blanks. */
bool eg_hand_name_is_good(const char *name);

void eg_hand_say(const struct eg_hand *hand, const char *fmt, ...) EG_PRINTF(2, 3);

/* What @refusal, which came from hand->host, means for people. Returns -refused. */
int eg_hand_refused(const struct eg_hand *hand, const struct eg_refusal *refusal,
		    struct eg_err *err);

/* @finding of @node as both nodes are told it: text and subject name the node. */
void eg_hand_finding(const char *node, const struct eg_wire_finding *finding,
		     struct eg_wire_finding *ret);

/* The findings of all into @ret, the session's own first, then the worst: the same for both. */
void eg_hand_tell(const struct eg_session *session, const struct eg_seat *seats,
		  const struct eg_session_end *end, struct eg_verdict *ret);

/* An unknown verdict with EG901 and @text. */
void eg_hand_give_up(const char *text, struct eg_verdict *ret);

#endif
