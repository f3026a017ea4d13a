/* SPDX-License-Identifier: BSD-3-Clause */
#include "rate_label.h"

#include "driver_version.h"

static const struct se_rate_label labels[] = {
	{ 400, "8X HDR", 4, 64 }, { 200, "4X HDR", 2, 64 }, { 120, "12X FDR10", 8, 8 },
	{ 100, "4X EDR", 2, 32 }, { 60, "12X DDR", 8, 2 },  { 50, "1X HDR", 1, 64 },
	{ 40, "4X FDR10", 2, 8 }, { 30, "12X SDR", 8, 1 },  { 25, "1X EDR", 1, 32 },
};

const struct se_rate_label *se_rate_label(uint32_t gbps, uint32_t driver)
{
	const struct se_rate_label *label = labels;
	const struct se_rate_label *last = &labels[sizeof(labels) / sizeof(labels[0]) - 1];

	if (driver < SE_DRIVER_KNOWS_RATE)
		gbps = 100;
	while (label < last && gbps < label->gbps)
		label++;
	return label;
}
