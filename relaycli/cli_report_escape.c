/* cli_report_escape.c - text from outside on a page; see cli_report.h. Pure. */
#include "base/utf8.h"
#include "cli_report.h"

void
cli_report_escape(struct span text, struct buf *out)
{
	while (text.n > 0) {
		uint32_t rune;
		size_t n = utf8_next(text, &rune);

		if (n == 0)
			(void)buf_printf(out, "\\x%02x", (unsigned char)text.p[0]);
		else if (rune == '&' || rune == '<' || rune == '>' || rune == '"' || rune == '\'')
			(void)buf_printf(out, "&#%u;", (unsigned)rune);
		else if (utf8_is_harmless(rune))
			(void)buf_append(out, text.p, n);
		else
			(void)buf_printf(out, "\\u{%x}", (unsigned)rune);
		text = (struct span){ text.p + (n ? n : 1), text.n - (n ? n : 1) };
	}
}
