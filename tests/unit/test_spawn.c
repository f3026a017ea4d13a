/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/cmocka_all.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/base/deadline.h"
#include "common/base/err.h"
#include "common/base/reap.h"
#include "common/base/spawn.h"

/* Each row is one way a child can misbehave, and how its caller must see it. */
static const struct {
	const char *script;
	enum eg_child_end end;
	int status;
	const char *output;
	int cut;
} children[] = {
	{ "echo ok", EG_CHILD_EXITED, 0, "ok\n", 0 },
	{ "echo bad >&2; exit 3", EG_CHILD_EXITED, 3, "bad\n", 0 },
	{ "kill -SEGV $$", EG_CHILD_SIGNALED, SIGSEGV, "", 0 },
	{ "trap '' TERM; sleep 60", EG_CHILD_KILLED, SIGKILL, "", 0 },
	{ "printf half-; sleep 60", EG_CHILD_KILLED, SIGKILL, "half-", 0 },
	{ "sleep 60 & echo ok", EG_CHILD_EXITED, 0, "ok\n", 0 },
	{ "exec >&- 2>&-; sleep 60", EG_CHILD_KILLED, SIGKILL, "", 0 },
	{ "echo 0123456789012345678901234567890123456789", EG_CHILD_EXITED, 0,
	  "012345678901234567890123456789012", 1 },
	{ "while :; do echo 01234567890123456789; done", EG_CHILD_KILLED, SIGKILL, NULL, 1 },
	{ "echo \"$FROM\" \"${HOME-none}\"", EG_CHILD_EXITED, 0, "caller none\n", 0 },
};

static void no_child_can_hold_its_caller(void **state)
{
	static const char *const env[] = { "PATH=/usr/bin:/bin", "FROM=caller", NULL };

	(void)state;
	for (size_t i = 0; i < EG_COUNT(children); i++) {
		const char *argv[] = { "/bin/sh", "-c", children[i].script, NULL };
		struct eg_spawn spawn = { argv, env, eg_deadline_in(400) };
		struct eg_child_result ret;
		struct eg_err err = { 0 };
		char output[34];
		int64_t start = eg_now_ms();

		print_message("[ child    ] %s\n", children[i].script);
		assert_int_equal(eg_spawn_run(&spawn, output, sizeof(output), &ret, &err), 0);
		assert_true(eg_now_ms() - start < 5000);
		assert_int_equal(ret.end, children[i].end);
		assert_int_equal(ret.status, children[i].status);
		assert_int_equal(ret.cut, children[i].cut);
		if (children[i].output)
			assert_string_equal(output, children[i].output);
	}
}

static void a_missing_program_is_named(void **state)
{
	const char *argv[] = { "/no/such/program", NULL };
	struct eg_spawn spawn = { argv, NULL, eg_deadline_in(400) };
	struct eg_child_result ret;
	struct eg_err err = { 0 };

	(void)state;
	assert_int_equal(eg_spawn_run(&spawn, NULL, 0, &ret, &err), -ENOENT);
	assert_string_equal(err.text,
			    "'/no/such/program' cannot be started: No such file or directory");
}

static void a_child_is_reaped_with_its_status_or_waited_for_in_vain(void **state)
{
	int status = 0;
	pid_t pid = fork();

	(void)state;
	assert_true(pid >= 0);
	if (!pid)
		_exit(7);
	assert_true(eg_reap(pid, eg_deadline_in(10000), &status));
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 7);
	/* Nobody's any more. */
	assert_false(eg_reap(pid, eg_deadline_in(10000), &status));
	pid = fork();
	if (!pid) {
		(void)pause();
		_exit(0);
	}
	assert_false(eg_reap(pid, eg_deadline_in(20), &status));
	assert_true(eg_kill_and_reap(pid, &status));
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
	/* Never everybody, never init. */
	assert_false(eg_kill_and_reap(-1, &status));
	assert_false(eg_kill_and_reap(0, &status));
	assert_false(eg_kill_and_reap(1, &status));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_child_can_hold_its_caller),
		cmocka_unit_test(a_missing_program_is_named),
		cmocka_unit_test(a_child_is_reaped_with_its_status_or_waited_for_in_vain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
