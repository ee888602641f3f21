/* test_parse_from.c - whose name does a message carry. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "parse/parse_header.h"

#define ADDRESSES 16
#define HOSTILE_BYTES (1024 * 1024)

static int
from_of(struct span section, struct arena *arena, struct buf *out, struct err *err)
{
	struct span addresses[ADDRESSES];
	struct parse_header header;
	size_t count;

	if (parse_header_scan(section, 100, arena, &header, err) < 0 ||
	    parse_header_from(&header, arena, addresses, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_append_text(out, "|");
		buf_append_span(out, addresses[i]);
	}
	return 0;
}

/* want: NULL, refused */
static const struct {
	const char *name, *section, *want;
} cases[] = {
	{ "bare", "From: joe@x.y\r\n", "joe@x.y" },
	{ "angle", "From: <joe@x.y>\r\n", "joe@x.y" },
	{ "name", "From: Joe Smith <joe@x.y>\r\n", "joe@x.y" },
	{ "quoted name", "From: \"Smith, Joe <eve@z>\" <joe@x.y>\r\n", "joe@x.y" },
	{ "escaped quote", "From: \"Joe \\\"J\\\" <eve@z>\" <joe@x.y>\r\n", "joe@x.y" },
	{ "dots in name", "From: Joe Q. Smith <joe@x.y>\r\n", "joe@x.y" },
	{ "address in name", "From: eve@a.b <joe@x.y>\r\n", "joe@x.y|eve@a.b" },
	{ "the same in name", "From: Joe@x.y <joe@x.y>\r\n", "joe@x.y" },
	{ "addresses in a name", "From: from eve@a.b and eve@c.d Joe <joe@x.y>\r\n",
	  "joe@x.y|eve@a.b|eve@c.d" },
	{ "name of another", "From: a@x.y <b@y>, c@z.v <d@v>\r\n", "b@y|a@x.y|d@v|c@z.v" },
	{ "comment behind it", "From: eve@a.b(c) <joe@x.y>\r\n", "joe@x.y|eve@a.b" },
	{ "quoted local in name", "From: \"e e\"@a.b <joe@x.y>\r\n", "joe@x.y|\"e e\"@a.b" },
	{ "address before a literal", "From: eve@a.b [x] <joe@x.y>\r\n", "joe@x.y|eve@a.b" },
	{ "at in name", "From: Joe @ Home.example <joe@x.y>\r\n", "joe@x.y" },
	{ "no domain in name", "From: Joe@Home <joe@x.y>\r\n", "joe@x.y" },
	{ "only an at", "From: @home.example Joe <joe@x.y>\r\n", "joe@x.y" },
	{ "addresses among words", "From: from eve@a.b, a@b\r\n", NULL },
	{ "encoded word", "From: =?utf-8?Q?J=C3=B6_=3Ceve=40z=3E?= <joe@x.y>\r\n", "joe@x.y" },
	{ "UTF-8 name", "From: J\xc3\xb6 <joe@x.y>\r\n", "joe@x.y" },
	{ "UTF-8 address", "From: j\xc3\xb6@x.y\r\n", "j\xc3\xb6@x.y" },
	{ "comment", "From: joe@x.y (Joe <eve@z>)\r\n", "joe@x.y" },
	{ "comments everywhere", "From: (a) joe (b (c)) @ (d) x (e) . (f) y (g)\r\n", "joe@x.y" },
	{ "escape in comment", "From: (a \\) <eve@z>) joe@x.y\r\n", "joe@x.y" },
	{ "folded", "From:\r\n Joe\r\n\t<joe@x.y>\r\n", "joe@x.y" },
	{ "blanks in angle", "From: < joe @ x.y >\r\n", "joe@x.y" },
	{ "quoted local", "From: \"a b\"@x.y\r\n", "\"a b\"@x.y" },
	{ "literal", "From: joe@[192.0.2.1]\r\n", "joe@[192.0.2.1]" },
	{ "route", "From: <@a.b,@c:joe@x.y>\r\n", "joe@x.y" },
	{ "two", "From: a@x, B <b@y>\r\n", "a@x|b@y" },
	{ "empty places", "From: , a@x, ,\r\n", "a@x" },
	{ "group", "From: Team: a@x, B <b@y>;\r\n", "a@x|b@y" },
	{ "group and more", "From: T: a@x;, b@y\r\n", "a@x|b@y" },
	{ "case of the field", "FROM: joe@x.y\r\n", "joe@x.y" },
	{ "long name",
	  "From: \"" /* 300 bytes */
	  "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"
	  "nnnnnnnnnnnn"
	  "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"
	  "nnnnnnnnnnnn"
	  "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"
	  "nnnnnnnnnnnn"
	  "\" <joe@x.y>\r\n",
	  "joe@x.y" },
	{ "none", "To: a@x\r\n", NULL },
	{ "two fields", "From: a@x\r\nFrom: a@x\r\n", NULL },
	{ "two fields, odd", "From: a@x\r\nfrom : b@y\r\n", NULL },
	{ "empty", "From:\r\n", NULL },
	{ "empty angle", "From: Joe <>\r\n", NULL },
	{ "empty group", "From: nobody:;\r\n", NULL },
	{ "name only", "From: Joe\r\n", NULL },
	{ "names only", "From: Joe Smith\r\n", NULL },
	{ "comma in name", "From: Smith, Joe <joe@x.y>\r\n", NULL },
	{ "text after", "From: <joe@x.y> eve@z\r\n", NULL },
	{ "two angles", "From: <joe@x.y> <eve@z>\r\n", NULL },
	{ "nested angles", "From: <a<joe@x.y>>\r\n", NULL },
	{ "not closed", "From: <joe@x.y\r\n", NULL },
	{ "not opened", "From: joe@x.y>\r\n", NULL },
	{ "open quote", "From: \"Joe <joe@x.y>\r\n", NULL },
	{ "open comment", "From: joe@x.y (Joe\r\n", NULL },
	{ "comment closed only", "From: joe@x.y Joe)\r\n", NULL },
	{ "escape at the end", "From: joe@x.y (Joe\\\r\n", NULL },
	{ "open literal", "From: joe@[192.0.2.1\r\n", NULL },
	{ "open group", "From: Team: a@x\r\n", NULL },
	{ "group in group", "From: a: b: c@x;;\r\n", NULL },
	{ "stray semicolon", "From: a@x;\r\n", NULL },
	{ "two words in angle", "From: <a b@x>\r\n", NULL },
	{ "two ats", "From: a@b@c\r\n", NULL },
	{ "backslash", "From: a\\b@x\r\n", NULL },
	{ "17 addresses",
	  "From: a@x,a@x,a@x,a@x,a@x,a@x,a@x,a@x,a@x,a@x,a@x,a@x,a@x,a@x,a@x,a@x,a@x\r\n", NULL },
};

static void
finds_the_addresses(void **state)
{
	struct err err;
	struct buf got;

	(void)state;
	buf_init(&got, 10000);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct arena *arena = arena_new(0);
		int rc;

		buf_clear(&got);
		rc = from_of(span_of(cases[i].section), arena, &got, &err);
		if ((rc == 0) != (cases[i].want != NULL))
			fail_msg("%s: %s", cases[i].name, rc ? err.text : "accepted");
		if (rc == 0 && !span_is(buf_span(&got), cases[i].want))
			fail_msg("%s: %.*s", cases[i].name, (int)got.len, buf_data(&got));
		if (rc < 0 && (err.code != 550 || strncmp(err.text, "5.6.0 ", 6) != 0))
			fail_msg("%s: %s", cases[i].name, err.text);
		arena_free(&arena);
	}
	buf_deinit(&got);
}

/* A megabyte of one character costs milliseconds and no stack. */
static void
survives_repetition(void **state)
{
	static const char *const repeated[] = {
		"(", ")", "((", "(\\", "\"", "<",  ">",	    "<@",     ":",  ";",   ",",
		".", "@", "[",	"\\",  "a",  "a ", "\"a\"", "<a@b>,", "=?", "(a)", "\r\n ",
	};
	struct buf section, got;
	struct err err;

	(void)state;
	buf_init(&section, 2 * HOSTILE_BYTES);
	buf_init(&got, 10000);
	for (size_t i = 0; i < sizeof repeated / sizeof repeated[0]; i++) {
		struct arena *arena = arena_new(0);
		int64_t before;

		buf_clear(&section);
		buf_clear(&got);
		buf_append_text(&section, "From: ");
		while (section.len < HOSTILE_BYTES)
			buf_append_text(&section, repeated[i]);
		buf_append_text(&section, "\r\n");
		before = clock_mono_ms();
		assert_int_equal(from_of(buf_span(&section), arena, &got, &err), -1);
		if (clock_mono_ms() - before > 2000)
			fail_msg("slow: %s", repeated[i]);
		arena_free(&arena);
	}
	buf_deinit(&section);
	buf_deinit(&got);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_addresses),
		cmocka_unit_test(survives_repetition),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
