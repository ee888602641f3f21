/* account_rows.c - see account_rows.h. */
#include "account_rows.h"

#include <stdlib.h>
#include <string.h>

#include "account_snapshot_private.h"
#include "base/mem.h"

#define KEYS_MAX 16 /* of one domain: two live, the rest in rotation */

struct row_key {
	uint64_t id;
	char *selector;
	bool is_active;
	bool is_plain; /* in the store */
	bool is_stale; /* there, but not sealed under the master key we have */
	int64_t created_unix_ms;
	struct account_held_key *held;
};

struct row_domain {
	uint64_t id;
	char *name, *pool;      /* pool NULL: none chosen */
	int64_t created_unix_ms;
	struct row_key key[KEYS_MAX];
	size_t keys;
};

struct account_rows {
	struct map *credential; /* id -> struct account_rows_credential, owned */
	struct map *domain;	/* id -> struct row_domain, owned */
	const struct vault *vault; /* borrowed, or NULL */
	bool has_seed;
	unsigned char seed[ACCOUNT_SALT_BYTES];
};

struct account_rows *
account_rows_new(void)
{
	struct account_rows *rows = mem_zero(1, sizeof *rows);

	rows->credential = map_new();
	rows->domain = map_new();
	return rows;
}

void
account_rows_set_vault(struct account_rows *rows, const struct vault *vault)
{
	rows->vault = vault;
}

static void
free_strings(struct store_credential *row)
{
	/* ours since own_strings; const for everybody else */
	mem_free((void *)(uintptr_t)row->name);
	mem_free((void *)(uintptr_t)row->from);
	mem_free((void *)(uintptr_t)row->pool);
	mem_free((void *)(uintptr_t)row->env);
	mem_free((void *)(uintptr_t)row->networks);
}

static void
free_credential(struct account_rows_credential *c)
{
	free_strings(&c->row);
	account_meter_unref(&c->meter);
	mem_free(c);
}

static void
free_key(struct row_key *key)
{
	mem_free(key->selector);
	account_held_key_unref(&key->held);
}

static void
free_domain(struct row_domain *d)
{
	for (size_t i = 0; i < d->keys; i++)
		free_key(&d->key[i]);
	mem_free(d->name);
	mem_free(d->pool);
	mem_free(d);
}

void
account_rows_free(struct account_rows **rows)
{
	struct account_rows *r = *rows;
	struct span key;
	void *value;

	*rows = NULL;
	if (r == NULL)
		return;
	for (size_t i = 0; map_next(r->credential, &i, &key, &value);)
		free_credential(value);
	for (size_t i = 0; map_next(r->domain, &i, &key, &value);)
		free_domain(value);
	map_free(&r->credential);
	map_free(&r->domain);
	mem_wipe(r->seed, sizeof r->seed);
	mem_free(r);
}

/* ---- applying -------------------------------------------------------------- */

static struct account_meter *
new_meter(const struct store_use *used)
{
	struct account_meter *meter = account_meter_new();

	account_meter_load(meter, ACCOUNT_DAY, used->day, used->day_used);
	account_meter_load(meter, ACCOUNT_MONTH, used->month, used->month_used);
	return meter;
}

static int
put_credential(struct account_rows *rows, const struct store_change *change, struct err *err)
{
	const struct store_credential *row = &change->row.credential;
	struct account_rows_credential *c = map_get(rows->credential, map_key_u64(&row->id));
	struct store_credential old;

	(void)err;
	if (strcmp(row->name, ACCOUNT_ROWS_SEED_NAME) == 0) {
		memcpy(rows->seed, row->salt, sizeof rows->seed);
		rows->has_seed = true;
		return 0;
	}
	if (c == NULL) {
		c = mem_zero(1, sizeof *c);
		c->meter = new_meter(&row->used);
		(void)map_put(rows->credential, map_key_u64(&row->id), c);
	}
	old = c->row;
	c->row = *row;
	c->row.name = mem_strdup(row->name);
	c->row.from = mem_strdup(row->from != NULL ? row->from : "");
	c->row.pool = mem_strdup(row->pool != NULL ? row->pool : "");
	c->row.env = mem_strdup(row->env != NULL ? row->env : "");
	c->row.networks = mem_strdup(row->networks != NULL ? row->networks : "");
	free_strings(&old);
	return 0;
}

static size_t
find_secret(const struct account_rows_credential *c, uint64_t id)
{
	size_t i = 0;

	while (i < c->secrets && c->secret[i].id != id)
		i++;
	return i;
}

static int
put_secret(struct account_rows *rows, const struct store_change *change, struct err *err)
{
	const struct store_secret *row = &change->row.secret;
	struct account_rows_credential *c =
		map_get(rows->credential, map_key_u64(&row->credential_id));
	size_t i;

	if (c == NULL)
		return 0;
	i = find_secret(c, row->id);
	if (i == ACCOUNT_SECRETS_MAX || strlen(row->label) >= sizeof c->label[0])
		return err_set(err, ERR_LIMIT, 0, "credential %s has more keys than we can hold",
			       c->row.name);
	c->secret[i] = *row;
	memcpy(c->label[i], row->label, strlen(row->label) + 1);
	c->secret[i].label = NULL;	       /* c->label has it, wherever it moves */
	c->secret[i].last_used_address = NULL; /* borrowed, and of no use here */
	if (i == c->secrets)
		c->secrets++;
	return 0;
}

static int
delete_secret(struct account_rows *rows, const struct store_change *change, struct err *err)
{
	const struct store_secret *row = &change->row.secret;
	struct account_rows_credential *c =
		map_get(rows->credential, map_key_u64(&row->credential_id));
	size_t i;

	(void)err;
	if (c == NULL || (i = find_secret(c, row->id)) == c->secrets)
		return 0;
	c->secrets--;
	memmove(&c->secret[i], &c->secret[i + 1], (c->secrets - i) * sizeof c->secret[0]);
	memmove(&c->label[i], &c->label[i + 1], (c->secrets - i) * sizeof c->label[0]);
	mem_wipe(&c->secret[c->secrets], sizeof c->secret[0]);
	return 0;
}

static int
put_domain(struct account_rows *rows, const struct store_change *change, struct err *err)
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
	d->created_unix_ms = row->created_unix_ms;
	return 0;
}

static int
delete_domain(struct account_rows *rows, const struct store_change *change, struct err *err)
{
	struct row_domain *d = map_remove(rows->domain, map_key_u64(&change->row.domain.id));

	(void)err;
	if (d != NULL)
		free_domain(d);
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

static int
put_key(struct account_rows *rows, const struct store_change *change, struct err *err)
{
	const struct store_key *row = &change->row.key;
	struct row_domain *d = map_get(rows->domain, map_key_u64(&row->domain_id));
	struct span pem = span_of(row->pem);
	struct dkim_key *key;
	size_t i;

	if (d == NULL)
		return 0;
	if ((i = find_key(d, row->id)) == KEYS_MAX)
		return err_set(err, ERR_LIMIT, 0, "domain %s has over %d DKIM keys", d->name,
			       KEYS_MAX);
	if ((key = open_key(rows, d, row, err)) == NULL)
		return -1;
	if (i < d->keys)
		free_key(&d->key[i]);
	else
		d->keys++;
	d->key[i] = (struct row_key){
		.id = row->id,
		.selector = mem_strdup(row->selector),
		.is_active = row->is_active,
		.is_plain = !vault_is_sealed(pem),
		.is_stale = vault_can_seal(rows->vault) && !vault_is_current(rows->vault, pem),
		.created_unix_ms = row->created_unix_ms,
		.held = account_held_key_new(key),
	};
	return 0;
}

static int
delete_key(struct account_rows *rows, const struct store_change *change, struct err *err)
{
	const struct store_key *row = &change->row.key;
	struct row_domain *d = map_get(rows->domain, map_key_u64(&row->domain_id));
	size_t i;

	(void)err;
	if (d == NULL || (i = find_key(d, row->id)) == d->keys)
		return 0;
	free_key(&d->key[i]);
	d->keys--;
	memmove(&d->key[i], &d->key[i + 1], (d->keys - i) * sizeof d->key[0]);
	return 0;
}

static int (*const apply_of[STORE_CHANGE_KIND_COUNT])(struct account_rows *,
						      const struct store_change *, struct err *) = {
	[STORE_PUT_CREDENTIAL] = put_credential, [STORE_PUT_SECRET] = put_secret,
	[STORE_DELETE_SECRET] = delete_secret,	 [STORE_PUT_DOMAIN] = put_domain,
	[STORE_DELETE_DOMAIN] = delete_domain,	 [STORE_PUT_KEY] = put_key,
	[STORE_DELETE_KEY] = delete_key,
};

int
account_rows_apply(struct account_rows *rows, const struct store_change *change, struct err *err)
{
	if (apply_of[change->kind] == NULL)
		return 0;
	return apply_of[change->kind](rows, change, err);
}

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
		.is_active = key->is_active,
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

bool
account_rows_has_seed(const struct account_rows *rows)
{
	return rows->has_seed;
}

const struct account_rows_credential *
account_rows_credential(const struct account_rows *rows, struct span name)
{
	struct span key;
	void *value;

	for (size_t i = 0; map_next(rows->credential, &i, &key, &value);) {
		const struct account_rows_credential *c = value;

		if (span_is(name, c->row.name))
			return c;
	}
	return NULL;
}

/* ---- building ------------------------------------------------------------------ */

static void
copy_patterns(struct arena *arena, const char *lines, struct account_credential *c)
{
	struct span rest = span_of(lines);
	size_t most = 1;

	for (size_t i = 0; i < rest.n; i++)
		most += rest.p[i] == '\n';
	c->from = arena_alloc(arena, most * sizeof *c->from);
	while (rest.n > 0) {
		struct span line = span_cut(rest, '\n', &rest);

		if (memchr(line.p, '@', line.n) != NULL)
			c->from[c->froms++] = arena_span(arena, line);
	}
}

static void
copy_networks(struct arena *arena, const char *lines, struct account_credential *c)
{
	struct span rest = span_of(lines);
	struct account_network *network;

	if (rest.n == 0)
		return;
	c->network = network = arena_zero(arena, ACCOUNT_NETWORKS_MAX * sizeof *network);
	while (rest.n > 0 && c->networks < ACCOUNT_NETWORKS_MAX) {
		struct span line = span_cut(rest, '\n', &rest);

		if (account_network_parse(line, &network[c->networks], NULL) == 0)
			c->networks++;
	}
}

static void
copy_limits(struct arena *arena, const struct store_credential *row, struct account_credential *c)
{
	c->env = row->env[0] != '\0' ? arena_strdup(arena, row->env) : NULL;
	copy_networks(arena, row->networks, c);
	c->protocols = row->protocols;
	c->limits = (struct account_limits){
		.rate = { row->rate_count, row->rate_period_ms },
		.day = row->quota_day,
		.month = row->quota_month,
	};
	c->recipients_max = row->recipients_max;
	c->size_max_bytes = row->size_max_bytes;
	c->expires_unix_ms = row->expires_unix_ms;
	c->tripwire = row->tripwire < ACCOUNT_TRIPWIRE_COUNT ? row->tripwire
							     : ACCOUNT_TRIPWIRE_WARN;
}

static void
copy_secret(const struct account_rows_credential *from, size_t i, struct account_secret *to)
{
	const struct store_secret *row = &from->secret[i];

	to->id = row->id;
	memcpy(to->label, from->label[i], sizeof to->label);
	memcpy(to->sha256, row->sha256, sizeof to->sha256);
	memcpy(to->stored_key, row->stored_key, sizeof to->stored_key);
	memcpy(to->server_key, row->server_key, sizeof to->server_key);
	to->created_unix_ms = row->created_unix_ms;
	to->ends_unix_ms = row->ends_unix_ms;
}

static struct account_credential *
copy_credential(struct arena *arena, const struct account_rows_credential *from)
{
	struct account_credential *c = arena_zero(arena, sizeof *c);
	const struct store_credential *row = &from->row;

	c->id = row->id;
	c->name = arena_strdup(arena, row->name);
	c->is_revoked = row->is_revoked;
	c->is_bulk = row->is_bulk;
	c->fix_bare_line_ends = row->fix_bare_line_ends;
	c->may_send_null = row->may_send_null;
	c->mutes_notices = row->mutes_notices;
	c->refuses_suppressed = row->refuses_suppressed;
	c->pool = row->pool[0] != '\0' ? arena_strdup(arena, row->pool) : NULL;
	memcpy(c->salt, row->salt, sizeof c->salt);
	c->iterations = row->iterations;
	c->created_unix_ms = row->created_unix_ms;
	copy_patterns(arena, row->from, c);
	copy_limits(arena, row, c);
	c->meter = account_meter_ref(from->meter);
	c->secrets = from->secrets;
	for (size_t i = 0; i < from->secrets; i++)
		copy_secret(from, i, &c->secret[i]);
	return c;
}

static struct account_domain *
copy_domain(struct account_snapshot *s, const struct row_domain *from)
{
	struct account_domain *d = arena_zero(s->arena, sizeof *d);
	struct account_key *key = arena_zero(s->arena, (from->keys + 1) * sizeof *key);

	d->id = from->id;
	d->name = arena_strdup(s->arena, from->name);
	d->pool = arena_strdup(s->arena, from->pool);
	s->pooled_domains += d->pool != NULL;
	d->created_unix_ms = from->created_unix_ms;
	d->keys = from->keys;
	d->key = key;
	for (size_t i = 0; i < from->keys; i++) {
		const struct row_key *row = &from->key[i];

		s->held[s->helds++] = account_held_key_ref(row->held);
		key[i].selector = arena_strdup(s->arena, row->selector);
		key[i].key = row->held->key;
		key[i].is_active = row->is_active;
		key[i].created_unix_ms = row->created_unix_ms;
	}
	return d;
}

static int
compare_credentials(const void *a, const void *b)
{
	return strcmp((*(struct account_credential *const *)a)->name,
		      (*(struct account_credential *const *)b)->name);
}

static int
compare_domains(const void *a, const void *b)
{
	return strcmp((*(struct account_domain *const *)a)->name,
		      (*(struct account_domain *const *)b)->name);
}

static void
build_credentials(const struct account_rows *rows, struct account_snapshot *s)
{
	struct span key;
	void *value;

	s->credential_by_name = map_new();
	s->credential_by_id = map_new();
	s->credential = arena_alloc(s->arena, (map_count(rows->credential) + 1) * sizeof(void *));
	for (size_t i = 0; map_next(rows->credential, &i, &key, &value);) {
		struct account_credential *c = copy_credential(s->arena, value);

		s->credential[s->credentials++] = c;
		(void)map_put(s->credential_by_name, span_of(c->name), c);
		(void)map_put(s->credential_by_id, map_key_u64(&c->id), c);
	}
	qsort(s->credential, s->credentials, sizeof(void *), compare_credentials);
}

static void
build_domains(const struct account_rows *rows, struct account_snapshot *s)
{
	size_t domains = map_count(rows->domain), keys = 0;
	struct span key;
	void *value;

	for (size_t i = 0; map_next(rows->domain, &i, &key, &value);)
		keys += ((struct row_domain *)value)->keys;
	s->domain_by_name = map_new();
	s->domain = arena_alloc(s->arena, (domains + 1) * sizeof(void *));
	s->held = arena_alloc(s->arena, (keys + 1) * sizeof(void *));
	for (size_t i = 0; map_next(rows->domain, &i, &key, &value);) {
		struct account_domain *d = copy_domain(s, value);

		s->domain[s->domains++] = d;
		(void)map_put(s->domain_by_name, span_of(d->name), d);
	}
	qsort(s->domain, s->domains, sizeof(void *), compare_domains);
}

struct account_snapshot *
account_rows_build(const struct account_rows *rows, uint64_t generation)
{
	struct arena *arena = arena_new(0);
	struct account_snapshot *s = arena_zero(arena, sizeof *s);

	ref_init(&s->ref);
	s->arena = arena;
	s->generation = generation;
	memcpy(s->salt_seed, rows->seed, sizeof s->salt_seed);
	build_credentials(rows, s);
	build_domains(rows, s);
	return s;
}
