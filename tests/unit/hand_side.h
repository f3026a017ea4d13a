/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * hand_side - one of two nodes that meet by hand, as a test has it.
 */
#ifndef EG_TESTS_HAND_SIDE_H
#define EG_TESTS_HAND_SIDE_H

#include "tests/unit/cmocka_all.h"

#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "common/base/deadline.h"
#include "common/burst/hand.h"
#include "common/burst/session.h"
#include "tests/unit/test_seal.h"

#define MEET_MS 1000
#define READY_MS 300

static uint32_t own_uid = 2001;

/* One side: its own names, as it is another process in truth. */
struct side {
	struct eg_auth auth;
	struct eg_hand hand;
	struct eg_session session;
	char names[EG_HAND_NODES][EG_NODE_NAME_MAX];
	const char *nodes[EG_HAND_NODES];
	int talk[2]; /* what the leader says */
};

static inline void say(void *context, const char *line)
{
	const struct side *side = context;

	(void)!write(side->talk[1], line, strlen(line));
	(void)!write(side->talk[1], "\n", 1);
}

static inline void new_side(struct side *side, uint32_t index, const char *name, uint32_t *uid)
{
	static uint16_t port;

	if (!port)
		port = (uint16_t)(30000 + getpid() % 2000 * 8);
	if (index == 0)
		port++;
	memset(side, 0, sizeof(*side));
	side->auth = test_seal_auth(uid);
	for (size_t i = 0; i < EG_HAND_NODES; i++)
		side->nodes[i] = side->names[i];
	strcpy(side->names[index], name);
	side->hand = (struct eg_hand){ .names = side->names,
				       .host = "127.0.0.1",
				       .ready_ms = READY_MS,
				       .talk_ms = MEET_MS,
				       .say = say,
				       .context = side };
	side->session = (struct eg_session){ .uid = *uid,
					     .nodes = side->nodes,
					     .count = EG_HAND_NODES,
					     .port_first = port,
					     .port_count = 1,
					     .meet_ms = MEET_MS,
					     .meet_deadline_ms = eg_deadline_in(MEET_MS),
					     .deadline_ms = eg_deadline_in(2 * MEET_MS),
					     .tested = "burst",
					     .auth = &side->auth,
					     .hand = &side->hand };
	assert_int_equal(pipe(side->talk), 0);
}

static inline void end_side(struct side *side)
{
	(void)close(side->talk[0]);
	(void)close(side->talk[1]);
}

#endif
