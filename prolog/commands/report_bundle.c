/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/commands/report_bundle.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/fd.h"
#include "common/verdict/report.h"
#include "prolog/commands/report_file.h"
#include "prolog/config.h"

#define RECORD_BYTES 65536

/* What the gate keeps beside reports; absent where it has nothing to keep. */
static void print_record(const char *folder, const char *name, FILE *to)
{
	EG_CLEANUP(eg_free) char *text = malloc(RECORD_BYTES);
	char path[EG_CONFIG_PATH_MAX + 32];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (text && eg_file_read_text(AT_FDCWD, path, text, RECORD_BYTES, NULL) >= 0)
		fprintf(to, "\n== %s\n%s\n", path, text);
}

static void print_config(const struct eg_config *config, FILE *to)
{
	char value[EG_CONFIG_PATH_MAX];

	fprintf(to, "\n== configuration\n");
	for (const struct eg_config_key *key = eg_config_keys(); key->name; key++)
		fprintf(to, "%s = %s\n", key->name, eg_config_value(config, key, value));
}

static bool print_report(const char *path, const char *node, FILE *to)
{
	EG_CLEANUP(eg_free) struct eg_report *report = calloc(1, sizeof(*report));
	EG_CLEANUP(eg_free) char *json = NULL;

	if (!report || eg_report_file_read(path, report, NULL) ||
	    strcmp(report->facts.node, node) != 0)
		return false;
	json = eg_report_to_json(report);
	if (json)
		fprintf(to, "\n== %s\n%s", path, json);
	return json != NULL;
}

size_t eg_report_bundle_print(const struct eg_config *config, const struct eg_report_paths *list,
			      const char *node, FILE *to)
{
	size_t count = 0;

	fprintf(to, "efagate %s, node %s\n", EG_VERSION, node);
	print_config(config, to);
	print_record(config->state_dir, "strikes", to);
	print_record(config->state_dir, "undelivered", to);
	print_record(config->run_dir, "pass", to);
	for (size_t i = 0; i < list->count; i++)
		count += print_report(list->paths[i], node, to);
	return count;
}
