/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "node_mount.h"

#define LIBRARY "libsoftefa.so"

/* The library lies beside this program. */
static int find_library(char *ret)
{
	char self[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	if (length < 0)
		return se_failed("/proc/self/exe: %s", strerror(errno));
	self[length] = '\0';
	slash = strrchr(self, '/');
	*slash = '\0';
	if (snprintf(ret, PATH_MAX, "%s/" LIBRARY, self) >= PATH_MAX)
		return se_failed("'%s': name too long", self);
	if (access(ret, R_OK) < 0)
		return se_failed("'%s': %s", ret, strerror(errno));
	return SE_EXIT_OK;
}

static int prepare(const char *dir, const char *name, struct se_node_mount *ret)
{
	struct se_fabric_map *map;
	int rc;

	if (geteuid() != 0)
		return se_failed("only root can mount");
	rc = se_command_open(dir, &map);
	if (rc != SE_EXIT_OK)
		return rc;
	if (se_command_node(map, name) < 0)
		return SE_EXIT_FAILED;
	if (snprintf(ret->root, sizeof(ret->root), "%s/nodes/%s", map->dir, name) >=
	    (int)sizeof(ret->root))
		return se_failed("'%s': name too long", dir);
	se_fabric_close(map);
	return find_library(ret->library);
}

static int mount_node(struct se_node_mount *mount)
{
	int rc = se_node_mount(mount);

	if (rc < 0)
		return se_failed("'%s': %s: %s", mount->root, mount->doing, strerror(-rc));
	return SE_EXIT_OK;
}

int se_command_mount(int argc, char **argv)
{
	struct se_node_mount mount = { .doing = "" };
	int is_private;
	int rc;

	if (argc != 2)
		return se_usage("mount takes a folder and a node name");
	is_private = se_node_mount_is_private();
	if (is_private < 0)
		return se_failed("/proc/1/mountinfo: %s; not mounting without knowing it",
				 strerror(-is_private));
	if (!is_private)
		return se_failed("this is the machine's own mount namespace; use "
				 "'softefa enter' or unshare --mount");
	rc = prepare(argv[0], argv[1], &mount);
	return rc == SE_EXIT_OK ? mount_node(&mount) : rc;
}

int se_command_enter(int argc, char **argv)
{
	struct se_node_mount mount = { .doing = "" };
	char **command = argv + 2;
	int rc;

	if (argc > 2 && strcmp(*command, "--") == 0)
		command++;
	if (argc < 3 || !*command)
		return se_usage("enter takes a folder, a node name and a command");
	rc = prepare(argv[0], argv[1], &mount);
	if (rc != SE_EXIT_OK)
		return rc;
	if (unshare(CLONE_NEWNS) < 0)
		return se_failed("a mount namespace: %s", strerror(errno));
	rc = mount_node(&mount);
	if (rc != SE_EXIT_OK)
		return rc;
	(void)execvp(*command, command);
	return se_failed("'%s': %s", *command, strerror(errno));
}
