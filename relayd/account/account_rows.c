/* account_rows.c - see account_rows.h. */
#include "account_rows.h"

#include <stdlib.h>
#include <string.h>

#include "account_rows_private.h"
#include "base/mem.h"

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
	mem_free((void *)(uintptr_t)row->certificates);
	mem_free((void *)(uintptr_t)row->revoked_by);
}

static void
free_credential(struct account_rows_credential *c)
{
	free_strings(&c->row);
	account_meter_unref(&c->meter);
	mem_free(c);
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
		account_rows_free_domain(value);
	map_free(&r->credential);
	map_free(&r->domain);
	account_rows_forget_lost(r, 0, 0);
	mem_free(r->lost);
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
	c->row.certificates = mem_strdup(row->certificates != NULL ? row->certificates : "");
	c->row.revoked_by = mem_strdup(row->revoked_by != NULL ? row->revoked_by : "");
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

static int (*const apply_of[STORE_CHANGE_KIND_COUNT])(struct account_rows *,
						      const struct store_change *, struct err *) = {
	[STORE_PUT_CREDENTIAL] = put_credential,
	[STORE_PUT_SECRET] = put_secret,
	[STORE_DELETE_SECRET] = delete_secret,
	[STORE_PUT_DOMAIN] = account_rows_put_domain,
	[STORE_DELETE_DOMAIN] = account_rows_delete_domain,
	[STORE_PUT_KEY] = account_rows_put_key,
	[STORE_MOVE_KEY] = account_rows_move_key,
	[STORE_DELETE_KEY] = account_rows_delete_key,
};

/* generation_of - of the credential or domain this row belongs to; NULL: there is none. */
static uint64_t *
generation_of(struct account_rows *rows, const struct store_change *change)
{
	struct account_rows_credential *c = NULL;
	struct row_domain *d = NULL;

	switch (change->kind) {
	case STORE_PUT_CREDENTIAL:
		c = map_get(rows->credential, map_key_u64(&change->row.credential.id));
		break;
	case STORE_PUT_SECRET:
	case STORE_DELETE_SECRET:
		c = map_get(rows->credential, map_key_u64(&change->row.secret.credential_id));
		break;
	case STORE_PUT_DOMAIN:
		d = map_get(rows->domain, map_key_u64(&change->row.domain.id));
		break;
	default:
		d = map_get(rows->domain, map_key_u64(&change->row.key.domain_id));
	}
	if (c != NULL)
		return &c->generation;
	return d != NULL ? &d->generation : NULL;
}

int
account_rows_apply(struct account_rows *rows, const struct store_change *change, struct err *err)
{
	uint64_t *generation;
	int rc;

	if (apply_of[change->kind] == NULL)
		return 0;
	rc = apply_of[change->kind](rows, change, err);
	if (change->kind != STORE_DELETE_DOMAIN
	    && (generation = generation_of(rows, change)) != NULL)
		*generation = ++rows->applied;
	return rc;
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

/* What is stored and cannot be read, as of a newer relay, must not open what it was to close:
 * it stays in its list as one that nobody comes from, or shows. */
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

		if (account_network_parse(line, &network[c->networks], NULL) < 0)
			network[c->networks] = (struct account_network){ .bits = 128 };
		c->networks++;
	}
}

static void
copy_certificates(struct arena *arena, const struct store_credential *row,
		  struct account_credential *c)
{
	struct span rest = span_of(row->certificates);
	struct account_certificate *certificate;

	c->certificate_only = row->certificate_only;
	if (rest.n == 0)
		return;
	certificate = arena_zero(arena, ACCOUNT_CERTIFICATES_MAX * sizeof *certificate);
	c->certificate = certificate;
	while (rest.n > 0 && c->certificates < ACCOUNT_CERTIFICATES_MAX) {
		struct span line = span_cut(rest, '\n', &rest);

		if (account_certificate_parse(line, &certificate[c->certificates], NULL) < 0)
			certificate[c->certificates] = (struct account_certificate){ 0 };
		c->certificates++;
	}
}

static void
copy_limits(struct arena *arena, const struct store_credential *row, struct account_credential *c)
{
	c->env = row->env[0] != '\0' ? arena_strdup(arena, row->env) : NULL;
	copy_networks(arena, row->networks, c);
	copy_certificates(arena, row, c);
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
	c->revoked_unix_ms = row->revoked_unix_ms;
	c->revoked_by = row->revoked_by[0] != '\0' ? arena_strdup(arena, row->revoked_by) : NULL;
	c->generation = from->generation;
	c->meter = account_meter_ref(from->meter);
	c->secrets = from->secrets;
	for (size_t i = 0; i < from->secrets; i++)
		copy_secret(from, i, &c->secret[i]);
	return c;
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
		s->wants_certificates |= !c->is_revoked && c->certificates > 0;
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
		struct account_domain *d = account_rows_copy_domain(s, value);

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
