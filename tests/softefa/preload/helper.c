/* SPDX-License-Identifier: BSD-3-Clause */
#include "helper.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#include "../shared/counter_files.h"
#include "../shared/fabric_lock.h"
#include "../shared/fault.h"
#include "engine.h"
#include "op_heap.h"
#include "quiet_thread.h"
#include "session.h"

#define FILES_PERIOD_NS 10000000ull
/* Writing counter files takes at most one part in this many of the thread's time. */
#define FILES_SHARE 20

/* Everything here is under @lock, except @thread and the bits of @moved. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t wake; /* the thread has something to do */
	pthread_cond_t idle; /* the thread has done one request */
	bool holds_alive;
	_Atomic pthread_t thread;
	struct se_process *process;
	struct se_op_heap heap;
	uint64_t files_due_ns; /* 0 when no counter has moved */
	uint64_t files_last_ns; /* before this no file is written again */
	_Atomic bool files_armed;
	_Atomic uint64_t moved[SE_DEVICES_MAX / 64];
} helper = { .lock = PTHREAD_MUTEX_INITIALIZER, .idle = PTHREAD_COND_INITIALIZER };

bool se_helper_is_current(void)
{
	return pthread_equal(pthread_self(), atomic_load(&helper.thread));
}

static void write_files(void)
{
	for (uint32_t word = 0; word < SE_DEVICES_MAX / 64; word++) {
		uint64_t bits = atomic_exchange(&helper.moved[word], 0);

		for (; bits; bits &= bits - 1)
			se_counter_files_write(&se_map,
					       word * 64 + (uint32_t)__builtin_ctzll(bits));
	}
}

/* Entered and left with the lock held; writes without it. */
static void run_files(void)
{
	uint64_t began_ns = se_now_ns();
	uint64_t ended_ns;

	helper.files_due_ns = 0;
	/* disarmed before the bits are taken: a later move arms again */
	atomic_store(&helper.files_armed, false);
	(void)pthread_mutex_unlock(&helper.lock);
	write_files();
	(void)pthread_mutex_lock(&helper.lock);
	ended_ns = se_now_ns();
	helper.files_last_ns = ended_ns + (ended_ns - began_ns) * FILES_SHARE;
}

static void free_op(struct se_op *op)
{
	op->next_free = op->qp->free_ops;
	op->qp->free_ops = op;
}

/* Entered and left with the lock held; runs without it. */
static void run_op(struct se_op *op)
{
	struct se_local_qp *qp = op->qp;
	bool again;

	qp->running++;
	(void)pthread_mutex_unlock(&helper.lock);
	again = se_engine_retry(op);
	(void)pthread_mutex_lock(&helper.lock);
	qp->running--;
	if (again)
		se_op_heap_push(&helper.heap, op);
	else
		free_op(op);
	(void)pthread_cond_broadcast(&helper.idle);
}

static void wait_until(uint64_t due_ns)
{
	const struct timespec due = { .tv_sec = (time_t)(due_ns / 1000000000u),
				      .tv_nsec = (long)(due_ns % 1000000000u) };

	if (due_ns)
		(void)pthread_cond_timedwait(&helper.wake, &helper.lock, &due);
	else
		(void)pthread_cond_wait(&helper.wake, &helper.lock);
}

static void run_one(void)
{
	struct se_op *op = se_op_heap_first(&helper.heap);
	uint64_t now_ns = se_now_ns();

	if (op && op->due_ns <= now_ns)
		run_op(se_op_heap_pop(&helper.heap));
	else if (helper.files_due_ns && helper.files_due_ns <= now_ns)
		run_files();
	else if (op && (!helper.files_due_ns || op->due_ns < helper.files_due_ns))
		wait_until(op->due_ns);
	else
		wait_until(helper.files_due_ns);
}

static void *run(void *unused)
{
	(void)unused;
	atomic_store(&helper.thread, pthread_self());
	(void)prctl(PR_SET_NAME, "softefa");
	(void)prctl(PR_SET_TIMERSLACK, 1);
	(void)pthread_mutex_lock(&helper.lock);
	(void)se_lock(&helper.process->alive);
	helper.holds_alive = true;
	(void)pthread_cond_broadcast(&helper.idle);
	for (;;)
		run_one();
	return NULL;
}

static void init_wake(void)
{
	pthread_condattr_t attr;

	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&helper.wake, &attr);
	(void)pthread_condattr_destroy(&attr);
}

int se_helper_start(struct se_process *process)
{
	int rc;

	helper.process = process;
	helper.holds_alive = false;
	init_wake();
	rc = se_quiet_thread(run, NULL);
	if (rc < 0)
		return rc;
	(void)pthread_mutex_lock(&helper.lock);
	while (!helper.holds_alive)
		(void)pthread_cond_wait(&helper.idle, &helper.lock);
	(void)pthread_mutex_unlock(&helper.lock);
	return 0;
}

void se_helper_forget(void)
{
	memset(&helper, 0, sizeof(helper));
	(void)pthread_mutex_init(&helper.lock, NULL);
	(void)pthread_cond_init(&helper.idle, NULL);
}

static void arm_files(void)
{
	uint64_t due_ns = se_now_ns() + FILES_PERIOD_NS;

	(void)pthread_mutex_lock(&helper.lock);
	helper.files_due_ns = due_ns > helper.files_last_ns ? due_ns : helper.files_last_ns;
	(void)pthread_cond_signal(&helper.wake);
	(void)pthread_mutex_unlock(&helper.lock);
}

void se_helper_counters_moved(uint32_t row)
{
	_Atomic uint64_t *word = &helper.moved[row / 64];
	uint64_t bit = 1ull << (row % 64);

	if (!(atomic_load_explicit(word, memory_order_relaxed) & bit))
		atomic_fetch_or(word, bit);
	if (!atomic_load_explicit(&helper.files_armed, memory_order_relaxed) &&
	    !atomic_exchange(&helper.files_armed, true))
		arm_files();
}

void se_helper_flush(uint32_t row)
{
	atomic_fetch_or(&helper.moved[row / 64], 1ull << (row % 64));
	write_files();
}

int se_helper_reserve(uint32_t count)
{
	int rc;

	(void)pthread_mutex_lock(&helper.lock);
	rc = se_op_heap_reserve(&helper.heap, count);
	(void)pthread_mutex_unlock(&helper.lock);
	return rc;
}

bool se_helper_queue(const struct se_op *op)
{
	struct se_local_qp *qp = op->qp;
	struct se_op *row;

	(void)pthread_mutex_lock(&helper.lock);
	row = qp->free_ops;
	if (row) {
		qp->free_ops = row->next_free;
		*row = *op;
		se_op_heap_push(&helper.heap, row);
		if (se_op_heap_first(&helper.heap) == row)
			(void)pthread_cond_signal(&helper.wake);
	}
	(void)pthread_mutex_unlock(&helper.lock);
	return row != NULL;
}

void se_helper_take(struct se_local_qp *qp, void (*each)(struct se_op *op))
{
	struct se_op *op;

	(void)pthread_mutex_lock(&helper.lock);
	while (qp->running > 0)
		(void)pthread_cond_wait(&helper.idle, &helper.lock);
	while ((op = se_op_heap_take(&helper.heap, qp))) {
		each(op);
		free_op(op);
	}
	(void)pthread_mutex_unlock(&helper.lock);
}

void se_helper_drop(struct se_local_qp *qp)
{
	(void)pthread_mutex_lock(&helper.lock);
	se_op_heap_drop(&helper.heap, qp);
	while (qp->running > 0)
		(void)pthread_cond_wait(&helper.idle, &helper.lock);
	se_op_heap_drop(&helper.heap, qp);
	se_op_heap_unreserve(&helper.heap, qp->sq_entries);
	(void)pthread_mutex_unlock(&helper.lock);
}
