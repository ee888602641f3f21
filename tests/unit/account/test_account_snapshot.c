/* test_account_snapshot.c - rows in, snapshot out; who may log in and send as whom. */
#include "account_kit.h"

struct kit {
	struct account_rows *rows;
	struct account_snapshot *snapshot;
};

static int
set_up(void **state)
{
	struct kit *kit = mem_zero(1, sizeof *kit);

	kit->rows = kit_rows();
	kit->snapshot = account_rows_build(kit->rows, 7);
	*state = kit;
	return 0;
}

static int
tear_down(void **state)
{
	struct kit *kit = *state;

	account_snapshot_unref(&kit->snapshot);
	account_rows_free(&kit->rows);
	mem_free(kit);
	return 0;
}

static void
shows_what_the_rows_say(void **state)
{
	struct kit *kit = *state;
	const struct account_snapshot *s = kit->snapshot;
	const struct account_credential *c = account_snapshot_credential(s, SPAN_LIT("shop"));

	assert_int_equal(s->generation, 7);
	assert_int_equal(s->credentials, 3); /* the seed's is none */
	assert_string_equal(s->credential[0]->name, "gone");
	assert_null(account_snapshot_credential(s, SPAN_LIT(ACCOUNT_ROWS_SEED_NAME)));
	assert_non_null(c);
	assert_ptr_equal(c, account_snapshot_credential_by_id(s, 1));
	assert_int_equal(c->froms, 4);
	assert_int_equal(c->secrets, 3);
	assert_string_equal(c->secret[2].label, "k3");
	assert_int_equal(s->domains, 1);
	assert_int_equal(s->domain[0]->keys, 1);
	assert_string_equal(s->domain[0]->key[0].selector, "k1e");
}

static void
an_old_snapshot_stays_as_it_was(void **state)
{
	struct kit *kit = *state;
	struct store_change delete = { .kind = STORE_DELETE_DOMAIN };
	struct account_snapshot *next;

	delete.row.domain.id = 10;
	assert_int_equal(account_rows_apply(kit->rows, &delete, NULL), 0);
	kit_put_credential(kit->rows, 1, "shop", "", true);
	next = account_rows_build(kit->rows, 8);
	assert_null(account_snapshot_domain(next, SPAN_LIT("shop.example")));
	assert_true(account_snapshot_credential(next, SPAN_LIT("shop"))->is_revoked);
	assert_int_equal(account_snapshot_credential(next, SPAN_LIT("shop"))->secrets, 3);
	account_snapshot_unref(&next);
	assert_non_null(account_snapshot_domain(kit->snapshot, SPAN_LIT("shop.example")));
	assert_int_equal(dkim_key_algorithm(kit->snapshot->domain[0]->key[0].key),
			 DKIM_ED25519_SHA256);
	assert_false(account_snapshot_credential(kit->snapshot, SPAN_LIT("shop"))->is_revoked);
}

static void
a_broken_key_is_left_out(void **state)
{
	struct kit *kit = *state;
	struct store_change put = { .kind = STORE_PUT_KEY };
	struct err err;

	put.row.key = (struct store_key){
		.id = 5, .domain_id = 10, .selector = "bad", .pem = "-----BEGIN nonsense"
	};
	assert_int_equal(account_rows_apply(kit->rows, &put, &err), -1);
	assert_int_equal(err.kind, ERR_INPUT);
	assert_non_null(strstr(err.text, "bad"));
}

static const struct {
	const char *name, *user, *secret;
	const char *label; /* NULL: not let in */
} logins[] = {
	{ "newest", "shop", KIT_SECRET, "k3" },
	{ "older, still alive", "shop", KIT_OLD_SECRET, "k2" },
	{ "ended", "shop", "ended", NULL },
	{ "wrong", "shop", "nonsense", NULL },
	{ "empty", "shop", "", NULL },
	{ "unknown user", "nobody", KIT_SECRET, NULL },
	{ "empty user", "", KIT_SECRET, NULL },
	{ "revoked", "gone", KIT_SECRET, NULL },
	{ "case of the name counts", "Shop", KIT_SECRET, NULL },
	{ "seed", ACCOUNT_ROWS_SEED_NAME, KIT_SECRET, NULL },
};

static void
lets_in_whom_it_should(void **state)
{
	struct kit *kit = *state;

	for (size_t i = 0; i < sizeof logins / sizeof logins[0]; i++) {
		const struct account_credential *c;
		const struct account_secret *s;

		print_message("  %s\n", logins[i].name);
		s = account_snapshot_login(kit->snapshot, span_of(logins[i].user),
					   span_of(logins[i].secret), KIT_NOW_MS, &c);
		assert_int_equal(s != NULL, logins[i].label != NULL);
		assert_int_equal(c != NULL, logins[i].label != NULL);
		if (s != NULL)
			assert_string_equal(s->label, logins[i].label);
	}
}

static const struct {
	const char *address;
	bool may;
} senders[] = {
	{ "a@shop.example", true },
	{ "A@SHOP.Example", true },
	{ "a@x.shop.example", true },
	{ "a@y.x.shop.example", true },
	{ "a@xshop.example", false },
	{ "a@shop.example.evil.example", false },
	{ "ann@other.example", true },
	{ "Ann@Other.Example", true },
	{ "anna@other.example", false },
	{ "bob@other.example", false },
	{ "a-news@other.example", true },
	{ "-NEWS@other.example", true },
	{ "news@other.example", false },
	{ "a-news@x.other.example", false },
	{ "\"x\\\"a-news@other.example\"@evil.example", false },
	{ "\"a@shop.example\"@evil.example", false },
	{ "\"ann@other.example\"@evil.example", false },
	{ "shop.example", false },
	{ "@shop.example", false },
	{ "", false },
	{ "a@", false },
	{ "a@shop.example\n", false },
};

static void
knows_who_may_send(void **state)
{
	struct kit *kit = *state;
	const struct account_credential *c =
		account_snapshot_credential(kit->snapshot, SPAN_LIT("shop"));

	for (size_t i = 0; i < sizeof senders / sizeof senders[0]; i++) {
		print_message("  %s\n", senders[i].address);
		assert_int_equal(account_credential_may_send(c, span_of(senders[i].address)),
				 senders[i].may);
	}
	c = account_snapshot_credential(kit->snapshot, SPAN_LIT("mute"));
	assert_false(account_credential_may_send(c, SPAN_LIT("a@shop.example")));
}

static void
finds_the_domain_above(void **state)
{
	struct kit *kit = *state;

	assert_non_null(account_snapshot_domain_above(kit->snapshot, SPAN_LIT("shop.example")));
	assert_non_null(account_snapshot_domain_above(kit->snapshot, SPAN_LIT("a.b.shop.example")));
	assert_null(account_snapshot_domain_above(kit->snapshot, SPAN_LIT("ashop.example")));
	assert_null(account_snapshot_domain_above(kit->snapshot, SPAN_LIT("example")));
	assert_null(account_snapshot_domain_above(kit->snapshot, SPAN_EMPTY));
}

static void
salts_are_stable_and_differ_by_name(void **state)
{
	struct kit *kit = *state;
	struct account_snapshot *later = account_rows_build(kit->rows, 8);
	unsigned char a[ACCOUNT_SALT_BYTES], b[ACCOUNT_SALT_BYTES];

	account_snapshot_salt(kit->snapshot, SPAN_LIT("nobody"), a);
	account_snapshot_salt(later, SPAN_LIT("nobody"), b);
	assert_memory_equal(a, b, sizeof a);
	account_snapshot_salt(later, SPAN_LIT("nobody2"), b);
	assert_memory_not_equal(a, b, sizeof a);
	account_snapshot_unref(&later);
}

/* Rows of a relay that knows more forms than this one: read, they close and do not open. */
static void
what_cannot_be_read_lets_nobody_in(void **state)
{
	static const struct {
		const char *networks, *certificates, *obstacle;
	} rows[] = {
		{ "", "", NULL },
		{ "country:CH\n", "", "the credential may not be used from this network" },
		{ "country:CH\n192.0.2.0/24\n", "", NULL },
		{ "", "name:CN=app\n",
		  "the credential wants a client certificate, and none was shown" },
	};
	const struct account_login login = { ACCOUNT_SMTP, "192.0.2.1", NULL, true };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct account_rows *made = account_rows_new();
		struct store_change change = { .kind = STORE_PUT_CREDENTIAL };
		struct account_snapshot *snapshot;
		const char *obstacle;

		change.row.credential = (struct store_credential){
			.id = 1, .name = "a", .networks = rows[i].networks,
			.certificates = rows[i].certificates
		};
		assert_int_equal(account_rows_apply(made, &change, NULL), 0);
		snapshot = account_rows_build(made, 1);
		obstacle = account_credential_obstacle(snapshot->credential[0], &login, 0);
		if (rows[i].obstacle == NULL)
			assert_null(obstacle);
		else
			assert_string_equal(obstacle, rows[i].obstacle);
		account_snapshot_unref(&snapshot);
		account_rows_free(&made);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(shows_what_the_rows_say, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_old_snapshot_stays_as_it_was, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_broken_key_is_left_out, set_up, tear_down),
		cmocka_unit_test_setup_teardown(lets_in_whom_it_should, set_up, tear_down),
		cmocka_unit_test_setup_teardown(knows_who_may_send, set_up, tear_down),
		cmocka_unit_test_setup_teardown(finds_the_domain_above, set_up, tear_down),
		cmocka_unit_test_setup_teardown(salts_are_stable_and_differ_by_name, set_up,
						tear_down),
		cmocka_unit_test(what_cannot_be_read_lets_nobody_in),
	};

	return cmocka_run_group_tests_name("account_snapshot", tests, NULL, NULL);
}
