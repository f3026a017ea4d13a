/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tree - files, folders and links below one root, made with their parents.
 *
 * A builder makes many entries and looks at the outcome once: after a failure
 * all further calls do nothing and @error keeps what went wrong first.
 */
#ifndef SE_TREE_H
#define SE_TREE_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct se_tree {
	char root[PATH_MAX];
	int error; /* 0 or -errno */
	char failed[PATH_MAX]; /* the path of that failure */
};

/* A file @path with mode 0444 that holds @text. */
void se_tree_file(struct se_tree *tree, const char *path, const char *text);

/* The same for bytes and any mode. An existing file is replaced in place. */
void se_tree_bytes(struct se_tree *tree, const char *path, const void *bytes, size_t size,
		   mode_t mode);

/* @text with a number, for the many files that hold just one. */
void se_tree_number(struct se_tree *tree, const char *path, uint64_t number, mode_t mode);

void se_tree_folder(struct se_tree *tree, const char *path);

/* A relative link @path that leads to @target, which is below the same root. */
void se_tree_link(struct se_tree *tree, const char *path, const char *target);

/* A character device. */
void se_tree_device(struct se_tree *tree, const char *path, unsigned int major, unsigned int minor,
		    mode_t mode);

/* Remove @path with all below it; nothing there is fine. Other file systems stay. */
void se_tree_remove(struct se_tree *tree, const char *path);

/* printf into a path buffer of PATH_MAX; sets tree->error when it does not fit. */
void se_tree_path(struct se_tree *tree, char *ret, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
