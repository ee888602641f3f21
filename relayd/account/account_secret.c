/* account_secret.c - see account_secret.h. */
#include "account_secret.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <string.h>

#include "base/mem.h"
#include "base/must.h"
#include "base/rand.h"

#define PREFIX_BYTES (sizeof ACCOUNT_SECRET_PREFIX - 1)
#define CHECKED_BYTES (PREFIX_BYTES + ACCOUNT_SECRET_RANDOM)

static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
#define BASE (sizeof alphabet - 1)

static uint32_t
crc32_of(const char *p, size_t n)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < n; i++) {
		crc ^= (unsigned char)p[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? UINT32_C(0xedb88320) : 0);
	}
	return ~crc;
}

static void
write_check(const char *checked, char out[ACCOUNT_SECRET_CHECK])
{
	uint32_t crc = crc32_of(checked, CHECKED_BYTES);

	for (size_t i = ACCOUNT_SECRET_CHECK; i-- > 0; crc /= BASE)
		out[i] = alphabet[crc % BASE];
}

/* bytes of 248 and more are thrown away: 248 is a multiple of 62, so that every
 * character is as likely as any other */
static void
write_random(char out[ACCOUNT_SECRET_RANDOM])
{
	unsigned char pool[2 * ACCOUNT_SECRET_RANDOM];
	size_t done = 0;

	while (done < ACCOUNT_SECRET_RANDOM) {
		rand_secret(pool, sizeof pool);
		for (size_t i = 0; i < sizeof pool && done < ACCOUNT_SECRET_RANDOM; i++)
			if (pool[i] < 4 * BASE)
				out[done++] = alphabet[pool[i] % BASE];
	}
	mem_wipe(pool, sizeof pool);
}

void
account_secret_generate(char out[ACCOUNT_SECRET_SIZE])
{
	memcpy(out, ACCOUNT_SECRET_PREFIX, PREFIX_BYTES);
	write_random(out + PREFIX_BYTES);
	write_check(out, out + CHECKED_BYTES);
	out[ACCOUNT_SECRET_SIZE - 1] = '\0';
}

bool
account_secret_is_wellformed(struct span text)
{
	char check[ACCOUNT_SECRET_CHECK];

	if (text.n != ACCOUNT_SECRET_SIZE - 1 ||
	    memcmp(text.p, ACCOUNT_SECRET_PREFIX, PREFIX_BYTES) != 0)
		return false;
	for (size_t i = 0; i < text.n; i++)
		if (memchr(alphabet, text.p[i], BASE) == NULL)
			return false;
	write_check(text.p, check);
	return memcmp(text.p + CHECKED_BYTES, check, sizeof check) == 0;
}

bool
account_secret_is_like(struct span text)
{
	size_t run = 0;

	for (size_t i = 0; i + PREFIX_BYTES <= text.n; i++) {
		if (memcmp(text.p + i, ACCOUNT_SECRET_PREFIX, PREFIX_BYTES) != 0)
			continue;
		for (run = PREFIX_BYTES; i + run < text.n; run++)
			if (memchr(alphabet, text.p[i + run], BASE) == NULL)
				break;
		if (run >= PREFIX_BYTES + ACCOUNT_SECRET_RANDOM / 2)
			return true;
	}
	return false;
}

void
account_secret_hash(struct span secret, unsigned char out[ACCOUNT_HASH_BYTES])
{
	must(SHA256((const unsigned char *)(secret.n ? secret.p : ""), secret.n, out) != NULL);
}

static void
hmac_text(const unsigned char key[ACCOUNT_HASH_BYTES], const char *text,
	  unsigned char out[ACCOUNT_HASH_BYTES])
{
	must(HMAC(EVP_sha256(), key, ACCOUNT_HASH_BYTES, (const unsigned char *)text, strlen(text),
		  out, NULL) != NULL);
}

void
account_secret_derive(struct span secret, const unsigned char salt[ACCOUNT_SALT_BYTES],
		      uint32_t iterations, struct account_verifier *out)
{
	unsigned char salted[ACCOUNT_HASH_BYTES], client_key[ACCOUNT_HASH_BYTES];

	must(PKCS5_PBKDF2_HMAC(secret.p, (int)secret.n, salt, ACCOUNT_SALT_BYTES, (int)iterations,
			       EVP_sha256(), sizeof salted, salted) == 1);
	hmac_text(salted, "Client Key", client_key);
	hmac_text(salted, "Server Key", out->server_key);
	must(SHA256(client_key, sizeof client_key, out->stored_key) != NULL);
	account_secret_hash(secret, out->sha256);
	mem_wipe(salted, sizeof salted);
	mem_wipe(client_key, sizeof client_key);
}
