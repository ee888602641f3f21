/* test_dkim_select.c - which fields are signed, and how h= is folded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/mem.h"
#include "dkim/dkim_private.h"

static const struct {
	const char *name, *header;
	const char *names;   /* NULL: refused */
	const char *first;   /* how the first field hashed begins */
	size_t fields;
} cases[] = {
	{ "plain", "To: a\r\nFrom: b\r\n\r\n", "From:From:To:To", "From: b", 2 },
	{ "no empty line", "From: b\r\nTo: a\r\n", "From:From:To:To", "From: b", 2 },
	{ "case and blank before the colon", "FROM : b\r\n\r\n", "From:From", "FROM :", 1 },
	{ "unsigned fields", "Received: x\r\nX-Mailer: y\r\nFrom: b\r\nReturn-Path: z\r\n\r\n",
	  "From:From", "From: b", 1 },
	{ "twice: last first", "From: b\r\nFrom: c\r\n\r\n", "From:From:From", "From: c", 2 },
	{ "resent is not oversigned", "From: b\r\nResent-From: c\r\n\r\n", "From:From:Resent-From",
	  "From: b", 2 },
	{ "folded field", "From: b\r\n c\r\n\td\r\nTo: e\r\n\r\n", "From:From:To:To",
	  "From: b\r\n c\r\n\td\r\n", 2 },
	{ "body is not looked at", "From: b\r\n\r\nTo: a\r\n", "From:From", "From: b", 1 },
	{ "long list is folded",
	  "From: a\r\nTo: a\r\nCc: a\r\nSubject: a\r\nDate: a\r\nMessage-ID: a\r\n"
	  "MIME-Version: a\r\nContent-Type: a\r\nContent-Transfer-Encoding: a\r\n\r\n",
	  "From:From:To:To:Cc:Cc:Subject:Subject:Date:Date:Message-ID:\r\n\t"
	  "Message-ID:MIME-Version:MIME-Version:Content-Type:Content-Type:\r\n\t"
	  "Content-Transfer-Encoding:Content-Transfer-Encoding",
	  "From: a", 9 },
	{ "no From", "To: a\r\nSubject: b\r\n\r\n", NULL, NULL, 0 },
	{ "nothing", "", NULL, NULL, 0 },
};

static void
selects_fields(void **state)
{
	struct dkim_choice choice;
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int rc = dkim_select(span_of(cases[i].header), &choice, &err);

		if ((rc == 0) != (cases[i].names != NULL))
			fail_msg("%s: %s", cases[i].name, rc ? err.text : "accepted");
		if (rc == 0 && (!span_is(buf_span(&choice.names), cases[i].names) ||
		                choice.fields != cases[i].fields ||
		                !span_starts_nocase(choice.field[0], cases[i].first)))
			fail_msg("%s: %.*s", cases[i].name, (int)choice.names.len,
			         buf_data(&choice.names));
		dkim_choice_deinit(&choice);
	}
}

static void
keeps_lines_short(void **state)
{
	struct dkim_choice choice;
	struct buf header;
	struct span names, line;
	struct err err;

	(void)state;
	buf_init(&header, 100000);
	buf_append_text(&header, "From: a\r\n");
	for (int i = 0; i < 500; i++)
		buf_append_text(&header, i % 2 ? "List-Unsubscribe-Post: x\r\n" : "To: a\r\n");
	assert_int_equal(dkim_select(buf_span(&header), &choice, &err), 0);
	names = buf_span(&choice.names);
	while (names.n > 0) {
		line = span_cut(names, '\n', &names);
		assert_in_range(line.n, 1, 78);
	}
	dkim_choice_deinit(&choice);
	for (int i = 0; i < 501; i++)
		buf_append_text(&header, "To: a\r\n");
	assert_int_equal(dkim_select(buf_span(&header), &choice, &err), -1);
	assert_int_equal(err.kind, ERR_INPUT);
	dkim_choice_deinit(&choice);
	buf_deinit(&header);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(selects_fields),
		cmocka_unit_test(keeps_lines_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
