/* account_rows.h - credentials, secrets, domains and keys as the store has them,
 * in memory: what changes are checked against and snapshots are built from.
 *
 * Thread: main (its owner is struct account). Holds hashes and parsed keys, no
 * plain secret and no PEM. */
#ifndef ACCOUNT_ACCOUNT_ROWS_H
#define ACCOUNT_ACCOUNT_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "account/account_snapshot.h"
#include "base/err.h"
#include "base/span.h"
#include "store/store_row.h"
#include "vault/vault.h"

struct account_rows;

/* The credential nobody has: no user name may begin with '*'. Its salt is the
 * seed of every salt (account_snapshot_salt); it is in no snapshot. */
#define ACCOUNT_ROWS_SEED_NAME "*"

struct account_rows *account_rows_new(void);
/* account_rows_set_vault - what keys are opened with; before the first is applied. Borrowed;
 * NULL, and unless set: rows are plain. */
void account_rows_set_vault(struct account_rows *rows, const struct vault *vault);
void account_rows_free(struct account_rows **rows);
/* account_rows_apply - one committed change, or one row at start (parents come
 * first, as store_load_rows gives them). A key that cannot be read is left out,
 * with err INPUT naming it, or PERM: it is sealed under a master key that is not
 * given; a row without its parent, or of another noun (a hold), is left out silently. */
int account_rows_apply(struct account_rows *rows, const struct store_change *change,
		       struct err *err);
/* account_rows_stale_key - the i-th key that is not stored as it should be, sealed under
 * the vault's master key; false: no more. All of row_out but the pem, which is to be written
 * anew from key_out; borrowed. Without a master key there is none. */
bool account_rows_stale_key(const struct account_rows *rows, size_t i, struct store_key *row_out,
			    const char **domain_out, const struct dkim_key **key_out);
struct account_rows_lost { /* a key that was left out, since it cannot be read */
	uint64_t id, domain_id;
	char *selector, *why;
};
/* account_rows_lost_at - the i-th, or NULL; borrowed until the next apply. */
const struct account_rows_lost *account_rows_lost_at(const struct account_rows *rows, size_t i);
/* account_rows_plain_keys - how many are stored in the clear. */
size_t account_rows_plain_keys(const struct account_rows *rows);
bool account_rows_has_seed(const struct account_rows *rows);
/* account_rows_build - Returns owned, one reference. */
struct account_snapshot *account_rows_build(const struct account_rows *rows, uint64_t generation);

/* For those who prepare changes. Borrowed until the next apply. NULL: none. */
struct account_rows_credential {
	struct store_credential row; /* strings owned */
	struct store_secret secret[ACCOUNT_SECRETS_MAX];
	char label[ACCOUNT_SECRETS_MAX][8]; /* what secret[].label points to */
	size_t secrets;
	struct account_meter *meter; /* one reference */
	uint64_t generation;         /* another after each change of it or of its secrets */
};
const struct account_rows_credential *account_rows_credential(const struct account_rows *rows,
							      struct span name);

#endif
