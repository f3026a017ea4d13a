/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/cmocka_all.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/base/deadline.h"
#include "spank/helper.h"

#define TIMEOUT_MS 300
#define MARGIN_MS 400 /* a busy machine */
#define RESULT_FD 3
#define FAKE_MAX_S 20 /* whatever happens, no fake outlives the test for long */

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

static char self[PATH_MAX];

/* The fakes: this program, run as the helper, with one word for what it does. */

static void put(const void *data, size_t size)
{
	if (write(RESULT_FD, data, size) != (ssize_t)size)
		_exit(99);
}

static struct eg_step_verdict good_record(const char *line)
{
	struct eg_step_verdict verdict;

	eg_step_verdict_init(&verdict, line);
	verdict.go = 1;
	return verdict;
}

static void put_record(const char *line)
{
	struct eg_step_verdict verdict = good_record(line);

	put(&verdict, sizeof(verdict));
}

/* A good record and @length bytes of a text that is said to have @size. */
static void put_with_text(const char *text, size_t length, uint32_t size)
{
	struct eg_step_verdict verdict = good_record("all is well");

	verdict.text_size = size;
	put(&verdict, sizeof(verdict));
	put(text, length);
}

static void hang(void)
{
	(void)signal(SIGTERM, SIG_IGN);
	(void)sleep(FAKE_MAX_S);
}

static void fake_bad_magic(void)
{
	struct eg_step_verdict verdict = good_record("bad");

	verdict.magic++;
	put(&verdict, sizeof(verdict));
}

static void fake_half(void)
{
	struct eg_step_verdict verdict = good_record("half");

	put(&verdict, sizeof(verdict) / 2);
}

static void fake_flood(void)
{
	(void)alarm(FAKE_MAX_S);
	for (;;)
		put_record("flood");
}

static void fake_crash(void)
{
	const struct rlimit no_core = { 0, 0 };

	/* Not by a bad address: the sanitizers would answer that themselves. */
	(void)setrlimit(RLIMIT_CORE, &no_core);
	(void)signal(SIGSEGV, SIG_DFL);
	(void)raise(SIGSEGV);
}

/* A child that holds the pipe, in the helper's group. */
static void fake_orphan(void)
{
	if (fork() == 0)
		hang();
}

/* What the helper was started with, as its line. */
static void fake_inspect(void)
{
	char line[EG_STEP_LINE_MAX] = "";
	struct sigaction pipe_action;
	sigset_t mask;
	struct stat null, file;
	int fds = 0, nulls = 0, blocked = 0;

	(void)stat("/dev/null", &null);
	for (int fd = 0; fd < 1000; fd++) {
		fds += fcntl(fd, F_GETFD) >= 0;
		nulls += fd < RESULT_FD && !fstat(fd, &file) && file.st_rdev == null.st_rdev;
	}
	(void)sigprocmask(SIG_SETMASK, NULL, &mask);
	for (int number = 1; number < NSIG; number++)
		blocked += sigismember(&mask, number) == 1;
	(void)sigaction(SIGPIPE, NULL, &pipe_action);
	(void)snprintf(line, sizeof(line), "fds %d null %d blocked %d sigpipe %s group %s env", fds,
		       nulls, blocked, pipe_action.sa_handler == SIG_DFL ? "default" : "other",
		       getpgrp() == getpid() ? "own" : "foreign");
	for (char **variable = environ; *variable; variable++) {
		(void)strncat(line, " ", sizeof(line) - strlen(line) - 1);
		(void)strncat(line, *variable, sizeof(line) - strlen(line) - 1);
	}
	put_record(line);
}

/* All that can be read from descriptor 0, as its line. */
static void fake_echo(void)
{
	char line[EG_STEP_LINE_MAX] = "";
	ssize_t length = read(STDIN_FILENO, line, sizeof(line) - 1);

	if (length < 0 || read(STDIN_FILENO, line + length, 1) != 0)
		_exit(98);
	put_record(line);
}

static int act(const char *word)
{
	if (!strcmp(word, "good") || !strcmp(word, "good, exit 3") ||
	    !strcmp(word, "good, then hang") || !strcmp(word, "good, then crash"))
		put_record("all is well");
	if (!strcmp(word, "one byte more, then hang"))
		put_record("more"), put("", 1);
	if (!strncmp(word, "text", 4))
		put_with_text("one\ntwo\n", 8, 8);
	if (!strncmp(word, "torn text", 9))
		put_with_text("one\ntw", 6, 8);
	if (!strncmp(word, "dirty text", 10))
		put_with_text("one\033two\n", 8, 8);
	if (!strcmp(word, "endless text"))
		put_with_text("", 0, UINT32_MAX), fake_flood();
	(void)alarm(FAKE_MAX_S);
	if (!strcmp(word, "spin, hang"))
		for (;;)
			(void)getppid();
	if (!strcmp(word, "bad magic"))
		fake_bad_magic();
	if (!strncmp(word, "half", 4))
		fake_half();
	if (!strcmp(word, "flood"))
		fake_flood();
	if (!strcmp(word, "orphan"))
		fake_orphan();
	if (!strcmp(word, "echo"))
		fake_echo();
	if (!strcmp(word, "inspect"))
		fake_inspect();
	if (!strcmp(word, "close, then hang"))
		(void)close(RESULT_FD);
	if (strstr(word, "hang"))
		hang();
	if (strstr(word, "crash"))
		fake_crash();
	return strstr(word, "exit 3") ? 3 : 0;
}

/* Each row is one way a helper can behave, and how the plugin must see it. */
static const struct {
	const char *word;
	enum eg_helper_end end;
	bool valid;
	const char *text;
	const char *table;
} helpers[] = {
	{ "text", EG_HELPER_EXITED, true, "", "one\ntwo\n" },
	{ "text, then hang", EG_HELPER_KILLED, true, "did not exit and was killed", "one\ntwo\n" },
	{ "torn text", EG_HELPER_EXITED, true, "", NULL },
	{ "torn text, then hang", EG_HELPER_KILLED, true, "was killed at its deadline of 0.3 s",
	  NULL },
	{ "dirty text", EG_HELPER_EXITED, true, "", NULL },
	{ "endless text", EG_HELPER_KILLED, false, "sent no valid record", NULL },
	{ "spin, hang", EG_HELPER_KILLED, false, "was killed at its deadline of 0.3 s", NULL },
	{ "good", EG_HELPER_EXITED, true, "", NULL },
	{ "good, exit 3", EG_HELPER_EXITED, true, "", NULL },
	{ "good, then hang", EG_HELPER_KILLED, true, "did not exit and was killed", NULL },
	{ "good, then crash", EG_HELPER_SIGNALED, true, "ended by signal 11", NULL },
	{ "exit 0", EG_HELPER_EXITED, false, "ended with exit code 0 and sent no record", NULL },
	{ "exit 3", EG_HELPER_EXITED, false, "ended with exit code 3 and sent no record", NULL },
	{ "crash", EG_HELPER_SIGNALED, false, "ended by signal 11", NULL },
	{ "hang", EG_HELPER_KILLED, false, "was killed at its deadline of 0.3 s", NULL },
	{ "close, then hang", EG_HELPER_KILLED, false, "sent no valid record", NULL },
	{ "half", EG_HELPER_EXITED, false, "sent no valid record", NULL },
	{ "half, then hang", EG_HELPER_KILLED, false, "was killed at its deadline of 0.3 s", NULL },
	{ "half, then crash", EG_HELPER_SIGNALED, false, "ended by signal 11", NULL },
	{ "one byte more, then hang", EG_HELPER_KILLED, false, "sent no valid record", NULL },
	{ "flood", EG_HELPER_KILLED, false, "sent no valid record", NULL },
	{ "bad magic", EG_HELPER_EXITED, false, "sent no valid record", NULL },
	{ "orphan", EG_HELPER_EXITED, false, "was killed at its deadline of 0.3 s", NULL },
};

static void run(const char *path, const char *word, struct eg_helper_result *ret)
{
	const char *argv[] = { path, "--fake", word, NULL };
	const struct eg_helper helper = {
		.argv = argv,
		.uid = getuid(),
		.gid = getgid(),
		.timeout_ms = TIMEOUT_MS,
	};

	eg_helper_run(&helper, ret);
}

static void no_helper_can_hold_or_fool_the_plugin(void **state)
{
	(void)state;
	for (size_t i = 0; i < EG_COUNT(helpers); i++) {
		struct eg_helper_result result;
		int64_t start_ms = eg_now_ms();

		print_message("# %s\n", helpers[i].word);
		run(self, helpers[i].word, &result);
		assert_string_equal(result.text, helpers[i].text);
		assert_int_equal(result.end, helpers[i].end);
		assert_int_equal(result.valid, helpers[i].valid);
		assert_int_equal(result.table != NULL, helpers[i].table != NULL);
		if (result.table)
			assert_string_equal(result.table, helpers[i].table);
		eg_helper_result_done(&result);
		assert_true(eg_now_ms() - start_ms <=
			    TIMEOUT_MS + EG_HELPER_SLACK_MS + EG_HELPER_REAP_MS + MARGIN_MS);
		/* Nothing is left to be reaped, and no descriptor open. */
		assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	}
}

static void what_is_handed_in_is_all_there_is_to_read(void **state)
{
	const char *argv[] = { self, "--fake", "echo", NULL };
	struct eg_helper helper = {
		.argv = argv, .uid = getuid(), .gid = getgid(), .timeout_ms = TIMEOUT_MS
	};
	struct eg_helper_result result;
	int before = dup(0), after;

	(void)state;
	(void)close(before);
	eg_helper_run(&helper, &result);
	assert_string_equal(result.verdict.line, "");
	helper.input = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
	eg_helper_run(&helper, &result);
	assert_true(result.valid);
	assert_string_equal(result.verdict.line, helper.input);
	/* Who does not read it is not waited for. */
	argv[2] = "good";
	eg_helper_run(&helper, &result);
	assert_true(result.valid);
	after = dup(0);
	(void)close(after);
	assert_int_equal(after, before);
}

static void descriptors_do_not_leak(void **state)
{
	struct eg_helper_result result;
	int before = dup(0), after;

	(void)state;
	(void)close(before);
	for (int i = 0; i < 5; i++) {
		run(self, "good", &result);
		run("/nowhere/efagate", "good", &result);
	}
	after = dup(0);
	(void)close(after);
	assert_int_equal(after, before);
}

static void a_helper_that_cannot_run_is_named(void **state)
{
	char file[] = "/tmp/efagate-test-XXXXXX";
	char text[EG_HELPER_TEXT_MAX];
	struct eg_helper_result result;
	int fd = mkstemp(file);

	(void)state;
	assert_true(fd >= 0);
	(void)close(fd);
	(void)chmod(file, 0644);
	run("/nowhere/efagate", "good", &result);
	assert_string_equal(result.text,
			    "cannot be started: '/nowhere/efagate': No such file or directory");
	assert_int_equal(result.end, EG_HELPER_NOT_STARTED);
	run(file, "good", &result);
	(void)snprintf(text, sizeof(text), "cannot be started: '%s': Permission denied", file);
	assert_string_equal(result.text, text);
	run("/tmp", "good", &result);
	assert_string_equal(result.text, "cannot be started: '/tmp': Permission denied");
	(void)chmod(file, 0755);
	run(file, "good", &result);
	(void)snprintf(text, sizeof(text), "cannot be started: '%s': Exec format error", file);
	assert_string_equal(result.text, text);
	(void)unlink(file);
	assert_false(result.valid);
}

static const char clean_start[] = "fds 4 null 3 blocked 0 sigpipe default group own env "
				  "PATH=/usr/bin:/bin LANG=C";

/* As slurmstepd is: descriptors open, signals blocked or ignored, an environment. */
static void make_a_mess(void)
{
	sigset_t some;

	for (int i = 0; i < 20; i++)
		(void)fcntl(2, F_DUPFD, 40 * i);
	(void)sigemptyset(&some);
	(void)sigaddset(&some, SIGTERM);
	(void)sigaddset(&some, SIGALRM);
	(void)sigprocmask(SIG_BLOCK, &some, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)setenv("FI_PROVIDER", "tcp", 1);
}

/* A kernel before 5.9: close_range is not there. */
static void refuse_close_range(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_close_range, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { .len = EG_COUNT(code), .filter = code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) < 0)
		_exit(98);
	if (syscall(SYS_close_range, 1000, 1000, 0) == 0 || errno != ENOSYS)
		_exit(97);
}

/* In a child of its own, because it spoils its process; 0 when the start was clean. */
static int inspect_from_a_mess(bool old_kernel)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		struct eg_helper_result result;

		make_a_mess();
		if (old_kernel)
			refuse_close_range();
		run(self, "inspect", &result);
		if (!result.valid || strcmp(result.verdict.line, clean_start) != 0)
			fprintf(stderr, "# seen: '%s' '%s'\n", result.text, result.verdict.line);
		_exit(!result.valid || strcmp(result.verdict.line, clean_start) != 0);
	}
	(void)waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void the_helper_starts_clean(void **state)
{
	(void)state;
	assert_int_equal(inspect_from_a_mess(false), 0);
}

static void the_helper_starts_clean_on_old_kernels(void **state)
{
	(void)state;
	assert_int_equal(inspect_from_a_mess(true), 0);
}

/* An identity that cannot be taken on is a reason not to run at all. */
static void no_helper_runs_under_a_wrong_identity(void **state)
{
	const char *argv[] = { self, "--fake", "good", NULL };
	struct eg_helper helper = { .argv = argv, .timeout_ms = TIMEOUT_MS };
	int status = -1;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		struct eg_helper_result result;

		/* Nobody may become another one. */
		if (getuid() == 0 &&
		    (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534)))
			_exit(9);
		helper.gid = getgid();
		helper.uid = getuid() + 1;
		eg_helper_run(&helper, &result);
		if (result.valid || !strstr(result.text, ": user id: Operation not permitted"))
			_exit(1);
		helper.gid = getgid() + 1;
		helper.uid = getuid();
		eg_helper_run(&helper, &result);
		_exit(result.valid || !strstr(result.text, ": group id: Operation not permitted"));
	}
	(void)waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_helper_can_hold_or_fool_the_plugin),
		cmocka_unit_test(what_is_handed_in_is_all_there_is_to_read),
		cmocka_unit_test(descriptors_do_not_leak),
		cmocka_unit_test(a_helper_that_cannot_run_is_named),
		cmocka_unit_test(the_helper_starts_clean),
		cmocka_unit_test(the_helper_starts_clean_on_old_kernels),
		cmocka_unit_test(no_helper_runs_under_a_wrong_identity),
	};
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (argc == 3 && !strcmp(argv[1], "--fake"))
		return act(argv[2]);
	return length > 0 ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
