/* account_certificate.c - see account_certificate.h. */
#include "account_certificate.h"

#include <errno.h>
#include <string.h>

static int
digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c != '\0' ? strchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

/* take_byte - two digits, and the colon behind them unless they are the last. */
static int
take_byte(struct span *text, unsigned char *out)
{
	int high = text->n >= 2 ? digit(text->p[0]) : -1;
	int low = text->n >= 2 ? digit(text->p[1]) : -1;

	if (high < 0 || low < 0)
		return -1;
	*out = (unsigned char)(high << 4 | low);
	*text = (struct span){ text->p + 2, text->n - 2 };
	if (text->n > 1 && text->p[0] == ':')
		*text = (struct span){ text->p + 1, text->n - 1 };
	return 0;
}

int
account_certificate_parse(struct span text, struct account_certificate *out, struct err *err)
{
	const char *equals = text.n > 0 ? memchr(text.p, '=', text.n) : NULL;
	struct span rest = text;
	size_t i = 0;

	if (equals != NULL)
		rest = (struct span){ equals + 1, text.n - (size_t)(equals + 1 - text.p) };
	while (i < ACCOUNT_CERTIFICATE_BYTES && take_byte(&rest, &out->sha256[i]) == 0)
		i++;
	if (i == ACCOUNT_CERTIFICATE_BYTES && rest.n == 0)
		return 0;
	return err_set(err, ERR_INPUT, EINVAL,
		       "%.*s%s is no SHA-256 fingerprint: 64 digits, from `openssl x509 -in FILE "
		       "-noout -fingerprint -sha256`",
		       (int)(text.n < 24 ? text.n : 24), text.n > 0 ? text.p : "",
		       text.n > 24 ? "..." : "");
}

void
account_certificate_format(const struct account_certificate *certificate,
			   char out[ACCOUNT_CERTIFICATE_TEXT_SIZE])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < ACCOUNT_CERTIFICATE_BYTES; i++) {
		out[2 * i] = digits[certificate->sha256[i] >> 4];
		out[2 * i + 1] = digits[certificate->sha256[i] & 15];
	}
	out[2 * ACCOUNT_CERTIFICATE_BYTES] = '\0';
}

bool
account_certificate_has(const struct account_certificate *certificate, size_t certificates,
			const struct account_certificate *shown)
{
	for (size_t i = 0; shown != NULL && i < certificates; i++)
		if (memcmp(certificate[i].sha256, shown->sha256, sizeof shown->sha256) == 0)
			return true;
	return false;
}
