/* account_secret.h - the password of a credential: made by us, shown once, kept
 * only as hashes.
 *
 *   rly | 32 letters and digits (190 random bits) | 6 check characters
 *
 * The prefix lets scanners recognise a leaked one, the check characters (CRC-32
 * of what stands before them) tell a real one from a lookalike without asking
 * us. Because the secret is random, one SHA-256 of it is as good as any slow
 * hash; SCRAM's derivation (RFC 5802) is there for the protocol's sake.
 * Pure but for the kernel's randomness. Thread: any. */
#ifndef ACCOUNT_ACCOUNT_SECRET_H
#define ACCOUNT_ACCOUNT_SECRET_H

#include <stdbool.h>
#include <stdint.h>
#include "account/account_snapshot.h"
#include "base/span.h"

#define ACCOUNT_SECRET_PREFIX "rly"
#define ACCOUNT_SECRET_RANDOM 32
#define ACCOUNT_SECRET_CHECK 6
#define ACCOUNT_SECRET_SIZE                                                                        \
	(sizeof ACCOUNT_SECRET_PREFIX + ACCOUNT_SECRET_RANDOM + ACCOUNT_SECRET_CHECK)

/* RFC 7677 s4 asks for 4096 or more. More would slow clients down, and guard
 * nothing: nobody guesses 190 bits. One number for all, so that it tells nobody
 * whether a user exists. */
#define ACCOUNT_SCRAM_ITERATIONS 4096

/* account_secret_generate - a new one; the caller wipes it (mem_wipe). */
void account_secret_generate(char out[ACCOUNT_SECRET_SIZE]);
/* account_secret_is_wellformed - prefix, alphabet, length and check characters. */
bool account_secret_is_wellformed(struct span text);

/* account_secret_is_like - a secret, or most of one with a slip in it: not to be written
 * anywhere, whatever field it was typed into. */
bool account_secret_is_like(struct span text);

/* account_secret_hash - SHA-256 of the secret's text: microseconds. */
void account_secret_hash(struct span secret, unsigned char out[ACCOUNT_HASH_BYTES]);

struct account_verifier { /* what is kept of a secret */
	unsigned char sha256[ACCOUNT_HASH_BYTES];
	unsigned char stored_key[ACCOUNT_HASH_BYTES];
	unsigned char server_key[ACCOUNT_HASH_BYTES];
};

/* account_secret_derive - milliseconds: not on a loop. */
void account_secret_derive(struct span secret, const unsigned char salt[ACCOUNT_SALT_BYTES],
			   uint32_t iterations, struct account_verifier *out);

#endif
