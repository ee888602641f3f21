/* span.c - comparing and cutting borrowed bytes. Pure; any thread.
 *
 * Case is folded for ASCII only, whatever the locale: protocol words, domain
 * names and header names are ASCII, and "I" must not become a Turkish i. */
#include "span.h"

#include <limits.h>
#include <stdint.h>

static unsigned char
fold(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

bool
span_equals(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool
span_equals_nocase(struct span a, struct span b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (fold(a.p[i]) != fold(b.p[i]))
			return false;
	return true;
}

bool
span_is(struct span s, const char *text)
{
	return span_equals(s, span_of(text));
}

bool
span_is_nocase(struct span s, const char *text)
{
	return span_equals_nocase(s, span_of(text));
}

bool
span_starts_nocase(struct span s, const char *prefix)
{
	size_t n = strlen(prefix);

	return s.n >= n && span_equals_nocase((struct span){ s.p, n }, span_of(prefix));
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct span
span_trim(struct span s)
{
	while (s.n > 0 && is_blank(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

struct span
span_cut(struct span s, char sep, struct span *rest_out)
{
	const char *at = s.n ? memchr(s.p, sep, s.n) : NULL;
	size_t n = at ? (size_t)(at - s.p) : s.n;

	if (at)
		*rest_out = (struct span){ at + 1, s.n - n - 1 };
	else
		*rest_out = (struct span){ s.p ? s.p + s.n : NULL, 0 };
	return (struct span){ s.p, n };
}

bool
span_to_u64(struct span s, unsigned long long *value_out)
{
	unsigned long long value = 0;

	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned digit = (unsigned char)s.p[i] - (unsigned)'0';

		if (digit > 9 || value > (ULLONG_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*value_out = value;
	return true;
}

/* A later '*' makes every choice made for the earlier ones final, so going back
 * to the last star only is enough: no pattern takes exponential time. */
uint64_t
span_hash(struct span s)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < s.n; i++)
		hash = (hash ^ (unsigned char)s.p[i]) * UINT64_C(0x100000001b3);
	return hash;
}

bool
span_match_nocase(struct span s, struct span pattern)
{
	size_t i = 0, j = 0, star = SIZE_MAX, star_i = 0;

	while (i < s.n) {
		if (j < pattern.n && pattern.p[j] == '*') {
			star = j++;
			star_i = i;
		} else if (j < pattern.n && fold(pattern.p[j]) == fold(s.p[i])) {
			i++;
			j++;
		} else if (star != SIZE_MAX) {
			j = star + 1;
			i = ++star_i;
		} else {
			return false;
		}
	}
	while (j < pattern.n && pattern.p[j] == '*')
		j++;
	return j == pattern.n;
}
