/* account_snapshot_private.h - keys are parsed once and shared by all snapshots
 * that show them; account_rows.c builds snapshots, account_snapshot.c reads and
 * frees them. */
#ifndef ACCOUNT_ACCOUNT_SNAPSHOT_PRIVATE_H
#define ACCOUNT_ACCOUNT_SNAPSHOT_PRIVATE_H

#include "account/account_snapshot.h"

struct account_held_key {
	struct ref ref;
	struct dkim_key *key; /* owned */
};

struct account_held_key *account_held_key_new(struct dkim_key *key); /* Takes key */
struct account_held_key *account_held_key_ref(struct account_held_key *held);
void account_held_key_unref(struct account_held_key **held);

#endif
