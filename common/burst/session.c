/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/burst/session.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/burst/conduct.h"
#include "common/verdict/finding.h"
#include "common/verdict/judge_traffic.h"

#define EXCLUDE_MAX 400 /* of the line; a longer list helps nobody */
#define MORE_MAX 24 /* "; +65535 more" */
#define SHOWN_MAX 8 /* lines about nodes; a stack of them hides what to do */

struct line {
	char *text;
	size_t size; /* what may be used, the final 0 counted */
	size_t length;
};

/* What seats and traffic add up to. */
struct sum {
	uint32_t met, failed;
	uint32_t bad, unknown; /* proven bad; neither good nor proven bad */
	uint32_t huge_page; /* whose tasks get FI_EFA_USE_HUGE_PAGE=0 */
	uint64_t devices, warnings;
	const struct eg_finding *common; /* the first failure of the session as a whole */
	uint32_t commons; /* how many there are */
};

const char *eg_session_fate(const struct eg_session *session)
{
	if (session->fate)
		return session->fate;
	return session->start_anyway ? "tasks started all the same" : "no task started";
}

bool eg_session_believes(const struct eg_session *session, uint32_t uid)
{
	return uid == 0 || (!session->root_only && uid == session->uid);
}

/* Append all of it or nothing. */
EG_PRINTF(2, 3) static bool add(struct line *line, const char *fmt, ...)
{
	va_list args;
	int length;

	va_start(args, fmt);
	length = vsnprintf(line->text + line->length, line->size - line->length, fmt, args);
	va_end(args);
	if (length < 0 || (size_t)length >= line->size - line->length) {
		line->text[line->length] = '\0';
		return false;
	}
	line->length += (size_t)length;
	return true;
}

static enum eg_outcome seat_outcome(const struct eg_seat *seat)
{
	return seat->state == EG_SEAT_READY ? (enum eg_outcome)seat->ready.outcome : EG_UNKNOWN;
}

/* Does it fail by a finding that @spares says nothing of? */
static bool fails_but_for(const struct eg_seat *seat, unsigned int spares)
{
	if (seat_outcome(seat) != EG_FAIL)
		return false;
	for (size_t i = 0; i < seat->ready.finding_count; i++) {
		const struct eg_wire_finding *finding = &seat->ready.findings[i];

		if (finding->outcome == EG_FAIL && !(spares & 1u << finding->blame))
			return true;
	}
	return false;
}

/* A pair accuses nobody, and what lies between nodes, or with the job, is no fault of this one. */
static bool is_bad(const struct eg_seat *seat)
{
	return fails_but_for(seat,
			     1u << EG_BLAME_NONE | 1u << EG_BLAME_PAIR | 1u << EG_BLAME_CLUSTER);
}

/* Without it the others would start: it is bad, or alone on its side of a rule. */
static bool is_in_the_way(const struct eg_seat *seat)
{
	return fails_but_for(seat, 1u << EG_BLAME_NONE | 1u << EG_BLAME_PAIR);
}

static struct sum add_up(const struct eg_session *session, const struct eg_seat *seats)
{
	struct sum sum = { 0 };

	for (uint32_t i = 0; i < session->count; i++) {
		enum eg_outcome outcome = seat_outcome(&seats[i]);

		sum.met += i > 0 && seats[i].state != EG_SEAT_ABSENT;
		sum.failed += outcome == EG_FAIL;
		sum.bad += is_bad(&seats[i]);
		sum.unknown += outcome >= EG_UNKNOWN && !is_bad(&seats[i]);
		if (seats[i].state == EG_SEAT_READY) {
			sum.devices += seats[i].ready.devices;
			sum.huge_page += seats[i].ready.huge_page;
			sum.warnings += seats[i].ready.warnings;
		}
	}
	return sum;
}

/* "EG102: 3/4 EFA on PCI": why a seat is not good. */
static void seat_reason(const struct eg_session *session, const struct eg_seat *seat, char *text,
			size_t size)
{
	const struct eg_wire_finding *finding = &seat->ready.findings[0];
	int64_t more_ms = session->ready_deadline_ms - session->meet_deadline_ms;
	unsigned int tenths = (session->meet_ms + 50) / 100;

	if (seat->state == EG_SEAT_MET && more_ms > 0)
		tenths = (unsigned int)(session->meet_ms + more_ms + 50) / 100;
	if (seat->state == EG_SEAT_READY)
		(void)snprintf(text, size, "%s: %s", finding->id, finding->text);
	else if (seat->state == EG_SEAT_LOST)
		(void)snprintf(text, size, "EG408: its helper ended");
	else
		(void)snprintf(text, size, "EG408: %s within %u.%u s",
			       seat->state == EG_SEAT_MET ? "met but not ready" : "not met",
			       tenths / 10, tenths % 10);
}

/* "n3,n7,n9", or nothing when that is too long. */
static void exclude_list(const struct eg_session *session, const struct eg_seat *seats, char *text)
{
	struct line line = { .text = text, .size = EXCLUDE_MAX };

	text[0] = '\0';
	for (uint32_t i = 0; i < session->count; i++) {
		if (is_in_the_way(&seats[i]) &&
		    !add(&line, "%s%s", line.length ? "," : "", session->nodes[i])) {
			text[0] = '\0';
			return;
		}
	}
}

/* Between two things that are said. */
static const char *parting(const struct eg_session *session)
{
	return session->lines ? "\nefagate: " : "; ";
}

/* The nodes of @outcome, as many as fit; *@left counts down what is still to be named. */
static void list_seats(const struct eg_session *session, const struct eg_seat *seats,
		       enum eg_outcome outcome, struct line *line, uint32_t *left)
{
	const uint32_t enough = session->lines && *left > SHOWN_MAX ? *left - SHOWN_MAX : 0;
	char reason[256];
	bool first = line->text[line->length - 1] == ' ';

	for (uint32_t i = 0; i<session->count && * left> enough; i++) {
		if (seat_outcome(&seats[i]) != outcome)
			continue;
		seat_reason(session, &seats[i], reason, sizeof(reason));
		if (!add(line, "%s%s%s %s", first ? "" : parting(session), session->nodes[i],
			 session->lines ? ":" : "", reason))
			return;
		first = false;
		(*left)--;
	}
}

static void count_bad(const struct eg_session *session, const struct sum *sum, struct line *line)
{
	if (sum->bad)
		(void)add(line, "%u of %u nodes bad", sum->bad, session->count);
	if (sum->bad && sum->unknown)
		(void)add(line, ", %u unknown", sum->unknown);
	else if (sum->unknown)
		(void)add(line, "%u of %u nodes unknown", sum->unknown, session->count);
}

static void list_bad(const struct eg_session *session, const struct eg_seat *seats,
		     const struct sum *sum, struct line *line)
{
	uint32_t left = sum->bad + sum->unknown;
	const uint32_t unknown = left - sum->failed;

	if (!session->lines) {
		count_bad(session, sum, line);
		(void)add(line, ": ");
	}
	line->size -= MORE_MAX;
	list_seats(session, seats, EG_FAIL, line, &left);
	if (left <= unknown)
		list_seats(session, seats, EG_UNKNOWN, line, &left);
	line->size += MORE_MAX;
	if (left)
		(void)add(line, "%s+%u more", parting(session), left);
}

static void name_one(const struct eg_session *session, const struct eg_seat *seats,
		     struct line *line)
{
	char reason[256];

	for (uint32_t i = 0; i < session->count; i++) {
		if (seat_outcome(&seats[i]) < EG_UNKNOWN)
			continue;
		seat_reason(session, &seats[i], reason, sizeof(reason));
		(void)add(line, "%s: %s", session->nodes[i], reason);
	}
}

static void name_common(const struct eg_session *session, const struct sum *sum, struct line *line)
{
	(void)add(line, "%s: %s", sum->common->id, sum->common->text);
	if (sum->commons > 1)
		(void)add(line, "; +%u more", sum->commons - 1);
	if (sum->bad + sum->unknown)
		(void)add(line, "%s", parting(session));
}

/* Is there a failure that accuses nobody? */
static bool has_pair(const struct eg_session *session, const struct eg_seat *seats,
		     const struct sum *sum)
{
	if (sum->common)
		return sum->common->blame == EG_BLAME_PAIR;
	for (uint32_t i = 0; i < session->count; i++) {
		if (fails_but_for(&seats[i], ~(1u << EG_BLAME_PAIR)))
			return true;
	}
	return false;
}

/* The end of it: what happened to the tasks, what to do, and who hears of it. */
static void what_to_do(const struct eg_session *session, const struct eg_seat *seats,
		       const struct sum *sum, struct line *line)
{
	char exclude[EXCLUDE_MAX];

	exclude_list(session, seats, exclude);
	(void)add(line, "%s", parting(session));
	if (session->lines && sum->bad + sum->unknown > 1) {
		count_bad(session, sum, line);
		(void)add(line, "; ");
	}
	(void)add(line, "%s", eg_session_fate(session));
	if (exclude[0])
		(void)add(line, "; try --exclude=%s", exclude);
	else if (session->lines && has_pair(session, seats, sum))
		(void)add(line, "; try again, or on other nodes");
	if (sum->bad && session->told)
		(void)add(line, "; %s", session->told);
}

static void bad_line(const struct eg_session *session, const struct eg_seat *seats,
		     const struct sum *sum, char *text)
{
	char tail[EXCLUDE_MAX + 384] = "";
	struct line end = { .text = tail, .size = sizeof(tail) };
	struct line line = { .text = text };

	what_to_do(session, seats, sum, &end);
	line.size = EG_STEP_LINE_MAX - end.length;
	(void)add(&line, "efagate: ");
	if (sum->common)
		name_common(session, sum, &line);
	if (sum->bad + sum->unknown == 1)
		name_one(session, seats, &line);
	else if (sum->bad + sum->unknown)
		list_bad(session, seats, sum, &line);
	line.size = EG_STEP_LINE_MAX;
	(void)add(&line, "%s", tail);
}

static bool is_same_warning(const struct eg_wire_finding *one, const struct eg_wire_finding *other)
{
	return other->outcome == EG_WARN && !strcmp(one->id, other->id) &&
	       !strcmp(one->text, other->text);
}

/* How many of the @count seats at @seats say the same, counted up to @enough. */
static uint32_t count_same(const struct eg_seat *seats, uint32_t count,
			   const struct eg_wire_finding *one, uint32_t enough)
{
	uint32_t same = 0;

	for (uint32_t i = 0; i < count && same < enough; i++) {
		for (size_t k = 0; k < seats[i].ready.finding_count; k++)
			same += is_same_warning(one, &seats[i].ready.findings[k]);
	}
	return same;
}

/* "n3", "n3 and 5 more", "all nodes". */
static void who_warns(const struct eg_session *session, uint32_t first, uint32_t same, char *text,
		      size_t size)
{
	if (same == session->count && same > 1)
		(void)snprintf(text, size, "all nodes");
	else if (same > 1)
		(void)snprintf(text, size, "%s and %u more", session->nodes[first], same - 1);
	else
		(void)snprintf(text, size, "%s", session->nodes[first]);
}

/* What several nodes say alike, a limit of the job's for example, is told once. */
static void list_warnings(const struct eg_session *session, const struct eg_seat *seats,
			  uint64_t warnings, struct line *line)
{
	uint64_t left = warnings;
	bool full = false;
	char who[300];

	(void)add(line, ", %llu warning%s: ", (unsigned long long)warnings,
		  warnings == 1 ? "" : "s");
	line->size -= MORE_MAX;
	for (uint32_t i = 0; i < session->count && !full; i++) {
		const struct eg_ready *ready = &seats[i].ready;

		for (size_t k = 0; !full && k < ready->finding_count; k++) {
			const struct eg_wire_finding *one = &ready->findings[k];
			uint32_t same;

			if (one->outcome != EG_WARN || count_same(seats, i, one, 1))
				continue;
			same = count_same(&seats[i], session->count - i, one, UINT32_MAX);
			who_warns(session, i, same, who, sizeof(who));
			full = !add(line, "%s%s %s %s", left == warnings ? "" : "; ", who, one->id,
				    one->text);
			left -= full ? 0 : same;
		}
	}
	line->size += MORE_MAX;
	if (left)
		(void)add(line, "; +%llu more", (unsigned long long)left);
}

static void good_line(const struct eg_session *session, const struct eg_seat *seats,
		      const struct sum *sum, const struct eg_slowest *slowest, char *text)
{
	struct line line = { .text = text, .size = EG_STEP_LINE_MAX };

	(void)add(&line, "efagate: %u node%s, %llu EFA device%s verified (%s", session->count,
		  session->count == 1 ? "" : "s", (unsigned long long)sum->devices,
		  sum->devices == 1 ? "" : "s", session->tested);
	if (slowest && slowest->gbps > 0)
		(void)add(&line, "; slowest %s %s %.1f Gb/s", session->nodes[slowest->node],
			  slowest->device, slowest->gbps);
	(void)add(&line, ")");
	if (sum->huge_page == session->count)
		(void)add(&line, ", FI_EFA_USE_HUGE_PAGE=0 set");
	else if (sum->huge_page)
		(void)add(&line, ", FI_EFA_USE_HUGE_PAGE=0 set on %u", sum->huge_page);
	if (sum->warnings)
		list_warnings(session, seats, sum->warnings, &line);
}

void eg_session_give_up(const struct eg_session *session, struct eg_verdict *ret, const char *fmt,
			...)
{
	struct line line = { .text = ret->line, .size = sizeof(ret->line) };
	char text[512];
	va_list args;

	memset(ret, 0, sizeof(*ret));
	ret->go = session->start_anyway;
	ret->outcome = EG_UNKNOWN;
	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	(void)add(&line, "efagate: %s; %s", text, eg_session_fate(session));
}

static void add_commons(const struct eg_traffic_findings *findings, struct sum *sum)
{
	for (size_t i = 0; findings && i < findings->count; i++) {
		const struct eg_traffic_finding *one = &findings->list[i];

		if (one->node != EG_NODE_ALL)
			continue;
		if (one->finding.outcome == EG_WARN)
			sum->warnings++;
		if (one->finding.outcome != EG_FAIL)
			continue;
		if (!sum->commons++)
			sum->common = &one->finding;
	}
}

/*
 * One absent partner of two may be broken itself; many that all stay away are
 * a network, unless they were there and could not prove themselves.
 */
static void give_up_alone(const struct eg_session *session, const struct eg_session_end *end,
			  struct eg_verdict *ret)
{
	unsigned int tenths = (session->meet_ms + 50) / 100;

	if (end->unchecked)
		eg_session_give_up(session, ret,
				   "%s: EG901: no node's credential could be checked: munge does "
				   "not answer",
				   session->nodes[0]);
	else if (end->reached)
		eg_session_give_up(session, ret,
				   "EG408: none of %u nodes proved itself to %s within %u.%u s, "
				   "though its TCP port %u was reached: munge does not answer "
				   "there, or keys differ",
				   session->count - 1, session->nodes[0], tenths / 10, tenths % 10,
				   end->port);
	else
		eg_session_give_up(session, ret,
				   "EG410: none of %u nodes reached %s on TCP port %u within "
				   "%u.%u s: firewall, or the security group must allow TCP ports "
				   "%u-%u from itself",
				   session->count - 1, session->nodes[0], end->port, tenths / 10,
				   tenths % 10, session->port_first,
				   session->port_first + session->port_count - 1u);
}

void eg_session_decide(const struct eg_session *session, const struct eg_seat *seats,
		       const struct eg_session_end *end, struct eg_verdict *ret)
{
	struct sum sum = add_up(session, seats);

	memset(ret, 0, sizeof(*ret));
	if (session->count > 2 && !sum.met && !sum.failed) {
		give_up_alone(session, end, ret);
		return;
	}
	add_commons(end->traffic, &sum);
	if (!sum.bad && !sum.unknown && !sum.common) {
		ret->go = 1;
		ret->outcome = sum.warnings ? EG_WARN : EG_PASS;
		good_line(session, seats, &sum, end->slowest, ret->line);
		return;
	}
	ret->go = session->start_anyway;
	ret->outcome = sum.failed || sum.common ? EG_FAIL : EG_UNKNOWN;
	bad_line(session, seats, &sum, ret->line);
}

void eg_session_finding(const struct eg_finding *finding, struct eg_wire_finding *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->outcome = (uint8_t)finding->outcome;
	ret->blame = (uint8_t)finding->blame;
	(void)snprintf(ret->id, sizeof(ret->id), "%s", finding->id);
	(void)snprintf(ret->subject, sizeof(ret->subject), "%s", finding->subject);
	(void)snprintf(ret->text, sizeof(ret->text), "%s", finding->text);
}

void eg_session_add(struct eg_seat *seat, const struct eg_finding *finding)
{
	struct eg_ready *ready = &seat->ready;
	size_t at = 0;

	while (at < ready->finding_count &&
	       ready->findings[at].outcome >= (uint8_t)finding->outcome)
		at++;
	ready->warnings += finding->outcome == EG_WARN;
	if (ready->outcome < (uint8_t)finding->outcome)
		ready->outcome = (uint8_t)finding->outcome;
	if (at == EG_WIRE_FINDINGS_MAX)
		return;
	if (ready->finding_count < EG_WIRE_FINDINGS_MAX)
		ready->finding_count++;
	memmove(&ready->findings[at + 1], &ready->findings[at],
		(ready->finding_count - at - 1u) * sizeof(ready->findings[0]));
	eg_session_finding(finding, &ready->findings[at]);
}

void eg_session_add_traffic(struct eg_seat *seats, const struct eg_traffic_findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		if (findings->list[i].node != EG_NODE_ALL)
			eg_session_add(&seats[findings->list[i].node], &findings->list[i].finding);
	}
}
