/* store_sqlite_sql.c - all SQL of the SQLite engine, one const table.
 *
 * What is used by several statements, above all column lists that C reads by
 * number, is written once as a macro. Parameters are numbered (?1) in the order
 * the callers bind them. Thread: any (immutable). */
#include "store/store_sqlite_sql.h"

/* one outcome, as recipient (the last), event (earlier) and relay_event hold it */
#define OUTCOME_COLUMNS                                                                            \
	"at_unix_ms, kind, code, enhanced, category, is_hard, attempt, duration_ms, "              \
	"remote_id, reply, detail"

#define MESSAGE_LOG_COLUMNS                                                                        \
	"id, origin_id, sender_id, return_path, message_id, message_hash, subject, "               \
	"tags, envid, ret, flags, size_bytes, recipients, expires_unix_ms"
#define RECIPIENT_LOG_COLUMNS                                                                      \
	"message_id, no, address_id, status, attempts, next_attempt_unix_ms, "                     \
	"event_id, " OUTCOME_COLUMNS
#define EVENT_COLUMNS "message_id, no, event_id, " OUTCOME_COLUMNS ", next_attempt_unix_ms"
#define RELAY_EVENT_COLUMNS                                                                        \
	"event_id, at_unix_ms, kind, address_id, credential, sender_domain, code, "                \
	"enhanced, category, is_hard, attempt, duration_ms, remote_id, reply, detail"

/* The search: ?1 and ?2 are the cursor (below this id, or in it at or above this
 * recipient), ?3 the smallest id wanted, ?4 how many rows in one page. */
#define FIND_COLUMNS                                                                               \
	"SELECT r.message_id, r.no, r.address_id, r.status, r.attempts, "                          \
	"r.next_attempt_unix_ms, r.event_id, r.at_unix_ms, r.kind, r.code, "                       \
	"r.enhanced, r.category, r.is_hard, r.attempt, r.duration_ms, r.remote_id, "               \
	"r.reply, r.detail, m.origin_id, m.sender_id, m.message_id, m.subject, "                   \
	"m.tags, m.size_bytes, m.recipients, m.expires_unix_ms "
#define FIND_PAGE                                                                                  \
	"AND r.message_id <= ?1 AND r.message_id >= ?3 "                                           \
	"AND (r.message_id < ?1 OR r.no >= ?2) "                                                   \
	"ORDER BY r.message_id DESC, r.no LIMIT ?4"
#define FIND_MESSAGE_PAGE                                                                          \
	"AND m.id <= ?1 AND m.id >= ?3 AND (m.id < ?1 OR r.no >= ?2) "                             \
	"ORDER BY m.id DESC, r.no LIMIT ?4"
/* CROSS JOIN: SQLite keeps the order of the tables, which is the plan we want */
#define FIND_FROM_RECIPIENT "FROM recipient r CROSS JOIN message m ON m.id = r.message_id "
#define FIND_FROM_MESSAGE "FROM message m CROSS JOIN recipient r ON r.message_id = m.id "
#define FIND_RELAY_EVENTS                                                                          \
	"SELECT " RELAY_EVENT_COLUMNS " FROM relay_event WHERE kind IN (?5, ?6) "                  \
	"AND event_id <= ?1 AND event_id >= ?3 AND (event_id < ?1 OR ?2 = 0) "
#define NEWEST_EVENT_FIRST "ORDER BY event_id DESC LIMIT ?4"


#define CREDENTIAL_LIMITS                                                                          \
	"env, networks, protocols, rate_count, rate_period_ms, quota_day, quota_month, "           \
	"recipients_max, size_max_bytes, expires_unix_ms, tripwire, certificates, "    \
	"certificate_only, revoked_by"
#define SUPPRESSION_COLUMNS                                                                        \
	"id, address, scope, reason, since_unix_ms, until_unix_ms, by, detail, message_id, site, " \
	"code, enhanced, category, reply"
#define SUPPRESSION_ADDRESSES                                                                      \
	"(?8 IS NULL OR substr(address, instr(address, '@') + 1) = ?8) "                           \
	"AND (?9 IS NULL OR instr(address, ?9) > 0) "
#define SUPPRESSION_CONDITIONS                                                                     \
	"AND (?3 < 0 OR reason = ?3) AND since_unix_ms >= ?4 AND since_unix_ms < ?5 "              \
	"AND (?6 IS NULL OR scope = ?6) AND (?7 IS NULL OR site = ?7) "

#define MIGRATION_COLUMNS                                                                          \
	"credential, stage, percent, smarthost, reason, by, since_unix_ms, returned, "             \
	"returned_unix_ms, returned_percent"
#define MIGRATION_EVIDENCE_COLUMNS "credential, method, by, report, passed, failed, at_unix_ms"
#define MIGRATION_RESULT_COLUMNS                                                                   \
	"credential, way, since_unix_ms, delivered, deferrals, bounced_hard, bounced_refused, "    \
	"bounced_other, tried, refused, broken, times"
#define WARMUP_COLUMNS                                                                             \
	"address, provider, state, freeze, is_closed, has_stepped_back, is_by_hand, day, "         \
	"began_unix_ms, sent, tried, deferred, complaints, tried_before, allowance_micro, "        \
	"filled_unix_ms, used_unix_ms, first_unix_ms, mean_micro, mean_unix_ms"

const char *const store_sql_text[STORE_SQL_COUNT] = {
	[STORE_SQL_BEGIN] = "BEGIN IMMEDIATE",
	[STORE_SQL_COMMIT] = "COMMIT",
	[STORE_SQL_ROLLBACK] = "ROLLBACK",
	[STORE_SQL_SAVEPOINT] = "SAVEPOINT item",
	[STORE_SQL_SAVEPOINT_KEEP] = "RELEASE item",
	[STORE_SQL_SAVEPOINT_UNDO] = "ROLLBACK TO item",
	[STORE_SQL_WIPE_ON] = "PRAGMA secure_delete=ON",
	[STORE_SQL_WIPE_OFF] = "PRAGMA secure_delete=OFF",

	[STORE_SQL_STATE_GET] = "SELECT value FROM state WHERE name = ?1",
	[STORE_SQL_STATE_SET] = "UPDATE state SET value = ?2 WHERE name = ?1",
	[STORE_SQL_STATE_PROBE] = "UPDATE state SET value = value + 1 WHERE name = 'probe'",

	[STORE_SQL_ADDRESS_FIND] = "SELECT id, given, last_day FROM address WHERE folded = ?1",
	[STORE_SQL_ADDRESS_ADD] = "INSERT INTO address (folded, given, domain_id, last_day) "
				  "VALUES (?1, ?2, ?3, ?4)",
	[STORE_SQL_ADDRESS_TOUCH] = "UPDATE address SET last_day = ?2 WHERE id = ?1",
	[STORE_SQL_DOMAIN_NAME_FIND] = "SELECT id FROM address_domain WHERE name = ?1",
	[STORE_SQL_DOMAIN_NAME_ADD] = "INSERT INTO address_domain (name) VALUES (?1)",
	[STORE_SQL_ORIGIN_FIND] =
		"SELECT id, last_day FROM origin WHERE credential_id = ?1 AND secret_id = ?2 "
		"AND credential = ?3 AND from_domain = ?4 AND client_address = ?5 "
		"AND client_name = ?6 AND tls = ?7 AND signature = ?8",
	[STORE_SQL_ORIGIN_ADD] =
		"INSERT INTO origin (credential_id, secret_id, credential, from_domain, "
		"client_address, client_name, tls, signature, last_day) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
	[STORE_SQL_ORIGIN_TOUCH] = "UPDATE origin SET last_day = ?2 WHERE id = ?1",
	[STORE_SQL_REMOTE_FIND] = "SELECT id, last_day FROM remote WHERE site = ?1 AND host = ?2 "
				  "AND address = ?3 AND source_address = ?4 AND tls_version = ?5 "
				  "AND tls_verified = ?6",
	[STORE_SQL_REMOTE_ADD] =
		"INSERT INTO remote (site, host, address, source_address, tls_version, "
		"tls_verified, last_day) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	[STORE_SQL_REMOTE_TOUCH] = "UPDATE remote SET last_day = ?2 WHERE id = ?1",

	[STORE_SQL_MESSAGE_ADD] =
		"INSERT INTO message (" MESSAGE_LOG_COLUMNS ", instance, node, spool_id, "
		"release_unix_ms, by_unix_ms, by_mode) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, "
		"?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)",
	[STORE_SQL_BODY_ADD] =
		"INSERT INTO body (message_id, text_bytes, head, text) VALUES (?1, ?2, ?3, ?4)",
	[STORE_SQL_RECIPIENT_ADD] =
		"INSERT INTO recipient (message_id, no, address_id, notify, orcpt, status, "
		"is_pending, attempts, next_attempt_unix_ms, event_id, at_unix_ms, kind, code, "
		"enhanced, category, is_hard, attempt, duration_ms, remote_id) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, 0, ?7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)",

/* the first outcome of a recipient takes one statement, a later one keeps the
 * row it replaces in event first */
/* ?19: the kind of outcome whose reply stays, when the new one has none; -1: nobody's */
#define RECIPIENT_SET                                                                              \
	"UPDATE recipient SET event_id = ?3, at_unix_ms = ?4, kind = ?5, "                         \
	"code = iif(kind = ?19, code, ?6), enhanced = iif(kind = ?19, enhanced, ?7), "             \
	"category = iif(kind = ?19, category, ?8), is_hard = ?9, attempt = ?10, "                  \
	"duration_ms = ?11, remote_id = iif(kind = ?19, remote_id, ?12), "                         \
	"reply = iif(kind = ?19, reply, ?13), detail = ?14, status = ?15, is_pending = ?16, "      \
	"next_attempt_unix_ms = ?17, attempts = max(attempts, ?10), notice = ?18 "                 \
	"WHERE message_id = ?1 AND no = ?2 AND is_pending = 1 "
	[STORE_SQL_RECIPIENT_FIRST] = RECIPIENT_SET "AND event_id = 0",
	[STORE_SQL_RECIPIENT_KEEP] =
		"INSERT OR IGNORE INTO event (" EVENT_COLUMNS ") SELECT " EVENT_COLUMNS
		" FROM recipient WHERE message_id = ?1 AND no = ?2 AND is_pending = 1 "
		"AND event_id NOT IN (0, ?3)",
	[STORE_SQL_RECIPIENT_AGAIN] = RECIPIENT_SET,
	[STORE_SQL_RECIPIENT_PENDING] =
		"SELECT 1 FROM recipient WHERE message_id = ?1 "
		"AND (is_pending = 1 OR notice <> 0) LIMIT 1",
	[STORE_SQL_RELAY_EVENT_ADD] =
		"INSERT OR IGNORE INTO relay_event (" RELAY_EVENT_COLUMNS ") "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",

	[STORE_SQL_FINISHED_LIST] =
		"SELECT m.id, m.spool_id FROM message m WHERE m.node = ?1 AND NOT EXISTS "
		"(SELECT 1 FROM recipient r WHERE r.message_id = m.id "
		"AND (r.is_pending = 1 OR r.notice <> 0))",
	[STORE_SQL_MESSAGE_READ] =
		"SELECT " MESSAGE_LOG_COLUMNS ", spool_id FROM message WHERE id = ?1",
	[STORE_SQL_RECIPIENT_READ] =
		"SELECT " RECIPIENT_LOG_COLUMNS " FROM recipient WHERE message_id = ?1",
	[STORE_SQL_EVENT_READ] = "SELECT " EVENT_COLUMNS " FROM event WHERE message_id = ?1",
	[STORE_SQL_RELAY_EVENT_READ] =
		"SELECT " RELAY_EVENT_COLUMNS " FROM relay_event WHERE event_id = ?1",
	[STORE_SQL_RELAY_EVENT_LIST] = "SELECT event_id FROM relay_event",
	[STORE_SQL_OLDEST_MESSAGE] = "SELECT ifnull(min(id), 0) FROM message",
	[STORE_SQL_DAY_MESSAGE_ADD] =
		"INSERT OR IGNORE INTO message (" MESSAGE_LOG_COLUMNS ") "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
	[STORE_SQL_DAY_RECIPIENT_ADD] =
		"INSERT OR IGNORE INTO recipient (" RECIPIENT_LOG_COLUMNS ") "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, "
		"?15, ?16, ?17, ?18)",
	[STORE_SQL_DAY_EVENT_ADD] =
		"INSERT OR IGNORE INTO event (" EVENT_COLUMNS ") "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
	[STORE_SQL_DAY_TAG_ADD] = "INSERT OR IGNORE INTO tag (tag, message_id) VALUES (?1, ?2)",
	[STORE_SQL_DAY_RELAY_EVENT_ADD] =
		"INSERT OR IGNORE INTO relay_event (" RELAY_EVENT_COLUMNS ") "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
	[STORE_SQL_MESSAGE_DROP] = "DELETE FROM message WHERE id = ?1",
	[STORE_SQL_BODY_DROP] = "DELETE FROM body WHERE message_id = ?1",
	[STORE_SQL_RECIPIENT_DROP] = "DELETE FROM recipient WHERE message_id = ?1",
	[STORE_SQL_EVENT_DROP] = "DELETE FROM event WHERE message_id = ?1",
	[STORE_SQL_RELAY_EVENT_DROP] = "DELETE FROM relay_event WHERE event_id = ?1",
	[STORE_SQL_SPOOL_NAMED] =
		"SELECT 1 FROM message WHERE spool_id = ?1 AND spool_id <> 0 LIMIT 1",
	[STORE_SQL_LOG_DAY_ADD] = "INSERT OR IGNORE INTO log_day (day) VALUES (?1)",
	[STORE_SQL_LOG_DAY_DROP] = "DELETE FROM log_day WHERE day < ?1",
	[STORE_SQL_LOG_DAY_LIST] = "SELECT day FROM log_day ORDER BY day DESC",
	/* nothing that waits in the queue may lose its address: recipients are looked up
	 * by the index, senders and origins wait as long as any message is that old */
	[STORE_SQL_ADDRESS_EXPIRE] =
		"DELETE FROM address WHERE id IN (SELECT id FROM address WHERE id >= ?1 "
		"AND id < ?2 AND last_day < ?3)",
	[STORE_SQL_ADDRESS_LARGEST] = "SELECT ifnull(max(id), 0) FROM address",
	[STORE_SQL_ADDRESS_RANGE] =
		"SELECT id, folded FROM address WHERE id >= ?1 AND id < ?2 ORDER BY id",
	[STORE_SQL_ADDRESS_BLOCK_NEXT] = "SELECT ifnull(max(no) + 1, 0) FROM address_block",
	[STORE_SQL_ADDRESS_BLOCK_PUT] =
		"INSERT OR REPLACE INTO address_block (no, grams, text) VALUES (?1, ?2, ?3)",
	[STORE_SQL_ADDRESS_BLOCK_DROP] = "DELETE FROM address_block WHERE no >= ?1",
	[STORE_SQL_ADDRESS_BLOCK_WALK] = "SELECT no, text FROM address_block ORDER BY no",
	[STORE_SQL_ADDRESS_BLOCK_GRAMS] = "SELECT no, grams FROM address_block ORDER BY no",
	[STORE_SQL_ADDRESS_BLOCK_TEXT] = "SELECT text FROM address_block WHERE no = ?1",
	[STORE_SQL_ORIGIN_EXPIRE] = "DELETE FROM origin WHERE last_day < ?1",
	[STORE_SQL_REMOTE_EXPIRE] = "DELETE FROM remote WHERE last_day < ?1",
	[STORE_SQL_GAP_ADD] =
		"INSERT INTO gap (from_unix_ms, until_unix_ms, reason) VALUES (?1, ?2, ?3) "
		"ON CONFLICT (from_unix_ms) DO UPDATE SET until_unix_ms = excluded.until_unix_ms",
	[STORE_SQL_GAP_FIND] =
		"SELECT from_unix_ms, until_unix_ms FROM gap "
		"WHERE from_unix_ms < ?2 AND until_unix_ms > ?1 ORDER BY from_unix_ms LIMIT 1",
	[STORE_SQL_GAP_EXPIRE] = "DELETE FROM gap WHERE until_unix_ms < ?1",

	[STORE_SQL_TEXT_LAST] = "SELECT no, messages, number, subject, tags, message_id "
				"FROM text_block ORDER BY no DESC LIMIT 1",
	[STORE_SQL_TEXT_PUT] =
		"INSERT OR REPLACE INTO text_block (no, lowest_id, highest_id, messages, grams, "
		"subject, number, tags, message_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
	[STORE_SQL_TEXT_WALK] =
		"SELECT no, highest_id, messages, grams "
		"FROM text_block INDEXED BY text_block_by_highest "
		"WHERE highest_id >= ?1 AND lowest_id <= ?2 ORDER BY highest_id DESC",
	[STORE_SQL_TEXT_NUMBER] = "SELECT number FROM text_block WHERE no = ?1",
	[STORE_SQL_TEXT_SUBJECT] = "SELECT subject FROM text_block WHERE no = ?1",
	[STORE_SQL_TEXT_TAGS] = "SELECT tags FROM text_block WHERE no = ?1",
	[STORE_SQL_TEXT_MESSAGE_ID] = "SELECT message_id FROM text_block WHERE no = ?1",
	[STORE_SQL_TEXT_WHOLE] = "SELECT number, subject, tags, message_id FROM text_block "
				 "WHERE no = ?1",
	[STORE_SQL_TEXT_TODO] = "SELECT next_id FROM text_block_todo",
	[STORE_SQL_TEXT_TODO_SET] = "UPDATE text_block_todo SET next_id = ?1",
	[STORE_SQL_TEXT_TODO_DROP] = "DELETE FROM text_block_todo",
	[STORE_SQL_TEXT_MESSAGES] = "SELECT id, origin_id, sender_id, subject, tags, message_id "
				    "FROM message WHERE id >= ?1 ORDER BY id",
	[STORE_SQL_TEXT_ADDRESSES] = "SELECT address_id FROM recipient WHERE message_id = ?1",

	[STORE_SQL_QUEUE_LOAD] =
		"SELECT m.id, o.credential_id, o.credential, m.return_path, s.folded, s.given, "
		"o.from_domain, m.envid, m.ret, m.flags, m.size_bytes, m.expires_unix_ms, "
		"r.no, a.folded, a.given, d.name, r.orcpt, r.notify, r.status, r.attempts, "
		"r.next_attempt_unix_ms, r.delay_told, m.release_unix_ms, r.hold, "
		"m.tags, r.pool, m.by_unix_ms, m.by_mode "
		"FROM message m CROSS JOIN recipient r ON r.message_id = m.id "
		"LEFT JOIN origin o ON o.id = m.origin_id "
		"LEFT JOIN address s ON s.id = m.sender_id "
		"LEFT JOIN address a ON a.id = r.address_id "
		"LEFT JOIN address_domain d ON d.id = a.domain_id "
		"WHERE m.id > ?1 AND m.instance = ?2 AND m.node = ?3 AND r.is_pending = 1 "
		"ORDER BY m.id, r.no",
	[STORE_SQL_BODY_READ] = "SELECT b.head, b.text, b.text_bytes, m.spool_id, m.flags "
				"FROM message m JOIN body b ON b.message_id = m.id WHERE m.id = ?1",

	[STORE_SQL_NOTICE_TOLD] =
		"UPDATE recipient SET notice = 0 WHERE message_id = ?1 AND no = ?2",
	[STORE_SQL_NOTICE_DELAY_TOLD] =
		"UPDATE recipient SET delay_told = 1 WHERE message_id = ?1 AND no = ?2",
	[STORE_SQL_NOTICE_FORGET] =
		"UPDATE recipient SET notice = 0 WHERE message_id = ?1 AND notice <> 0",
	[STORE_SQL_NOTICE_LIST] =
		"SELECT DISTINCT r.message_id FROM recipient r CROSS JOIN message m "
		"ON m.id = r.message_id WHERE r.notice <> 0 AND m.node = ?1",
	[STORE_SQL_NOTICE_MESSAGE] =
		"SELECT o.credential_id, o.credential, s.folded, s.given, m.message_id, "
		"m.subject, m.envid, m.ret, m.flags, m.expires_unix_ms, m.by_unix_ms "
		"FROM message m "
		"LEFT JOIN origin o ON o.id = m.origin_id "
		"LEFT JOIN address s ON s.id = m.sender_id WHERE m.id = ?1",
	[STORE_SQL_NOTICE_RECIPIENTS] =
		"SELECT r.no, a.folded, a.given, r.notify, r.orcpt, r.notice, r.attempts, "
		"r.at_unix_ms, r.kind, r.code, r.enhanced, r.category, e.host, e.address, "
		"r.reply, r.detail, d.name FROM recipient r "
		"LEFT JOIN address a ON a.id = r.address_id "
		"LEFT JOIN address_domain d ON d.id = a.domain_id "
		"LEFT JOIN remote e ON e.id = r.remote_id WHERE r.message_id = ?1 "
		"AND (r.notice <> 0 OR (?2 AND r.is_pending = 1 AND r.delay_told = 0 "
		"AND (r.notify = 0 OR r.notify & ?4))) "
		"ORDER BY r.no LIMIT ?3",

	[STORE_SQL_CREDENTIAL_PUT] =
		"INSERT INTO credential (id, name, is_revoked, is_bulk, fix_bare_line_ends, "
		"may_send_null, from_patterns, salt, iterations, created_unix_ms, "
		"revoked_unix_ms, pool, mutes_notices, refuses_suppressed, " CREDENTIAL_LIMITS
		") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, "
		"?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28) "
		"ON CONFLICT (id) DO UPDATE SET name = excluded.name, "
		"is_revoked = excluded.is_revoked, is_bulk = excluded.is_bulk, "
		"fix_bare_line_ends = excluded.fix_bare_line_ends, "
		"may_send_null = excluded.may_send_null, "
		"from_patterns = excluded.from_patterns, salt = excluded.salt, "
		"iterations = excluded.iterations, created_unix_ms = excluded.created_unix_ms, "
		"revoked_unix_ms = excluded.revoked_unix_ms, pool = excluded.pool, "
		"mutes_notices = excluded.mutes_notices, "
		"refuses_suppressed = excluded.refuses_suppressed, env = excluded.env, "
		"networks = excluded.networks, protocols = excluded.protocols, "
		"rate_count = excluded.rate_count, rate_period_ms = excluded.rate_period_ms, "
		"quota_day = excluded.quota_day, quota_month = excluded.quota_month, "
		"recipients_max = excluded.recipients_max, "
		"size_max_bytes = excluded.size_max_bytes, "
		"expires_unix_ms = excluded.expires_unix_ms, tripwire = excluded.tripwire, "
		"certificates = excluded.certificates, "
		"certificate_only = excluded.certificate_only, revoked_by = excluded.revoked_by",
	/* of another day or month: its count begins anew. A batch that comes late, after
	 * a newer one, counts where that stands */
	[STORE_SQL_CREDENTIAL_USE] =
		"INSERT INTO credential_use (credential_id, day, day_used, month, month_used) "
		"VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (credential_id) DO UPDATE SET "
		"day_used = excluded.day_used + iif(day < excluded.day, 0, day_used), "
		"month_used = excluded.month_used + iif(month < excluded.month, 0, month_used), "
		"day = max(day, excluded.day), month = max(month, excluded.month)",
	[STORE_SQL_SECRET_PUT] =
		"INSERT INTO secret (id, credential_id, label, sha256, stored_key, server_key, "
		"created_unix_ms, ends_unix_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) "
		"ON CONFLICT (id) DO UPDATE SET credential_id = excluded.credential_id, "
		"label = excluded.label, sha256 = excluded.sha256, "
		"stored_key = excluded.stored_key, server_key = excluded.server_key, "
		"created_unix_ms = excluded.created_unix_ms, "
		"ends_unix_ms = excluded.ends_unix_ms",
	[STORE_SQL_SECRET_DELETE] = "DELETE FROM secret WHERE id = ?1",
	[STORE_SQL_DOMAIN_PUT] =
		"INSERT INTO domain (id, name, created_unix_ms, pool, last_key_no, dmarc_fail) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6) "
		"ON CONFLICT (id) DO UPDATE SET name = excluded.name, "
		"created_unix_ms = excluded.created_unix_ms, pool = excluded.pool, "
		"dmarc_fail = excluded.dmarc_fail, "
		"last_key_no = max(last_key_no, excluded.last_key_no)",
	[STORE_SQL_DOMAIN_DELETE] = "DELETE FROM domain WHERE id = ?1",
	[STORE_SQL_DOMAIN_DELETE_KEYS] = "DELETE FROM dkim_key WHERE domain_id = ?1",
	[STORE_SQL_KEY_PUT] =
		"INSERT INTO dkim_key (id, domain_id, selector, pem, state, since_unix_ms, "
		"created_unix_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) "
		"ON CONFLICT (id) DO UPDATE SET domain_id = excluded.domain_id, "
		"selector = excluded.selector, pem = excluded.pem, "
		"state = excluded.state, since_unix_ms = excluded.since_unix_ms, "
		"created_unix_ms = excluded.created_unix_ms",
	[STORE_SQL_KEY_MOVE] =
		"UPDATE dkim_key SET state = ?2, since_unix_ms = ?3 WHERE id = ?1",
	[STORE_SQL_KEY_DELETE] = "DELETE FROM dkim_key WHERE id = ?1",
	[STORE_SQL_HOLD_PUT] =
		"INSERT INTO hold (scope, reason, by, since_unix_ms, until_unix_ms) "
		"VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (scope) DO UPDATE SET "
		"reason = excluded.reason, by = excluded.by, "
		"since_unix_ms = excluded.since_unix_ms, "
		"until_unix_ms = excluded.until_unix_ms",
	[STORE_SQL_HOLD_DELETE] = "DELETE FROM hold WHERE scope = ?1",
	[STORE_SQL_RECIPIENT_MARK_HOLD] =
		"UPDATE recipient SET hold = ?3 WHERE message_id = ?1 AND no = ?2",
	[STORE_SQL_RECIPIENT_MARK_POOL] =
		"UPDATE recipient SET pool = ?3 WHERE message_id = ?1 AND no = ?2",
	[STORE_SQL_TRIPWIRE_PUT] =
		"INSERT INTO tripwire (credential, state, breaches) VALUES (?1, ?2, ?3) "
		"ON CONFLICT (credential) DO UPDATE SET state = excluded.state, "
		"breaches = excluded.breaches",
	[STORE_SQL_DMARC_HOLD_PUT] =
		"INSERT INTO dmarc_hold (domain, since_unix_ms) VALUES (?1, ?2) "
		"ON CONFLICT (domain) DO NOTHING",
	[STORE_SQL_DMARC_HOLD_DELETE] = "DELETE FROM dmarc_hold WHERE domain = ?1",
	[STORE_SQL_DMARC_HOLD_LOAD] = "SELECT domain, since_unix_ms FROM dmarc_hold",
	[STORE_SQL_TRIPWIRE_LOAD] = "SELECT credential, state, breaches FROM tripwire",
	[STORE_SQL_ALERT_PUT] =
		"INSERT INTO alert (key, level, text, since_unix_ms) VALUES (?1, ?2, ?3, ?4) "
		"ON CONFLICT (key) DO UPDATE SET level = excluded.level, text = excluded.text, "
		"since_unix_ms = excluded.since_unix_ms",
	[STORE_SQL_ALERT_DELETE] = "DELETE FROM alert WHERE key = ?1",
	[STORE_SQL_ALERT_LOAD] = "SELECT key, level, text, since_unix_ms FROM alert",
	[STORE_SQL_ALERT_CHANGE_PUT] =
		"INSERT INTO alert_change (no, is_raised, at_unix_ms, text, mailed_unix_ms) "
		"VALUES (?1, ?2, ?3, ?4, 0)",
	[STORE_SQL_ALERT_CHANGE_FORGET] =
		"DELETE FROM alert_change WHERE no <= ?1 AND mailed_unix_ms = 0",
	[STORE_SQL_ALERT_CHANGE_LOAD] =
		"SELECT no, is_raised, at_unix_ms, text, mailed_unix_ms FROM alert_change "
		"ORDER BY no",
	[STORE_SQL_ALERT_MAILED_DROP] = "DELETE FROM alert_change WHERE mailed_unix_ms <> 0",
	[STORE_SQL_ALERT_MAILED] =
		"UPDATE alert_change SET mailed_unix_ms = ?2 WHERE no <= ?1",
	[STORE_SQL_AUDIT_ADD] =
		"INSERT INTO audit (id, at_unix_ms, uid, who, via, action, object, detail) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	[STORE_SQL_SECRET_USED] =
		"UPDATE secret SET last_used_unix_ms = ?2, last_used_address = ?3 "
		"WHERE id = ?1 AND last_used_unix_ms < ?2",
	[STORE_SQL_CREDENTIAL_LOAD] =
		"SELECT id, name, is_revoked, is_bulk, fix_bare_line_ends, may_send_null, "
		"from_patterns, salt, iterations, created_unix_ms, revoked_unix_ms, "
		"pool, mutes_notices, refuses_suppressed, " CREDENTIAL_LIMITS
		", u.day, u.day_used, u.month, u.month_used FROM credential "
		"LEFT JOIN credential_use u ON u.credential_id = id ORDER BY id",
	[STORE_SQL_SECRET_LOAD] =
		"SELECT id, credential_id, label, sha256, stored_key, server_key, "
		"created_unix_ms, ends_unix_ms, last_used_unix_ms, last_used_address "
		"FROM secret ORDER BY id",
	[STORE_SQL_DOMAIN_LOAD] = "SELECT id, name, created_unix_ms, pool, last_key_no, dmarc_fail "
				  "FROM domain ORDER BY id",
	[STORE_SQL_KEY_LOAD] = "SELECT id, domain_id, selector, pem, state, since_unix_ms, "
			       "created_unix_ms FROM dkim_key ORDER BY id",
	/* what has no end is not weakened by what has one; a later end counts */
	[STORE_SQL_SUPPRESSION_PUT] =
		"INSERT INTO suppression (address, scope, reason, since_unix_ms, until_unix_ms, "
		"by, detail, message_id, site, code, enhanced, category, reply) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) "
		"ON CONFLICT (address, scope) DO UPDATE SET reason = excluded.reason, "
		"since_unix_ms = excluded.since_unix_ms, until_unix_ms = excluded.until_unix_ms, "
		"by = excluded.by, detail = excluded.detail, message_id = excluded.message_id, "
		"site = excluded.site, code = excluded.code, enhanced = excluded.enhanced, "
		"category = excluded.category, reply = excluded.reply "
		"WHERE suppression.reason NOT IN (1, 2) AND (excluded.reason IN (1, 2) "
		"OR (suppression.until_unix_ms <> 0 AND (excluded.until_unix_ms = 0 "
		"OR excluded.until_unix_ms > suppression.until_unix_ms)))",
	[STORE_SQL_SUPPRESSION_DELETE] = "DELETE FROM suppression WHERE id = ?1",
	[STORE_SQL_SUPPRESSION_LOAD] = "SELECT " SUPPRESSION_COLUMNS " FROM suppression",
	[STORE_SQL_SUPPRESSION_LIST] =
		"SELECT " SUPPRESSION_COLUMNS " FROM suppression WHERE id < ?1 "
		SUPPRESSION_CONDITIONS "AND " SUPPRESSION_ADDRESSES "ORDER BY id DESC LIMIT ?2",
	[STORE_SQL_SUPPRESSION_FIND] =
		"SELECT " SUPPRESSION_COLUMNS " FROM suppression "
		"WHERE address IN (?8, ?9) AND id < ?1 " SUPPRESSION_CONDITIONS
		"ORDER BY id DESC LIMIT ?2",
	[STORE_SQL_SUPPRESSION_READ] =
		"SELECT " SUPPRESSION_COLUMNS " FROM suppression WHERE id = ?1",
	[STORE_SQL_SUPPRESSION_IDS] =
		"SELECT id FROM suppression WHERE id > ?1 "
		SUPPRESSION_CONDITIONS "AND " SUPPRESSION_ADDRESSES,
	/* the index of UNIQUE has all it asks for: a fifth of the table's pages */
	[STORE_SQL_SUPPRESSION_ADDRESSES] =
		"SELECT id FROM suppression INDEXED BY sqlite_autoindex_suppression_1 "
		"WHERE (?6 IS NULL OR scope = ?6) AND " SUPPRESSION_ADDRESSES,
	[STORE_SQL_SUPPRESSION_LAST] = "SELECT max(id) FROM suppression",
	[STORE_SQL_SOFT_FAILURE_ADD] =
		"INSERT INTO soft_failure (address, first_unix_ms, last_unix_ms, count) "
		"VALUES (?1, ?2, ?2, 1) ON CONFLICT (address) DO UPDATE SET last_unix_ms = ?2, "
		"count = CASE WHEN last_unix_ms < ?3 THEN 1 ELSE count + 1 END, "
		"first_unix_ms = CASE WHEN last_unix_ms < ?3 THEN ?2 ELSE first_unix_ms END",
	[STORE_SQL_SOFT_FAILURE_READ] =
		"SELECT first_unix_ms, count FROM soft_failure WHERE address = ?1",
	[STORE_SQL_SOFT_FAILURE_DROP] = "DELETE FROM soft_failure WHERE address = ?1",
	[STORE_SQL_SOFT_FAILURE_ANY] = "SELECT 1 FROM soft_failure LIMIT 1",
	[STORE_SQL_PACE_PUT] =
		"INSERT OR REPLACE INTO pace (site, target_micro, settled_micro, crowd, "
		"window_low, session, crowd_unix_ms, session_unix_ms, pause_until_unix_ms, "
		"single_until_unix_ms, failures, backoff_until_unix_ms, code, enhanced, "
		"category, reply, cause, stop, history) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, "
		"?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)",
	[STORE_SQL_PACE_DELETE] = "DELETE FROM pace WHERE site = ?1",
	[STORE_SQL_PACE_LOAD] =
		"SELECT site, target_micro, settled_micro, crowd, window_low, session, "
		"crowd_unix_ms, session_unix_ms, pause_until_unix_ms, single_until_unix_ms, "
		"failures, backoff_until_unix_ms, code, enhanced, category, reply, cause, stop, "
		"history FROM pace",
	[STORE_SQL_THROTTLE_PUT] =
		"INSERT OR REPLACE INTO throttle (scope, quantity, value, reason, by, "
		"since_unix_ms, until_unix_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	[STORE_SQL_THROTTLE_DELETE] = "DELETE FROM throttle WHERE scope = ?1 AND quantity = ?2",
	[STORE_SQL_THROTTLE_LOAD] = "SELECT scope, quantity, value, reason, by, since_unix_ms, "
				    "until_unix_ms FROM throttle",
	[STORE_SQL_MIGRATION_PUT] = "INSERT OR REPLACE INTO migration (" MIGRATION_COLUMNS ") "
				    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
	[STORE_SQL_MIGRATION_LOAD] = "SELECT " MIGRATION_COLUMNS " FROM migration",
	[STORE_SQL_MIGRATION_EVIDENCE_PUT] =
		"INSERT OR REPLACE INTO migration_evidence (" MIGRATION_EVIDENCE_COLUMNS ") "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	[STORE_SQL_MIGRATION_EVIDENCE_LOAD] =
		"SELECT " MIGRATION_EVIDENCE_COLUMNS " FROM migration_evidence",
	[STORE_SQL_MIGRATION_RESULT_PUT] =
		"INSERT OR REPLACE INTO migration_result (" MIGRATION_RESULT_COLUMNS ") "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
	[STORE_SQL_MIGRATION_RESULT_LOAD] =
		"SELECT " MIGRATION_RESULT_COLUMNS " FROM migration_result",
	[STORE_SQL_WARMUP_PUT] =
		"INSERT OR REPLACE INTO warmup (" WARMUP_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, "
		"?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)",
	[STORE_SQL_WARMUP_LOAD] = "SELECT " WARMUP_COLUMNS " FROM warmup",
	[STORE_SQL_SOURCE_STOP_PUT] =
		"INSERT OR REPLACE INTO source_stop (address, what, reason, by, since_unix_ms, "
		"until_unix_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	[STORE_SQL_SOURCE_STOP_DELETE] =
		"DELETE FROM source_stop WHERE address = ?1 AND what = ?2",
	[STORE_SQL_SOURCE_STOP_LOAD] =
		"SELECT address, what, reason, by, since_unix_ms, until_unix_ms FROM source_stop",
	[STORE_SQL_HOLD_LOAD] = "SELECT scope, reason, by, since_unix_ms, until_unix_ms FROM hold "
				"ORDER BY scope",
	[STORE_SQL_SECRET_LIST] = "SELECT id, credential_id, label, created_unix_ms, ends_unix_ms, "
				  "last_used_unix_ms, last_used_address FROM secret "
				  "WHERE ?1 = 0 OR credential_id = ?1 ORDER BY id LIMIT ?2",
	[STORE_SQL_AUDIT_LIST] =
		"SELECT id, at_unix_ms, uid, who, via, action, object, detail FROM audit "
		"WHERE id < ?1 ORDER BY id DESC LIMIT ?2",

	[STORE_SQL_FIND_BY_ADDRESS] =
		FIND_COLUMNS FIND_FROM_RECIPIENT "WHERE r.address_id = ?5 " FIND_PAGE,
	[STORE_SQL_FIND_BY_HASH] =
		FIND_COLUMNS FIND_FROM_MESSAGE "WHERE m.message_hash = ?5 " FIND_MESSAGE_PAGE,
	[STORE_SQL_FIND_BY_SENDER] =
		FIND_COLUMNS FIND_FROM_MESSAGE "WHERE m.sender_id = ?5 " FIND_MESSAGE_PAGE,
	[STORE_SQL_FIND_BY_TAG] = FIND_COLUMNS
	"FROM tag t CROSS JOIN message m ON m.id = t.message_id "
	"CROSS JOIN recipient r ON r.message_id = t.message_id WHERE t.tag = ?5 "
	"AND t.message_id <= ?1 AND t.message_id >= ?3 "
	"AND (t.message_id < ?1 OR r.no >= ?2) "
	"ORDER BY t.message_id DESC, r.no LIMIT ?4",
	[STORE_SQL_FIND_FAILED] = FIND_COLUMNS FIND_FROM_RECIPIENT "WHERE r.status <> 4 " FIND_PAGE,
	[STORE_SQL_FIND_ALL] = FIND_COLUMNS FIND_FROM_MESSAGE "WHERE 1 " FIND_MESSAGE_PAGE,
	[STORE_SQL_FIND_BY_ID] =
		FIND_COLUMNS FIND_FROM_MESSAGE "WHERE m.id = ?5 " FIND_MESSAGE_PAGE,
	[STORE_SQL_FIND_RELAY_EVENTS] = FIND_RELAY_EVENTS NEWEST_EVENT_FIRST,
	[STORE_SQL_FIND_RELAY_EVENTS_BY_ADDRESS] =
		FIND_RELAY_EVENTS "AND address_id = ?7 " NEWEST_EVENT_FIRST,
	[STORE_SQL_FIND_ONE] =
		FIND_COLUMNS FIND_FROM_RECIPIENT "WHERE r.message_id = ?1 AND r.no = ?2",
	[STORE_SQL_FIND_EVENTS] =
		"SELECT " EVENT_COLUMNS " FROM event WHERE message_id = ?1 AND no = ?2",

	[STORE_SQL_ADDRESS_READ] = "SELECT folded, given FROM address WHERE id = ?1",
	[STORE_SQL_ORIGIN_READ] =
		"SELECT credential, from_domain, client_address, client_name, tls, signature "
		"FROM origin WHERE id = ?1",
	[STORE_SQL_REMOTE_READ] =
		"SELECT site, host, address, source_address, tls_version, tls_verified "
		"FROM remote WHERE id = ?1",
	[STORE_SQL_ADDRESS_EXACT] = "SELECT id, folded FROM address WHERE folded = ?1",
	[STORE_SQL_ADDRESS_PREFIX] =
		"SELECT id, folded FROM address WHERE folded >= ?1 AND folded < ?2",
	[STORE_SQL_ADDRESS_IN_DOMAIN] =
		"SELECT a.id, a.folded FROM address_domain d CROSS JOIN address a "
		"ON a.domain_id = d.id WHERE d.name = ?1",
	[STORE_SQL_ADDRESS_USES] = "SELECT count(*) FROM recipient WHERE address_id = ?1",
	[STORE_SQL_ORIGIN_SCAN] = "SELECT id FROM origin WHERE credential = ?1",
	[STORE_SQL_ORIGIN_OF_CLIENT] = "SELECT id FROM origin WHERE client_address = ?1",
	[STORE_SQL_ORIGIN_OF_DOMAIN] = "SELECT id FROM origin WHERE from_domain = ?1",
	[STORE_SQL_SENT_ORIGINS] =
		"SELECT id, secret_id, client_address, from_domain, client_name FROM origin "
		"WHERE credential = ?1",
	[STORE_SQL_SENT_PAGE] = "SELECT id, origin_id, sender_id FROM message WHERE id < ?1 "
				"AND id >= ?2 ORDER BY id DESC LIMIT ?3",
	[STORE_SQL_SENT_RECIPIENTS] =
		"SELECT address_id, status FROM recipient WHERE message_id = ?1",
	[STORE_SQL_SENT_DOMAIN] = "SELECT d.name FROM address a JOIN address_domain d "
				  "ON d.id = a.domain_id WHERE a.id = ?1",
	/* the inner rows are a page; the reply of one delivered is not wanted */
	[STORE_SQL_REPORT_PAGE] =
		"SELECT r.message_id, r.no, r.address_id, r.status, r.kind, r.at_unix_ms, r.code, "
		"r.category, r.remote_id, iif(r.status = 4, NULL, r.reply), m.origin_id, "
		"m.size_bytes, e.kind, e.code, e.category, e.remote_id, e.reply "
		"FROM (SELECT * FROM recipient WHERE (message_id, no) < (?1, ?2) "
		"AND message_id >= ?3 ORDER BY message_id DESC, no DESC LIMIT ?4) r "
		"CROSS JOIN message m ON m.id = r.message_id "
		"LEFT JOIN event e ON e.message_id = r.message_id AND e.no = r.no",
	[STORE_SQL_REPORT_DOMAIN] = "SELECT domain_id FROM address WHERE id = ?1",
	[STORE_SQL_REPORT_DOMAIN_NAME] = "SELECT name FROM address_domain WHERE id = ?1",
	[STORE_SQL_REPORT_COMPLAINTS] =
		"SELECT a.id, s.since_unix_ms FROM suppression s CROSS JOIN address a "
		"ON a.folded = s.address WHERE s.reason = ?1 AND s.since_unix_ms >= ?2 LIMIT ?3",
	[STORE_SQL_REMOTE_SCAN] = "SELECT id FROM remote WHERE address = ?1",
};
