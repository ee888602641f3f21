/* vault.h - DKIM keys at rest: sealed under the master key before they reach the store,
 * opened after they came from it.
 *
 *   relay-sealed:1:<16 hex digits: which master key>:<hex: nonce, text, tag>
 *
 * AES-256-GCM under a key derived from the master key, a fresh random nonce for each
 * sealing. What comes before the last colon, the domain and the selector are authenticated
 * with it: a row that is moved to another domain, cut or changed in any byte does not open.
 *
 * A vault is immutable and may be shared by threads. */
#ifndef VAULT_VAULT_H
#define VAULT_VAULT_H

#include <stdbool.h>
#include <stddef.h>
#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

#define VAULT_PLAIN_MAX_BYTES 8192
#define VAULT_SEALED_MAX_BYTES (64 + 2 * (VAULT_PLAIN_MAX_BYTES + 12 + 16))

struct vault;

/* vault_open - the master key, and an old one whose rows are still to be opened; NULL: the
 * systemd credentials relayd-master-key and relayd-master-key-old where there are any, else
 * none. Returns owned; NULL: err INPUT naming the file and the way out. */
struct vault *vault_open(const char *key_file, const char *old_key_file, struct err *err);
void vault_close(struct vault **vault); /* wiped */
/* vault_can_seal - is there a master key? vault may be NULL, in all of these: no key. */
bool vault_can_seal(const struct vault *vault);

bool vault_is_sealed(struct span row);
/* vault_is_current - sealed, and under the master key, not the old one. */
bool vault_is_current(const struct vault *vault, struct span row);

/* vault_seal - plain becomes a row, appended to out; without a master key the row is plain.
 * -1: it is too long (LIMIT), or the library failed (SYSTEM). */
int vault_seal(const struct vault *vault, const char *domain, const char *selector,
	       struct span plain, struct buf *out, struct err *err);
/* vault_unseal - a row becomes the text, appended to out, which is empty: its owner wipes and
 * frees it (vault_wipe). A row that is not sealed is the text. err PERM: sealed under a master
 * key that is not given, the sentence says which and the way out. INPUT: damaged. */
int vault_unseal(const struct vault *vault, const char *domain, const char *selector,
		 struct span row, struct buf *out, struct err *err);
/* vault_wipe - a buffer that held a secret: zeroed and freed. */
void vault_wipe(struct buf *secret);

#endif
