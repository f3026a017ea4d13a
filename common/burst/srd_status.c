/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/burst/srd_status.h"

#include <errno.h>
#include <stddef.h>

#include "common/base/cleanup.h"

static const struct {
	const char *text;
	int error;
} statuses[] = {
	[1] = { "Flushed: the queue pair is in the error state", ECANCELED },
	[2] = { "Internal error of the queue pair", EIO },
	[3] = { "Unsupported operation", EOPNOTSUPP },
	[4] = { "Invalid address handle", EINVAL },
	[5] = { "Invalid local key", EINVAL },
	[6] = { "Invalid length", EMSGSIZE },
	[7] = { "Invalid remote address or key", EINVAL },
	[8] = { "Aborted by the remote", ECONNABORTED },
	[9] = { "Bad remote queue pair, its process is gone", ENOTCONN },
	[10] = { "Receiver not ready", EAGAIN },
	[11] = { "Invalid remote length", EMSGSIZE },
	[12] = { "Unexpected status from the remote", EREMOTEIO },
	[13] = { "Unresponsive receiver", ECONNABORTED },
	[EG_SRD_UNKNOWN_PEER] = { "Unknown peer: the remote does not have our address", ENOTCONN },
	[15] = { "Unreachable receiver: no answer ever", EHOSTUNREACH },
	[18] = { "The remote lacks a feature that is needed", EPROTONOSUPPORT },
};

const char *eg_srd_status_text(uint32_t status)
{
	return status < EG_COUNT(statuses) && statuses[status].text
		       ? statuses[status].text
		       : "A status that is not known here";
}

int eg_srd_status_errno(uint32_t status)
{
	return status < EG_COUNT(statuses) && statuses[status].error ? statuses[status].error : EIO;
}
