/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * counter_names - the counters of a device, in the order of their table in the
 * fabric file, with the folder each one has in sysfs.
 */
#ifndef SE_COUNTER_NAMES_H
#define SE_COUNTER_NAMES_H

#include <stdbool.h>

/* X(name, is a counter of the port and not of the whole device) */
#define SE_COUNTERS(X)                       \
	X(tx_bytes, true)                    \
	X(tx_pkts, true)                     \
	X(rx_bytes, true)                    \
	X(rx_pkts, true)                     \
	X(rx_drops, true)                    \
	X(send_bytes, true)                  \
	X(send_wrs, true)                    \
	X(recv_bytes, true)                  \
	X(recv_wrs, true)                    \
	X(rdma_read_wrs, true)               \
	X(rdma_read_bytes, true)             \
	X(rdma_read_wr_err, true)            \
	X(rdma_read_resp_bytes, true)        \
	X(rdma_write_wrs, true)              \
	X(rdma_write_bytes, true)            \
	X(rdma_write_wr_err, true)           \
	X(rdma_write_recv_bytes, true)       \
	X(retrans_bytes, true)               \
	X(retrans_pkts, true)                \
	X(retrans_timeout_events, true)      \
	X(impaired_remote_conn_events, true) \
	X(unresponsive_remote_events, true)  \
	X(submitted_cmds, false)             \
	X(completed_cmds, false)             \
	X(cmds_err, false)                   \
	X(no_completion_cmds, false)         \
	X(keep_alive_rcvd, false)            \
	X(alloc_pd_err, false)               \
	X(create_qp_err, false)              \
	X(create_cq_err, false)              \
	X(reg_mr_err, false)                 \
	X(alloc_ucontext_err, false)         \
	X(create_ah_err, false)              \
	X(mmap_err, false)

#define SE_COUNTER_ENUM(name, of_port) SE_COUNT_##name,
enum se_counter { SE_COUNTERS(SE_COUNTER_ENUM) SE_COUNTER_COUNT };
#undef SE_COUNTER_ENUM

struct se_counter_name {
	const char *name;
	bool of_port;
};

extern const struct se_counter_name se_counter_names[SE_COUNTER_COUNT];

#endif
