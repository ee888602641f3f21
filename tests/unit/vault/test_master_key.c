/* test_master_key.c - what is taken for a master key, whose file, and how one is made. */
#include "vault/master_key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define HEX "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define BASE64 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

static char raw[MASTER_KEY_BYTES]; /* 0 to 31 */

static void
parses_every_spelling(void **state)
{
	static const struct {
		const char *name, *text;
		size_t n; /* 0: the text's length */
		bool is_key;
	} row[] = {
		{ "raw", raw, sizeof raw, true },
		{ "hex", HEX, 0, true },
		{ "hex with a newline", HEX "\n", 0, true },
		{ "upper case hex", "000102030405060708090A0B0C0D0E0F"
				    "101112131415161718191A1B1C1D1E1F\r\n", 0, true },
		{ "base64", BASE64, 0, true },
		{ "base64 with padding", "  " BASE64 "=\n", 0, true },
		{ "empty", "", 0, false },
		{ "a byte short", raw, sizeof raw - 1, false },
		{ "hex, a digit short", "00010203", 0, false },
		{ "hex, one that is none", "g00102030405060708090a0b0c0d0e0f"
					   "101112131415161718191a1b1c1d1e1f", 0, false },
		{ "base64 with bits left over", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9", 0,
		  false },
		{ "base64 with two paddings", BASE64 "==", 0, false },
		{ "base64 of the other alphabet", "-AECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
		  0, false },
		{ "a NUL within", "0\000102030405060708090a0b0c0d0e0f"
				  "101112131415161718191a1b1c1d1e1f", 64, false },
		{ "two keys", HEX "\n" HEX "\n", 0, false },
		{ "one letter 32 times", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 0, false },
		{ "zeros", "0000000000000000000000000000000000000000000000000000000000000000", 0,
		  false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		unsigned char key[MASTER_KEY_BYTES];
		struct err err = { .kind = ERR_NONE };
		size_t n = row[i].n > 0 ? row[i].n : strlen(row[i].text);
		int rc = master_key_parse((struct span){ row[i].text, n }, key, &err);

		if ((rc == 0) != row[i].is_key)
			fail_msg("%s: %d %s", row[i].name, rc, err.text);
		if (rc == 0)
			assert_memory_equal(key, raw, sizeof raw);
		else
			assert_int_equal(err.kind, ERR_INPUT);
	}
}

struct folder {
	char dir[64], file[96];
};

static int
set_up(void **state)
{
	static struct folder folder;

	for (size_t i = 0; i < sizeof raw; i++)
		raw[i] = (char)i;
	(void)snprintf(folder.dir, sizeof folder.dir, "/tmp/master_key_test_XXXXXX");
	assert_non_null(mkdtemp(folder.dir));
	(void)snprintf(folder.file, sizeof folder.file, "%s/key", folder.dir);
	*state = &folder;
	return 0;
}

static int
tear_down(void **state)
{
	struct folder *folder = *state;

	(void)unlink(folder->file);
	return rmdir(folder->dir);
}

static void
makes_one_and_never_over_another(void **state)
{
	const struct folder *folder = *state;
	unsigned char key[MASTER_KEY_BYTES], again[MASTER_KEY_BYTES];
	struct stat st;
	struct err err;

	assert_int_equal(master_key_make(folder->file, &err), 0);
	assert_int_equal(stat(folder->file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(master_key_read(folder->file, false, key, &err), 0);
	assert_int_equal(master_key_make(folder->file, &err), -1);
	assert_int_equal(err.kind, ERR_INPUT);
	assert_non_null(strstr(err.text, "there already"));
	assert_int_equal(master_key_read(folder->file, false, again, &err), 0);
	assert_memory_equal(key, again, sizeof key);
}

static void
reads_only_what_is_ours_alone(void **state)
{
	static const struct {
		mode_t mode;
		bool is_credential, is_read;
	} row[] = {
		{ 0600, false, true },	{ 0400, false, true },	{ 0640, false, false },
		{ 0440, false, false }, { 0604, false, false }, { 0440, true, true },
		{ 0400, true, true },	{ 0444, true, false },	{ 0460, true, false },
	};
	const struct folder *folder = *state;
	unsigned char key[MASTER_KEY_BYTES];
	struct err err;

	assert_int_equal(master_key_make(folder->file, &err), 0);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		int rc;

		assert_int_equal(chmod(folder->file, row[i].mode), 0);
		rc = master_key_read(folder->file, row[i].is_credential, key, &err);
		if ((rc == 0) != row[i].is_read)
			fail_msg("mode %04o: %d", (unsigned)row[i].mode, rc);
		if (rc < 0)
			assert_non_null(strstr(err.text, "chmod 0600"));
	}
}

static void
says_which_file_and_why(void **state)
{
	const struct folder *folder = *state;
	unsigned char key[MASTER_KEY_BYTES];
	struct err err;
	FILE *out;

	assert_int_equal(master_key_read(folder->file, false, key, &err), -1);
	assert_int_equal(err.kind, ERR_INPUT);
	assert_non_null(strstr(err.text, folder->file));
	assert_int_equal(master_key_read(folder->dir, false, key, &err), -1);
	assert_non_null(strstr(err.text, "not a file"));
	out = fopen(folder->file, "w");
	assert_non_null(out);
	for (int i = 0; i < 300; i++)
		fputs("x", out);
	fclose(out);
	assert_int_equal(chmod(folder->file, 0600), 0);
	assert_int_equal(master_key_read(folder->file, false, key, &err), -1);
	assert_non_null(strstr(err.text, "not a file of a few bytes"));
	out = fopen(folder->file, "w");
	assert_non_null(out);
	fputs("password\n", out);
	fclose(out);
	assert_int_equal(master_key_read(folder->file, false, key, &err), -1);
	assert_non_null(strstr(err.text, folder->file));
	assert_non_null(strstr(err.text, "64 hex digits"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(parses_every_spelling, set_up, tear_down),
		cmocka_unit_test_setup_teardown(makes_one_and_never_over_another, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(reads_only_what_is_ours_alone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(says_which_file_and_why, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
