/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"

static const char help[] =
	"softefa - EFA devices in software: nodes, faults, counters\n"
	"\n"
	"  softefa run --type TYPE [--nodes N] [OPTION...] -- CMD...\n"
	"                                     run CMD on each of N new nodes (1); a word @n1 is left\n"
	"                                     out on node n1, which starts first, and is its\n"
	"                                     address on the others\n"
	"  softefa shell --type TYPE [--nodes N] [OPTION...] [-- CMD...]\n"
	"                                     a shell with the commands n1, n2, ... that run\n"
	"                                     something on a node; nothing stays behind\n"
	"  softefa fabric create DIR          make a fabric in the folder DIR\n"
	"  softefa fabric remove DIR          remove it with all its nodes\n"
	"  softefa types                      the machines there are\n"
	"  softefa node create DIR NODE --type TYPE [OPTION...]\n"
	"    --devices N                      fewer than the type can have\n"
	"    --huge-pages N                   of 2 MiB, in sysfs\n"
	"    --driver VERSION                 of the EFA driver (2.17.0): which counters there are,\n"
	"                                     under which folder, the rate, the GUID\n"
	"    --kernel-names                   efa_0, efa_1..., as without udev's rule\n"
	"    --no-memlock                     registered memory does not count against\n"
	"                                     RLIMIT_MEMLOCK\n"
	"  softefa mount DIR NODE             turn this mount namespace into the node\n"
	"  softefa enter DIR NODE [--] CMD... run CMD on the node, in a namespace of its own\n"
	"  softefa fault DIR NODE[/DEVICE] WORD [VALUE...]\n"
	"  softefa status DIR [--json]        devices, counters, faults\n"
	"\n"
	"DEVICE is a verbs name (rdmap16s27) or a PCI address (0000:10:1b.0); without\n"
	"it all devices of the node are meant. WORD is one of\n"
	"\n"
	"  gone, back                the device leaves PCI, sysfs and /dev; returns\n"
	"  unbound, bound            the driver lets go of it, PCI still shows it; takes it again\n"
	"  unreachable [all|PEERNODE] [in|out] [TIME]\n"
	"                            traffic from and to it fails after TIME (1s)\n"
	"  reachable                 ends that\n"
	"  slow TIME|RATE            each message takes TIME (500us, 2ms) more, or\n"
	"                            all of them share RATE (10gbit, 800mbit)\n"
	"  noopen ERRNO              opening /dev/infiniband/uverbsK fails, e.g. EACCES\n"
	"  hang [VERB]               its ioctls, or that one (create_qp, reg_mr...), do not return\n"
	"                            until cleared\n"
	"  corrupt                   the last byte of what it moves is damaged\n"
	"  nofile, forbidden         no file in /dev; one that only root may open\n"
	"  closed [in|out] [TIME]    a security group that lets nothing in and out, or one of both:\n"
	"                            requests end after TIME (1s) with status 13, with rdma-core 50\n"
	"                            and up 15\n"
	"  silent N [TIME]           after N more messages it answers no longer\n"
	"  drops P%                  so many are lost and sent again 1 ms later\n"
	"  status N                  its requests are not done but complete with status N\n"
	"  regfail N                 the Nth registration of memory from now on and all after it\n"
	"                            fail with ENOMEM\n"
	"  nohugepages, oldkernel    of a node: no huge page is free; no copy-on-fork\n"
	"  zero-gid                  it has no address\n"
	"  clear                     no faults, the device is back\n"
	"\n"
	"Any fault may have --for TIME (then it ends by itself), --percent P (it hits only\n"
	"so many), and --peer NODE (only traffic with that node).\n"
	"Exit codes: 0, 1 when something failed, 64 for a wrong command line.\n";

static const struct {
	const char *word;
	const char *second; /* NULL when the command is one word */
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "fabric", "create", se_command_fabric_create },
	{ "fabric", "remove", se_command_fabric_remove },
	{ "node", "create", se_command_node_create },
	{ "run", NULL, se_command_run },
	{ "shell", NULL, se_command_shell },
	{ "types", NULL, se_command_types },
	{ "mount", NULL, se_command_mount },
	{ "enter", NULL, se_command_enter },
	{ "fault", NULL, se_command_fault },
	{ "status", NULL, se_command_status },
};

static void say(const char *format, va_list list) __attribute__((format(printf, 1, 0)));

static void say(const char *format, va_list list)
{
	(void)fputs("softefa: ", stderr);
	(void)vfprintf(stderr, format, list);
	(void)fputc('\n', stderr);
}

int se_failed(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	say(format, list);
	va_end(list);
	return SE_EXIT_FAILED;
}

int se_usage(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	say(format, list);
	va_end(list);
	(void)fputs("softefa: 'softefa --help' says more\n", stderr);
	return SE_EXIT_USAGE;
}

int se_command_open(const char *dir, struct se_fabric_map **ret)
{
	static struct se_fabric_map map;
	char absolute[PATH_MAX];
	int rc;

	if (!realpath(dir, absolute))
		return se_failed("'%s': %s", dir, strerror(errno));
	rc = se_fabric_open(&map, absolute);
	if (rc == -ENOENT)
		return se_failed("'%s': no fabric there", dir);
	if (rc == -ESTALE)
		return se_failed(
			"'%s': made before this machine was started; remove the folder and "
			"make it again",
			dir);
	if (rc == -EPROTO)
		return se_failed("'%s': not a fabric of this version", dir);
	if (rc < 0)
		return se_failed("'%s': %s", dir, strerror(-rc));
	*ret = &map;
	return SE_EXIT_OK;
}

int se_command_node(const struct se_fabric_map *map, const char *name)
{
	int node = se_fabric_find_node(map->shared, name);

	if (node < 0)
		(void)se_failed("'%s': no node called '%s'", map->dir, name);
	return node;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return se_usage("no command given");
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		(void)fputs(help, stdout);
		return SE_EXIT_OK;
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		int words = commands[i].second ? 2 : 1;

		if (strcmp(commands[i].word, argv[1]) != 0)
			continue;
		if (words == 2 && (argc < 3 || strcmp(commands[i].second, argv[2]) != 0))
			continue;
		return commands[i].run(argc - 1 - words, argv + 1 + words);
	}
	return se_usage("no such command: '%s%s%s'", argv[1], argc > 2 ? " " : "",
			argc > 2 ? argv[2] : "");
}
