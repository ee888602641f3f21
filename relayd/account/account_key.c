/* account_key.c - what becomes of a domain's DKIM keys.
 *
 *          make, read            its record is seen          ... for long enough
 *   rotate -----------> new ---------------------> published -------------------+
 *   import               ^     (rotation)              |  (rotation)            v
 *                        +-----------------------------+ it went            active
 *                                                                              | another one of
 *   gone <------------ unneeded <-------------------------- retired <---------+ its algorithm is
 *     its record is gone         nothing signed with it waits, and time passed
 *
 * rotation/ watches the DNS and the queue and asks for each move (ACCOUNT_KEY_MOVE); an
 * operator may skip the waiting (is_now). A key becomes active and its predecessor retires
 * in one change, so that no message finds none or both. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "account_private.h"
#include "base/clock.h"
#include "smtp/smtp_address.h"
#include "store/store_audit.h"

#define SELECTOR_MAX 63
#define NAME_MAX_BYTES 253

static const struct {
	const char *word, *suffix;
} algorithms[DKIM_ALGORITHM_COUNT] = {
	[DKIM_RSA_SHA256] = { "RSA", "" },
	[DKIM_ED25519_SHA256] = { "Ed25519", "e" },
};

static bool
is_pending(const struct account_key *key)
{
	return key->state == STORE_KEY_NEW || key->state == STORE_KEY_PUBLISHED;
}

/* add_detail - a comma between parts */
static void
add_detail(struct account_change *change, const char *text)
{
	change->detail = change->detail == NULL ? text :
		arena_printf(change->arena, "%s, %s", change->detail, text);
}

/* ---- rows -------------------------------------------------------------------------- */

struct store_key *
account_key_row(struct account *account, struct account_change *change, uint64_t domain_id,
		const char *selector, enum store_key_state state)
{
	struct store_key *row = &account_change_row(change, STORE_PUT_KEY)->row.key;
	int64_t now = clock_unix_ms();

	row->id = account_next_id(account, now);
	row->domain_id = domain_id;
	row->selector = selector;
	row->state = state;
	row->since_unix_ms = row->created_unix_ms = now;
	return row;
}

static void
move(struct account_change *change, const struct account_domain *domain,
     const struct account_key *key, enum store_key_state state)
{
	struct store_key *row = &account_change_row(change, STORE_MOVE_KEY)->row.key;

	row->id = key->id;
	row->domain_id = domain->id;
	row->state = state;
	row->since_unix_ms = clock_unix_ms();
	add_detail(change, store_audit_change(change->arena, key->selector,
					      account_key_state_name(key->state),
					      account_key_state_name(state)));
}

static void
drop(struct account_change *change, const struct account_domain *domain,
     const struct account_key *key)
{
	struct store_key *row = &account_change_row(change, STORE_DELETE_KEY)->row.key;

	row->id = key->id;
	row->domain_id = domain->id;
	add_detail(change, arena_printf(change->arena, "%s (%s) removed", key->selector,
					account_key_state_name(key->state)));
}

/* retire - all that sign by this algorithm: their successor does from this change on. */
static void
retire(struct account_change *change, const struct account_domain *domain,
       enum dkim_algorithm algorithm)
{
	for (size_t i = 0; i < domain->keys; i++)
		if (domain->key[i].is_active &&
		    dkim_key_algorithm(domain->key[i].key) == algorithm)
			move(change, domain, &domain->key[i], STORE_KEY_RETIRED);
}

static const struct account_key *
find_key(const struct account_domain *domain, const struct account_change *change,
	 struct err *err)
{
	const struct account_key *key = account_domain_key(domain, span_of(change->key));

	if (key == NULL)
		(void)err_set(err, ERR_INPUT, ENOENT, "%.80s has no DKIM key %.63s",
			      domain->name, change->key);
	return key;
}

static int
check_room(const struct account_domain *domain, size_t more, struct err *err)
{
	if (domain->keys + more <= ACCOUNT_KEYS_MAX)
		return 0;
	return err_set(err, ERR_INPUT, EBUSY,
		       "%.60s has %zu DKIM keys, %d at most: domain dkim remove takes old ones "
		       "away",
		       domain->name, domain->keys, ACCOUNT_KEYS_MAX);
}

/* ---- rotate ------------------------------------------------------------------------- */

static unsigned
signing_algorithms(const struct account_domain *domain)
{
	unsigned all = 1u << DKIM_RSA_SHA256; /* few verify anything else */

	for (size_t i = 0; i < domain->keys; i++)
		if (domain->key[i].is_active)
			all |= 1u << dkim_key_algorithm(domain->key[i].key);
	return all;
}

static const struct account_key *
find_pending(const struct account_domain *domain, enum dkim_algorithm algorithm)
{
	const struct account_key *found = NULL; /* the newest */

	for (size_t i = 0; i < domain->keys; i++)
		if (is_pending(&domain->key[i]) &&
		    dkim_key_algorithm(domain->key[i].key) == algorithm &&
		    (found == NULL || domain->key[i].id > found->id))
			found = &domain->key[i];
	return found;
}

/* next_number - of k<n>: no selector comes twice, since caches remember what it was. */
static uint32_t
next_number(const struct account_domain *domain)
{
	uint32_t last = domain->last_key_no;

	for (size_t i = 0; i < domain->keys; i++) {
		struct span digits = span_of(domain->key[i].selector);
		unsigned long long n;

		if (digits.n < 2 || (digits.p[0] != 'k' && digits.p[0] != 'K'))
			continue;
		digits = (struct span){ digits.p + 1, digits.n - 1 };
		if (digits.p[digits.n - 1] == 'e')
			digits.n--;
		if (span_to_u64(digits, &n) && n > last && n < UINT32_MAX)
			last = (uint32_t)n;
	}
	return last + 1;
}

static void
add_key(struct account *account, struct account_change *change,
	const struct account_domain *domain, enum dkim_algorithm algorithm, uint32_t number)
{
	const char *selector = arena_printf(change->arena, "k%u%s", number,
					    algorithms[algorithm].suffix);

	if (change->is_now)
		retire(change, domain, algorithm);
	account_key_row(account, change, domain->id, selector,
			change->is_now ? STORE_KEY_ACTIVE : STORE_KEY_NEW);
	change->made[algorithm] = change->rows;
	add_detail(change, arena_printf(change->arena, "%s (%s) made", selector,
					algorithms[algorithm].word));
}

static int
rotate_one(struct account *account, struct account_change *change,
	   const struct account_domain *domain, enum dkim_algorithm algorithm, uint32_t number,
	   struct err *err)
{
	const struct account_key *pending = find_pending(domain, algorithm);

	if (pending != NULL && !change->is_now)
		return err_set(err, ERR_INPUT, EBUSY,
			       "DKIM key %.40s waits for its record already: publish it, --now "
			       "switches at once, domain dkim remove gives it up",
			       pending->selector);
	if (pending == NULL) {
		add_key(account, change, domain, algorithm, number);
		return 0;
	}
	retire(change, domain, algorithm);
	move(change, domain, pending, STORE_KEY_ACTIVE);
	return 0;
}

int
account_key_rotate(struct account *account, struct account_change *change, struct err *err)
{
	const struct account_domain *domain = account_domain_find(account, change, err);
	struct store_domain *row;
	uint32_t number;

	if (domain == NULL || check_room(domain, DKIM_ALGORITHM_COUNT, err) < 0)
		return -1;
	if (change->algorithms == 0)
		change->algorithms = signing_algorithms(domain);
	number = next_number(domain);
	row = account_domain_row(change, domain);
	row->last_key_no = number;
	for (int a = 0; a < DKIM_ALGORITHM_COUNT; a++)
		if ((change->algorithms & 1u << a) != 0 &&
		    rotate_one(account, change, domain, (enum dkim_algorithm)a, number, err) < 0)
			return -1;
	if (change->made[DKIM_RSA_SHA256] == 0 && change->made[DKIM_ED25519_SHA256] == 0)
		row->last_key_no = domain->last_key_no; /* the number is not used up */
	if (change->is_now)
		change->warning = "Mail is signed with the new key from now on; where its record "
				  "is not seen yet, that signature does not verify.";
	return 0;
}

static struct dkim_key *
generate(enum dkim_algorithm algorithm, unsigned bits, struct err *err)
{
	struct dkim_key *key;

	if (algorithm != DKIM_RSA_SHA256)
		return dkim_key_generate(algorithm, err);
	key = dkim_key_generate_rsa(bits, err);
	if (key == NULL && err->kind == ERR_INPUT)
		err->code = EINVAL;
	return key;
}

int
account_key_make(struct account_change *change, struct err *err)
{
	for (int a = 0; a < DKIM_ALGORITHM_COUNT; a++) {
		struct store_key *row;
		struct dkim_key *key;
		int rc;

		if (change->made[a] == 0)
			continue;
		row = &change->row[change->made[a] - 1].row.key;
		key = generate((enum dkim_algorithm)a, change->bits, err);
		if (key == NULL)
			return -1;
		rc = account_seal_key(account_vault(change->account), change->name, row->selector,
				      key, change->arena, &row->pem, err);
		dkim_key_free(&key);
		if (rc < 0)
			return -1;
	}
	return 0;
}

/* ---- import, export ------------------------------------------------------------------- */

/* check_selector - one or more labels (RFC 6376 s3.1), lower case from here on */
static int
check_selector(struct account_change *change, const struct account_domain *domain,
	       struct err *err)
{
	char *text = arena_strdup(change->arena, change->key);
	struct span rest = span_of(text);
	size_t n = rest.n;
	bool ok = n > 0 && n <= SELECTOR_MAX && text[n - 1] != '.' &&
		  n + strlen("._domainkey.") + strlen(domain->name) <= NAME_MAX_BYTES;

	for (size_t i = 0; ok && i < n; i++) {
		char c = text[i];

		if (c >= 'A' && c <= 'Z')
			text[i] = (char)(c - 'A' + 'a');
		ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		     c == '-' || c == '_' || c == '.';
	}
	while (ok && rest.n > 0) {
		struct span label = span_cut(rest, '.', &rest);

		ok = label.n > 0 && label.p[0] != '-' && label.p[label.n - 1] != '-';
	}
	if (!ok)
		return err_set(err, ERR_INPUT, EINVAL,
			       "a selector is letters, digits and hyphens, as in k2 or mail2026");
	change->key = text;
	return 0;
}

int
account_key_import(struct account *account, struct account_change *change, struct err *err)
{
	const struct account_domain *domain = account_domain_find(account, change, err);

	if (domain == NULL || check_selector(change, domain, err) < 0 ||
	    check_room(domain, 1, err) < 0)
		return -1;
	if (account_domain_key(domain, span_of(change->key)) != NULL)
		return err_set(err, ERR_INPUT, EEXIST, "%.80s has a DKIM key %.63s already",
			       domain->name, change->key);
	account_key_row(account, change, domain->id, change->key, STORE_KEY_NEW);
	return 0;
}

int
account_key_read(struct account_change *change, struct err *err)
{
	struct store_key *row = &change->row[0].row.key;
	struct dkim_key *key = dkim_key_import(span_of(change->pem), err);
	enum dkim_algorithm algorithm;
	int rc;

	if (key == NULL) {
		err->code = EINVAL;
		return -1;
	}
	algorithm = dkim_key_algorithm(key);
	rc = account_seal_key(account_vault(change->account), change->name, row->selector, key,
			      change->arena, &row->pem, err);
	change->detail = arena_printf(change->arena, "%s (%s, %u bits) imported; it waits for its "
				      "record", row->selector, algorithms[algorithm].word,
				      dkim_key_bits(key));
	if (algorithm == DKIM_RSA_SHA256 && dkim_key_bits(key) < 2048)
		change->warning = "RSA keys of less than 2048 bits are distrusted: rotate it soon.";
	dkim_key_free(&key);
	return rc;
}

int
account_key_export(struct account *account, struct account_change *change, struct err *err)
{
	const struct account_domain *domain = account_domain_find(account, change, err);
	const struct account_key *key = domain != NULL ? find_key(domain, change, err) : NULL;
	struct buf pem;
	int rc;

	if (key == NULL)
		return -1;
	buf_init(&pem, VAULT_PLAIN_MAX_BYTES);
	(void)buf_reserve(&pem, VAULT_PLAIN_MAX_BYTES);
	rc = dkim_key_write_pem(key->key, &pem, err);
	if (rc == 0)
		change->text = arena_span(change->arena, buf_span(&pem));
	vault_wipe(&pem);
	change->detail = arena_printf(change->arena, "%s (%s): the private key was handed out",
				      key->selector, account_key_state_name(key->state));
	return rc;
}

/* ---- remove, move ---------------------------------------------------------------------- */

/* has_other - does another RSA key sign? Few verify Ed25519. */
static bool
has_other(const struct account_domain *domain, const struct account_key *key)
{
	for (size_t i = 0; i < domain->keys; i++)
		if (&domain->key[i] != key && domain->key[i].is_active &&
		    dkim_key_algorithm(domain->key[i].key) == DKIM_RSA_SHA256)
			return true;
	return false;
}

/* drop_lost - a key that cannot be read is in no picture, and its row is in the way. */
static bool
drop_lost(const struct account_rows *rows, struct account_change *change,
	  const struct account_domain *domain)
{
	const struct account_rows_lost *lost;

	for (size_t i = 0; (lost = account_rows_lost_at(rows, i)) != NULL; i++) {
		struct store_key *row;

		if (lost->domain_id != domain->id ||
		    !span_is_nocase(span_of(change->key), lost->selector))
			continue;
		row = &account_change_row(change, STORE_DELETE_KEY)->row.key;
		row->id = lost->id;
		row->domain_id = domain->id;
		add_detail(change, arena_printf(change->arena, "%s (unreadable) removed",
						lost->selector));
		return true;
	}
	return false;
}

int
account_key_remove(struct account *account, struct account_change *change, struct err *err)
{
	const struct account_domain *domain = account_domain_find(account, change, err);
	const struct account_key *key;

	if (domain == NULL)
		return -1;
	if (drop_lost(account_current_rows(account), change, domain))
		return 0;
	if ((key = find_key(domain, change, err)) == NULL)
		return -1;
	if (key->is_active && !has_other(domain, key))
		return err_set(err, ERR_INPUT, EBUSY,
			       "DKIM key %.40s signs, and no other RSA key does: rotate it, then "
			       "it retires", key->selector);
	if ((key->is_active || key->state == STORE_KEY_RETIRED) && !change->is_now)
		return err_set(err, ERR_INPUT, EBUSY,
			       "mail signed with DKIM key %.40s is on its way or still comes: "
			       "leave it and its record, or --now", key->selector);
	drop(change, domain, key);
	return 0;
}

int
account_key_move(struct account *account, struct account_change *change, struct err *err)
{
	const struct account_domain *domain = account_domain_find(account, change, err);
	const struct account_key *key = domain != NULL ? find_key(domain, change, err) : NULL;

	if (key == NULL)
		return -1;
	if (key->state != change->from_state)
		return err_set(err, ERR_INPUT, EBUSY, "DKIM key %.40s is %s meanwhile",
			       key->selector, account_key_state_name(key->state));
	if (change->to_state == STORE_KEY_STATE_COUNT) {
		drop(change, domain, key);
		return 0;
	}
	if (change->to_state == STORE_KEY_ACTIVE)
		retire(change, domain, dkim_key_algorithm(key->key));
	move(change, domain, key, change->to_state);
	return 0;
}
