/* evidence.c - see evidence.h: which kind of file is it? */
#include "evidence/evidence.h"

#include <assert.h>
#include <errno.h>

static const char *const names[] = {
	[EVIDENCE_SPF] = "spf",
	[EVIDENCE_DKIM] = "dkim",
	[EVIDENCE_DMARC] = "dmarc",
};
static_assert(sizeof names / sizeof *names == EVIDENCE_WHAT_COUNT, "a name for each");

const char *
evidence_what_name(enum evidence_what what)
{
	return names[what];
}

static bool
begins(struct span text, const char *with, size_t n)
{
	return text.n >= n && span_equals((struct span){ text.p, n }, (struct span){ with, n });
}

static bool
is_xml(struct span text)
{
	if (begins(text, "\xef\xbb\xbf", 3)) /* a mark of UTF-8 */
		text = (struct span){ text.p + 3, text.n - 3 };
	return begins(span_trim(text), "<", 1);
}

static int
read_plain(struct span text, struct evidence_origin *origin_out, evidence_fn fn, void *arg,
	   struct err *err)
{
	return is_xml(text) ? evidence_report_read(text, origin_out, fn, arg, err)
			    : evidence_header_read(text, origin_out, fn, arg, err);
}

int
evidence_read(struct span file, struct evidence_origin *origin_out, evidence_fn fn, void *arg,
	      struct err *err)
{
	struct buf text;
	int rc = -1;

	*origin_out = (struct evidence_origin){ .by = "" };
	if (file.n > EVIDENCE_FILE_MAX)
		return err_set(err, ERR_INPUT, EFBIG, "it has more than %d MB",
			       EVIDENCE_FILE_MAX >> 20);
	if (!begins(file, "\x1f\x8b", 2) && !begins(file, "PK\x03\x04", 4))
		return read_plain(file, origin_out, fn, arg, err);
	buf_init(&text, EVIDENCE_TEXT_MAX);
	if (evidence_unpack(file, &text, err) == 0)
		rc = read_plain(buf_span(&text), origin_out, fn, arg, err);
	buf_deinit(&text);
	return rc;
}
