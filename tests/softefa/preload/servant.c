/* SPDX-License-Identifier: BSD-3-Clause */
#include "servant.h"

#include <errno.h>
#include <pthread.h>
#include <rdma/ib_user_ioctl_verbs.h>
#include <string.h>
#include <sys/prctl.h>

#include "../shared/fabric_lock.h"
#include "futex.h"
#include "memory.h"
#include "message.h"
#include "quiet_thread.h"
#include "route.h"
#include "session.h"

static int take_message(struct se_mail *mail, const struct se_route *route)
{
	const struct se_parcel parcel = { .entry = &mail->entry,
					  .source_qpn = mail->source_qpn,
					  .source_type = mail->source_type };
	struct iovec io = { mail->payload, mail->bytes };

	if (mail->bytes > SE_MESSAGE_MAX)
		return SE_STATUS_REMOTE_BAD_LENGTH;
	return se_message_hand_over(&parcel, route, &io, 1);
}

static int give_bytes(struct se_mail *mail, const struct se_route *route)
{
	struct iovec into = { mail->payload, 0 };
	struct iovec out_of;
	struct se_piece from;

	if (mail->remote.length > SE_MAIL_PAYLOAD_BYTES)
		return SE_STATUS_REMOTE_BAD_LENGTH;
	if (!se_memory_find(route->block, &route->owner, &mail->remote,
			    IB_UVERBS_ACCESS_REMOTE_READ, &from))
		return SE_STATUS_REMOTE_BAD_ADDRESS;
	/* by the kernel: the program may have unmapped what it registered */
	into.iov_len = from.length;
	out_of = (struct iovec){ (void *)(uintptr_t)from.addr, from.length };
	if (process_vm_readv(getpid(), &into, 1, &out_of, 1, 0) != (ssize_t)from.length)
		return SE_STATUS_REMOTE_BAD_STATUS;
	return SE_STATUS_OK;
}

static int take_bytes(struct se_mail *mail, const struct se_route *route)
{
	struct iovec out_of = { mail->payload, mail->remote.length };
	struct iovec into;
	struct se_piece to;

	if (mail->remote.length > SE_MAIL_PAYLOAD_BYTES)
		return SE_STATUS_REMOTE_BAD_LENGTH;
	if (!se_memory_find(route->block, &route->owner, &mail->remote,
			    IB_UVERBS_ACCESS_REMOTE_WRITE, &to))
		return SE_STATUS_REMOTE_BAD_ADDRESS;
	into = (struct iovec){ (void *)(uintptr_t)to.addr, to.length };
	if (process_vm_writev(getpid(), &out_of, 1, &into, 1, 0) != (ssize_t)to.length)
		return SE_STATUS_REMOTE_BAD_STATUS;
	return SE_STATUS_OK;
}

static int take_notice(struct se_mail *mail, const struct se_route *route)
{
	const struct se_parcel parcel = { .entry = &mail->entry,
					  .source_qpn = mail->source_qpn,
					  .source_type = mail->source_type };

	return se_message_notice(&parcel, route);
}

static int serve(struct se_mail *mail)
{
	struct se_route route;
	int status;

	if (mail->from >= SE_DEVICES_MAX)
		return SE_STATUS_REMOTE_ABORT;
	status = se_route_find(mail->from, &mail->entry, &route);
	if (status != SE_STATUS_OK)
		return status;
	/* the mail was meant for who had this row before */
	if (route.owner.process != se_session_process())
		return SE_STATUS_REMOTE_BAD_QPN;
	switch (mail->kind) {
	case SE_MAIL_FETCH:
		return give_bytes(mail, &route);
	case SE_MAIL_STORE:
		return take_bytes(mail, &route);
	case SE_MAIL_NOTICE:
		return take_notice(mail, &route);
	default:
		return take_message(mail, &route);
	}
}

static void *run(void *argument)
{
	struct se_mail *mail = argument;

	(void)prctl(PR_SET_NAME, "softefa-mail");
	for (;;) {
		uint32_t state = SE_MAIL_ASKED;

		if (!atomic_compare_exchange_strong(&mail->state, &state, SE_MAIL_TAKEN)) {
			se_futex_wait(&mail->state, state, 0);
			continue;
		}
		mail->status = serve(mail);
		atomic_store(&mail->state, SE_MAIL_ANSWERED);
		se_futex_wake(&mail->state);
	}
	return NULL;
}

int se_servant_start(uint32_t row)
{
	struct se_mail *mail = se_fabric_mail(&se_map, row);

	if (!mail)
		return -ENOMEM;
	if (!mail->has_lock)
		se_lock_init(&mail->lock);
	mail->has_lock = 1;
	atomic_store(&mail->state, SE_MAIL_IDLE);
	return se_quiet_thread(run, mail);
}
