/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * offer - what nodes tell each other about their devices, with whom they are
 * to exchange traffic, and how that went. Plain data: no foreign types.
 *
 * Every node offers, device by device, an address and a piece of memory with
 * a pattern that others read. The leader pairs the nodes and hands each the
 * addresses of its partners (a round); each node reads from them and says how
 * it went (a result).
 */
#ifndef EG_BURST_OFFER_H
#define EG_BURST_OFFER_H

#include <stdint.h>

#include "common/base/nodelist.h"
#include "common/base/pci_addr.h"
#include "common/node/facts.h"

#define EG_PARTNERS_MAX 4 /* of a node in one round */
#define EG_RAILS_MAX (EG_PARTNERS_MAX * EG_DEVICES_MAX)
#define EG_INSTANCE_TYPE_MAX 64
#define EG_FABRIC_ADDRESS_MAX 64 /* efa's is 32 bytes */
#define EG_OFFER_BYTES (1u << 20) /* of the memory that others read */

/* How others reach a device, and what they find in its memory. */
struct eg_target {
	uint8_t address_length; /* 0: it cannot be reached */
	uint8_t address[EG_FABRIC_ADDRESS_MAX];
	uint8_t device_reads; /* 1: the device itself answers RDMA reads */
	uint64_t key, base; /* of EG_OFFER_BYTES of memory */
	uint64_t seed; /* of the pattern in there, see pattern.h */
};

struct eg_offer_device {
	struct eg_pci_addr pci;
	char name[EG_DEVICE_NAME_MAX];
	struct eg_target target;
	char error[128]; /* why it cannot be used, "" when it can */
};

/* The devices of a node in bus order. */
struct eg_offer {
	char instance_type[EG_INSTANCE_TYPE_MAX]; /* "p4de.24xlarge", "" unknown */
	char error[200]; /* why there is no traffic at all, "" when there may be */
	uint16_t device_count;
	struct eg_offer_device devices[EG_DEVICES_MAX]; /* last: who keeps many cuts it off */
};

enum eg_depth {
	EG_DEPTH_FUNCTION = 1, /* a few checked reads: does it work? */
	EG_DEPTH_FULL = 2, /* and latency, and bandwidth */
	EG_DEPTH_SIZE = 3, /* the same with reads of one size, see sweep.h */
};

/* A device of ours is to read from one of the partner's. */
struct eg_rail {
	uint8_t device; /* place in our offer */
	uint8_t peer; /* place in the partner's */
	struct eg_target target;
	struct eg_pci_addr pci; /* of the partner's device, for the report */
};

struct eg_partner {
	uint32_t index; /* in the session; our own for traffic between our own devices */
	char node[EG_NODE_NAME_MAX];
	uint16_t rail_count;
	struct eg_rail rails[EG_DEVICES_MAX];
};

struct eg_round {
	uint16_t number;
	uint8_t depth; /* enum eg_depth */
	uint32_t budget_ms; /* the result is to be sent by then, from receipt */
	uint32_t read_bytes; /* with EG_DEPTH_SIZE: 1 to EG_OFFER_BYTES */
	uint16_t partner_count; /* 0: wait, and answer others */
	struct eg_partner partners[EG_PARTNERS_MAX];
};

enum eg_rail_state {
	EG_RAIL_UNKNOWN, /* could not be tried; @text says why */
	EG_RAIL_OK,
	EG_RAIL_FAILED, /* an error, or no completion in time */
	EG_RAIL_CORRUPT, /* other bytes arrived than were sent */
};

/* How one rail went, seen from the reader. What was not measured is 0. */
struct eg_rail_result {
	uint8_t partner; /* place in the round */
	uint8_t device, peer;
	uint8_t state; /* enum eg_rail_state */
	uint8_t device_reads; /* 1: RDMA reads by the device; 0: emulated with messages */
	int32_t error; /* libfabric's (positive), 0 none */
	int32_t provider_error; /* of the completion queue's error entry */
	uint64_t alone_bytes, alone_ns; /* this device alone */
	uint64_t together_bytes, together_ns; /* all devices of the node at once */
	uint32_t latency_p50_ns, latency_p99_ns;
	uint32_t latency_samples;
	char text[112]; /* what went wrong, in the provider's words */
};

struct eg_result {
	uint16_t round;
	uint16_t count;
	struct eg_rail_result rails[EG_RAILS_MAX];
	char error[200]; /* the round as a whole could not be run; "" it was */
};

#endif
