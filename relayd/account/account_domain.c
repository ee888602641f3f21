/* account_domain.c - domains come with two DKIM keys: RSA-2048, which everybody
 * verifies, and Ed25519 beside it (RFC 8463). Selectors are k1 and k1e, the
 * names an operator reads in the zone. */
#include <errno.h>
#include <string.h>

#include "account_option.h"
#include "account_private.h"
#include "base/clock.h"
#include "smtp/smtp_address.h"
#include "store/store_audit.h"

static const char *const new_keys[DKIM_ALGORITHM_COUNT] = {
	[DKIM_RSA_SHA256] = "k1",
	[DKIM_ED25519_SHA256] = "k1e",
};

/* to_a_label - change->name becomes what is stored and looked up. */
static int
to_a_label(struct account_change *change, struct err *err)
{
	char domain[SMTP_DOMAIN_MAX + 1];
	struct err why;

	if (smtp_domain_ascii(span_of(change->name), domain, &why) < 0 || domain[0] == '[' ||
	    strchr(domain, '.') == NULL)
		return err_set(err, ERR_INPUT, EINVAL, "%s is not a domain name", change->name);
	change->name = arena_strdup(change->arena, domain);
	return 0;
}

const struct account_domain *
account_domain_find(struct account *account, struct account_change *change, struct err *err)
{
	const struct account_domain *domain;

	if (to_a_label(change, err) < 0)
		return NULL;
	domain = account_snapshot_domain(account_snapshot(account), span_of(change->name));
	if (domain == NULL)
		(void)err_set(err, ERR_INPUT, ENOENT, "there is no domain %s", change->name);
	return domain;
}

struct store_domain *
account_domain_row(struct account_change *change, const struct account_domain *domain)
{
	struct store_domain *row = &account_change_row(change, STORE_PUT_DOMAIN)->row.domain;

	*row = (struct store_domain){ .id = domain->id,
				      .name = change->name,
				      .pool = arena_strdup(change->arena, domain->pool),
				      .holds_failing = domain->holds_failing,
				      .last_key_no = domain->last_key_no,
				      .created_unix_ms = domain->created_unix_ms };
	return row;
}

static void
note(struct account_change *change, const char *name, const char *old, struct span value)
{
	change->detail = store_audit_add(change->arena, change->detail,
					 store_audit_change(change->arena, name, old,
							    arena_span(change->arena, value)));
}

/* set_pool - whether there is such a pool is the asker's to know. */
static int
set_pool(struct account_change *change, struct store_domain *row, struct span value,
	 struct err *err)
{
	const char *old = row->pool != NULL && *row->pool != '\0' ? row->pool : "default";

	for (size_t i = 0; i < value.n; i++)
		if ((unsigned char)value.p[i] <= ' ' || value.p[i] == 127)
			return err_set(err, ERR_INPUT, EINVAL, "pool is one word");
	if (value.n == 0 || value.n > ACCOUNT_POOL_MAX_BYTES)
		return err_set(err, ERR_INPUT, EINVAL,
			       "pool has 1 to %d bytes; default takes it back",
			       ACCOUNT_POOL_MAX_BYTES);
	row->pool = span_is(value, "default") ? "" : arena_span(change->arena, value);
	note(change, "pool", old, value);
	return 0;
}

static int
set_dmarc_fail(struct account_change *change, struct store_domain *row, struct span value,
	       struct err *err)
{
	const char *old = row->holds_failing ? "hold" : "send";

	if (!span_is(value, "send") && !span_is(value, "hold"))
		return err_set(err, ERR_INPUT, EINVAL, "dmarc-fail is send or hold");
	row->holds_failing = span_is(value, "hold");
	note(change, "dmarc-fail", old, value);
	return 0;
}

/* set_option - "NAME=VALUE" */
static int
set_option(struct account_change *change, struct store_domain *row, const char *given,
	   struct err *err)
{
	static const struct {
		const char *name;
		int (*set)(struct account_change *change, struct store_domain *row,
			   struct span value, struct err *err);
	} options[] = {
		{ "pool", set_pool },
		{ "dmarc-fail", set_dmarc_fail },
	};
	struct span value, name = span_cut(span_of(given), '=', &value);

	for (size_t i = 0; i < sizeof options / sizeof *options; i++)
		if (span_is(name, options[i].name))
			return options[i].set(change, row, value, err);
	return err_set(err, ERR_INPUT, EINVAL,
		       "a domain has no option \"%.*s\"; there are pool and dmarc-fail",
		       (int)(name.n < 40 ? name.n : 40), name.p);
}

static int
set_options(struct account_change *change, struct store_domain *row, struct err *err)
{
	for (size_t i = 0; i < change->options; i++)
		if (set_option(change, row, change->option[i], err) < 0)
			return -1;
	return 0;
}

int
account_domain_limit(struct account *account, struct account_change *change, struct err *err)
{
	const struct account_domain *domain;

	domain = account_domain_find(account, change, err);
	if (domain == NULL)
		return -1;
	if (change->options == 0)
		return err_set(err, ERR_INPUT, EINVAL,
			       "what is to change? there are pool=NAME and dmarc-fail=send|hold");
	return set_options(change, account_domain_row(change, domain), err);
}

int
account_domain_add(struct account *account, struct account_change *change, struct err *err)
{
	int64_t now = clock_unix_ms();
	struct store_domain *row;

	if (to_a_label(change, err) < 0)
		return -1;
	if (account_snapshot_domain(account_snapshot(account), span_of(change->name)) != NULL)
		return err_set(err, ERR_INPUT, EEXIST, "there is a domain %s already",
			       change->name);
	row = &account_change_row(change, STORE_PUT_DOMAIN)->row.domain;
	row->id = account_next_id(account, now);
	row->name = change->name;
	row->created_unix_ms = now;
	for (int a = 0; a < DKIM_ALGORITHM_COUNT; a++) {
		account_key_row(account, change, row->id, new_keys[a], STORE_KEY_ACTIVE);
		change->made[a] = change->rows;
	}
	change->detail = "keys k1 (RSA-2048) and k1e (Ed25519) made";
	return set_options(change, row, err);
}

/* covers - is this pattern about the domain or something below it? */
static bool
covers(const char *pattern, const char *domain)
{
	struct span name = span_of(strrchr(pattern, '@') + 1);

	if (name.n > 2 && memcmp(name.p, "*.", 2) == 0)
		name = (struct span){ name.p + 2, name.n - 2 };
	while (name.n > 0) {
		if (span_is(name, domain))
			return true;
		(void)span_cut(name, '.', &name);
	}
	return false;
}

/* find_user - a live credential that sends as the domain. */
static const char *
find_user(const struct account_snapshot *snapshot, const char *domain)
{
	for (size_t i = 0; i < snapshot->credentials; i++) {
		const struct account_credential *c = snapshot->credential[i];

		for (size_t j = 0; j < c->froms && !c->is_revoked; j++)
			if (covers(c->from[j], domain))
				return c->name;
	}
	return NULL;
}

/* was_text - what goes with it: "keys k1 (active), k2 (new); pool b" */
static const char *
was_text(const struct account_domain *domain, struct arena *arena)
{
	const char *text = domain->keys > 0 ? "was: keys" : "was: no keys";

	for (size_t i = 0; i < domain->keys; i++)
		text = arena_printf(arena, "%s%s %s (%s)", text, i > 0 ? "," : "",
				    domain->key[i].selector,
				    account_key_state_name(domain->key[i].state));
	return arena_printf(arena, "%s; pool %s", text,
			    domain->pool != NULL && *domain->pool ? domain->pool : "default");
}

int
account_domain_may_remove(const struct account_snapshot *snapshot, const char *domain,
			  struct err *err)
{
	const char *user = find_user(snapshot, domain);

	if (user == NULL)
		return 0;
	return err_set(err, ERR_INPUT, EBUSY,
		       "credential %.30s sends as %.50s; first: relaycli credential limit %.30s "
		       "from=..., or revoke it",
		       user, domain, user);
}

int
account_domain_remove(struct account *account, struct account_change *change, struct err *err)
{
	const struct account_domain *domain = account_domain_find(account, change, err);

	if (domain == NULL ||
	    account_domain_may_remove(account_snapshot(account), domain->name, err) < 0)
		return -1;
	change->detail = was_text(domain, change->arena);
	account_change_row(change, STORE_DELETE_DOMAIN)->row.domain =
		(struct store_domain){ .id = domain->id, .name = change->name };
	return 0;
}
