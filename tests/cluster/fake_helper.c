/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fake_helper - stands where the plugin expects the program efagate and does
 * what a test wants.
 *
 * Arguments and environment are the plugin's, so the test speaks through files
 * beside the program: "word.NODE", else "word", says what to do; "seen.NODE"
 * is what the helper was started with.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/base/step_verdict.h"

#define RESULT_FD 3
#define LIFE_S 60 /* whatever a test does, none of these stays behind */

static const char *option(char **argv, const char *name)
{
	for (; argv[0] && argv[1]; argv++) {
		if (!strcmp(argv[0], name))
			return argv[1];
	}
	return "";
}

static void see_status(FILE *seen)
{
	EG_CLEANUP(eg_close_file) FILE *status = fopen("/proc/self/status", "re");
	char line[512];

	while (status && fgets(line, sizeof(line), status)) {
		if (!strncmp(line, "Uid:", 4) || !strncmp(line, "Gid:", 4) ||
		    !strncmp(line, "Cap", 3) || !strncmp(line, "Groups:", 7) ||
		    !strncmp(line, "SigBlk:", 7) || !strncmp(line, "SigIgn:", 7))
			fputs(line, seen);
	}
}

static void see_secure(FILE *seen)
{
	EG_CLEANUP(eg_close_file) FILE *file = fopen("/proc/self/auxv", "re");
	Elf64_auxv_t entry;

	while (file && fread(&entry, sizeof(entry), 1, file) == 1) {
		if (entry.a_type == AT_SECURE)
			fprintf(seen, "secure: %lu\n", (unsigned long)entry.a_un.a_val);
	}
}

static void see_files(FILE *seen)
{
	char path[64], target[PATH_MAX];

	for (int fd = 0; fd < 4096; fd++) {
		ssize_t length;

		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		length = readlink(path, target, sizeof(target) - 1);
		if (length < 0 || fd == fileno(seen))
			continue;
		target[length] = '\0';
		*strchrnul(target, '[') = '\0'; /* the number of a pipe */
		fprintf(seen, "fd %d: %s\n", fd, target);
	}
}

/* Can it become root again? */
static void see_root(FILE *seen)
{
	int rc = setresuid(0, 0, 0);

	fprintf(seen, "become root: %s\n", rc < 0 ? strerror(errno) : "done");
}

static void see(FILE *seen, char **argv)
{
	fprintf(seen, "pid: %d\n", getpid());
	fprintf(seen, "group: %s\n", getpgrp() == getpid() ? "own" : "foreign");
	for (int i = 1; argv[i]; i++)
		fprintf(seen, "argument: %s\n", argv[i]);
	for (char **variable = environ; *variable; variable++)
		fprintf(seen, "environment: %s\n", *variable);
	see_status(seen);
	see_secure(seen);
	see_files(seen);
	see_root(seen);
	fputs("end\n", seen);
}

static void read_word(const char *folder, const char *node, char *word, size_t size)
{
	char path[PATH_MAX];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/word.%s", folder, node);
	file = fopen(path, "re");
	if (!file) {
		(void)snprintf(path, sizeof(path), "%s/word", folder);
		file = fopen(path, "re");
	}
	if (!file || !fgets(word, (int)size, file))
		(void)snprintf(word, size, "nothing");
	word[strcspn(word, "\n")] = '\0';
	if (file)
		(void)fclose(file);
}

static void send_verdict(const char *word, char **argv)
{
	struct eg_step_verdict verdict;
	char line[256];

	(void)snprintf(line, sizeof(line), "efagate: %s: the verdict is %s", option(argv, "--node"),
		       word);
	eg_step_verdict_init(&verdict, line);
	verdict.go = !!strncmp(word, "nogo", 4);
	verdict.huge_page = strstr(word, "huge") != NULL;
	verdict.say = !strcmp(option(argv, "--index"), "0") && !strstr(word, "silent");
	if (strstr(word, "garbage"))
		verdict.magic ^= 1;
	do {
		if (write(RESULT_FD, &verdict,
			  strstr(word, "half") ? sizeof(verdict) / 2 : sizeof(verdict)) < 0)
			_exit(99);
	} while (strstr(word, "flood"));
}

static void act(const char *word, char **argv)
{
	const struct rlimit no_core = { 0, 0 };

	if (strstr(word, "go") || strstr(word, "garbage") || strstr(word, "flood") ||
	    strstr(word, "half"))
		send_verdict(word, argv);
	if (strstr(word, "hang")) {
		(void)signal(SIGTERM, SIG_IGN);
		(void)sleep(LIFE_S);
	}
	while (strstr(word, "spin"))
		;
	if (strstr(word, "crash")) {
		(void)setrlimit(RLIMIT_CORE, &no_core);
		(void)raise(SIGSEGV);
	}
}

int main(int argc, char **argv)
{
	char folder[PATH_MAX] = "", path[PATH_MAX + 64], done[PATH_MAX + 64], word[128];
	FILE *seen;

	(void)argc;
	(void)alarm(LIFE_S);
	if (readlink("/proc/self/exe", folder, sizeof(folder) - 1) < 0)
		return 98;
	(void)dirname(folder);
	(void)snprintf(path, sizeof(path), "%s/seen.%s.new", folder, option(argv, "--node"));
	(void)snprintf(done, sizeof(done), "%s/seen.%s", folder, option(argv, "--node"));
	seen = fopen(path, "we");
	if (!seen)
		return 97;
	see(seen, argv);
	(void)fclose(seen);
	if (rename(path, done) < 0)
		return 96;
	read_word(folder, option(argv, "--node"), word, sizeof(word));
	act(word, argv);
	return strstr(word, "exit 3") ? 3 : 0;
}
