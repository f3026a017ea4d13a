/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/gate/slurm_nodes.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "common/verdict/reason.h"

#define CAP_PERCENT 2

/* Copy @length bytes, cut to @size. */
static void copy(char *ret, size_t size, const char *text, size_t length)
{
	if (length >= size)
		length = size - 1;
	memcpy(ret, text, length);
	ret[length] = '\0';
}

static bool is_word(const char *word, size_t length, const char *const *words)
{
	for (; *words; words++) {
		if (strlen(*words) == length && !strncmp(*words, word, length))
			return true;
	}
	return false;
}

/* State=IDLE+DRAIN, DOWN*+DRAIN, MIXED: words, each with a mark at its end or not. */
static bool state_has(const char *state, const char *const *words)
{
	while (isupper((unsigned char)*state)) {
		size_t length = 0;

		while (isupper((unsigned char)state[length]) || state[length] == '_')
			length++;
		if (is_word(state, length, words))
			return true;
		state += length;
		while (*state && *state != '+' && !isspace((unsigned char)*state))
			state++;
		state += *state == '+';
	}
	return false;
}

/* "2026-11-24T03:06:16", in local time, and @after behind it; 0 when this is something else. */
static int64_t read_time(const char *text, char after)
{
	struct tm parts = { .tm_isdst = -1 };
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%S", &parts);

	return end && *end == after ? (int64_t)mktime(&parts) : 0;
}

/* The time in "[root@2026-11-24T03:06:16]". */
static int64_t read_stamp(const char *text)
{
	const char *at = text + strcspn(text, "@ ]");

	return *at == '@' ? read_time(at + 1, ']') : 0;
}

/* Only what stands before the reason, which may hold anything. */
static int64_t read_boot_time(const char *line)
{
	const char *boot = strstr(line, " BootTime=");
	const char *reason = strstr(line, " Reason=");

	if (!boot || (reason && reason < boot))
		return 0;
	return read_time(boot + strlen(" BootTime="), ' ');
}

/* The reason reaches to the first stamp behind it; it may hold other brackets itself. */
static void read_reason(const char *line, struct eg_slurm_node *ret)
{
	const char *reason = strstr(line, " Reason=");
	const char *end;

	if (!reason)
		return;
	reason += strlen(" Reason=");
	for (end = strstr(reason, " ["); end; end = strstr(end + 1, " [")) {
		ret->reason_time = read_stamp(end + 2);
		if (ret->reason_time)
			break;
	}
	copy(ret->reason, sizeof(ret->reason), reason,
	     end ? (size_t)(end - reason) : strlen(reason));
}

/* Before the state, so that no reason can hold it. */
static void read_host(const char *line, struct eg_slurm_node *ret)
{
	const char *host = strstr(line, " NodeHostName=");
	const char *state = strstr(line, " State=");
	size_t length;

	if (!host || host > state)
		return;
	host += strlen(" NodeHostName=");
	length = strcspn(host, " ");
	if (length < sizeof(ret->host))
		copy(ret->host, sizeof(ret->host), host, length);
}

static bool read_line(const char *line, struct eg_slurm_node *ret)
{
	static const char *const out[] = {
		"DRAIN", "DRAINED", "DRAINING", "FAIL", "FAILING", NULL
	};
	static const char *const down[] = { "DOWN", NULL };
	const char *state = strstr(line, " State=");
	size_t length;

	memset(ret, 0, sizeof(*ret));
	if (strncmp(line, "NodeName=", strlen("NodeName=")) != 0 || !state)
		return false;
	line += strlen("NodeName=");
	length = strcspn(line, " ");
	if (!length || length >= sizeof(ret->name))
		return false;
	copy(ret->name, sizeof(ret->name), line, length);
	read_host(line, ret);
	state += strlen(" State=");
	read_reason(state, ret);
	ret->boot_time = read_boot_time(state);
	ret->out_of_service = state_has(state, out) || (state_has(state, down) && ret->reason[0]);
	return true;
}

static size_t count_lines(const char *text)
{
	size_t lines = 0;

	for (; *text; text++)
		lines += *text == '\n';
	return lines + 1;
}

int eg_slurm_nodes_parse(const char *text, struct eg_slurm_nodes *ret, struct eg_err *err)
{
	static const char own[] = "scontrol: ";
	EG_CLEANUP(eg_free) char *rest = strdup(text);
	EG_CLEANUP(eg_free) struct eg_slurm_node *list = NULL;
	char *at = rest, *line;
	size_t count = 0;

	list = calloc(count_lines(text), sizeof(*list));
	if (!rest || !list)
		return eg_err_set(err, ENOMEM, "out of memory");
	while ((line = strsep(&at, "\n"))) {
		if (!line[strspn(line, " \t")] || !strncmp(line, own, strlen(own)))
			continue;
		if (!read_line(line, &list[count]))
			return eg_err_set(err, EINVAL, "not a line about a node: '%.80s'", line);
		count++;
	}
	ret->list = EG_STEAL(list);
	ret->count = count;
	return 0;
}

static bool is_same_host(const char *a, const char *b)
{
	size_t length = strcspn(a, ".");

	return length && length == strcspn(b, ".") && !strncasecmp(a, b, length);
}

/* Several nodes on one host: none of them is meant. */
static struct eg_slurm_node *find_host(const struct eg_slurm_nodes *nodes, const char *host)
{
	struct eg_slurm_node *found = NULL;

	for (size_t i = 0; i < nodes->count; i++) {
		if (!is_same_host(nodes->list[i].host, host))
			continue;
		if (found)
			return NULL;
		found = &nodes->list[i];
	}
	return found;
}

struct eg_slurm_node *eg_slurm_nodes_find(const struct eg_slurm_nodes *nodes, const char *name)
{
	for (size_t i = 0; i < nodes->count; i++) {
		if (!strcmp(nodes->list[i].name, name))
			return &nodes->list[i];
	}
	return find_host(nodes, name);
}

void eg_slurm_nodes_done(struct eg_slurm_nodes *nodes)
{
	free(nodes->list);
	*nodes = (struct eg_slurm_nodes){ 0 };
}

bool eg_slurm_name_is_plain(const char *name)
{
	size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "0123456789._-");

	/* ALL means every node. */
	return isalnum((unsigned char)name[0]) && !name[length] && strcasecmp(name, "all") != 0;
}

uint32_t eg_cap_limit(const struct eg_cap *cap, const struct eg_slurm_nodes *nodes)
{
	size_t share = nodes->count * CAP_PERCENT / 100;

	if (cap->limit)
		return cap->limit;
	return share ? (uint32_t)share : 1;
}

/* Does @reason begin as the template does, up to its first word in braces? */
static bool has_words(const char *template, const char *reason)
{
	size_t length = template ? strcspn(template, "{") : 0;

	return length && !strncmp(reason, template, length);
}

/* Without a time it counts: rather too few drains than too many. */
static bool counts(const struct eg_cap *cap, const struct eg_slurm_node *node)
{
	return (eg_reason_is_ours(node->reason) || has_words(cap->reason, node->reason)) &&
	       (!node->reason_time || node->reason_time > cap->now - (int64_t)cap->window_s);
}

uint32_t eg_cap_count(const struct eg_cap *cap, const struct eg_slurm_nodes *nodes,
		      const char *except)
{
	uint32_t count = 0;

	for (size_t i = 0; i < nodes->count; i++)
		count += counts(cap, &nodes->list[i]) && strcmp(nodes->list[i].name, except) != 0;
	return count;
}

static bool is_before(const struct eg_slurm_node *a, const struct eg_slurm_node *b, bool late)
{
	if (a->reason_time != b->reason_time)
		return a->reason_time < b->reason_time;
	return late ? strcmp(a->name, b->name) != 0 : strcmp(a->name, b->name) < 0;
}

bool eg_cap_allows(const struct eg_cap *cap, const struct eg_slurm_nodes *nodes,
		   const struct eg_slurm_node *node)
{
	uint32_t before = 0;

	for (size_t i = 0; i < nodes->count; i++)
		before +=
			counts(cap, &nodes->list[i]) && is_before(&nodes->list[i], node, cap->late);
	return before < eg_cap_limit(cap, nodes);
}
