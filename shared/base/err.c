/* err.c - fills struct err; keeps its text one line of valid UTF-8.
 *
 * The text may quote a peer or a file name, so control bytes and broken
 * sequences become '?' here, once, instead of wherever it is shown. Any thread. */
#include "err.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "utf8.h"

#define DRAFT_BYTES 512 /* longer than any text kept, so that cutting sees whole runes */
#define DOTS "..."

static const char *const kind_names[] = {
	[ERR_NONE] = "none",   [ERR_INPUT] = "input",   [ERR_TEMP] = "temp",
	[ERR_PERM] = "perm",   [ERR_LIMIT] = "limit",   [ERR_SYSTEM] = "system",
	[ERR_BUG] = "bug",
};
static_assert(sizeof kind_names / sizeof kind_names[0] == ERR_KIND_COUNT,
              "a name for every kind");

const char *
err_kind_name(enum err_kind kind)
{
	return (unsigned)kind < ERR_KIND_COUNT ? kind_names[kind] : "unknown";
}

/* copy_clean - copy draft to out as one clean line; what does not fit into
 * size bytes is cut at a character and marked with dots. */
static void
copy_clean(const char *draft, char *out, size_t size)
{
	struct span rest = span_of(draft);
	size_t used = 0, cut = 0;

	while (rest.n > 0) {
		uint32_t rune;
		size_t n = utf8_next(rest, &rune);
		const char *from = rest.p;

		if (n == 0 || !utf8_is_harmless(rune)) {
			from = rune == '\n' || rune == '\t' ? " " : "?";
			rest.p += n ? n : 1;
			rest.n -= n ? n : 1;
			n = 1;
		} else {
			rest.p += n;
			rest.n -= n;
		}
		if (used + n >= size) {
			used = cut;
			memcpy(out + used, DOTS, sizeof DOTS - 1);
			used += sizeof DOTS - 1;
			break;
		}
		memcpy(out + used, from, n);
		used += n;
		if (used + sizeof DOTS <= size)
			cut = used;
	}
	out[used] = '\0';
}

static int
fill(struct err *err, enum err_kind kind, int code, const char *draft)
{
	err->kind = kind;
	err->code = code;
	copy_clean(draft, err->text, sizeof err->text);
	return -1;
}

int
err_set(struct err *err, enum err_kind kind, int code, const char *fmt, ...)
{
	char draft[DRAFT_BYTES];
	va_list ap;

	if (err == NULL)
		return -1;
	va_start(ap, fmt);
	vsnprintf(draft, sizeof draft, fmt, ap);
	va_end(ap);
	return fill(err, kind, code, draft);
}

int
err_errno(struct err *err, int saved_errno, const char *fmt, ...)
{
	char what[DRAFT_BYTES], room[128], clean[sizeof err->text], draft[DRAFT_BYTES];
	const char *why = strerror_r(saved_errno, room, sizeof room);
	size_t why_n = strnlen(why, sizeof room), keep;
	va_list ap;

	if (err == NULL)
		return -1;
	va_start(ap, fmt);
	vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	/* a long path must not push out the reason */
	keep = sizeof err->text - 2;
	keep = why_n + 32 < keep ? keep - why_n : 32;
	copy_clean(what, clean, keep);
	snprintf(draft, sizeof draft, "%s: %s", clean, why);
	return fill(err, ERR_SYSTEM, saved_errno, draft);
}
