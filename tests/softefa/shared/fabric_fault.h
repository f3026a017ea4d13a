/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fabric_fault - the row of a fault in the fabric file.
 */
#ifndef SE_FABRIC_FAULT_H
#define SE_FABRIC_FAULT_H

#include <stdint.h>

enum se_fault_word {
	SE_FAULT_NONE,
	SE_FAULT_GONE,
	SE_FAULT_UNBOUND,
	SE_FAULT_UNREACHABLE,
	SE_FAULT_SLOW,
	SE_FAULT_NOOPEN,
	SE_FAULT_HANG,
	SE_FAULT_CORRUPT,
	SE_FAULT_ZERO_GID,
	SE_FAULT_NOFILE,
	SE_FAULT_FORBIDDEN,
	SE_FAULT_SILENT,
	SE_FAULT_CLOSED,
	SE_FAULT_DROPS,
	SE_FAULT_STATUS,
	SE_FAULT_REGFAIL,
	SE_FAULT_NO_HUGE_PAGES,
	SE_FAULT_OLD_KERNEL,
	SE_FAULT_WORDS,
};

/* Which way a fault of the link works, seen from its device. */
enum se_fault_direction { SE_BOTH_WAYS, SE_ONLY_IN, SE_ONLY_OUT };

#define SE_ANY_NODE 0xffffffffu
#define SE_ALWAYS_PPM 1000000u

/*
 * One fault of one device. A row says whom it concerns (@peer_node), for how
 * long (@until_ns of CLOCK_MONOTONIC, 0 for until cleared) and how often.
 */
struct se_fault {
	uint32_t word;
	uint32_t peer_node;
	uint64_t until_ns;
	uint32_t probability_ppm;
	uint32_t error; /* noopen: errno */
	uint32_t status; /* status: what requests complete with */
	uint32_t left; /* silent, regfail: how many still pass */
	uint32_t direction; /* unreachable, closed */
	uint32_t verb; /* hang: se_verb */
	uint64_t retry_ns; /* unreachable: how long is tried before giving up */
	uint64_t latency_ns; /* slow */
	uint64_t bits_per_second; /* slow, 0 for no limit */
};

#endif
