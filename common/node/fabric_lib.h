/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fabric_lib - libfabric, loaded when it is needed and not before.
 *
 * Debian's libfabric 1.17 sleeps 0.2 s in constructors of its dependencies
 * when it is loaded; the gate of a good node must not pay that. libfabric
 * exports few functions, all else goes through tables in its objects, so that
 * these pointers are all that is needed.
 */
#ifndef EG_NODE_FABRIC_LIB_H
#define EG_NODE_FABRIC_LIB_H

#include <stdint.h>

struct eg_err;
struct fi_fabric_attr;
struct fi_info;
struct fid_fabric;

struct eg_fabric_lib {
	void *handle;
	int (*getinfo)(uint32_t version, const char *node, const char *service, uint64_t flags,
		       const struct fi_info *hints, struct fi_info **info);
	void (*freeinfo)(struct fi_info *info);
	struct fi_info *(*dupinfo)(const struct fi_info *info);
	int (*fabric)(struct fi_fabric_attr *attr, struct fid_fabric **fabric, void *context);
	const char *(*strerror)(int errnum);
	uint32_t (*version)(void);
};

/*
 * Load @path, NULL for "libfabric.so.1" by the loader's search path.
 * The library stays loaded until the process ends: its providers register
 * handlers that do not survive dlclose(3). Takes 0.2-0.3 s with 1.17.
 * Returns 0, or -ENOENT with the loader's text.
 */
int eg_fabric_lib_open(const char *path, struct eg_fabric_lib *ret, struct eg_err *err);

#endif
