/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/gate/decide.h"

#include <stddef.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/verdict/finding.h"

/* Faults that no other node, no fabric and no job's setting can cause. */
static const char *const proving[] = {
	"EG101", "EG102", "EG103", "EG104", "EG105", "EG107", "EG110"
};

static bool is_proof(const struct eg_finding *finding)
{
	if (finding->outcome != EG_FAIL ||
	    (finding->blame != EG_BLAME_NODE && finding->blame != EG_BLAME_DEVICE))
		return false;
	for (size_t i = 0; i < EG_COUNT(proving); i++) {
		if (!strcmp(finding->id, proving[i]))
			return true;
	}
	return false;
}

const struct eg_finding *eg_gate_proof(const struct eg_findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		if (is_proof(&findings->list[i]))
			return &findings->list[i];
	}
	return NULL;
}

enum eg_gate_step eg_gate_decide(const struct eg_gate_view *view)
{
	if (!view->proven)
		return EG_GATE_RUN;
	if (!view->enforce)
		return EG_GATE_OBSERVE;
	if (!view->read)
		return EG_GATE_UNREAD;
	if (view->out_of_service)
		return EG_GATE_KEEP;
	return view->drained >= view->cap ? EG_GATE_CAPPED : EG_GATE_DRAIN;
}

int eg_gate_exit_code(enum eg_gate_step step)
{
	/* Exit code 1 drains too: where the cap is not known it could drain them all. */
	return step == EG_GATE_DRAIN || step == EG_GATE_KEEP || step == EG_GATE_UNDONE;
}
