/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/commands/provider_env.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/cleanup.h"

/* Unset all variables of libfabric's efa provider; some values even end the process. */
static void clear(void)
{
	static const char prefix[] = "FI_EFA_";
	char name[128];

	for (size_t i = 0; environ[i];) {
		size_t length = strcspn(environ[i], "=");

		if (strncmp(environ[i], prefix, strlen(prefix)) != 0 || length >= sizeof(name)) {
			i++;
			continue;
		}
		memcpy(name, environ[i], length);
		name[length] = '\0';
		(void)unsetenv(name); /* moves the following ones down */
	}
}

static void set_common(const char *provider)
{
	clear();
	/* hwloc's plugins load OpenCL, CUDA or X11, for seconds; PCI is read without them. */
	(void)setenv("HWLOC_PLUGINS_PATH", "/nonexistent", 1);
	(void)setenv("FI_PROVIDER", provider, 1);
	/*
	 * FI_PROVIDER does not keep the verbs provider of libfabric 1.17 from opening every device
	 * once as it starts; a value that it refuses does.
	 */
	(void)setenv("FI_VERBS_TX_SIZE", "-1", 1);
	(void)setenv("FI_HMEM", "system", 1);
	/* A library that comes with libfabric takes fatal signals and leaves files where we are. */
	(void)setenv("IPATH_NO_BACKTRACE", "1", 1);
}

void eg_provider_env_set_other(const char *provider)
{
	set_common(provider);
	/* What is meant for EFA would switch it off. */
	(void)unsetenv("FI_SHM_RX_SIZE");
}

void eg_provider_env_set(void)
{
	set_common("efa");
	(void)setenv("FI_EFA_ENABLE_SHM_TRANSFER", "0", 1);
	/*
	 * Up to 1.19 efa opens shm endpoints all the same, whose 16 MiB in /dev/shm
	 * outlive a process that is killed. More than any /dev/shm holds makes it
	 * do without.
	 */
	(void)setenv("FI_SHM_RX_SIZE", "1073741824", 1);
}

void eg_provider_env_set_traffic(bool device_reads)
{
	static const char *const values[][2] = {
		{ "FI_EFA_TX_SIZE", "64" },
		{ "FI_EFA_RX_COPY_UNEXP", "0" },
		{ "FI_EFA_RX_COPY_OOO", "0" },
		{ "FI_EFA_USE_HUGE_PAGE", "0" },
	};

	eg_provider_env_set();
	for (size_t i = 0; i < EG_COUNT(values); i++)
		(void)setenv(values[i][0], values[i][1], 1);
	/* Reads made of messages need room at the receiver; beyond 128 huge pages are taken. */
	(void)setenv("FI_EFA_RX_SIZE", device_reads ? "64" : "128", 1);
	if (device_reads)
		(void)setenv("FI_EFA_USE_DEVICE_RDMA", "1", 1);
}
