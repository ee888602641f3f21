/* store_sqlite_load.c - what the relay reads once at start: the queue and what
 * the operator set up. Main thread, before the store thread exists; the rows
 * handed out are valid during the call only. */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "base/arena.h"
#include "base/mem.h"
#include "store/store_sqlite_private.h"

#define PEEK_CACHE_KIB 256

struct loading { /* one message while its recipients are collected */
	struct store_queued queued;
	struct store_queued_recipient *recipient;
	size_t cap;
	struct arena *arena;
};

static void
load_tags(struct store_queued *queued, struct span tags, struct arena *arena)
{
	while (tags.n > 0 && queued->tags < MAIL_TAGS_MAX)
		queued->tag[queued->tags++] =
			arena_span(arena, span_cut(tags, STORE_TAG_SEPARATOR, &tags));
}

static void
load_message(struct loading *loading, sqlite3_stmt *stmt)
{
	struct store_queued *queued = &loading->queued;
	struct arena *arena = loading->arena;
	const char *sender = store_db_text(stmt, 5);
	int flags = (int)store_db_int(stmt, 9);

	if (sender == NULL)
		sender = store_db_text(stmt, 4);
	memset(queued, 0, sizeof *queued);
	queued->id = (uint64_t)store_db_int(stmt, 0);
	queued->credential_id = (uint64_t)store_db_int(stmt, 1);
	queued->credential = arena_strdup(arena, store_db_text(stmt, 2));
	queued->sender = arena_strdup(arena, sender);
	queued->return_path = arena_strdup(arena, store_db_text(stmt, 3));
	if (queued->return_path == NULL)
		queued->return_path = queued->sender;
	queued->from_domain = arena_strdup(arena, store_db_text(stmt, 6));
	queued->envid = arena_strdup(arena, store_db_text(stmt, 7));
	queued->ret = (unsigned char)store_db_int(stmt, 8);
	queued->smtputf8 = flags & STORE_FLAG_SMTPUTF8;
	queued->is_bulk = flags & STORE_FLAG_BULK;
	queued->head_8bit = flags & STORE_FLAG_HEAD_8BIT;
	queued->text_8bit = flags & STORE_FLAG_TEXT_8BIT;
	queued->size_bytes = (uint64_t)store_db_int(stmt, 10);
	queued->expires_unix_ms = store_db_int(stmt, 11);
	queued->release_unix_ms = store_db_int(stmt, 22);
	queued->by_unix_ms = store_db_int(stmt, 26);
	queued->by = (unsigned char)store_db_int(stmt, 27);
	load_tags(queued, span_of(store_db_text(stmt, 24)), arena);
}

static void
load_recipient(struct loading *loading, sqlite3_stmt *stmt)
{
	struct store_queued_recipient *recipient;
	const char *given = store_db_text(stmt, 14);

	if (loading->queued.recipients == loading->cap) {
		loading->cap = loading->cap ? loading->cap * 2 : 16;
		loading->recipient =
			mem_resize(loading->recipient, loading->cap * sizeof *loading->recipient);
	}
	recipient = &loading->recipient[loading->queued.recipients++];
	*recipient = (struct store_queued_recipient){
		.no = (uint32_t)store_db_int(stmt, 12),
		.address = arena_strdup(loading->arena,
					given != NULL ? given : store_db_text(stmt, 13)),
		.domain = arena_strdup(loading->arena, store_db_text(stmt, 15)),
		.orcpt = arena_strdup(loading->arena, store_db_text(stmt, 16)),
		.notify = (unsigned)store_db_int(stmt, 17),
		.status = (enum mail_status)store_db_int(stmt, 18),
		.attempts = (uint32_t)store_db_int(stmt, 19),
		.next_attempt_unix_ms = store_db_int(stmt, 20),
		.is_delay_told = store_db_int(stmt, 21),
		.hold = arena_strdup(loading->arena, store_db_text(stmt, 23)),
		.pool = arena_strdup(loading->arena, store_db_text(stmt, 25)),
	};
}

static void
hand_out(struct loading *loading, store_queued_fn fn, void *arg)
{
	if (loading->queued.recipients == 0)
		return;
	loading->queued.recipient = loading->recipient;
	fn(&loading->queued, arg);
	arena_free(&loading->arena);
	loading->arena = arena_new(0);
	loading->queued.recipients = 0;
}

int
store_sqlite_load_queue(struct store_writer *writer, store_queued_fn fn, void *arg, struct err *err)
{
	struct loading loading = { .arena = arena_new(0) };
	sqlite3_stmt *stmt = store_db_stmt(&writer->db, STORE_SQL_QUEUE_LOAD);
	int step;

	/* nobody writes yet, so one long read costs nothing and needs no pages */
	store_db_bind_int(stmt, 1, 0);
	store_db_bind_int(stmt, 2, 0);
	store_db_bind_int(stmt, 3, writer->node);
	while ((step = store_db_step(&writer->db, stmt, err)) > 0) {
		if ((uint64_t)store_db_int(stmt, 0) != loading.queued.id)
			hand_out(&loading, fn, arg);
		if (loading.queued.recipients == 0)
			load_message(&loading, stmt);
		load_recipient(&loading, stmt);
	}
	if (step == 0)
		hand_out(&loading, fn, arg);
	arena_free(&loading.arena);
	mem_free(loading.recipient);
	return step;
}

static void
copy_blob(unsigned char *out, size_t n, struct span blob)
{
	memcpy(out, blob.p, blob.n < n ? blob.n : n);
}

static void
read_credential(sqlite3_stmt *stmt, struct store_change *change)
{
	struct store_credential *row = &change->row.credential;

	row->id = (uint64_t)store_db_int(stmt, 0);
	row->name = store_db_text(stmt, 1);
	row->is_revoked = store_db_int(stmt, 2);
	row->is_bulk = store_db_int(stmt, 3);
	row->fix_bare_line_ends = store_db_int(stmt, 4);
	row->may_send_null = store_db_int(stmt, 5);
	row->from = store_db_text(stmt, 6);
	copy_blob(row->salt, sizeof row->salt, store_db_blob(stmt, 7));
	row->iterations = (uint32_t)store_db_int(stmt, 8);
	row->created_unix_ms = store_db_int(stmt, 9);
	row->revoked_unix_ms = store_db_int(stmt, 10);
	row->pool = store_db_text(stmt, 11);
	row->mutes_notices = store_db_int(stmt, 12);
	row->refuses_suppressed = store_db_int(stmt, 13);
	row->env = store_db_text(stmt, 14);
	row->networks = store_db_text(stmt, 15);
	row->protocols = (uint32_t)store_db_int(stmt, 16);
	row->rate_count = (uint32_t)store_db_int(stmt, 17);
	row->rate_period_ms = (uint32_t)store_db_int(stmt, 18);
	row->quota_day = (uint32_t)store_db_int(stmt, 19);
	row->quota_month = (uint32_t)store_db_int(stmt, 20);
	row->recipients_max = (uint32_t)store_db_int(stmt, 21);
	row->size_max_bytes = (uint64_t)store_db_int(stmt, 22);
	row->expires_unix_ms = store_db_int(stmt, 23);
	row->tripwire = (uint32_t)store_db_int(stmt, 24);
	row->certificates = store_db_text(stmt, 25);
	row->certificate_only = store_db_int(stmt, 26);
	row->revoked_by = store_db_text(stmt, 27);
	row->used.day = (uint32_t)store_db_int(stmt, 28);
	row->used.day_used = (uint32_t)store_db_int(stmt, 29);
	row->used.month = (uint32_t)store_db_int(stmt, 30);
	row->used.month_used = (uint32_t)store_db_int(stmt, 31);
}

static void
read_secret(sqlite3_stmt *stmt, struct store_change *change)
{
	struct store_secret *row = &change->row.secret;

	row->id = (uint64_t)store_db_int(stmt, 0);
	row->credential_id = (uint64_t)store_db_int(stmt, 1);
	row->label = store_db_text(stmt, 2);
	copy_blob(row->sha256, sizeof row->sha256, store_db_blob(stmt, 3));
	copy_blob(row->stored_key, sizeof row->stored_key, store_db_blob(stmt, 4));
	copy_blob(row->server_key, sizeof row->server_key, store_db_blob(stmt, 5));
	row->created_unix_ms = store_db_int(stmt, 6);
	row->ends_unix_ms = store_db_int(stmt, 7);
	row->last_used_unix_ms = store_db_int(stmt, 8);
	row->last_used_address = store_db_text(stmt, 9);
}

static void
read_domain(sqlite3_stmt *stmt, struct store_change *change)
{
	change->row.domain.id = (uint64_t)store_db_int(stmt, 0);
	change->row.domain.name = store_db_text(stmt, 1);
	change->row.domain.created_unix_ms = store_db_int(stmt, 2);
	change->row.domain.pool = store_db_text(stmt, 3);
	change->row.domain.last_key_no = (uint32_t)store_db_int(stmt, 4);
	change->row.domain.holds_failing = store_db_int(stmt, 5) != 0;
}

static void
read_key(sqlite3_stmt *stmt, struct store_change *change)
{
	struct store_key *row = &change->row.key;

	row->id = (uint64_t)store_db_int(stmt, 0);
	row->domain_id = (uint64_t)store_db_int(stmt, 1);
	row->selector = store_db_text(stmt, 2);
	row->pem = store_db_text(stmt, 3);
	row->state = (enum store_key_state)store_db_int(stmt, 4);
	row->since_unix_ms = store_db_int(stmt, 5);
	row->created_unix_ms = store_db_int(stmt, 6);
}

static void
read_hold(sqlite3_stmt *stmt, struct store_change *change)
{
	struct store_hold *row = &change->row.hold;

	row->scope = store_db_text(stmt, 0);
	row->reason = store_db_text(stmt, 1);
	row->by = store_db_text(stmt, 2);
	row->since_unix_ms = store_db_int(stmt, 3);
	row->until_unix_ms = store_db_int(stmt, 4);
}

static void
read_alert(sqlite3_stmt *stmt, struct store_change *change)
{
	struct store_alert *row = &change->row.alert;

	row->key = store_db_text(stmt, 0);
	row->level = (int)store_db_int(stmt, 1);
	row->text = store_db_text(stmt, 2);
	row->since_unix_ms = store_db_int(stmt, 3);
}

static void
read_alert_change(sqlite3_stmt *stmt, struct store_change *change)
{
	struct store_alert_change *row = &change->row.alert_change;

	row->no = (uint64_t)store_db_int(stmt, 0);
	row->is_raised = store_db_int(stmt, 1) != 0;
	row->at_unix_ms = store_db_int(stmt, 2);
	row->text = store_db_text(stmt, 3);
	row->mailed_unix_ms = store_db_int(stmt, 4);
}

static void
read_tripwire(sqlite3_stmt *stmt, struct store_change *change)
{
	change->row.tripwire.credential = store_db_text(stmt, 0);
	change->row.tripwire.state = store_db_text(stmt, 1);
	change->row.tripwire.breaches = store_db_text(stmt, 2);
}

static void
read_dmarc_hold(sqlite3_stmt *stmt, struct store_change *change)
{
	change->row.dmarc_hold.domain = store_db_text(stmt, 0);
	change->row.dmarc_hold.since_unix_ms = store_db_int(stmt, 1);
}

static const struct {
	enum store_change_kind kind;
	enum store_sql sql;
	void (*read)(sqlite3_stmt *stmt, struct store_change *change);
} load_order[] = {
	{ STORE_PUT_CREDENTIAL, STORE_SQL_CREDENTIAL_LOAD, read_credential },
	{ STORE_PUT_SECRET, STORE_SQL_SECRET_LOAD, read_secret },
	{ STORE_PUT_DOMAIN, STORE_SQL_DOMAIN_LOAD, read_domain },
	{ STORE_PUT_KEY, STORE_SQL_KEY_LOAD, read_key },
	{ STORE_PUT_HOLD, STORE_SQL_HOLD_LOAD, read_hold },
	{ STORE_PUT_PACE, STORE_SQL_PACE_LOAD, store_sqlite_read_pace },
	{ STORE_PUT_THROTTLE, STORE_SQL_THROTTLE_LOAD, store_sqlite_read_throttle },
	{ STORE_PUT_WARMUP, STORE_SQL_WARMUP_LOAD, store_sqlite_read_warmup },
	{ STORE_PUT_SOURCE_STOP, STORE_SQL_SOURCE_STOP_LOAD, store_sqlite_read_source_stop },
	{ STORE_PUT_ALERT, STORE_SQL_ALERT_LOAD, read_alert },
	{ STORE_PUT_ALERT_CHANGE, STORE_SQL_ALERT_CHANGE_LOAD, read_alert_change },
	{ STORE_PUT_TRIPWIRE, STORE_SQL_TRIPWIRE_LOAD, read_tripwire },
	{ STORE_PUT_DMARC_HOLD, STORE_SQL_DMARC_HOLD_LOAD, read_dmarc_hold },
	{ STORE_PUT_MIGRATION, STORE_SQL_MIGRATION_LOAD, store_sqlite_read_migration },
	{ STORE_PUT_MIGRATION_RESULT, STORE_SQL_MIGRATION_RESULT_LOAD,
	  store_sqlite_read_migration_result },
	{ STORE_PUT_MIGRATION_EVIDENCE, STORE_SQL_MIGRATION_EVIDENCE_LOAD,
	  store_sqlite_read_migration_evidence },
};

static int
load(struct store_db *db, size_t i, store_row_fn fn, void *arg, struct err *err)
{
	sqlite3_stmt *stmt = store_db_stmt(db, load_order[i].sql);
	int step;

	while ((step = store_db_step(db, stmt, err)) > 0) {
		struct store_change change = { .kind = load_order[i].kind };

		load_order[i].read(stmt, &change);
		fn(&change, arg);
		mem_wipe(&change, sizeof change);
	}
	return step;
}

int
store_sqlite_load_rows(struct store_writer *writer, store_row_fn fn, void *arg, struct err *err)
{
	for (size_t i = 0; i < sizeof load_order / sizeof load_order[0]; i++)
		if (load(&writer->db, i, fn, arg, err) < 0)
			return -1;
	return 0;
}

int
store_peek_domains(const struct store_options *options, store_row_fn fn, void *arg,
		   struct err *err)
{
	char path[STORE_PATH_SIZE];
	struct store_db db;
	int rc = 0;

	if (store_sqlite_path(options, path, err) < 0)
		return -1;
	if (access(path, F_OK) < 0 && errno == ENOENT)
		return 0;
	if (store_db_open(&db, path, STORE_DB_HOT, STORE_DB_READ, PEEK_CACHE_KIB, err) < 0)
		return -1;
	for (size_t i = 0; rc == 0 && i < sizeof load_order / sizeof load_order[0]; i++)
		if (load_order[i].kind == STORE_PUT_DOMAIN || load_order[i].kind == STORE_PUT_KEY)
			rc = load(&db, i, fn, arg, err);
	store_db_close(&db);
	return rc;
}
