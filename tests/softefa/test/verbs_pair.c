/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * verbs_pair - single requests from one process to another.
 *
 *   verbs_pair receive DEVICE FILE      offers a buffer and memory, writes its
 *                                       address to FILE, prints "ready", and
 *                                       "received" when a message came
 *   verbs_pair unsolicited DEVICE FILE  the same with no buffer: immediate data of a
 *                                       write takes none; "received" for each
 *   verbs_pair twice DEVICE FILE        the same, then offers MANY buffers, prints
 *                                       "posted" and when all are filled "received MANY";
 *                                       then one more, whose memory it deregisters
 *                                       before it looks for the completion, when
 *                                       FILE is gone
 *   verbs_pair many DEVICE FILE         that many messages
 *   verbs_pair send|read|write|writeimm DEVICE FILE
 *                                       one request, prints "status N"
 */
#include <endian.h>
#include <unistd.h>

#include "verbs_side.h"

struct address {
	union ibv_gid gid;
	uint64_t addr;
	uint32_t key;
	uint32_t qpn;
};

#define MANY 12
#define UNSOLICITED_WRITE_RECV 1 /* EFADV_QP_FLAGS_UNSOLICITED_WRITE_RECV of libefa 52 and up */

static void say(const char *text)
{
	puts(text);
	(void)fflush(stdout);
}

static void offer(struct verbs_side *side, const char *path)
{
	struct address address = { .addr = (uintptr_t)side->memory,
				   .key = side->mr->rkey,
				   .qpn = side->qp->qp_num };
	FILE *file = fopen(path, "w");

	memset(side->memory, 'r', SIDE_BYTES);
	if (!side->qp_flags)
		side_receive(side, SIDE_BYTES);
	if (!file || ibv_query_gid(side->context, 1, 0, &address.gid) ||
	    fwrite(&address, sizeof(address), 1, file) != 1 || fclose(file))
		side_die(path);
	say("ready");
}

static void say_received(struct verbs_side *side)
{
	printf("received '%c'", side->memory[0]);
	if (ibv_wc_read_opcode(side->cq) == IBV_WC_RECV_RDMA_WITH_IMM)
		printf(" by RDMA write, %u bytes, imm %u", ibv_wc_read_byte_len(side->cq),
		       be32toh(ibv_wc_read_imm_data(side->cq)));
	putchar('\n');
	(void)fflush(stdout);
}

static int receive(struct verbs_side *side, const char *path)
{
	offer(side, path);
	while (side_status(side, 60) != 0)
		;
	say_received(side);
	(void)pause();
	return 0;
}

static int receive_unsolicited(struct verbs_side *side, const char *path)
{
	offer(side, path);
	while (side_status(side, 60) == 0)
		say_received(side);
	return 0;
}

static void wait_until_gone(const char *path)
{
	const struct timespec pause = { .tv_nsec = 10000000 };
	time_t end = time(NULL) + SIDE_PATIENCE_S;

	while (access(path, F_OK) == 0 && time(NULL) <= end)
		(void)nanosleep(&pause, NULL);
}

static int receive_twice(struct verbs_side *side, const char *path)
{
	int received = 0;

	offer(side, path);
	(void)side_status(side, 60);
	/* by now somebody has asked for an inbox, and this makes it */
	(void)side_status(side, 0);
	for (int i = 0; i < MANY; i++)
		side_receive(side, SIDE_BYTES);
	say("posted");
	while (received < MANY && side_status(side, 60) == 0)
		received++;
	printf("received %d\n", received);
	memset(side->memory, 'r', SIDE_BYTES);
	side_receive(side, SIDE_BYTES);
	say("one more");
	wait_until_gone(path);
	if (ibv_dereg_mr(side->mr))
		side_die("dereg");
	printf("memory '%c' before it is polled, ", side->memory[SIDE_BYTES - 1]);
	printf("status %d\n", side_status(side, 1));
	return 0;
}

static int send_many(struct verbs_side *side, const struct address *address)
{
	int sent = 0;

	for (int i = 0; i < MANY; i++)
		side_send(side, address->qpn, SIDE_BYTES, side->mr->lkey);
	while (sent < MANY && side_status(side, SIDE_PATIENCE_S) == 0)
		sent++;
	printf("sent %d\n", sent);
	return 0;
}

static void write_remote(struct verbs_side *side, const struct address *address, bool has_imm)
{
	struct ibv_qp_ex *qp = ibv_qp_to_qp_ex(side->qp);

	if (!side_writes(side)) {
		puts("no RDMA write");
		exit(0);
	}
	ibv_wr_start(qp);
	if (has_imm)
		ibv_wr_rdma_write_imm(qp, address->key, address->addr, htobe32(4711));
	else
		ibv_wr_rdma_write(qp, address->key, address->addr);
	ibv_wr_set_ud_addr(qp, side->self, address->qpn, SIDE_QKEY);
	ibv_wr_set_sge(qp, side->mr->lkey, (uintptr_t)side->memory, SIDE_BYTES);
	if (ibv_wr_complete(qp))
		side_die("write");
}

static int request(struct verbs_side *side, const char *path, const char *word)
{
	struct ibv_ah_attr ah = { .is_global = 1, .port_num = 1 };
	struct address address;
	FILE *file = fopen(path, "r");

	if (!file || fread(&address, sizeof(address), 1, file) != 1)
		side_die(path);
	ah.grh.dgid = address.gid;
	side->self = ibv_create_ah(side->pd, &ah);
	if (!side->self)
		side_die("ah");
	memset(side->memory, 's', SIDE_BYTES);
	if (strcmp(word, "many") == 0)
		return send_many(side, &address);
	if (strcmp(word, "read") == 0)
		side_read(side, address.qpn, address.addr, address.key, SIDE_BYTES);
	else if (strncmp(word, "write", 5) == 0)
		write_remote(side, &address, strcmp(word, "writeimm") == 0);
	else
		side_send(side, address.qpn, SIDE_BYTES, side->mr->lkey);
	printf("status %d\n", side_status(side, SIDE_PATIENCE_S));
	return 0;
}

int main(int argc, char **argv)
{
	struct verbs_side side = { .rnr_retry = 1 };

	if (argc != 4)
		return 64;
	if (strcmp(argv[1], "unsolicited") == 0)
		side.qp_flags = UNSOLICITED_WRITE_RECV;
	side_open(&side, argv[2]);
	if (strcmp(argv[1], "receive") == 0)
		return receive(&side, argv[3]);
	if (side.qp_flags)
		return receive_unsolicited(&side, argv[3]);
	if (strcmp(argv[1], "twice") == 0)
		return receive_twice(&side, argv[3]);
	return request(&side, argv[3], argv[1]);
}
