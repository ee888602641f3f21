/* span.h - borrowed bytes (pointer, length): how peers' text travels inside a
 * call. A span owns nothing and is valid as long as what it points into. */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
	const char *p;
	size_t n;
};

#define SPAN_EMPTY ((struct span){ NULL, 0 })
#define SPAN_LIT(s) ((struct span){ (s), sizeof(s) - 1 })

static inline struct span
span_of(const char *text)
{
	return (struct span){ text, text ? strlen(text) : 0 };
}

bool span_is(struct span s, const char *text);      /* equal bytes */
bool span_is_nocase(struct span s, const char *text); /* ASCII case folded */
bool span_equals(struct span a, struct span b);
bool span_equals_nocase(struct span a, struct span b);
bool span_starts_nocase(struct span s, const char *prefix);
struct span span_trim(struct span s);               /* SP, HTAB, CR, LF off both ends */
/* span_cut - the part before the first `sep`; *rest_out gets what follows it
 * (empty when there is none). */
struct span span_cut(struct span s, char sep, struct span *rest_out);
/* span_to_u64 - decimal digits only, all of them, no overflow; else false. */
bool span_to_u64(struct span s, unsigned long long *value_out);
/* span_hash - FNV-1a, 64 bit. Stored, so the same for ever; not secret: who chooses the bytes
 * chooses what is alike. */
uint64_t span_hash(struct span s);
/* span_match_nocase - shell-like pattern: '*' matches any run, nothing else is
 * special. ASCII case folded. Linear in s.n * stars, no recursion. */
bool span_match_nocase(struct span s, struct span pattern);

#endif
