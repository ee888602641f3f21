/* store_search_private.h - one search under way, shared by store_sqlite_search.c
 * (where to look) and store_search_filter.c (what passes) only. */
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
void store_filter_deinit(struct store_filter *filter);
bool store_filter_passes_row(const struct store_filter *filter, sqlite3_stmt *row);
bool store_filter_passes_event(const struct store_filter *filter, sqlite3_stmt *row);

#endif
