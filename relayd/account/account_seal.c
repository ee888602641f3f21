/* account_seal.c - keys on their way to the store: written as text, sealed, the text wiped;
 * and, at start, what an earlier start left there in the clear or under an older master key. */
#include <string.h>
#include <unistd.h>

#include "account_private.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/must.h"

int
account_seal_key(const struct vault *vault, const char *domain, const char *selector,
		 const struct dkim_key *key, struct arena *arena, const char **row_out,
		 struct err *err)
{
	struct buf pem, row;
	int rc;

	buf_init(&pem, VAULT_PLAIN_MAX_BYTES);
	buf_init(&row, VAULT_SEALED_MAX_BYTES);
	(void)buf_reserve(&pem, VAULT_PLAIN_MAX_BYTES); /* once: growing leaves copies behind */
	(void)buf_reserve(&row, VAULT_SEALED_MAX_BYTES);
	rc = dkim_key_write_pem(key, &pem, err);
	if (rc == 0)
		rc = vault_seal(vault, domain, selector, buf_span(&pem), &row, err);
	if (rc == 0)
		*row_out = arena_span(arena, buf_span(&row));
	vault_wipe(&pem);
	vault_wipe(&row);
	return rc;
}

static size_t
count_stale(const struct account_rows *rows)
{
	const struct dkim_key *key;
	struct store_key row;
	const char *domain;
	size_t n = 0;

	while (account_rows_stale_key(rows, n, &row, &domain, &key))
		n++;
	return n;
}

static int
fill(const struct account *account, struct store_write *write, struct err *err)
{
	const struct account_rows *rows = account_current_rows(account);
	const struct dkim_key *key;
	const char *domain;

	for (size_t i = 0; i < write->changes; i++) {
		struct store_key *row = &write->change[i].row.key;

		write->change[i].kind = STORE_PUT_KEY;
		must(account_rows_stale_key(rows, i, row, &domain, &key));
		row->selector = arena_strdup(write->arena, row->selector); /* outlives the row's */
		if (account_seal_key(account_vault(account), domain, row->selector, key,
				     write->arena, &row->pem, err) < 0)
			return -1;
	}
	return 0;
}

/* apply - the rows in memory learn what the store has; the keys are the same. */
static int
apply(struct account_rows *rows, const struct store_write *write, struct err *err)
{
	for (size_t i = 0; i < write->changes; i++)
		if (account_rows_apply(rows, &write->change[i], err) < 0)
			return -1;
	return 0;
}

int
account_reseal(struct account *account, struct account_rows *rows, struct store *store,
	       struct err *err)
{
	int64_t now = clock_unix_ms();
	struct store_write write = { .changes = count_stale(rows) };
	int rc;

	if (write.changes == 0)
		return 0;
	write.arena = arena_new(0);
	write.change = arena_zero(write.arena, write.changes * sizeof *write.change);
	write.audit = (struct store_audit){
		.id = account_next_id(account, now),
		.at_unix_ms = now,
		.uid = geteuid(),
		.who = "relayd",
		.via = "relayd",
		.action = "domain.dkim.seal",
		.object = "*",
		.detail = arena_printf(write.arena, "%zu DKIM keys sealed under the master key",
				       write.changes),
	};
	rc = fill(account, &write, err);
	if (rc == 0 && (rc = store_overwrite(store, &write)) < 0)
		*err = write.err;
	if (rc == 0)
		rc = apply(rows, &write, err);
	if (rc == 0)
		LOG(LOG_NOTICE, "account.keys_sealed", LOG_UINT("keys", write.changes));
	arena_free(&write.arena);
	return rc;
}
