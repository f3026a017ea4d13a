/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * leader - the first node's part of a session: takes members in, hears how
 * they are, gives all of them one verdict.
 *
 * One thread, one epoll loop, in which work follows what comes and not the
 * number of members; nobody who is slow, silent or hostile holds the
 * others: a stranger has a second to prove himself, no more is read of him
 * than one HELLO, and when all places of strangers are taken the oldest goes.
 */
#ifndef EG_BURST_LEADER_H
#define EG_BURST_LEADER_H

struct eg_err;
struct eg_session;

/*
 * Lead @session to its end. @own_fd is a stream socket to the member part on
 * this node (index 0), which needs no proof; it is closed. The verdict goes to
 * everybody else before it goes there, so that nothing is lost when the other
 * end of @own_fd ends this process's group at once. Also when the session
 * cannot be led (no port, no memory), @own_fd gets a verdict that says so.
 * Blocks until meet_deadline_ms and 200 ms more at most, if munge does not
 * block. Returns 0 when a verdict of the seats went out, or -errno.
 */
int eg_leader_run(const struct eg_session *session, int own_fd);

/* There is no session to be led: tell it to the own node with the text of @err; closes @own_fd. */
void eg_leader_refuse(const struct eg_session *session, int own_fd, const struct eg_err *err);

#endif
