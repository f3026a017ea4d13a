/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "tree.h"

int se_command_fabric_create(int argc, char **argv)
{
	int rc;

	if (argc != 1)
		return se_usage("fabric create takes one folder");
	rc = se_fabric_create(argv[0]);
	if (rc == -EEXIST)
		return se_failed("'%s': there is a fabric already", argv[0]);
	if (rc < 0)
		return se_failed("'%s': %s", argv[0], strerror(-rc));
	return SE_EXIT_OK;
}

int se_command_fabric_remove(int argc, char **argv)
{
	struct se_fabric_map *map;
	struct se_tree tree = { 0 };
	int rc;

	if (argc != 1)
		return se_usage("fabric remove takes one folder");
	/* only what is known to be a fabric is removed */
	rc = se_command_open(argv[0], &map);
	if (rc != SE_EXIT_OK)
		return rc;
	se_tree_path(&tree, tree.root, "%s", map->dir);
	se_fabric_close(map);
	se_tree_remove(&tree, "nodes");
	se_tree_remove(&tree, "contexts");
	se_tree_remove(&tree, "fabric");
	if (tree.error)
		return se_failed("'%s': %s", tree.failed, strerror(-tree.error));
	if (rmdir(tree.root) < 0 && errno != ENOTEMPTY)
		return se_failed("'%s': %s", tree.root, strerror(errno));
	return SE_EXIT_OK;
}
