/* SPDX-License-Identifier: BSD-3-Clause */
/* A function in a process of its own: what it hands back, and every way it can end. */
#include "tests/unit/cmocka_all.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/deadline.h"
#include "common/base/err.h"
#include "prolog/commands/worker.h"

struct answer {
	int number;
	char filler[200000]; /* more than a pipe holds */
};

static void answer_number(const void *context, void *ret)
{
	struct answer *answer = ret;

	answer->number = *(const int *)context + 1;
	memset(answer->filler, 'x', sizeof(answer->filler));
}

static void die(const void *context, void *ret)
{
	(void)context;
	(void)ret;
	abort();
}

static void leave(const void *context, void *ret)
{
	(void)context;
	(void)ret;
	_exit(7);
}

static void hang(const void *context, void *ret)
{
	(void)context;
	(void)ret;
	(void)signal(SIGTERM, SIG_IGN);
	for (;;)
		(void)pause();
}

/* Says nothing wrong itself, but what it started holds the pipe. */
static void leave_a_child(const void *context, void *ret)
{
	(void)context;
	(void)ret;
	if (!fork())
		hang(NULL, NULL);
	_exit(3);
}

static void an_answer_comes_whole(void **state)
{
	static struct answer answer;
	int number = 41;
	struct eg_worker worker = { .work = answer_number,
				    .context = &number,
				    .deadline_ms = eg_deadline_in(5000) };

	(void)state;
	assert_int_equal(eg_worker_run(&worker, &answer, sizeof(answer), NULL), 0);
	assert_int_equal(answer.number, 42);
	assert_int_equal(answer.filler[sizeof(answer.filler) - 1], 'x');
}

static void no_end_holds_the_caller(void **state)
{
	static const struct {
		void (*work)(const void *context, void *ret);
		int rc;
		const char *text;
	} rows[] = {
		{ die, -ECHILD, "its process ended: Aborted" },
		{ leave, -ECHILD, "its process ended: exit code 7" },
		{ hang, -ETIMEDOUT, "no answer in time" },
		{ leave_a_child, -ETIMEDOUT, "no answer in time" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct answer *answer = calloc(1, sizeof(*answer));
		struct eg_worker worker = { .work = rows[i].work,
					    .deadline_ms = eg_deadline_in(300) };
		int64_t begin_ms = eg_now_ms();
		struct eg_err err = { 0 };

		assert_non_null(answer);
		answer->number = 5;
		assert_int_equal(eg_worker_run(&worker, answer, sizeof(*answer), &err), rows[i].rc);
		assert_string_equal(err.text, rows[i].text);
		assert_int_equal(answer->number, 5);
		assert_true(eg_now_ms() - begin_ms < 3000);
		free(answer);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_comes_whole),
		cmocka_unit_test(no_end_holds_the_caller),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
