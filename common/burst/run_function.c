/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/base/deadline.h"
#include "common/base/err.h"
#include "common/burst/devices.h"
#include "common/burst/endpoint.h"
#include "common/burst/provider.h"
#include "common/burst/run.h"
#include "common/burst/run_state.h"

#define FIRST_BYTES 8192
#define SETTLE_NS 2000000 /* the handshake comes with the first read's bytes or soon after */
#define AGAIN_NS 1000000 /* a partner may get its round a little later than we did */

/* Our own device @peer when the target is that: it must know us as well. */
static struct eg_endpoint *own_target(const struct eg_run *run, const struct eg_rail *rail)
{
	const struct eg_offer *offer = &run->devices->offer;
	const struct eg_target *own = &offer->devices[rail->peer].target;

	if (rail->peer >= offer->device_count ||
	    own->address_length != rail->target.address_length ||
	    memcmp(own->address, rail->target.address, own->address_length) != 0)
		return NULL;
	return run->devices->endpoints[rail->peer];
}

static unsigned int window_of(const struct eg_run *run, const struct eg_rail_run *rail)
{
	size_t fitting;

	if (rail->emulated)
		return run->devices->provider->message_window;
	fitting = EG_WINDOW_BYTES / rail->read_bytes;
	return fitting < EG_WINDOW ? (unsigned int)fitting : EG_WINDOW;
}

static void begin_rail(struct eg_run *run, struct eg_rail_run *rail)
{
	const struct eg_offer_device *own = &run->devices->offer.devices[rail->rail->device];
	struct eg_endpoint *target = own_target(run, rail->rail);
	struct eg_err err = { 0 };
	uint64_t unused;
	int rc;

	rail->emulated = !own->target.device_reads || !rail->rail->target.device_reads;
	rail->read_bytes =
		rail->emulated ? run->devices->provider->message_bytes : run->devices->read_bytes;
	if (run->read_bytes && run->read_bytes < rail->read_bytes)
		rail->read_bytes = run->read_bytes;
	rail->window = window_of(run, rail);
	if (!rail->endpoint) {
		eg_run_end_rail(rail, EG_RAIL_UNKNOWN, "own device: %.90s",
				own->error[0] ? own->error : "there is none");
		return;
	}
	if (!rail->rail->target.address_length) {
		eg_run_end_rail(rail, EG_RAIL_UNKNOWN, "the partner's device has no address");
		return;
	}
	rc = eg_endpoint_insert(rail->endpoint, &rail->rail->target, &rail->peer, &err);
	if (!rc && target)
		rc = eg_endpoint_insert(target, &own->target, &unused, &err);
	if (rc < 0) {
		rail->result->error = -rc;
		/* Another provider's address: nothing was tried. */
		eg_run_end_rail(rail, rc == -EINVAL ? EG_RAIL_UNKNOWN : EG_RAIL_FAILED, "%.100s",
				err.text);
	}
}

void eg_run_function_begin(struct eg_run *run)
{
	run->function_generation = run->devices->generation++;
	for (size_t i = 0; i < run->count; i++)
		begin_rail(run, &run->rails[i]);
}

static void start_read(struct eg_run *run, struct eg_rail_run *rail, size_t size,
		       enum eg_rail_step step)
{
	struct eg_read read = {
		.peer = rail->peer,
		.target = &rail->rail->target,
		.offset = EG_OFFER_BYTES - size,
		.size = size,
		.tag = eg_run_tag(run->function_generation, (size_t)(rail - run->rails)),
	};
	int slice = eg_endpoint_take(rail->endpoint);
	struct eg_err err = { 0 };
	int rc;

	if (slice < 0) {
		eg_run_end_rail(
			rail, EG_RAIL_UNKNOWN, "%s",
			slice == -ENOMEM
				? "memory for its reads cannot be registered"
				: "reads of earlier rounds have not ended and hold all memory");
		return;
	}
	/* What an earlier read left there must not pass for this one's bytes. */
	memset(eg_endpoint_slice(rail->endpoint, slice), 0, size);
	rail->second_ns = eg_now_ns();
	rc = eg_endpoint_read(rail->endpoint, slice, &read, &err);
	if (!rc) {
		rail->step = step;
	} else if (rc != -EAGAIN) {
		rail->result->error = -rc;
		eg_run_end_rail(rail, EG_RAIL_FAILED, "%.100s", err.text);
	}
}

void eg_run_function_step(struct eg_run *run, unsigned int group)
{
	int64_t now_ns = eg_now_ns();

	for (size_t i = 0; i < run->count; i++) {
		struct eg_rail_run *rail = &run->rails[i];

		/* Another thread's; who is over may have a device that is not there. */
		if (rail->step == EG_STEP_DONE || run->groups[rail->rail->device] != group)
			continue;
		if (rail->step == EG_STEP_FIRST && now_ns >= rail->settled_ns)
			start_read(run, rail, FIRST_BYTES, EG_STEP_FIRST_READ);
		else if (rail->step == EG_STEP_SETTLE && now_ns >= rail->settled_ns)
			start_read(run, rail, rail->read_bytes, EG_STEP_SECOND_READ);
	}
}

/* Until the time is over, at whose end this is what is said of it. */
static void try_again(struct eg_rail_run *rail, const struct eg_read_end *end)
{
	rail->step = EG_STEP_FIRST;
	rail->settled_ns = eg_now_ns() + AGAIN_NS;
	rail->result->error = end->error;
	rail->result->provider_error = end->provider_error;
	(void)snprintf(rail->refusal, sizeof(rail->refusal), "%s", end->text);
}

void eg_run_function_end(struct eg_rail_run *rail, const struct eg_read_end *end)
{
	bool is_first = rail->step == EG_STEP_FIRST_READ;
	size_t size = is_first ? FIRST_BYTES : rail->read_bytes;

	if (rail->step == EG_STEP_DONE)
		return;
	if (end->unknown_yet && is_first) {
		try_again(rail, end);
		return;
	}
	if (end->error) {
		eg_run_fail_rail(rail, end);
		return;
	}
	if (!eg_run_check(rail, end->slice, 0, size, EG_OFFER_BYTES - size))
		return;
	rail->result->error = rail->result->provider_error = 0;
	if (is_first) {
		rail->step = EG_STEP_SETTLE;
		rail->settled_ns = eg_now_ns() + SETTLE_NS;
	} else {
		rail->second_ns = eg_now_ns() - rail->second_ns;
		eg_run_end_rail(rail, EG_RAIL_OK, "%s", "");
	}
}

size_t eg_run_function_open(const struct eg_run *run)
{
	size_t open = 0;

	for (size_t i = 0; i < run->count; i++)
		open += run->rails[i].step != EG_STEP_DONE;
	return open;
}

void eg_run_function_wait(struct eg_run *run, int64_t until_ns)
{
	while (eg_run_function_open(run) && eg_now_ns() < until_ns) {
		eg_run_function_step(run, 0);
		eg_run_take_all(run, 0);
	}
}
