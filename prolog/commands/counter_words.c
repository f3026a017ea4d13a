/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/commands/counter_words.h"

#include <stddef.h>
#include <string.h>

/* Those of the port first, as a reader looks for them; then those of the device. */
static const struct eg_counter_word table[] = {
	{ "tx_bytes", EG_COUNTER_TRAFFIC, "bytes sent" },
	{ "tx_pkts", EG_COUNTER_TRAFFIC, "packets sent" },
	{ "rx_bytes", EG_COUNTER_TRAFFIC, "bytes received" },
	{ "rx_pkts", EG_COUNTER_TRAFFIC, "packets received" },
	{ "rx_drops", EG_COUNTER_ERROR, "packets dropped when they arrived" },
	{ "send_bytes", EG_COUNTER_TRAFFIC, "bytes sent as messages" },
	{ "send_wrs", EG_COUNTER_TRAFFIC, "messages sent (work requests)" },
	{ "recv_bytes", EG_COUNTER_TRAFFIC, "bytes received as messages" },
	{ "recv_wrs", EG_COUNTER_TRAFFIC, "messages received (work requests)" },
	{ "rdma_read_wrs", EG_COUNTER_TRAFFIC, "RDMA reads this device asked for" },
	{ "rdma_read_bytes", EG_COUNTER_TRAFFIC, "bytes this device read from others with RDMA" },
	{ "rdma_read_wr_err", EG_COUNTER_ERROR, "RDMA reads that failed" },
	{ "rdma_read_resp_bytes", EG_COUNTER_TRAFFIC,
	  "bytes others read from this device with RDMA" },
	{ "rdma_write_wrs", EG_COUNTER_TRAFFIC, "RDMA writes this device asked for" },
	{ "rdma_write_bytes", EG_COUNTER_TRAFFIC, "bytes this device wrote to others with RDMA" },
	{ "rdma_write_wr_err", EG_COUNTER_ERROR, "RDMA writes that failed" },
	{ "rdma_write_recv_bytes", EG_COUNTER_TRAFFIC,
	  "bytes others wrote to this device with RDMA" },
	{ "retrans_bytes", EG_COUNTER_NETWORK,
	  "bytes the card sent again; some are normal under congestion" },
	{ "retrans_pkts", EG_COUNTER_NETWORK,
	  "packets the card sent again; some are normal under congestion" },
	{ "retrans_timeout_events", EG_COUNTER_NETWORK,
	  "times a retransmit timer ran out and traffic moved to another path" },
	{ "impaired_remote_conn_events", EG_COUNTER_NETWORK,
	  "times a connection was found impaired and slowed down" },
	{ "unresponsive_remote_events", EG_COUNTER_ERROR,
	  "times a peer did not answer any more: it died, or a security group is in the way" },
	{ "submitted_cmds", EG_COUNTER_TRAFFIC, "commands the driver gave to the device" },
	{ "completed_cmds", EG_COUNTER_TRAFFIC, "commands the device completed" },
	{ "keep_alive_rcvd", EG_COUNTER_TRAFFIC, "signs of life the device sent to the driver" },
	{ "cmds_err", EG_COUNTER_ERROR, "commands the device refused" },
	{ "no_completion_cmds", EG_COUNTER_ERROR, "commands the device did not answer" },
	{ "alloc_pd_err", EG_COUNTER_ERROR, "protection domains that could not be made" },
	{ "create_qp_err", EG_COUNTER_ERROR, "queue pairs that could not be made" },
	{ "create_cq_err", EG_COUNTER_ERROR, "completion queues that could not be made" },
	{ "reg_mr_err", EG_COUNTER_ERROR, "memory regions that could not be registered" },
	{ "alloc_mr_err", EG_COUNTER_ERROR, "memory regions that could not be allocated" },
	{ "get_dma_mr_err", EG_COUNTER_ERROR, "DMA memory regions that could not be had" },
	{ "alloc_ucontext_err", EG_COUNTER_ERROR, "programs that could not open the device" },
	{ "create_ah_err", EG_COUNTER_ERROR, "address handles that could not be made" },
	{ "mmap_err", EG_COUNTER_ERROR, "mappings of the device that failed" },
	{ NULL, EG_COUNTER_TRAFFIC, NULL },
};

const struct eg_counter_word *eg_counter_words(void)
{
	return table;
}

const struct eg_counter_word *eg_counter_word_find(const char *name)
{
	for (const struct eg_counter_word *word = table; word->name; word++) {
		if (!strcmp(word->name, name))
			return word;
	}
	return NULL;
}

const char *eg_counter_kind_name(enum eg_counter_kind kind)
{
	static const char *const names[] = { "traffic", "network", "error" };

	return names[kind];
}
