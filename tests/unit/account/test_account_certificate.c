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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_openssl_prints),
		cmocka_unit_test(asks_for_what_the_credential_wants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
