/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * spawn - run a program as a child that cannot hold us.
 *
 * The child gets its own process group, the environment it is given and
 * nothing else, and is killed at the deadline. A child that SIGKILL does not
 * end (state D in a driver) is given up and said to be abandoned.
 * For efagate's own processes; inside slurmstepd children are started
 * differently (spank/helper.h).
 */
#ifndef EG_BASE_SPAWN_H
#define EG_BASE_SPAWN_H

#include <stddef.h>
#include <stdint.h>

struct eg_err;

enum eg_child_end {
	EG_CHILD_EXITED, /* status is the exit code */
	EG_CHILD_SIGNALED, /* status is the signal */
	EG_CHILD_KILLED, /* still running at the deadline, ended by us */
	EG_CHILD_ABANDONED, /* SIGKILL did not end it */
};

struct eg_spawn {
	const char *const *argv; /* argv[0] is an absolute path */
	const char *const *env; /* NULL-terminated "NAME=value"; NULL means an empty environment */
	int64_t deadline_ms; /* point on the monotonic clock */
};

struct eg_child_result {
	enum eg_child_end end;
	int status;
	size_t length; /* bytes of output kept, without the final 0 */
	int cut; /* the child wrote more than fitted, the rest was read and dropped */
};

/*
 * Run @spawn with stdin from /dev/null and stdout and stderr gathered into
 * @output (@size bytes, always 0-terminated; NULL with size 0 drops them).
 * Blocks at most until the deadline plus 200 ms.
 * Returns 0 with @ret filled, or -errno when the program could not be started.
 */
int eg_spawn_run(const struct eg_spawn *spawn, char *output, size_t size,
		 struct eg_child_result *ret, struct eg_err *err);

#endif
