/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/base/provider_choice.h"

#include <string.h>
#include <strings.h>

const char *const eg_provider_variables[] = {
	"FI_PROVIDER",
	"I_MPI_OFI_PROVIDER",
	"OMPI_MCA_mtl_ofi_provider_include",
	"OMPI_MCA_mtl_ofi_provider_exclude",
	"NCCL_NET",
	NULL,
};

/* Is "efa" in the comma-separated @list? */
static bool has_efa(const char *list)
{
	while (*list) {
		size_t length = strcspn(list, ",");

		if (length == 3 && !strncasecmp(list, "efa", 3))
			return true;
		list += length + (list[length] == ',');
	}
	return false;
}

bool eg_provider_is_kept_away(const char *name, const char *value)
{
	if (!value[0])
		return false;
	/* NCCL's own transports; plugins for EFA have several names. */
	if (!strcmp(name, "NCCL_NET"))
		return !strcasecmp(value, "socket") || !strcasecmp(value, "ib");
	if (strstr(name, "_exclude"))
		return has_efa(value);
	if (value[0] == '^')
		return has_efa(value + 1);
	return !has_efa(value);
}
