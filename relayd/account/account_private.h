/* account_private.h - the steps of each change; account.c runs them,
 * account_credential.c and account_domain.c have them. */
#ifndef ACCOUNT_ACCOUNT_PRIVATE_H
#define ACCOUNT_ACCOUNT_PRIVATE_H

#include "account/account.h"
#include "account_rows.h"
#include "base/id.h"

#define ACCOUNT_CHANGE_ROWS_MAX (4 + 2 * ACCOUNT_SECRETS_MAX + ACCOUNT_KEYS_MAX)

struct account_act_row {
	const char *action; /* the audit log's word */
	/* prepare - on the main loop: check, and fill change->row as far as it is cheap. */
	int (*prepare)(struct account *account, struct account_change *change, struct err *err);
	/* work - on account's thread, touching nothing but the change. NULL: none. */
	int (*work)(struct account_change *change, struct err *err);
};

extern const struct account_act_row account_act_rows[ACCOUNT_ACT_COUNT];

const struct account_rows *account_current_rows(const struct account *account);
uint64_t account_next_id(struct account *account, int64_t now_unix_ms);
/* account_change_row - one more row to commit; at most ACCOUNT_CHANGE_ROWS_MAX. */
struct store_change *account_change_row(struct account_change *change, enum store_change_kind kind);

const struct vault *account_vault(const struct account *account); /* may be NULL */

/* account_seal_key - the row of a key, as the store is to have it, in the arena. Thread: any. */
int account_seal_key(const struct vault *vault, const char *domain, const char *selector,
		     const struct dkim_key *key, struct arena *arena, const char **row_out,
		     struct err *err);
/* account_reseal - keys that are not sealed under the master key are, before anything runs. */
int account_reseal(struct account *account, struct account_rows *rows, struct store *store,
		   struct err *err);

int account_credential_create(struct account *, struct account_change *, struct err *);
int account_credential_rotate(struct account *, struct account_change *, struct err *);
int account_credential_retire(struct account *, struct account_change *, struct err *);
int account_credential_limit(struct account *, struct account_change *, struct err *);
int account_credential_revoke(struct account *, struct account_change *, struct err *);
int account_credential_replace(struct account *, struct account_change *, struct err *);
int account_credential_derive(struct account_change *, struct err *);
int account_domain_add(struct account *, struct account_change *, struct err *);
int account_domain_limit(struct account *, struct account_change *, struct err *);
int account_domain_remove(struct account *, struct account_change *, struct err *);
/* account_domain_row - a change of its row, which says what it has now; named change->name. */
struct store_domain *account_domain_row(struct account_change *, const struct account_domain *);
/* account_domain_find - by change->name, which becomes an A-label. NULL: err ENOENT, EINVAL. */
const struct account_domain *account_domain_find(struct account *, struct account_change *,
						 struct err *);
int account_key_rotate(struct account *, struct account_change *, struct err *);
int account_key_import(struct account *, struct account_change *, struct err *);
int account_key_export(struct account *, struct account_change *, struct err *);
int account_key_remove(struct account *, struct account_change *, struct err *);
int account_key_move(struct account *, struct account_change *, struct err *);
int account_key_make(struct account_change *, struct err *);
int account_key_read(struct account_change *, struct err *);
/* account_key_row - one more key of the domain, to be made (change->made) or read. */
struct store_key *account_key_row(struct account *, struct account_change *, uint64_t domain_id,
				  const char *selector, enum store_key_state);

#endif
