/* loop_test.h - what the tests of this folder share: running a loop until
 * something holds, with a deadline, and certificates in a temporary folder. */
#ifndef TESTS_LOOP_TEST_H
#define TESTS_LOOP_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loop/loop.h"

#define DEADLINE_MS 20000 /* sanitizers on a busy machine */

struct until {
	struct loop *loop;
	struct loop_timer look;
	bool (*holds)(void *arg);
	void *arg;
	int64_t deadline_mono_ms;
	int turns_left;
	bool held;
};

static inline void
until_look(void *arg)
{
	struct until *u = arg;

	u->held = u->holds ? u->holds(u->arg) : --u->turns_left <= 0;
	if (u->held || loop_now_mono_ms(u->loop) > u->deadline_mono_ms)
		loop_stop(u->loop);
	else
		loop_timer_set(&u->look, u->holds ? 1 : 0);
}

static inline bool
until_run(struct until *u)
{
	u->deadline_mono_ms = loop_now_mono_ms(u->loop) + DEADLINE_MS;
	loop_timer_init(&u->look, u->loop, until_look, u);
	loop_timer_set(&u->look, 0);
	loop_run(u->loop);
	loop_timer_deinit(&u->look);
	return u->held;
}

/* run_until - turn the loop until holds(arg); false after the deadline. */
static inline bool
run_until(struct loop *loop, bool (*holds)(void *arg), void *arg)
{
	return until_run(&(struct until){ .loop = loop, .holds = holds, .arg = arg });
}

/* run_turns - a few turns: enough for what loopback delivers at once, to see
 * that something does not happen. */
static inline void
run_turns(struct loop *loop)
{
	until_run(&(struct until){ .loop = loop, .turns_left = 30 });
}

struct test_folder {
	char path[64];
	char certificate[96], key[96]; /* of the last test_certificate */
};

static inline void
test_folder_make(struct test_folder *folder)
{
	snprintf(folder->path, sizeof folder->path, "/tmp/relay-unit-XXXXXX");
	assert_non_null(mkdtemp(folder->path));
}

static inline FILE *
test_folder_open(struct test_folder *folder, char out[96], const char *name, const char *end)
{
	FILE *file;

	snprintf(out, 96, "%s/%s.%s", folder->path, name, end);
	file = fopen(out, "w");
	assert_non_null(file);
	return file;
}

/* test_certificate - name.crt and name.key; names: "DNS:a,DNS:b" or NULL for a
 * common name cn alone. */
static inline void
test_certificate(struct test_folder *folder, const char *name, const char *cn, const char *names,
                 long days)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	FILE *file;

	assert_true(key && cert);
	X509_set_version(cert, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
	X509_gmtime_adj(X509_getm_notBefore(cert), -86400L * 2);
	X509_gmtime_adj(X509_getm_notAfter(cert), 86400L * days);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_UTF8,
	                           (const unsigned char *)cn, -1, -1, 0);
	X509_set_issuer_name(cert, X509_get_subject_name(cert));
	X509_set_pubkey(cert, key);
	if (names) {
		X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, names);

		X509_add_ext(cert, e, -1);
		X509_EXTENSION_free(e);
	}
	assert_true(X509_sign(cert, key, EVP_sha384()) > 0);
	file = test_folder_open(folder, folder->certificate, name, "crt");
	PEM_write_X509(file, cert);
	fclose(file);
	file = test_folder_open(folder, folder->key, name, "key");
	PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
	fclose(file);
	X509_free(cert);
	EVP_PKEY_free(key);
}

static inline void
test_folder_remove(struct test_folder *folder, const char *const *files)
{
	char path[128];

	for (; *files; files++) {
		snprintf(path, sizeof path, "%s/%s", folder->path, *files);
		unlink(path);
	}
	assert_int_equal(rmdir(folder->path), 0);
}

#endif
