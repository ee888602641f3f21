/* master_key.h - the 32 random bytes that DKIM keys are sealed under: a file that only
 * relayd reads, or a systemd credential. Nothing else of relayd's state opens the keys.
 *
 * Thread: any. The caller wipes what it got. */
#ifndef VAULT_MASTER_KEY_H
#define VAULT_MASTER_KEY_H

#include <stdbool.h>
#include "base/err.h"
#include "base/span.h"

#define MASTER_KEY_BYTES 32
#define MASTER_KEY_FILE_MAX_BYTES 256

/* master_key_parse - 32 bytes as they are, or as 64 hex digits or base64 (RFC 4648 s4) with
 * space around them. err INPUT: none of these, or bytes that nobody drew at random. Pure. */
int master_key_parse(struct span bytes, unsigned char key_out[MASTER_KEY_BYTES], struct err *err);

/* master_key_read - file: a regular file of root's or our own, which others cannot read. A
 * credential may be readable by a group: systemd lets its service in by an access list, which
 * shows as group bits. err INPUT, with the file and the way out. */
int master_key_read(const char *file, bool is_credential,
		    unsigned char key_out[MASTER_KEY_BYTES], struct err *err);

/* master_key_make - a new file (0600) with a new key as hex; never over another. On disk
 * before it returns. err INPUT: it is there already; SYSTEM. */
int master_key_make(const char *file, struct err *err);

#endif
