/* SPDX-License-Identifier: BSD-3-Clause */
#include "mail.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "../shared/fabric_lock.h"
#include "../shared/fault.h"
#include "futex.h"
#include "message.h"
#include "open_device.h"
#include "session.h"

#define NS_IN_SECOND 1000000000ull

/* A servant answers at once, unless its process is stopped or its machine very busy. */
#define PATIENCE_NS (2 * NS_IN_SECOND)
#define LOOK_NS 20000000ull

/* Have nothing in @mail, which a sender that gave up may have left something in. */
static bool settle(struct se_mail *mail)
{
	uint64_t end_ns = se_now_ns() + PATIENCE_NS;

	for (;;) {
		uint32_t state = atomic_load(&mail->state);

		if (state == SE_MAIL_IDLE)
			return true;
		if (state != SE_MAIL_TAKEN)
			(void)atomic_compare_exchange_strong(&mail->state, &state, SE_MAIL_IDLE);
		else if (se_now_ns() < end_ns)
			se_futex_wait(&mail->state, state, LOOK_NS);
		else
			return false;
	}
}

/* Locked, and with nothing in it; NULL when that cannot be had in time. */
static struct se_mail *take_mail(uint32_t process)
{
	struct se_mail *mail = se_fabric_mail(&se_map, process);
	struct timespec until;
	int rc;

	if (!mail || !mail->has_lock)
		return NULL;
	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += (time_t)(PATIENCE_NS / NS_IN_SECOND);
	rc = pthread_mutex_clocklock(&mail->lock, CLOCK_MONOTONIC, &until);
	if (rc == EOWNERDEAD)
		(void)pthread_mutex_consistent(&mail->lock);
	else if (rc != 0)
		return NULL;
	if (settle(mail))
		return mail;
	se_unlock(&mail->lock);
	return NULL;
}

/* Ask, and wait for the answer. Returns its status. */
static int ask(struct se_mail *mail, uint32_t process)
{
	uint64_t end_ns = se_now_ns() + PATIENCE_NS;
	uint32_t state = SE_MAIL_ASKED;

	atomic_store(&mail->state, SE_MAIL_ASKED);
	se_futex_wake(&mail->state);
	while ((state = atomic_load(&mail->state)) != SE_MAIL_ANSWERED) {
		if (!se_process_lives(process))
			break;
		if (se_now_ns() >= end_ns)
			break;
		se_futex_wait(&mail->state, state, LOOK_NS);
	}
	if (state == SE_MAIL_ANSWERED)
		return mail->status;
	/* taken back, unless the servant has it in hand and will answer nobody */
	state = SE_MAIL_ASKED;
	(void)atomic_compare_exchange_strong(&mail->state, &state, SE_MAIL_IDLE);
	return se_process_lives(process) ? SE_STATUS_REMOTE_UNRESPONSIVE : SE_STATUS_REMOTE_BAD_QPN;
}

static void fill(struct se_mail *mail, const struct se_op *op, enum se_mail_kind kind)
{
	mail->kind = kind;
	mail->from = op->qp->owner->device;
	mail->source_qpn = op->qp->number;
	mail->source_type = op->qp->shared->type;
	mail->entry = op->entry;
	mail->bytes = 0;
}

int se_mail_message(const struct se_op *op, const struct se_route *route)
{
	struct se_mail *mail = take_mail(route->owner.process);
	int status;

	if (!mail)
		return SE_STATUS_REMOTE_UNRESPONSIVE;
	fill(mail, op, SE_MAIL_MESSAGE);
	status = se_message_copy(op, mail->payload, &mail->bytes);
	if (status == SE_STATUS_OK)
		status = ask(mail, route->owner.process);
	se_unlock(&mail->lock);
	return status;
}

int se_mail_notice(const struct se_op *op, const struct se_route *route)
{
	struct se_mail *mail = take_mail(route->owner.process);
	int status;

	if (!mail)
		return SE_STATUS_REMOTE_UNRESPONSIVE;
	fill(mail, op, SE_MAIL_NOTICE);
	status = ask(mail, route->owner.process);
	se_unlock(&mail->lock);
	return status;
}

/* One payload's worth between @part of the peer and @local of this process. */
static int move_part(const struct se_op *op, const struct se_route *route, enum se_mail_kind kind,
		     const struct se_memory_ref *part, void *local)
{
	struct se_mail *mail = take_mail(route->owner.process);
	int status;

	if (!mail)
		return SE_STATUS_REMOTE_UNRESPONSIVE;
	fill(mail, op, kind);
	mail->remote = *part;
	if (kind == SE_MAIL_STORE) {
		memcpy(mail->payload, local, part->length);
		mail->bytes = part->length;
	}
	status = ask(mail, route->owner.process);
	if (status == SE_STATUS_OK && kind == SE_MAIL_FETCH)
		memcpy(local, mail->payload, part->length);
	se_unlock(&mail->lock);
	return status;
}

static int move_all(const struct se_op *op, const struct se_route *route, enum se_mail_kind kind,
		    const struct se_memory_ref *remote, const struct se_piece *local)
{
	uint64_t start = se_join_addr(remote->addr_low, remote->addr_high);
	int status = SE_STATUS_OK;

	for (uint64_t at = 0; at < local->length && status == SE_STATUS_OK;
	     at += SE_MAIL_PAYLOAD_BYTES) {
		uint64_t left = local->length - at;
		struct se_memory_ref part = {
			.length = left < SE_MAIL_PAYLOAD_BYTES ? (uint32_t)left
							       : SE_MAIL_PAYLOAD_BYTES,
			.key = remote->key,
			.addr_low = (uint32_t)(start + at),
			.addr_high = (uint32_t)((start + at) >> 32),
		};

		status = move_part(op, route, kind, &part, (void *)(uintptr_t)(local->addr + at));
	}
	return status;
}

int se_mail_fetch(const struct se_op *op, const struct se_route *route,
		  const struct se_memory_ref *remote, const struct se_piece *into)
{
	return move_all(op, route, SE_MAIL_FETCH, remote, into);
}

int se_mail_store(const struct se_op *op, const struct se_route *route,
		  const struct se_memory_ref *remote, const struct se_piece *from)
{
	return move_all(op, route, SE_MAIL_STORE, remote, from);
}
