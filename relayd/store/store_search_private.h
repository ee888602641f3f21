/* store_search_private.h - one search under way, shared by store_sqlite_search.c
 * (where to look), store_search_filter.c (what passes) and store_search_text.c (which
 * messages have a text) only. */
#ifndef STORE_STORE_SEARCH_PRIVATE_H
#define STORE_STORE_SEARCH_PRIVATE_H

#include "store/store_id_set.h"
#include "store/store_reader_private.h"

struct store_filter { /* the query, as numbers to compare rows with */
	const struct store_query *query;
	struct store_id_set recipient, domain, sender;
	struct store_id_set sender_domain, from_domain; /* addresses, origins: one must do */
	struct store_id_set credential; /* origins */
	struct store_id_set client;     /* origins of remote_address ... */
	struct store_id_set remote;     /* ... and remotes */
	struct store_id_set word[STORE_QUERY_WORDS_MAX];
	unsigned statuses;
	bool excludes_messages, excludes_events;
};

/* store_filter_init - look up what the texts of the query stand for. -1 with err,
 * or with reader->timed_out set. deinit in every case. */
int store_filter_init(struct store_filter *filter, struct store_reader *reader,
                      const struct store_query *query, struct arena *arena, struct err *err);
/* store_filter_swap_word - the addresses that have the first word are those of recipients that
 * are wanted, or the other way round; the query says so from now on. */
void store_filter_swap_word(struct store_filter *filter, const struct store_query *query);
void store_filter_deinit(struct store_filter *filter);
bool store_filter_passes_row(const struct store_filter *filter, sqlite3_stmt *row);
bool store_filter_passes_event(const struct store_filter *filter, sqlite3_stmt *row);

/* ---- by the texts of a day (store_text_block.h) */

struct store_text_wanted { /* one text that must be there */
	struct store_needle needle;
	bool is_subject;                   /* there only; else in tags and Message-ID too ... */
	const struct store_id_set *person; /* ... or one of these sends or gets it */
};

struct store_text_plan {
	const struct store_filter *filter;
	struct store_text_wanted wanted[STORE_QUERY_WORDS_MAX + 1]; /* longest first */
	size_t count;
	bool has_words;   /* some text may be in any column */
	bool has_numbers; /* the filter asks for origins or addresses too */
};

void store_text_plan_init(struct store_text_plan *plan, const struct store_filter *filter,
                          struct arena *arena);
/* store_text_plan_can_use - does the plan narrow anything, and has this day all its blocks? */
bool store_text_plan_can_use(const struct store_text_plan *plan, struct store_db *day);

struct store_text_walk {
	struct store_reader *reader;
	struct store_db *day;
	const struct store_text_plan *plan;
	uint64_t highest_id, lowest_id; /* what is wanted; `found` may raise the lower end */
	uint64_t scanned;               /* messages */
	/* found - a message that may be meant: of one block newest first, of blocks about so.
	 * -1 ends the walk. */
	int (*found)(void *arg, struct store_text_walk *walk, uint64_t id, struct err *err);
	void *arg;
};

/* store_text_walk - -1: err, or the reader timed out. */
int store_text_walk(struct store_text_walk *walk, struct err *err);

#endif
