/* fuzz_notice_write.c - what peers and senders say, on its way into a notice: no byte
 * of it ends a field, leaves ASCII where it must not, or makes a line too long. */
#include "base/utf8.h"
#include "fuzz.h"
#include "notice/notice_write.h"

#define ROOM (64 * 1024)
#define LINE_MAX 998

/* One field: its line ends are folds, and no byte is a control. */
static void
check_field(struct span s, bool may_be_utf8)
{
	size_t column = 0;

	must(s.n >= 2 && s.p[s.n - 2] == '\r' && s.p[s.n - 1] == '\n');
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		must(++column <= LINE_MAX + 2);
		if (c == '\r') {
			must(i + 1 < s.n && s.p[i + 1] == '\n');
			must(i + 2 == s.n || s.p[i + 2] == ' ');
			i++;
			column = 0;
		} else {
			must(c >= ' ' && c != 0x7f && (c < 0x80 || may_be_utf8));
		}
	}
	must(utf8_is_valid(s));
}

static void
check_fields(struct span in)
{
	struct buf out;

	for (int keeps = 0; keeps < 2; keeps++) {
		buf_init(&out, ROOM);
		notice_write_field(&out, "Diagnostic-Code", in, keeps);
		check_field(buf_span(&out), keeps);
		buf_clear(&out);
		notice_write_words(&out, "Subject", in);
		check_field(buf_span(&out), false);
		buf_clear(&out);
		notice_write_address(&out, in, keeps);
		must(utf8_is_valid(buf_span(&out)));
		must(keeps || utf8_is_ascii(buf_span(&out)));
		buf_clear(&out);
		notice_write_orcpt(&out, in, keeps);
		must(utf8_is_valid(buf_span(&out)));
		must(keeps || utf8_is_ascii(buf_span(&out)));
		for (size_t i = 0; i < out.len; i++)
			must((unsigned char)buf_data(&out)[i] >= ' ');
		buf_deinit(&out);
	}
}

/* Quoted-printable reads back as what it was, but for line ends, which become CRLF. */
static void
check_quoted(struct span in)
{
	struct buf out;
	size_t column = 0;

	buf_init(&out, ROOM * 4);
	notice_write_quoted(&out, in);
	for (size_t i = 0; i < out.len; i++) {
		char c = buf_data(&out)[i];

		column = c == '\n' ? 0 : column + 1;
		must(column <= 77 && (unsigned char)c < 0x80);
		must(c == '\r' || c == '\n' || c == '\t' || c >= ' ');
	}
	buf_clear(&out);
	notice_write_wrapped(&out, 8, in);
	must(utf8_is_valid(buf_span(&out)));
	buf_clear(&out);
	notice_decode_xtext(&out, in);
	must(out.len <= in.n);
	buf_deinit(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = fuzz_span(data, size);

	if (in.n > ROOM / 4)
		in.n = ROOM / 4;
	check_fields(in);
	check_quoted(in);
	return 0;
}
