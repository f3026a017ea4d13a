/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/cmocka_all.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "prolog/config.h"

/* Each row is a mistake, and what its writer is told. */
static const struct {
	const char *text, *error;
} mistakes[] = {
	{ "expected_device = 4\n", "f:1: expected_device: no such key" },
	{ "\n# x\nexpected_devices = 65\n", "f:3: expected_devices = 65: above the limit 64" },
	{ "expected_devices = 99999999999999999999\n",
	  "f:1: expected_devices = 99999999999999999999: above the limit 64" },
	{ "expected_devices = four\n", "f:1: expected_devices = four: not a whole number" },
	{ "expected_devices = -1\n", "f:1: expected_devices = -1: not a whole number" },
	{ "expected_devices =\n", "f:1: expected_devices = : not a whole number" },
	{ "expected_devices = 4\nexpected_devices = 4\n", "f:2: expected_devices: said twice" },
	{ "mode = maybe\n", "f:1: mode = maybe: not one of observe|enforce" },
	{ "mode = observe|enforce\n", "f:1: mode = observe|enforce: not one of observe|enforce" },
	{ "mode =\n", "f:1: mode = : not one of observe|enforce" },
	{ "drain_cap = 900\n", "f:1: drain_cap = 900: above the limit 60" },
	{ "gate_timeout_ms = 8000\n", "f:1: gate_timeout_ms = 8000: above the limit 7900" },
	{ "gate_timeout_ms = 1\n", "f:1: gate_timeout_ms = 1: below the limit 500" },
	{ "scontrol = scontrol\n", "f:1: scontrol = scontrol: not an absolute path" },
	{ "state_dir =\n", "f:1: state_dir = : not an absolute path" },
	{ "[gate]\nexpected_devices = 4\n", "f:2: [gate]: no such section" },
	{ "speed_floors = p5.48xlarge=80 p4d\n", "f:1: speed_floors: 'p4d' is not TYPE=GBPS" },
	{ "speed_floors = p5=0\n", "f:1: speed_floors: 'p5=0' is not TYPE=GBPS" },
	{ "expected_devices\n", "f:1: not 'key = value'" },
	{ "instance_type = 0123456789012345678901234567890123456789012345678901234567890123\n",
	  "f:1: instance_type: longer than 63 characters" },
};

static void a_mistake_is_named_with_file_and_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < EG_COUNT(mistakes); i++) {
		struct eg_config config = { .expected_devices = 7 };
		struct eg_err err = { 0 };

		print_message("[ config   ] %s", mistakes[i].text);
		assert_int_equal(eg_config_parse("f", mistakes[i].text, strlen(mistakes[i].text),
						 &config, &err),
				 -EINVAL);
		assert_string_equal(err.text, mistakes[i].error);
		assert_int_equal(config.expected_devices, 7);
	}
}

static void what_inih_would_skip_is_refused(void **state)
{
	static const char zero[] = "# a\n\0expected_devices = 4\n";
	struct eg_config config;
	struct eg_err err = { 0 };
	char longer[300];

	(void)state;
	assert_int_equal(eg_config_parse("f", zero, sizeof(zero) - 1, &config, &err), -EINVAL);
	assert_string_equal(err.text, "f:2: a zero byte");
	memset(longer, '#', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(eg_config_parse("f", longer, strlen(longer), &config, &err), -EINVAL);
	assert_string_equal(err.text, "f:1: a line of more than 190 characters");
}

static void values_and_defaults_are_taken(void **state)
{
	static const char text[] = "# a site\ninstance_type = p5.48xlarge\nexpected_devices=8\n";
	struct eg_config config;

	(void)state;
	assert_int_equal(eg_config_parse("f", text, strlen(text), &config, NULL), 0);
	assert_string_equal(config.instance_type, "p5.48xlarge");
	assert_int_equal(config.expected_devices, 8);
	assert_string_equal(config.libfabric, "");
	assert_string_equal(config.state_dir, "/var/lib/efagate");
	assert_int_equal(config.gate_timeout_ms, 6000);
	assert_false(eg_config_enforces(&config));
	assert_int_equal(eg_config_parse("f", "", 0, &config, NULL), 0);
	assert_int_equal(config.expected_devices, 0);
	assert_int_equal(eg_config_parse("f", "mode = enforce\nscontrol =\n", 26, &config, NULL),
			 0);
	assert_true(eg_config_enforces(&config));
	assert_string_equal(config.scontrol, "");
}

/* The sample without the sign in front of "#key = value". */
static size_t uncomment(FILE *sample, char *text, size_t size)
{
	char line[256];
	size_t length = 0;

	while (fgets(line, sizeof(line), sample)) {
		const char *kept =
			line[0] == '#' && line[1] >= 'a' && line[1] <= 'z' ? line + 1 : line;

		length += (size_t)snprintf(text + length, size - length, "%s", kept);
		assert_true(length < size);
	}
	return length;
}

static void the_sample_shows_every_key_with_its_default(void **state)
{
	static const char *const names[] = {
#define TEXT(name, size, start, sentence) "\n" #name " =",
#define FILE_PATH(name, start, sentence) "\n" #name " =",
#define WORD(name, words, start, sentence) "\n" #name " =",
#define NUMBER(name, min, max, start, sentence) "\n" #name " =",
#include "prolog/config_keys.def"
#undef TEXT
#undef FILE_PATH
#undef WORD
#undef NUMBER
	};
	EG_CLEANUP(eg_close_file) FILE *sample = fopen("etc/efagate.conf", "r");
	struct eg_config config;
	struct eg_err err = { 0 };
	char text[8192];
	size_t length;

	(void)state;
	assert_non_null(sample);
	length = uncomment(sample, text, sizeof(text));
	for (size_t i = 0; i < EG_COUNT(names); i++) {
		if (!strstr(text, names[i]))
			fail_msg("etc/efagate.conf lacks '%s'", names[i] + 1);
	}
	if (eg_config_parse("f", text, length, &config, &err))
		fail_msg("%s", err.text);
	config.instance_type[0] = '\0'; /* an example */
#define TEXT(name, size, start, sentence) assert_string_equal(config.name, start);
#define FILE_PATH(name, start, sentence) assert_string_equal(config.name, start);
#define WORD(name, words, start, sentence) assert_string_equal(config.name, start);
#define NUMBER(name, min, max, start, sentence) assert_int_equal(config.name, start);
#include "prolog/config_keys.def"
#undef TEXT
#undef FILE_PATH
#undef WORD
#undef NUMBER
}

static void the_sample_is_right_and_a_named_file_must_exist(void **state)
{
	struct eg_config config;
	struct eg_err err = { 0 };

	(void)state;
	assert_int_equal(eg_config_load("etc/efagate.conf", &config, &err), 0);
	assert_int_equal(eg_config_load("/no/such.conf", &config, &err), -ENOENT);
	assert_string_equal(err.text, "'/no/such.conf': No such file or directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mistake_is_named_with_file_and_line),
		cmocka_unit_test(what_inih_would_skip_is_refused),
		cmocka_unit_test(values_and_defaults_are_taken),
		cmocka_unit_test(the_sample_shows_every_key_with_its_default),
		cmocka_unit_test(the_sample_is_right_and_a_named_file_must_exist),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
