/* test_account_secret.c - the secret's form, and its verifiers against RFC 7677. */
#include "account_kit.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

static void
generated_ones_are_wellformed_and_differ(void **state)
{
	char a[ACCOUNT_SECRET_SIZE], b[ACCOUNT_SECRET_SIZE];

	(void)state;
	for (int i = 0; i < 200; i++) {
		account_secret_generate(a);
		account_secret_generate(b);
		assert_string_not_equal(a, b);
		assert_true(account_secret_is_wellformed(span_of(a)));
		assert_int_equal(strlen(a), ACCOUNT_SECRET_SIZE - 1);
		assert_int_equal(strncmp(a, ACCOUNT_SECRET_PREFIX, 3), 0);
		for (const char *p = a; *p; p++)
			assert_true(isalnum((unsigned char)*p));
	}
}

static void
a_changed_character_is_noticed(void **state)
{
	char good[ACCOUNT_SECRET_SIZE], bad[ACCOUNT_SECRET_SIZE];

	(void)state;
	account_secret_generate(good);
	for (size_t i = 0; i < sizeof good - 1; i++) {
		memcpy(bad, good, sizeof bad);
		bad[i] = bad[i] == 'x' ? 'y' : 'x';
		assert_false(account_secret_is_wellformed(span_of(bad)));
	}
	assert_false(account_secret_is_wellformed(SPAN_EMPTY));
	assert_false(account_secret_is_wellformed((struct span){ good, sizeof good - 2 }));
}

static void
one_with_a_slip_in_it_is_recognised(void **state)
{
	static const struct {
		const char *text;
		bool is_like;
	} cases[] = {
		{ "rlyurLUKXabcdefghijklmnopqrstuvwxyz012345", true },
		{ "rlyurLUKXabcdefghij", true }, { " rlyurLUKXabcdefghij ", true },
		{ "shop:rlyurLUKXabcdefghij", true }, { "rlyrlyrlyrlyrlyrlyrly", true },
		{ "", false }, { "rl", false }, { "rly", false }, { "rly-prod-eu", false },
		{ "early-orders", false }, { "newsletter-of-the-early-morning", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_int_equal(account_secret_is_like(span_of(cases[i].text)), cases[i].is_like);
}

static void
verifiers_give_the_signature_of_rfc7677(void **state)
{
	static const char auth_message[] =
		"n=user,r=rOprNGfwEbeRWgbNEkqO,"
		"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
		"s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,"
		"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
	unsigned char salt[18], mac[32];
	char text[64];
	struct account_verifier v;

	(void)state;
	assert_int_equal(
		EVP_DecodeBlock(salt, (const unsigned char *)"W22ZaJ0SNY7soEsUEjb6gQ==", 24), 18);
	account_secret_derive(SPAN_LIT("pencil"), salt, 4096, &v);
	HMAC(EVP_sha256(), v.server_key, 32, (const unsigned char *)auth_message,
	     sizeof auth_message - 1, mac, NULL);
	EVP_EncodeBlock((unsigned char *)text, mac, sizeof mac);
	assert_string_equal(text, "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(generated_ones_are_wellformed_and_differ),
		cmocka_unit_test(a_changed_character_is_noticed),
		cmocka_unit_test(one_with_a_slip_in_it_is_recognised),
		cmocka_unit_test(verifiers_give_the_signature_of_rfc7677),
	};

	return cmocka_run_group_tests_name("account_secret", tests, NULL, NULL);
}
