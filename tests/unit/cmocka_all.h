/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * cmocka_all - cmocka.h with what it needs in front of it.
 */
#ifndef EG_TESTS_CMOCKA_ALL_H
#define EG_TESTS_CMOCKA_ALL_H

/* The order is cmocka's. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#endif
