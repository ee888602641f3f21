/* account_snapshot.h - who may send and as whom: an immutable picture of all
 * credentials and domains, shared by reference with every loop.
 *
 * A change (create, rotate, revoke, add a domain) is committed by the store
 * first; then a new picture is made and sent to each loop's mailbox. A session
 * compares the picture's generation at each command, which is how a revoked
 * credential is cut off at its next one. */
#ifndef ACCOUNT_ACCOUNT_SNAPSHOT_H
#define ACCOUNT_ACCOUNT_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "account/account_certificate.h"
#include "account/account_meter.h"
#include "account/account_network.h"
#include "base/arena.h"
#include "base/map.h"
#include "base/ref.h"
#include "base/span.h"
#include "dkim/dkim.h"
#include "store/store_row.h"

#define ACCOUNT_SECRETS_MAX 8 /* live at once per credential */
#define ACCOUNT_KEYS_MAX 16   /* DKIM keys of one domain: two sign, the rest are in rotation */
#define ACCOUNT_HASH_BYTES 32
#define ACCOUNT_SALT_BYTES 16

enum account_protocol { /* bits of store_credential.protocols */
	ACCOUNT_SMTP = 1,
	ACCOUNT_API = 2,
};

enum account_tripwire { /* what is done when it behaves as it never did */
	ACCOUNT_TRIPWIRE_WARN, /* the default */
	ACCOUNT_TRIPWIRE_OFF,
	ACCOUNT_TRIPWIRE_SLOW,
	ACCOUNT_TRIPWIRE_HOLD,
	ACCOUNT_TRIPWIRE_COUNT
};
extern const char *const account_tripwire_names[]; /* by number; NULL at the end */

struct account_secret {
	uint64_t id;				      /* store row */
	char label[8];				      /* "k1", "k2": what people see as key id */
	unsigned char sha256[ACCOUNT_HASH_BYTES];     /* of the secret's text */
	unsigned char stored_key[ACCOUNT_HASH_BYTES]; /* SCRAM-SHA-256 */
	unsigned char server_key[ACCOUNT_HASH_BYTES];
	int64_t created_unix_ms;
	int64_t ends_unix_ms; /* 0: no end */
};

struct account_credential {
	uint64_t id;
	const char *name;
	bool is_revoked;
	bool is_bulk;
	bool fix_bare_line_ends; /* "fix": make bare CR, LF into CRLF instead of 550 */
	bool may_send_null;	 /* may use MAIL FROM:<> */
	bool mutes_notices;	 /* its senders get no delivery status notices */
	bool refuses_suppressed; /* RCPT is refused, not accepted and recorded */
	const char *pool;	 /* of source addresses; NULL: the default one */
	const char *env;	 /* operators' label; NULL: none */
	const struct account_network *network; /* it may log in from; networks 0: any */
	size_t networks;
	const struct account_certificate *certificate; /* its clients must show one; 0: none */
	size_t certificates;
	bool certificate_only; /* which then is the login, and no password is */
	uint32_t protocols; /* bits of enum account_protocol; 0: all */
	struct account_limits limits;
	struct account_meter *meter; /* what was used of them; a reference of the snapshot's */
	uint32_t recipients_max;     /* of a message; 0: as the relay */
	uint64_t size_max_bytes;     /* of a message; 0: as the relay */
	int64_t expires_unix_ms;     /* 0: never */
	enum account_tripwire tripwire;
	const char **from;	 /* "@shop.example", "@*.shop.example" or "a@shop.example" */
	size_t froms;
	unsigned char salt[ACCOUNT_SALT_BYTES]; /* SCRAM, shared by all its secrets */
	uint32_t iterations;
	struct account_secret secret[ACCOUNT_SECRETS_MAX];
	size_t secrets;
	int64_t created_unix_ms;
	int64_t revoked_unix_ms; /* 0: not */
	const char *revoked_by;	 /* NULL: nobody, or it is not known */
	uint64_t generation;	 /* another after each change of it: see account_change */
};

struct account_key { /* a DKIM key of a domain */
	uint64_t id;
	const char *selector;
	const struct dkim_key *key;
	enum store_key_state state;
	bool is_active; /* signs: the state is STORE_KEY_ACTIVE */
	int64_t since_unix_ms; /* in this state */
	int64_t created_unix_ms;
};

struct account_domain {
	uint64_t id;
	const char *name; /* A-label */
	const char *pool; /* of source addresses; NULL: none chosen */
	bool holds_failing; /* its mail is held while it would fail DMARC */
	const struct account_key *key;
	size_t keys;
	uint32_t last_key_no; /* the largest n of selectors k<n> so far */
	int64_t created_unix_ms;
	uint64_t generation; /* another after each change of it or of its keys */
};

struct account_held_key; /* the snapshots' share in a parsed key */

struct account_snapshot {
	struct ref ref;
	struct arena *arena;
	struct account_held_key **held; /* one reference each */
	size_t helds;
	unsigned char salt_seed[ACCOUNT_SALT_BYTES]; /* see account_snapshot_salt */
	uint64_t generation;			     /* grows with every change */
	struct map *credential_by_name;		     /* -> struct account_credential */
	struct map *credential_by_id;		     /* key: uint64_t */
	struct map *domain_by_name;		     /* -> struct account_domain */
	struct account_credential **credential;	     /* sorted by name */
	size_t credentials;
	struct account_domain **domain; /* sorted by name */
	size_t domains;
	size_t pooled_domains; /* that chose a pool */
	bool wants_certificates; /* some live credential does: clients are asked for one */
};

struct account_snapshot *account_snapshot_ref(struct account_snapshot *snapshot);
void account_snapshot_unref(struct account_snapshot **snapshot);
/* NULL: none. Names are matched exactly. */
const struct account_credential *
account_snapshot_credential(const struct account_snapshot *snapshot, struct span name);
const struct account_credential *
account_snapshot_credential_by_id(const struct account_snapshot *snapshot, uint64_t id);
const struct account_domain *account_snapshot_domain(const struct account_snapshot *snapshot,
						     struct span a_label);
/* account_snapshot_domain_above - the domain itself, else the nearest one it lies
 * below: its keys sign for the whole tree (relaxed alignment, RFC 7489 s3.1). */
const struct account_domain *account_snapshot_domain_above(const struct account_snapshot *snapshot,
							   struct span a_label);
/* account_domain_may_remove - -1: err EBUSY names a credential that sends as it, and what to do. */
int account_domain_may_remove(const struct account_snapshot *snapshot, const char *domain,
			      struct err *err);
/* account_domain_key - by selector, without case; NULL: none. */
const struct account_key *account_domain_key(const struct account_domain *domain,
					     struct span selector);
/* account_key_state_name - "new", "published", "active", "retired", "unneeded". */
const char *account_key_state_name(enum store_key_state state);
/* account_snapshot_salt - the SCRAM salt of this name, whether such a credential
 * exists or not: derived, so that it stays the same over the years and a restart,
 * and that making a credential does not change what its name answers. */
void account_snapshot_salt(const struct account_snapshot *snapshot, struct span name,
			   unsigned char out[ACCOUNT_SALT_BYTES]);
/* account_snapshot_login - plain name and secret; the same work for an unknown
 * name as for a known one. Returns the secret and sets *credential_out, or NULL:
 * unknown, revoked, or wrong secret, which nobody outside can tell apart. */
const struct account_secret *
account_snapshot_login(const struct account_snapshot *snapshot, struct span name,
		       struct span secret, int64_t now_unix_ms,
		       const struct account_credential **credential_out);
struct account_login { /* how a client comes */
	enum account_protocol protocol;
	const char *address; /* NULL: through a listener of its own, which asks for nothing */
	const struct account_certificate *certificate; /* it has the key of; NULL: none */
	bool has_password; /* checked and right */
};
/* account_credential_obstacle - why it may not be used now, in this way, in words for
 * operators; NULL: it may. Logins that fail for it are answered like wrong passwords: what
 * was found out by trying is nobody's business. */
const char *account_credential_obstacle(const struct account_credential *credential,
					const struct account_login *login, int64_t now_unix_ms);
struct account_refused { /* a login by certificate */
	const struct account_credential *whose; /* it would have been, or one of them; or NULL */
	const char *why;
};
/* account_snapshot_by_certificate - the one that logs in with login's certificate alone, has no
 * obstacle, and this name; name empty: whichever does, if it is one only. NULL: none, or
 * several, and *refused_out says so. */
const struct account_credential *
account_snapshot_by_certificate(const struct account_snapshot *snapshot, struct span name,
				const struct account_login *login, int64_t now_unix_ms,
				struct account_refused *refused_out);
/* account_credential_may_send - does a `from` pattern cover this address? Domain
 * compared as A-label, case folded; local part exactly but for ASCII case. */
bool account_credential_may_send(const struct account_credential *credential, struct span address);
/* account_credential_check - plain secret against every live one, by SHA-256, in
 * constant time over all. Returns the secret or NULL. */
const struct account_secret *account_credential_check(const struct account_credential *credential,
						      struct span secret, int64_t now_unix_ms);
bool account_secret_is_live(const struct account_secret *secret, int64_t now_unix_ms);

#endif
