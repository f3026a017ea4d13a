/* SPDX-License-Identifier: BSD-3-Clause */
#include <jansson.h>

#include "prolog/commands/compare.h"

static json_t *ratio_json(const struct eg_compare *compare, enum eg_compare_row row, size_t place)
{
	struct eg_compare_ratio ratio;

	eg_compare_ratio(compare, row, place, &ratio);
	if (!(ratio.median > 0))
		return NULL;
	return json_pack("{s:f, s:f, s:{s:f, s:f, s:f}}", "with", ratio.with, "without",
			 ratio.without, "ratio", "median", ratio.median, "min", ratio.least, "max",
			 ratio.most);
}

/* Absent means not measured. */
static void put(json_t *object, const char *key, json_t *value)
{
	if (value)
		(void)json_object_set_new(object, key, value);
}

static json_t *sizes_json(const struct eg_compare *compare)
{
	json_t *list = json_array();

	for (size_t i = 0; i < EG_COMPARE_SIZES; i++) {
		json_t *size = json_pack("{s:I}", "bytes", (json_int_t)eg_compare_bytes(i));

		put(size, "latency_us", ratio_json(compare, EG_COMPARE_LATENCY_US, i));
		put(size, "mb_per_s", ratio_json(compare, EG_COMPARE_RATE_MBS, i));
		(void)json_array_append_new(list, size);
	}
	return list;
}

static json_t *use_json(const struct eg_compare_run *run)
{
	return json_pack("{s:I, s:I, s:I}", "used",
			 (json_int_t)(run->page_kib ? run->own_kib / run->page_kib : 0),
			 "free_before", (json_int_t)run->free_before, "free_after",
			 (json_int_t)run->free_after);
}

json_t *eg_compare_json(const struct eg_compare *compare)
{
	const struct eg_compare_run *with = &compare->with[0], *without = &compare->without[0];
	json_t *object =
		json_pack("{s:s, s:I}", "what", "huge-pages", "runs", (json_int_t)compare->runs);

	if (!object || !compare->runs)
		return object;
	put(object, "libfabric", json_string(with->version));
	put(object, "from", json_string(with->from));
	put(object, "to", json_string(with->to));
	put(object, "without_by",
	    json_string(without->starved ? "pages held" : "FI_EFA_USE_HUGE_PAGE=0"));
	put(object, "page_kib", json_integer((json_int_t)with->page_kib));
	put(object, "pages",
	    json_pack("{s:o, s:o}", "with", use_json(with), "without", use_json(without)));
	put(object, "open_ms", ratio_json(compare, EG_COMPARE_OPEN_MS, 0));
	put(object, "sizes", sizes_json(compare));
	put(object, "register_ms", ratio_json(compare, EG_COMPARE_REGISTER_MS, 0));
	return object;
}
