/* fuzz_smtp_command.c - one command line: spans stay in it, errors have a code. */
#include "fuzz.h"
#include "smtp/smtp_command.h"

static bool
code_is_known(int code)
{
	return code == 500 || code == 501 || code == 504 || code == 553 || code == 555;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span line = fuzz_span(data, size);
	struct smtp_command c;
	struct err err;

	if (smtp_command_parse(line, &c, &err) < 0) {
		must(err.kind == ERR_INPUT && code_is_known(err.code));
		must(err.text[0] == '5' && err.text[1] == '.');
		return 0;
	}
	must(line.n <= SMTP_COMMAND_LINE_MAX);
	must(fuzz_inside(c.argument, line) && fuzz_inside(c.initial, line));
	must(fuzz_inside(c.path, line) && fuzz_inside(c.envid, line));
	must(fuzz_inside(c.orcpt, line) && fuzz_inside(c.auth, line));
	must(fuzz_inside(c.address.local, c.path) && fuzz_inside(c.address.domain, c.path));
	if (c.verb == SMTP_MAIL || c.verb == SMTP_RCPT)
		must(c.is_null_path == (c.path.n == 0));
	must(smtp_verb_name(c.verb) != NULL);
	return 0;
}
