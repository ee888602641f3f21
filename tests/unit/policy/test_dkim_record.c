/* test_dkim_record.c - key records: RFC 6376 s3.6.1, RFC 8301, RFC 8463. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "dkim/dkim.h"
#include "policy/dkim_record.h"

#define RSA512                                                                                     \
	"MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBALFcLpCzFr43Dv6TPgXjOeMi0aFWDwknOv6/Q9Ye75bD0VLrFEPdy9f"  \
	"wQVaLnIm3kz7nxk2v+08Wo+2mXdfNo7ECAwEAAQ=="
#define RSA1024                                                                                    \
	"MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC+/krWzMjJ/pmOn8AJNYTi0RHPg9IjRTc/ylvVpnjVRvvHGW9"  \
	"iFhRMQXnL+PRj11hkh1/W5eD+UUufCUtQd1IpPTBP37T1g4rnQBgphRpp9RxjQqnMkQ6UeAhdPk+lX49BM9qe1x"  \
	"GEcGRN/xpltYiEshuJyipHSrLf0gxEBeu9rQIDAQAB"
#define RSA1024_BARE                                                                               \
	"MIGJAoGBAL7+StbMyMn+mY6fwAk1hOLREc+D0iNFNz/KW9WmeNVG+8cZb2IWFExBecv49GPXWGSHX9bl4P5RS58"  \
	"JS1B3Uik9ME/ftPWDiudAGCmFGmn1HGNCqcyRDpR4CF0+T6Vfj0Ez2p7XEYRwZE3/GmW1iISyG4nKKkdKst/SDE"  \
	"QF672tAgMBAAE="
#define EC                                                                                         \
	"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAELFcJYu0a0DaTor4iN617uTjlBgKSSL+XKfC4jd0/pJaWAjm1/DA"  \
	"PTmNCLrudrgk8EMr0hQGOpmoH/ZKyW/ccdQ=="
#define ED "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=" /* RFC 8463 appendix A.2 */

enum { TESTING = 1, STRICT = 2, REVOKED = 4, NO_SHA256 = 8, NO_EMAIL = 16 };

static const struct {
	const char *name, *text;
	const char *problem; /* NULL: fine */
	enum dkim_record_kind kind;
	unsigned bits, flags;
} cases[] = {
	{ "usual", "v=DKIM1; k=rsa; p=" RSA1024, NULL, DKIM_RECORD_RSA, 1024, 0 },
	{ "only p", "p=" RSA1024, NULL, DKIM_RECORD_RSA, 1024, 0 },
	{ "last semicolon", "v=DKIM1;p=" RSA1024 ";", NULL, DKIM_RECORD_RSA, 1024, 0 },
	{ "short", "v=DKIM1; p=" RSA512, NULL, DKIM_RECORD_RSA, 512, 0 },
	{ "RSAPublicKey", "v=DKIM1; p=" RSA1024_BARE, NULL, DKIM_RECORD_RSA, 1024, 0 },
	{ "Ed25519", "v=DKIM1; k=ed25519; p=" ED, NULL, DKIM_RECORD_ED25519, 256, 0 },
	{ "folded", "v=DKIM1;\r\n\tk=rsa;\r\n p= " RSA1024 " \r\n", NULL, DKIM_RECORD_RSA, 1024,
	  0 },
	{ "white space in the key",
	  "p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC+ /krWzMjJ/pmOn8AJ"
	  "NYTi0RHPg9IjRTc/ylvVpnjVRvvHGW9iFhRMQXnL+PRj11hkh1/W5eD+UUufCUtQd1IpPTBP37T1g4rnQBgph"
	  "Rpp9RxjQqnMkQ6UeAhdPk+lX49BM9qe1xGEcGRN/xpltYiEshuJyipHSrLf0gxEBeu9rQ\r\n IDAQAB",
	  NULL, DKIM_RECORD_RSA, 1024, 0 },
	{ "revoked", "v=DKIM1; p=", NULL, DKIM_RECORD_RSA, 0, REVOKED },
	{ "revoked, more behind it", "v=DKIM1; p=; t=y", NULL, DKIM_RECORD_RSA, 0,
	  REVOKED | TESTING },
	{ "flags", "v=DKIM1; t=y:s; p=" ED "; k=ed25519", NULL, DKIM_RECORD_ED25519, 256,
	  TESTING | STRICT },
	{ "flags, spaced", "t= s : y ;p=" RSA1024, NULL, DKIM_RECORD_RSA, 1024, TESTING | STRICT },
	{ "hash", "h=sha1; p=" RSA1024, NULL, DKIM_RECORD_RSA, 1024, NO_SHA256 },
	{ "hashes", "h=sha1:sha256; p=" RSA1024, NULL, DKIM_RECORD_RSA, 1024, 0 },
	{ "service", "s=tlsrpt; p=" RSA1024, NULL, DKIM_RECORD_RSA, 1024, NO_EMAIL },
	{ "services", "s=tlsrpt:*; p=" RSA1024, NULL, DKIM_RECORD_RSA, 1024, 0 },
	{ "unknown tags", "v=DKIM1; g=*; n=hello there; xyz=1; p=" RSA1024, NULL, DKIM_RECORD_RSA,
	  1024, 0 },
	{ "unknown kind", "k=dsa; p=AAAA", NULL, DKIM_RECORD_OTHER, 0, 0 },
	{ "empty", "", "no key", 0, 0, 0 },
	{ "no p", "v=DKIM1; k=rsa", "no key", 0, 0, 0 },
	{ "version later", "k=rsa; v=DKIM1; p=" RSA1024, "first tag", 0, 0, 0 },
	{ "another version", "v=DKIM2; p=" RSA1024, "not DKIM1", 0, 0, 0 },
	{ "twice", "p=" RSA1024 "; p=" RSA1024, "twice", 0, 0, 0 },
	{ "semicolon missing", "v=DKIM1 k=rsa; p=" RSA1024, "not DKIM1", 0, 0, 0 },
	{ "semicolon too many", "v=DKIM1;; p=" RSA1024, "semicolons", 0, 0, 0 },
	{ "quotes in it", "\"v=DKIM1; p=" RSA1024 "\"", "no tag name", 0, 0, 0 },
	{ "backslash before the semicolon", "v=DKIM1\\; p=" RSA1024, "not DKIM1", 0, 0, 0 },
	{ "cut off", "p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC", "cut off", 0, 0, 0 },
	{ "cut off at four", "p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKB", "no RSA public", 0, 0, 0 },
	{ "not base64", "p=MIGf!", "not base64", 0, 0, 0 },
	{ "PEM lines", "p=-----BEGIN PUBLIC KEY-----" RSA1024, "not base64", 0, 0, 0 },
	{ "padding inside", "p=AA==AAAA", "not base64", 0, 0, 0 },
	{ "another algorithm's key", "k=rsa; p=" EC, "no RSA public", 0, 0, 0 },
	{ "Ed25519 as RSA", "p=" ED, "no RSA public", 0, 0, 0 },
	{ "RSA as Ed25519", "k=ed25519; p=" RSA1024, "32 bytes", 0, 0, 0 },
	{ "HTML", "<html>p=1</html>", "no tag name", 0, 0, 0 },
};

static unsigned
flags_of(const struct dkim_record *record)
{
	return (record->is_testing ? TESTING : 0u) | (record->is_strict ? STRICT : 0u) |
	       (record->is_revoked ? REVOKED : 0u) | (record->takes_sha256 ? 0u : NO_SHA256) |
	       (record->takes_email ? 0u : NO_EMAIL);
}

static void
reads_key_records(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct dkim_record record;
		struct err err = { .text = "" };
		int rc = dkim_record_parse(span_of(cases[i].text), &record, &err);

		if ((rc < 0) != (cases[i].problem != NULL) ||
		    (rc < 0 && strstr(err.text, cases[i].problem) == NULL))
			fail_msg("%s: said \"%s\"", cases[i].name, err.text);
		if (rc == 0 && (record.kind != cases[i].kind || record.bits != cases[i].bits ||
				flags_of(&record) != cases[i].flags))
			fail_msg("%s: kind %d, %u bits, flags %u", cases[i].name, record.kind,
				 record.bits, flags_of(&record));
	}
}

static void
refuses_a_key_that_is_too_long(void **state)
{
	static char text[64 * 1024 + 3] = "p=";
	struct dkim_record record;
	struct err err;

	(void)state;
	memset(text + 2, 'A', sizeof text - 3);
	assert_int_equal(dkim_record_parse(span_of(text), &record, &err), -1);
	assert_non_null(strstr(err.text, "longer than"));
}

/* what signing publishes is read, and is the same key whatever stands around it */
static void
knows_our_own_key(void **state)
{
	(void)state;
	for (int algorithm = 0; algorithm < DKIM_ALGORITHM_COUNT; algorithm++) {
		struct dkim_key *key = dkim_key_generate((enum dkim_algorithm)algorithm, NULL);
		struct dkim_record ours, other;
		struct buf text, spaced;

		assert_non_null(key);
		buf_init(&text, 4096);
		buf_init(&spaced, 4096);
		assert_int_equal(dkim_key_write_record(key, &text, NULL), 0);
		assert_int_equal(dkim_record_parse(buf_span(&text), &ours, NULL), 0);
		assert_int_equal(ours.bits, algorithm == DKIM_RSA_SHA256 ? 2048 : 256);
		buf_printf(&spaced, "%.*s ; t=y; n=x", (int)text.len, buf_span(&text).p);
		assert_int_equal(dkim_record_parse(buf_span(&spaced), &other, NULL), 0);
		assert_true(dkim_record_is_same_key(&ours, &other));
		other.key[other.key_bytes - 1] ^= 1;
		assert_false(dkim_record_is_same_key(&ours, &other));
		buf_deinit(&text);
		buf_deinit(&spaced);
		dkim_key_free(&key);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_key_records),
		cmocka_unit_test(refuses_a_key_that_is_too_long),
		cmocka_unit_test(knows_our_own_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
