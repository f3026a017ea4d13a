/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/step/last_word.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/time.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/base/deadline.h"
#include "common/base/fd.h"
#include "common/base/step_verdict.h"

#define TEXT_MS 1000 /* for the plugin to read what fits no pipe; it does so at once */

/* A signal handler reaches nothing else. */
static struct {
	struct eg_step_verdict verdict;
	int fd;
} word = { .fd = -1 };

/* A record is smaller than PIPE_BUF: one write, whole. */
static void on_alarm(int signal_number)
{
	(void)signal_number;
	_exit(write(word.fd, &word.verdict, sizeof(word.verdict)) < 0);
}

static void set_timer(int64_t span_ms)
{
	struct itimerval timer = { .it_value = { .tv_sec = span_ms / 1000,
						 .tv_usec = span_ms % 1000 * 1000 } };

	(void)setitimer(ITIMER_REAL, &timer, NULL);
}

static void start_timer(int64_t deadline_ms)
{
	int64_t left = eg_deadline_left(deadline_ms);

	/* 0 would switch it off. */
	set_timer(left ? left : 1);
}

static void handle_alarm(void (*handler)(int))
{
	struct sigaction action = { .sa_handler = handler };
	sigset_t set;

	(void)sigemptyset(&action.sa_mask);
	(void)sigaction(SIGALRM, &action, NULL);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGALRM);
	(void)sigprocmask(SIG_UNBLOCK, &set, NULL);
}

void eg_last_word_arm(int fd, const struct eg_step_verdict *verdict, int64_t deadline_ms)
{
	word.fd = fd;
	word.verdict = *verdict;
	handle_alarm(on_alarm);
	start_timer(deadline_ms);
}

void eg_last_word_set_huge_page(int huge_page)
{
	word.verdict.huge_page = huge_page != 0;
}

int eg_last_word_say(const struct eg_step_verdict *verdict, const char *text)
{
	set_timer(0);
	if (write(word.fd, verdict, sizeof(*verdict)) != (ssize_t)sizeof(*verdict))
		return -errno;
	if (!verdict->text_size)
		return 0;
	return eg_fd_write_until(word.fd, text, verdict->text_size, eg_deadline_in(TEXT_MS));
}

void eg_last_word_child(int64_t deadline_ms)
{
	handle_alarm(SIG_DFL);
	eg_close_fd(&word.fd);
	start_timer(deadline_ms);
}
