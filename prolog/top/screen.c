/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/top/screen.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "common/base/deadline.h"

#define ENTER "\033[?1049h\033[?25l\033[2J"
#define LEAVE "\033[?25h\033[?1049l"

static volatile sig_atomic_t ending, resized;
static struct termios before;
static bool taken;
/* Signals are let in only while waiting, so none is lost between a look and a wait. */
static sigset_t while_waiting;

static void on_signal(int number)
{
	if (number == SIGWINCH)
		resized = 1;
	else
		ending = 1;
}

void eg_top_catch_signals(void)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH };
	struct sigaction action = { .sa_handler = on_signal };
	sigset_t block;

	(void)sigemptyset(&block);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		(void)sigaction(numbers[i], &action, NULL);
		(void)sigaddset(&block, numbers[i]);
	}
	(void)sigprocmask(SIG_BLOCK, &block, &while_waiting);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		(void)sigdelset(&while_waiting, numbers[i]);
}

static void say(const char *text)
{
	fflush(stdout);
	if (write(STDOUT_FILENO, text, strlen(text)) < 0)
		ending = 1;
}

int eg_top_screen_open(void)
{
	struct termios raw;

	if (tcgetattr(STDIN_FILENO, &before) < 0)
		return -errno;
	raw = before;
	raw.c_lflag &= (tcflag_t) ~(ICANON | ECHO);
	raw.c_cc[VMIN] = 0;
	raw.c_cc[VTIME] = 0;
	/* Stopped, it would leave the second screen behind. */
	raw.c_cc[VSUSP] = _POSIX_VDISABLE;
	if (tcsetattr(STDIN_FILENO, TCSANOW, &raw) < 0)
		return -errno;
	taken = true;
	say(ENTER);
	return 0;
}

void eg_top_screen_close(void)
{
	if (!taken)
		return;
	taken = false;
	say(LEAVE);
	(void)tcsetattr(STDIN_FILENO, TCSANOW, &before);
}

void eg_top_screen_size(size_t *ret_width, size_t *ret_height)
{
	struct winsize size = { 0 };

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || !size.ws_col || !size.ws_row)
		size = (struct winsize){ .ws_col = 80, .ws_row = 24 };
	*ret_width = size.ws_col;
	*ret_height = size.ws_row;
}

static enum eg_top_key read_key(void)
{
	char keys[16];
	ssize_t length = read(STDIN_FILENO, keys, sizeof(keys));

	if (length <= 0)
		return EG_TOP_QUIT;
	if (length >= 3 && !memcmp(keys, "\033[A", 3))
		return EG_TOP_UP;
	if (length >= 3 && !memcmp(keys, "\033[B", 3))
		return EG_TOP_DOWN;
	switch (keys[0]) {
	case 'q':
	case 'Q':
	case 4: /* Ctrl-D */
		return EG_TOP_QUIT;
	case 'k':
		return EG_TOP_UP;
	case 'j':
		return EG_TOP_DOWN;
	default:
		return EG_TOP_RESIZED; /* draw anew */
	}
}

/* poll(2) until @deadline_ms, open to signals; false when one came. */
static bool wait_open(struct pollfd *fds, nfds_t count, int64_t deadline_ms)
{
	int left = eg_deadline_left(deadline_ms);
	struct timespec span = { .tv_sec = left / 1000, .tv_nsec = left % 1000 * 1000000L };

	return ppoll(fds, count, &span, &while_waiting) >= 0;
}

enum eg_top_key eg_top_screen_wait(int64_t deadline_ms)
{
	struct pollfd keyboard = { .fd = STDIN_FILENO, .events = POLLIN };

	if (!wait_open(&keyboard, 1, deadline_ms))
		keyboard.revents = 0;
	if (ending)
		return EG_TOP_QUIT;
	if (resized) {
		resized = 0;
		say("\033[2J");
		return EG_TOP_RESIZED;
	}
	return keyboard.revents ? read_key() : EG_TOP_TIME;
}

bool eg_top_wait(int64_t deadline_ms)
{
	while (!ending && eg_deadline_left(deadline_ms) > 0)
		(void)wait_open(NULL, 0, deadline_ms);
	return ending;
}
