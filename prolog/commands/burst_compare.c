/* SPDX-License-Identifier: BSD-3-Clause */
/* efagate burst --compare huge-pages: the node and its devices, then the runs. */
#include "common/base/deadline.h"
#include "common/verdict/report.h"
#include "prolog/commands/burst.h"
#include "prolog/commands/compare.h"
#include "prolog/config.h"
#include "prolog/terminal.h"

void eg_burst_compare(const struct eg_burst_options *options, const struct eg_config *config,
		      struct eg_report *report)
{
	struct eg_compare *compare = options->compare;
	int64_t deadline_ms = eg_deadline_in(options->timeout_s * 1000);

	if (!eg_burst_gather(options, config, NULL, deadline_ms, report))
		return;
	compare->libfabric = config->libfabric[0] ? config->libfabric : NULL;
	compare->device = options->device;
	compare->show_talk = options->verbose;
	eg_compare_run(compare, deadline_ms, report);
	eg_progress_end();
	eg_compare_judge(compare, report);
}
