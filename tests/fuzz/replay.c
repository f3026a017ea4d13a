/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * replay - run a fuzzer's function without libFuzzer: every file of a corpus,
 * then COUNT copies of them with bytes changed, cut, doubled or joined, from a
 * seed. With the sanitizers it finds what a longer run of libFuzzer would.
 *
 *   replay CORPUS COUNT [SEED]
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILES_MAX 256
#define BYTES_MAX 65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
	uint8_t data[BYTES_MAX];
	size_t size;
} corpus[FILES_MAX], changed;
static size_t corpus_count;
static uint64_t state;

static uint32_t draw(uint32_t below)
{
	uint64_t x = state += 0x9e3779b97f4a7c15ULL;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return (uint32_t)((x ^ (x >> 31)) >> 16) % below;
}

static int load(const char *path)
{
	struct dirent **list;
	int count = scandir(path, &list, NULL, alphasort);
	char name[4096];

	for (int i = 0; i < count; i++) {
		FILE *file;

		(void)snprintf(name, sizeof(name), "%s/%s", path, list[i]->d_name);
		file = list[i]->d_name[0] == '.' ? NULL : fopen(name, "rb");
		free(list[i]);
		if (!file)
			continue;
		if (corpus_count < FILES_MAX) {
			corpus[corpus_count].size =
				fread(corpus[corpus_count].data, 1, BYTES_MAX, file);
			corpus_count++;
		}
		(void)fclose(file);
	}
	if (count >= 0)
		free(list);
	return corpus_count ? 0 : 1;
}

static void change_byte(void)
{
	static const uint8_t often[] = { 0, 1, 2, 0x7f, 0x80, 0xff, '\n' };
	uint32_t at = draw((uint32_t)changed.size);

	if (draw(2))
		changed.data[at] = often[draw(sizeof(often))];
	else
		changed.data[at] ^= (uint8_t)(1u << draw(8));
}

/* Take out, or put in from another file, a few bytes. */
static void change_length(void)
{
	uint32_t at = draw((uint32_t)changed.size), other = draw((uint32_t)corpus_count);
	size_t span = 1 + draw(16);

	if (draw(2)) {
		if (span > changed.size - at)
			span = changed.size - at;
		memmove(changed.data + at, changed.data + at + span, changed.size - at - span);
		changed.size -= span;
	} else if (changed.size + span <= BYTES_MAX && corpus[other].size > span) {
		memmove(changed.data + at + span, changed.data + at, changed.size - at);
		memcpy(changed.data + at,
		       corpus[other].data + draw((uint32_t)(corpus[other].size - span)), span);
		changed.size += span;
	}
}

static void feed(void)
{
	/* A copy of its exact size, so that a sanitizer sees reads behind it. */
	uint8_t *copy = malloc(changed.size ? changed.size : 1);

	if (!copy)
		exit(1);
	memcpy(copy, changed.data, changed.size);
	(void)LLVMFuzzerTestOneInput(copy, changed.size);
	free(copy);
}

int main(int argc, char **argv)
{
	unsigned long count = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;

	state = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;
	if (argc < 3 || load(argv[1])) {
		fprintf(stderr, "usage: replay CORPUS COUNT [SEED]\n");
		return 64;
	}
	for (size_t i = 0; i < corpus_count; i++) {
		changed = corpus[i];
		feed();
	}
	for (unsigned long i = 0; i < count; i++) {
		changed = corpus[draw((uint32_t)corpus_count)];
		for (uint32_t k = 1 + draw(4); k > 0 && changed.size; k--) {
			if (draw(3))
				change_byte();
			else
				change_length();
		}
		feed();
	}
	printf("%zu files, %lu changed copies, seed %llu\n", corpus_count, count,
	       argc > 3 ? strtoull(argv[3], NULL, 10) : 1ULL);
	return 0;
}
