/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * real - the functions behind the interposed names.
 *
 * Each is looked up when it is first called. Those of libc always exist; those
 * of the RDMA libraries are taken from the library that is loaded, which may
 * have come in by dlopen() and be out of reach of RTLD_NEXT.
 */
#ifndef SE_REAL_H
#define SE_REAL_H

/* The next definition of libc function @name. @cache remembers it. */
void *se_real_libc(const char *name, void *_Atomic *cache);

/*
 * Function @name, version @version, of the already loaded library @soname.
 * NULL when that library is not loaded or lacks it.
 */
void *se_real_library(const char *soname, const char *name, const char *version);

#endif
