/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "listening.h"
#include "sandbox.h"

#define OPTIONS_MAX 32
#define WORDS_MAX 1024
#define SIGNAL_EXIT 128
#define LISTEN_LOOKS 200
#define LISTEN_PAUSE_NS 50000000

/* "@n2" is node 2's address: 0 when @word is no such thing. */
static int node_meant(const char *word)
{
	return strncmp(word, "@n", 2) == 0 ? atoi(word + 2) : 0;
}

static void set_environment(const struct se_sandbox *sandbox, int number)
{
	char text[32];

	(void)setenv("SOFTEFA_FABRIC", sandbox->dir, 1);
	(void)snprintf(text, sizeof(text), "%d", sandbox->nodes);
	(void)setenv("SOFTEFA_NODES", text, 1);
	(void)snprintf(text, sizeof(text), "n%d", number);
	(void)setenv("SOFTEFA_NODE", text, 1);
}

/* In the child that becomes the command on node @number. Does not return but to fail. */
static int become(const struct se_sandbox *sandbox, int number, char **command)
{
	char *words[WORDS_MAX] = { NULL };
	char name[16];
	int count = 0;

	(void)snprintf(name, sizeof(name), "n%d", number);
	words[count++] = (char *)sandbox->dir;
	words[count++] = name;
	words[count++] = (char *)"--";
	for (; *command && count < WORDS_MAX - 1; command++) {
		int meant = node_meant(*command);

		/* the node itself is the server: it is told no address */
		if (meant != number)
			words[count++] = meant ? (char *)"127.0.0.1" : *command;
	}
	set_environment(sandbox, number);
	return se_command_enter(count, words);
}

static pid_t start(const struct se_sandbox *sandbox, int number, char **command)
{
	pid_t child = fork();

	if (child == 0)
		exit(become(sandbox, number, command));
	return child;
}

static void wait_for_server(void)
{
	const struct timespec pause = { .tv_nsec = LISTEN_PAUSE_NS };

	for (int i = 0; i < LISTEN_LOOKS && !se_is_listening(); i++)
		(void)nanosleep(&pause, NULL);
}

/* All end well, or the first that does not ends the others. */
static int wait_for_all(void)
{
	int first_bad = SE_EXIT_OK;
	int status;

	while (wait(&status) > 0) {
		int code = WIFEXITED(status) ? WEXITSTATUS(status) : SIGNAL_EXIT + WTERMSIG(status);

		if (code == SE_EXIT_OK || first_bad != SE_EXIT_OK)
			continue;
		first_bad = code;
		/* process 1 of a namespace reaches all in it but itself */
		(void)kill(-1, SIGTERM);
	}
	return first_bad;
}

static int run_everywhere(struct se_sandbox *sandbox, void *argument)
{
	char **command = argument;
	int server = 0;

	for (char **word = command; *word && !server; word++)
		server = node_meant(*word);
	if (server > sandbox->nodes)
		return se_usage("'@n%d': there are %d nodes", server, sandbox->nodes);
	if (server && start(sandbox, server, command) > 0)
		wait_for_server();
	for (int i = 1; i <= sandbox->nodes; i++)
		if (i != server && start(sandbox, i, command) < 0)
			return se_failed("a process: %s", strerror(errno));
	return wait_for_all();
}

static int write_script(const char *path, const char *self, const char *dir, int number)
{
	FILE *file = fopen(path, "we");

	if (!file)
		return se_failed("'%s': %s", path, strerror(errno));
	(void)fprintf(file, "#!/bin/sh\nexec '%s' enter '%s' n%d -- \"${@:-/bin/sh}\"\n", self, dir,
		      number);
	(void)fchmod(fileno(file), 0755);
	return fclose(file) == 0 ? SE_EXIT_OK : se_failed("'%s': %s", path, strerror(errno));
}

/* A command called n1, n2, ... for each node, and this program. */
static int make_commands(const struct se_sandbox *sandbox)
{
	char self[PATH_MAX] = "";
	char path[PATH_MAX + 32];
	int rc = SE_EXIT_OK;

	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return se_failed("/proc/self/exe: %s", strerror(errno));
	(void)snprintf(path, sizeof(path), "%s/bin", sandbox->dir);
	(void)mkdir(path, 0755);
	(void)snprintf(path, sizeof(path), "%s/bin/softefa", sandbox->dir);
	(void)symlink(self, path);
	for (int i = 1; i <= sandbox->nodes && rc == SE_EXIT_OK; i++) {
		(void)snprintf(path, sizeof(path), "%s/bin/n%d", sandbox->dir, i);
		rc = write_script(path, self, sandbox->dir, i);
	}
	return rc;
}

static int run_shell(struct se_sandbox *sandbox, void *argument)
{
	const char *old = getenv("PATH");
	const char *shell = getenv("SHELL");
	char *plain[] = { (char *)(shell ? shell : "/bin/sh"), NULL };
	char **command = argument;
	char path[2 * PATH_MAX];
	pid_t child;
	int rc = make_commands(sandbox);

	if (rc != SE_EXIT_OK)
		return rc;
	if (!*command)
		command = plain;
	child = fork();
	if (child == 0) {
		(void)snprintf(path, sizeof(path), "%s/bin:%s", sandbox->dir, old ? old : "");
		(void)setenv("PATH", path, 1);
		(void)setenv("SOFTEFA_FABRIC", sandbox->dir, 1);
		(void)execvp(*command, command);
		exit(se_failed("'%s': %s", *command, strerror(errno)));
	}
	(void)signal(SIGINT, SIG_IGN);
	return child < 0 ? se_failed("a process: %s", strerror(errno)) : wait_for_all();
}

/* Options up to "--"; --nodes is for this command, all others for `node create`. */
static int read_options(int argc, char **argv, struct se_sandbox *ret, char ***ret_command)
{
	static char *options[OPTIONS_MAX];
	int count = 0;
	int i = 0;

	ret->nodes = 1;
	ret->options = options;
	for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--nodes") != 0 && count < OPTIONS_MAX - 1) {
			options[count++] = argv[i];
			continue;
		}
		ret->nodes = i + 1 < argc ? atoi(argv[++i]) : 0;
		if (ret->nodes < 1 || ret->nodes > SE_NODES_MAX)
			return se_usage("--nodes needs a number from 1 to %d", SE_NODES_MAX);
	}
	*ret_command = argv + i + (i < argc ? 1 : 0);
	return SE_EXIT_OK;
}

int se_command_run(int argc, char **argv)
{
	struct se_sandbox sandbox = { 0 };
	char **command;
	int rc = read_options(argc, argv, &sandbox, &command);

	if (rc != SE_EXIT_OK)
		return rc;
	if (!*command)
		return se_usage("run takes options, '--' and a command");
	return se_sandbox_run(&sandbox, run_everywhere, command);
}

int se_command_shell(int argc, char **argv)
{
	struct se_sandbox sandbox = { 0 };
	char **command;
	int rc = read_options(argc, argv, &sandbox, &command);

	return rc == SE_EXIT_OK ? se_sandbox_run(&sandbox, run_shell, command) : rc;
}
