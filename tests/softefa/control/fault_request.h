/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fault_request - a `fault` command line, understood.
 */
#ifndef SE_FAULT_REQUEST_H
#define SE_FAULT_REQUEST_H

#include <stdbool.h>

#include "../shared/fabric_map.h"
#include "../shared/fault.h"

struct se_fault_request {
	bool clears; /* else sets */
	enum se_fault_word clear_word; /* SE_FAULT_NONE for all */
	struct se_fault fault;
};

/*
 * Understand WORD, its values and options, @argc of them in @argv. Says what is
 * wrong and returns an exit code.
 */
int se_fault_request_read(const struct se_fabric_map *map, int argc, char **argv,
			  struct se_fault_request *ret);

#endif
