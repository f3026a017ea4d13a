/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "common/base/cleanup.h"
#include "common/base/deadline.h"
#include "common/base/err.h"
#include "common/burst/memory.h"
#include "common/burst/messages.h"
#include "common/node/fabric.h"
#include "common/node/fabric_lib.h"
#include "common/node/huge_page_use.h"
#include "common/verdict/report.h"
#include "prolog/commands/compare.h"
#include "prolog/commands/provider_env.h"
#include "prolog/commands/worker.h"
#include "prolog/terminal.h"

#define MS 1000000
#define LATENCY_NS (30 * MS)
#define RATE_NS (60 * MS)
#define VERSION_WITH_SWITCH 0x10013u /* 1.19 knows FI_EFA_USE_HUGE_PAGE */
#define RUN_MS 10000 /* of which 1 s is needed */

/* What a process is told. */
struct order {
	const struct eg_compare *compare;
	bool without;
};

uint32_t eg_compare_bytes(size_t place)
{
	return 8192u << place;
}

/* The queues keep the sizes they have by themselves, unlike in traffic that only tests. */
static void set_environment(const struct order *order)
{
	eg_provider_env_set();
	/* Older kernels would then use no huge pages in either run, or end the process. */
	(void)unsetenv("RDMAV_FORK_SAFE");
	(void)unsetenv("IBV_FORK_SAFE");
	(void)unsetenv("RDMAV_HUGEPAGES_SAFE");
	if (order->without)
		(void)setenv("FI_EFA_USE_HUGE_PAGE", "0", 1);
}

static int measure_size(struct eg_messages *messages, size_t bytes, struct eg_compare_size *ret,
			struct eg_err *err)
{
	struct eg_samples samples = { .count = 0 };
	int rc = eg_messages_ping(messages, bytes, LATENCY_NS, &samples, err);

	ret->latency_ns = eg_samples_percentile(&samples, 50);
	if (!rc)
		rc = eg_messages_stream(messages, bytes, RATE_NS, &ret->bytes, &ret->ns, err);
	return rc;
}

static int open_messages(const struct order *order, struct eg_compare_run *run,
			 struct eg_messages **ret, struct eg_err *err)
{
	struct eg_samples first = { .count = 0 };
	struct eg_huge_page_use use = { 0 };
	struct eg_fabric_lib lib;
	int rc = eg_fabric_lib_open(order->compare->libfabric, &lib, err);
	int64_t begin_ns;

	if (!rc)
		rc = eg_huge_page_use_read(&use, err);
	if (rc)
		return rc;
	eg_fabric_version(&lib, run->version, sizeof(run->version));
	run->free_before = use.free - use.reserved;
	run->starved = order->without && lib.version() < VERSION_WITH_SWITCH;
	if (run->starved)
		(void)eg_huge_pages_hold(&use);
	begin_ns = eg_now_ns();
	rc = eg_messages_open(&lib, order->compare->device, ret, err);
	/* Some pools are only made for the first packet. */
	if (!rc)
		rc = eg_messages_ping(*ret, eg_compare_bytes(0), 0, &first, err);
	run->open_ns = eg_now_ns() - begin_ns;
	if (!rc)
		rc = eg_huge_page_use_read(&use, err);
	run->page_kib = use.size_kib;
	run->free_after = use.free - use.reserved;
	run->own_kib = use.own_kib;
	return rc;
}

static void work(const void *context, void *result)
{
	const struct order *order = context;
	struct eg_compare_run *run = result;
	struct eg_messages *messages = NULL;
	struct eg_err err = { .text = "" };
	int rc;

	set_environment(order);
	rc = open_messages(order, run, &messages, &err);
	if (messages) {
		(void)snprintf(run->from, sizeof(run->from), "%s", eg_messages_from(messages));
		(void)snprintf(run->to, sizeof(run->to), "%s", eg_messages_to(messages));
	}
	for (size_t i = 0; !rc && i < EG_COMPARE_SIZES; i++)
		rc = measure_size(messages, eg_compare_bytes(i), &run->sizes[i], &err);
	if (rc)
		(void)snprintf(run->error, sizeof(run->error), "%.150s", err.text);
}

/* Both kinds by turns, so that a node that gets slower or faster favours none. */
static int register_both(struct eg_messages *messages, struct eg_compare_registration *ret,
			 struct eg_err *err)
{
	uint8_t *small = eg_memory_new(EG_COMPARE_REGISTER_BYTES, -1);
	void *huge = eg_huge_pages_new(EG_COMPARE_REGISTER_BYTES);
	int rc = 0;

	if (!small)
		return eg_err_errno(err, ENOMEM, "memory to register");
	if (!huge)
		return eg_err_set(err, ENOMEM, "no huge pages free for 64 MiB");
	(void)madvise(small, EG_COMPARE_REGISTER_BYTES, MADV_NOHUGEPAGE);
	memset(small, 1, EG_COMPARE_REGISTER_BYTES);
	for (size_t i = 0; !rc && i < EG_COMPARE_RUNS; i++) {
		rc = eg_messages_register(messages, huge, EG_COMPARE_REGISTER_BYTES,
					  &ret->huge_ns[i], err);
		if (!rc)
			rc = eg_messages_register(messages, small, EG_COMPARE_REGISTER_BYTES,
						  &ret->small_ns[i], err);
	}
	return rc;
}

static void work_registration(const void *context, void *result)
{
	const struct order *order = context;
	struct eg_compare_registration *registration = result;
	struct eg_messages *messages = NULL;
	struct eg_fabric_lib lib;
	struct eg_err err = { .text = "" };
	int rc;

	set_environment(order);
	/* What was registered before would be found again. */
	(void)setenv("FI_EFA_MR_CACHE_ENABLE", "0", 1);
	rc = eg_fabric_lib_open(order->compare->libfabric, &lib, &err);
	if (!rc)
		rc = eg_messages_open(&lib, order->compare->device, &messages, &err);
	if (!rc)
		rc = register_both(messages, registration, &err);
	if (rc)
		(void)snprintf(registration->error, sizeof(registration->error), "%.150s",
			       err.text);
}

static void add_unknown(struct eg_report *report, const char *id, const char *what, const char *why)
{
	struct eg_finding_spec spec = { .id = id, .outcome = EG_UNKNOWN, .blame = EG_BLAME_NONE };

	eg_findings_add(&report->findings, &spec, "huge pages not compared: %s: %s", what, why);
}

static int64_t end_of(int64_t deadline_ms)
{
	return eg_deadline_min(deadline_ms, eg_deadline_in(RUN_MS));
}

static int run_one(const struct eg_compare *compare, bool without, int64_t deadline_ms,
		   struct eg_compare_run *ret, struct eg_report *report)
{
	struct order order = { .compare = compare, .without = without };
	struct eg_worker worker = { .work = work,
				    .context = &order,
				    .deadline_ms = end_of(deadline_ms),
				    .show_talk = compare->show_talk };
	struct eg_err err = { .text = "" };
	int rc = eg_worker_run(&worker, ret, sizeof(*ret), &err);

	if (!rc && ret->error[0])
		rc = eg_err_set(&err, EIO, "%s", ret->error);
	if (rc)
		add_unknown(report, rc == -ETIMEDOUT ? "EG902" : "EG901",
			    without ? "without them" : "with them", err.text);
	return rc;
}

static void run_registration(struct eg_compare *compare, int64_t deadline_ms,
			     struct eg_report *report)
{
	struct order order = { .compare = compare };
	struct eg_worker worker = { .work = work_registration,
				    .context = &order,
				    .deadline_ms = end_of(deadline_ms),
				    .show_talk = compare->show_talk };
	struct eg_err err = { .text = "" };
	int rc =
		eg_worker_run(&worker, &compare->registration, sizeof(compare->registration), &err);

	if (!rc && compare->registration.error[0])
		rc = eg_err_set(&err, EIO, "%s", compare->registration.error);
	compare->registered = !rc;
	if (rc)
		add_unknown(report, rc == -ETIMEDOUT ? "EG902" : "EG901", "registration", err.text);
}

static void show_progress(size_t done)
{
	eg_progress_show(done < EG_COMPARE_RUNS * 2 ? "messages with and without" : "registration",
			 done, EG_COMPARE_RUNS * 2 + 1);
}

void eg_compare_run(struct eg_compare *compare, int64_t deadline_ms, struct eg_report *report)
{
	for (size_t i = 0; i < EG_COMPARE_RUNS; i++) {
		struct eg_compare_run *first = i % 2 ? &compare->without[i] : &compare->with[i];
		struct eg_compare_run *second = i % 2 ? &compare->with[i] : &compare->without[i];

		show_progress(2 * i);
		if (run_one(compare, i % 2, deadline_ms, first, report))
			return;
		show_progress(2 * i + 1);
		if (run_one(compare, !(i % 2), deadline_ms, second, report))
			return;
		compare->runs = i + 1;
	}
	show_progress(2 * EG_COMPARE_RUNS);
	run_registration(compare, deadline_ms, report);
}
