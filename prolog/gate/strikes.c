/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/gate/strikes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/base/deadline.h"
#include "common/base/err.h"
#include "common/base/fd.h"
#include "common/verdict/report.h"
#include "prolog/config.h"
#include "prolog/gate/state.h"
#include "prolog/log.h"

#define LOCK_MS 1000
#define LINE_BYTES 448 /* of a strike, all fields at their longest */
#define TEXT_BYTES (EG_STRIKES_MAX * LINE_BYTES)
#define FIELDS 7

static void make_path(const struct eg_config *config, char *ret, size_t size)
{
	(void)snprintf(ret, size, "%s/strikes", config->state_dir);
}

static bool read_line(char *line, struct eg_strike *ret)
{
	char *fields[FIELDS];

	for (size_t i = 0; i < FIELDS; i++)
		fields[i] = strsep(&line, "\t");
	memset(ret, 0, sizeof(*ret));
	if (!fields[FIELDS - 1] || line)
		return false;
	ret->time = strtoll(fields[0], NULL, 10);
	ret->job_id = (uint32_t)strtoul(fields[1], NULL, 10);
	(void)snprintf(ret->boot_id, sizeof(ret->boot_id), "%s", fields[2]);
	(void)snprintf(ret->instance, sizeof(ret->instance), "%s", fields[3]);
	(void)snprintf(ret->id, sizeof(ret->id), "%s", fields[4]);
	(void)snprintf(ret->subject, sizeof(ret->subject), "%s", fields[5]);
	(void)snprintf(ret->text, sizeof(ret->text), "%s", fields[6]);
	return ret->time > 0 && ret->id[0];
}

void eg_strikes_parse(char *text, struct eg_strikes *ret)
{
	char *line;

	memset(ret, 0, sizeof(*ret));
	while ((line = strsep(&text, "\n"))) {
		if (ret->count < EG_STRIKES_MAX && read_line(line, &ret->list[ret->count]))
			ret->count++;
	}
}

static bool agrees(const struct eg_strike *then, const struct eg_strike *now,
		   const struct eg_config *config)
{
	int64_t age_s = now->time - then->time;

	return !strcmp(then->id, now->id) && !strcmp(then->subject, now->subject) &&
	       !strcmp(then->boot_id, now->boot_id) && !strcmp(then->instance, now->instance) &&
	       then->job_id != now->job_id && age_s >= (int64_t)config->strike_gap_s &&
	       age_s <= (int64_t)config->strike_window_s;
}

const struct eg_strike *eg_strikes_agreeing(const struct eg_strikes *strikes,
					    const struct eg_strike *now,
					    const struct eg_config *config)
{
	for (size_t i = strikes->count; i-- > 0;) {
		if (agrees(&strikes->list[i], now, config))
			return &strikes->list[i];
	}
	return NULL;
}

/* Fields may hold what the provider said: no tab or line of it must come through. */
static void put(char *ret, size_t size, const char *text)
{
	(void)snprintf(ret, size, "%s", text);
	for (; *ret; ret++) {
		if (*ret == '\t' || *ret == '\n')
			*ret = ' ';
	}
}

static void make_strike(const struct eg_report *report, const struct eg_finding *finding,
			struct eg_strike *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->time = report->time;
	ret->job_id = report->job_id;
	put(ret->boot_id, sizeof(ret->boot_id), report->facts.boot_id);
	put(ret->instance, sizeof(ret->instance), report->facts.instance.id);
	put(ret->id, sizeof(ret->id), finding->id);
	put(ret->subject, sizeof(ret->subject), finding->subject);
	put(ret->text, sizeof(ret->text), finding->text);
}

/* The kept ones, without the oldest when there is no room, and @last. */
static int write_all(const char *path, const struct eg_strikes *strikes,
		     const struct eg_strike *last, struct eg_err *err)
{
	EG_CLEANUP(eg_free) char *text = malloc(TEXT_BYTES);
	size_t first = strikes->count == EG_STRIKES_MAX, length = 0;

	if (!text)
		return eg_err_set(err, ENOMEM, "out of memory");
	for (size_t i = first; i <= strikes->count; i++) {
		const struct eg_strike *one = i < strikes->count ? &strikes->list[i] : last;

		length += (size_t)snprintf(text + length, TEXT_BYTES - length,
					   "%lld\t%u\t%s\t%s\t%s\t%s\t%s\n", (long long)one->time,
					   one->job_id, one->boot_id, one->instance, one->id,
					   one->subject, one->text);
	}
	return eg_file_replace(path, text, length, 0600, err);
}

bool eg_strikes_add(const struct eg_config *config, const struct eg_report *report,
		    const struct eg_finding *finding, struct eg_strike *ret_earlier)
{
	EG_CLEANUP(eg_free) struct eg_strikes *strikes = calloc(1, sizeof(*strikes));
	EG_CLEANUP(eg_free) char *text = calloc(1, TEXT_BYTES);
	EG_CLEANUP(eg_close_fd) int lock = -1;
	char path[EG_CONFIG_PATH_MAX + 16];
	const struct eg_strike *earlier;
	struct eg_strike now;
	struct eg_err err = { .text = "out of memory" };

	make_path(config, path, sizeof(path));
	make_strike(report, finding, &now);
	if (strikes && text)
		lock = eg_state_lock(config->state_dir, eg_deadline_in(LOCK_MS), &err);
	if (lock < 0) {
		eg_log(LOG_ERR, "%s: strike not kept: %s", report->facts.node, err.text);
		return false;
	}
	if (eg_file_read_text(AT_FDCWD, path, text, TEXT_BYTES, NULL) > 0)
		eg_strikes_parse(text, strikes);
	earlier = eg_strikes_agreeing(strikes, &now, config);
	if (earlier)
		*ret_earlier = *earlier;
	if (write_all(path, strikes, &now, &err))
		eg_log(LOG_ERR, "%s: strike not kept: %s", report->facts.node, err.text);
	return earlier != NULL;
}

void eg_strikes_clear(const struct eg_config *config)
{
	char path[EG_CONFIG_PATH_MAX + 16];

	make_path(config, path, sizeof(path));
	(void)unlink(path);
}

bool eg_strikes_any(const struct eg_config *config)
{
	char path[EG_CONFIG_PATH_MAX + 16];

	make_path(config, path, sizeof(path));
	return !access(path, F_OK);
}
