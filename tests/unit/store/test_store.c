/* test_store.c - accept, outcomes, changes, bodies: what was answered is there
 * after the store was closed and opened again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <sqlite3.h>
#include "store_kit.h"

struct loaded {
	char hold[2][40], pool[2][40];
	size_t messages, recipients;
	struct store_queued last;
	struct store_queued_recipient recipient[4];
	char address[64], sender[64], credential[64], domain[64];
};

static void
on_queued(const struct store_queued *queued, void *arg)
{
	struct loaded *loaded = arg;

	loaded->messages++;
	loaded->recipients += queued->recipients;
	loaded->last = *queued;
	for (size_t i = 0; i < queued->recipients && i < 4; i++)
		loaded->recipient[i] = queued->recipient[i];
	snprintf(loaded->address, sizeof loaded->address, "%s", queued->recipient[0].address);
	for (size_t i = 0; i < queued->recipients && i < 2; i++) {
		snprintf(loaded->hold[i], sizeof loaded->hold[i], "%s",
			 queued->recipient[i].hold ? queued->recipient[i].hold : "");
		snprintf(loaded->pool[i], sizeof loaded->pool[i], "%s",
			 queued->recipient[i].pool ? queued->recipient[i].pool : "");
	}
	snprintf(loaded->domain, sizeof loaded->domain, "%s", queued->recipient[0].domain);
	snprintf(loaded->sender, sizeof loaded->sender, "%s", queued->sender);
	snprintf(loaded->credential, sizeof loaded->credential, "%s", queued->credential);
}

/* reopen - as after a restart: what is in the queue? */
static struct loaded
reopen(struct kit *kit)
{
	struct loaded loaded = { 0 };
	struct err err;

	kit_close(kit);
	kit->store = store_open(&kit->options, &err);
	assert_non_null(kit->store);
	assert_int_equal(store_load_queue(kit->store, on_queued, &loaded, &err), 0);
	id_gen_init(&kit->ids, 1, 0, store_largest_id(kit->store));
	assert_int_equal(store_start(kit->store, &err), 0);
	return loaded;
}

static void
accepted_message_is_there_after_restart(void **state)
{
	struct loaded loaded;
	struct kit kit;
	uint64_t id;

	(void)state;
	kit_init(&kit);
	kit_must_open(&kit);
	id = kit_accept(&kit,
			&(struct kit_message){ .recipient = "B.Lee@Mail.Example",
					       .recipient2 = "c@mail.example" },
			NULL);
	assert_true(id != 0);
	loaded = reopen(&kit);
	assert_int_equal(loaded.messages, 1);
	assert_int_equal(loaded.recipients, 2);
	assert_true(loaded.last.id == id);
	assert_string_equal(loaded.address, "B.Lee@Mail.Example");
	assert_string_equal(loaded.domain, "Mail.Example");
	assert_string_equal(loaded.sender, "no-reply@shop.example");
	assert_string_equal(loaded.credential, "shop-prod");
	assert_true(store_largest_id(kit.store) >= id);
	kit_remove(&kit);
}

static void
same_id_twice_is_refused_alone(void **state)
{
	struct err err;
	struct kit kit;
	uint64_t id;

	(void)state;
	kit_init(&kit);
	kit_must_open(&kit);
	id = kit_accept(&kit, &(struct kit_message){ 0 }, NULL);
	assert_true(id != 0);
	/* three in one go: the bad one in the middle takes nobody with it */
	kit_send_accept(&kit, kit_message(&kit, &(struct kit_message){ 0 }));
	kit_send_accept(&kit, kit_message(&kit, &(struct kit_message){ .id = id }));
	kit_send_accept(&kit, kit_message(&kit, &(struct kit_message){ 0 }));
	for (int i = 0; i < 3; i++) {
		struct store_accept *answer = kit_wait(&kit);

		assert_int_equal(answer->result, answer->message->id == id ? -1 : 0);
		if (answer->result != 0)
			err = answer->err;
		kit_free_accept(answer);
	}
	assert_int_equal(err.kind, ERR_BUG);
	assert_int_equal(reopen(&kit).messages, 3);
	kit_remove(&kit);
}

static void
outcomes_leave_the_queue_once(void **state)
{
	struct mail_event event;
	struct loaded loaded;
	struct kit kit;
	uint64_t id, first;

	(void)state;
	kit_init(&kit);
	kit_must_open(&kit);
	id = kit_accept(&kit, &(struct kit_message){ .recipient2 = "c@mail.example" }, NULL);
	event = kit_event(id, 0, MAIL_EVENT_DEFERRED);
	first = kit_record(&kit, &event, MAIL_STATUS_DEFERRED);
	assert_true(first != 0);
	loaded = reopen(&kit);
	assert_int_equal(loaded.recipients, 2);
	assert_int_equal(loaded.recipient[0].status, MAIL_STATUS_DEFERRED);
	assert_int_equal(loaded.recipient[0].attempts, 1);
	assert_true(loaded.recipient[0].next_attempt_unix_ms == 1800000000000);
	assert_int_equal(loaded.recipient[1].status, MAIL_STATUS_QUEUED);

	kit_deliver(&kit, id, 0);
	event = kit_event(id, 0, MAIL_EVENT_BOUNCED); /* too late, must change nothing */
	assert_true(kit_record(&kit, &event, MAIL_STATUS_BOUNCED) > first);
	loaded = reopen(&kit);
	assert_int_equal(loaded.recipients, 1);
	assert_int_equal(loaded.recipient[0].no, 1);
	kit_deliver(&kit, id, 1);
	assert_int_equal(reopen(&kit).messages, 0);
	kit_remove(&kit);
}

static int write_changes(struct kit *kit, struct store_change *change, size_t count,
			 const char *action, struct err *err);

static void
recipients_remember_who_holds_them(void **state)
{
	struct store_recipient_key key[] = { { .no = 0 }, { .no = 1 }, { .message_id = 4711 } };
	struct store_change mark = { .kind = STORE_MARK_RECIPIENTS,
				     .row.marks = { .text = "messages:X", .recipient = key } };
	struct loaded loaded;
	struct err err;
	struct kit kit;

	(void)state;
	kit_init(&kit);
	kit_must_open(&kit);
	key[0].message_id = key[1].message_id =
		kit_accept(&kit, &(struct kit_message){ .recipient2 = "c@mail.example" }, NULL);
	mark.row.marks.recipients = 3; /* one is not there: that is no error */
	assert_int_equal(write_changes(&kit, &mark, 1, NULL, &err), 0);
	mark.row.marks = (struct store_marks){ .recipient = key + 1, .recipients = 1 };
	assert_int_equal(write_changes(&kit, &mark, 1, NULL, &err), 0);
	mark.row.marks.kind = STORE_MARK_POOL;
	mark.row.marks.text = "news";
	assert_int_equal(write_changes(&kit, &mark, 1, NULL, &err), 0);
	loaded = reopen(&kit);
	assert_string_equal(loaded.hold[0], "messages:X");
	assert_string_equal(loaded.hold[1], "");
	assert_string_equal(loaded.pool[0], "");
	assert_string_equal(loaded.pool[1], "news");
	kit_remove(&kit);
}

static struct store_fetch *
fetch(struct kit *kit, uint64_t id)
{
	struct store_fetch *request = mem_zero(1, sizeof *request), *asked = request;

	request->back = kit_back(kit);
	request->id = id;
	store_fetch_send(kit->store, &request);
	assert_ptr_equal(kit_wait(kit), asked);
	return asked;
}

static void
body_comes_back_byte_for_byte(void **state)
{
	struct store_fetch *got;
	struct kit kit;
	uint64_t id;

	(void)state;
	kit_init(&kit);
	kit_must_open(&kit);
	id = kit_accept(&kit, &(struct kit_message){ .text_bytes = 100000 }, NULL);
	got = fetch(&kit, id);
	assert_int_equal(got->result, 0);
	assert_int_equal(got->body->text_bytes, 100000);
	assert_int_equal(got->body->text[99999], 'x');
	assert_memory_equal(got->body->head, "From: a@", 8);
	mail_body_unref(&got->body);
	mem_free(got);

	got = fetch(&kit, id + 1);
	assert_int_equal(got->result, -1);
	assert_int_equal(got->err.kind, ERR_PERM);
	mem_free(got);
	kit_remove(&kit);
}

/* ---- changes ----------------------------------------------------------------------- */

static int
write_changes(struct kit *kit, struct store_change *change, size_t changes, const char *action,
	      struct err *err_out)
{
	struct store_write *request = mem_zero(1, sizeof *request), *asked = request;
	int result;

	request->back = kit_back(kit);
	request->arena = arena_new(0);
	request->change = arena_copy(request->arena, change, changes * sizeof *change);
	request->changes = changes;
	request->audit = (struct store_audit){ .at_unix_ms = clock_unix_ms(),
					       .uid = 1000,
					       .who = "root",
					       .via = "socket",
					       .action = action,
					       .object = "shop-prod" };
	store_write_send(kit->store, &request);
	assert_ptr_equal(kit_wait(kit), asked);
	result = asked->result;
	if (result != 0)
		*err_out = asked->err;
	arena_free(&asked->arena);
	mem_free(asked);
	return result;
}

static void
count_rows(const struct store_change *row, void *arg)
{
	size_t *count = arg;

	count[row->kind]++;
	if (row->kind == STORE_PUT_CREDENTIAL)
		assert_string_equal(row->row.credential.name, "shop-prod");
	if (row->kind == STORE_PUT_SECRET)
		assert_int_equal(row->row.secret.sha256[31], 9);
	if (row->kind == STORE_PUT_SECRET && row->row.secret.last_used_unix_ms != 0)
		assert_string_equal(row->row.secret.last_used_address, "192.0.2.9");
}

static struct store_change
credential(uint64_t id)
{
	return (struct store_change){
		.kind = STORE_PUT_CREDENTIAL,
		.row.credential = { .id = id, .name = "shop-prod", .from = "@shop.example" }
	};
}

static void
changes_are_all_or_none(void **state)
{
	size_t count[STORE_CHANGE_KIND_COUNT] = { 0 };
	struct store_change change[] = {
		credential(1),
		{ .kind = STORE_PUT_SECRET,
		  .row.secret = { .id = 2, .credential_id = 1, .label = "k1", .sha256[31] = 9 } },
		{ .kind = STORE_PUT_DOMAIN, .row.domain = { .id = 3, .name = "shop.example" } },
		{ .kind = STORE_PUT_KEY,
		  .row.key = { .id = 4, .domain_id = 3, .selector = "k1", .pem = "PEM" } },
		{ .kind = STORE_PUT_HOLD, .row.hold = { .scope = "x.example", .reason = "why" } },
	};
	struct store_change taken[] = {
		{ .kind = STORE_PUT_DOMAIN, .row.domain = { .id = 30, .name = "b.example" } },
		credential(10),
	};
	struct store_change gone = { .kind = STORE_DELETE_DOMAIN, .row.domain.id = 3 };
	struct err err;
	struct kit kit;

	(void)state;
	kit_init(&kit);
	kit_must_open(&kit);
	assert_int_equal(write_changes(&kit, change, 5, "credential.create", &err), 0);
	assert_int_equal(write_changes(&kit, change, 5, "credential.create", &err), 0);
	assert_int_equal(write_changes(&kit, taken, 2, "credential.create", &err), -1);
	assert_int_equal(err.kind, ERR_PERM);
	assert_non_null(strstr(err.text, "of that name already"));
	store_note_use(kit.store, 2, clock_unix_ms(), "192.0.2.9");
	kit_close(&kit);

	kit.store = store_open(&kit.options, &err);
	assert_non_null(kit.store);
	assert_int_equal(store_load_rows(kit.store, count_rows, count, &err), 0);
	assert_int_equal(count[STORE_PUT_CREDENTIAL], 1);
	assert_int_equal(count[STORE_PUT_SECRET], 1);
	assert_int_equal(count[STORE_PUT_DOMAIN], 1); /* b.example was taken back */
	assert_int_equal(count[STORE_PUT_KEY], 1);
	assert_int_equal(count[STORE_PUT_HOLD], 1);
	assert_int_equal(store_start(kit.store, &err), 0);
	assert_int_equal(write_changes(&kit, &gone, 1, "domain.remove", &err), 0);
	kit_close(&kit);

	memset(count, 0, sizeof count);
	kit.store = store_open(&kit.options, &err);
	assert_int_equal(store_load_rows(kit.store, count_rows, count, &err), 0);
	assert_int_equal(count[STORE_PUT_DOMAIN], 0);
	assert_int_equal(count[STORE_PUT_KEY], 0);
	kit_remove(&kit);
}

static const struct store_warmup warmed = {
	.address = "192.0.2.3", .provider = "google", .is_by_hand = true,
	.state = { .state = PACE_WARMUP_WARMING, .freeze = PACE_WARMUP_BY_COMPLAINTS,
	           .is_closed = true, .has_stepped_back = true, .day = 7,
	           .began_unix_ms = 1700000000001, .sent = 3000000000, .tried = 5, .deferred = 4,
	           .complaints = 3, .tried_before = 2, .allowance = 12.25,
	           .filled_unix_ms = 1700000000002, .used_unix_ms = 1700000000003,
	           .first_unix_ms = 1700000000004, .mean = 0.5, .mean_unix_ms = 1700000000005 }
};

static void
assert_same_state(const struct pace_warmup *a, const struct pace_warmup *b)
{
	assert_int_equal(a->state, b->state);
	assert_int_equal(a->freeze, b->freeze);
	assert_int_equal(a->is_closed, b->is_closed);
	assert_int_equal(a->has_stepped_back, b->has_stepped_back);
	assert_int_equal(a->day, b->day);
	assert_int_equal(a->began_unix_ms, b->began_unix_ms);
	assert_int_equal(a->sent, b->sent);
	assert_int_equal(a->tried, b->tried);
	assert_int_equal(a->deferred, b->deferred);
	assert_int_equal(a->complaints, b->complaints);
	assert_int_equal(a->tried_before, b->tried_before);
	assert_true(a->allowance == b->allowance && a->mean == b->mean);
	assert_int_equal(a->filled_unix_ms, b->filled_unix_ms);
	assert_int_equal(a->used_unix_ms, b->used_unix_ms);
	assert_int_equal(a->first_unix_ms, b->first_unix_ms);
	assert_int_equal(a->mean_unix_ms, b->mean_unix_ms);
}

struct kept { size_t warmups, stops; };

static void
look_at_source(const struct store_change *row, void *arg)
{
	struct kept *kept = arg;

	if (row->kind == STORE_PUT_WARMUP) {
		kept->warmups++;
		assert_string_equal(row->row.warmup.address, warmed.address);
		assert_string_equal(row->row.warmup.provider, warmed.provider);
		assert_true(row->row.warmup.is_by_hand);
		assert_same_state(&row->row.warmup.state, &warmed.state);
	} else if (row->kind == STORE_PUT_SOURCE_STOP) {
		kept->stops++;
		assert_string_equal(row->row.source_stop.address, "192.0.2.4");
		assert_string_equal(row->row.source_stop.what, "off");
		assert_string_equal(row->row.source_stop.reason, "listed");
		assert_string_equal(row->row.source_stop.by, "ana");
		assert_int_equal(row->row.source_stop.since_unix_ms, 1700000000006);
		assert_int_equal(row->row.source_stop.until_unix_ms, 0);
	}
}

static void
what_source_addresses_are_is_kept(void **state)
{
	const struct store_source_stop off = { .address = "192.0.2.4", .what = "off",
		                               .reason = "listed", .by = "ana",
		                               .since_unix_ms = 1700000000006 };
	const struct store_source_stop other = { .address = "192.0.2.4", .what = "warmup" };
	struct store_change change[] = {
		{ .kind = STORE_PUT_WARMUP, .row.warmup = warmed },
		{ .kind = STORE_PUT_SOURCE_STOP, .row.source_stop = off },
		{ .kind = STORE_PUT_SOURCE_STOP, .row.source_stop = other },
		{ .kind = STORE_DELETE_SOURCE_STOP, .row.source_stop = other },
	};
	struct kept kept = { 0 };
	struct kit kit;
	struct err err;

	(void)state;
	change[0].row.warmup.state.sent = 1; /* then again, as it is now */
	kit_init(&kit);
	kit_must_open(&kit);
	assert_int_equal(write_changes(&kit, change, 1, "pool.warmup", &err), 0);
	change[0].row.warmup = warmed;
	assert_int_equal(write_changes(&kit, change, 4, "pool.warmup", &err), 0);
	kit_close(&kit);
	kit.store = store_open(&kit.options, &err);
	assert_non_null(kit.store);
	assert_int_equal(store_load_rows(kit.store, look_at_source, &kept, &err), 0);
	assert_int_equal(kept.warmups, 1);
	assert_int_equal(kept.stops, 1);
	kit_remove(&kit);
}

static const struct store_pace known = {
	.site = "big from=192.0.2.3 ", .target_micro = 1, .settled_micro = 2, .crowd = 3,
	.window_low = 4, .session = 5, .crowd_unix_ms = 6, .session_unix_ms = 7,
	.pause_until_unix_ms = 8, .single_until_unix_ms = 9, .backoff_until_unix_ms = 10,
	.failures = 11, .code = 421, .enhanced = { 4, 7, 28 },
	.category = VERDICT_RATE_LIMITED, .reply = { "slow \xff", 6 }, .cause = "big.closed",
	.stop = "12 1700000000001;", .history = "1700000000002 slower\n" };

static void
look_at_pace(const struct store_change *row, void *arg)
{
	const struct store_pace *pace = &row->row.pace;
	size_t *paces = arg;

	if (row->kind != STORE_PUT_PACE)
		return;
	++*paces;
	assert_string_equal(pace->site, known.site);
	assert_int_equal(pace->target_micro, known.target_micro);
	assert_int_equal(pace->settled_micro, known.settled_micro);
	assert_int_equal(pace->crowd, known.crowd);
	assert_int_equal(pace->window_low, known.window_low);
	assert_int_equal(pace->session, known.session);
	assert_int_equal(pace->crowd_unix_ms, known.crowd_unix_ms);
	assert_int_equal(pace->session_unix_ms, known.session_unix_ms);
	assert_int_equal(pace->pause_until_unix_ms, known.pause_until_unix_ms);
	assert_int_equal(pace->single_until_unix_ms, known.single_until_unix_ms);
	assert_int_equal(pace->backoff_until_unix_ms, known.backoff_until_unix_ms);
	assert_int_equal(pace->failures, known.failures);
	assert_int_equal(pace->code, known.code);
	assert_int_equal(pace->enhanced.detail, known.enhanced.detail);
	assert_int_equal(pace->category, known.category);
	assert_true(span_equals(pace->reply, known.reply));
	assert_string_equal(pace->cause, known.cause);
	assert_string_equal(pace->stop, known.stop);
	assert_string_equal(pace->history, known.history);
}

static void
what_sites_tolerate_is_kept(void **state)
{
	struct store_change change[] = {
		{ .kind = STORE_PUT_PACE, .row.pace = known },
		{ .kind = STORE_PUT_PACE, .row.pace = { .site = "other" } },
		{ .kind = STORE_DELETE_PACE, .row.pace = { .site = "other" } },
	};
	size_t paces = 0;
	struct kit kit;
	struct err err;

	(void)state;
	kit_init(&kit);
	kit_must_open(&kit);
	assert_int_equal(write_changes(&kit, change, 3, "test", &err), 0);
	kit_close(&kit);
	kit.store = store_open(&kit.options, &err);
	assert_non_null(kit.store);
	assert_int_equal(store_load_rows(kit.store, look_at_pace, &paces, &err), 0);
	assert_int_equal(paces, 1);
	kit_remove(&kit);
}

static void
audit_and_secrets_are_listed(void **state)
{
	struct store_audit_list *audit = mem_zero(1, sizeof *audit), *asked = audit;
	struct store_secret_list *secrets = mem_zero(1, sizeof *secrets), *asked2 = secrets;
	struct store_change change[] = {
		credential(1),
		{ .kind = STORE_PUT_SECRET,
		  .row.secret = { .id = 2, .credential_id = 1, .label = "k1" } },
	};
	struct err err;
	struct kit kit;

	(void)state;
	kit_init(&kit);
	kit_must_open(&kit);
	for (int i = 0; i < 3; i++)
		write_changes(&kit, change, 2, "credential.change", &err);
	audit->arena = arena_new(0);
	audit->back = kit_back(&kit);
	audit->limit = 2;
	assert_true(store_audit_list_send(kit.store, &audit));
	assert_ptr_equal(kit_wait(&kit), asked);
	assert_int_equal(asked->result, 0);
	assert_int_equal(asked->count, 2);
	assert_true(asked->audit[0].id > asked->audit[1].id);
	assert_string_equal(asked->audit[0].action, "credential.change");
	assert_int_equal(asked->audit[0].uid, 1000);
	arena_free(&asked->arena);
	mem_free(asked);

	secrets->arena = arena_new(0);
	secrets->back = kit_back(&kit);
	secrets->credential_id = 1;
	assert_true(store_secret_list_send(kit.store, &secrets));
	assert_ptr_equal(kit_wait(&kit), asked2);
	assert_int_equal(asked2->result, 0);
	assert_int_equal(asked2->count, 1);
	assert_string_equal(asked2->secret[0].label, "k1");
	arena_free(&asked2->arena);
	mem_free(asked2);
	kit_remove(&kit);
}

static void
audit_is_append_only(void **state)
{
	static const char *const acts[] = {
		"DELETE FROM audit",
		"UPDATE audit SET who = 'nobody'",
		"INSERT OR REPLACE INTO audit SELECT id, 1, 1, 'x', 'x', 'x', 'x', 'x' FROM audit",
	};
	struct store_change change = credential(1);
	char path[128], *why;
	sqlite3 *sql;
	struct err err;
	struct kit kit;

	(void)state;
	kit_init(&kit);
	kit_must_open(&kit);
	assert_int_equal(write_changes(&kit, &change, 1, "credential.change", &err), 0);
	kit_close(&kit);
	snprintf(path, sizeof path, "%s/relay.db", kit.dir);
	assert_int_equal(sqlite3_open(path, &sql), SQLITE_OK);
	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++) {
		assert_int_equal(sqlite3_exec(sql, acts[i], NULL, NULL, &why), SQLITE_CONSTRAINT);
		assert_string_equal(why, "the audit log is append-only");
		sqlite3_free(why);
	}
	sqlite3_close(sql);
	kit_remove(&kit);
}

/* ---- opening ------------------------------------------------------------------------- */

static void
second_relay_is_refused(void **state)
{
	struct store *second;
	struct err err;
	struct kit kit;

	(void)state;
	kit_init(&kit);
	kit_must_open(&kit);
	second = store_open(&kit.options, &err);
	assert_null(second);
	assert_int_equal(err.kind, ERR_PERM);
	assert_non_null(strstr(err.text, "another relayd"));
	kit_remove(&kit);
}

static void
bad_state_is_refused_in_one_sentence(void **state)
{
	static const struct {
		const char *name, *url, *bytes, *says;
	} row[] = {
		{ "unknown engine", "postgresql://x/y", NULL, "this version knows" },
		{ "no file name", "sqlite:", NULL, "this version knows" },
		{ "damaged file", "sqlite:relay.db", "this is not a database, not at all",
		  "is damaged" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		char path[128];
		struct err err;
		struct kit kit;
		FILE *file;

		kit_init(&kit);
		kit.options.url = row[i].url;
		if (row[i].bytes != NULL) {
			snprintf(path, sizeof path, "%s/relay.db", kit.dir);
			file = fopen(path, "w");
			for (int n = 0; n < 200; n++)
				fputs(row[i].bytes, file);
			fclose(file);
		}
		assert_int_equal(kit_open(&kit, &err), -1);
		if (strstr(err.text, row[i].says) == NULL)
			fail_msg("%s: %s", row[i].name, err.text);
		kit_remove(&kit);
	}
}

static void
newer_schema_is_refused(void **state)
{
	char path[128];
	sqlite3 *sql;
	struct err err;
	struct kit kit;

	(void)state;
	kit_init(&kit);
	kit_must_open(&kit);
	kit_close(&kit);
	snprintf(path, sizeof path, "%s/relay.db", kit.dir);
	assert_int_equal(sqlite3_open(path, &sql), SQLITE_OK);
	assert_int_equal(sqlite3_exec(sql, "PRAGMA user_version=99", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(sql);
	assert_int_equal(kit_open(&kit, &err), -1);
	assert_int_equal(err.kind, ERR_PERM);
	assert_non_null(strstr(err.text, "use the newer relayd"));
	kit_remove(&kit);
}

/* The WAL starts anew although batches and searches never pause. */
static void
log_ahead_stays_short(void **state)
{
	enum { MAILS = 4000, UNDER_WAY = 64 };
	uint64_t most = 0, syncs;
	struct store_stats stats;
	struct kit kit;
	int sent = 0;

	(void)state;
	kit_init(&kit);
	kit_must_open(&kit);
	for (int done = 0; done < MAILS; done++) {
		struct store_accept *answer;

		for (; sent < MAILS && sent - done < UNDER_WAY; sent++)
			kit_send_accept(&kit, kit_message(&kit, &(struct kit_message){
									.text_bytes = 20000 }));
		answer = kit_wait(&kit);
		assert_int_equal(answer->result, 0);
		kit_free_accept(answer);
		store_stats_read(kit.store, &stats);
		most = stats.wal_bytes > most ? stats.wal_bytes : most;
	}
	syncs = stats.syncs;
	assert_true(most > 4 * 1024 * 1024); /* 80 MB of texts went through it */
	assert_true(most < 32 * 1024 * 1024);
	assert_true(syncs < MAILS / 4); /* group commit: far fewer than messages */
	kit_remove(&kit);
}

static void
full_disk_refuses_mail_only(void **state)
{
	struct store_stats stats;
	struct err err;
	struct kit kit;
	uint64_t id;

	(void)state;
	kit_init(&kit);
	kit_must_open(&kit);
	id = kit_accept(&kit, &(struct kit_message){ 0 }, NULL);
	kit_close(&kit);
	kit.options.disk_reserve_bytes = (uint64_t)1 << 60;
	kit_must_open(&kit);
	assert_int_equal(kit_accept(&kit, &(struct kit_message){ 0 }, &err), 0);
	assert_int_equal(err.kind, ERR_LIMIT);
	kit_deliver(&kit, id, 0);
	store_stats_read(kit.store, &stats);
	assert_true(stats.is_full);
	assert_false(stats.is_broken);
	assert_int_equal(stats.outcomes, 1);
	kit_remove(&kit);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepted_message_is_there_after_restart),
		cmocka_unit_test(same_id_twice_is_refused_alone),
		cmocka_unit_test(outcomes_leave_the_queue_once),
		cmocka_unit_test(recipients_remember_who_holds_them),
		cmocka_unit_test(body_comes_back_byte_for_byte),
		cmocka_unit_test(changes_are_all_or_none),
		cmocka_unit_test(what_source_addresses_are_is_kept),
		cmocka_unit_test(what_sites_tolerate_is_kept),
		cmocka_unit_test(audit_and_secrets_are_listed),
		cmocka_unit_test(audit_is_append_only),
		cmocka_unit_test(second_relay_is_refused),
		cmocka_unit_test(bad_state_is_refused_in_one_sentence),
		cmocka_unit_test(newer_schema_is_refused),
		cmocka_unit_test(log_ahead_stays_short),
		cmocka_unit_test(full_disk_refuses_mail_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
