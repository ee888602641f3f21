/* Headers that were pasted in, DMARC reports plain and packed, and hostile ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <zlib.h>

#include "base/mem.h"
#include "evidence/evidence.h"

static char told[2000];

static void
note(const struct evidence_item *item, void *arg)
{
	size_t n = strlen(told);

	(void)arg;
	snprintf(told + n, sizeof told - n, "%s%s %s %llu %s%s%s", n ? "; " : "",
		 evidence_what_name(item->what), item->has_passed ? "pass" : "fail",
		 (unsigned long long)item->messages, item->domain, *item->source ? " " : "",
		 item->source);
}

static int
read_it(struct span file, struct evidence_origin *origin, struct err *err)
{
	told[0] = '\0';
	return evidence_read(file, origin, note, NULL, err);
}

/* ---- headers ------------------------------------------------------------------------- */

static void
test_headers(void **state)
{
	static const struct {
		const char *name, *header, *by, *told; /* told NULL: refused */
	} rows[] = {
		{ "one of Gmail's",
		  "Delivered-To: b@gmail.com\r\n"
		  "ARC-Authentication-Results: i=1; mx.google.com; spf=fail "
		  "smtp.mailfrom=a@evil\r\n"
		  "Received-SPF: pass (google.com: domain of a@shop.example designates 192.0.2.1 "
		  "as "
		  "permitted sender) client-ip=192.0.2.1;\r\n"
		  "Authentication-Results: mx.google.com;\r\n"
		  "       dkim=pass header.i=@shop.example header.s=s1 header.b=AbC;\r\n"
		  "       spf=pass (google.com: domain of a@bounce.shop.example designates (so)\r\n"
		  " 192.0.2.1) smtp.mailfrom=a@bounce.shop.example;\r\n"
		  "       dmarc=pass (p=NONE sp=NONE dis=NONE) header.from=shop.example\r\n"
		  "From: a@shop.example\r\n\r\nAuthentication-Results: mx.google.com; "
		  "dkim=fail\r\n",
		  "mx.google.com",
		  "dkim pass 1 shop.example 192.0.2.1; spf pass 1 bounce.shop.example 192.0.2.1; "
		  "dmarc pass 1 shop.example 192.0.2.1" },
		{ "version, reason, capitals, LF",
		  "authentication-results: MX.Y.example 1; DKIM/1=Fail reason=\"bad; signature\" "
		  "Header.D=shop.example\n",
		  "MX.Y.example", "dkim fail 1 shop.example" },
		{ "what the sender wrote below is not believed",
		  "Authentication-Results: mx.y.example; spf=softfail smtp.mailfrom=shop.example\n"
		  "Authentication-Results: evil.example; dkim=pass header.d=shop.example\n",
		  "mx.y.example", "spf fail 1 shop.example" },
		{ "several fields of one server",
		  "Authentication-Results: mx.y.example; spf=pass smtp.helo=mx.shop.example\n"
		  "Authentication-Results: mx.y.example; dkim=pass header.d=shop.example\n",
		  "mx.y.example", "spf pass 1 mx.shop.example; dkim pass 1 shop.example" },
		{ "Received-SPF alone",
		  "Received-SPF: Pass (mailfrom) identity=mailfrom; client-ip=2001:db8::1; "
		  "envelope-from=\"a@shop.example\"; receiver=mx.y.example\n",
		  "mx.y.example", "spf pass 1 shop.example 2001:db8::1" },
		{ "none is no result", "Authentication-Results: mx.y.example; none\n", "", NULL },
		{ "nothing was signed", "Authentication-Results: mx.y.example; dkim=none\n", "",
		  NULL },
		{ "no such field", "From: a@shop.example\n\nhello\n", "", NULL },
		{ "only in the body", "From: a@x\n\nAuthentication-Results: m; dkim=pass\n", "",
		  NULL },
		{ "a comment without end", "Authentication-Results: m.example (; dkim=pass\n", "",
		  NULL },
		{ "comments nested too deeply",
		  "Authentication-Results: m.example ((((((((((((x)))))))))))); dkim=pass\n", "",
		  NULL },
		{ "nothing", "", "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct evidence_origin origin;
		struct err err;
		int rc = read_it(span_of(rows[i].header), &origin, &err);

		print_message("%s\n", rows[i].name);
		assert_int_equal(rc, rows[i].told ? 0 : -1);
		assert_string_equal(told, rows[i].told ? rows[i].told : "");
		if (rows[i].told)
			assert_string_equal(origin.by, rows[i].by);
		else
			assert_non_null(strstr(err.text, "Authentication-Results"));
	}
}

/* ---- reports ------------------------------------------------------------------------- */

#define HEAD                                                                                       \
	"<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<feedback><report_metadata>"                 \
	"<org_name> y.example </org_name><email>r@y.example</email><report_id>77</report_id>"      \
	"<date_range><begin>1795500000</begin><end>1795586399</end></date_range></"                \
	"report_metadata>"
#define RECORD(count, spf, dkim, from)                                                             \
	"<record><row><source_ip>192.0.2.1</source_ip><count>" count "</count><policy_evaluated>"  \
	"<disposition>none</disposition><dkim>" dkim "</dkim><spf>" spf "</spf>"                   \
	"</policy_evaluated></row><identifiers><header_from>" from "</header_from></identifiers>"  \
	"<auth_results><spf><domain>other.example</domain><result>pass</result></spf>"             \
	"</auth_results></record>"
#define REPORT HEAD RECORD("12", "pass", "fail", "shop.example") "</feedback>"
#define REPORT_TOLD                                                                                \
	"spf pass 12 shop.example 192.0.2.1; dkim fail 12 shop.example 192.0.2.1; "                \
	"dmarc pass 12 shop.example 192.0.2.1"

static void
test_reports(void **state)
{
	static const struct {
		const char *name, *xml, *told, *error;
	} rows[] = {
		{ "one record", REPORT, REPORT_TOLD, NULL },
		{ "a mark of UTF-8 before it", "\xef\xbb\xbf" REPORT, REPORT_TOLD, NULL },
		{ "another namespace",
		  "<f:feedback xmlns:f=\"urn:x\">" RECORD("1", "pass", "pass",
							  "x.example") "</f:feedback>",
		  "spf pass 1 x.example 192.0.2.1; dkim pass 1 x.example 192.0.2.1; "
		  "dmarc pass 1 x.example 192.0.2.1",
		  NULL },
		{ "two, one fails",
		  HEAD RECORD("3", "pass", "pass", "a.example")
			  RECORD("1", "fail", "fail", "a.example") "</feedback>",
		  "spf pass 3 a.example 192.0.2.1; dkim pass 3 a.example 192.0.2.1; "
		  "dmarc pass 3 a.example 192.0.2.1; spf fail 1 a.example 192.0.2.1; "
		  "dkim fail 1 a.example 192.0.2.1; dmarc fail 1 a.example 192.0.2.1",
		  NULL },
		{ "counts that are none",
		  HEAD RECORD("0", "pass", "pass", "a.example") RECORD("x", "pass", "pass",
								       "a.example")
			  RECORD("99999999999999999999", "pass", "pass", "a.example") "</feedback>",
		  "", NULL },
		{ "cut short", HEAD "<record>", "", "no element found" },
		{ "not closed", HEAD "<a></b>", "", "mismatched tag" },
		{ "no report", "<html><body/></html>", "", "no DMARC report" },
		{ "a document type",
		  "<!DOCTYPE f [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;\">]><feedback>&b;"
		  "</feedback>",
		  "", "document type" },
		{ "an entity nobody knows", "<feedback>&x;</feedback>", "", "undefined entity" },
		{ "too deep",
		  "<a><a><a><a><a><a><a><a><a><a><a><a><a><a></a></a></a></a></a></a></a></a></a></"
		  "a>"
		  "</a></a></a></a>",
		  "", "nested too deeply" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct evidence_origin origin;
		struct err err;
		int rc = read_it(span_of(rows[i].xml), &origin, &err);

		print_message("%s\n", rows[i].name);
		assert_int_equal(rc, rows[i].error ? -1 : 0);
		if (rows[i].error)
			assert_non_null(strstr(err.text, rows[i].error));
		assert_string_equal(told, rows[i].told);
		if (i == 0) {
			assert_string_equal(origin.by, "y.example");
			assert_string_equal(origin.report, "77");
			assert_int_equal(origin.until_unix, 1795586399);
		}
	}
}

/* ---- packed -------------------------------------------------------------------------- */

static struct span
pack(const char *text, size_t n, int window_bits, char *out, size_t size)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)text,
		       .avail_in = (uInt)n,
		       .next_out = (Bytef *)out,
		       .avail_out = (uInt)size };

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	assert_int_equal(deflateEnd(&z), Z_OK);
	return (struct span){ out, size - z.avail_out };
}

static struct span
zip(const char *text, size_t n, bool is_stored, char *out, size_t size)
{
	static const char header[30] = "PK\x03\x04\x14";
	struct span packed;

	memcpy(out, header, sizeof header);
	out[8] = is_stored ? 0 : 8;
	out[18] = (char)(n & 255), out[19] = (char)(n >> 8 & 255);
	out[26] = 5;
	memcpy(out + 30, "a.xml", 5);
	if (!is_stored) {
		packed = pack(text, n, -MAX_WBITS, out + 35, size - 35);
		return (struct span){ out, 35 + packed.n };
	}
	memcpy(out + 35, text, n);
	return (struct span){ out, 35 + n };
}

static void
test_packed(void **state)
{
	static char out[8192];
	struct evidence_origin origin;
	struct span file;
	struct err err;

	(void)state;
	file = pack(REPORT, strlen(REPORT), 16 + MAX_WBITS, out, sizeof out);
	assert_int_equal(read_it(file, &origin, &err), 0);
	assert_string_equal(told, REPORT_TOLD);
	for (size_t n = 2; n < file.n; n++) { /* cut anywhere: refused, with words */
		err.text[0] = '\0';
		assert_int_equal(read_it((struct span){ file.p, n }, &origin, &err), -1);
		assert_true(strlen(err.text) > 10);
	}
	for (int is_stored = 0; is_stored < 2; is_stored++) {
		file = zip(REPORT, strlen(REPORT), is_stored, out, sizeof out);
		assert_int_equal(read_it(file, &origin, &err), 0);
		assert_string_equal(told, REPORT_TOLD);
		for (size_t n = 4; n < file.n; n++)
			assert_int_equal(read_it((struct span){ file.p, n }, &origin, &err), -1);
	}
	out[6] = 1;
	assert_int_equal(read_it(file, &origin, &err), -1);
	assert_non_null(strstr(err.text, "encrypted"));
}

static void
test_bomb(void **state)
{
	size_t n = EVIDENCE_TEXT_MAX + 1000, room = 1 << 20;
	char *zeros = mem_zero(1, n), *out = mem_alloc(room);
	struct evidence_origin origin;
	struct err err;

	(void)state;
	assert_int_equal(read_it(pack(zeros, n, 16 + MAX_WBITS, out, room), &origin, &err), -1);
	assert_non_null(strstr(err.text, "too large"));
	assert_int_equal(read_it((struct span){ zeros, EVIDENCE_FILE_MAX + 1 }, &origin, &err), -1);
	mem_free(zeros);
	mem_free(out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_reports),
		cmocka_unit_test(test_packed),
		cmocka_unit_test(test_bomb),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
