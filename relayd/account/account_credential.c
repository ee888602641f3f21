/* account_credential.c - the changes a credential goes through (see account.h).
 *
 *   create --> live --revoke--> revoked (for good: its name stays taken, so that
 *               |  ^            the log never means two by one name)
 *       rotate, retire, limit
 *
 * A secret ends, it is not deleted, until the next rotation clears it away: the
 * operator sees when it ended, and a label is never given twice. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account_option.h"
#include "account_private.h"
#include "base/clock.h"
#include "base/mem.h"
#include "smtp/smtp_address.h"
#include "store/store_audit.h"

#define NAME_MAX_BYTES 64
#define PATTERN_TEXT_MAX 400

static bool
is_name(const char *name)
{
	size_t n = strlen(name);

	if (n == 0 || n > NAME_MAX_BYTES || strchr("._-", name[0]) != NULL)
		return false;
	return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-") == n;
}

static const struct account_rows_credential *
find_live(struct account *account, const struct account_change *change, struct err *err)
{
	const struct account_rows_credential *c =
		account_rows_credential(account_current_rows(account), span_of(change->name));

	if (c == NULL)
		err_set(err, ERR_INPUT, ENOENT, "there is no credential %s", change->name);
	else if (c->row.is_revoked)
		err_set(err, ERR_INPUT, EBUSY,
			"credential %s is revoked; create one of another name", change->name);
	return c != NULL && !c->row.is_revoked ? c : NULL;
}

/* ---- patterns ------------------------------------------------------------------ */

/* add_pattern - check one, and append it in its stored form: lower case, A-label. */
static int
add_pattern(struct account *account, const char *given, struct buf *lines, struct err *err)
{
	const char *at = strrchr(given, '@');
	const char *name = at != NULL ? at + 1 : given;
	bool is_wild = strncmp(name, "*.", 2) == 0;
	char domain[SMTP_DOMAIN_MAX + 1], address[SMTP_ADDRESS_KEY_SIZE];
	struct smtp_address parsed;
	struct err why;

	if (at == NULL)
		return err_set(err, ERR_INPUT, EINVAL,
			       "%s is neither @DOMAIN nor an address: try @%s", given, given);
	if (smtp_domain_ascii(span_of(name + (is_wild ? 2 : 0)), domain, &why) < 0 ||
	    domain[0] == '[')
		return err_set(err, ERR_INPUT, EINVAL, "%s has no domain name", given);
	if (account_snapshot_domain_above(account_snapshot(account), span_of(domain)) == NULL)
		return err_set(err, ERR_INPUT, ENOENT,
			       "there is no domain %s; `domain add %s` makes it", domain, domain);
	if (at == given)
		return buf_printf(lines, "@%s%s\n", is_wild ? "*." : "", domain);
	if (is_wild || smtp_address_parse(span_of(given), &parsed, &why) < 0 ||
	    smtp_address_key(span_of(given), address, &why) < 0)
		return err_set(err, ERR_INPUT, EINVAL, "%s is not an address", given);
	return buf_printf(lines, "%s\n", address);
}

/* pattern_text - "@a.example b@c.example", for the audit log; of many the first */
static const char *
pattern_text(const char *lines, struct arena *arena)
{
	size_t n = strlen(lines);
	char *text = arena_printf(arena, "%.*s%s", PATTERN_TEXT_MAX, lines,
				  n > PATTERN_TEXT_MAX ? "..." : "");

	for (char *p = text; *p != '\0'; p++)
		if (*p == '\n')
			*p = p[1] != '\0' ? ' ' : '\0';
	return text;
}

static int
make_patterns(struct account *account, struct account_change *change, const char **lines_out,
	      struct err *err)
{
	struct buf lines;
	int rc = 0;

	if (change->froms > ACCOUNT_FROM_MAX)
		return err_set(err, ERR_LIMIT, EINVAL, "at most %d senders per credential",
			       ACCOUNT_FROM_MAX);
	buf_init(&lines, ACCOUNT_FROM_MAX * (SMTP_ADDRESS_KEY_SIZE + 1));
	for (size_t i = 0; i < change->froms && rc == 0; i++)
		rc = add_pattern(account, change->from[i], &lines, err);
	if (rc == 0)
		*lines_out = arena_span(change->arena, buf_span(&lines));
	buf_deinit(&lines);
	return rc;
}

/* ---- secrets ---------------------------------------------------------------------- */

/* add_secret - its hashes come later, on the thread. */
static void
add_secret(struct account *account, struct account_change *change, uint64_t credential_id,
	   unsigned number, int64_t now)
{
	struct store_secret *row = &account_change_row(change, STORE_PUT_SECRET)->row.secret;

	row->id = account_next_id(account, now);
	row->credential_id = credential_id;
	row->label = arena_printf(change->arena, "k%u", number);
	row->created_unix_ms = now;
	change->new_key = row->label;
}

/* account_credential_derive - the last row is the new secret, the first the
 * credential with the salt. */
int
account_credential_derive(struct account_change *change, struct err *err)
{
	const struct store_credential *credential = &change->row[0].row.credential;
	struct store_secret *row = &change->row[change->rows - 1].row.secret;
	struct account_verifier verifier;

	(void)err;
	account_secret_generate(change->secret);
	account_secret_derive(span_of(change->secret), credential->salt, credential->iterations,
			      &verifier);
	memcpy(row->sha256, verifier.sha256, sizeof row->sha256);
	memcpy(row->stored_key, verifier.stored_key, sizeof row->stored_key);
	memcpy(row->server_key, verifier.server_key, sizeof row->server_key);
	mem_wipe(&verifier, sizeof verifier);
	return 0;
}

/* set_options - in the order given; what changed goes into the audit row. */
static int
set_options(struct account_change *change, struct store_credential *row, struct err *err)
{
	for (size_t i = 0; i < change->options; i++) {
		const char *did;

		if (account_option_set(change->option[i], row, clock_unix_ms(), change->arena, &did,
				       err) < 0)
			return -1;
		change->detail = store_audit_add(change->arena, change->detail, did);
	}
	if (row->certificate_only && (row->certificates == NULL || row->certificates[0] == '\0'))
		return err_set(err, ERR_INPUT, EINVAL,
			       "certificate-only=yes goes with certificate=FINGERPRINT: without "
			       "one nobody could log in");
	return 0;
}

int
account_credential_create(struct account *account, struct account_change *change, struct err *err)
{
	int64_t now = clock_unix_ms();
	const char *from = "";
	struct store_credential *row;

	if (!is_name(change->name))
		return err_set(err, ERR_INPUT, EINVAL,
			       "a credential's name is made of a-z 0-9 . _ -, begins with a letter "
			       "or digit and has at most %d characters",
			       NAME_MAX_BYTES);
	if (account_rows_credential(account_current_rows(account), span_of(change->name)) != NULL)
		return err_set(err, ERR_INPUT, EEXIST, "there is a credential %s already",
			       change->name);
	if (make_patterns(account, change, &from, err) < 0)
		return -1;
	change->detail = change->froms == 0 ? "may send nothing"
		: arena_printf(change->arena, "from %s", pattern_text(from, change->arena));
	row = &account_change_row(change, STORE_PUT_CREDENTIAL)->row.credential;
	row->id = account_next_id(account, now);
	row->name = change->name;
	row->from = from;
	if (set_options(change, row, err) < 0)
		return -1;
	account_snapshot_salt(account_snapshot(account), span_of(change->name), row->salt);
	row->iterations = ACCOUNT_SCRAM_ITERATIONS;
	row->created_unix_ms = now;
	add_secret(account, change, row->id, 1, now);
	return 0;
}

/* put_again - the credential's row as it is, first in the change, strings copied
 * for the store's thread. */
static struct store_credential *
put_again(struct account_change *change, const struct account_rows_credential *c)
{
	struct store_credential *row =
		&account_change_row(change, STORE_PUT_CREDENTIAL)->row.credential;

	*row = c->row;
	row->name = arena_strdup(change->arena, c->row.name);
	row->from = arena_strdup(change->arena, c->row.from);
	row->pool = arena_strdup(change->arena, c->row.pool);
	row->env = arena_strdup(change->arena, c->row.env);
	row->networks = arena_strdup(change->arena, c->row.networks);
	row->certificates = arena_strdup(change->arena, c->row.certificates);
	row->revoked_by = arena_strdup(change->arena, c->row.revoked_by);
	return row;
}

static struct store_secret *
put_secret_again(struct account_change *change, const struct account_rows_credential *c, size_t i)
{
	struct store_secret *row = &account_change_row(change, STORE_PUT_SECRET)->row.secret;

	*row = c->secret[i];
	row->label = arena_strdup(change->arena, c->label[i]);
	return row;
}

static bool
has_ended(const struct store_secret *secret, int64_t now)
{
	return secret->ends_unix_ms != 0 && secret->ends_unix_ms <= now;
}

/* end_text - "k1 ends: never -> 2026-11-24T14:02:11Z" */
static const char *
end_text(struct arena *arena, const struct account_rows_credential *c, size_t i,
	 int64_t end_unix_ms)
{
	return store_audit_change(arena, arena_printf(arena, "%s ends", c->label[i]),
				  store_audit_time(arena, c->secret[i].ends_unix_ms),
				  store_audit_time(arena, end_unix_ms));
}

/* end_old_secrets - those that live get an end, those that ended go. Returns the
 * number of the newest label; *live_out counts what lives on. */
static unsigned
end_old_secrets(struct account_change *change, const struct account_rows_credential *c, int64_t now,
		size_t *live_out)
{
	int64_t end = now + (change->overlap_ms > 0 ? change->overlap_ms : 0);
	unsigned newest = 0;

	*live_out = 0;
	for (size_t i = 0; i < c->secrets; i++) {
		unsigned number = (unsigned)strtoul(c->label[i] + 1, NULL, 10);

		if (number > newest)
			newest = number;
		if (has_ended(&c->secret[i], now)) {
			struct store_secret *row =
				&account_change_row(change, STORE_DELETE_SECRET)->row.secret;

			row->id = c->secret[i].id;
			row->credential_id = c->row.id;
			continue;
		}
		if (c->secret[i].ends_unix_ms == 0 || c->secret[i].ends_unix_ms > end) {
			change->detail = store_audit_add(change->arena, change->detail,
							 end_text(change->arena, c, i, end));
			put_secret_again(change, c, i)->ends_unix_ms = end;
		}
		*live_out += 1;
	}
	return newest;
}

int
account_credential_rotate(struct account *account, struct account_change *change, struct err *err)
{
	const struct account_rows_credential *c = find_live(account, change, err);
	int64_t now = clock_unix_ms();
	unsigned newest;
	size_t live;

	if (c == NULL)
		return -1;
	put_again(change, c);
	newest = end_old_secrets(change, c, now, &live);
	if (live >= ACCOUNT_SECRETS_MAX)
		return err_set(err, ERR_LIMIT, EBUSY,
			       "%s has %d live keys, the most there may be; retire one first",
			       change->name, ACCOUNT_SECRETS_MAX);
	add_secret(account, change, c->row.id, newest + 1, now);
	change->detail = store_audit_add(change->arena,
					 arena_printf(change->arena, "%s made", change->new_key),
					 change->detail);
	return 0;
}

/* take_from - the options "from=@a.example,b@c.example" out of the others: senders
 * are checked against the domains there are, which options know nothing of. */
static int
take_from(struct account_change *change, struct err *err)
{
	size_t kept = 0;

	for (size_t i = 0; i < change->options; i++) {
		struct span rest, name = span_cut(span_of(change->option[i]), '=', &rest);

		if (!span_is(name, "from")) {
			change->option[kept++] = change->option[i];
			continue;
		}
		if (rest.n == 0)
			return err_set(err, ERR_INPUT, EINVAL,
				       "from= has no value; one that may send nothing is revoked");
		change->from = arena_zero(change->arena, (rest.n + 1) * sizeof *change->from);
		for (change->froms = 0; rest.n > 0;)
			change->from[change->froms++] =
				arena_span(change->arena, span_cut(rest, ',', &rest));
	}
	change->options = kept;
	return 0;
}

int
account_credential_limit(struct account *account, struct account_change *change, struct err *err)
{
	const struct account_rows_credential *c = find_live(account, change, err);
	struct store_credential *row;

	if (c == NULL)
		return -1;
	row = put_again(change, c);
	if (take_from(change, err) < 0)
		return -1;
	if (change->from != NULL) {
		const char *was = pattern_text(row->from, change->arena);

		if (make_patterns(account, change, &row->from, err) < 0)
			return -1;
		change->detail = store_audit_change(change->arena, "from", was,
						    pattern_text(row->from, change->arena));
	}
	return set_options(change, row, err);
}

int
account_credential_retire(struct account *account, struct account_change *change, struct err *err)
{
	const struct account_rows_credential *c = find_live(account, change, err);
	int64_t now = clock_unix_ms();

	if (c == NULL)
		return -1;
	for (size_t i = 0; i < c->secrets; i++) {
		if (strcmp(c->label[i], change->key) != 0)
			continue;
		if (has_ended(&c->secret[i], now))
			return err_set(err, ERR_INPUT, EEXIST, "key %s of %s has ended already",
				       change->key, change->name);
		change->detail = end_text(change->arena, c, i, now);
		put_secret_again(change, c, i)->ends_unix_ms = now;
		return 0;
	}
	return err_set(err, ERR_INPUT, ENOENT, "%s has no key %s", change->name, change->key);
}

int
account_credential_revoke(struct account *account, struct account_change *change, struct err *err)
{
	const struct account_rows_credential *c = find_live(account, change, err);
	struct store_credential *row;

	if (c == NULL)
		return -1;
	row = put_again(change, c);
	row->is_revoked = true;
	row->revoked_unix_ms = clock_unix_ms();
	row->revoked_by = change->who;
	change->detail = "live -> revoked";
	return 0;
}

/* next_name - "shop-prod" -> "shop-prod-2" -> "shop-prod-3"; the first that is free. NULL:
 * it would be too long. */
static const char *
next_name(struct account *account, struct account_change *change)
{
	const char *dash = strrchr(change->name, '-');
	size_t digits = dash != NULL ? strspn(dash + 1, "0123456789") : 0;
	bool is_numbered = digits > 0 && digits < 5 && dash[1 + digits] == '\0';
	unsigned long number = is_numbered ? strtoul(dash + 1, NULL, 10) : 1;
	int stem = is_numbered ? (int)(dash - change->name) : (int)strlen(change->name);
	const char *name;

	do {
		name = arena_printf(change->arena, "%.*s-%lu", stem, change->name, ++number);
	} while (account_rows_credential(account_current_rows(account), span_of(name)) != NULL);
	return is_name(name) ? name : NULL;
}

int
account_credential_replace(struct account *account, struct account_change *change, struct err *err)
{
	const struct account_rows_credential *c = find_live(account, change, err);
	int64_t now = clock_unix_ms();
	struct store_credential *row;

	if (c == NULL)
		return -1;
	if ((change->successor = next_name(account, change)) == NULL)
		return err_set(err, ERR_INPUT, EINVAL,
			       "the successor's name would be too long: revoke %s, and create one",
			       change->name);
	row = put_again(change, c); /* first: the new secret is derived with its salt */
	row->id = account_next_id(account, now);
	row->name = change->successor;
	row->created_unix_ms = now;
	row->used = (struct store_use){ 0 };
	account_snapshot_salt(account_snapshot(account), span_of(row->name), row->salt);
	row = put_again(change, c);
	row->is_revoked = true;
	row->revoked_unix_ms = now;
	row->revoked_by = change->who;
	add_secret(account, change, change->row[0].row.credential.id, 1, now);
	change->detail = arena_printf(change->arena, "live -> revoked; successor %s",
				      change->successor);
	return 0;
}
