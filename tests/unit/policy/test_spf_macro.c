/* test_spf_macro.c - the examples of RFC 7208 s7.4, and what the text around them asks for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/mem.h"
#include "policy/spf_macro.h"

#define SIX "2.0.0.1.0.d.b.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.c.b.0.1"
#define SIX_BACK "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2"

static const struct {
	const char *text, *expanded;
	bool is_v6;
} examples[] = {
	{ "%{s}", "strong-bad@email.example.com", false },
	{ "%{o}", "email.example.com", false },
	{ "%{d}", "email.example.com", false },
	{ "%{d4}", "email.example.com", false },
	{ "%{d3}", "email.example.com", false },
	{ "%{d2}", "example.com", false },
	{ "%{d1}", "com", false },
	{ "%{dr}", "com.example.email", false },
	{ "%{d2r}", "example.email", false },
	{ "%{l}", "strong-bad", false },
	{ "%{l-}", "strong.bad", false },
	{ "%{lr}", "strong-bad", false },
	{ "%{lr-}", "bad.strong", false },
	{ "%{l1r-}", "strong", false },
	{ "%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com", false },
	{ "%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com", false },
	{ "%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com",
	  false },
	{ "%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", "3.2.0.192.in-addr.strong.lp._spf.example.com",
	  false },
	{ "%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net", false },
	{ "%{ir}.%{v}._spf.%{d2}", SIX_BACK ".ip6._spf.example.com", true },
	{ "%{p} %{h} %{r} %{t}", "mx.example.org ehlo.example rcv.example 1700000000", false },
	{ "%{c} %{i}", "192.0.2.3 192.0.2.3", false },
	{ "%{c}", "2001:db8::cb01", true },
	{ "100%%%_a%-b", "100% a%20b", false },
	{ "%{S}", "strong-bad%40email.example.com", false },
	{ "%{d128}", "email.example.com", false },
	{ "%{d1}%{D1R}", "comemail", false },
	{ "%{l.-}%{s@}", "strong.badstrong-bad@email.example.com", false },
	{ "", "", false },
};

static void
expands_the_examples(void **state)
{
	struct spf_macro_values values = {
		.local = SPAN_LIT("strong-bad"),
		.sender_domain = SPAN_LIT("email.example.com"),
		.domain = SPAN_LIT("email.example.com"),
		.helo = SPAN_LIT("ehlo.example"),
		.validated = SPAN_LIT("mx.example.org"),
		.receiver = SPAN_LIT("rcv.example"),
		.now_unix_sec = 1700000000,
	};

	(void)state;
	for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
		bool is_good = strstr(examples[i].text, "@}") == NULL;
		struct buf out;

		values.is_v6 = examples[i].is_v6;
		values.dotted = values.is_v6 ? SIX : "192.0.2.3";
		values.readable = values.is_v6 ? "2001:db8::cb01" : "192.0.2.3";
		buf_init(&out, SPF_EXPANDED_MAX);
		assert_int_equal(
			spf_macro_check(span_of(examples[i].text), SPF_MACRO_EXPLANATION, NULL),
			is_good ? 0 : -1);
		if (is_good) {
			assert_int_equal(spf_macro_expand(span_of(examples[i].text), &values, &out),
					 0);
			if (!span_is(buf_span(&out), examples[i].expanded))
				fail_msg("%s: %.*s", examples[i].text, (int)out.len,
					 buf_span(&out).p);
		}
		buf_deinit(&out);
	}
}

static void
keeps_the_right_hand_side_of_a_long_name(void **state)
{
	char name[400];
	struct span fit;

	(void)state;
	memset(name, 'x', sizeof name);
	for (size_t i = 49; i < sizeof name; i += 50)
		name[i] = '.';
	name[sizeof name - 1] = '.'; /* eight labels of 49, and the final dot */
	fit = spf_macro_fit((struct span){ name, sizeof name });
	assert_int_equal(fit.n, 249);
	assert_ptr_equal(fit.p, name + 150);
	fit = spf_macro_fit(span_of("short.example."));
	assert_true(span_is(fit, "short.example"));
}

static void
refuses_to_grow_without_end(void **state)
{
	struct spf_macro_values values = { .local = SPAN_LIT("l"), .dotted = "", .readable = "" };
	char *domain = mem_alloc(4096), *text = mem_alloc(4000);
	struct buf out;

	(void)state;
	memset(domain, 'd', 4096);
	values.domain = (struct span){ domain, 4096 };
	for (size_t i = 0; i < 4000; i += 4)
		memcpy(text + i, "%{d}", 4);
	buf_init(&out, SPF_EXPANDED_MAX);
	assert_int_equal(spf_macro_expand((struct span){ text, 4000 }, &values, &out), -1);
	assert_true(out.len <= SPF_EXPANDED_MAX);
	buf_deinit(&out);
	mem_free(domain);
	mem_free(text);
}

static void
finds_its_letters(void **state)
{
	(void)state;
	assert_true(spf_macro_uses(span_of("a.%{d}.%{P2r}"), 'p'));
	assert_false(spf_macro_uses(span_of("p.%%{p}.%{d}"), 'p'));
	assert_false(spf_macro_uses(span_of("%{p"), 'p'));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(expands_the_examples),
		cmocka_unit_test(keeps_the_right_hand_side_of_a_long_name),
		cmocka_unit_test(refuses_to_grow_without_end),
		cmocka_unit_test(finds_its_letters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
