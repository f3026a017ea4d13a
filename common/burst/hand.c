/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/burst/hand.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/burst/session.h"
#include "common/verdict/finding.h"
#include "common/verdict/judge_traffic.h"

bool eg_hand_name_is_good(const char *name)
{
	if (!name[0])
		return false;
	for (; *name; name++) {
		if ((unsigned char)*name <= ' ' || (unsigned char)*name >= 0x7f)
			return false;
	}
	return true;
}

void eg_hand_say(const struct eg_hand *hand, const char *fmt, ...)
{
	char line[512];
	va_list args;

	if (!hand->say)
		return;
	va_start(args, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	hand->say(hand->context, line);
}

int eg_hand_refused(const struct eg_hand *hand, const struct eg_refusal *refusal,
		    struct eg_err *err)
{
	const char *host = hand->host;

	switch (refusal->reason) {
	case EG_REFUSAL_UID:
		return eg_err_set(err, EACCES,
				  "%.60s is used by uid %u and refuses uid %u: the partner must be "
				  "of the same user or root",
				  host, refusal->uid, refusal->refused_uid);
	case EG_REFUSAL_CREDENTIAL:
		return eg_err_set(err, EACCES,
				  "%.60s does not take this side's credential: another --auth, or "
				  "another key",
				  host);
	case EG_REFUSAL_VERSION:
		return eg_err_set(err, EACCES, "%.60s refuses this version of efagate", host);
	case EG_REFUSAL_TAKEN:
		return eg_err_set(err, EACCES, "%.60s has a partner already", host);
	default:
		return eg_err_set(err, EACCES,
				  "%.60s refuses this node: no session by hand, "
				  "or --sweep on one side only",
				  host);
	}
}

void eg_hand_finding(const char *node, const struct eg_wire_finding *finding,
		     struct eg_wire_finding *ret)
{
	*ret = *finding;
	(void)snprintf(ret->text, sizeof(ret->text), "%.60s: %.137s", node, finding->text);
	if (finding->subject[0])
		(void)snprintf(ret->subject, sizeof(ret->subject), "%.40s/%.22s", node,
			       finding->subject);
	else
		(void)snprintf(ret->subject, sizeof(ret->subject), "%.63s", node);
}

static void add(struct eg_verdict *verdict, const struct eg_wire_finding *finding)
{
	if (verdict->finding_count < EG_VERDICT_FINDINGS_MAX)
		verdict->findings[verdict->finding_count++] = *finding;
}

static void tell_common(const struct eg_traffic_findings *findings, struct eg_verdict *ret)
{
	for (size_t i = 0; findings && i < findings->count; i++) {
		const struct eg_finding *from = &findings->list[i].finding;
		struct eg_wire_finding to = { .outcome = (uint8_t)from->outcome,
					      .blame = (uint8_t)from->blame };

		if (findings->list[i].node != EG_NODE_ALL)
			continue;
		memcpy(to.id, from->id, sizeof(to.id));
		memcpy(to.subject, from->subject, sizeof(to.subject));
		memcpy(to.text, from->text, sizeof(to.text));
		add(ret, &to);
	}
}

static void tell_seats(const struct eg_session *session, const struct eg_seat *seats,
		       enum eg_outcome outcome, struct eg_verdict *ret)
{
	struct eg_wire_finding told;

	for (uint32_t i = 0; i < session->count; i++) {
		const struct eg_ready *ready = &seats[i].ready;

		for (uint16_t k = 0; k < ready->finding_count; k++) {
			if (ready->findings[k].outcome != (uint8_t)outcome)
				continue;
			eg_hand_finding(session->nodes[i], &ready->findings[k], &told);
			add(ret, &told);
		}
	}
}

static void tell_absent(const struct eg_session *session, const struct eg_seat *seats,
			const struct eg_session_end *end, struct eg_verdict *ret)
{
	struct eg_wire_finding one = { .id = "EG408", .outcome = EG_UNKNOWN };

	for (uint32_t i = 0; i < session->count; i++) {
		const char *name = session->nodes[i];

		if (seats[i].state == EG_SEAT_READY)
			continue;
		if (seats[i].state == EG_SEAT_ABSENT)
			(void)snprintf(one.text, sizeof(one.text),
				       "no partner came to TCP port %u within %u s%s%.120s",
				       end->port, session->meet_ms / 1000,
				       end->refused ? "; refused " : "",
				       end->refused ? end->refused : "");
		else if (seats[i].state == EG_SEAT_MET)
			(void)snprintf(one.text, sizeof(one.text),
				       "%.60s: met, then not heard for %.1f s", name,
				       (double)session->hand->ready_ms / 1000);
		else
			(void)snprintf(one.text, sizeof(one.text), "%.60s: left before the verdict",
				       name);
		(void)snprintf(one.subject, sizeof(one.subject), "%.63s", name);
		add(ret, &one);
	}
}

void eg_hand_tell(const struct eg_session *session, const struct eg_seat *seats,
		  const struct eg_session_end *end, struct eg_verdict *ret)
{
	ret->finding_count = 0;
	tell_common(end->traffic, ret);
	tell_seats(session, seats, EG_FAIL, ret);
	tell_absent(session, seats, end, ret);
	tell_seats(session, seats, EG_UNKNOWN, ret);
	tell_seats(session, seats, EG_WARN, ret);
}

void eg_hand_give_up(const char *text, struct eg_verdict *ret)
{
	*ret = (struct eg_verdict){ .outcome = EG_UNKNOWN, .finding_count = 1 };
	ret->findings[0] = (struct eg_wire_finding){ .id = "EG901", .outcome = EG_UNKNOWN };
	(void)snprintf(ret->findings[0].text, sizeof(ret->findings[0].text), "%s", text);
	(void)snprintf(ret->line, sizeof(ret->line), "efagate: EG901: %s", text);
}
