/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/cmocka_all.h"

#include <errno.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "spank/component.h"
#include "spank/options.h"

static const struct {
	enum eg_option option;
	const char *word;
	const char *chosen; /* NULL: refused */
	const char *text;
} words[] = {
	{ EG_OPTION_VERIFY, NULL, "burst", "" },
	{ EG_OPTION_VERIFY, "", "burst", "" },
	{ EG_OPTION_VERIFY, "off", "off", "" },
	{ EG_OPTION_VERIFY, "check", "check", "" },
	{ EG_OPTION_VERIFY, "burst", "burst", "" },
	{ EG_OPTION_VERIFY, "full", "full", "" },
	{ EG_OPTION_VERIFY, "Burst", NULL,
	  "--efa-verify: 'Burst' is not one of off, check, burst, full" },
	{ EG_OPTION_ON_FAILURE, "stop", "stop", "" },
	{ EG_OPTION_ON_FAILURE, "warn", "warn", "" },
	{ EG_OPTION_ON_FAILURE, NULL, NULL, "--efa-on-failure: '' is not one of stop, warn" },
	{ EG_OPTION_HUGE_PAGE, "auto", "auto", "" },
	{ EG_OPTION_HUGE_PAGE, "0", "0", "" },
	{ EG_OPTION_HUGE_PAGE, "keep", "keep", "" },
	{ EG_OPTION_HUGE_PAGE, "1", NULL, "--efa-huge-page: '1' is not one of auto, 0, keep" },
	{ EG_OPTION_STATS, NULL, "on", "" },
	{ EG_OPTION_STATS, "off", "off", "" },
	{ EG_OPTION_STATS, "1", NULL, "--efa-stats: '1' is not one of off, on" },
};

static void an_option_takes_its_words_and_no_other(void **state)
{
	(void)state;
	for (size_t i = 0; i < EG_COUNT(words); i++) {
		struct eg_options options;
		struct eg_err err = { 0 };
		int rc;

		eg_options_init(&options);
		/* Slurm 22.05 calls back twice. */
		rc = eg_options_choose(&options, words[i].option, words[i].word, NULL);
		assert_int_equal(eg_options_choose(&options, words[i].option, words[i].word, &err),
				 rc);
		assert_int_equal(rc, words[i].chosen ? 0 : -EINVAL);
		assert_string_equal(err.text, words[i].text);
		if (words[i].chosen)
			assert_string_equal(eg_options_word(&options, words[i].option),
					    words[i].chosen);
		assert_int_equal(options.given[words[i].option], words[i].chosen != NULL);
	}
}

#define KNOWN                                                                                  \
	", known are verify=, on_failure=, huge_page=, stats= (each also with @PARTITION and " \
	"behind forbid_), force=, helper=, auth=, timeout_ms="

static const struct {
	const char *argument;
	const char *text; /* "": accepted */
} arguments[] = {
	{ "verify=check", "" },
	{ "on_failure=warn", "" },
	{ "huge_page=0", "" },
	{ "helper=/opt/efagate/bin/efagate", "" },
	{ "timeout_ms=1000", "" },
	{ "timeout_ms=30000", "" },
	{ "verify=", "plugstack.conf: verify: '' is not one of off, check, burst, full" },
	{ "verify=on", "plugstack.conf: verify: 'on' is not one of off, check, burst, full" },
	{ "on_failure=drain", "plugstack.conf: on_failure: 'drain' is not one of stop, warn" },
	{ "helper=efagate", "plugstack.conf: helper: 'efagate' is not an absolute path" },
	{ "timeout_ms=999",
	  "plugstack.conf: timeout_ms: '999' is not a number from 1000 to 30000" },
	{ "timeout_ms=30001",
	  "plugstack.conf: timeout_ms: '30001' is not a number from 1000 to 30000" },
	{ "timeout_ms=6s", "plugstack.conf: timeout_ms: '6s' is not a number from 1000 to 30000" },
	{ "timeout_ms= 6000",
	  "plugstack.conf: timeout_ms: ' 6000' is not a number from 1000 to 30000" },
	{ "timeout_ms=", "plugstack.conf: timeout_ms: '' is not a number from 1000 to 30000" },
	{ "verified=burst", "plugstack.conf: unknown argument 'verified=burst'" KNOWN },
	{ "verify", "plugstack.conf: unknown argument 'verify'" KNOWN },
	{ "forbid_colour=blue", "plugstack.conf: unknown argument 'forbid_colour=blue'" KNOWN },
	{ "verify@gpu=burst", "" },
	{ "huge_page@gpu=0", "" },
	{ "verify@gpu=on", "plugstack.conf: verify: 'on' is not one of off, check, burst, full" },
	{ "verify@=burst", "plugstack.conf: verify@: a name of 1 to 63 characters was expected" },
	{ "force=verify", "" },
	{ "force=verify,on_failure,stats", "" },
	{ "force=",
	  "plugstack.conf: force: '' is not one of verify, on_failure, huge_page, stats" },
	{ "force=verify,", "plugstack.conf: force: '' is not one of verify, on_failure, huge_page, "
			   "stats" },
	{ "force=colour",
	  "plugstack.conf: force: 'colour' is not one of verify, on_failure, huge_page, stats" },
	{ "auth=key", "" },
	{ "auth=munge", "" },
	{ "auth=none", "plugstack.conf: auth: 'none' is not one of munge, key" },
	{ "forbid_verify=burst,full", "" },
	{ "forbid_on_failure=warn", "" },
	{ "forbid_verify=on",
	  "plugstack.conf: forbid_verify: 'on' is not one of off, check, burst, full" },
};

static void a_mistake_in_plugstack_conf_is_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < EG_COUNT(arguments); i++) {
		struct eg_options options, before;
		struct eg_err err = { 0 };
		int rc;

		eg_options_init(&options);
		eg_options_init(&before);
		rc = eg_options_argument(&options, arguments[i].argument, &err);
		assert_string_equal(err.text, arguments[i].text);
		assert_int_equal(rc, *arguments[i].text ? -EINVAL : 0);
		if (rc)
			assert_memory_equal(&options, &before, sizeof(options));
	}
}

static void huge_page_is_auto_when_a_step_is_verified(void **state)
{
	struct eg_options options;

	(void)state;
	eg_options_init(&options);
	assert_string_equal(eg_options_word(&options, EG_OPTION_HUGE_PAGE), "keep");
	assert_int_equal(eg_options_choose(&options, EG_OPTION_VERIFY, "check", NULL), 0);
	assert_string_equal(eg_options_word(&options, EG_OPTION_HUGE_PAGE), "auto");
	assert_int_equal(eg_options_choose(&options, EG_OPTION_HUGE_PAGE, "keep", NULL), 0);
	assert_string_equal(eg_options_word(&options, EG_OPTION_HUGE_PAGE), "keep");
}

static void the_user_overrides_the_site(void **state)
{
	struct eg_options options;

	(void)state;
	eg_options_init(&options);
	assert_int_equal(eg_options_argument(&options, "verify=burst", NULL), 0);
	assert_int_equal(eg_options_choose(&options, EG_OPTION_VERIFY, "off", NULL), 0);
	assert_string_equal(eg_options_word(&options, EG_OPTION_VERIFY), "off");
}

static void say_to(struct eg_options *options, const char *const *words_said)
{
	eg_options_init(options);
	for (; *words_said; words_said++)
		assert_int_equal(eg_options_argument(options, *words_said, NULL), 0);
}

static void a_partition_has_its_own_words(void **state)
{
	static const char *const site[] = { "verify=check", "verify@gpu=full", "verify@gpu2=off",
					    "huge_page@gpu=keep", NULL };
	struct eg_options options;

	(void)state;
	say_to(&options, site);
	assert_string_equal(eg_options_word(&options, EG_OPTION_VERIFY), "check");
	assert_string_equal(eg_options_word(&options, EG_OPTION_HUGE_PAGE), "auto");
	eg_options_set_partition(&options, "gpu");
	assert_string_equal(eg_options_word(&options, EG_OPTION_VERIFY), "full");
	assert_string_equal(eg_options_word(&options, EG_OPTION_HUGE_PAGE), "keep");
	eg_options_set_partition(&options, "gpu2");
	assert_string_equal(eg_options_word(&options, EG_OPTION_VERIFY), "off");
	eg_options_set_partition(&options, "cpu");
	assert_string_equal(eg_options_word(&options, EG_OPTION_VERIFY), "check");
	assert_int_equal(eg_options_choose(&options, EG_OPTION_VERIFY, "burst", NULL), 0);
	eg_options_set_partition(&options, "gpu");
	assert_string_equal(eg_options_word(&options, EG_OPTION_VERIFY), "burst");
}

static void the_site_may_hold_an_option(void **state)
{
	static const char *const site[] = { "verify=burst", "verify@debug=off", "force=verify",
					    NULL };
	struct eg_options options;

	(void)state;
	say_to(&options, site);
	assert_false(eg_options_overruled(&options, EG_OPTION_VERIFY));
	assert_int_equal(eg_options_choose(&options, EG_OPTION_VERIFY, "off", NULL), 0);
	assert_string_equal(eg_options_word(&options, EG_OPTION_VERIFY), "burst");
	assert_true(eg_options_overruled(&options, EG_OPTION_VERIFY));
	eg_options_set_partition(&options, "debug");
	assert_string_equal(eg_options_word(&options, EG_OPTION_VERIFY), "off");
	assert_int_equal(eg_options_choose(&options, EG_OPTION_VERIFY, "full", NULL), 0);
	assert_string_equal(eg_options_word(&options, EG_OPTION_VERIFY), "off");
	assert_int_equal(eg_options_choose(&options, EG_OPTION_ON_FAILURE, "warn", NULL), 0);
	assert_string_equal(eg_options_word(&options, EG_OPTION_ON_FAILURE), "warn");
}

static void the_site_may_forbid_words(void **state)
{
	static const char *const site[] = { "verify=full", "forbid_verify=burst,full", NULL };
	struct eg_options options;
	struct eg_err err = { 0 };

	(void)state;
	say_to(&options, site);
	/* Its own word it may say. */
	assert_string_equal(eg_options_word(&options, EG_OPTION_VERIFY), "full");
	assert_int_equal(eg_options_choose(&options, EG_OPTION_VERIFY, NULL, &err), -EINVAL);
	assert_string_equal(err.text, "--efa-verify: 'burst' is not allowed on this cluster, only "
				      "off, check");
	assert_int_equal(eg_options_choose(&options, EG_OPTION_VERIFY, "maybe", &err), -EINVAL);
	assert_string_equal(err.text, "--efa-verify: 'maybe' is not one of off, check");
	assert_int_equal(eg_options_variable(&options, EG_OPTION_VERIFY, "full", &err), -EINVAL);
	assert_string_equal(err.text, "EFAGATE_VERIFY: 'full' is not allowed on this cluster, only "
				      "off, check");
	assert_int_equal(eg_options_choose(&options, EG_OPTION_VERIFY, "check", &err), 0);
	assert_string_equal(eg_options_word(&options, EG_OPTION_VERIFY), "check");
}

/* Each row: a list as Slurm gives it and where a node says it is in it. */
static const struct {
	const char *list, *groups[3], *node;
	uint32_t node_id, count;
	const char *nodes; /* NULL: refused */
	uint32_t index;
	const char *text;
} components[] = {
	{ "n[1-4]", { NULL }, "n3", 2, 4, "n[1-4]", 2, "" },
	{ "n1", { NULL }, "n1", 0, 1, "n1", 0, "" },
	{ "n[3-4]", { NULL }, "n4", 1, 2, "n[3-4]", 1, "" },
	{ "n[1-3]", { NULL }, "n1", 0, 2, "n1,n2", 0, "" },
	{ "n[1-3]", { NULL }, "n2", 1, 2, "n1,n2", 1, "" },
	{ "n[1-3]", { NULL }, "n3", 0, 1, "n3", 0, "" },
	{ "a1,b[08-11]", { NULL }, "b10", 2, 4, "b08,b09,b10,b11", 2, "" },
	/* Components that lie between each other. */
	{ "n[1-3]", { "n[1,3]", "n2" }, "n1", 0, 2, "n1,n3", 0, "" },
	{ "n[1-3]", { "n[1,3]", "n2" }, "n3", 1, 2, "n1,n3", 1, "" },
	{ "n[1-3]", { "n[1,3]", "n2" }, "n2", 0, 1, "n2", 0, "" },
	/* A step on part of its component. */
	{ "n[1-3]", { "n[1,3,5]", "n[2,4]" }, "n3", 1, 2, "n1,n3", 1, "" },
	/* Components that are not this step's. */
	{ "n[1-3]", { "x[1-2]", "x3" }, "n3", 0, 1, "n3", 0, "" },
	{ "n[1-3]",
	  { "x[1-", "x3" },
	  "n3",
	  0,
	  1,
	  NULL,
	  0,
	  "node list 'x[1-', character 5: a number was expected" },
	/* An arbitrary order: the place in the list is what all nodes agree on. */
	{ "n2,n1", { NULL }, "n1", 0, 2, "n2,n1", 1, "" },
	{ "n[1-3]", { NULL }, "n9", 0, 2, NULL, 0, "node 'n9' is not in the node list 'n[1-3]'" },
	{ "n[1-3]",
	  { NULL },
	  "n1",
	  1,
	  2,
	  NULL,
	  0,
	  "node 1 of 2 cannot be number 0 of 3 in the node list" },
	{ "n[1-3]",
	  { NULL },
	  "n3",
	  0,
	  2,
	  NULL,
	  0,
	  "node 0 of 2 cannot be number 2 of 3 in the node list" },
	{ "n[1-3]",
	  { NULL },
	  "n3",
	  2,
	  2,
	  NULL,
	  0,
	  "node 2 of 2 cannot be number 2 of 3 in the node list" },
	{ "n[1-",
	  { NULL },
	  "n1",
	  0,
	  1,
	  NULL,
	  0,
	  "node list 'n[1-', character 5: a number was expected" },
};

static void a_node_finds_its_component(void **state)
{
	(void)state;
	for (size_t i = 0; i < EG_COUNT(components); i++) {
		EG_CLEANUP(eg_component_done) struct eg_component component = { 0 };
		const struct eg_place place = {
			.list = components[i].list,
			.groups = components[i].groups,
			.node = components[i].node,
			.node_id = components[i].node_id,
			.count = components[i].count,
		};
		struct eg_err err = { 0 };
		int rc = eg_component_find(&place, &component, &err);

		print_message("# %s in %s\n", components[i].node, components[i].list);
		assert_string_equal(err.text, components[i].text);
		assert_int_equal(rc == 0, components[i].nodes != NULL);
		if (rc)
			continue;
		assert_string_equal(component.nodes, components[i].nodes);
		assert_int_equal(component.index, components[i].index);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_option_takes_its_words_and_no_other),
		cmocka_unit_test(a_mistake_in_plugstack_conf_is_named),
		cmocka_unit_test(huge_page_is_auto_when_a_step_is_verified),
		cmocka_unit_test(the_user_overrides_the_site),
		cmocka_unit_test(a_partition_has_its_own_words),
		cmocka_unit_test(the_site_may_hold_an_option),
		cmocka_unit_test(the_site_may_forbid_words),
		cmocka_unit_test(a_node_finds_its_component),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
