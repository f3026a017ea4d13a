/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fabric_version - which libfabric this node has, for whoever wants it
 * explained; a step itself need not load it.
 */
#ifndef EG_STEP_FABRIC_VERSION_H
#define EG_STEP_FABRIC_VERSION_H

#include <stddef.h>
#include <stdint.h>

/*
 * "1.17" into @ret, "" when it cannot be loaded by @deadline_ms. @path NULL:
 * libfabric.so.1 by the loader's search path. It is loaded in a child, 0.3 s.
 */
void eg_step_fabric_version(const char *path, int64_t deadline_ms, char *ret, size_t size);

#endif
