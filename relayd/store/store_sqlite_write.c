/* store_sqlite_write.c - what the operator changes: one request, all or none.
 *
 * One function per kind of change, in a table. A savepoint keeps a refused
 * change (a name that is taken) from touching the rest of the batch. Store thread. */
#include "store/store_sqlite_private.h"

static sqlite3_stmt *
put_credential(struct store_db *db, const struct store_change *change)
{
	const struct store_credential *row = &change->row.credential;
	sqlite3_stmt *stmt = store_db_stmt(db, STORE_SQL_CREDENTIAL_PUT);

	store_db_bind_int(stmt, 1, (int64_t)row->id);
	store_db_bind_text(stmt, 2, row->name);
	store_db_bind_int(stmt, 3, row->is_revoked);
	store_db_bind_int(stmt, 4, row->is_bulk);
	store_db_bind_int(stmt, 5, row->fix_bare_line_ends);
	store_db_bind_int(stmt, 6, row->may_send_null);
	store_db_bind_text(stmt, 7, store_or_empty(row->from));
	store_db_bind_blob(stmt, 8, row->salt, sizeof row->salt);
	store_db_bind_int(stmt, 9, row->iterations);
	store_db_bind_int(stmt, 10, row->created_unix_ms);
	store_db_bind_int(stmt, 11, row->revoked_unix_ms);
	store_db_bind_text(stmt, 12, store_or_empty(row->pool));
	store_db_bind_int(stmt, 13, row->mutes_notices);
	store_db_bind_int(stmt, 14, row->refuses_suppressed);
	store_db_bind_text(stmt, 15, store_or_empty(row->env));
	store_db_bind_text(stmt, 16, store_or_empty(row->networks));
	store_db_bind_int(stmt, 17, row->protocols);
	store_db_bind_int(stmt, 18, row->rate_count);
	store_db_bind_int(stmt, 19, row->rate_period_ms);
	store_db_bind_int(stmt, 20, row->quota_day);
	store_db_bind_int(stmt, 21, row->quota_month);
	store_db_bind_int(stmt, 22, row->recipients_max);
	store_db_bind_int(stmt, 23, (int64_t)row->size_max_bytes);
	store_db_bind_int(stmt, 24, row->expires_unix_ms);
	store_db_bind_int(stmt, 25, row->tripwire);
	store_db_bind_text(stmt, 26, store_or_empty(row->certificates));
	store_db_bind_int(stmt, 27, row->certificate_only);
	store_db_bind_text(stmt, 28, store_or_empty(row->revoked_by));
	return stmt;
}

static sqlite3_stmt *
put_secret(struct store_db *db, const struct store_change *change)
{
	const struct store_secret *row = &change->row.secret;
	sqlite3_stmt *stmt = store_db_stmt(db, STORE_SQL_SECRET_PUT);

	store_db_bind_int(stmt, 1, (int64_t)row->id);
	store_db_bind_int(stmt, 2, (int64_t)row->credential_id);
	store_db_bind_text(stmt, 3, row->label);
	store_db_bind_blob(stmt, 4, row->sha256, sizeof row->sha256);
	store_db_bind_blob(stmt, 5, row->stored_key, sizeof row->stored_key);
	store_db_bind_blob(stmt, 6, row->server_key, sizeof row->server_key);
	store_db_bind_int(stmt, 7, row->created_unix_ms);
	store_db_bind_int(stmt, 8, row->ends_unix_ms);
	return stmt;
}

static sqlite3_stmt *
delete_secret(struct store_db *db, const struct store_change *change)
{
	sqlite3_stmt *stmt = store_db_stmt(db, STORE_SQL_SECRET_DELETE);

	store_db_bind_int(stmt, 1, (int64_t)change->row.secret.id);
	return stmt;
}

static sqlite3_stmt *
put_domain(struct store_db *db, const struct store_change *change)
{
	const struct store_domain *row = &change->row.domain;
	sqlite3_stmt *stmt = store_db_stmt(db, STORE_SQL_DOMAIN_PUT);

	store_db_bind_int(stmt, 1, (int64_t)row->id);
	store_db_bind_text(stmt, 2, row->name);
	store_db_bind_int(stmt, 3, row->created_unix_ms);
	store_db_bind_text(stmt, 4, store_or_empty(row->pool));
	store_db_bind_int(stmt, 5, row->last_key_no > 0 ? row->last_key_no : 1);
	store_db_bind_int(stmt, 6, row->holds_failing);
	return stmt;
}

/* delete_domain - its keys go with it. */
static sqlite3_stmt *
delete_domain(struct store_db *db, const struct store_change *change)
{
	sqlite3_stmt *stmt = store_db_stmt(db, STORE_SQL_DOMAIN_DELETE_KEYS);

	store_db_bind_int(stmt, 1, (int64_t)change->row.domain.id);
	if (store_db_done(db, stmt, NULL) != 0)
		return NULL; /* the caller's step says why */
	stmt = store_db_stmt(db, STORE_SQL_DOMAIN_DELETE);
	store_db_bind_int(stmt, 1, (int64_t)change->row.domain.id);
	return stmt;
}

static sqlite3_stmt *
put_key(struct store_db *db, const struct store_change *change)
{
	const struct store_key *row = &change->row.key;
	sqlite3_stmt *stmt = store_db_stmt(db, STORE_SQL_KEY_PUT);

	store_db_bind_int(stmt, 1, (int64_t)row->id);
	store_db_bind_int(stmt, 2, (int64_t)row->domain_id);
	store_db_bind_text(stmt, 3, row->selector);
	store_db_bind_text(stmt, 4, row->pem);
	store_db_bind_int(stmt, 5, row->state);
	store_db_bind_int(stmt, 6, row->since_unix_ms);
	store_db_bind_int(stmt, 7, row->created_unix_ms);
	return stmt;
}

static sqlite3_stmt *
move_key(struct store_db *db, const struct store_change *change)
{
	const struct store_key *row = &change->row.key;
	sqlite3_stmt *stmt = store_db_stmt(db, STORE_SQL_KEY_MOVE);

	store_db_bind_int(stmt, 1, (int64_t)row->id);
	store_db_bind_int(stmt, 2, row->state);
	store_db_bind_int(stmt, 3, row->since_unix_ms);
	return stmt;
}

static sqlite3_stmt *
delete_key(struct store_db *db, const struct store_change *change)
{
	sqlite3_stmt *stmt = store_db_stmt(db, STORE_SQL_KEY_DELETE);

	store_db_bind_int(stmt, 1, (int64_t)change->row.key.id);
	return stmt;
}

static sqlite3_stmt *
put_hold(struct store_db *db, const struct store_change *change)
{
	const struct store_hold *row = &change->row.hold;
	sqlite3_stmt *stmt = store_db_stmt(db, STORE_SQL_HOLD_PUT);

	store_db_bind_text(stmt, 1, row->scope);
	store_db_bind_text(stmt, 2, store_or_empty(row->reason));
	store_db_bind_text(stmt, 3, store_or_empty(row->by));
	store_db_bind_int(stmt, 4, row->since_unix_ms);
	store_db_bind_int(stmt, 5, row->until_unix_ms);
	return stmt;
}

static sqlite3_stmt *
delete_hold(struct store_db *db, const struct store_change *change)
{
	sqlite3_stmt *stmt = store_db_stmt(db, STORE_SQL_HOLD_DELETE);

	store_db_bind_text(stmt, 1, change->row.hold.scope);
	return stmt;
}

static const enum store_sql mark_sql[STORE_MARK_KIND_COUNT] = {
	[STORE_MARK_HOLD] = STORE_SQL_RECIPIENT_MARK_HOLD,
	[STORE_MARK_POOL] = STORE_SQL_RECIPIENT_MARK_POOL,
};

/* mark_recipients - the last one is the caller's step. One that left meanwhile has a row
 * still, or is in the log: it is nobody's any more. */
static sqlite3_stmt *
mark_recipients(struct store_db *db, const struct store_change *change)
{
	const struct store_marks *row = &change->row.marks;
	sqlite3_stmt *stmt = store_db_stmt(db, mark_sql[row->kind]);

	for (size_t i = 0; i < row->recipients; i++) {
		store_db_bind_int(stmt, 1, (int64_t)row->recipient[i].message_id);
		store_db_bind_int(stmt, 2, row->recipient[i].no);
		store_db_bind_text(stmt, 3, row->text);
		if (i + 1 < row->recipients && store_db_done(db, stmt, NULL) != 0)
			return NULL; /* the caller's step says why */
	}
	return stmt;
}

static sqlite3_stmt *
put_alert(struct store_db *db, const struct store_change *change)
{
	const struct store_alert *row = &change->row.alert;
	sqlite3_stmt *stmt = store_db_stmt(db, STORE_SQL_ALERT_PUT);

	store_db_bind_text(stmt, 1, row->key);
	store_db_bind_int(stmt, 2, row->level);
	store_db_bind_text(stmt, 3, row->text);
	store_db_bind_int(stmt, 4, row->since_unix_ms);
	return stmt;
}

static sqlite3_stmt *
delete_alert(struct store_db *db, const struct store_change *change)
{
	sqlite3_stmt *stmt = store_db_stmt(db, STORE_SQL_ALERT_DELETE);

	store_db_bind_text(stmt, 1, change->row.alert.key);
	return stmt;
}

static sqlite3_stmt *
put_alert_change(struct store_db *db, const struct store_change *change)
{
	const struct store_alert_change *row = &change->row.alert_change;
	sqlite3_stmt *stmt = store_db_stmt(db, STORE_SQL_ALERT_CHANGE_PUT);

	store_db_bind_int(stmt, 1, (int64_t)row->no);
	store_db_bind_int(stmt, 2, row->is_raised);
	store_db_bind_int(stmt, 3, row->at_unix_ms);
	store_db_bind_text(stmt, 4, row->text);
	return stmt;
}

static sqlite3_stmt *
forget_alert_changes(struct store_db *db, const struct store_change *change)
{
	sqlite3_stmt *stmt = store_db_stmt(db, STORE_SQL_ALERT_CHANGE_FORGET);

	store_db_bind_int(stmt, 1, (int64_t)change->row.alert_no);
	return stmt;
}

static sqlite3_stmt *
put_tripwire(struct store_db *db, const struct store_change *change)
{
	const struct store_tripwire *row = &change->row.tripwire;
	sqlite3_stmt *stmt = store_db_stmt(db, STORE_SQL_TRIPWIRE_PUT);

	store_db_bind_text(stmt, 1, row->credential);
	store_db_bind_text(stmt, 2, row->state);
	store_db_bind_text(stmt, 3, row->breaches);
	return stmt;
}

static sqlite3_stmt *
put_dmarc_hold(struct store_db *db, const struct store_change *change)
{
	sqlite3_stmt *stmt = store_db_stmt(db, STORE_SQL_DMARC_HOLD_PUT);

	store_db_bind_text(stmt, 1, change->row.dmarc_hold.domain);
	store_db_bind_int(stmt, 2, change->row.dmarc_hold.since_unix_ms);
	return stmt;
}

static sqlite3_stmt *
delete_dmarc_hold(struct store_db *db, const struct store_change *change)
{
	sqlite3_stmt *stmt = store_db_stmt(db, STORE_SQL_DMARC_HOLD_DELETE);

	store_db_bind_text(stmt, 1, change->row.dmarc_hold.domain);
	return stmt;
}

static sqlite3_stmt *
forget_notices(struct store_db *db, const struct store_change *change)
{
	sqlite3_stmt *stmt = store_db_stmt(db, STORE_SQL_NOTICE_FORGET);

	store_db_bind_int(stmt, 1, (int64_t)change->row.message_id);
	return stmt;
}

static const struct {
	sqlite3_stmt *(*bind)(struct store_db *db, const struct store_change *change);
	const char *taken; /* what a refused row most likely collided with */
} change_of[STORE_CHANGE_KIND_COUNT] = {
	[STORE_PUT_CREDENTIAL] = { put_credential, "there is a credential of that name already" },
	[STORE_PUT_SECRET] = { put_secret, "the credential has a key of that label already" },
	[STORE_DELETE_SECRET] = { delete_secret, "the key cannot be deleted" },
	[STORE_PUT_DOMAIN] = { put_domain, "there is a domain of that name already" },
	[STORE_DELETE_DOMAIN] = { delete_domain, "the domain cannot be deleted" },
	[STORE_PUT_KEY] = { put_key, "the domain has a key with that selector already" },
	[STORE_MOVE_KEY] = { move_key, "the key's state cannot be stored" },
	[STORE_DELETE_KEY] = { delete_key, "the key cannot be deleted" },
	[STORE_PUT_HOLD] = { put_hold, "the hold cannot be stored" },
	[STORE_MARK_RECIPIENTS] = { mark_recipients, "the recipients cannot be marked" },
	[STORE_DELETE_HOLD] = { delete_hold, "the hold cannot be deleted" },
	[STORE_PUT_SUPPRESSION] = { store_sqlite_put_suppression,
				    "the suppression cannot be stored" },
	[STORE_DELETE_SUPPRESSION] = { store_sqlite_delete_suppression,
				       "the suppression cannot be deleted" },
	[STORE_PUT_PACE] = { store_sqlite_put_pace, "the pace cannot be stored" },
	[STORE_DELETE_PACE] = { store_sqlite_delete_pace, "the pace cannot be deleted" },
	[STORE_PUT_THROTTLE] = { store_sqlite_put_throttle, "the limit cannot be stored" },
	[STORE_DELETE_THROTTLE] = { store_sqlite_delete_throttle, "the limit cannot be deleted" },
	[STORE_PUT_WARMUP] = { store_sqlite_put_warmup, "the warm-up cannot be stored" },
	[STORE_PUT_SOURCE_STOP] = { store_sqlite_put_source_stop,
				    "what was stopped cannot be stored" },
	[STORE_DELETE_SOURCE_STOP] = { store_sqlite_delete_source_stop,
				       "what was stopped cannot be deleted" },
	[STORE_PUT_ALERT] = { put_alert, "the alert cannot be stored" },
	[STORE_DELETE_ALERT] = { delete_alert, "the alert cannot be deleted" },
	[STORE_PUT_ALERT_CHANGE] = { put_alert_change, "the alert's change cannot be stored" },
	[STORE_FORGET_ALERT_CHANGES] = { forget_alert_changes,
					 "the alerts' changes cannot be forgotten" },
	[STORE_PUT_TRIPWIRE] = { put_tripwire, "what was learned cannot be stored" },
	[STORE_PUT_DMARC_HOLD] = { put_dmarc_hold, "what was held cannot be stored" },
	[STORE_DELETE_DMARC_HOLD] = { delete_dmarc_hold, "what was held cannot be forgotten" },
	[STORE_PUT_MIGRATION] = { store_sqlite_put_migration, "the migration cannot be stored" },
	[STORE_PUT_MIGRATION_RESULT] = { store_sqlite_put_migration_result,
					 "the migration's results cannot be stored" },
	[STORE_PUT_MIGRATION_EVIDENCE] = { store_sqlite_put_migration_evidence,
					   "the evidence cannot be stored" },
	[STORE_FORGET_NOTICES] = { forget_notices, "the notices cannot be forgotten" },
};

static int
apply(struct store_writer *writer, struct store_change *change, struct err *err)
{
	struct err why;

	if (store_db_done(&writer->db, change_of[change->kind].bind(&writer->db, change), &why) ==
	    0) {
		change->is_kept = change->kind == STORE_PUT_SUPPRESSION &&
				  sqlite3_changes(writer->db.sql) == 0;
		if (change->kind == STORE_FORGET_NOTICES) /* it may be finished now */
			store_ids_add(&writer->touched, change->row.message_id, 0);
		return 0;
	}
	if (why.kind == ERR_SYSTEM)
		*err = why;
	else
		err_set(err, ERR_PERM, why.code, "%s", change_of[change->kind].taken);
	return -1;
}

static int
add_audit(struct store_writer *writer, const struct store_audit *audit, struct err *err)
{
	sqlite3_stmt *stmt = store_db_stmt(&writer->db, STORE_SQL_AUDIT_ADD);
	uint64_t id = audit->id;

	if (id == 0)
		id = id_gen_next(&writer->event_ids, audit->at_unix_ms);
	if (id > writer->largest_id)
		writer->largest_id = id;
	store_db_bind_int(stmt, 1, (int64_t)id);
	store_db_bind_int(stmt, 2, audit->at_unix_ms);
	store_db_bind_int(stmt, 3, audit->uid);
	store_db_bind_text(stmt, 4, store_or_empty(audit->who));
	store_db_bind_text(stmt, 5, store_or_empty(audit->via));
	store_db_bind_text(stmt, 6, audit->action);
	store_db_bind_text(stmt, 7, store_or_empty(audit->object));
	store_db_bind_text(stmt, 8, store_or_empty(audit->detail));
	return store_db_done(&writer->db, stmt, err);
}

int
store_sqlite_write(struct store_writer *writer, const struct store_write *request, struct err *err)
{
	int result = 0;

	if (store_db_run(&writer->db, STORE_SQL_SAVEPOINT, err) != 0)
		return -1;
	for (size_t i = 0; i < request->changes && result == 0; i++)
		result = apply(writer, &request->change[i], err);
	if (result == 0 && request->audit.action != NULL)
		result = add_audit(writer, &request->audit, err);
	if (result != 0 && store_db_run(&writer->db, STORE_SQL_SAVEPOINT_UNDO, NULL) != 0)
		return err_set(err, ERR_SYSTEM, 0, "cannot take back a refused change");
	if (store_db_run(&writer->db, STORE_SQL_SAVEPOINT_KEEP, result == 0 ? err : NULL) != 0)
		return -1;
	return result;
}

/* set_wiping - is what goes overwritten with zeros? Off for the queue: it costs a quarter. */
static int
set_wiping(struct store_writer *writer, bool is_on, struct err *err)
{
	sqlite3_stmt *stmt = store_db_stmt(&writer->db, is_on ? STORE_SQL_WIPE_ON
							      : STORE_SQL_WIPE_OFF);

	if (store_db_step(&writer->db, stmt, err) < 0)
		return -1;
	store_db_reset(stmt); /* it answers with a row */
	return 0;
}

static int
overwrite_batch(struct store_writer *writer, const struct store_write *request, struct err *err)
{
	if (store_sqlite_begin(writer, err) == 0 && store_sqlite_write(writer, request, err) == 0 &&
	    store_sqlite_commit(writer, err) == 0)
		return 0;
	store_sqlite_rollback(writer);
	return -1;
}

int
store_sqlite_overwrite(struct store_writer *writer, const struct store_write *request,
		       struct err *err)
{
	int result;

	if (set_wiping(writer, true, err) != 0)
		return -1;
	result = overwrite_batch(writer, request, err);
	if (set_wiping(writer, false, result == 0 ? err : NULL) != 0)
		result = -1;
	/* pages as they were stand in the WAL too, until it is cut */
	if (result == 0 && sqlite3_wal_checkpoint_v2(writer->db.sql, NULL,
						     SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) !=
				   SQLITE_OK)
		result = store_db_fail(&writer->db, err);
	writer->db.wal_frames = 0;
	return result;
}

int
store_sqlite_note_use(struct store_writer *writer, uint64_t secret_id, int64_t at_unix_ms,
		      const char *address, struct err *err)
{
	sqlite3_stmt *stmt = store_db_stmt(&writer->db, STORE_SQL_SECRET_USED);

	store_db_bind_int(stmt, 1, (int64_t)secret_id);
	store_db_bind_int(stmt, 2, at_unix_ms);
	store_db_bind_text(stmt, 3, address);
	return store_db_done(&writer->db, stmt, err);
}
