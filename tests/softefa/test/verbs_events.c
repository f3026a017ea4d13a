/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * verbs_events - waiting for events instead of polling.
 *
 *   verbs_events own DEVICE             completions of its own requests
 *   verbs_events receive DEVICE FILE    sleeps until a message of another process
 *   verbs_events fatal DEVICE           sleeps until the device is lost
 */
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "verbs_side.h"

struct address {
	union ibv_gid gid;
	uint64_t addr;
	uint32_t key;
	uint32_t qpn;
};

static struct ibv_cq *cq_of(struct verbs_side *side)
{
	return ibv_cq_ex_to_cq(side->cq);
}

/* "event", when one comes in time, and it must be this queue's. */
static const char *next_event(struct verbs_side *side, int patience_ms)
{
	struct pollfd fd = { .fd = side->channel->fd, .events = POLLIN };
	struct ibv_cq *cq;
	void *context;

	if (poll(&fd, 1, patience_ms) != 1)
		return "none";
	if (ibv_get_cq_event(side->channel, &cq, &context))
		side_die("event");
	ibv_ack_cq_events(cq, 1);
	return cq == cq_of(side) ? "event" : "another's event";
}

static void arm(struct verbs_side *side)
{
	int rc = ibv_req_notify_cq(cq_of(side), 0);

	if (rc) {
		errno = rc;
		side_die("arm");
	}
}

static void own(struct verbs_side *side)
{
	side_send(side, 255, 64, side->mr->lkey);
	printf("not armed: %s\n", next_event(side, 200));
	arm(side);
	printf("armed with one unread: %s\n", next_event(side, 5000));
	printf("it says: %d\n", side_status(side, 1));
	arm(side);
	printf("armed with none: %s\n", next_event(side, 200));
	side_send(side, 255, 64, side->mr->lkey);
	side_send(side, 255, 64, side->mr->lkey);
	printf("two come: %s\n", next_event(side, 5000));
	printf("then: %s\n", next_event(side, 200));
	(void)side_status(side, 1);
	(void)side_status(side, 1);
	arm(side);
	side_send(side, 255, 64, side->mr->lkey);
	if (ibv_destroy_qp(side->qp) || ibv_destroy_cq(cq_of(side)) ||
	    ibv_destroy_comp_channel(side->channel))
		side_die("destroy");
	printf("destroyed with an event unread\n");
}

static void receive(struct verbs_side *side, const char *path)
{
	struct address address = { .addr = (uintptr_t)side->memory,
				   .key = side->mr->rkey,
				   .qpn = side->qp->qp_num };
	FILE *file = fopen(path, "w");

	side_receive(side, SIDE_BYTES);
	if (!file || ibv_query_gid(side->context, 1, 0, &address.gid) ||
	    fwrite(&address, sizeof(address), 1, file) != 1 || fclose(file))
		side_die(path);
	arm(side);
	puts("ready");
	(void)fflush(stdout);
	printf("%s, status %d\n", next_event(side, 20000), side_status(side, 1));
}

static void fatal(struct verbs_side *side)
{
	struct ibv_async_event event;

	puts("ready");
	(void)fflush(stdout);
	if (ibv_get_async_event(side->context, &event))
		side_die("event");
	puts(ibv_event_type_str(event.event_type));
	ibv_ack_async_event(&event);
	(void)fflush(stdout);
	_exit(0);
}

int main(int argc, char **argv)
{
	struct verbs_side side = { .rnr_retry = 1 };

	if (argc < 3)
		return 64;
	side.context = side_device(argv[2]);
	side.channel = ibv_create_comp_channel(side.context);
	if (!side.channel)
		side_die("channel");
	side_open(&side, argv[2]);
	if (argc == 4)
		receive(&side, argv[3]);
	else if (strcmp(argv[1], "own") == 0)
		own(&side);
	else
		fatal(&side);
	return 0;
}
