/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sim - how often a good node is blamed, and how often a bad one missed: many
 * sessions over simulated fabrics, one line each kind. See doc/simulation.md.
 *
 *   sim [--small] [--jobs N] [NAME]
 *
 * --small: few sessions of each, always with the same result. NAME: only
 * scenarios whose name has it.
 */
#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "tests/sim/session.h"

#define JOBS_MAX 64
#define SMALL_SHARE 1000 /* of the sessions, at least SMALL_MIN */
#define SMALL_MIN 2
#define SMALL_NODES 1024 /* larger ones take too long */

#define TRIES(rate) .transient_tries = (rate)
#define PAIRS(rate) .transient_pairs = (rate)
#define BAD(rate) .bad_nodes = (rate)

/* clang-format off */
static const struct sim_scenario scenarios[] = {
	{ "all good", 256, 4, 1000, { .closed = false } },
	{ "1 % tries", 256, 4, 10000, { TRIES(0.01) } },
	{ "1 % tries", 256, 32, 2000, { TRIES(0.01) } },
	{ "1 % tries, 1 % bad nodes", 256, 4, 100000, { TRIES(0.01), BAD(0.01) } },
	{ "1 % tries, 1 % bad nodes", 256, 32, 2000, { TRIES(0.01), BAD(0.01) } },
	{ "1 % pairs, 1 % bad nodes", 256, 4, 100000, { PAIRS(0.01), BAD(0.01) } },
	{ "1 % pairs and tries, 0.1 % bad devices", 256, 32, 2000,
	  { PAIRS(0.01), TRIES(0.01), .bad_devices = 0.001 } },
	{ "1 % tries, 1 % bad devices", 256, 32, 2000, { TRIES(0.01), .bad_devices = 0.01 } },
	{ "1 % bad pairs", 256, 4, 10000, { .bad_pairs = 0.01 } },
	{ "1 % tries, 10 % bad nodes", 256, 4, 10000, { TRIES(0.01), BAD(0.1) } },
	{ "1 % tries, 30 % bad nodes", 256, 4, 10000, { TRIES(0.01), BAD(0.3) } },
	{ "1 % tries, 60 % bad nodes", 256, 4, 10000, { TRIES(0.01), BAD(0.6) } },
	{ "1 % pairs, 5 % bad nodes", 2, 4, 100000, { PAIRS(0.01), BAD(0.05) } },
	{ "1 % pairs, 5 % bad nodes", 3, 4, 100000, { PAIRS(0.01), BAD(0.05) } },
	{ "1 % pairs, 5 % bad nodes", 4, 4, 100000, { PAIRS(0.01), BAD(0.05) } },
	{ "1 % pairs, 5 % bad nodes", 5, 4, 100000, { PAIRS(0.01), BAD(0.05) } },
	{ "1 % pairs, 5 % bad nodes", 8, 4, 100000, { PAIRS(0.01), BAD(0.05) } },
	{ "1 % pairs, 1 % bad nodes", 16, 4, 100000, { PAIRS(0.01), BAD(0.01) } },
	{ "1 % pairs, 1 % bad nodes", 64, 4, 100000, { PAIRS(0.01), BAD(0.01) } },
	{ "1 % pairs, 1 % bad nodes", 1024, 4, 5000, { PAIRS(0.01), BAD(0.01) } },
	{ "1 % pairs, 1 % bad nodes", 4096, 4, 1000, { PAIRS(0.01), BAD(0.01) } },
	{ "1 % pairs, 1 % bad nodes", 16384, 4, 200, { PAIRS(0.01), BAD(0.01) } },
	{ "island of 1, 1 % pairs", 256, 4, 5000, { PAIRS(0.01), .island = 1 } },
	{ "island of 2, 1 % pairs", 256, 4, 5000, { PAIRS(0.01), .island = 2 } },
	{ "island of 2, 1 % bad nodes", 256, 4, 5000, { .island = 2, BAD(0.01) } },
	{ "island of 5, 1 % pairs, 1 % bad nodes", 256, 4, 5000,
	  { PAIRS(0.01), .island = 5, BAD(0.01) } },
	{ "island of 32, 1 % pairs, 1 % bad nodes", 256, 4, 5000,
	  { PAIRS(0.01), .island = 32, BAD(0.01) } },
	{ "island of 128, 1 % pairs, 1 % bad nodes", 256, 4, 5000,
	  { PAIRS(0.01), .island = 128, BAD(0.01) } },
	{ "closed group", 256, 4, 1000, { .closed = true } },
	{ "4 nodes out for 0.1-1 s, 1 % bad nodes", 256, 4, 20000,
	  { .outage_nodes = 4, .outage_min_ms = 100, .outage_max_ms = 1000, BAD(0.01) } },
	{ "4 nodes out for 1-2 s", 256, 4, 20000,
	  { .outage_nodes = 4, .outage_min_ms = 1000, .outage_max_ms = 2000 } },
	{ "4 nodes out for 2-3 s", 256, 4, 20000,
	  { .outage_nodes = 4, .outage_min_ms = 2000, .outage_max_ms = 3000 } },
	{ "4 nodes out for 3-30 s", 256, 4, 20000,
	  { .outage_nodes = 4, .outage_min_ms = 3000, .outage_max_ms = 30000 } },
};
/* clang-format on */

/* The mean above which @events or fewer come in only 5 % of cases. */
static double poisson_bound(uint64_t events)
{
	double low = (double)events, high = (double)events * 2 + 20;

	for (int i = 0; i < 60; i++) {
		double mean = (low + high) / 2, term = exp(-mean), sum = term;

		for (uint64_t k = 1; k <= events; k++) {
			term *= mean / (double)k;
			sum += term;
		}
		if (sum > 0.05)
			low = mean;
		else
			high = mean;
	}
	return high;
}

/* Every @jobs-th session from @first on. */
static int run_share(const struct sim_scenario *scenario, uint32_t first, uint32_t jobs,
		     struct sim_sums *sums)
{
	int rc = 0;

	for (uint32_t i = first; !rc && i < scenario->sessions; i += jobs)
		rc = sim_session_run(scenario, i + 1, sums);
	return rc;
}

static void add(struct sim_sums *to, const struct sim_sums *from)
{
	to->sessions += from->sessions;
	to->blamed_good += from->blamed_good;
	to->faults += from->faults;
	to->found += from->found;
	to->rounds = from->rounds > to->rounds ? from->rounds : to->rounds;
	to->rounds_sum += from->rounds_sum;
	to->messages += from->messages;
	to->stopped += from->stopped;
	to->cluster += from->cluster;
	to->warned += from->warned;
}

/* In @jobs processes: 0 or -1. */
static int run(const struct sim_scenario *scenario, uint32_t jobs, struct sim_sums *ret)
{
	struct sim_sums *shares = mmap(NULL, JOBS_MAX * sizeof(*shares), PROT_READ | PROT_WRITE,
				       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pids[JOBS_MAX];
	int bad = 0, status;

	if (shares == MAP_FAILED)
		return -1;
	(void)fflush(stdout);
	for (uint32_t i = 0; i < jobs; i++) {
		pids[i] = fork();
		if (!pids[i])
			_exit(run_share(scenario, i, jobs, &shares[i]) != 0);
	}
	for (uint32_t i = 0; i < jobs; i++)
		bad |= waitpid(pids[i], &status, 0) != pids[i] || status;
	for (uint32_t i = 0; i < jobs; i++)
		add(ret, &shares[i]);
	(void)munmap(shares, JOBS_MAX * sizeof(*shares));
	return bad ? -1 : 0;
}

static void print_head(void)
{
	printf("| fabric | nodes x devices | sessions | good blamed | 95 %% bound, a session "
	       "| solid faults | missed | rounds: mean, most | messages a node "
	       "| stopped | cluster named | gone with warnings |\n"
	       "|---|---|---|---|---|---|---|---|---|---|---|---|\n");
}

static void print_row(const struct sim_scenario *scenario, const struct sim_sums *sums)
{
	double sessions = (double)sums->sessions;

	printf("| %s | %u x %u | %llu | %llu | %.1e | %llu | %lld | %.2f, %llu | %.1f | %.2f %% "
	       "| %.2f %% | %.2f %% |\n",
	       scenario->name, scenario->nodes, scenario->devices,
	       (unsigned long long)sums->sessions, (unsigned long long)sums->blamed_good,
	       poisson_bound(sums->blamed_good) / sessions, (unsigned long long)sums->faults,
	       (long long)(sums->faults - sums->found), (double)sums->rounds_sum / sessions,
	       (unsigned long long)sums->rounds,
	       (double)sums->messages / sessions / (double)scenario->nodes,
	       100 * (double)sums->stopped / sessions, 100 * (double)sums->cluster / sessions,
	       100 * (double)sums->warned / sessions);
	(void)fflush(stdout);
}

/* The small form of a scenario; false: leave it out. */
static bool shrink(struct sim_scenario *scenario)
{
	scenario->sessions /= SMALL_SHARE;
	if (scenario->sessions < SMALL_MIN)
		scenario->sessions = SMALL_MIN;
	return scenario->nodes <= SMALL_NODES;
}

int main(int argc, char **argv)
{
	uint32_t jobs = (uint32_t)sysconf(_SC_NPROCESSORS_ONLN);
	const char *only = "";
	bool small = false;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--small"))
			small = true;
		else if (!strcmp(argv[i], "--jobs") && i + 1 < argc)
			jobs = (uint32_t)atoi(argv[++i]);
		else
			only = argv[i];
	}
	jobs = jobs < 1 ? 1 : jobs > JOBS_MAX ? JOBS_MAX : jobs;
	/* Sessions come and go: their memory is kept. */
	(void)mallopt(M_MMAP_THRESHOLD, 1 << 30);
	(void)mallopt(M_TRIM_THRESHOLD, 1 << 30);
	print_head();
	for (size_t i = 0; i < EG_COUNT(scenarios); i++) {
		struct sim_scenario scenario = scenarios[i];
		struct sim_sums sums = { 0 };

		if ((small && !shrink(&scenario)) || !strstr(scenario.name, only))
			continue;
		if (run(&scenario, jobs, &sums)) {
			fprintf(stderr, "sim: '%s' could not be run\n", scenario.name);
			return 1;
		}
		print_row(&scenario, &sums);
	}
	return 0;
}
