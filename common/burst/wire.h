/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * wire - the messages between the nodes of a session, as bytes.
 *
 * Every message is a header (magic, version, type, length of the body) and a
 * body, little-endian, encoded by hand. A text is its length with the final 0
 * (two bytes), then that many bytes. Whatever comes from outside is rejected
 * with -EPROTO before use: wrong magic, version or type, a length over the
 * type's limit, counts over their limit, texts that do not end or are not
 * printable, bytes left over. Pure: no I/O.
 */
#ifndef EG_BURST_WIRE_H
#define EG_BURST_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/nodelist.h"
#include "common/base/step_verdict.h"

#define EG_WIRE_MAGIC 0x53574745u /* "EGWS", little-endian */
#define EG_WIRE_VERSION 4
#define EG_WIRE_HEADER 12
#define EG_WIRE_MESSAGE_MAX 65536
#define EG_WIRE_FINDINGS_MAX 4 /* of READY: the line shows one, the node has its own report */
#define EG_VERDICT_FINDINGS_MAX \
	112 /* one a device (64), and what the judge tells of all (some 40) */
#define EG_WIRE_NONCE 16
#define EG_CREDENTIAL_MAX 2048 /* munge: 1.4 times the payload and some 200 bytes */

enum eg_wire_type {
	EG_WIRE_ANY = 0, /* no message: whatever comes is taken */
	EG_WIRE_HELLO = 1, /* member to leader: a credential over eg_wire_claim */
	EG_WIRE_WELCOME = 2, /* leader to member: a credential over eg_wire_claim */
	EG_WIRE_READY = 3, /* member to leader: what its own check found */
	EG_WIRE_ROUND = 4, /* leader to member: with whom to exchange traffic */
	EG_WIRE_RESULT = 5, /* member to leader: how that went */
	EG_WIRE_VERDICT = 6, /* leader to member: the common end */
	EG_WIRE_OFFER = 7, /* member to leader, before READY: how its devices are reached */
	EG_WIRE_REFUSAL = 8, /* leader to who is turned away, by hand only */
	EG_WIRE_CHALLENGE = 9, /* leader to who has connected, where auth asks for it */
};

enum eg_refusal_reason {
	EG_REFUSAL_UID = 1, /* another user's */
	EG_REFUSAL_CREDENTIAL = 2, /* not a credential, forged, used */
	EG_REFUSAL_VERSION = 3, /* of the protocol */
	EG_REFUSAL_TAKEN = 4, /* somebody else was first */
	EG_REFUSAL_SESSION = 5, /* not the session or not a name */
};

/* Why the leader turns somebody away; nobody vouches for it. */
struct eg_refusal {
	uint8_t reason; /* enum eg_refusal_reason */
	uint32_t uid; /* the leader's */
	uint32_t refused_uid; /* of the credential, with EG_REFUSAL_UID */
};

struct eg_wire_header {
	uint16_t type;
	uint32_t length; /* of the body */
};

/* A message being built or a body being read. */
struct eg_wire_buffer {
	uint8_t data[EG_WIRE_MESSAGE_MAX];
	size_t length;
};

/* What a credential vouches for. @kind keeps a HELLO from being sent back as a WELCOME. */
struct eg_wire_claim {
	uint16_t kind; /* EG_WIRE_HELLO or EG_WIRE_WELCOME */
	uint16_t port; /* the leader's: nobody can pass the credential on from another port */
	uint32_t job, step;
	uint32_t index, count; /* the member's, in both directions */
	uint8_t nonce[EG_WIRE_NONCE]; /* the member's, in both directions */
	uint8_t leader_nonce[EG_WIRE_NONCE]; /* the leader's; 0 in a HELLO without a challenge */
	char node[EG_NODE_NAME_MAX]; /* of the sender */
};

struct eg_credential {
	char text[EG_CREDENTIAL_MAX];
};

struct eg_wire_finding {
	char id[8];
	uint8_t outcome; /* enum eg_outcome */
	uint8_t blame; /* enum eg_blame */
	char subject[64];
	char text[200];
};

/* A node's own verdict, the worst findings first. */
struct eg_ready {
	uint8_t outcome; /* enum eg_outcome */
	uint8_t huge_page; /* 1: FI_EFA_USE_HUGE_PAGE=0 is set for its tasks */
	uint16_t finding_count; /* in @findings */
	uint32_t warnings; /* of all its findings, also those not sent */
	uint32_t devices; /* EFA devices that passed every layer asked */
	uint64_t huge_page_size_kib; /* 0: not measured */
	uint64_t huge_pages_total, huge_pages_available, huge_pages_demand;
	struct eg_wire_finding findings[EG_WIRE_FINDINGS_MAX];
};

/* The session's end: the same for all, and what traffic has shown of the one it is told to. */
struct eg_verdict {
	uint8_t go; /* 1: tasks may start */
	uint8_t outcome; /* enum eg_outcome */
	char line[EG_STEP_LINE_MAX];
	uint16_t finding_count; /* in @findings: about the receiver, or about all nodes */
	struct eg_wire_finding findings[EG_VERDICT_FINDINGS_MAX];
};

/* May text be shown on a terminal: no control characters. */
bool eg_wire_printable(const char *text);

/* Whole messages into @ret, header included. What is too long for a field is cut. */
void eg_wire_put_credential(struct eg_wire_buffer *ret, enum eg_wire_type type,
			    const struct eg_credential *credential);
void eg_wire_put_ready(struct eg_wire_buffer *ret, const struct eg_ready *ready);
void eg_wire_put_verdict(struct eg_wire_buffer *ret, const struct eg_verdict *verdict);
void eg_wire_put_refusal(struct eg_wire_buffer *ret, const struct eg_refusal *refusal);
void eg_wire_put_challenge(struct eg_wire_buffer *ret, const uint8_t nonce[EG_WIRE_NONCE]);

/* A claim has no header: it travels inside a credential. */
void eg_wire_put_claim(struct eg_wire_buffer *ret, const struct eg_wire_claim *claim);

/* Read EG_WIRE_HEADER bytes: 0 or -EPROTO. */
int eg_wire_get_header(const uint8_t *data, struct eg_wire_header *ret);

/* The version a header of ours says, also another than EG_WIRE_VERSION; 0: not of ours. */
uint16_t eg_wire_get_version(const uint8_t *data);

/* Read a whole body (a claim: all of it): 0 or -EPROTO, then @ret is not to be used. */
int eg_wire_get_credential(const uint8_t *body, size_t length, struct eg_credential *ret);
int eg_wire_get_ready(const uint8_t *body, size_t length, struct eg_ready *ret);
int eg_wire_get_verdict(const uint8_t *body, size_t length, struct eg_verdict *ret);
int eg_wire_get_refusal(const uint8_t *body, size_t length, struct eg_refusal *ret);
int eg_wire_get_challenge(const uint8_t *body, size_t length, uint8_t ret[EG_WIRE_NONCE]);
int eg_wire_get_claim(const uint8_t *data, size_t length, struct eg_wire_claim *ret);

#endif
