/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/node/fabric_lib.h"

#include <dlfcn.h>
#include <errno.h>
#include <rdma/fabric.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/err.h"

/*
 * The version of these symbols decides the layout of struct fi_info; 1.20
 * changed it. The linker would have bound the version of the headers, dlsym(3)
 * binds the newest. From 1.20 on the newest is taken (NULL): its structs, which
 * only the library allocates, have grown at their ends.
 */
#if FI_MAJOR_VERSION == 1 && FI_MINOR_VERSION < 20
#define INFO_VERSION "FABRIC_1.3"
#else
#define INFO_VERSION NULL
#endif

static const char *loader_text(void)
{
	const char *text = dlerror();

	return text ? text : "unknown symbol";
}

static void *find_symbol(void *handle, const char *name, const char *version)
{
	return version ? dlvsym(handle, name, version) : dlsym(handle, name);
}

int eg_fabric_lib_open(const char *path, struct eg_fabric_lib *ret, struct eg_err *err)
{
	struct eg_fabric_lib lib = { 0 };
	const struct {
		const char *name, *version;
		void *target;
	} symbols[] = {
		{ "fi_getinfo", INFO_VERSION, &lib.getinfo },
		{ "fi_freeinfo", INFO_VERSION, &lib.freeinfo },
		{ "fi_dupinfo", INFO_VERSION, &lib.dupinfo },
		{ "fi_fabric", NULL, &lib.fabric },
		{ "fi_strerror", NULL, &lib.strerror },
		{ "fi_version", NULL, &lib.version },
	};

	lib.handle = dlopen(path ? path : "libfabric.so.1", RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	if (!lib.handle)
		return eg_err_set(err, ENOENT, "%s", loader_text());
	for (size_t i = 0; i < EG_COUNT(symbols); i++) {
		void *symbol = find_symbol(lib.handle, symbols[i].name, symbols[i].version);

		if (!symbol)
			return eg_err_set(err, ENOENT, "%s", loader_text());
		/* The pointers are functions: ISO C knows no conversion from void *. */
		memcpy(symbols[i].target, &symbol, sizeof(symbol));
	}
	*ret = lib;
	return 0;
}
