/* account_kit.h - snapshots made by hand, for tests of those who read them. */
#ifndef TESTS_ACCOUNT_KIT_H
#define TESTS_ACCOUNT_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "account/account_rows.h"
#include "account/account_secret.h"
#include "base/mem.h"

#define KIT_SECRET "rly00000000000000000000000000000001XXXXXX" /* any text will do */
#define KIT_OLD_SECRET "rly00000000000000000000000000000002XXXXXX"
#define KIT_NOW_MS INT64_C(1764000000000)

static inline void
kit_put_credential(struct account_rows *rows, uint64_t id, const char *name, const char *from,
		   bool is_revoked)
{
	struct store_change change = { .kind = STORE_PUT_CREDENTIAL };

	change.row.credential = (struct store_credential){
		.id = id,
		.name = name,
		.from = from,
		.is_revoked = is_revoked,
		.iterations = ACCOUNT_SCRAM_ITERATIONS,
		.created_unix_ms = KIT_NOW_MS - 1000,
	};
	memset(change.row.credential.salt, (int)id, ACCOUNT_SALT_BYTES);
	assert_int_equal(account_rows_apply(rows, &change, NULL), 0);
}

static inline void
kit_put_secret(struct account_rows *rows, uint64_t id, uint64_t credential_id, const char *label,
	       const char *secret, int64_t ends_unix_ms)
{
	struct store_change change = { .kind = STORE_PUT_SECRET };
	struct store_secret *row = &change.row.secret;
	unsigned char salt[ACCOUNT_SALT_BYTES];
	struct account_verifier v;

	memset(salt, (int)credential_id, sizeof salt);
	account_secret_derive(span_of(secret), salt, ACCOUNT_SCRAM_ITERATIONS, &v);
	*row = (struct store_secret){ .id = id,
				      .credential_id = credential_id,
				      .label = label,
				      .ends_unix_ms = ends_unix_ms };
	memcpy(row->sha256, v.sha256, sizeof row->sha256);
	memcpy(row->stored_key, v.stored_key, sizeof row->stored_key);
	memcpy(row->server_key, v.server_key, sizeof row->server_key);
	assert_int_equal(account_rows_apply(rows, &change, NULL), 0);
}

static inline void
kit_put_domain(struct account_rows *rows, uint64_t id, const char *name)
{
	struct store_change change = { .kind = STORE_PUT_DOMAIN };
	struct dkim_key *key = dkim_key_generate(DKIM_ED25519_SHA256, NULL);
	struct buf pem;

	change.row.domain = (struct store_domain){ .id = id, .name = name };
	assert_int_equal(account_rows_apply(rows, &change, NULL), 0);
	buf_init(&pem, 4096);
	assert_int_equal(dkim_key_write_pem(key, &pem, NULL), 0);
	assert_int_equal(buf_append(&pem, "", 1), 0);
	change = (struct store_change){ .kind = STORE_PUT_KEY };
	change.row.key = (struct store_key){ .id = id + 1000,
					     .domain_id = id,
					     .selector = "k1e",
					     .pem = buf_data(&pem),
					     .state = STORE_KEY_ACTIVE };
	assert_int_equal(account_rows_apply(rows, &change, NULL), 0);
	buf_deinit(&pem);
	dkim_key_free(&key);
}

/* kit_rows - shop (1: two live secrets, one ended), gone (2: revoked), mute (3). */
static inline struct account_rows *
kit_rows(void)
{
	struct account_rows *rows = account_rows_new();

	kit_put_credential(rows, 99, ACCOUNT_ROWS_SEED_NAME, "", true);
	kit_put_domain(rows, 10, "shop.example");
	kit_put_credential(rows, 1, "shop", "@shop.example\n@*.shop.example\nann@other.example\n"
			   "*-news@other.example\n",
			   false);
	kit_put_secret(rows, 101, 1, "k1", "ended", KIT_NOW_MS - 1);
	kit_put_secret(rows, 102, 1, "k2", KIT_OLD_SECRET, KIT_NOW_MS + 60000);
	kit_put_secret(rows, 103, 1, "k3", KIT_SECRET, 0);
	kit_put_credential(rows, 2, "gone", "@shop.example\n", true);
	kit_put_secret(rows, 201, 2, "k1", KIT_SECRET, 0);
	kit_put_credential(rows, 3, "mute", "", false);
	kit_put_secret(rows, 301, 3, "k1", KIT_SECRET, 0);
	return rows;
}

#endif
