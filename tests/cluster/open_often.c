/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * open_often - the layers of PCI and verbs looked at again and again in one
 * process: descriptors and memory must not grow.
 *
 *	open_often ROUNDS      prints "ROUNDS rounds, +F descriptors, +K KiB"
 *
 * Growth is counted from the tenth round on; exit 1 when a descriptor was left.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "common/node/facts.h"
#include "common/node/pci.h"
#include "common/node/verbs.h"

#define FIRST_ROUNDS 10

static long count_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	long count = 0;

	while (folder && readdir(folder))
		count++;
	if (folder)
		(void)closedir(folder);
	return count;
}

static long resident_kib(void)
{
	FILE *file = fopen("/proc/self/status", "re");
	char line[128];
	long kib = 0;

	while (file && fgets(line, sizeof(line), file)) {
		if (!strncmp(line, "VmRSS:", 6))
			kib = strtol(line + 6, NULL, 10);
	}
	if (file)
		(void)fclose(file);
	return kib;
}

static void look(void)
{
	static struct eg_pci_device pci[EG_DEVICES_MAX];
	static struct eg_verbs_device verbs[EG_DEVICES_MAX];
	struct eg_err err = { 0 };
	ssize_t on_pci = eg_pci_list("/sys", pci, EG_DEVICES_MAX, &err);
	ssize_t in_verbs = eg_verbs_list("/sys", verbs, EG_DEVICES_MAX, &err);

	if (on_pci <= 0 || in_verbs != on_pci || !verbs[0].opens) {
		fprintf(stderr, "open_often: %zd on PCI, %zd in verbs: %s\n", on_pci, in_verbs,
			err.text);
		exit(2);
	}
}

int main(int argc, char **argv)
{
	long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : FIRST_ROUNDS;
	long descriptors = 0, kib = 0;

	for (long i = 0; i < rounds; i++) {
		look();
		if (i + 1 != FIRST_ROUNDS)
			continue;
		descriptors = count_descriptors();
		kib = resident_kib();
	}
	descriptors = count_descriptors() - descriptors;
	printf("%ld rounds, %+ld descriptors, %+ld KiB\n", rounds, descriptors,
	       resident_kib() - kib);
	return descriptors > 0;
}
