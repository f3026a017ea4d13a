/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * err - why something could not be done: an errno value and one line of text.
 *
 * Functions return 0 or a count on success and -errno on failure; the text
 * goes into a caller's struct, so that a failure allocates nothing. What was
 * measured and found bad is no error: that is a finding (common/verdict).
 */
#ifndef EG_BASE_ERR_H
#define EG_BASE_ERR_H

#define EG_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

#define EG_ERR_TEXT_MAX 256 /* a path, a name and a sentence fit in one line of a log */

struct eg_err {
	int code; /* errno value, 0 when nothing failed */
	char text[EG_ERR_TEXT_MAX]; /* ends in "..." when it was cut */
};

/* Record @code (a positive errno) and the text, return -@code. errno is kept; @err may be NULL. */
int eg_err_set(struct eg_err *err, int code, const char *fmt, ...) EG_PRINTF(3, 4);

/* The same, with ": " and the system's text of @code behind the message. */
int eg_err_errno(struct eg_err *err, int code, const char *fmt, ...) EG_PRINTF(3, 4);

/*
 * Put "CONTEXT: " in front of a recorded failure and return -err->code.
 * With @err NULL the cause is unknown here and the result is -EIO.
 */
int eg_err_prefix(struct eg_err *err, const char *fmt, ...) EG_PRINTF(2, 3);

#endif
