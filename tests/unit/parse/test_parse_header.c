/* test_parse_header.c - finding the end, cutting fields, refusing what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/mem.h"
#include "parse/parse_header.h"

#define BYTES(s)                                                                                   \
	{                                                                                          \
		(s), sizeof(s) - 1                                                                 \
	}
#define NOT_YET SIZE_MAX

static void
finds_the_end(void **state)
{
	static const struct {
		const char *name, *text;
		size_t bytes;
	} rows[] = {
		{ "one field", "A: b\r\n\r\nbody", 8 },
		{ "nothing", "", NOT_YET },
		{ "half a name", "Subj", NOT_YET },
		{ "name", "Subject", NOT_YET },
		{ "name and blank", "Subject ", NOT_YET },
		{ "half a field", "A: b", NOT_YET },
		{ "no empty line yet", "A: b\r\n", NOT_YET },
		{ "half of the empty line", "A: b\r\n\r", NOT_YET },
		{ "folded", "A: b\r\n c\r\n\r\n", 12 },
		{ "blank line is no empty line", "A: b\r\n \r\n\r\n", 11 },
		{ "no header", "\r\nbody", 2 },
		{ "half of no header", "\r", NOT_YET },
		{ "body at once", "Hello, world\r\n\r\n", 0 },
		{ "colon first", ": x\r\n\r\n", 0 },
		{ "blank first", " A: b\r\n\r\n", 0 },
		{ "8-bit first", "\xc3\xa9: x\r\n\r\n", 0 },
		{ "blank before the colon", "A : b\r\n\r\n", 9 },
		{ "mbox", "From joe Mon Nov 23\r\nA: b\r\n\r\n", 0 },
		{ "only the first line decides", "A: b\r\nhello\r\n\r\n", 15 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		for (size_t step = 1; step < 20; step++) {
			struct span text = span_of(rows[i].text);
			size_t from = 0, bytes = 0, n = 0, got = NOT_YET;

			while (got == NOT_YET && n < text.n) {
				n = n + step < text.n ? n + step : text.n;
				if (parse_header_find_end((struct span){ text.p, n }, &from,
							  &bytes))
					got = bytes;
			}
			if (got != rows[i].bytes)
				fail_msg("%s by %zu: %zu", rows[i].name, step, got);
		}
	}
}

static const struct {
	const char *name;
	struct span section;
	int code;	    /* 0: accepted */
	const char *fields; /* "name=value|name=value" */
	bool has_8bit;
	size_t received;
} scans[] = {
	{ "plain", BYTES("A: b\r\nC:d\r\n\r\n"), 0, "A= b|C=d", false, 0 },
	{ "no empty line", BYTES("A: b\r\n"), 0, "A= b", false, 0 },
	{ "no last CRLF", BYTES("A: b\r\nC: d"), 0, "A= b|C= d", false, 0 },
	{ "empty", BYTES(""), 0, "", false, 0 },
	{ "only the empty line", BYTES("\r\n"), 0, "", false, 0 },
	{ "folded", BYTES("A: b\r\n c\r\n\td\r\n\r\n"), 0, "A= b\r\n c\r\n\td", false, 0 },
	{ "fold of blanks", BYTES("A: b\r\n  \r\nC: d\r\n\r\n"), 0, "A= b\r\n  |C= d", false, 0 },
	{ "empty value", BYTES("A:\r\n\r\n"), 0, "A=", false, 0 },
	{ "blank before the colon", BYTES("A \t: b\r\n\r\n"), 0, "A= b", false, 0 },
	{ "colons in value", BYTES("A: b: c\r\n\r\n"), 0, "A= b: c", false, 0 },
	{ "odd but allowed name", BYTES("x-!#$%/'(*: b\r\n\r\n"), 0, "x-!#$%/'(*= b", false, 0 },
	{ "UTF-8", BYTES("A: \xc3\xa9\r\n\r\n"), 0, "A= \xc3\xa9", true, 0 },
	{ "Received", BYTES("Received: a\r\nreceived: b\r\n\r\n"), 0, "Received= a|received= b",
	  false, 2 },
	{ "no colon", BYTES("A: b\r\nhello there\r\n\r\n"), 550, NULL, false, 0 },
	{ "name alone", BYTES("A\r\n\r\n"), 550, NULL, false, 0 },
	{ "no name", BYTES("A: b\r\n: c\r\n\r\n"), 550, NULL, false, 0 },
	{ "blank first", BYTES(" A: b\r\n\r\n"), 550, NULL, false, 0 },
	{ "8-bit name", BYTES("\xc3\xa9: b\r\n\r\n"), 550, NULL, false, 0 },
	{ "control in name", BYTES("A\x01: b\r\n\r\n"), 550, NULL, false, 0 },
	{ "Latin-1", BYTES("A: \xe9\r\n\r\n"), 550, NULL, false, 0 },
	{ "too many", BYTES("A:1\r\nA:2\r\nA:3\r\nA:4\r\nA:5\r\n\r\n"), 550, NULL, false, 0 },
};

static void
describe_fields(const struct parse_header *header, struct buf *out)
{
	for (size_t i = 0; i < header->fields; i++) {
		const struct parse_field *f = &header->field[i];

		if (i > 0)
			buf_append_text(out, "|");
		buf_append_span(out, f->name);
		buf_append_text(out, "=");
		buf_append_span(out, f->value);
	}
}

static void
scans_fields(void **state)
{
	struct parse_header header;
	struct buf got;
	struct err err;

	(void)state;
	buf_init(&got, 1000);
	for (size_t i = 0; i < sizeof scans / sizeof scans[0]; i++) {
		struct arena *arena = arena_new(0);
		char *copy = mem_strndup(scans[i].section.p, scans[i].section.n);
		int rc = parse_header_scan((struct span){ copy, scans[i].section.n }, 4, arena,
					   &header, &err);

		if ((rc < 0 ? err.code : 0) != scans[i].code)
			fail_msg("%s: %s", scans[i].name, rc ? err.text : "accepted");
		if (rc < 0 && (err.kind != ERR_INPUT || strncmp(err.text, "5.6.", 4) != 0))
			fail_msg("%s: %s", scans[i].name, err.text);
		buf_clear(&got);
		describe_fields(&header, &got);
		if (rc == 0 && (!span_is(buf_span(&got), scans[i].fields) ||
				header.has_8bit != scans[i].has_8bit ||
				header.received_count != scans[i].received))
			fail_msg("%s: %.*s", scans[i].name, (int)got.len, buf_data(&got));
		mem_free(copy);
		arena_free(&arena);
	}
	buf_deinit(&got);
}

static void
finds_by_name(void **state)
{
	struct arena *arena = arena_new(0);
	struct parse_header header;
	struct err err;

	(void)state;
	assert_int_equal(parse_header_scan(SPAN_LIT("To: a\r\nSubject: b\r\nTO: c\r\n\r\n"), 10,
					   arena, &header, &err),
			 0);
	assert_true(span_is(parse_header_find(&header, "to")->value, " a"));
	assert_true(span_is(parse_header_find(&header, "Subject")->whole, "Subject: b\r\n"));
	assert_null(parse_header_find(&header, "From"));
	assert_int_equal(parse_header_count(&header, "To"), 2);
	assert_int_equal(parse_header_count(&header, "Cc"), 0);
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_end),
		cmocka_unit_test(scans_fields),
		cmocka_unit_test(finds_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
