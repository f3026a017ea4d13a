/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * counter_names - the counters of a device, in the order of their table in the
 * fabric file, with the folder each one has in sysfs.
 */
#ifndef SE_COUNTER_NAMES_H
#define SE_COUNTER_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "driver_version.h"

/*
 * What sending moves fills one cache line, what receiving moves the next: of two peers each
 * writes to one of the other's, and they do not wait for each other.
 */
/* X(name, is a counter of the port and not of the whole device, first driver that has it) */
#define SE_COUNTERS(X)                                            \
	X(tx_bytes, true, SE_DRIVER(0, 9, 0))                     \
	X(tx_pkts, true, SE_DRIVER(0, 9, 0))                      \
	X(send_bytes, true, SE_DRIVER(1, 10, 1))                  \
	X(send_wrs, true, SE_DRIVER(1, 10, 1))                    \
	X(retrans_bytes, true, SE_DRIVER(2, 17, 0))               \
	X(retrans_pkts, true, SE_DRIVER(2, 17, 0))                \
	X(retrans_timeout_events, true, SE_DRIVER(2, 17, 0))      \
	X(impaired_remote_conn_events, true, SE_DRIVER(2, 17, 0)) \
	X(rx_bytes, true, SE_DRIVER(0, 9, 0))                     \
	X(rx_pkts, true, SE_DRIVER(0, 9, 0))                      \
	X(recv_bytes, true, SE_DRIVER(1, 10, 1))                  \
	X(recv_wrs, true, SE_DRIVER(1, 10, 1))                    \
	X(rx_drops, true, SE_DRIVER(0, 9, 0))                     \
	X(rdma_read_wrs, true, SE_DRIVER(1, 10, 1))               \
	X(rdma_read_bytes, true, SE_DRIVER(1, 10, 1))             \
	X(rdma_read_wr_err, true, SE_DRIVER(1, 10, 1))            \
	X(rdma_read_resp_bytes, true, SE_DRIVER(1, 10, 1))        \
	X(rdma_write_wrs, true, SE_DRIVER(2, 5, 0))               \
	X(rdma_write_bytes, true, SE_DRIVER(2, 5, 0))             \
	X(rdma_write_wr_err, true, SE_DRIVER(2, 5, 0))            \
	X(rdma_write_recv_bytes, true, SE_DRIVER(2, 5, 0))        \
	X(unresponsive_remote_events, true, SE_DRIVER(2, 17, 0))  \
	X(submitted_cmds, false, SE_DRIVER(0, 9, 0))              \
	X(completed_cmds, false, SE_DRIVER(0, 9, 0))              \
	X(cmds_err, false, SE_DRIVER(0, 9, 0))                    \
	X(no_completion_cmds, false, SE_DRIVER(0, 9, 0))          \
	X(keep_alive_rcvd, false, SE_DRIVER(0, 9, 0))             \
	X(alloc_pd_err, false, SE_DRIVER(0, 9, 0))                \
	X(create_qp_err, false, SE_DRIVER(0, 9, 0))               \
	X(create_cq_err, false, SE_DRIVER(0, 9, 0))               \
	X(reg_mr_err, false, SE_DRIVER(0, 9, 0))                  \
	X(alloc_ucontext_err, false, SE_DRIVER(0, 9, 0))          \
	X(create_ah_err, false, SE_DRIVER(0, 9, 0))               \
	X(mmap_err, false, SE_DRIVER(0, 9, 0))

#define SE_COUNTER_ENUM(name, of_port, since) SE_COUNT_##name,
enum se_counter { SE_COUNTERS(SE_COUNTER_ENUM) SE_COUNTER_COUNT };
#undef SE_COUNTER_ENUM

struct se_counter_name {
	const char *name;
	bool of_port;
	uint32_t since;
};

extern const struct se_counter_name se_counter_names[SE_COUNTER_COUNT];

#endif
