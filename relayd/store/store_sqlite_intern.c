/* store_sqlite_intern.c - texts that repeat, stored once: addresses, the way a
 * message came in (origin), the way an attempt went out (remote).
 *
 * Part of stage 4 and of recording. What was used lately is remembered
 * (store_intern.h), so a repeated address costs no statement. A row is marked
 * with the last day that names it, at most once a day, so that expiry can drop
 * what no kept day names any more. Store thread, inside a batch. */
#include <string.h>
#include "base/mem.h"
#include "base/must.h"
#include "store/store_sqlite_private.h"

#define KEY_SEPARATOR "\x1f"

void
store_sqlite_intern_clear(struct store_writer *writer)
{
	store_intern_clear(writer->address);
	store_intern_clear(writer->origin);
	store_intern_clear(writer->remote);
	store_intern_clear(writer->domain_name);
}

/* touch - the row is named by a message of that day: mark it, once a day. */
static int
touch(struct store_writer *writer, enum store_sql sql, int64_t id, int64_t day, struct err *err)
{
	sqlite3_stmt *stmt = store_db_stmt(&writer->db, sql);

	store_db_bind_int(stmt, 1, id);
	store_db_bind_int(stmt, 2, day);
	return store_db_done(&writer->db, stmt, err);
}

/* known - remembered, and marked with this day or a later one? */
static int
known(struct store_writer *writer, struct store_intern *intern, struct span key,
      enum store_sql touch_sql, int64_t day, int64_t *id_out, struct err *err)
{
	int64_t last_day;

	if (!store_intern_get(intern, key, id_out, &last_day))
		return 0;
	if (last_day >= day)
		return 1;
	if (touch(writer, touch_sql, *id_out, day, err) != 0)
		return -1;
	store_intern_put(intern, key, *id_out, day);
	return 1;
}

static int
intern_domain_name(struct store_writer *writer, struct span name, int64_t *id_out, struct err *err)
{
	sqlite3_stmt *stmt;
	int64_t day;
	int step;

	if (store_intern_get(writer->domain_name, name, id_out, &day))
		return 0;
	stmt = store_db_stmt(&writer->db, STORE_SQL_DOMAIN_NAME_FIND);
	store_db_bind_span(stmt, 1, name);
	step = store_db_step(&writer->db, stmt, err);
	if (step > 0) {
		*id_out = store_db_int(stmt, 0);
		store_db_reset(stmt);
	} else if (step == 0) {
		stmt = store_db_stmt(&writer->db, STORE_SQL_DOMAIN_NAME_ADD);
		store_db_bind_span(stmt, 1, name);
		step = store_db_done(&writer->db, stmt, err);
		*id_out = sqlite3_last_insert_rowid(writer->db.sql);
	}
	if (step < 0)
		return -1;
	store_intern_put(writer->domain_name, name, *id_out, 0);
	return 0;
}

/* find_address - 1: found, 0: there is none. Several rows may share the folded
 * form and differ in what was given. */
static int
find_address(struct store_writer *writer, const char *address, struct span folded, int64_t *id_out,
	     int64_t *last_day_out, struct err *err)
{
	sqlite3_stmt *stmt = store_db_stmt(&writer->db, STORE_SQL_ADDRESS_FIND);
	int step;

	store_db_bind_span(stmt, 1, folded);
	while ((step = store_db_step(&writer->db, stmt, err)) > 0) {
		const char *given = store_db_text(stmt, 1);

		if (given != NULL ? strcmp(given, address) == 0 : span_is(folded, address)) {
			*id_out = store_db_int(stmt, 0);
			*last_day_out = store_db_int(stmt, 2);
			store_db_reset(stmt);
			return 1;
		}
	}
	return step;
}

static int
add_address(struct store_writer *writer, const char *address, struct span folded, int64_t domain_id,
	    int64_t day, int64_t *id_out, struct err *err)
{
	sqlite3_stmt *stmt = store_db_stmt(&writer->db, STORE_SQL_ADDRESS_ADD);

	store_db_bind_span(stmt, 1, folded);
	store_db_bind_text(stmt, 2, span_is(folded, address) ? NULL : address);
	store_db_bind_int(stmt, 3, domain_id);
	store_db_bind_int(stmt, 4, day);
	if (store_db_done(&writer->db, stmt, err) != 0)
		return -1;
	*id_out = sqlite3_last_insert_rowid(writer->db.sql);
	if (writer->address_log.largest >= 0)
		writer->address_log.largest = *id_out; /* ids ascend */
	return 0;
}

/* fold - ASCII lower case into the writer's scratch buffer. */
static struct span
fold(struct store_writer *writer, const char *text)
{
	size_t n = strlen(text);
	char *p;

	buf_clear(&writer->key);
	p = buf_reserve(&writer->key, n + 1);
	must(p != NULL); /* addresses were capped by the command parser */
	for (size_t i = 0; i < n; i++)
		p[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] + 32) : text[i];
	buf_commit(&writer->key, n);
	return buf_span(&writer->key);
}

/* domain_of - what follows the last @ of a folded address. */
static struct span
domain_of(struct span folded)
{
	const char *at = memrchr(folded.p, '@', folded.n);

	if (at == NULL)
		return span_of("");
	return (struct span){ at + 1, folded.n - (size_t)(at + 1 - folded.p) };
}

int
store_sqlite_intern_address(struct store_writer *writer, const char *address, const char *domain,
			    int64_t day, int64_t *id_out, struct err *err)
{
	struct span key = span_of(address), folded;
	int64_t domain_id, last_day = 0;
	int found;

	found = known(writer, writer->address, key, STORE_SQL_ADDRESS_TOUCH, day, id_out, err);
	if (found != 0)
		return found < 0 ? -1 : 0;
	folded = fold(writer, address);
	found = find_address(writer, address, folded, id_out, &last_day, err);
	if (found < 0)
		return -1;
	if (found == 0 &&
	    (intern_domain_name(writer, domain != NULL ? span_of(domain) : domain_of(folded),
				&domain_id, err) != 0 ||
	     add_address(writer, address, folded, domain_id, day, id_out, err) != 0))
		return -1;
	if (found > 0 && last_day < day &&
	    touch(writer, STORE_SQL_ADDRESS_TOUCH, *id_out, day, err) != 0)
		return -1;
	store_intern_put(writer->address, key, *id_out, last_day > day ? last_day : day);
	return 0;
}

static void
join(struct buf *key, const char *text)
{
	int done = buf_append_text(key, text);

	must(done == 0 && buf_append_text(key, KEY_SEPARATOR) == 0);
}

/* intern_row - the part origin and remote share: `find` and `add` have the same
 * parameters, `add` one more, the day. */
static int
intern_row(struct store_writer *writer, struct store_intern *intern, const enum store_sql sql[3],
	   const char *const *text, int texts, const int64_t *number, int numbers, int64_t day,
	   int64_t *id_out, struct err *err)
{
	struct buf *key = &writer->key;
	sqlite3_stmt *stmt;
	int64_t last_day = 0;
	int found;

	buf_clear(key);
	for (int i = 0; i < numbers; i++)
		must(buf_append(key, &number[i], sizeof number[i]) == 0);
	for (int i = 0; i < texts; i++)
		join(key, store_or_empty(text[i]));
	found = known(writer, intern, buf_span(key), sql[2], day, id_out, err);
	if (found != 0)
		return found < 0 ? -1 : 0;
	for (int add = 0; add <= 1 && found == 0; add++) {
		stmt = store_db_stmt(&writer->db, sql[add]);
		for (int i = 0; i < numbers; i++)
			store_db_bind_int(stmt, i + 1, number[i]);
		for (int i = 0; i < texts; i++)
			store_db_bind_text(stmt, numbers + i + 1, store_or_empty(text[i]));
		if (add)
			store_db_bind_int(stmt, numbers + texts + 1, day);
		found = store_db_step(&writer->db, stmt, err);
		if (found < 0)
			return -1;
		if (found > 0) {
			*id_out = store_db_int(stmt, 0);
			last_day = store_db_int(stmt, 1);
			store_db_reset(stmt);
			if (last_day < day && touch(writer, sql[2], *id_out, day, err) != 0)
				return -1;
		} else if (add) {
			*id_out = sqlite3_last_insert_rowid(writer->db.sql);
		}
	}
	store_intern_put(intern, buf_span(key), *id_out, last_day > day ? last_day : day);
	return 0;
}

int
store_sqlite_intern_origin(struct store_writer *writer, const struct mail_message *message,
			   uint64_t secret_id, int64_t day, int64_t *id_out, struct err *err)
{
	static const enum store_sql sql[3] = { STORE_SQL_ORIGIN_FIND, STORE_SQL_ORIGIN_ADD,
					       STORE_SQL_ORIGIN_TOUCH };
	const int64_t number[] = { (int64_t)message->credential_id, (int64_t)secret_id };
	const char *const text[] = {
		message->credential,  message->from_domain, message->client_address,
		message->client_name, message->tls,	    message->signature
	};

	return intern_row(writer, writer->origin, sql, text, 6, number, 2, day, id_out, err);
}

int
store_sqlite_intern_remote(struct store_writer *writer, const struct mail_event *event, int64_t day,
			   int64_t *id_out, struct err *err)
{
	static const enum store_sql sql[3] = { STORE_SQL_REMOTE_FIND, STORE_SQL_REMOTE_ADD,
					       STORE_SQL_REMOTE_TOUCH };
	const char *const text[] = { event->site,
				     event->remote_host,
				     event->remote_address,
				     event->source_address,
				     event->tls_version == NULL	  ? ""
				     : event->tls_version[0] == 0 ? "-" /* plain */
								  : event->tls_version,
				     event->tls_verified };

	if (event->site == NULL && event->remote_host == NULL && event->remote_address == NULL &&
	    event->source_address == NULL && event->tls_version == NULL) {
		*id_out = 0;
		return 0;
	}
	return intern_row(writer, writer->remote, sql, text, 6, NULL, 0, day, id_out, err);
}
