/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/log.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/base/deadline.h"
#include "common/base/fd.h"

#define LINE_MAX_BYTES 1024
#define WAIT_MS 100 /* a syslogd that is alive takes a line in microseconds */

/* What came from a configuration or a file must not make a second line. */
static void make_one_line(char *text)
{
	for (; *text; text++) {
		if (iscntrl((unsigned char)*text))
			*text = ' ';
	}
}

static void send_to_syslog(int priority, const char *text)
{
	EG_CLEANUP(eg_close_fd)
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "/dev/log" };
	char line[LINE_MAX_BYTES + 64], stamp[32] = "";
	time_t now = time(NULL);
	struct tm parts;
	int length;

	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return;
	if (localtime_r(&now, &parts))
		(void)strftime(stamp, sizeof(stamp), "%h %e %T ", &parts);
	length = snprintf(line, sizeof(line), "<%d>%sefagate[%d]: %s", LOG_DAEMON | priority, stamp,
			  (int)getpid(), text);
	(void)eg_fd_write_until(fd, line, (size_t)length, eg_deadline_in(WAIT_MS));
}

void eg_log(int priority, const char *fmt, ...)
{
	char text[LINE_MAX_BYTES], line[LINE_MAX_BYTES + 16];
	va_list args;
	int length;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	make_one_line(text);
	length = snprintf(line, sizeof(line), "efagate: %s\n", text);
	/* One write, so that lines of several processes do not mix. */
	if (write(STDERR_FILENO, line, (size_t)length) < 0)
		errno = 0;
	send_to_syslog(priority, text);
}
