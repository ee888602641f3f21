/* tls_certificate.c - certificates from files, or made here for a first start.
 *
 * Runs while configuration is loaded (main thread, may read files), never on a
 * loop's hot path except tls_certificate_covers, which only compares. */
#include "tls_certificate.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/must.h"
#include "base/rand.h"

#define YEARS_SEC (10L * 365 * 24 * 3600)
#define CN_MAX 64 /* ub-common-name, RFC 5280 */

const char *
tls_openssl_text(void)
{
	unsigned long code = ERR_get_error();
	const char *text = ERR_reason_error_string(code);

	if (ERR_SYSTEM_ERROR(code))
		text = strerror(ERR_GET_REASON(code));
	ERR_clear_error();
	return text ? text : "no reason given";
}

static int
no_password(char *out, int size, int writing, void *unused)
{
	(void)out;
	(void)size;
	(void)writing;
	(void)unused;
	return -1; /* instead of asking at the terminal */
}

static int
check_readable(const char *path, const char *what, struct err *err)
{
	if (access(path, R_OK) == 0)
		return 0;
	return err_set(err, ERR_INPUT, errno, "cannot read the %s %s: %s", what, path,
		       strerror(errno));
}

int
tls_certificate_load(struct ssl_ctx_st *ctx, const struct tls_files *files, struct err *err)
{
	if (check_readable(files->certificate, "certificate", err) ||
	    check_readable(files->key, "key", err))
		return -1;
	ERR_clear_error();
	SSL_CTX_set_default_passwd_cb(ctx, no_password);
	if (SSL_CTX_use_certificate_chain_file(ctx, files->certificate) != 1)
		return err_set(err, ERR_INPUT, 0, "%s is not a usable PEM certificate: %s",
			       files->certificate, tls_openssl_text());
	if (SSL_CTX_use_PrivateKey_file(ctx, files->key, SSL_FILETYPE_PEM) != 1) {
		unsigned long why = ERR_peek_error();

		ERR_clear_error();
		if (ERR_GET_LIB(why) == ERR_LIB_X509)
			return err_set(err, ERR_INPUT, 0,
				       "the key %s does not belong to the certificate %s",
				       files->key, files->certificate);
		return err_set(err, ERR_INPUT, 0,
			       "%s is not a usable PEM key (it must not be encrypted)", files->key);
	}
	if (SSL_CTX_check_private_key(ctx) != 1) {
		ERR_clear_error();
		return err_set(err, ERR_INPUT, 0,
			       "the key %s does not belong to the certificate %s", files->key,
			       files->certificate);
	}
	return 0;
}

/* add_name - hostname (or an address) as subject alternative name. Built from
 * parts, not from OpenSSL's "DNS:..." syntax, in which a comma would start a
 * second name. */
static bool
add_name(X509 *cert, const char *hostname)
{
	GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_OCTET_STRING *address = a2i_IPADDRESS(hostname);
	ASN1_IA5STRING *dns = ASN1_IA5STRING_new();
	bool ok;

	must(names && name && dns);
	ERR_clear_error(); /* a2i complains about every host name */
	must(ASN1_STRING_set(dns, hostname, -1) == 1);
	if (address) {
		GENERAL_NAME_set0_value(name, GEN_IPADD, address);
		ASN1_IA5STRING_free(dns);
	} else {
		GENERAL_NAME_set0_value(name, GEN_DNS, dns);
	}
	must(sk_GENERAL_NAME_push(names, name) > 0);
	ok = X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, X509V3_ADD_DEFAULT) == 1;
	GENERAL_NAMES_free(names);
	return ok;
}

static bool
add_extension(X509 *cert, int nid, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
	bool ok = extension && X509_add_ext(cert, extension, -1) == 1;

	X509_EXTENSION_free(extension);
	return ok;
}

static bool
fill(X509 *cert, EVP_PKEY *key, const char *hostname)
{
	X509_NAME *subject = X509_get_subject_name(cert);
	size_t n = strlen(hostname);
	uint64_t serial;

	rand_secret(&serial, sizeof serial);
	serial = serial >> 1 | 1; /* positive, not 0 */
	return X509_set_version(cert, X509_VERSION_3) == 1 &&
	       ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), serial) == 1 &&
	       X509_gmtime_adj(X509_getm_notBefore(cert), -24L * 3600) /* for clocks behind */
	       && X509_gmtime_adj(X509_getm_notAfter(cert), YEARS_SEC) &&
	       X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
					  (const unsigned char *)hostname,
					  (int)(n < CN_MAX ? n : CN_MAX), -1, 0) == 1 &&
	       X509_set_issuer_name(cert, subject) == 1 && X509_set_pubkey(cert, key) == 1 &&
	       add_name(cert, hostname) &&
	       add_extension(cert, NID_basic_constraints, "critical,CA:FALSE") &&
	       add_extension(cert, NID_key_usage, "critical,digitalSignature") &&
	       add_extension(cert, NID_ext_key_usage, "serverAuth") &&
	       X509_sign(cert, key, EVP_sha256()) > 0;
}

int
tls_certificate_make(struct ssl_ctx_st *ctx, const char *hostname, struct err *err)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	bool ok = key && cert && fill(cert, key, hostname) &&
		  SSL_CTX_use_certificate(ctx, cert) == 1 && SSL_CTX_use_PrivateKey(ctx, key) == 1;

	if (!ok)
		err_set(err, ERR_SYSTEM, 0, "cannot make a certificate for %s: %s", hostname,
			tls_openssl_text());
	X509_free(cert);
	EVP_PKEY_free(key);
	return ok ? 0 : -1;
}

/* covers_entry - "*.example.net" covers one label in the place of the star
 * (RFC 6125 s6.4.3); a star anywhere else covers nothing. */
static bool
covers_entry(struct span entry, struct span host, bool exact)
{
	const char *dot;

	if (entry.n > 0 && entry.p[entry.n - 1] == '.')
		entry.n--;
	if (exact)
		return span_equals_nocase(entry, host);
	dot = host.n ? memchr(host.p, '.', host.n) : NULL;
	if (dot == NULL || dot == host.p || entry.n < 3 || entry.p[0] != '*' || entry.p[1] != '.')
		return false;
	return span_equals_nocase((struct span){ entry.p + 1, entry.n - 1 },
				  (struct span){ dot, host.n - (size_t)(dot - host.p) });
}

static struct span
asn1_span(const ASN1_STRING *text)
{
	return (struct span){ (const char *)ASN1_STRING_get0_data(text),
			      (size_t)ASN1_STRING_length(text) };
}

/* covers_common_name - for certificates without any DNS entry. */
static bool
covers_common_name(X509 *cert, struct span host, bool exact)
{
	X509_NAME *subject = X509_get_subject_name(cert);
	int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);

	if (at < 0)
		return false;
	return covers_entry(asn1_span(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at))),
			    host, exact);
}

bool
tls_certificate_covers(struct x509_st *cert, struct span host, bool exact)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	bool covers = false, has_dns = false;

	for (int i = 0; !covers && i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (name->type != GEN_DNS)
			continue;
		has_dns = true;
		covers = covers_entry(asn1_span(name->d.dNSName), host, exact);
	}
	GENERAL_NAMES_free(names);
	return has_dns ? covers : covers_common_name(cert, host, exact);
}

int64_t
tls_certificate_expires_unix_ms(struct x509_st *cert)
{
	struct tm tm;

	if (ASN1_TIME_to_tm(X509_get0_notAfter(cert), &tm) != 1)
		return 0;
	return (int64_t)timegm(&tm) * 1000;
}
