/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_node_tree - a folder that looks like /sys to the gatherers, for one test.
 */
#ifndef EG_TESTS_TEST_NODE_TREE_H
#define EG_TESTS_TEST_NODE_TREE_H

#include "tests/unit/cmocka_all.h"

#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char tree[64];

static int tree_make(void **state)
{
	(void)state;
	(void)snprintf(tree, sizeof(tree), "/tmp/efagate-test-XXXXXX");
	return mkdtemp(tree) ? 0 : -1;
}

static int tree_remove_one(const char *path, const struct stat *info, int type, struct FTW *where)
{
	(void)info;
	(void)type;
	(void)where;
	return remove(path);
}

static int tree_remove(void **state)
{
	(void)state;
	return nftw(tree, tree_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* The folders above the last part of @path. */
static void tree_parents(char *path)
{
	for (char *slash = strchr(path + strlen(tree) + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)mkdir(path, 0755);
		*slash = '/';
	}
}

static inline void tree_file(const char *name, const char *text)
{
	char path[PATH_MAX];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", tree, name);
	tree_parents(path);
	file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static inline void tree_folder(const char *name)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/%s", tree, name);
	tree_parents(path);
	assert_int_equal(mkdir(path, 0755), 0);
}

static inline void tree_link(const char *name, const char *target)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/%s", tree, name);
	tree_parents(path);
	assert_int_equal(symlink(target, path), 0);
}

/* "TREE/name" for texts of errors and for arguments; the next call overwrites it. */
static inline const char *tree_path(const char *name)
{
	static char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/%s", tree, name);
	return path;
}

#endif
