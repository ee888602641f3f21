/* account_snapshot.c - questions to a snapshot; account_rows.c makes it. Pure
 * reads, so any thread that holds a reference may ask. */
#include "account_snapshot.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "account_secret.h"
#include "account_snapshot_private.h"
#include "base/mem.h"
#include "smtp/smtp_address.h"

/* checked in place of a credential that does not exist: no secret is live, and
 * the work is the same */
static const struct account_credential nobody;

const char *const account_tripwire_names[] = { "warn", "off", "slow", "hold", NULL };

struct account_held_key *
account_held_key_new(struct dkim_key *key)
{
	struct account_held_key *held = mem_alloc(sizeof *held);

	ref_init(&held->ref);
	held->key = key;
	return held;
}

struct account_held_key *
account_held_key_ref(struct account_held_key *held)
{
	ref_add(&held->ref);
	return held;
}

void
account_held_key_unref(struct account_held_key **held)
{
	struct account_held_key *h = *held;

	*held = NULL;
	if (h == NULL || !ref_drop(&h->ref))
		return;
	dkim_key_free(&h->key);
	mem_free(h);
}

struct account_snapshot *
account_snapshot_ref(struct account_snapshot *snapshot)
{
	ref_add(&snapshot->ref);
	return snapshot;
}

void
account_snapshot_unref(struct account_snapshot **snapshot)
{
	struct account_snapshot *s = *snapshot;
	struct arena *arena;

	*snapshot = NULL;
	if (s == NULL || !ref_drop(&s->ref))
		return;
	arena = s->arena; /* s lives in it */
	for (size_t i = 0; i < s->helds; i++)
		account_held_key_unref(&s->held[i]);
	for (size_t i = 0; i < s->credentials; i++)
		account_meter_unref(&s->credential[i]->meter);
	map_free(&s->credential_by_name);
	map_free(&s->credential_by_id);
	map_free(&s->domain_by_name);
	mem_wipe(s->salt_seed, sizeof s->salt_seed);
	arena_free(&arena);
}

const struct account_credential *
account_snapshot_credential(const struct account_snapshot *snapshot, struct span name)
{
	return map_get(snapshot->credential_by_name, name);
}

const struct account_credential *
account_snapshot_credential_by_id(const struct account_snapshot *snapshot, uint64_t id)
{
	return map_get(snapshot->credential_by_id, map_key_u64(&id));
}

const struct account_domain *
account_snapshot_domain(const struct account_snapshot *snapshot, struct span a_label)
{
	return map_get(snapshot->domain_by_name, a_label);
}

const struct account_domain *
account_snapshot_domain_above(const struct account_snapshot *snapshot, struct span a_label)
{
	const struct account_domain *domain;

	while (a_label.n > 0) {
		if ((domain = account_snapshot_domain(snapshot, a_label)) != NULL)
			return domain;
		(void)span_cut(a_label, '.', &a_label);
	}
	return NULL;
}

const struct account_key *
account_domain_key(const struct account_domain *domain, struct span selector)
{
	for (size_t i = 0; i < domain->keys; i++)
		if (span_is_nocase(selector, domain->key[i].selector))
			return &domain->key[i];
	return NULL;
}

const char *
account_key_state_name(enum store_key_state state)
{
	static const char *const names[STORE_KEY_STATE_COUNT] = {
		[STORE_KEY_NEW] = "new",
		[STORE_KEY_PUBLISHED] = "published",
		[STORE_KEY_ACTIVE] = "active",
		[STORE_KEY_RETIRED] = "retired",
		[STORE_KEY_UNNEEDED] = "unneeded",
	};

	return names[state];
}

void
account_snapshot_salt(const struct account_snapshot *snapshot, struct span name,
		      unsigned char out[ACCOUNT_SALT_BYTES])
{
	unsigned char mac[ACCOUNT_HASH_BYTES];

	must(HMAC(EVP_sha256(), snapshot->salt_seed, sizeof snapshot->salt_seed,
		  (const unsigned char *)(name.n ? name.p : ""), name.n, mac, NULL) != NULL);
	memcpy(out, mac, ACCOUNT_SALT_BYTES);
	mem_wipe(mac, sizeof mac);
}

/* pattern: "@domain", "@*.domain" or "local@domain" with any * in local, all lower case,
 * A-labels */
static bool
pattern_covers(const char *pattern, struct span local, struct span a_label)
{
	const char *at = strrchr(pattern, '@');
	struct span pattern_local = { pattern, (size_t)(at - pattern) };

	if (pattern_local.n > 0 && !span_match_nocase(local, pattern_local))
		return false;
	if (strncmp(at + 1, "*.", 2) != 0)
		return span_is(a_label, at + 1);
	return span_match_nocase(a_label, span_of(at + 1));
}

bool
account_credential_may_send(const struct account_credential *credential, struct span address)
{
	struct smtp_address parsed;
	char domain[SMTP_DOMAIN_MAX + 1];

	if (smtp_address_parse(address, &parsed, NULL) < 0 ||
	    smtp_domain_ascii(parsed.domain, domain, NULL) < 0)
		return false;
	for (size_t i = 0; i < credential->froms; i++)
		if (pattern_covers(credential->from[i], parsed.local, span_of(domain)))
			return true;
	return false;
}

static const char *
certificate_obstacle(const struct account_credential *credential, const struct account_login *login)
{
	bool wants_one = credential->certificates > 0 || credential->certificate_only;

	if (wants_one && login->certificate == NULL)
		return "the credential wants a client certificate, and none was shown";
	if (wants_one &&
	    !account_certificate_has(credential->certificate, credential->certificates,
				     login->certificate))
		return "the client certificate is none of the credential's";
	if (credential->certificate_only && login->has_password)
		return "the credential logs in with its certificate, not with a password";
	if (!credential->certificate_only && !login->has_password)
		return "the credential wants a password beside its certificate";
	return NULL;
}

const char *
account_credential_obstacle(const struct account_credential *credential,
			    const struct account_login *login, int64_t now_unix_ms)
{
	if (credential->is_revoked)
		return "the credential is revoked";
	if (credential->expires_unix_ms != 0 && credential->expires_unix_ms <= now_unix_ms)
		return "the credential has expired";
	if (credential->protocols != 0 && !(credential->protocols & login->protocol))
		return "the credential is not for this protocol";
	if (login->address == NULL)
		return NULL;
	if (credential->networks > 0 &&
	    !account_network_has(credential->network, credential->networks, login->address))
		return "the credential may not be used from this network";
	return certificate_obstacle(credential, login);
}

/* Of several that have it, one that may not be used now is in nobody's way: the successor of
 * one that expired goes on with the same certificate. */
const struct account_credential *
account_snapshot_by_certificate(const struct account_snapshot *snapshot, struct span name,
				const struct account_login *login, int64_t now_unix_ms,
				struct account_refused *refused_out)
{
	const struct account_credential *usable = NULL;
	size_t usables = 0;

	*refused_out = (struct account_refused){ NULL, "the certificate is of no credential" };
	for (size_t i = 0; login->certificate != NULL && i < snapshot->credentials; i++) {
		const struct account_credential *c = snapshot->credential[i];
		const char *obstacle;

		if (!c->certificate_only || (name.n > 0 && !span_is(name, c->name)) ||
		    !account_certificate_has(c->certificate, c->certificates, login->certificate))
			continue;
		obstacle = account_credential_obstacle(c, login, now_unix_ms);
		if (obstacle == NULL) {
			usable = c;
			usables++;
		} else if (refused_out->whose == NULL || !c->is_revoked) {
			*refused_out = (struct account_refused){ c, obstacle };
		}
	}
	if (usables <= 1)
		return usable;
	*refused_out = (struct account_refused){
		usable, "the certificate is of several credentials, and none is named"
	};
	return NULL;
}

bool
account_secret_is_live(const struct account_secret *secret, int64_t now_unix_ms)
{
	return secret->ends_unix_ms == 0 || now_unix_ms < secret->ends_unix_ms;
}

/* All places are compared, used or not, found or not. */
const struct account_secret *
account_credential_check(const struct account_credential *credential, struct span secret,
			 int64_t now_unix_ms)
{
	unsigned char hash[ACCOUNT_HASH_BYTES];
	const struct account_secret *found = NULL;

	account_secret_hash(secret, hash);
	for (size_t i = 0; i < ACCOUNT_SECRETS_MAX; i++) {
		const struct account_secret *s = &credential->secret[i];
		bool same = CRYPTO_memcmp(s->sha256, hash, sizeof hash) == 0;

		if (same && i < credential->secrets && account_secret_is_live(s, now_unix_ms))
			found = s;
	}
	mem_wipe(hash, sizeof hash);
	return found;
}

const struct account_secret *
account_snapshot_login(const struct account_snapshot *snapshot, struct span name,
		       struct span secret, int64_t now_unix_ms,
		       const struct account_credential **credential_out)
{
	const struct account_credential *credential = account_snapshot_credential(snapshot, name);
	bool is_known = credential != NULL && !credential->is_revoked;
	const struct account_secret *found =
		account_credential_check(is_known ? credential : &nobody, secret, now_unix_ms);

	*credential_out = found != NULL ? credential : NULL;
	return found;
}
