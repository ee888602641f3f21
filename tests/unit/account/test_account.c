/* test_account.c - changes from asking to the snapshot, with a real store: what
 * was answered is there after a restart, what was refused left nothing. */
#include "account_kit.h"

#include <errno.h>
#include <ftw.h>
#include <stdlib.h>
#include <unistd.h>

#include "account/account.h"
#include "account/account_records.h"
#include "base/clock.h"

struct kit {
	char dir[64];
	struct loop *loop;
	struct store *store;
	struct account *account;
	unsigned shown; /* snapshots */
	struct account_change *done[80];
	size_t dones, wanted;
};

static void
changed(struct account_snapshot *snapshot, void *arg)
{
	struct kit *kit = arg;

	assert_true(snapshot->generation > 1);
	kit->shown++;
}

static void
open_all(struct kit *kit)
{
	const struct store_options options = {
		.url = "sqlite:relay.db",
		.state_dir = kit->dir,
		.node = 1,
		.log_keep_ms = INT64_C(86400000) * 90,
	};
	struct err err;

	kit->loop = loop_new("main", &err);
	kit->store = store_open(&options, &err);
	if (kit->store == NULL)
		fail_msg("%s", err.text);
	kit->account = account_new(
		&(struct account_options){
			.loop = kit->loop,
			.store = kit->store,
			.node = 1,
			.lane = 8,
			.not_before_id = store_largest_id(kit->store),
			.changed = changed,
			.arg = kit,
		},
		&err);
	assert_non_null(kit->account);
	assert_int_equal(store_start(kit->store, &err), 0);
	assert_int_equal(account_start(kit->account, &err), 0);
}

static void
forget_done(struct kit *kit)
{
	for (size_t i = 0; i < kit->dones; i++)
		account_change_free(&kit->done[i]);
	kit->dones = kit->wanted = 0;
}

static void
close_all(struct kit *kit)
{
	forget_done(kit);
	account_stop(kit->account);
	store_stop(kit->store);
	account_free(&kit->account);
	store_close(&kit->store);
	loop_free(&kit->loop);
}

static int
set_up(void **state)
{
	struct kit *kit = mem_zero(1, sizeof *kit);

	(void)snprintf(kit->dir, sizeof kit->dir, "/tmp/account_test_XXXXXX");
	assert_non_null(mkdtemp(kit->dir));
	open_all(kit);
	*state = kit;
	return 0;
}

static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static int
tear_down(void **state)
{
	struct kit *kit = *state;

	close_all(kit);
	(void)nftw(kit->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	mem_free(kit);
	return 0;
}

/* ---- asking ------------------------------------------------------------------------ */

static void
take_done(struct account_change *change, void *arg)
{
	struct kit *kit = arg;

	kit->done[kit->dones++] = change;
	if (kit->dones == kit->wanted)
		loop_stop(kit->loop);
}

static struct account_change *
prepare(struct kit *kit, enum account_act act, const char *name, const char *from)
{
	struct account_change *change = account_change_new(act);

	change->name = arena_strdup(change->arena, name);
	if (from != NULL) {
		change->from = arena_zero(change->arena, sizeof *change->from);
		change->from[0] = arena_strdup(change->arena, from);
		change->froms = 1;
	}
	change->who = "ana";
	change->via = "test";
	change->done = take_done;
	change->arg = kit;
	return change;
}

/* run - until all that was started is done. Returns the first. */
static const struct account_change *
run(struct kit *kit, struct account_change *change)
{
	forget_done(kit);
	kit->wanted = 1;
	account_change_start(kit->account, &change);
	loop_run(kit->loop);
	return kit->done[0];
}

static const struct account_change *
ask(struct kit *kit, enum account_act act, const char *name, const char *from)
{
	return run(kit, prepare(kit, act, name, from));
}

static const struct account_change *
rotate(struct kit *kit, const char *name, int64_t overlap_ms)
{
	struct account_change *change = prepare(kit, ACCOUNT_CREDENTIAL_ROTATE, name, NULL);

	change->overlap_ms = overlap_ms;
	return run(kit, change);
}

static const char *
login(struct kit *kit, const char *name, const char *secret)
{
	const struct account_credential *c;
	const struct account_secret *s =
		account_snapshot_login(account_snapshot(kit->account), span_of(name),
				       span_of(secret), clock_unix_ms(), &c);

	return s != NULL ? s->label : NULL;
}

static void
create_shop(struct kit *kit, char secret[ACCOUNT_SECRET_SIZE])
{
	const struct account_change *c;

	assert_int_equal(ask(kit, ACCOUNT_DOMAIN_ADD, "Shop.Example", NULL)->result, 0);
	c = ask(kit, ACCOUNT_CREDENTIAL_CREATE, "shop", "@SHOP.example");
	assert_int_equal(c->result, 0);
	assert_string_equal(c->new_key, "k1");
	assert_true(account_secret_is_wellformed(span_of(c->secret)));
	memcpy(secret, c->secret, ACCOUNT_SECRET_SIZE);
}

/* ---- cases -------------------------------------------------------------------------- */

static void
what_was_made_is_there_after_a_restart(void **state)
{
	struct kit *kit = *state;
	unsigned char salt[ACCOUNT_SALT_BYTES], later[ACCOUNT_SALT_BYTES];
	const struct account_domain *d;
	char secret[ACCOUNT_SECRET_SIZE];
	const struct account_credential *c;

	create_shop(kit, secret);
	assert_string_equal(login(kit, "shop", secret), "k1");
	account_snapshot_salt(account_snapshot(kit->account), SPAN_LIT("nobody"), salt);
	close_all(kit);
	open_all(kit);
	assert_string_equal(login(kit, "shop", secret), "k1");
	account_snapshot_salt(account_snapshot(kit->account), SPAN_LIT("nobody"), later);
	assert_memory_equal(salt, later, sizeof salt);
	c = account_snapshot_credential(account_snapshot(kit->account), SPAN_LIT("shop"));
	assert_string_equal(c->from[0], "@shop.example");
	d = account_snapshot_domain(account_snapshot(kit->account), SPAN_LIT("shop.example"));
	assert_int_equal(d->keys, 2);
	assert_string_equal(d->key[0].selector, "k1");
	assert_int_equal(dkim_key_algorithm(d->key[0].key), DKIM_RSA_SHA256);
	assert_string_equal(d->key[1].selector, "k1e");
	assert_int_equal(dkim_key_algorithm(d->key[1].key), DKIM_ED25519_SHA256);
}

static void
rotation_keeps_the_old_secret_for_the_overlap(void **state)
{
	struct kit *kit = *state;
	char k1[ACCOUNT_SECRET_SIZE], k2[ACCOUNT_SECRET_SIZE], k3[ACCOUNT_SECRET_SIZE];
	const struct account_change *c;

	create_shop(kit, k1);
	c = rotate(kit, "shop", 60000);
	assert_int_equal(c->result, 0);
	assert_string_equal(c->new_key, "k2");
	memcpy(k2, c->secret, sizeof k2);
	assert_string_equal(login(kit, "shop", k1), "k1");
	assert_string_equal(login(kit, "shop", k2), "k2");
	c = rotate(kit, "shop", 0);
	memcpy(k3, c->secret, sizeof k3);
	assert_null(login(kit, "shop", k1));
	assert_null(login(kit, "shop", k2));
	assert_string_equal(login(kit, "shop", k3), "k3");
	c = rotate(kit, "shop", 60000); /* the ended ones are cleared away */
	assert_string_equal(c->new_key, "k4");
	assert_int_equal(
		account_snapshot_credential(account_snapshot(kit->account), SPAN_LIT("shop"))
			->secrets,
		2);
	close_all(kit);
	open_all(kit);
	assert_string_equal(login(kit, "shop", k3), "k3");
	assert_null(login(kit, "shop", k2));
}

static void
there_are_so_many_live_keys_and_no_more(void **state)
{
	struct kit *kit = *state;
	char secret[ACCOUNT_SECRET_SIZE];
	struct account_change *retire;

	create_shop(kit, secret);
	for (int i = 1; i < ACCOUNT_SECRETS_MAX; i++)
		assert_int_equal(rotate(kit, "shop", 60000)->result, 0);
	assert_int_equal(rotate(kit, "shop", 60000)->result, -1);
	assert_int_equal(kit->done[0]->err.kind, ERR_LIMIT);
	retire = prepare(kit, ACCOUNT_CREDENTIAL_RETIRE, "shop", NULL);
	retire->key = "k1";
	assert_int_equal(run(kit, retire)->result, 0);
	assert_null(login(kit, "shop", secret));
	assert_string_equal(rotate(kit, "shop", 60000)->new_key, "k9");
}

static void
a_revoked_credential_stays_revoked(void **state)
{
	struct kit *kit = *state;
	char secret[ACCOUNT_SECRET_SIZE];
	unsigned shown;

	create_shop(kit, secret);
	shown = kit->shown;
	assert_int_equal(ask(kit, ACCOUNT_CREDENTIAL_REVOKE, "shop", NULL)->result, 0);
	assert_int_equal(kit->shown, shown + 1);
	assert_null(login(kit, "shop", secret));
	assert_int_equal(rotate(kit, "shop", 0)->err.code, EBUSY);
	assert_int_equal(ask(kit, ACCOUNT_CREDENTIAL_CREATE, "shop", NULL)->err.code, EEXIST);
	assert_int_equal(ask(kit, ACCOUNT_DOMAIN_REMOVE, "shop.example", NULL)->result, 0);
	close_all(kit);
	open_all(kit);
	assert_null(login(kit, "shop", secret));
	assert_int_equal(account_snapshot(kit->account)->domains, 0);
}

static uint64_t
generation_of(struct kit *kit)
{
	return account_snapshot_credential(account_snapshot(kit->account), SPAN_LIT("shop"))
		->generation;
}

static void
what_changed_since_it_was_seen_is_refused(void **state)
{
	struct kit *kit = *state;
	char secret[ACCOUNT_SECRET_SIZE];
	struct account_change *change;
	uint64_t seen, domain;

	create_shop(kit, secret);
	seen = generation_of(kit);
	assert_true(seen > 0);
	assert_int_equal(ask(kit, ACCOUNT_CREDENTIAL_CREATE, "other", "@shop.example")->result, 0);
	assert_int_equal(generation_of(kit), seen); /* of another: not its own */
	assert_int_equal(rotate(kit, "shop", 60000)->result, 0);
	assert_true(generation_of(kit) != seen);
	change = prepare(kit, ACCOUNT_CREDENTIAL_REVOKE, "shop", NULL);
	change->generation = seen;
	assert_int_equal(run(kit, change)->err.code, ESTALE);
	assert_string_equal(login(kit, "shop", secret), "k1");
	change = prepare(kit, ACCOUNT_CREDENTIAL_REVOKE, "shop", NULL);
	change->generation = generation_of(kit);
	assert_int_equal(run(kit, change)->result, 0);
	assert_null(login(kit, "shop", secret));
	domain = account_snapshot(kit->account)->domain[0]->generation;
	change = prepare(kit, ACCOUNT_DOMAIN_REMOVE, "Shop.example", NULL);
	change->generation = domain + 1;
	assert_int_equal(run(kit, change)->err.code, ESTALE);
	assert_int_equal(account_snapshot(kit->account)->domains, 1);
}

static void
who_revoked_it_is_known_after_a_restart(void **state)
{
	struct kit *kit = *state;
	const struct account_credential *c;
	char secret[ACCOUNT_SECRET_SIZE];

	create_shop(kit, secret);
	assert_int_equal(ask(kit, ACCOUNT_CREDENTIAL_REVOKE, "shop", NULL)->result, 0);
	for (int i = 0; i < 2; i++) {
		c = account_snapshot_credential(account_snapshot(kit->account), SPAN_LIT("shop"));
		assert_string_equal(c->revoked_by, "ana");
		assert_in_range(clock_unix_ms() - c->revoked_unix_ms, 0, 60000);
		close_all(kit);
		open_all(kit);
	}
}

static const struct {
	const char *title;
	enum account_act act;
	const char *name, *from;
	int code;
} refused[] = {
	{ "empty name", ACCOUNT_CREDENTIAL_CREATE, "", NULL, EINVAL },
	{ "upper case", ACCOUNT_CREDENTIAL_CREATE, "Shop", NULL, EINVAL },
	{ "begins with a dot", ACCOUNT_CREDENTIAL_CREATE, ".shop", NULL, EINVAL },
	{ "the seed's", ACCOUNT_CREDENTIAL_CREATE, "*", NULL, EINVAL },
	{ "space", ACCOUNT_CREDENTIAL_CREATE, "a b", NULL, EINVAL },
	{ "65 letters", ACCOUNT_CREDENTIAL_CREATE,
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL, EINVAL },
	{ "taken", ACCOUNT_CREDENTIAL_CREATE, "shop", NULL, EEXIST },
	{ "unknown domain", ACCOUNT_CREDENTIAL_CREATE, "x", "@other.example", ENOENT },
	{ "address of an unknown domain", ACCOUNT_CREDENTIAL_CREATE, "x", "a@other.example",
	  ENOENT },
	{ "no at sign", ACCOUNT_CREDENTIAL_CREATE, "x", "shop.example", EINVAL },
	{ "any address", ACCOUNT_CREDENTIAL_CREATE, "x", "@*", EINVAL },
	{ "wild local part", ACCOUNT_CREDENTIAL_CREATE, "x", "a@*.shop.example", EINVAL },
	{ "two patterns in one", ACCOUNT_CREDENTIAL_CREATE, "x", "@evil.example\n@shop.example",
	  EINVAL },
	{ "no such to rotate", ACCOUNT_CREDENTIAL_ROTATE, "nobody", NULL, ENOENT },
	{ "no such to revoke", ACCOUNT_CREDENTIAL_REVOKE, "nobody", NULL, ENOENT },
	{ "domain there already", ACCOUNT_DOMAIN_ADD, "SHOP.EXAMPLE", NULL, EEXIST },
	{ "no domain", ACCOUNT_DOMAIN_ADD, "not a domain", NULL, EINVAL },
	{ "one label", ACCOUNT_DOMAIN_ADD, "localhost", NULL, EINVAL },
	{ "an address", ACCOUNT_DOMAIN_ADD, "[192.0.2.1]", NULL, EINVAL },
	{ "no such to remove", ACCOUNT_DOMAIN_REMOVE, "other.example", NULL, ENOENT },
	{ "in use", ACCOUNT_DOMAIN_REMOVE, "shop.example", NULL, EBUSY },
};

static void
says_what_is_wrong_and_changes_nothing(void **state)
{
	struct kit *kit = *state;
	char secret[ACCOUNT_SECRET_SIZE];
	uint64_t generation;

	create_shop(kit, secret);
	generation = account_snapshot(kit->account)->generation;
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		const struct account_change *c;

		print_message("  %s\n", refused[i].title);
		c = ask(kit, refused[i].act, refused[i].name, refused[i].from);
		assert_int_equal(c->result, -1);
		assert_int_equal(c->err.kind, ERR_INPUT);
		assert_int_equal(c->err.code, refused[i].code);
		assert_string_equal(c->secret, "");
	}
	assert_int_equal(account_snapshot(kit->account)->generation, generation);
}

static const struct account_change *
limit_domain(struct kit *kit, const char *name, const char *option)
{
	struct account_change *change = prepare(kit, ACCOUNT_DOMAIN_LIMIT, name, NULL);

	change->option = arena_zero(change->arena, sizeof *change->option);
	change->option[0] = arena_strdup(change->arena, option);
	change->options = option != NULL;
	return run(kit, change);
}

/* what is chosen outlives other changes of the domain's row */
static void
a_domain_chooses_what_becomes_of_failing_mail(void **state)
{
	static const struct {
		const char *option;
		bool holds;
		int code;
	} rows[] = {
		{ "dmarc-fail=hold", true, 0 },	 { "pool=news", true, 0 },
		{ "dmarc-fail=drop", true, EINVAL }, { "dmarc-fail=", true, EINVAL },
		{ "dmarc-fail=send", false, 0 }, { "dmarc-fail=hold", true, 0 },
	};
	struct kit *kit = *state;
	char secret[ACCOUNT_SECRET_SIZE];

	create_shop(kit, secret);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct account_change *c = limit_domain(kit, "shop.example", rows[i].option);

		assert_int_equal(c->result, rows[i].code ? -1 : 0);
		assert_int_equal(account_snapshot_domain(account_snapshot(kit->account),
							 span_of("shop.example"))
					 ->holds_failing,
				 rows[i].holds);
		if (rows[i].code)
			assert_int_equal(c->err.code, rows[i].code);
	}
	close_all(kit);
	open_all(kit);
	assert_string_equal(account_snapshot_domain(account_snapshot(kit->account),
						    span_of("shop.example"))
				    ->pool,
			    "news");
	assert_true(account_snapshot_domain(account_snapshot(kit->account),
					    span_of("shop.example"))
			    ->holds_failing);
}

static void
a_domain_chooses_a_pool(void **state)
{
	static const struct {
		const char *name, *option, *pool; /* pool NULL: none, or refused with ... */
		int code;
	} rows[] = {
		{ "shop.example", "pool=news", "news", 0 },
		{ "SHOP.example", "pool=own", "own", 0 },
		{ "shop.example", "pool=", NULL, EINVAL },
		{ "shop.example", "pool=two words", NULL, EINVAL },
		{ "shop.example", "bulk=yes", NULL, EINVAL },
		{ "shop.example", NULL, NULL, EINVAL },
		{ "other.example", "pool=own", NULL, ENOENT },
		{ "shop.example", "pool=default", NULL, 0 },
		{ "shop.example", "pool=own", "own", 0 },
	};
	struct kit *kit = *state;
	const struct account_domain *domain;
	char secret[ACCOUNT_SECRET_SIZE];

	create_shop(kit, secret);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct account_change *c = limit_domain(kit, rows[i].name, rows[i].option);

		assert_int_equal(c->result, rows[i].code ? -1 : 0);
		if (rows[i].code) {
			assert_int_equal(c->err.code, rows[i].code);
			continue;
		}
		domain = account_snapshot_domain(account_snapshot(kit->account),
						 span_of("shop.example"));
		if (rows[i].pool)
			assert_string_equal(domain->pool, rows[i].pool);
		else
			assert_null(domain->pool);
		assert_int_equal(domain->keys, 2);
		assert_int_equal(account_snapshot(kit->account)->pooled_domains,
				 rows[i].pool != NULL);
	}
	close_all(kit);
	open_all(kit);
	domain = account_snapshot_domain(account_snapshot(kit->account), span_of("shop.example"));
	assert_string_equal(domain->pool, "own");
	assert_int_equal(domain->keys, 2);
}

/* Each is checked against what the one before left. */
static void
changes_are_done_in_order(void **state)
{
	struct kit *kit = *state;
	char secret[ACCOUNT_SECRET_SIZE];

	create_shop(kit, secret);
	forget_done(kit);
	kit->wanted = ACCOUNT_CHANGES_WAITING_MAX + 2;
	for (size_t i = 0; i < kit->wanted; i++) {
		struct account_change *c = prepare(kit, ACCOUNT_CREDENTIAL_ROTATE, "shop", NULL);

		account_change_start(kit->account, &c);
	}
	loop_run(kit->loop);
	for (size_t i = 0; i < ACCOUNT_CHANGES_WAITING_MAX; i++) {
		char label[8];

		(void)snprintf(label, sizeof label, "k%zu", i + 2);
		assert_int_equal(kit->done[i]->result, 0);
		assert_string_equal(kit->done[i]->new_key, label);
	}
	assert_int_equal(kit->done[ACCOUNT_CHANGES_WAITING_MAX]->err.kind, ERR_LIMIT);
	assert_int_equal(kit->done[ACCOUNT_CHANGES_WAITING_MAX + 1]->err.kind, ERR_LIMIT);
}

/* Nobody waits for answers any more: all of it is freed (the leak checker looks). */
static void
stops_in_the_middle(void **state)
{
	struct kit *kit = *state;

	for (int i = 0; i < 5; i++) {
		struct account_change *c = prepare(kit, ACCOUNT_DOMAIN_ADD, "shop.example", NULL);

		account_change_start(kit->account, &c);
	}
}

/* ---- records -------------------------------------------------------------------------- */

static const struct account_record *
find_record(const struct account_record *record, int n, const char *purpose, const char *name)
{
	for (int i = 0; i < n; i++)
		if (strcmp(record[i].purpose, purpose) == 0 && strcmp(record[i].name, name) == 0)
			return &record[i];
	fail_msg("no %s record %s", purpose, name);
	return NULL;
}

static void
check_zone(const struct account_record *record, int n, const char *key)
{
	const char *quoted, *space;
	struct buf zone;
	struct err err;

	buf_init(&zone, ACCOUNT_ZONE_MAX_BYTES);
	assert_int_equal(account_records_write_zone(record, (size_t)n, &zone, &err), 0);
	buf_append(&zone, "", 1);
	quoted = strchr(buf_data(&zone), '"') + 1;
	space = strstr(quoted, "\" \"");
	assert_int_equal(space - quoted, 255);
	assert_int_equal(strncmp(quoted, key, 255), 0);
	assert_int_equal(strncmp(space + 3, key + 255, strlen(key) - 255), 0);
	assert_non_null(
		strstr(buf_data(&zone), "k1._domainkey.xn--bcher-kva.example.\t3600\tIN\tTXT"));
	assert_non_null(strstr(buf_data(&zone), "IN\tMX\t10 mx1.relay.example.\n"));
	assert_non_null(strstr(buf_data(&zone), "\n; _mta-sts.xn--bcher-kva.example.\t3600"));
	buf_deinit(&zone);
}

static void
lists_what_to_publish(void **state)
{
	static const char *const hidden[] = { "10.1.2.3", "127.0.0.2" };
	static const char *const some[] = { "192.168.0.1", "192.0.2.10", "2001:db8::10",
					    "fd00::1" };
	struct account_records_facts facts = { "mx1.relay.example", hidden, 2, NULL };
	struct kit *kit = *state;
	struct arena *arena = arena_new(0);
	const struct account_record *rsa;
	const struct account_domain *domain;
	struct account_record *record;
	int n;

	assert_int_equal(ask(kit, ACCOUNT_DOMAIN_ADD, "b\xc3\xbc\x63her.example", NULL)->result, 0);
	domain = account_snapshot(kit->account)->domain[0];
	n = account_records_list(domain, &facts, arena, &record, NULL);
	assert_int_equal(n, 8);
	rsa = find_record(record, n, "dkim", "k1._domainkey.xn--bcher-kva.example");
	assert_true(strlen(rsa->value) > 255);
	assert_int_equal(strncmp(rsa->value, "v=DKIM1; k=rsa; p=", 18), 0);
	(void)find_record(record, n, "dkim", "k1e._domainkey.xn--bcher-kva.example");
	assert_string_equal(find_record(record, n, "spf", "xn--bcher-kva.example")->value,
			    "v=spf1 a:mx1.relay.example ~all");
	assert_string_equal(find_record(record, n, "dmarc", "_dmarc.xn--bcher-kva.example")->value,
			    "v=DMARC1; p=none; rua=mailto:dmarc-reports@xn--bcher-kva.example");
	assert_string_equal(
		find_record(record, n, "return_path", "bounce.xn--bcher-kva.example")->value,
		"10 mx1.relay.example");
	assert_true(
		find_record(record, n, "mta_sts", "_mta-sts.xn--bcher-kva.example")->is_optional);
	assert_true(find_record(record, n, "tls_report", "_smtp._tls.xn--bcher-kva.example")
			    ->is_optional);
	check_zone(record, n, rsa->value);
	facts = (struct account_records_facts){ "mx1.relay.example", some, 4, "dmarc@ops.example" };
	n = account_records_list(domain, &facts, arena, &record, NULL);
	assert_int_equal(n, 9);
	assert_string_equal(find_record(record, n, "spf", "xn--bcher-kva.example")->value,
			    "v=spf1 ip4:192.0.2.10 ip6:2001:db8::10 ~all");
	assert_string_equal(find_record(record, n, "dmarc_report",
					"xn--bcher-kva.example._report._dmarc.ops.example")
				    ->value,
			    "v=DMARC1");
	arena_free(&arena);
}

static void
knows_addresses_that_others_see(void **state)
{
	static const char *const seen[] = { "192.0.2.1",   "8.8.8.8",	  "172.32.0.1",
					    "100.128.0.1", "2001:db8::1", "223.255.255.255" };
	static const char *const unseen[] = { "10.0.0.1",
					      "172.16.0.1",
					      "172.31.255.255",
					      "127.0.0.1",
					      "192.168.3.4",
					      "169.254.1.1",
					      "100.64.0.1",
					      "0.0.0.0",
					      "255.255.255.255",
					      "224.0.0.1",
					      "::1",
					      "fe80::1",
					      "fd12::1",
					      "::ffff:8.8.8.8",
					      "ff02::1",
					      "",
					      "name" };

	(void)state;
	for (size_t i = 0; i < sizeof seen / sizeof *seen; i++)
		if (!account_records_is_public(seen[i]))
			fail_msg("%s", seen[i]);
	for (size_t i = 0; i < sizeof unseen / sizeof *unseen; i++)
		if (account_records_is_public(unseen[i]))
			fail_msg("%s", unseen[i]);
}

/* ---- DKIM keys ---------------------------------------------------------------------- */

static const struct account_domain *
shop_domain(struct kit *kit)
{
	return account_snapshot_domain(account_snapshot(kit->account), SPAN_LIT("shop.example"));
}

/* must_be - the domain's keys and their states: "k1 active, k2 new" */
static void
must_be(struct kit *kit, const char *wanted)
{
	const struct account_domain *d = shop_domain(kit);
	char text[512] = "";
	size_t n = 0;

	for (size_t i = 0; i < d->keys; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "%s%s %s", i > 0 ? ", " : "",
				      d->key[i].selector, account_key_state_name(d->key[i].state));
	assert_string_equal(text, wanted);
}

static const struct account_change *
rotate_key(struct kit *kit, enum dkim_algorithm algorithm, bool is_now)
{
	struct account_change *change = prepare(kit, ACCOUNT_KEY_ROTATE, "shop.example", NULL);

	change->algorithms = 1u << algorithm;
	change->is_now = is_now;
	return run(kit, change);
}

static const struct account_change *
move_key(struct kit *kit, const char *selector, enum store_key_state from, enum store_key_state to)
{
	struct account_change *change = prepare(kit, ACCOUNT_KEY_MOVE, "shop.example", NULL);

	change->key = selector;
	change->from_state = from;
	change->to_state = to;
	return run(kit, change);
}

static void
a_key_takes_over_in_one_picture(void **state)
{
	struct kit *kit = *state;
	unsigned shown;

	assert_int_equal(ask(kit, ACCOUNT_DOMAIN_ADD, "shop.example", NULL)->result, 0);
	assert_int_equal(rotate_key(kit, DKIM_ED25519_SHA256, false)->result, 0);
	must_be(kit, "k1 active, k1e active, k2e new");
	assert_int_equal(rotate_key(kit, DKIM_ED25519_SHA256, false)->err.code, EBUSY);
	assert_int_equal(move_key(kit, "k2e", STORE_KEY_NEW, STORE_KEY_PUBLISHED)->result, 0);
	shown = kit->shown;
	assert_int_equal(move_key(kit, "k2e", STORE_KEY_PUBLISHED, STORE_KEY_ACTIVE)->result, 0);
	assert_int_equal(kit->shown, shown + 1);
	must_be(kit, "k1 active, k1e retired, k2e active");
	assert_int_equal(move_key(kit, "k2e", STORE_KEY_PUBLISHED, STORE_KEY_NEW)->err.code, EBUSY);
	assert_int_equal(move_key(kit, "k9", STORE_KEY_NEW, STORE_KEY_ACTIVE)->err.code, ENOENT);
	close_all(kit);
	open_all(kit);
	must_be(kit, "k1 active, k1e retired, k2e active");
	assert_int_equal(move_key(kit, "k1e", STORE_KEY_RETIRED, STORE_KEY_UNNEEDED)->result, 0);
	assert_int_equal(move_key(kit, "k1e", STORE_KEY_UNNEEDED, STORE_KEY_STATE_COUNT)->result,
			 0);
	must_be(kit, "k1 active, k2e active");
	close_all(kit);
	open_all(kit);
	must_be(kit, "k1 active, k2e active");
	assert_int_equal(rotate_key(kit, DKIM_ED25519_SHA256, true)->result, 0);
	must_be(kit, "k1 active, k2e retired, k3e active");
}

static void
there_are_so_many_dkim_keys_and_no_more(void **state)
{
	struct kit *kit = *state;

	assert_int_equal(ask(kit, ACCOUNT_DOMAIN_ADD, "shop.example", NULL)->result, 0);
	while (shop_domain(kit)->keys < ACCOUNT_KEYS_MAX - 1)
		assert_int_equal(rotate_key(kit, DKIM_ED25519_SHA256, true)->result, 0);
	assert_int_equal(rotate_key(kit, DKIM_ED25519_SHA256, true)->err.code, EBUSY);
	assert_int_equal(shop_domain(kit)->keys, ACCOUNT_KEYS_MAX - 1);
	close_all(kit);
	open_all(kit);
	assert_int_equal(shop_domain(kit)->keys, ACCOUNT_KEYS_MAX - 1);
}

static void
what_goes_out_comes_in_and_what_is_none_does_not(void **state)
{
	struct kit *kit = *state;
	static const struct {
		const char *name, *selector, *pem; /* pem NULL: what was exported */
		int code;
	} row[] = {
		{ "as it came", "Mail-2024", NULL, 0 },
		{ "again", "mail-2024", NULL, EEXIST },
		{ "two labels", "a.b", NULL, 0 },
		{ "a space", "a b", NULL, EINVAL },
		{ "an empty label", "a..b", NULL, EINVAL },
		{ "no selector", "", NULL, EINVAL },
		{ "a hyphen first", "-a", NULL, EINVAL },
		{ "no PEM", "x", "hello", EINVAL },
		{ "half a PEM", "x", "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEI", EINVAL },
	};
	struct account_change *change;
	char pem[512];

	assert_int_equal(ask(kit, ACCOUNT_DOMAIN_ADD, "shop.example", NULL)->result, 0);
	change = prepare(kit, ACCOUNT_KEY_EXPORT, "shop.example", NULL);
	change->key = "k1e";
	assert_int_equal(run(kit, change)->result, 0);
	assert_true(strlen(kit->done[0]->text) < sizeof pem);
	memcpy(pem, kit->done[0]->text, strlen(kit->done[0]->text) + 1);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		change = prepare(kit, ACCOUNT_KEY_IMPORT, "shop.example", NULL);
		change->key = row[i].selector;
		change->pem = arena_strdup(change->arena, row[i].pem ? row[i].pem : pem);
		if ((run(kit, change)->result == 0) != (row[i].code == 0) ||
		    kit->done[0]->err.code != row[i].code)
			fail_msg("%s: %s", row[i].name, kit->done[0]->err.text);
	}
	must_be(kit, "k1 active, k1e active, mail-2024 new, a.b new");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_was_made_is_there_after_a_restart, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(rotation_keeps_the_old_secret_for_the_overlap,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(there_are_so_many_live_keys_and_no_more, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_revoked_credential_stays_revoked, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(what_changed_since_it_was_seen_is_refused, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(who_revoked_it_is_known_after_a_restart, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(says_what_is_wrong_and_changes_nothing, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_domain_chooses_a_pool, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_domain_chooses_what_becomes_of_failing_mail,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(changes_are_done_in_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(stops_in_the_middle, set_up, tear_down),
		cmocka_unit_test_setup_teardown(lists_what_to_publish, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_key_takes_over_in_one_picture, set_up, tear_down),
		cmocka_unit_test_setup_teardown(there_are_so_many_dkim_keys_and_no_more, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(what_goes_out_comes_in_and_what_is_none_does_not,
						set_up, tear_down),
		cmocka_unit_test(knows_addresses_that_others_see),
	};

	return cmocka_run_group_tests_name("account", tests, NULL, NULL);
}
