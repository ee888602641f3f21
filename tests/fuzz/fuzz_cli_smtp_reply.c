/* fuzz_cli_smtp_reply.c - what credential test and doctor read of a server: every reply has one
 * code, ends within its caps, and its text is what stood on its lines. */
#include <string.h>

#include "../../relaycli/cli_smtp_reply.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = fuzz_span(data, size);
	struct cli_smtp_reply reply = { 0 };
	struct err err;

	while (rest.n > 0) {
		struct span line = span_cut(rest, '\n', &rest), text;
		int before = reply.code;
		int rc = cli_smtp_reply_take(&reply, line, &text, &err);

		must(memchr(reply.text, '\0', sizeof reply.text) != NULL);
		if (rc < 0) {
			must(err.kind == ERR_INPUT && err.text[0]);
			reply = (struct cli_smtp_reply){ 0 };
			continue;
		}
		must(fuzz_inside(text, line) && text.n + 3 <= line.n);
		must(reply.code >= 200 && reply.code <= 599 && reply.lines <= 100);
		must(before == 0 || before == reply.code);
		if (rc == 0)
			reply = (struct cli_smtp_reply){ 0 };
	}
	return 0;
}
