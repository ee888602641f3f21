/* fuzz_smtp_reply.c - a server's reply: whole or not, never both; written again
 * it reads the same. */
#include "fuzz.h"
#include "smtp/smtp_reply.h"

static void
check_whole(struct span in, const struct smtp_reply *reply)
{
	struct smtp_reply shorter;
	struct err err;
	size_t used;

	must(reply->code >= 200 && reply->code <= 599 && reply->lines >= 1);
	must(reply->text.len <= SMTP_REPLY_TEXT_MAX);
	must(reply->enhanced.class == 0 || reply->enhanced.class == reply->code / 100);
	smtp_reply_init(&shorter);
	must(smtp_reply_parse((struct span){ in.p, in.n - 1 }, &shorter, &used, &err) ==
	     SMTP_REPLY_MORE);
	must(smtp_reply_parse(in, &shorter, &used, &err) == SMTP_REPLY_DONE && used == in.n);
	must(span_equals(buf_span(&shorter.text), buf_span(&reply->text)));
	smtp_reply_deinit(&shorter);
}

static void
check_written(const struct smtp_reply *reply)
{
	char status[SMTP_ENHANCED_SIZE];
	struct smtp_reply again;
	struct buf out;
	struct err err;
	size_t used;

	smtp_enhanced_format(reply->enhanced, status);
	buf_init(&out, 64 * 1024);
	must(smtp_reply_write(&out, reply->code, NULL, buf_span(&reply->text)) == 0);
	smtp_reply_init(&again);
	if (smtp_reply_parse(buf_span(&out), &again, &used, &err) == SMTP_REPLY_DONE) {
		must(used == out.len && again.code == reply->code);
		must(again.text.len == reply->text.len);
	}
	smtp_reply_deinit(&again);
	buf_deinit(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = fuzz_span(data, size);
	struct smtp_reply reply;
	struct err err;
	size_t used;

	smtp_reply_init(&reply);
	while (in.n > 0 && smtp_reply_parse(in, &reply, &used, &err) == SMTP_REPLY_DONE) {
		must(used > 0 && used <= in.n);
		check_whole((struct span){ in.p, used }, &reply);
		check_written(&reply);
		in = (struct span){ in.p + used, in.n - used };
	}
	smtp_reply_deinit(&reply);
	return 0;
}
