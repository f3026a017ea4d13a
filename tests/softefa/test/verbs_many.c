/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * verbs_many - one process of many, each with all devices of its node.
 *
 *   verbs_many DIR RANK RANKS
 *
 * Opens every device, leaves its addresses in DIR, waits for those of all
 * RANKS, and reads with device k from device k of the next rank, 8 times, with
 * the data checked. Ends when all are done: "devices: N, reads: M, bad: B".
 */
#include <sys/stat.h>
#include <unistd.h>

#include "verbs_side.h"

#define DEVICES 32
#define READS 8
#define PATIENCE_S 60

struct address {
	union ibv_gid gid;
	uint64_t addr;
	uint32_t key;
	uint32_t qpn;
};

static struct verbs_side sides[DEVICES];
static struct address addresses[DEVICES];
static const char *dir;

static int open_all(void)
{
	int count;
	struct ibv_device **devices = ibv_get_device_list(&count);

	for (int i = 0; i < count; i++) {
		sides[i].rnr_retry = 7;
		side_open(&sides[i], ibv_get_device_name(devices[i]));
		memset(sides[i].memory, 'a' + i % 26, SIDE_BYTES);
		addresses[i].addr = (uintptr_t)sides[i].memory;
		addresses[i].key = sides[i].mr->rkey;
		addresses[i].qpn = sides[i].qp->qp_num;
		if (ibv_query_gid(sides[i].context, 1, 0, &addresses[i].gid))
			side_die("gid");
	}
	ibv_free_device_list(devices);
	return count;
}

static void leave(const char *what, int rank)
{
	char path[256];
	char final[256];
	FILE *file;

	(void)mkdir(dir, 0777);
	(void)snprintf(path, sizeof(path), "%s/.%s%d", dir, what, rank);
	(void)snprintf(final, sizeof(final), "%s/%s%d", dir, what, rank);
	file = fopen(path, "w");
	if (!file || fwrite(addresses, sizeof(addresses), 1, file) != 1 || fclose(file) ||
	    rename(path, final))
		side_die(path);
}

static void wait_for(const char *what, int rank)
{
	const struct timespec pause = { .tv_nsec = 20000000 };
	time_t end = time(NULL) + PATIENCE_S;
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s%d", dir, what, rank);
	while (access(path, F_OK) < 0) {
		if (time(NULL) > end)
			side_die(path);
		(void)nanosleep(&pause, NULL);
	}
}

static void read_addresses(int rank, struct address *ret)
{
	char path[256];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/address%d", dir, rank);
	file = fopen(path, "r");
	if (!file || fread(ret, sizeof(addresses), 1, file) != 1)
		side_die(path);
	(void)fclose(file);
}

/* Returns how many reads were wrong. */
static int read_from(struct verbs_side *side, const struct address *peer, char expected)
{
	struct ibv_ah_attr ah = { .is_global = 1, .port_num = 1, .grh.dgid = peer->gid };
	char *memory = aligned_alloc(SIDE_BYTES, SIDE_BYTES);
	struct verbs_side into = *side;
	int bad = 0;

	into.memory = memory;
	into.mr = ibv_reg_mr(side->pd, memory, SIDE_BYTES, IBV_ACCESS_LOCAL_WRITE);
	into.self = ibv_create_ah(side->pd, &ah);
	if (!into.mr || !into.self)
		side_die("into");
	for (int i = 0; i < READS; i++) {
		memset(memory, 0, SIDE_BYTES);
		side_read(&into, peer->qpn, peer->addr, peer->key, SIDE_BYTES);
		if (side_status(&into, SIDE_PATIENCE_S) != 0 || memory[0] != expected ||
		    memory[SIDE_BYTES - 1] != expected)
			bad++;
	}
	return bad;
}

int main(int argc, char **argv)
{
	struct address peers[DEVICES];
	int bad = 0;
	int count;
	int rank;
	int ranks;

	if (argc != 4)
		return 64;
	dir = argv[1];
	rank = atoi(argv[2]);
	ranks = atoi(argv[3]);
	count = open_all();
	leave("address", rank);
	for (int i = 0; i < ranks; i++)
		wait_for("address", i);
	read_addresses((rank + 1) % ranks, peers);
	for (int i = 0; i < count; i++)
		bad += read_from(&sides[i], &peers[i], (char)('a' + i % 26));
	printf("devices: %d, reads: %d, bad: %d\n", count, count * READS, bad);
	(void)fflush(stdout);
	leave("done", rank);
	for (int i = 0; i < ranks; i++)
		wait_for("done", i);
	return 0;
}
