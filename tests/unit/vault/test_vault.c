/* test_vault.c - what is sealed opens with its key, its domain and its selector, and with
 * nothing else; not one byte of a row may be another. */
#include "vault/vault.h"

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

#include "base/mem.h"
#include "vault/master_key.h"

#define TEXT "-----BEGIN PRIVATE KEY-----\nwhat nobody may read\n-----END PRIVATE KEY-----\n"

struct kit {
	char dir[64], file[2][96];
	struct vault *first, *second, *changed, *none; /* changed: second, first is its old one */
};

static int
set_up(void **state)
{
	struct kit *kit = mem_zero(1, sizeof *kit);
	struct err err;

	unsetenv("CREDENTIALS_DIRECTORY");
	(void)snprintf(kit->dir, sizeof kit->dir, "/tmp/vault_test_XXXXXX");
	assert_non_null(mkdtemp(kit->dir));
	for (int i = 0; i < 2; i++) {
		(void)snprintf(kit->file[i], sizeof kit->file[i], "%s/%d", kit->dir, i);
		assert_int_equal(master_key_make(kit->file[i], &err), 0);
	}
	assert_non_null(kit->first = vault_open(kit->file[0], NULL, &err));
	assert_non_null(kit->second = vault_open(kit->file[1], NULL, &err));
	assert_non_null(kit->changed = vault_open(kit->file[1], kit->file[0], &err));
	assert_non_null(kit->none = vault_open(NULL, NULL, &err));
	*state = kit;
	return 0;
}

static int
tear_down(void **state)
{
	struct kit *kit = *state;

	vault_close(&kit->first);
	vault_close(&kit->second);
	vault_close(&kit->changed);
	vault_close(&kit->none);
	for (int i = 0; i < 2; i++)
		(void)unlink(kit->file[i]);
	(void)rmdir(kit->dir);
	mem_free(kit);
	return 0;
}

static void
seal(const struct vault *vault, struct buf *row)
{
	struct err err;

	buf_init(row, VAULT_SEALED_MAX_BYTES);
	assert_int_equal(
		vault_seal(vault, "shop.example", "k1", span_of(TEXT), row, &err), 0);
}

/* opens - to the text, or not at all */
static bool
opens(const struct vault *vault, const char *domain, const char *selector, struct span row,
      enum err_kind *kind_out)
{
	struct err err = { .kind = ERR_NONE };
	struct buf plain;
	int rc;

	buf_init(&plain, VAULT_SEALED_MAX_BYTES);
	rc = vault_unseal(vault, domain, selector, row, &plain, &err);
	if (rc == 0)
		assert_true(span_is(buf_span(&plain), TEXT));
	else
		assert_int_equal(plain.len, 0);
	if (rc < 0)
		assert_non_null(strstr(err.text, domain));
	vault_wipe(&plain);
	*kind_out = err.kind;
	return rc == 0;
}

static void
opens_where_it_belongs_only(void **state)
{
	const struct kit *kit = *state;
	const struct {
		const char *name;
		const struct vault *vault;
		const char *domain, *selector;
		bool opens;
		enum err_kind kind;
	} test[] = {
		{ "its own", kit->first, "shop.example", "k1", true, ERR_NONE },
		{ "the key before a change", kit->changed, "shop.example", "k1", true, ERR_NONE },
		{ "another master key", kit->second, "shop.example", "k1", false, ERR_PERM },
		{ "no master key", kit->none, "shop.example", "k1", false, ERR_PERM },
		{ "no vault", NULL, "shop.example", "k1", false, ERR_PERM },
		{ "another domain", kit->first, "shop2.example", "k1", false, ERR_INPUT },
		{ "another selector", kit->first, "shop.example", "k2", false, ERR_INPUT },
		{ "a letter moved over", kit->first, "shop.examplek", "1", false, ERR_INPUT },
	};
	struct buf row;

	seal(kit->first, &row);
	assert_true(vault_is_sealed(buf_span(&row)));
	for (size_t i = 0; i < sizeof test / sizeof *test; i++) {
		enum err_kind kind;

		if (opens(test[i].vault, test[i].domain, test[i].selector, buf_span(&row), &kind) !=
			    test[i].opens ||
		    kind != test[i].kind)
			fail_msg("%s: kind %d", test[i].name, (int)kind);
	}
	assert_true(vault_is_current(kit->first, buf_span(&row)));
	assert_false(vault_is_current(kit->changed, buf_span(&row)));
	assert_false(vault_is_current(kit->none, buf_span(&row)));
	buf_deinit(&row);
}

static void
no_byte_may_be_another(void **state)
{
	const struct kit *kit = *state;
	enum err_kind kind;
	struct buf row;
	char *p;

	seal(kit->first, &row);
	p = buf_data(&row);
	for (size_t i = strlen("relay-sealed:1:"); i < row.len; i++) {
		for (int bit = 0; bit < 8; bit++) {
			p[i] ^= (char)(1 << bit);
			if (opens(kit->first, "shop.example", "k1", buf_span(&row), &kind))
				fail_msg("byte %zu, bit %d", i, bit);
			p[i] ^= (char)(1 << bit);
		}
	}
	for (size_t n = strlen("relay-sealed:1:"); n < row.len; n++)
		assert_false(opens(kit->first, "shop.example", "k1", (struct span){ p, n }, &kind));
	assert_true(opens(kit->first, "shop.example", "k1", buf_span(&row), &kind));
	assert_int_equal(buf_append_text(&row, "00"), 0);
	assert_false(opens(kit->first, "shop.example", "k1", buf_span(&row), &kind));
	buf_deinit(&row);
}

static void
hides_the_text_and_never_twice_alike(void **state)
{
	const struct kit *kit = *state;
	struct buf one, other, plain;

	seal(kit->first, &one);
	seal(kit->first, &other);
	assert_null(memmem(one.mem, one.len, "nobody", 6));
	assert_null(memmem(one.mem, one.len, "6e6f626f6479", 12)); /* as hex */
	assert_int_equal(one.len, other.len);
	assert_memory_not_equal(one.mem, other.mem, one.len);
	seal(kit->none, &plain);
	assert_true(span_is(buf_span(&plain), TEXT));
	assert_false(vault_is_sealed(buf_span(&plain)));
	buf_deinit(&one);
	buf_deinit(&other);
	buf_deinit(&plain);
}

static void
finds_the_credentials_of_systemd(void **state)
{
	struct kit *kit = *state;
	char path[2][128];
	enum err_kind kind;
	struct vault *vault;
	struct buf row;
	struct err err;

	seal(kit->first, &row);
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", kit->dir, 1), 0);
	vault = vault_open(NULL, NULL, &err); /* the folder has other credentials only */
	assert_non_null(vault);
	assert_false(vault_can_seal(vault));
	vault_close(&vault);
	(void)snprintf(path[0], sizeof path[0], "%s/relayd-master-key", kit->dir);
	(void)snprintf(path[1], sizeof path[1], "%s/relayd-master-key-old", kit->dir);
	assert_int_equal(rename(kit->file[1], path[0]), 0);
	assert_int_equal(rename(kit->file[0], path[1]), 0);
	assert_int_equal(chmod(path[0], 0440), 0);
	vault = vault_open(NULL, NULL, &err);
	assert_non_null(vault);
	assert_true(vault_can_seal(vault));
	assert_true(opens(vault, "shop.example", "k1", buf_span(&row), &kind));
	assert_false(vault_is_current(vault, buf_span(&row)));
	vault_close(&vault);
	assert_int_equal(chmod(path[0], 0644), 0);
	assert_null(vault_open(NULL, NULL, &err));
	assert_int_equal(err.kind, ERR_INPUT);
	assert_int_equal(rename(path[0], kit->file[1]), 0);
	assert_int_equal(rename(path[1], kit->file[0]), 0);
	unsetenv("CREDENTIALS_DIRECTORY");
	buf_deinit(&row);
}

static void
takes_what_it_can_hold(void **state)
{
	const struct kit *kit = *state;
	char *text = mem_zero(1, VAULT_PLAIN_MAX_BYTES + 1);
	struct buf row, plain;
	struct err err;

	memset(text, 'x', VAULT_PLAIN_MAX_BYTES + 1);
	buf_init(&row, VAULT_SEALED_MAX_BYTES);
	buf_init(&plain, VAULT_SEALED_MAX_BYTES);
	assert_int_equal(vault_seal(kit->first, "a.example", "k", (struct span){ text, 0 }, &row,
				    &err), -1);
	assert_int_equal(vault_seal(kit->first, "a.example", "k",
				    (struct span){ text, VAULT_PLAIN_MAX_BYTES + 1 }, &row, &err),
			 -1);
	assert_int_equal(err.kind, ERR_LIMIT);
	assert_int_equal(vault_seal(kit->first, "a.example", "k",
				    (struct span){ text, VAULT_PLAIN_MAX_BYTES }, &row, &err), 0);
	assert_int_equal(vault_unseal(kit->first, "a.example", "k", buf_span(&row), &plain, &err),
			 0);
	assert_int_equal(plain.len, VAULT_PLAIN_MAX_BYTES);
	vault_wipe(&plain);
	buf_deinit(&row);
	mem_free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(opens_where_it_belongs_only, set_up, tear_down),
		cmocka_unit_test_setup_teardown(no_byte_may_be_another, set_up, tear_down),
		cmocka_unit_test_setup_teardown(hides_the_text_and_never_twice_alike, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(finds_the_credentials_of_systemd, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(takes_what_it_can_hold, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
