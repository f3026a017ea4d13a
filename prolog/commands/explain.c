/* SPDX-License-Identifier: BSD-3-Clause */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/node/instance_table.h"
#include "common/verdict/finding.h"
#include "prolog/commands/commands.h"
#include "prolog/commands/counter_words.h"
#include "prolog/commands/usage.h"
#include "prolog/config.h"

static int print_help(void)
{
	printf("usage: efagate explain [ID]\n"
	       "       efagate explain --all\n"
	       "       efagate explain bandwidth [TYPE]\n"
	       "       efagate explain counters\n\n"
	       "What an id means, its causes and what to do; without ID lists all. What to\n"
	       "expect of an instance type, without TYPE a line a type. What the counters of\n"
	       "the efa driver mean.\n\n"
	       "  --all   all ids with causes and what to do\n\n"
	       "Exit code: 0, 64 wrong command line or unknown id or type.\n");
	return 0;
}

static int list(void)
{
	for (const struct eg_id_text *entry = eg_id_table(); entry->id; entry++)
		printf("%s  %s\n", entry->id, entry->title);
	return 0;
}

static int explain(const struct eg_id_text *entry)
{
	printf("%s  %s\n\ncause   %s\nremedy  %s\n", entry->id, entry->title, entry->causes,
	       entry->remedy);
	return 0;
}

static int explain_all(void)
{
	for (const struct eg_id_text *entry = eg_id_table(); entry->id; entry++) {
		if (entry != eg_id_table())
			printf("\n");
		(void)explain(entry);
	}
	return 0;
}

/* "eg102" is taken for EG102. */
static const struct eg_id_text *find(const char *word)
{
	char id[8] = "";

	for (size_t i = 0; word[i] && i < sizeof(id) - 1; i++)
		id[i] = (char)toupper((unsigned char)word[i]);
	return strlen(word) < sizeof(id) ? eg_id_find(id) : NULL;
}

static void print_type(const struct eg_instance_type *type)
{
	printf("%s  %u EFA device%s at most, %u Gb/s together\n", type->name, type->devices,
	       type->devices == 1 ? "" : "s", type->gbps);
	printf("each    %u Gb/s, that is %g GB/s of line rate\n", type->gbps_each,
	       type->gbps_each / 8.0);
	printf("RDMA    read %s, write %s in hardware\n", type->rdma_read ? "yes" : "no",
	       type->rdma_write ? "yes" : "no");
	if (type->generation)
		printf("card    generation %u", type->generation);
	else
		printf("card    generation unknown");
	if (type->device_id)
		printf(", 1d0f:%04x", type->device_id);
	if (type->accelerators)
		printf("; %u accelerators (%s)", type->accelerators, type->accelerator);
	printf("\npeers   %s\n",
	       type->only_own ? "only nodes of the same type" : "other types too");
	printf("source  %s, confidence %s\n", type->sources, type->confidence);
}

static int explain_bandwidth(const char *name)
{
	EG_CLEANUP(eg_free) struct eg_config *config = calloc(1, sizeof(*config));
	struct eg_instance_type type;
	struct eg_err err = { .text = "out of memory" };
	int rc = -ENOMEM;

	if (config)
		rc = eg_config_load(NULL, config, &err);
	if (!rc)
		rc = eg_instance_type_find(config->instances, name, &type, &err);
	if (rc < 0) {
		fprintf(stderr, "efagate explain: %s\n", err.text);
		return EG_EXIT_UNKNOWN;
	}
	if (!rc)
		return eg_usage_refuse("explain", "'%s' is not a known instance type with EFA",
				       name);
	print_type(&type);
	return 0;
}

/* Those of the table that is built in; what a site has changed is told with the type. */
static int list_types(void)
{
	struct eg_instance_rows rows;
	struct eg_instance_type type;

	eg_instance_rows_builtin(&rows);
	printf("%-20s  %3s  %9s  %9s  %8s\n", "TYPE", "EFA", "Gb/s EACH", "Gb/s ALL", "GB/s ALL");
	while (eg_instance_rows_next(&rows, &type, NULL) > 0)
		printf("%-20s  %3u  %9u  %9u  %8.1f\n", type.name, type.devices, type.gbps_each,
		       type.gbps, type.gbps / 8.0);
	return 0;
}

static int explain_counters(void)
{
	for (const struct eg_counter_word *word = eg_counter_words(); word->name; word++)
		printf("%-28s %-8s %s\n", word->name, eg_counter_kind_name(word->kind),
		       word->words);
	return 0;
}

int eg_cmd_explain(int argc, char **argv)
{
	const struct eg_id_text *entry;

	if (argc < 2)
		return list();
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		return print_help();
	if (!strcmp(argv[1], "bandwidth"))
		return argc == 2   ? list_types()
		       : argc == 3 ? explain_bandwidth(argv[2])
				   : eg_usage_refuse("explain", "'%s' is too much", argv[3]);
	if (argc > 2)
		return eg_usage_refuse("explain", "'%s' is too much", argv[2]);
	if (!strcmp(argv[1], "--all"))
		return explain_all();
	if (!strcmp(argv[1], "counters"))
		return explain_counters();
	entry = find(argv[1]);
	if (!entry)
		return eg_usage_refuse("explain", "'%s' is not an id", argv[1]);
	return explain(entry);
}
