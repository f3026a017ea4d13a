/* SPDX-License-Identifier: BSD-3-Clause */
#include "sandbox.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"

#define OPTIONS_MAX 32
#define SIGNAL_EXIT 128

/* Folders that every Debian has, and programs seldom need. */
static const char *const places[] = { "/mnt", "/media", "/srv", "/opt" };

static bool lies_below(const char *path, const char *folder)
{
	size_t length = strlen(folder);

	return strncmp(path, folder, length) == 0 && (path[length] == '/' || !path[length]);
}

/* A folder to mount over that hides neither this program nor where it was started. */
static const char *find_place(void)
{
	char self[PATH_MAX] = "";
	char here[PATH_MAX];

	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0 || !getcwd(here, sizeof(here)))
		return NULL;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (access(places[i], F_OK) == 0 && !lies_below(self, places[i]) &&
		    !lies_below(here, places[i]))
			return places[i];
	return NULL;
}

static int mount_place(struct se_sandbox *sandbox)
{
	const char *place = find_place();

	if (!place)
		return se_failed("none of /mnt, /media, /srv, /opt can be mounted over");
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0 ||
	    mount("softefa", place, "tmpfs", MS_NOSUID, "mode=755") < 0)
		return se_failed("'%s': %s", place, strerror(errno));
	(void)snprintf(sandbox->dir, sizeof(sandbox->dir), "%s/softefa", place);
	return SE_EXIT_OK;
}

static int make_node(struct se_sandbox *sandbox, int number)
{
	char name[16];
	char *words[OPTIONS_MAX + 4] = { (char *)"create", sandbox->dir, name };
	int count = 3;

	(void)snprintf(name, sizeof(name), "n%d", number);
	for (char **option = sandbox->options; *option; option++) {
		if (count > OPTIONS_MAX)
			return se_usage("too many options");
		words[count++] = *option;
	}
	return se_command_node_create(count - 1, words + 1);
}

static int prepare(struct se_sandbox *sandbox)
{
	int rc = mount_place(sandbox);

	if (rc == SE_EXIT_OK)
		rc = se_command_fabric_create(1, (char *[]){ sandbox->dir, NULL });
	for (int i = 1; i <= sandbox->nodes && rc == SE_EXIT_OK; i++)
		rc = make_node(sandbox, i);
	return rc;
}

int se_sandbox_run(struct se_sandbox *sandbox, int (*body)(struct se_sandbox *, void *),
		   void *argument)
{
	int status = 0;
	pid_t first;
	int rc;

	if (geteuid() != 0)
		return se_failed("only root can mount");
	if (unshare(CLONE_NEWNS | CLONE_NEWPID) < 0)
		return se_failed("namespaces: %s", strerror(errno));
	first = fork();
	if (first == 0) {
		/* all others of its PID namespace end with it */
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		rc = prepare(sandbox);
		exit(rc == SE_EXIT_OK ? body(sandbox, argument) : rc);
	}
	/* the terminal's interrupt is for the command, this waits for its end */
	(void)signal(SIGINT, SIG_IGN);
	if (first < 0 || waitpid(first, &status, 0) < 0)
		return se_failed("a process: %s", strerror(errno));
	return WIFEXITED(status) ? WEXITSTATUS(status) : SIGNAL_EXIT + WTERMSIG(status);
}
