/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/terminal.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/base/deadline.h"

#define BAR 24
#define WIDTH_DEFAULT 80
#define STEP_MS 50 /* more often nobody sees */

/* Is a bar on the terminal, and since when is it as it is? */
static bool shown;
static int64_t shown_ms;

static bool is_terminal(int fd)
{
	const char *term = getenv("TERM");

	return isatty(fd) && !(term && !strcmp(term, "dumb"));
}

static bool is_coloured(void)
{
	const char *no_color = getenv("NO_COLOR");

	return !(no_color && no_color[0]) && is_terminal(STDOUT_FILENO);
}

void eg_terminal_outcome(FILE *out, enum eg_outcome outcome)
{
	static const char *const colours[] = {
		[EG_PASS] = "32", [EG_WARN] = "33", [EG_UNKNOWN] = "35", [EG_FAIL] = "1;31"
	};

	if (is_coloured())
		fprintf(out, "\033[%sm%s\033[0m", colours[outcome], eg_outcome_name(outcome));
	else
		fputs(eg_outcome_name(outcome), out);
}

static size_t width_of_terminal(void)
{
	struct winsize size = { 0 };

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || !size.ws_col)
		return WIDTH_DEFAULT;
	return size.ws_col;
}

void eg_progress_show(const char *what, size_t done, size_t total)
{
	static const char full[] = "########################", rest[] = "........................";
	char line[256];
	int filled;

	if (!total || !is_terminal(STDERR_FILENO))
		return;
	/* Many small steps; the first and the last are always shown. */
	if (shown && done && done < total && eg_now_ms() - shown_ms < STEP_MS)
		return;
	filled = (int)(BAR * (done < total ? done : total) / total);
	(void)snprintf(line, sizeof(line), "[%.*s%.*s] %3zu %%  %s", filled, full, BAR - filled,
		       rest, 100 * done / total, what);
	/* One that wraps could not be taken away again. */
	fprintf(stderr, "\r%.*s\033[K", (int)width_of_terminal() - 1, line);
	(void)fflush(stderr);
	shown = true;
	shown_ms = eg_now_ms();
}

void eg_progress_end(void)
{
	if (!shown)
		return;
	shown = false;
	fprintf(stderr, "\r\033[K");
	(void)fflush(stderr);
}
