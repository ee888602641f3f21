/* store_search_filter.c - does this row answer the question?
 *
 * Conditions on interned texts become sets of ids first (one look-up, a range, or
 * one walk over the distinct addresses, however many rows name them); a row is
 * then judged by bits and numbers, and by its own texts last. Reading threads. */
#include <string.h>
#include "store/store_search_private.h"

static const char *
fold(struct arena *arena, const char *text)
{
	char *folded = arena_strdup(arena, text);

	for (char *p = folded; p != NULL && *p != 0; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + 32);
	return folded;
}

/* ---- texts to ids -------------------------------------------------------------------- */

static int
add_ids(struct store_reader *reader, sqlite3_stmt *stmt, struct store_id_set *set, struct err *err)
{
	int step;

	set->is_active = true;
	while ((step = store_db_step(&reader->db, stmt, err)) > 0)
		store_id_set_add(set, store_db_int(stmt, 0));
	return step;
}

static int
add_ids_of(struct store_reader *reader, enum store_sql sql, const char *text,
	   struct store_id_set *set, struct err *err)
{
	sqlite3_stmt *stmt = store_db_stmt(&reader->db, sql);

	store_db_bind_text(stmt, 1, text);
	return add_ids(reader, stmt, set, err);
}

static int
add_prefix(struct store_reader *reader, struct arena *arena, const char *prefix,
	   struct store_id_set *set, struct err *err)
{
	sqlite3_stmt *stmt = store_db_stmt(&reader->db, STORE_SQL_ADDRESS_PREFIX);

	store_db_bind_text(stmt, 1, prefix);
	/* no UTF-8 text has a byte 0xff: everything with the prefix sorts below */
	store_db_bind_text(stmt, 2, arena_printf(arena, "%s\xff", prefix));
	return add_ids(reader, stmt, set, err);
}

/* ---- parts of addresses ---------------------------------------------------------------- */

struct containing { /* all that are asked for, so that one walk finds them */
	struct store_needle needle[STORE_QUERY_WORDS_MAX + 2];
	struct store_id_set *set[STORE_QUERY_WORDS_MAX + 2];
	size_t count;
};

static void
want_containing(struct containing *containing, struct arena *arena, const char *text,
		struct store_id_set *set)
{
	set->is_active = true;
	store_needle_init(&containing->needle[containing->count], text, arena);
	containing->set[containing->count++] = set;
}

static void
add_lines_with(const struct store_needle *needle, int64_t first_id, struct span lines,
	       struct store_id_set *set)
{
	uint64_t bits[STORE_ADDRESS_BLOCK / 64] = { 0 };

	store_needle_mark(needle, lines, bits, STORE_ADDRESS_BLOCK);
	for (int64_t word = 0; word < STORE_ADDRESS_BLOCK / 64; word++)
		for (uint64_t rest = bits[word]; rest != 0; rest &= rest - 1) {
			int64_t id = first_id + word * 64 + __builtin_ctzll(rest);

			if (id > 0) /* the line of none is empty, and so may be what is asked */
				store_id_set_add(set, id);
		}
}

static void
add_lines(void *arg, int64_t first_id, struct span lines)
{
	const struct containing *containing = arg;

	for (size_t i = 0; i < containing->count; i++)
		add_lines_with(&containing->needle[i], first_id, lines, containing->set[i]);
}

static int
resolve_address(struct store_reader *reader, struct arena *arena, const struct store_text *text,
		struct store_id_set *set, struct containing *containing, struct err *err)
{
	const char *folded = fold(arena, text->text);

	switch (text->match) {
	case STORE_MATCH_EXACT:
		return add_ids_of(reader, STORE_SQL_ADDRESS_EXACT, folded, set, err);
	case STORE_MATCH_PREFIX:
		return add_prefix(reader, arena, folded, set, err);
	case STORE_MATCH_SUBSTRING:
		want_containing(containing, arena, folded, set);
		return 0;
	default:
		return 0;
	}
}

/* resolve_texts - what is exact by the index, all parts by one walk over all addresses. */
static int
resolve_texts(struct store_filter *filter, struct store_reader *reader, struct arena *arena,
	      struct err *err)
{
	const struct store_query *query = filter->query;
	struct containing containing = { .count = 0 };

	if (resolve_address(reader, arena, &query->recipient, &filter->recipient, &containing,
			    err) != 0 ||
	    resolve_address(reader, arena, &query->sender, &filter->sender, &containing, err) != 0)
		return -1;
	for (size_t i = 0; i < query->words && i < STORE_QUERY_WORDS_MAX; i++)
		want_containing(&containing, arena, query->word[i], &filter->word[i]);
	if (containing.count == 0)
		return 0;
	return store_address_walk(reader, containing.needle, containing.count, add_lines,
				  &containing, err);
}

static int
resolve_numbers(struct store_filter *filter, struct store_reader *reader, struct arena *arena,
		struct err *err)
{
	const struct store_query *query = filter->query;

	if (query->recipient_domain != NULL &&
	    add_ids_of(reader, STORE_SQL_ADDRESS_IN_DOMAIN, fold(arena, query->recipient_domain),
		       &filter->domain, err) != 0)
		return -1;
	if (query->sender_domain != NULL &&
	    (add_ids_of(reader, STORE_SQL_ADDRESS_IN_DOMAIN, fold(arena, query->sender_domain),
			&filter->sender_domain, err) != 0 ||
	     add_ids_of(reader, STORE_SQL_ORIGIN_OF_DOMAIN, fold(arena, query->sender_domain),
			&filter->from_domain, err) != 0))
		return -1;
	if (query->credential != NULL &&
	    add_ids_of(reader, STORE_SQL_ORIGIN_SCAN, query->credential, &filter->credential,
		       err) != 0)
		return -1;
	if (query->remote_address != NULL &&
	    (add_ids_of(reader, STORE_SQL_ORIGIN_OF_CLIENT, query->remote_address, &filter->client,
			err) != 0 ||
	     add_ids_of(reader, STORE_SQL_REMOTE_SCAN, query->remote_address, &filter->remote,
			err) != 0))
		return -1;
	return 0;
}

int
store_filter_init(struct store_filter *filter, struct store_reader *reader,
		  const struct store_query *query, struct arena *arena, struct err *err)
{
	*filter = (struct store_filter){ .query = query };
	filter->statuses = query->statuses != 0 ? query->statuses : ~0u;
	filter->excludes_messages = filter->statuses == 1u << MAIL_STATUS_REJECTED;
	/* a rejection has no message: nothing of these is known about it */
	filter->excludes_events = !(filter->statuses & 1u << MAIL_STATUS_REJECTED) ||
				  query->id != 0 || query->message_id != NULL ||
				  query->tag != NULL || query->sender.match != STORE_MATCH_NONE ||
				  query->subject.match != STORE_MATCH_NONE;
	if (resolve_numbers(filter, reader, arena, err) != 0)
		return -1;
	return resolve_texts(filter, reader, arena, err);
}

void
store_filter_swap_word(struct store_filter *filter, const struct store_query *query)
{
	struct store_id_set set = filter->recipient;

	filter->recipient = filter->word[0];
	filter->word[0] = set;
	filter->query = query;
}

void
store_filter_deinit(struct store_filter *filter)
{
	store_id_set_deinit(&filter->recipient);
	store_id_set_deinit(&filter->domain);
	store_id_set_deinit(&filter->sender);
	store_id_set_deinit(&filter->sender_domain);
	store_id_set_deinit(&filter->from_domain);
	store_id_set_deinit(&filter->credential);
	store_id_set_deinit(&filter->client);
	store_id_set_deinit(&filter->remote);
	for (int i = 0; i < STORE_QUERY_WORDS_MAX; i++)
		store_id_set_deinit(&filter->word[i]);
}

/* ---- rows ------------------------------------------------------------------------------ */

static bool
text_passes(const struct store_text *wanted, const char *text)
{
	if (wanted->match == STORE_MATCH_NONE)
		return true;
	if (text == NULL)
		return false;
	if (wanted->match == STORE_MATCH_EXACT)
		return strcasecmp(text, wanted->text) == 0;
	if (wanted->match == STORE_MATCH_PREFIX)
		return strncasecmp(text, wanted->text, strlen(wanted->text)) == 0;
	return strcasestr(text, wanted->text) != NULL;
}

static bool
tags_have(const char *tags, const char *wanted)
{
	struct span rest = span_of(tags);

	while (rest.n > 0)
		if (span_is(span_cut(rest, STORE_TAG_SEPARATOR, &rest), wanted))
			return true;
	return false;
}

static bool
contains(const char *text, const char *word)
{
	return text != NULL && strcasestr(text, word) != NULL;
}

static bool
words_pass(const struct store_filter *filter, sqlite3_stmt *row)
{
	const struct store_query *query = filter->query;

	for (size_t i = 0; i < query->words && i < STORE_QUERY_WORDS_MAX; i++)
		if (!store_id_set_has(&filter->word[i], store_db_int(row, FIND_ADDRESS)) &&
		    !store_id_set_has(&filter->word[i], store_db_int(row, FIND_SENDER)) &&
		    !contains(store_db_text(row, FIND_SUBJECT), query->word[i]) &&
		    !contains(store_db_text(row, FIND_TAGS), query->word[i]) &&
		    !contains(store_db_text(row, FIND_MESSAGE_ID), query->word[i]))
			return false;
	return true;
}

static bool
outcome_passes(const struct store_filter *filter, sqlite3_stmt *row, int code_column,
	       int category_column)
{
	const struct store_query *query = filter->query;

	return (query->code == 0 || store_db_int(row, code_column) == query->code) &&
	       (query->category == VERDICT_NONE ||
		store_db_int(row, category_column) == query->category);
}

static bool
numbers_pass(const struct store_filter *filter, sqlite3_stmt *row)
{
	int64_t address = store_db_int(row, FIND_ADDRESS), origin = store_db_int(row, FIND_ORIGIN);
	const struct store_query *query = filter->query;

	return (filter->statuses >> store_found_status(row) & 1) &&
	       store_id_set_passes(&filter->recipient, address) &&
	       store_id_set_passes(&filter->domain, address) &&
	       store_id_set_passes(&filter->sender, store_db_int(row, FIND_SENDER)) &&
	       (query->sender_domain == NULL ||
		store_id_set_has(&filter->sender_domain, store_db_int(row, FIND_SENDER)) ||
		store_id_set_has(&filter->from_domain, origin)) &&
	       store_id_set_passes(&filter->credential, origin) &&
	       outcome_passes(filter, row, FIND_CODE, FIND_CATEGORY) &&
	       (query->remote_address == NULL || store_id_set_has(&filter->client, origin) ||
		store_id_set_has(&filter->remote, store_db_int(row, FIND_REMOTE)));
}

bool
store_filter_passes_row(const struct store_filter *filter, sqlite3_stmt *row)
{
	const struct store_query *query = filter->query;
	const char *message_id;

	if (!numbers_pass(filter, row))
		return false;
	if (query->message_id != NULL) {
		message_id = store_db_text(row, FIND_MESSAGE_ID);
		if (message_id == NULL || strcmp(message_id, query->message_id) != 0)
			return false;
	}
	return (query->tag == NULL || tags_have(store_db_text(row, FIND_TAGS), query->tag)) &&
	       text_passes(&query->subject, store_db_text(row, FIND_SUBJECT)) &&
	       words_pass(filter, row);
}

static bool
event_words_pass(const struct store_filter *filter, sqlite3_stmt *row, int64_t address)
{
	const struct store_query *query = filter->query;

	for (size_t i = 0; i < query->words && i < STORE_QUERY_WORDS_MAX; i++)
		if (!store_id_set_has(&filter->word[i], address) &&
		    !contains(store_db_text(row, RELAY_EVENT_SENDER_DOMAIN), query->word[i]) &&
		    !contains(store_db_text(row, RELAY_EVENT_DETAIL), query->word[i]))
			return false;
	return true;
}

bool
store_filter_passes_event(const struct store_filter *filter, sqlite3_stmt *row)
{
	const struct store_query *query = filter->query;
	int64_t address = store_db_int(row, RELAY_EVENT_ADDRESS);
	const char *credential = store_db_text(row, RELAY_EVENT_CREDENTIAL);
	const char *from = store_db_text(row, RELAY_EVENT_SENDER_DOMAIN);

	if (query->sender_domain != NULL &&
	    (from == NULL || strcasecmp(from, query->sender_domain) != 0))
		return false;
	return store_id_set_passes(&filter->recipient, address) &&
	       store_id_set_passes(&filter->domain, address) &&
	       outcome_passes(filter, row, RELAY_EVENT_CODE, RELAY_EVENT_CATEGORY) &&
	       (query->credential == NULL ||
		(credential != NULL && strcmp(credential, query->credential) == 0)) &&
	       (query->remote_address == NULL ||
		store_id_set_has(&filter->remote, store_db_int(row, RELAY_EVENT_REMOTE))) &&
	       event_words_pass(filter, row, address);
}
