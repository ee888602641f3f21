/* account_rows_key.c - domains and their DKIM keys: opened when they come from the store, kept
 * parsed, shown to snapshots. See account_rows.h. */
#include "account_rows_private.h"

#include <string.h>

#include "base/mem.h"

static void
free_key(struct row_key *key)
{
	mem_free(key->selector);
	account_held_key_unref(&key->held);
}

void
account_rows_free_domain(struct row_domain *d)
{
	for (size_t i = 0; i < d->keys; i++)
		free_key(&d->key[i]);
	mem_free(d->name);
	mem_free(d->pool);
	mem_free(d);
}

/* ---- applying -------------------------------------------------------------- */

int
account_rows_put_domain(struct account_rows *rows, const struct store_change *change,
			 struct err *err)
{
	const struct store_domain *row = &change->row.domain;
	struct row_domain *d = map_get(rows->domain, map_key_u64(&row->id));

	(void)err;
	if (d == NULL) {
		d = mem_zero(1, sizeof *d);
		(void)map_put(rows->domain, map_key_u64(&row->id), d);
	}
	mem_free(d->name);
	mem_free(d->pool);
	d->id = row->id;
	d->name = mem_strdup(row->name);
	d->pool = row->pool != NULL && *row->pool != '\0' ? mem_strdup(row->pool) : NULL;
	d->holds_failing = row->holds_failing;
	if (row->last_key_no > d->last_key_no)
		d->last_key_no = row->last_key_no;
	d->created_unix_ms = row->created_unix_ms;
	return 0;
}

int
account_rows_delete_domain(struct account_rows *rows, const struct store_change *change,
			 struct err *err)
{
	struct row_domain *d = map_remove(rows->domain, map_key_u64(&change->row.domain.id));

	(void)err;
	account_rows_forget_lost(rows, 0, change->row.domain.id);
	if (d != NULL)
		account_rows_free_domain(d);
	return 0;
}

static size_t
find_key(const struct row_domain *d, uint64_t id)
{
	size_t i = 0;

	while (i < d->keys && d->key[i].id != id)
		i++;
	return i;
}

/* ---- keys that cannot be read: they are known, so that they can be removed ---- */

static void
lose(struct account_rows *rows, const struct store_key *row, const char *why)
{
	account_rows_forget_lost(rows, row->id, 0);
	rows->lost = mem_resize(rows->lost, (rows->losts + 1) * sizeof *rows->lost);
	rows->lost[rows->losts++] = (struct account_rows_lost){
		.id = row->id,
		.domain_id = row->domain_id,
		.selector = mem_strdup(row->selector),
		.why = mem_strdup(why),
	};
}

void
account_rows_forget_lost(struct account_rows *rows, uint64_t id, uint64_t domain_id)
{
	size_t kept = 0;

	for (size_t i = 0; i < rows->losts; i++) {
		struct account_rows_lost *lost = &rows->lost[i];

		if ((id != 0 && lost->id != id) ||
		    (domain_id != 0 && lost->domain_id != domain_id)) {
			rows->lost[kept++] = *lost;
			continue;
		}
		mem_free(lost->selector);
		mem_free(lost->why);
	}
	rows->losts = kept;
}

const struct account_rows_lost *
account_rows_lost_at(const struct account_rows *rows, size_t i)
{
	return i < rows->losts ? &rows->lost[i] : NULL;
}

/* open_key - the parsed key of a row; the text of it is in memory only in between. */
static struct dkim_key *
open_key(const struct account_rows *rows, const struct row_domain *d, const struct store_key *row,
	 struct err *err)
{
	struct dkim_key *key = NULL;
	struct err why;
	struct buf pem;

	buf_init(&pem, VAULT_SEALED_MAX_BYTES);
	if (vault_unseal(rows->vault, d->name, row->selector, span_of(row->pem), &pem, err) == 0 &&
	    (key = dkim_key_new(buf_span(&pem), &why)) == NULL)
		(void)err_set(err, ERR_INPUT, 0, "DKIM key %s of %s is left out: %s",
			      row->selector, d->name, why.text);
	vault_wipe(&pem);
	return key;
}

int
account_rows_put_key(struct account_rows *rows, const struct store_change *change,
			 struct err *err)
{
	const struct store_key *row = &change->row.key;
	struct row_domain *d = map_get(rows->domain, map_key_u64(&row->domain_id));
	struct span pem = span_of(row->pem);
	struct dkim_key *key;
	struct err why;
	size_t i;

	if (d == NULL)
		return 0;
	if ((i = find_key(d, row->id)) == ACCOUNT_KEYS_MAX)
		return err_set(err, ERR_LIMIT, 0, "domain %s has over %d DKIM keys", d->name,
			       ACCOUNT_KEYS_MAX);
	if ((key = open_key(rows, d, row, &why)) == NULL) {
		if (why.kind == ERR_INPUT)
			lose(rows, row, why.text);
		return err_set(err, why.kind, why.code, "%s", why.text);
	}
	if (i < d->keys)
		free_key(&d->key[i]);
	else
		d->keys++;
	d->key[i] = (struct row_key){
		.id = row->id,
		.selector = mem_strdup(row->selector),
		.state = row->state,
		.since_unix_ms = row->since_unix_ms,
		.is_plain = !vault_is_sealed(pem),
		.is_stale = vault_can_seal(rows->vault) && !vault_is_current(rows->vault, pem),
		.created_unix_ms = row->created_unix_ms,
		.held = account_held_key_new(key),
	};
	return 0;
}

int
account_rows_move_key(struct account_rows *rows, const struct store_change *change,
		      struct err *err)
{
	const struct store_key *row = &change->row.key;
	struct row_domain *d = map_get(rows->domain, map_key_u64(&row->domain_id));
	size_t i;

	(void)err;
	if (d == NULL || (i = find_key(d, row->id)) == d->keys)
		return 0;
	d->key[i].state = row->state;
	d->key[i].since_unix_ms = row->since_unix_ms;
	return 0;
}

int
account_rows_delete_key(struct account_rows *rows, const struct store_change *change,
			 struct err *err)
{
	const struct store_key *row = &change->row.key;
	struct row_domain *d = map_get(rows->domain, map_key_u64(&row->domain_id));
	size_t i;

	(void)err;
	account_rows_forget_lost(rows, row->id, row->domain_id);
	if (d == NULL || (i = find_key(d, row->id)) == d->keys)
		return 0;
	free_key(&d->key[i]);
	d->keys--;
	memmove(&d->key[i], &d->key[i + 1], (d->keys - i) * sizeof d->key[0]);
	return 0;
}

/* ---- how they are stored ----------------------------------------------------- */

/* find_nth - the i-th key of all domains that has this flag, and its domain. */
static const struct row_key *
find_nth(const struct account_rows *rows, size_t i, bool (*has)(const struct row_key *key),
	 const struct row_domain **domain_out)
{
	struct span name;
	void *value;

	for (size_t at = 0; map_next(rows->domain, &at, &name, &value);) {
		const struct row_domain *d = *domain_out = value;

		for (size_t k = 0; k < d->keys; k++)
			if (has(&d->key[k]) && i-- == 0)
				return &d->key[k];
	}
	return NULL;
}

static bool
is_stale(const struct row_key *key)
{
	return key->is_stale;
}

static bool
is_plain(const struct row_key *key)
{
	return key->is_plain;
}

bool
account_rows_stale_key(const struct account_rows *rows, size_t i, struct store_key *row_out,
		       const char **domain_out, const struct dkim_key **key_out)
{
	const struct row_domain *d;
	const struct row_key *key = find_nth(rows, i, is_stale, &d);

	if (key == NULL)
		return false;
	*row_out = (struct store_key){
		.id = key->id,
		.domain_id = d->id,
		.selector = key->selector,
		.state = key->state,
		.since_unix_ms = key->since_unix_ms,
		.created_unix_ms = key->created_unix_ms,
	};
	*domain_out = d->name;
	*key_out = key->held->key;
	return true;
}

size_t
account_rows_plain_keys(const struct account_rows *rows)
{
	const struct row_domain *d;
	size_t n = 0;

	while (find_nth(rows, n, is_plain, &d) != NULL)
		n++;
	return n;
}

/* ---- building ------------------------------------------------------------------ */

struct account_domain *
account_rows_copy_domain(struct account_snapshot *s, const struct row_domain *from)
{
	struct account_domain *d = arena_zero(s->arena, sizeof *d);
	struct account_key *key = arena_zero(s->arena, (from->keys + 1) * sizeof *key);

	d->id = from->id;
	d->name = arena_strdup(s->arena, from->name);
	d->pool = arena_strdup(s->arena, from->pool);
	s->pooled_domains += d->pool != NULL;
	d->holds_failing = from->holds_failing;
	d->created_unix_ms = from->created_unix_ms;
	d->last_key_no = from->last_key_no;
	d->generation = from->generation;
	d->keys = from->keys;
	d->key = key;
	for (size_t i = 0; i < from->keys; i++) {
		const struct row_key *row = &from->key[i];

		s->held[s->helds++] = account_held_key_ref(row->held);
		key[i].selector = arena_strdup(s->arena, row->selector);
		key[i].key = row->held->key;
		key[i].id = row->id;
		key[i].state = row->state;
		key[i].is_active = row->state == STORE_KEY_ACTIVE;
		key[i].since_unix_ms = row->since_unix_ms;
		key[i].created_unix_ms = row->created_unix_ms;
	}
	return d;
}
