/* SPDX-License-Identifier: BSD-3-Clause */
#include "counter_names.h"

#define ROW(counter, port, first) { .name = #counter, .of_port = (port), .since = (first) },
const struct se_counter_name se_counter_names[SE_COUNTER_COUNT] = { SE_COUNTERS(ROW) };
