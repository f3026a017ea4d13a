/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/verdict/report_words.h"

#include <stddef.h>

const struct eg_capability_word eg_capability_words[] = {
	{ EG_CAP_RDMA_READ, "rdma_read" },
	{ EG_CAP_RNR_RETRY, "rnr_retry" },
	{ EG_CAP_CQ_WITH_SGID, "cq_with_sgid" },
	{ EG_CAP_RDMA_WRITE, "rdma_write" },
	{ 0, NULL },
};

const struct eg_layer_word eg_layer_words[] = {
	{ "pci", offsetof(struct eg_device_facts, on_pci) },
	{ "driver", offsetof(struct eg_device_facts, has_driver) },
	{ "verbs", offsetof(struct eg_device_facts, has_verbs) },
	{ "open", offsetof(struct eg_device_facts, opens) },
	{ "fabric", offsetof(struct eg_device_facts, has_fabric) },
	{ NULL, 0 },
};

const struct eg_error_word eg_error_words[] = {
	{ "pci", offsetof(struct eg_node_facts, pci_error) },
	{ "verbs", offsetof(struct eg_node_facts, verbs_error) },
	{ "fabric", offsetof(struct eg_node_facts, fabric_error) },
	{ "huge_pages", offsetof(struct eg_node_facts, huge_page_error) },
	{ "instance", offsetof(struct eg_node_facts, instance_error) },
	{ NULL, 0 },
};

const char *const eg_gather_part_words[] = { "host", "pci", "verbs", "fabric", "devices", NULL };

const char *const eg_expectation_words[] = { "nothing", "table", "site", "learned", NULL };

const char *const eg_burst_words[] = { "not tried", "unknown", "ok", "failed", "corrupt", NULL };
