/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * efagate - one program, one command a run. Called by a link named prolog,
 * epilog or healthcheck, as slurm.conf names it, it is `efagate gate`.
 */
#include <stdio.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "prolog/commands/commands.h"

static void print_help(void)
{
	printf("usage: efagate COMMAND [OPTION...]\n\n"
	       "Finds broken EFA fabrics before a Slurm job starts.\n\n");
	for (const struct eg_command *command = eg_command_table(); command->name; command++) {
		if (command->run && command->help)
			printf("  %-9s %s\n", command->name, command->help);
	}
	printf("\n  efagate COMMAND --help   options of a command\n"
	       "  efagate --version\n");
}

static bool is_gate_link(const char *program)
{
	static const char *const links[] = { "prolog", "epilog", "healthcheck" };
	const char *slash = strrchr(program, '/');

	for (size_t i = 0; i < EG_COUNT(links); i++) {
		if (!strcmp(slash ? slash + 1 : program, links[i]))
			return true;
	}
	return false;
}

static int run_command(int argc, char **argv)
{
	const struct eg_command *command = eg_command_find(argv[0]);

	if (!command) {
		fprintf(stderr, "efagate: '%s' is not a command; efagate --help lists them\n",
			argv[0]);
		return EG_EXIT_USAGE;
	}
	return command->run(argc, argv);
}

int main(int argc, char **argv)
{
	const struct eg_command *gate = eg_command_find("gate");

	if (gate && argc > 0 && is_gate_link(argv[0]))
		return gate->run(argc, argv);
	if (argc < 2) {
		fprintf(stderr, "efagate: no command given; efagate --help lists them\n");
		return EG_EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		print_help();
		return 0;
	}
	if (!strcmp(argv[1], "--version")) {
		printf("efagate %s\n", EG_VERSION);
		return 0;
	}
	return run_command(argc - 1, argv + 1);
}
