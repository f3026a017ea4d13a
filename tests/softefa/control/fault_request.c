/* SPDX-License-Identifier: BSD-3-Clause */
#include "fault_request.h"

#include <stdlib.h>
#include <string.h>

#include "../shared/verbs_names.h"
#include "command.h"
#include "units.h"

#define DEFAULT_RETRY_NS 1000000000ull
#define PPM_IN_PERCENT 10000.0
#define COUNT_MAX 1000000000u
#define STATUS_MAX 255

typedef int (*read_value_fn)(const struct se_fabric_map *map, const char *text,
			     struct se_fault *ret);

static int read_percent(const char *text, struct se_fault *ret)
{
	char *end;
	double percent = strtod(text, &end);

	if (end == text || *end || !(percent > 0 && percent <= 100))
		return se_usage("--percent '%s': not between 0 and 100", text);
	ret->probability_ppm = (uint32_t)(percent * PPM_IN_PERCENT + 0.5);
	return SE_EXIT_OK;
}

static bool read_direction(const char *text, struct se_fault *ret)
{
	if (strcmp(text, "in") == 0)
		ret->direction = SE_ONLY_IN;
	else if (strcmp(text, "out") == 0)
		ret->direction = SE_ONLY_OUT;
	else
		return false;
	return true;
}

static bool read_number(const char *text, uint32_t least, uint32_t most, uint32_t *ret)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	if (text[0] < '0' || text[0] > '9' || *end || number < least || number > most)
		return false;
	*ret = (uint32_t)number;
	return true;
}

static int read_closed(const struct se_fabric_map *map, const char *text, struct se_fault *ret)
{
	(void)map;
	if (read_direction(text, ret) || se_units_time(text, &ret->retry_ns))
		return SE_EXIT_OK;
	return se_usage("closed '%s': neither in, nor out, nor a time", text);
}

static int read_silent(const struct se_fabric_map *map, const char *text, struct se_fault *ret)
{
	(void)map;
	if (read_number(text, 0, COUNT_MAX, &ret->left) || se_units_time(text, &ret->retry_ns))
		return SE_EXIT_OK;
	return se_usage("silent '%s': neither a number of messages nor a time", text);
}

static int read_drops(const struct se_fabric_map *map, const char *text, struct se_fault *ret)
{
	size_t length = strlen(text);
	char number[16];

	(void)map;
	if (length < 2 || length > sizeof(number) || text[length - 1] != '%')
		return se_usage("drops '%s': not a share like 1%%", text);
	memcpy(number, text, length - 1);
	number[length - 1] = '\0';
	return read_percent(number, ret);
}

static int read_status(const struct se_fabric_map *map, const char *text, struct se_fault *ret)
{
	(void)map;
	if (read_number(text, 1, STATUS_MAX, &ret->status))
		return SE_EXIT_OK;
	return se_usage("status '%s': not a number from 1 to %d", text, STATUS_MAX);
}

static int read_call(const struct se_fabric_map *map, const char *text, struct se_fault *ret)
{
	(void)map;
	if (!read_number(text, 1, COUNT_MAX, &ret->left))
		return se_usage("regfail '%s': not the number of a call", text);
	ret->left--;
	return SE_EXIT_OK;
}

static int read_reach(const struct se_fabric_map *map, const char *text, struct se_fault *ret)
{
	int node;

	if (strcmp(text, "all") == 0) {
		ret->peer_node = SE_ANY_NODE;
		return SE_EXIT_OK;
	}
	if (read_direction(text, ret) || se_units_time(text, &ret->retry_ns))
		return SE_EXIT_OK;
	node = se_fabric_find_node(map->shared, text);
	if (node < 0)
		return se_usage("unreachable '%s': neither all, in, out, nor a node, nor a time",
				text);
	ret->peer_node = (uint32_t)node;
	return SE_EXIT_OK;
}

static int read_slow(const struct se_fabric_map *map, const char *text, struct se_fault *ret)
{
	(void)map;
	if (se_units_time(text, &ret->latency_ns) || se_units_rate(text, &ret->bits_per_second))
		return SE_EXIT_OK;
	return se_usage("slow '%s': neither a time (500us) nor a rate (10gbit)", text);
}

static int read_error(const struct se_fabric_map *map, const char *text, struct se_fault *ret)
{
	(void)map;
	if (se_units_error(text, &ret->error))
		return SE_EXIT_OK;
	return se_usage("noopen '%s': not an errno", text);
}

static int read_verb(const struct se_fabric_map *map, const char *text, struct se_fault *ret)
{
	(void)map;
	for (enum se_verb verb = SE_VERB_ANY + 1; verb < SE_VERB_COUNT; verb++) {
		if (strcmp(se_verb_name(verb), text) == 0) {
			ret->verb = verb;
			return SE_EXIT_OK;
		}
	}
	return se_usage("hang '%s': not something that a device is asked for", text);
}

static const struct word {
	const char *text;
	bool clears;
	enum se_fault_word word;
	read_value_fn read; /* NULL when it takes no value */
	int least; /* values */
} words[] = {
	{ "gone", false, SE_FAULT_GONE, NULL, 0 },
	{ "back", true, SE_FAULT_GONE, NULL, 0 },
	{ "unbound", false, SE_FAULT_UNBOUND, NULL, 0 },
	{ "bound", true, SE_FAULT_UNBOUND, NULL, 0 },
	{ "unreachable", false, SE_FAULT_UNREACHABLE, read_reach, 0 },
	{ "reachable", true, SE_FAULT_UNREACHABLE, NULL, 0 },
	{ "slow", false, SE_FAULT_SLOW, read_slow, 1 },
	{ "noopen", false, SE_FAULT_NOOPEN, read_error, 1 },
	{ "hang", false, SE_FAULT_HANG, read_verb, 0 },
	{ "corrupt", false, SE_FAULT_CORRUPT, NULL, 0 },
	{ "zero-gid", false, SE_FAULT_ZERO_GID, NULL, 0 },
	{ "nofile", false, SE_FAULT_NOFILE, NULL, 0 },
	{ "forbidden", false, SE_FAULT_FORBIDDEN, NULL, 0 },
	{ "silent", false, SE_FAULT_SILENT, read_silent, 1 },
	{ "closed", false, SE_FAULT_CLOSED, read_closed, 0 },
	{ "drops", false, SE_FAULT_DROPS, read_drops, 1 },
	{ "status", false, SE_FAULT_STATUS, read_status, 1 },
	{ "regfail", false, SE_FAULT_REGFAIL, read_call, 1 },
	{ "nohugepages", false, SE_FAULT_NO_HUGE_PAGES, NULL, 0 },
	{ "oldkernel", false, SE_FAULT_OLD_KERNEL, NULL, 0 },
	{ "clear", true, SE_FAULT_NONE, NULL, 0 },
};

static const struct word *find_word(const char *text)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i].text, text) == 0)
			return &words[i];
	return NULL;
}

static int read_option(const struct se_fabric_map *map, const char *name, const char *text,
		       struct se_fault *ret)
{
	uint64_t span_ns;
	int node;

	if (!text)
		return se_usage("%s needs a value", name);
	if (strcmp(name, "--for") == 0) {
		if (!se_units_time(text, &span_ns))
			return se_usage("--for '%s': not a time", text);
		ret->until_ns = se_now_ns() + span_ns;
		return SE_EXIT_OK;
	}
	if (strcmp(name, "--percent") == 0)
		return read_percent(text, ret);
	if (strcmp(name, "--peer") != 0)
		return se_usage("fault knows no option '%s'", name);
	node = se_fabric_find_node(map->shared, text);
	if (node < 0)
		return se_usage("--peer '%s': no such node", text);
	ret->peer_node = (uint32_t)node;
	return SE_EXIT_OK;
}

/* These change the node's files, which do not come and go with single requests. */
static bool is_lasting(enum se_fault_word word)
{
	return SE_FAULT_BIT(word) & SE_FAULTS_OF_FILES;
}

static int check(const struct word *word, const struct se_fault *fault, int values)
{
	if (values < word->least)
		return se_usage("%s needs a value", word->text);
	if (is_lasting(word->word) &&
	    (fault->probability_ppm < SE_ALWAYS_PPM || fault->peer_node != SE_ANY_NODE))
		return se_usage("%s takes no --percent or --peer", word->text);
	return SE_EXIT_OK;
}

int se_fault_request_read(const struct se_fabric_map *map, int argc, char **argv,
			  struct se_fault_request *ret)
{
	const struct word *word = find_word(argv[0]);
	int values = 0;

	if (!word)
		return se_usage("no such fault: '%s'", argv[0]);
	ret->clears = word->clears;
	ret->clear_word = word->word;
	ret->fault = (struct se_fault){ .word = word->word,
					.peer_node = SE_ANY_NODE,
					.probability_ppm = SE_ALWAYS_PPM,
					.retry_ns = DEFAULT_RETRY_NS };
	for (int i = 1; i < argc; i++) {
		int rc;

		if (word->clears)
			return se_usage("%s takes no value", word->text);
		if (strncmp(argv[i], "--", 2) == 0) {
			rc = read_option(map, argv[i], i + 1 < argc ? argv[i + 1] : NULL,
					 &ret->fault);
			i++;
		} else if (word->read) {
			rc = word->read(map, argv[i], &ret->fault);
			values++;
		} else {
			rc = se_usage("%s takes no value", word->text);
		}
		if (rc != SE_EXIT_OK)
			return rc;
	}
	return check(word, &ret->fault, values);
}
