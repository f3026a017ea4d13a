/* SPDX-License-Identifier: BSD-3-Clause */
/* Memory that is to be of transparent huge pages is marked so; what the kernel gives is its own. */
#include "tests/unit/cmocka_all.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/burst/heap.h"
#include "common/burst/memory.h"

#define HUGE_BYTES ((size_t)2 << 20)
#ifdef __SANITIZE_ADDRESS__
#define OWN_MALLOC 0 /* the sanitizer's */
#else
#define OWN_MALLOC 1
#endif

/* Whether the mapping that @address lies in has @flag in its VmFlags. */
static bool has_flag(const void *address, const char *flag)
{
	FILE *smaps = fopen("/proc/self/smaps", "re");
	char line[512];
	bool inside = false, found = false;

	assert_non_null(smaps);
	while (fgets(line, sizeof(line), smaps)) {
		uintptr_t begin, end;

		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " ", &begin, &end) == 2)
			inside = (uintptr_t)address >= begin && (uintptr_t)address < end;
		else if (inside && !strncmp(line, "VmFlags:", 8))
			found = strstr(line, flag) != NULL;
	}
	(void)fclose(smaps);
	return found;
}

static void whole_huge_pages_are_asked_for(void **state)
{
	size_t size = 5 * HUGE_BYTES;
	uint8_t *memory = eg_memory_new(size, -1);

	(void)state;
	assert_non_null(memory);
	assert_false(has_flag(memory + size / 2, " hg"));
	eg_memory_in_huge_pages(memory + 4096, HUGE_BYTES); /* no whole one */
	eg_memory_in_huge_pages(memory, 0);
	assert_false(has_flag(memory + size / 2, " hg"));
	eg_memory_in_huge_pages(memory, size);
	assert_true(has_flag(memory + size / 2, " hg"));
	eg_memory_free(memory, size);
}

/* In a child, whose heap it is: 0 as it should be. */
static int heap_in_child(void)
{
	size_t size = (size_t)40 << 20;
	uint8_t *block;

	eg_heap_in_huge_pages(2 * size);
	for (int i = 0; i < 2; i++) {
		block = malloc(size);
		if (!block || (OWN_MALLOC && !has_flag(block + size / 2, " hg")))
			return 1;
		memset(block, 1, size);
	}
	block = malloc(4 * size); /* more than was said */
	return block && (memset(block, 1, 4 * size), block[size]) ? 0 : 2;
}

static void the_heap_is_of_huge_pages(void **state)
{
	int status = 0;
	pid_t pid = fork();

	(void)state;
	if (!pid)
		_exit(heap_in_child());
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_huge_pages_are_asked_for),
		cmocka_unit_test(the_heap_is_of_huge_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
