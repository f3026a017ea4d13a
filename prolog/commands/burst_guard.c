/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/commands/burst_guard.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "common/base/deadline.h"
#include "prolog/commands/commands.h"

/* A signal handler reaches nothing else. */
static struct {
	const char *text;
	size_t length;
} last;

static void on_alarm(int signal_number)
{
	size_t done = 0;

	(void)signal_number;
	while (done < last.length) {
		ssize_t wrote = write(STDOUT_FILENO, last.text + done, last.length - done);

		if (wrote <= 0)
			break;
		done += (size_t)wrote;
	}
	_exit(EG_EXIT_UNKNOWN);
}

static void set_timer(int64_t span_ms)
{
	struct itimerval timer = { .it_value = { .tv_sec = span_ms / 1000,
						 .tv_usec = span_ms % 1000 * 1000 } };

	(void)setitimer(ITIMER_REAL, &timer, NULL);
}

void eg_burst_guard_arm(const char *text, int64_t deadline_ms)
{
	struct sigaction action = { .sa_handler = on_alarm };
	int64_t left_ms = eg_deadline_left(deadline_ms);
	sigset_t set;

	last.text = text;
	last.length = strlen(text);
	(void)sigemptyset(&action.sa_mask);
	(void)sigaction(SIGALRM, &action, NULL);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGALRM);
	(void)sigprocmask(SIG_UNBLOCK, &set, NULL);
	/* 0 would switch it off. */
	set_timer(left_ms ? left_ms : 1);
}

void eg_burst_guard_disarm(void)
{
	set_timer(0);
}
