/* account_rows_private.h - the rows in memory, shared by account_rows.c (credentials, what
 * is built of all) and account_rows_key.c (domains and their keys). */
#ifndef ACCOUNT_ACCOUNT_ROWS_PRIVATE_H
#define ACCOUNT_ACCOUNT_ROWS_PRIVATE_H

#include "account_rows.h"
#include "account_snapshot_private.h"

struct row_key {
	uint64_t id;
	char *selector;
	enum store_key_state state;
	bool is_plain; /* in the store */
	bool is_stale; /* there, but not sealed under the master key we have */
	int64_t since_unix_ms, created_unix_ms;
	struct account_held_key *held;
};

struct row_domain {
	uint64_t id;
	char *name;
	char *pool; /* or NULL */
	bool holds_failing;
	uint32_t last_key_no;
	int64_t created_unix_ms;
	struct row_key key[ACCOUNT_KEYS_MAX];
	size_t keys;
	uint64_t generation; /* another after each change of it or of its keys */
};

struct account_rows {
	struct map *credential; /* id -> struct account_rows_credential, owned */
	struct map *domain;	/* id -> struct row_domain, owned */
	struct account_rows_lost *lost; /* owned, and what it points to */
	size_t losts;
	const struct vault *vault; /* borrowed, or NULL */
	uint64_t applied; /* rows, so far: generations are taken from it */
	bool has_seed;
	unsigned char seed[ACCOUNT_SALT_BYTES];
};

/* account_rows_apply for these kinds */
int account_rows_put_domain(struct account_rows *rows, const struct store_change *change,
			    struct err *err);
int account_rows_delete_domain(struct account_rows *rows, const struct store_change *change,
			       struct err *err);
int account_rows_put_key(struct account_rows *rows, const struct store_change *change,
			 struct err *err);
int account_rows_move_key(struct account_rows *rows, const struct store_change *change,
			  struct err *err);
int account_rows_delete_key(struct account_rows *rows, const struct store_change *change,
			    struct err *err);
/* account_rows_forget_lost - of this key (0: any) of this domain (0: any) */
void account_rows_forget_lost(struct account_rows *rows, uint64_t id, uint64_t domain_id);
void account_rows_free_domain(struct row_domain *d);
/* account_rows_copy_domain - the picture of a domain; s->held has room for its keys. */
struct account_domain *account_rows_copy_domain(struct account_snapshot *s,
						const struct row_domain *from);

#endif
