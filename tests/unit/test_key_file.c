/* SPDX-License-Identifier: BSD-3-Clause */
/* A site's key, what follows from it, and what is sealed with that. */
#include "tests/unit/cmocka_all.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "common/burst/auth.h"
#include "common/burst/hex.h"
#include "common/burst/key_file.h"
#include "common/burst/wire.h"

static const struct eg_key_use some_use = { .uid = 2001, .job = 17, .step = 2 };
static char path[] = "/tmp/efagate-unit.XXXXXX";

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(path) && !chdir(path) ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	return chdir("/") || rmdir(path);
}

static void put_key(const char *name, size_t size, mode_t mode)
{
	EG_CLEANUP(eg_close_fd) int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	uint8_t bytes[2 * EG_KEY_FILE_MAX];

	memset(bytes, 'k', sizeof(bytes));
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), size);
	assert_int_equal(fchmod(fd, mode), 0);
}

static void refused(const char *name, int code, const char *text)
{
	uint8_t key[EG_MAC_BYTES];
	struct eg_err err = { 0 };

	assert_int_equal(eg_key_file_derive(name, &some_use, key, &err), -code);
	assert_string_equal(err.text, text);
}

static void a_key_others_could_have_is_refused(void **state)
{
	(void)state;
	refused("key", ENOENT, "session key 'key': No such file or directory");
	put_key("key", 32, 0640);
	refused("key", EACCES, "session key 'key': mode 0640 lets others at it, expected 0600");
	put_key("key", 32, 0602);
	refused("key", EACCES, "session key 'key': mode 0602 lets others at it, expected 0600");
	put_key("key", 31, 0600);
	refused("key", EINVAL, "session key 'key': 31 bytes, expected 32 to 1024");
	put_key("key", 1025, 0600);
	refused("key", EINVAL, "session key 'key': 1025 bytes, expected 32 to 1024");
	assert_int_equal(symlink("key", "link"), 0);
	refused("link", EINVAL, "session key 'link': a symbolic link");
	refused(".", EINVAL, "session key '.': not a regular file");
	assert_int_equal(mkfifo("pipe", 0600), 0);
	refused("pipe", EINVAL, "session key 'pipe': not a regular file");
	assert_int_equal(unlink("key") | unlink("link") | unlink("pipe"), 0);
}

static void every_session_has_a_key_of_its_own(void **state)
{
	struct eg_key_use uses[] = { some_use, some_use, some_use, some_use, some_use };
	uint8_t keys[EG_COUNT(uses)][EG_MAC_BYTES];

	(void)state;
	uses[1].uid++;
	uses[2].job++;
	uses[3].step++;
	for (size_t i = 0; i < EG_COUNT(uses); i++) {
		/* The last with another file. */
		put_key("key", i == 4 ? 1024 : 32, 0400);
		assert_int_equal(eg_key_file_derive("key", &uses[i], keys[i], NULL), 0);
		assert_int_equal(unlink("key"), 0);
		for (size_t k = 0; k < i; k++)
			assert_memory_not_equal(keys[i], keys[k], EG_MAC_BYTES);
	}
}

/* RFC 4231, test case 2. */
static void the_code_is_hmac_sha256(void **state)
{
	const struct eg_mac_part parts[] = { { "what do ya want ", 16 }, { "for nothing?", 12 } };
	uint8_t code[EG_MAC_BYTES];
	char text[2 * EG_MAC_BYTES + 1];

	(void)state;
	eg_mac("Jefe", 4, parts, EG_COUNT(parts), code);
	(void)eg_hex_put(text, code, sizeof(code));
	assert_string_equal(text,
			    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

static void hex_is_read_strictly(void **state)
{
	static const char *const bad[] = { "0", "0g", "g0", "+1", " 1", "0X", "AB" };
	uint8_t bytes[2] = { 0 };

	(void)state;
	for (size_t i = 0; i < EG_COUNT(bad); i++)
		assert_int_equal(eg_hex_get(bad[i], strlen(bad[i]), bytes, 2), -EINVAL);
	assert_int_equal(eg_hex_get("0a1b2c", 6, bytes, 2), -EINVAL);
	assert_int_equal(eg_hex_get("0af9", 4, bytes, 2), 2);
	assert_int_equal(bytes[0], 0x0a);
	assert_int_equal(bytes[1], 0xf9);
	assert_int_equal(eg_hex_get("", 0, bytes, 2), 0);
}

/* What @auth says of @text, and nothing of it is taken. */
static void not_taken(const struct eg_auth *auth, const char *text, const char *why)
{
	struct eg_credential credential;
	struct eg_auth_payload payload = { .uid = 77 };
	struct eg_err err = { 0 };

	(void)snprintf(credential.text, sizeof(credential.text), "%s", text);
	assert_int_equal(auth->unseal(auth->context, &credential, &payload, &err), -EACCES);
	assert_string_equal(err.text, why);
	assert_int_equal(payload.uid, 77);
}

static void what_a_key_sealed_only_that_key_opens(void **state)
{
	static const char other_key[] = "another session key: of another file, user or job";
	struct eg_auth_payload payload = { .length = EG_AUTH_PAYLOAD_MAX }, back = { 0 };
	struct eg_credential sealed = { .text = "" };
	struct eg_auth auth, other;
	uint8_t key[EG_MAC_BYTES] = { 1 };

	(void)state;
	for (size_t i = 0; i < payload.length; i++)
		payload.data[i] = (uint8_t)i;
	assert_int_equal(eg_auth_key_open(key, 2001, &auth, NULL), 0);
	key[31] ^= 1;
	assert_int_equal(eg_auth_key_open(key, 2001, &other, NULL), 0);
	assert_int_equal(auth.seal(auth.context, &payload, &sealed, NULL), 0);
	assert_int_equal(auth.unseal(auth.context, &sealed, &back, NULL), 0);
	assert_int_equal(back.uid, 2001);
	assert_int_equal(back.length, payload.length);
	assert_memory_equal(back.data, payload.data, payload.length);
	not_taken(&other, sealed.text, other_key);
	/* Every part of it counts: the code and the payload. */
	sealed.text[5] = sealed.text[5] == '0' ? '1' : '0';
	not_taken(&auth, sealed.text, other_key);
	assert_int_equal(auth.seal(auth.context, &payload, &sealed, NULL), 0);
	sealed.text[strlen(sealed.text) - 1] = '0';
	not_taken(&auth, sealed.text, other_key);
	sealed.text[strlen(sealed.text) - 2] = '\0';
	not_taken(&auth, sealed.text, other_key);
	not_taken(&auth, "KEY1:0011", "no claim in hex digits");
	not_taken(&auth, "MUNGE:AwQFAAA", "it does not authenticate by a key");
	eg_auth_key_close(&auth);
	eg_auth_key_close(&auth);
	eg_auth_key_close(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_others_could_have_is_refused),
		cmocka_unit_test(every_session_has_a_key_of_its_own),
		cmocka_unit_test(the_code_is_hmac_sha256),
		cmocka_unit_test(hex_is_read_strictly),
		cmocka_unit_test(what_a_key_sealed_only_that_key_opens),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
