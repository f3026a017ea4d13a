/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * check_promise - the numbers of Kubernetes that `efagate check` is told to
 * compare with: what the device plugin and the kubelet offer on this node, or
 * what a pod was given.
 */
#ifndef EG_COMMANDS_CHECK_PROMISE_H
#define EG_COMMANDS_CHECK_PROMISE_H

struct eg_err;
struct eg_promise_facts;

/*
 * "vpc.amazonaws.com/efa=4,hugepages-2Mi=5120Mi", either or both, sizes as
 * Kubernetes writes them. 0, or -EINVAL with the word and why. Pure.
 */
int eg_check_promise_parse(const char *text, struct eg_promise_facts *ret, struct eg_err *err);

#endif
