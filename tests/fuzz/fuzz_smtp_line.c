/* fuzz_smtp_line.c - read a stream line by line: progress, and only CRLF ends. */
#include "fuzz.h"
#include "smtp/smtp_line.h"

#define LINE_MAX_BYTES 64

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = fuzz_span(data, size), line;
	size_t used;

	while (in.n > 0) {
		enum smtp_line_result result = smtp_line_read(in, LINE_MAX_BYTES, &line, &used);

		must(used <= in.n);
		if (result == SMTP_LINE_MORE) {
			must(used == 0 && in.n <= LINE_MAX_BYTES + 1);
			break;
		}
		must(used > 0);
		if (result == SMTP_LINE_DONE) {
			must(line.p == in.p && line.n + 2 == used && line.n <= LINE_MAX_BYTES);
			must(line.p[line.n] == '\r' && line.p[line.n + 1] == '\n');
			must(line.n == 0 || (!memchr(line.p, '\n', line.n) &&
			                     !memchr(line.p, '\r', line.n) &&
			                     !memchr(line.p, '\0', line.n)));
		}
		in = (struct span){ in.p + used, in.n - used };
	}
	return 0;
}
