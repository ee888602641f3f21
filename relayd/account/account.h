/* account.h - the one who may change credentials and domains.
 *
 * Lives on the main loop. A change is checked against the rows in memory, given
 * to a thread of its own where it needs slow arithmetic (RSA keys take tenths of
 * a second, SCRAM's derivation milliseconds), committed by the store with its
 * audit row, and only then applied: rows in memory, a new snapshot, which goes to
 * `changed` and from there to every loop. Changes are done one at a time, in the
 * order they came: each is checked against what the one before left.
 *
 *   account_change_start -> prepare -> [work] -> store -> apply -> change->done
 *        (main)             (main)   (account)  (store)  (main)      (main) */
#ifndef ACCOUNT_ACCOUNT_H
#define ACCOUNT_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "account/account_secret.h"
#include "account/account_snapshot.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"
#include "loop/loop.h"
#include "loop/mailbox.h"
#include "store/store.h"
#include "vault/vault.h"

struct account;

/* changed - a new snapshot, borrowed: take a reference to keep it. */
typedef void (*account_changed_fn)(struct account_snapshot *snapshot, void *arg);

struct account_options {
	struct loop *loop; /* the main loop */
	struct store *store;
	const struct vault *vault; /* what keys are sealed in; NULL: they are not */
	uint32_t node, lane; /* for the ids of new rows */
	uint64_t not_before_id;
	account_changed_fn changed; /* may be NULL */
	void *arg;
};

/* account_new - with the rows the store has: before store_start. Keys that cannot
 * be read are left out and logged. With a master key, keys that are not sealed under
 * it are now. Returns owned or NULL: err INPUT when a key is sealed under a master key
 * that is not given. */
struct account *account_new(const struct account_options *options, struct err *err);
/* account_check_sealed - could account_new open the keys of the store that is there, with this
 * vault? -1: err INPUT when not, another kind when that store cannot be looked into. */
int account_check_sealed(const struct store_options *store, const struct vault *vault,
			 struct err *err);
/* account_start - its thread; after store_start, before changes. */
int account_start(struct account *account, struct err *err);
/* account_stop - after the store stopped or before; what is under way is dropped
 * without an answer. */
void account_stop(struct account *account);
void account_free(struct account **account);
/* account_plain_keys - DKIM keys that the store has in the clear. */
size_t account_plain_keys(const struct account *account);
/* account_unreadable - why the first of the keys that were left out was, or NULL; borrowed. */
const char *account_unreadable(const struct account *account);
struct account_snapshot *account_snapshot(struct account *account); /* borrowed; never NULL */

/* ---- changes ----------------------------------------------------------------- */
enum account_act {
	ACCOUNT_CREDENTIAL_CREATE, /* name, from, option -> secret, key */
	ACCOUNT_CREDENTIAL_ROTATE, /* name, overlap_ms -> secret, key */
	ACCOUNT_CREDENTIAL_RETIRE, /* name, key: that secret ends now */
	ACCOUNT_CREDENTIAL_LIMIT,  /* name, option */
	ACCOUNT_CREDENTIAL_REVOKE, /* name: for good */
	ACCOUNT_CREDENTIAL_REPLACE, /* name: revoked, and a successor with all it was
				     * -> successor, secret, key */
	ACCOUNT_DOMAIN_ADD,	   /* name, option */
	ACCOUNT_DOMAIN_LIMIT,	   /* name, option */
	ACCOUNT_DOMAIN_REMOVE,	   /* name */
	ACCOUNT_KEY_ROTATE,	   /* name, algorithms, bits, is_now */
	ACCOUNT_KEY_IMPORT,	   /* name, key: its selector, pem, is_now */
	ACCOUNT_KEY_EXPORT,	   /* name, key -> text */
	ACCOUNT_KEY_REMOVE,	   /* name, key, is_now: not the last that signs */
	ACCOUNT_KEY_MOVE,	   /* name, key, from_state, to_state */
	ACCOUNT_ACT_COUNT
};
#define ACCOUNT_FROM_MAX 64 /* patterns of one credential */
#define ACCOUNT_CHANGES_WAITING_MAX 64

struct account_change {
	struct arena *arena; /* for what it points to; freed with it */
	enum account_act act;
	/* asked */
	const char *name;  /* credential, or domain (U-label or A-label) */
	const char **from; /* "@shop.example", "@*.shop.example", "a@shop.example" */
	size_t froms;
	const char **option; /* "bulk=yes": see account_option.h; of a domain: "pool=P" */
	size_t options;
	const char *key;       /* "k1": of a secret, or selector of a DKIM key */
	int64_t overlap_ms;    /* old secrets live on for this long */
	unsigned algorithms;   /* bits 1 << enum dkim_algorithm; 0: those that sign */
	unsigned bits;	       /* of RSA; 0: the default */
	bool is_now;	       /* a key signs before its record is seen in DNS, or goes early */
	char *pem;	       /* a private key, in the arena; wiped by _free */
	enum store_key_state from_state, to_state; /* to COUNT: it goes */
	uint64_t generation;   /* its asker saw it as it was then: else refused; 0: any */
	uint32_t uid;	       /* for the audit log: who asks, */
	const char *who, *via; /* and how: "ana", "socket" */
	const char *reason;    /* why, or NULL: goes into the audit row */
	const char *also;      /* what else its asker knows of it, for that row; or NULL */
	/* done - takes the change. On the main loop, never from within _start. */
	void (*done)(struct account_change *change, void *arg);
	void *arg;
	/* answered */
	int result;
	/* INPUT with code ENOENT (no such), EEXIST (there already), EBUSY (in use), EINVAL,
	 * ESTALE (changed since its asker looked);
	 * LIMIT: too many; SYSTEM: not stored. */
	struct err err;
	char secret[ACCOUNT_SECRET_SIZE]; /* the plain secret, this once; wiped by _free */
	const char *new_key;		  /* its label, "k2" */
	const char *successor;		  /* REPLACE: its name */
	char *text;			  /* a private key as PEM; wiped by _free */
	const char *warning;		  /* done, but: a sentence; or NULL */
	/* account's own */
	struct mailbox_item item;
	struct account *account;
	struct store_change *row; /* to be committed, all or none */
	size_t rows;
	size_t made[DKIM_ALGORITHM_COUNT]; /* the row of a key to be made, counted from 1 */
	const char *detail; /* of the audit row: old and new in words */
	const struct account_act_row *steps;
	struct account_change *next;
};

struct account_change *account_change_new(enum account_act act); /* Returns owned */
void account_change_free(struct account_change **change);
/* account_change_start - takes *change; done is called in any case. */
void account_change_start(struct account *account, struct account_change **change);

#endif
