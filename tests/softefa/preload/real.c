/* SPDX-License-Identifier: BSD-3-Clause */
#include "real.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <stddef.h>

void *se_real_libc(const char *name, void *_Atomic *cache)
{
	void *function = atomic_load_explicit(cache, memory_order_relaxed);

	if (!function) {
		function = dlsym(RTLD_NEXT, name);
		atomic_store_explicit(cache, function, memory_order_relaxed);
	}
	return function;
}

void *se_real_library(const char *soname, const char *name, const char *version)
{
	void *library = dlopen(soname, RTLD_LAZY | RTLD_NOLOAD);
	void *function;

	if (!library)
		return NULL;
	function = dlvsym(library, name, version);
	/* only the reference just taken goes: whoever loaded the library keeps it */
	(void)dlclose(library);
	return function;
}
