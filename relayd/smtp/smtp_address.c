/* smtp_address.c - the Mailbox of RFC 5321 s4.1.2 with the UTF-8 of RFC 6531.
 *
 * Strict on purpose: what is accepted here is written into other servers'
 * RCPT lines, database keys and headers. Whoever calls has a whole line or a
 * whole header value, so there is no partial input to deal with. */
#include "smtp/smtp_address.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>

#include <idn2.h>

#include "base/utf8.h"

#define LABEL_MAX 63

static bool
is_8bit(char c)
{
	return ((unsigned char)c & 0x80) != 0;
}

static bool
is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_atext(char c)
{
	return is_alnum(c) || is_8bit(c) || (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c));
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static int
bad(struct err *err, const char *why)
{
	return err_set(err, ERR_INPUT, 0, "%s", why);
}

/* quoted_bytes - length of the quoted-string at the start of text with both
 * its quotes, 0 when it is not a proper one. */
static size_t
quoted_bytes(struct span text)
{
	for (size_t i = 1; i < text.n; i++) {
		if (text.p[i] == '"')
			return i + 1;
		if (text.p[i] == '\\')
			i++;
		if (i >= text.n || (unsigned char)text.p[i] < ' ' || text.p[i] == 0x7f)
			return 0;
	}
	return 0;
}

/* dot_string_bytes - length of the atoms and single dots at the start. */
static size_t
dot_string_bytes(struct span text)
{
	size_t i = 0;

	while (i < text.n && (is_atext(text.p[i]) ||
	                      (text.p[i] == '.' && i > 0 && text.p[i - 1] != '.')))
		i++;
	return i > 0 && text.p[i - 1] == '.' ? 0 : i;
}

static bool
literal_is_valid(struct span domain)
{
	unsigned char address[sizeof(struct in6_addr)];
	char text[INET6_ADDRSTRLEN];
	struct span inner;
	int family = AF_INET;

	if (domain.n < 2 || domain.p[domain.n - 1] != ']')
		return false;
	inner = (struct span){ domain.p + 1, domain.n - 2 };
	if (span_starts_nocase(inner, "IPv6:")) {
		family = AF_INET6;
		inner = (struct span){ inner.p + 5, inner.n - 5 };
	}
	if (inner.n >= sizeof text || memchr(inner.p, '\0', inner.n))
		return false;
	memcpy(text, inner.p, inner.n);
	text[inner.n] = '\0';
	return inet_pton(family, text, address) == 1;
}

bool
smtp_domain_is_valid(struct span domain)
{
	size_t label = 0;

	if (domain.n == 0 || domain.n > SMTP_DOMAIN_MAX)
		return false;
	for (size_t i = 0; i < domain.n; i++) {
		char c = domain.p[i];

		if (c == '.') {
			if (label == 0 || domain.p[i - 1] == '-')
				return false;
			label = 0;
			continue;
		}
		if (!is_alnum(c) && (c != '-' || label == 0))
			return false;
		if (++label > LABEL_MAX)
			return false;
	}
	return label > 0 && domain.p[domain.n - 1] != '-';
}

/* ascii_of - the A-label form by libidn2, which wants and returns C strings. */
static int
ascii_of(struct span domain, char out[SMTP_DOMAIN_MAX + 1], struct err *err)
{
	char text[SMTP_DOMAIN_MAX + 1];
	char *ascii = NULL;
	size_t n;
	int rc;

	if (!utf8_is_valid(domain) || memchr(domain.p, '\0', domain.n))
		return bad(err, "domain is not valid UTF-8");
	memcpy(text, domain.p, domain.n);
	text[domain.n] = '\0';
	rc = idn2_to_ascii_8z(text, &ascii, IDN2_NONTRANSITIONAL);
	if (rc != IDN2_OK)
		return err_set(err, ERR_INPUT, 0, "not a domain name: %s", idn2_strerror(rc));
	n = strlen(ascii);
	if (!smtp_domain_is_valid((struct span){ ascii, n })) {
		idn2_free(ascii);
		return bad(err, "not a domain name");
	}
	for (size_t i = 0; i <= n; i++)
		out[i] = lower(ascii[i]);
	idn2_free(ascii);
	return 0;
}

int
smtp_domain_ascii(struct span domain, char out[SMTP_DOMAIN_MAX + 1], struct err *err)
{
	bool literal = domain.n > 0 && domain.p[0] == '[';

	if (domain.n == 0 || domain.n > SMTP_DOMAIN_MAX)
		return bad(err, domain.n ? "domain is over 255 bytes" : "domain is missing");
	for (size_t i = 0; i < domain.n; i++)
		if (is_8bit(domain.p[i]))
			return ascii_of(domain, out, err);
	if (literal ? !literal_is_valid(domain) : !smtp_domain_is_valid(domain))
		return bad(err, literal ? "not an address literal" : "not a domain name");
	for (size_t i = 0; i < domain.n; i++)
		out[i] = literal ? domain.p[i] : lower(domain.p[i]);
	out[domain.n] = '\0';
	return 0;
}

static int
check_local(struct span local, struct err *err)
{
	if (local.n == 0)
		return bad(err, "local part is empty or has a misplaced dot or character");
	if (local.n > SMTP_LOCAL_MAX)
		return bad(err, "local part is over 64 bytes");
	return 0;
}

int
smtp_address_parse(struct span text, struct smtp_address *address_out, struct err *err)
{
	struct smtp_address address = { .is_utf8 = false };
	char ascii[SMTP_DOMAIN_MAX + 1];

	*address_out = address;
	if (text.n == 0)
		return bad(err, "address is empty");
	if (text.n > SMTP_ADDRESS_MAX)
		return bad(err, "address is over 254 bytes");
	address.is_utf8 = !utf8_is_ascii(text);
	if (address.is_utf8 && !utf8_is_valid(text))
		return bad(err, "address is not valid UTF-8");
	address.local.p = text.p;
	address.local.n = text.p[0] == '"' ? quoted_bytes(text) : dot_string_bytes(text);
	if (check_local(address.local, err) < 0)
		return -1;
	if (address.local.n == text.n || text.p[address.local.n] != '@')
		return bad(err, address.local.n == text.n ? "address has no domain"
		                                          : "character not allowed in local part");
	address.domain.p = text.p + address.local.n + 1;
	address.domain.n = text.n - address.local.n - 1;
	address.is_literal = address.domain.n > 0 && address.domain.p[0] == '[';
	if (smtp_domain_ascii(address.domain, ascii, err) < 0)
		return -1;
	*address_out = address;
	return 0;
}

/* plain_local - "joe" and joe are one mailbox: quotes around what needs none
 * are taken off, so that a suppressed address cannot come back in quotes. */
static struct span
plain_local(struct span local)
{
	struct span inner = { local.p + 1, local.n - 2 };

	if (local.p[0] == '"' && local.n > 2 && dot_string_bytes(inner) == inner.n)
		return inner;
	return local;
}

int
smtp_address_key(struct span text, char out[SMTP_ADDRESS_KEY_SIZE], struct err *err)
{
	struct smtp_address address;
	struct span local;

	out[0] = '\0';
	if (smtp_address_parse(text, &address, err) < 0)
		return -1;
	local = plain_local(address.local);
	for (size_t i = 0; i < local.n; i++)
		out[i] = lower(local.p[i]);
	out[local.n] = '@';
	return smtp_domain_ascii(address.domain, out + local.n + 1, err);
}
