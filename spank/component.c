/* SPDX-License-Identifier: BSD-3-Clause */
#include "spank/component.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "common/base/nodelist.h"

/* @names with commas between them, NULL without memory. */
static char *join(char *const *names, size_t count)
{
	size_t size = 1;
	char *text, *at;

	for (size_t i = 0; i < count; i++)
		size += strlen(names[i]) + 1;
	text = malloc(size);
	if (!text)
		return NULL;
	at = text;
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			*at++ = ',';
		at = stpcpy(at, names[i]);
	}
	*at = '\0';
	return text;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/*
 * The @names that are in @group too, in their order; borrowed, NULL without
 * memory. @group gets sorted: the lists come from the job's environment, and
 * a long one must not hold slurmstepd.
 */
static char **intersect(const struct eg_nodelist *names, const struct eg_nodelist *group,
			size_t *ret_count)
{
	char **both = calloc(names->count, sizeof(*both));

	*ret_count = 0;
	qsort(group->names, group->count, sizeof(*group->names), compare_names);
	for (size_t i = 0; both && i < names->count; i++) {
		if (bsearch(&names->names[i], group->names, group->count, sizeof(*group->names),
			    compare_names))
			both[(*ret_count)++] = names->names[i];
	}
	return both;
}

/* 1 when @group is this node's component, 0 when it is not. */
static int try_group(const struct eg_place *place, const struct eg_nodelist *names,
		     const char *group_text, struct eg_component *ret, struct eg_err *err)
{
	EG_CLEANUP(eg_nodelist_done) struct eg_nodelist group = { 0 };
	EG_CLEANUP(eg_free) char **both = NULL;
	size_t count;
	int rc = eg_nodelist_parse(group_text, &group, err);

	if (rc)
		return rc;
	both = intersect(names, &group, &count);
	if (!both)
		return eg_err_set(err, ENOMEM, "node list: out of memory");
	if (count != place->count || place->node_id >= count ||
	    strcmp(both[place->node_id], place->node) != 0)
		return 0;
	ret->nodes = join(both, count);
	ret->index = place->node_id;
	return ret->nodes ? 1 : eg_err_set(err, ENOMEM, "node list: out of memory");
}

/* Without the components' lists: the nodes stand together, in the order of their ids. */
static int cut_out(const struct eg_place *place, const struct eg_nodelist *names, size_t at,
		   struct eg_component *ret, struct eg_err *err)
{
	const uint32_t node_id = place->node_id, count = place->count;

	if (node_id > at || node_id >= count || at - node_id + count > names->count)
		return eg_err_set(err, EINVAL,
				  "node %u of %u cannot be number %zu of %zu in the node list",
				  node_id, count, at, names->count);
	ret->nodes = join(names->names + (at - node_id), count);
	ret->index = node_id;
	return ret->nodes ? 0 : eg_err_set(err, ENOMEM, "node list: out of memory");
}

int eg_component_find(const struct eg_place *place, struct eg_component *ret, struct eg_err *err)
{
	EG_CLEANUP(eg_nodelist_done) struct eg_nodelist names = { 0 };
	long at;
	int rc = eg_nodelist_parse(place->list, &names, err);

	if (rc)
		return rc;
	at = eg_nodelist_find(&names, place->node);
	if (at < 0)
		return eg_err_set(err, ENOENT, "node '%s' is not in the node list '%.120s'",
				  place->node, place->list);
	if (names.count == place->count) {
		ret->nodes = strdup(place->list);
		ret->index = (uint32_t)at;
		return ret->nodes ? 0 : eg_err_set(err, ENOMEM, "node list: out of memory");
	}
	for (size_t i = 0; !rc && place->groups[i]; i++)
		rc = try_group(place, &names, place->groups[i], ret, err);
	if (rc)
		return rc < 0 ? rc : 0;
	return cut_out(place, &names, (size_t)at, ret, err);
}

void eg_component_done(struct eg_component *component)
{
	free(component->nodes);
	*component = (struct eg_component){ 0 };
}
