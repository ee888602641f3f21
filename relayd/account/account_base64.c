/* account_base64.c - see account_base64.h. */
#include "account_base64.h"

#include <limits.h>
#include <openssl/evp.h>
#include <stdbool.h>

#include "base/must.h"

static bool
is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       c == '+' || c == '/';
}

int
account_base64_decode(struct span text, struct buf *out)
{
	size_t pad = 0;
	char *to;

	if (text.n == 0)
		return 0;
	if (text.n % 4 != 0 || text.n > INT_MAX)
		return -1;
	while (pad < 2 && text.p[text.n - 1 - pad] == '=')
		pad++;
	for (size_t i = 0; i < text.n - pad; i++)
		if (!is_letter(text.p[i]))
			return -1;
	if ((to = buf_reserve(out, text.n / 4 * 3)) == NULL)
		return -1;
	must(EVP_DecodeBlock((unsigned char *)to, (const unsigned char *)text.p, (int)text.n) >= 0);
	buf_commit(out, text.n / 4 * 3 - pad);
	return 0;
}

void
account_base64_encode(const void *p, size_t n, struct buf *out)
{
	size_t text_n = (n + 2) / 3 * 4;
	char *to = buf_reserve(out, text_n + 1); /* OpenSSL ends it with a NUL */

	must(to != NULL);
	must((size_t)EVP_EncodeBlock((unsigned char *)to, p, (int)n) == text_n);
	buf_commit(out, text_n);
}
