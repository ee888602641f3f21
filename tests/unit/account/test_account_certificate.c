/* Fingerprints of client certificates, and who may come in by one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "account/account_certificate.h"
#include "account/account_snapshot.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define COLONS                                                                                     \
	"01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:"  \
	"AB:CD:EF"

static void
reads_what_openssl_prints(void **state)
{
	static const char *const good[] = { HEX, COLONS, "sha256 Fingerprint=" COLONS,
					    "SHA256 Fingerprint=" COLONS };
	static const char *const bad[] = { "",
					   "0",
					   HEX "0",
					   HEX "00",
					   "g" HEX,
					   COLONS ":",
					   "01::23" HEX,
					   "sha256 Fingerprint=",
					   "SHA1 Fingerprint=01" };
	struct account_certificate certificate;
	char text[ACCOUNT_CERTIFICATE_TEXT_SIZE];
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		assert_int_equal(account_certificate_parse(span_of(good[i]), &certificate, &err),
				 0);
		account_certificate_format(&certificate, text);
		assert_string_equal(text, HEX);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_int_equal(account_certificate_parse(span_of(bad[i]), &certificate, &err),
				 -1);
		assert_int_equal(err.kind, ERR_INPUT);
		assert_non_null(strstr(err.text, "-fingerprint -sha256"));
	}
}

/* the second factor, alone, and neither: each with and without what it wants */
static void
asks_for_what_the_credential_wants(void **state)
{
	static const struct account_certificate ours = { { 1 } }, other = { { 2 } };
	static const struct {
		size_t certificates;
		bool only;
		const struct account_certificate *shown;
		bool has_password;
		bool may;
	} rows[] = {
		{ 0, false, NULL, true, true },	   { 0, false, &ours, true, true },
		{ 0, false, &ours, false, false }, { 1, false, &ours, true, true },
		{ 1, false, NULL, true, false },   { 1, false, &other, true, false },
		{ 1, false, &ours, false, false }, { 1, true, &ours, false, true },
		{ 1, true, &ours, true, false },   { 1, true, &other, false, false },
		{ 1, true, NULL, true, false },	   { 0, true, NULL, true, false },
		{ 0, true, NULL, false, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct account_credential credential = { .certificate = &ours,
							 .certificates = rows[i].certificates,
							 .certificate_only = rows[i].only };
		struct account_login login = { ACCOUNT_SMTP, "192.0.2.1", rows[i].shown,
					       rows[i].has_password };

		assert_int_equal(account_credential_obstacle(&credential, &login, 0) == NULL,
				 rows[i].may);
		login.address = NULL; /* a local listener asks for neither */
		assert_null(account_credential_obstacle(&credential, &login, 0));
	}
}

/* is_alone - b and its neighbour have the certificate; which of them is in b's way? */
static void
only_one_that_may_be_used_is_in_the_way(void **state)
{
	static const struct account_certificate ours = { { 1 } };
	static const struct account_network elsewhere = { .address = { 10 }, .bits = 128 };
	static const struct {
		struct account_credential other;
		bool is_alone;
		const char *why; /* once b is revoked */
	} rows[] = {
		{ { .is_revoked = true }, true, "the credential is revoked" },
		{ { .expires_unix_ms = 1 }, true, "the credential has expired" },
		{ { .protocols = ACCOUNT_API }, true, "the credential is not for this protocol" },
		{ { .network = &elsewhere, .networks = 1 }, true,
		  "the credential may not be used from this network" },
		{ { .expires_unix_ms = 1000 }, false, NULL },
	};
	const struct account_login login = { ACCOUNT_SMTP, "192.0.2.1", &ours, false };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct account_credential a = rows[i].other,
					  b = { .name = "b", .certificate = &ours,
						.certificates = 1, .certificate_only = true };
		struct account_credential *both[] = { &a, &b };
		const struct account_snapshot snapshot = { .credential = both, .credentials = 2 };
		struct account_refused refused;

		a.name = "a";
		a.certificate = &ours;
		a.certificates = 1;
		a.certificate_only = true;
		assert_ptr_equal(account_snapshot_by_certificate(&snapshot, SPAN_EMPTY, &login,
								 500, &refused),
				 rows[i].is_alone ? &b : NULL);
		assert_ptr_equal(account_snapshot_by_certificate(&snapshot, SPAN_LIT("b"), &login,
								 500, &refused), &b);
		b.is_revoked = true;
		assert_ptr_equal(account_snapshot_by_certificate(&snapshot, SPAN_EMPTY, &login,
								 500, &refused),
				 rows[i].why == NULL ? &a : NULL);
		if (rows[i].why != NULL) {
			assert_string_equal(refused.why, rows[i].why);
			assert_ptr_equal(refused.whose, &a);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_openssl_prints),
		cmocka_unit_test(asks_for_what_the_credential_wants),
		cmocka_unit_test(only_one_that_may_be_used_is_in_the_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
