/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rate_label - the speed of a device in InfiniBand's words, as its driver
 * rounds it down.
 */
#ifndef SE_RATE_LABEL_H
#define SE_RATE_LABEL_H

#include <stdint.h>

struct se_rate_label {
	uint32_t gbps;
	const char *label; /* "4X EDR" */
	uint8_t width; /* codes of ib_uverbs_query_port_resp */
	uint8_t speed;
};

/* That of @gbps under driver version @driver: drivers before 2.13.0 know only 100 Gb/s. */
const struct se_rate_label *se_rate_label(uint32_t gbps, uint32_t driver);

#endif
