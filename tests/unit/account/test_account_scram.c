/* test_account_scram.c - the server against a client written here from RFC 5802. */
#include "account_kit.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include "account/account_base64.h"
#include "account/account_scram.h"

static const unsigned char exporter[32] = "0123456789abcdef0123456789abcde";
static const struct account_scram_binding binding[] = { { "tls-exporter", exporter, 32 } };
static const unsigned char nonce[ACCOUNT_SCRAM_NONCE_BYTES] = { 1, 2, 3 };

struct kit {
	struct account_rows *rows;
	struct account_snapshot *snapshot;
	struct account_scram *scram;
	struct buf first, final; /* the server's */
};

static int
set_up(void **state)
{
	struct kit *kit = mem_zero(1, sizeof *kit);

	kit->rows = kit_rows();
	kit->snapshot = account_rows_build(kit->rows, 1);
	buf_init(&kit->first, ACCOUNT_SCRAM_MESSAGE_MAX);
	buf_init(&kit->final, ACCOUNT_SCRAM_MESSAGE_MAX);
	*state = kit;
	return 0;
}

static int
tear_down(void **state)
{
	struct kit *kit = *state;

	account_scram_free(&kit->scram);
	buf_deinit(&kit->first);
	buf_deinit(&kit->final);
	account_snapshot_unref(&kit->snapshot);
	account_rows_free(&kit->rows);
	mem_free(kit);
	return 0;
}

static int
send_first(struct kit *kit, const char *client_first, bool is_plus)
{
	struct account_scram_options options = {
		.is_plus = is_plus,
		.offers_plus = is_plus,
		.binding = binding,
		.bindings = is_plus ? 1 : 0,
		.nonce = nonce,
	};
	struct err err;

	account_scram_free(&kit->scram);
	buf_clear(&kit->first);
	buf_clear(&kit->final);
	kit->scram = account_scram_first(&options, kit->snapshot, span_of(client_first),
					 &kit->first, &err);
	return kit->scram != NULL ? 0 : -1;
}

/* client_final - as a client with this password answers. gs2 is what it binds. */
static void
client_final(struct kit *kit, const char *bare, const void *gs2, size_t gs2_n, const char *password,
	     struct buf *out, unsigned char server_signature[32])
{
	unsigned char salted[32], client_key[32], stored[32], signature[32], server_key[32];
	struct buf message, salt;
	struct span rest = buf_span(&kit->first), r, s, i;
	unsigned long long iterations;

	r = span_cut(rest, ',', &rest);
	s = span_cut(rest, ',', &rest);
	i = span_cut(rest, ',', &rest);
	assert_true(span_to_u64((struct span){ i.p + 2, i.n - 2 }, &iterations));
	buf_init(&salt, 64);
	assert_int_equal(account_base64_decode((struct span){ s.p + 2, s.n - 2 }, &salt), 0);
	PKCS5_PBKDF2_HMAC(password, (int)strlen(password), (unsigned char *)buf_data(&salt),
			  (int)salt.len, (int)iterations, EVP_sha256(), 32, salted);
	HMAC(EVP_sha256(), salted, 32, (const unsigned char *)"Client Key", 10, client_key, NULL);
	HMAC(EVP_sha256(), salted, 32, (const unsigned char *)"Server Key", 10, server_key, NULL);
	SHA256(client_key, 32, stored);
	buf_append_text(out, "c=");
	account_base64_encode(gs2, gs2_n, out);
	buf_printf(out, ",%.*s", (int)r.n, r.p);
	buf_init(&message, 4096);
	buf_printf(&message, "%s,%.*s,%.*s", bare, (int)kit->first.len, buf_data(&kit->first),
		   (int)out->len, buf_data(out));
	HMAC(EVP_sha256(), stored, 32, (unsigned char *)buf_data(&message), message.len, signature,
	     NULL);
	HMAC(EVP_sha256(), server_key, 32, (unsigned char *)buf_data(&message), message.len,
	     server_signature, NULL);
	for (int k = 0; k < 32; k++)
		client_key[k] ^= signature[k];
	buf_append_text(out, ",p=");
	account_base64_encode(client_key, 32, out);
	buf_deinit(&message);
	buf_deinit(&salt);
}

/* log_in - returns the label of the secret, or NULL. */
static const char *
log_in(struct kit *kit, const char *gs2, const char *user, const char *password, bool is_plus)
{
	char bare[128], first[256], bound[128];
	unsigned char signature[32];
	const struct account_credential *c;
	const struct account_secret *secret;
	struct buf final, want;
	size_t bound_n = strlen(gs2);
	struct err err;

	(void)snprintf(bare, sizeof bare, "n=%s,r=abcdef", user);
	(void)snprintf(first, sizeof first, "%s%s", gs2, bare);
	assert_int_equal(send_first(kit, first, is_plus), 0);
	memcpy(bound, gs2, bound_n);
	if (gs2[0] == 'p') {
		memcpy(bound + bound_n, exporter, 32);
		bound_n += 32;
	}
	buf_init(&final, 4096);
	buf_init(&want, 4096);
	client_final(kit, bare, bound, bound_n, password, &final, signature);
	secret = account_scram_final(kit->scram, kit->snapshot, buf_span(&final), KIT_NOW_MS, &c,
				     &kit->final, &err);
	if (secret != NULL) {
		assert_string_equal(c->name, user);
		buf_append_text(&want, "v=");
		account_base64_encode(signature, 32, &want);
		assert_true(span_equals(buf_span(&kit->final), buf_span(&want)));
	} else {
		assert_int_equal(err.kind, ERR_PERM);
		assert_string_equal(err.text, "SCRAM: not let in");
		assert_int_equal(kit->final.len, 0);
	}
	buf_deinit(&final);
	buf_deinit(&want);
	return secret != NULL ? secret->label : NULL;
}

static void
every_live_secret_logs_in(void **state)
{
	struct kit *kit = *state;

	assert_string_equal(log_in(kit, "n,,", "shop", KIT_SECRET, false), "k3");
	assert_string_equal(log_in(kit, "n,,", "shop", KIT_OLD_SECRET, false), "k2");
	assert_string_equal(log_in(kit, "y,,", "shop", KIT_SECRET, false), "k3");
	assert_string_equal(log_in(kit, "n,a=shop,", "shop", KIT_SECRET, false), "k3");
	assert_string_equal(log_in(kit, "p=tls-exporter,,", "shop", KIT_SECRET, true), "k3");
}

static void
others_do_not_and_cannot_be_told_apart(void **state)
{
	struct kit *kit = *state;
	size_t first;

	assert_null(log_in(kit, "n,,", "shop", "wrong", false));
	first = kit->first.len;
	assert_null(log_in(kit, "n,,", "shop", "ended", false));
	assert_null(log_in(kit, "n,,", "nobody", KIT_SECRET, false));
	assert_int_equal(kit->first.len, first); /* salt and count look the same */
	assert_null(log_in(kit, "n,,", "gone", KIT_SECRET, false));
	assert_null(log_in(kit, "n,,", "*", KIT_SECRET, false));
}

static void
an_unknown_users_salt_stays_the_same(void **state)
{
	struct kit *kit = *state;
	char before[512] = "";

	assert_int_equal(send_first(kit, "n,,n=nobody,r=abc", false), 0);
	memcpy(before, buf_data(&kit->first), kit->first.len);
	assert_int_equal(send_first(kit, "n,,n=nobody,r=abc", false), 0);
	assert_memory_equal(before, buf_data(&kit->first), kit->first.len);
	assert_int_equal(send_first(kit, "n,,n=nobodi,r=abc", false), 0);
	assert_memory_not_equal(before, buf_data(&kit->first), kit->first.len);
}

static const struct {
	const char *name, *first;
	bool is_plus;
	const char *user; /* NULL: refused */
} firsts[] = {
	{ "plain", "n,,n=shop,r=abc", false, "shop" },
	{ "escaped name", "n,,n=a=2Cb=3Dc,r=abc", false, "a,b=c" },
	{ "extensions after the nonce", "n,,n=shop,r=abc,x=1", false, "shop" },
	{ "empty authzid", "n,a=,n=shop,r=abc", false, "shop" },
	{ "bound", "p=tls-exporter,,n=shop,r=abc", true, "shop" },
	{ "empty", "", false, NULL },
	{ "no gs2 header", "n=shop,r=abc", false, NULL },
	{ "half a gs2 header", "n,", false, NULL },
	{ "gs2 header alone", "n,,", false, NULL },
	{ "no nonce", "n,,n=shop", false, NULL },
	{ "empty nonce", "n,,n=shop,r=", false, NULL },
	{ "space in the nonce", "n,,n=shop,r=a c", false, NULL },
	{ "no name", "n,,r=abc", false, NULL },
	{ "empty name", "n,,n=,r=abc", false, NULL },
	{ "bad escape", "n,,n=a=2,r=abc", false, NULL },
	{ "bare equals", "n,,n=a=b,r=abc", false, NULL },
	{ "mandatory extension", "n,,m=x,n=shop,r=abc", false, NULL },
	{ "somebody else", "n,a=boss,n=shop,r=abc", false, NULL },
	{ "bad authzid", "n,b=shop,n=shop,r=abc", false, NULL },
	{ "binding on the plain mechanism", "p=tls-exporter,,n=shop,r=abc", false, NULL },
	{ "no binding on PLUS", "n,,n=shop,r=abc", true, NULL },
	{ "downgrade", "y,,n=shop,r=abc", true, NULL },
	{ "other kind of binding", "p=tls-unique,,n=shop,r=abc", true, NULL },
	{ "unknown flag", "q,,n=shop,r=abc", false, NULL },
	{ "upper case flag", "P=tls-exporter,,n=shop,r=abc", true, NULL },
};

static void
reads_client_first(void **state)
{
	struct kit *kit = *state;

	for (size_t i = 0; i < sizeof firsts / sizeof firsts[0]; i++) {
		print_message("  %s\n", firsts[i].name);
		assert_int_equal(send_first(kit, firsts[i].first, firsts[i].is_plus),
				 firsts[i].user != NULL ? 0 : -1);
		if (firsts[i].user != NULL)
			assert_string_equal(account_scram_user(kit->scram), firsts[i].user);
	}
}

/* "y" with PLUS on offer, and PLUS unused: somebody took it off the list. */
static void
notices_a_downgrade(void **state)
{
	struct kit *kit = *state;
	struct account_scram_options options = {
		.offers_plus = true, .binding = binding, .bindings = 1, .nonce = nonce
	};
	struct err err;

	assert_null(account_scram_first(&options, kit->snapshot, SPAN_LIT("y,,n=shop,r=abc"),
					&kit->first, &err));
	kit->scram = account_scram_first(&options, kit->snapshot, SPAN_LIT("n,,n=shop,r=abc"),
					 &kit->first, &err);
	assert_non_null(kit->scram);
}

static const struct {
	const char *name;
	bool is_plus;
	const char *gs2; /* what the client claims to have bound */
	enum err_kind kind;
} bindings_said[] = {
	{ "without the exporter's bytes", true, "p=tls-exporter,,", ERR_PERM },
	{ "of another session", true, "p=tls-exporter,,0123456789abcdef0123456789abcdeX",
	  ERR_PERM },
	{ "none", true, "n,,", ERR_PERM },
};

static void
wrong_binding_is_refused(void **state)
{
	struct kit *kit = *state;

	for (size_t i = 0; i < sizeof bindings_said / sizeof bindings_said[0]; i++) {
		const struct account_credential *c;
		unsigned char signature[32];
		struct buf final;
		struct err err;

		print_message("  %s\n", bindings_said[i].name);
		assert_int_equal(send_first(kit, "p=tls-exporter,,n=shop,r=abc", true), 0);
		buf_init(&final, 4096);
		client_final(kit, "n=shop,r=abc", bindings_said[i].gs2,
			     strlen(bindings_said[i].gs2), KIT_SECRET, &final, signature);
		assert_null(account_scram_final(kit->scram, kit->snapshot, buf_span(&final),
						KIT_NOW_MS, &c, &kit->final, &err));
		assert_int_equal(err.kind, bindings_said[i].kind);
		buf_deinit(&final);
	}
}

static const struct {
	const char *name, *final;
	enum err_kind kind;
} finals[] = {
	{ "empty", "", ERR_INPUT },
	{ "no proof", "c=biws,r=abc", ERR_INPUT },
	{ "proof too short", "c=biws,r=abc,p=YWJj", ERR_INPUT },
	{ "proof too long", "c=biws,r=abc,p=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWYwMTIz",
	  ERR_INPUT },
	{ "proof is no base64", "c=biws,r=abc,p=?", ERR_INPUT },
	{ "proof first", "p=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=,c=biws,r=abc", ERR_INPUT },
	{ "no binding", "r=abc,p=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", ERR_INPUT },
	{ "wrong nonce", "c=biws,r=abc,p=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", ERR_PERM },
};

static void
reads_client_final(void **state)
{
	struct kit *kit = *state;

	for (size_t i = 0; i < sizeof finals / sizeof finals[0]; i++) {
		const struct account_credential *c;
		struct err err;

		print_message("  %s\n", finals[i].name);
		assert_int_equal(send_first(kit, "n,,n=shop,r=abc", false), 0);
		assert_null(account_scram_final(kit->scram, kit->snapshot, span_of(finals[i].final),
						KIT_NOW_MS, &c, &kit->final, &err));
		assert_int_equal(err.kind, finals[i].kind);
		assert_null(c);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_live_secret_logs_in, set_up, tear_down),
		cmocka_unit_test_setup_teardown(others_do_not_and_cannot_be_told_apart, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(an_unknown_users_salt_stays_the_same, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(reads_client_first, set_up, tear_down),
		cmocka_unit_test_setup_teardown(notices_a_downgrade, set_up, tear_down),
		cmocka_unit_test_setup_teardown(wrong_binding_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(reads_client_final, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("account_scram", tests, NULL, NULL);
}
