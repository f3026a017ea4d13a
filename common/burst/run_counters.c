/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/burst/run_counters.h"

#include "common/base/deadline.h"
#include "common/burst/devices.h"
#include "common/burst/endpoint.h"
#include "common/burst/run_state.h"
#include "common/node/counters.h"

#define COUNTER "rdma_read_bytes"
#define REPEATED_NS 15000000 /* the kernel's "lifespan" of 10 ms and some more */

static bool take(const struct eg_burst_devices *devices, size_t device, uint64_t *ret)
{
	return devices->endpoints[device] &&
	       eg_counter_read(devices->sysfs, devices->offer.devices[device].name, COUNTER, ret);
}

void eg_run_counters_take(const struct eg_burst_devices *devices, struct eg_run_counters *ret)
{
	for (size_t i = 0; i < devices->offer.device_count; i++)
		ret->known[i] = take(devices, i, &ret->bytes[i]);
}

/* What the device itself must have read for this rail, as far as is known here. */
static uint64_t bytes_of(const struct eg_rail_run *rail)
{
	const struct eg_rail_result *result = rail->result;

	if (result->state != EG_RAIL_OK || rail->emulated)
		return 0;
	return rail->read_bytes + result->alone_bytes + result->together_bytes;
}

static bool moved_by(const struct eg_burst_devices *devices, size_t device, uint64_t before,
		     uint64_t bytes, int64_t until_ns)
{
	uint64_t now = before;

	while (take(devices, device, &now) && now - before < bytes) {
		if (eg_now_ns() >= until_ns)
			return false;
		eg_sleep_ms(1, eg_deadline_in(1));
	}
	return true;
}

void eg_run_counters_judge(struct eg_run *run, const struct eg_run_counters *before)
{
	uint64_t bytes[EG_DEVICES_MAX] = { 0 };
	int64_t until_ns = eg_now_ns() + REPEATED_NS;
	bool moved[EG_DEVICES_MAX];

	for (size_t i = 0; i < run->count; i++)
		bytes[run->rails[i].result->device] += bytes_of(&run->rails[i]);
	for (size_t i = 0; i < run->devices->offer.device_count; i++)
		moved[i] = bytes[i] &&
			   (!before->known[i] ||
			    moved_by(run->devices, i, before->bytes[i], bytes[i], until_ns));
	for (size_t i = 0; i < run->count; i++) {
		struct eg_rail_run *rail = &run->rails[i];

		rail->result->device_reads = bytes_of(rail) && moved[rail->result->device];
	}
}
