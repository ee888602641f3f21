/* cli_smtp.c - see cli_smtp.h. libcurl speaks SMTP too, but hides which step failed and what the
 * certificate was; what is wanted here is to tell exactly that. */
#include "cli_smtp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/units.h"
#include "base/clock.h"

#define CERTIFICATE_WARNING_MS (14LL * 24 * 3600 * 1000)
#define LINE_MAX_BYTES 1000
#define COMMAND_MAX_BYTES 12288 /* a password may be long */

struct cli_smtp {
	int fd;
	SSL_CTX *ctx;
	SSL *ssl;
	char in[4096];          /* read, not yet used: [at, end) */
	size_t at, end;
	struct buf offers;      /* of the last EHLO: a line each */
};

/* ---- bytes ------------------------------------------------------------------------- */

static socklen_t
make_address(const char *text, uint16_t port, struct sockaddr_storage *out)
{
	struct sockaddr_in *in = (struct sockaddr_in *)(void *)out;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)(void *)out;

	memset(out, 0, sizeof *out);
	if (inet_pton(AF_INET, text, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		return sizeof *in;
	}
	if (inet_pton(AF_INET6, text, &in6->sin6_addr) != 1)
		return 0;
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(port);
	return sizeof *in6;
}

static int
connect_to(const char *address, uint16_t port, int timeout_ms)
{
	struct timeval limit = { timeout_ms / 1000, timeout_ms % 1000 * 1000 };
	struct sockaddr_storage to;
	socklen_t n = make_address(address, port, &to);
	int fd, saved;

	if (n == 0) {
		errno = EINVAL;
		return -1;
	}
	fd = socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	/* SO_SNDTIMEO bounds connect, too */
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	if (connect(fd, (struct sockaddr *)&to, n) == 0)
		return fd;
	saved = errno == EINPROGRESS ? ETIMEDOUT : errno;
	close(fd);
	errno = saved;
	return -1;
}

struct cli_smtp *
cli_smtp_open(const char *address, uint16_t port, int timeout_ms, struct err *err)
{
	struct cli_smtp *smtp;
	int fd = connect_to(address, port, timeout_ms);

	if (fd < 0) {
		err_set(err, ERR_SYSTEM, errno, "nobody answers on %s port %u: %s", address, port,
			strerror(errno));
		return NULL;
	}
	smtp = mem_zero(1, sizeof *smtp);
	smtp->fd = fd;
	buf_init(&smtp->offers, CLI_SMTP_LINES_MAX * LINE_MAX_BYTES);
	return smtp;
}

void
cli_smtp_close(struct cli_smtp **smtp)
{
	struct cli_smtp *gone = *smtp;

	if (gone == NULL)
		return;
	*smtp = NULL;
	SSL_free(gone->ssl);
	SSL_CTX_free(gone->ctx);
	close(gone->fd);
	buf_deinit(&gone->offers);
	mem_free(gone);
}

static int
lost(struct err *err, ssize_t n)
{
	bool is_late = errno == EAGAIN || errno == EWOULDBLOCK;

	ERR_clear_error();
	return err_set(err, ERR_SYSTEM, 0, n == 0 ? "the connection was closed"
				: is_late ? "no answer in time" : "the connection was lost");
}

int
cli_smtp_send(struct cli_smtp *smtp, struct span bytes, struct err *err)
{
	while (bytes.n > 0) {
		ssize_t n;

		errno = 0;
		n = smtp->ssl ? SSL_write(smtp->ssl, bytes.p, (int)(bytes.n < 16384 ? bytes.n
										    : 16384))
			      : send(smtp->fd, bytes.p, bytes.n, MSG_NOSIGNAL);
		if (n <= 0)
			return lost(err, n < 0 ? n : -1);
		bytes = (struct span){ bytes.p + n, bytes.n - (size_t)n };
	}
	return 0;
}

static int
fill(struct cli_smtp *smtp, struct err *err)
{
	ssize_t n;

	errno = 0;
	n = smtp->ssl ? SSL_read(smtp->ssl, smtp->in, sizeof smtp->in)
		      : recv(smtp->fd, smtp->in, sizeof smtp->in, 0);
	if (n <= 0)
		return lost(err, errno == 0 ? 0 : n);
	smtp->at = 0;
	smtp->end = (size_t)n;
	return 0;
}

/* read_line - up to LF, which is left out together with a CR before it. */
static int
read_line(struct cli_smtp *smtp, char line[LINE_MAX_BYTES], size_t *n_out, struct err *err)
{
	size_t n = 0;

	for (;;) {
		if (smtp->at == smtp->end && fill(smtp, err) < 0)
			return -1;
		if (smtp->in[smtp->at] == '\n')
			break;
		if (n == LINE_MAX_BYTES)
			return err_set(err, ERR_INPUT, 0, "a line of its reply is too long");
		line[n++] = smtp->in[smtp->at++];
	}
	smtp->at++;
	*n_out = n > 0 && line[n - 1] == '\r' ? n - 1 : n;
	return 0;
}

/* ---- commands and replies ------------------------------------------------------------ */

static int
read_reply(struct cli_smtp *smtp, struct cli_smtp_reply *reply, struct buf *lines, struct err *err)
{
	char line[LINE_MAX_BYTES];
	struct span text;
	size_t n = 0;
	int rc;

	*reply = (struct cli_smtp_reply){ 0 };
	do {
		if (read_line(smtp, line, &n, err) < 0)
			return -1;
		rc = cli_smtp_reply_take(reply, (struct span){ line, n }, &text, err);
		if (rc >= 0 && lines != NULL) {
			(void)buf_append_span(lines, text);
			(void)buf_append_text(lines, "\n");
		}
	} while (rc > 0);
	return rc;
}

int
cli_smtp_read(struct cli_smtp *smtp, struct cli_smtp_reply *reply_out, struct err *err)
{
	return read_reply(smtp, reply_out, NULL, err);
}

int
cli_smtp_command(struct cli_smtp *smtp, struct span line, struct cli_smtp_reply *reply_out,
                 struct err *err)
{
	struct buf out;
	int rc;

	buf_init_secret(&out, COMMAND_MAX_BYTES);
	if (memchr(line.p, '\n', line.n) != NULL || memchr(line.p, '\r', line.n) != NULL ||
	    buf_append_span(&out, line) < 0 || buf_append_text(&out, "\r\n") < 0)
		rc = err_set(err, ERR_INPUT, 0, "this is no line to send");
	else
		rc = cli_smtp_send(smtp, buf_span(&out), err);
	buf_deinit(&out);
	return rc < 0 ? -1 : cli_smtp_read(smtp, reply_out, err);
}

int
cli_smtp_printf(struct cli_smtp *smtp, struct cli_smtp_reply *reply_out, struct err *err,
                const char *fmt, ...)
{
	struct buf line;
	va_list ap;
	int rc;

	buf_init(&line, LINE_MAX_BYTES);
	va_start(ap, fmt);
	rc = buf_vprintf(&line, fmt, ap);
	va_end(ap);
	rc = rc < 0 ? err_set(err, ERR_INPUT, 0, "this is too long to send")
		    : cli_smtp_command(smtp, buf_span(&line), reply_out, err);
	buf_deinit(&line);
	return rc;
}

/* say_ehlo - EHLO, and its reply is kept for cli_smtp_offers. -1: err, also when refused. */
static int
say_ehlo(struct cli_smtp *smtp, struct err *err)
{
	struct cli_smtp_reply reply;

	buf_clear(&smtp->offers);
	if (cli_smtp_send(smtp, SPAN_LIT("EHLO localhost\r\n"), err) < 0 ||
	    read_reply(smtp, &reply, &smtp->offers, err) < 0)
		return -1;
	if (reply.code != 250)
		return err_set(err, ERR_INPUT, reply.code, "EHLO is refused: %d %.100s", reply.code,
			       reply.text);
	return 0;
}

bool
cli_smtp_offers(const struct cli_smtp *smtp, const char *keyword, const char *word)
{
	struct span rest = buf_span(&smtp->offers), line, part;

	(void)span_cut(rest, '\n', &rest); /* its name */
	while (rest.n > 0) {
		line = span_cut(rest, '\n', &rest);
		part = span_cut(line, ' ', &line);
		if (!span_is_nocase(part, keyword))
			continue;
		if (word == NULL)
			return true;
		while (line.n > 0)
			if (span_is_nocase(span_cut(line, ' ', &line), word))
				return true;
	}
	return false;
}

/* ---- TLS ------------------------------------------------------------------------------ */

static void
read_name(X509 *cert, char *out, size_t size)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	int count = names ? sk_GENERAL_NAME_num(names) : 0;

	out[0] = '\0';
	for (int i = 0; i < count && out[0] == '\0'; i++) {
		const GENERAL_NAME *one = sk_GENERAL_NAME_value(names, i);

		if (one->type == GEN_DNS)
			(void)snprintf(out, size, "%.*s", ASN1_STRING_length(one->d.dNSName),
				       (const char *)ASN1_STRING_get0_data(one->d.dNSName));
	}
	if (out[0] == '\0')
		(void)X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName, out,
						(int)size);
	GENERAL_NAMES_free(names);
}

static void
read_facts(SSL *ssl, const char *host, struct cli_smtp_facts *facts)
{
	X509 *cert = SSL_get1_peer_certificate(ssl);
	long verdict = SSL_get_verify_result(ssl);
	struct tm ends;

	*facts = (struct cli_smtp_facts){ .is_verified = verdict == X509_V_OK };
	(void)snprintf(facts->version, sizeof facts->version, "%s", SSL_get_version(ssl));
	if (cert == NULL)
		return;
	if (!facts->is_verified)
		(void)snprintf(facts->why, sizeof facts->why, "%s",
			       X509_verify_cert_error_string(verdict));
	read_name(cert, facts->name, sizeof facts->name);
	facts->is_named = X509_check_host(cert, host, 0, 0, NULL) == 1;
	if (ASN1_TIME_to_tm(X509_get0_notAfter(cert), &ends) == 1)
		facts->ends_unix_ms = (int64_t)timegm(&ends) * 1000;
	X509_free(cert);
}

/* shake_hands - a handshake now, for that host. -1: err SYSTEM. */
static int
shake_hands(struct cli_smtp *smtp, const char *host, struct cli_smtp_facts *facts_out,
             struct err *err)
{
	bool is_set;
	char *name;
	SSL *ssl;

	if (smtp->at != smtp->end) /* RFC 3207 s6: what came in the clear must not count */
		return err_set(err, ERR_INPUT, 0, "it sends more before TLS than a reply");
	smtp->ctx = SSL_CTX_new(TLS_client_method());
	if (smtp->ctx == NULL)
		return err_set(err, ERR_SYSTEM, 0, "OpenSSL cannot be set up");
	(void)SSL_CTX_set_min_proto_version(smtp->ctx, TLS1_2_VERSION);
	(void)SSL_CTX_set_default_verify_paths(smtp->ctx);
	SSL_CTX_set_verify(smtp->ctx, SSL_VERIFY_NONE, NULL); /* read_facts tells */
	ssl = SSL_new(smtp->ctx);
	name = mem_strdup(host); /* OpenSSL's macro takes no const */
	is_set = ssl != NULL && SSL_set_fd(ssl, smtp->fd) == 1 &&
		 SSL_set_tlsext_host_name(ssl, name) == 1;
	mem_free(name);
	if (!is_set || SSL_connect(ssl) != 1) {
		const char *why = ERR_reason_error_string(ERR_peek_error());

		err_set(err, ERR_SYSTEM, 0, "TLS does not come about: %.100s",
			why ? why : "the connection was closed");
		ERR_clear_error();
		SSL_free(ssl);
		return -1;
	}
	smtp->ssl = ssl;
	read_facts(ssl, host, facts_out);
	return 0;
}

int
cli_smtp_greet(struct cli_smtp *smtp, const char *host, const char *tls,
               struct cli_smtp_facts *facts_out, struct err *err)
{
	bool is_implicit = strcmp(tls, "implicit") == 0, is_later = strcmp(tls, "starttls") == 0;
	struct cli_smtp_reply reply;

	*facts_out = (struct cli_smtp_facts){ 0 };
	if (is_implicit && shake_hands(smtp, host, facts_out, err) < 0)
		return -1;
	if (cli_smtp_read(smtp, &reply, err) < 0)
		return -1;
	if (reply.code != 220)
		return err_set(err, ERR_INPUT, reply.code, "it greets with %d %.100s", reply.code,
			       reply.text);
	if (say_ehlo(smtp, err) < 0)
		return -1;
	if (!is_later)
		return 0;
	if (!cli_smtp_offers(smtp, "STARTTLS", NULL))
		return err_set(err, ERR_INPUT, 0, "it does not offer STARTTLS");
	if (cli_smtp_command(smtp, SPAN_LIT("STARTTLS"), &reply, err) < 0)
		return -1;
	if (reply.code != 220)
		return err_set(err, ERR_INPUT, reply.code, "STARTTLS is refused: %d %.100s",
			       reply.code, reply.text);
	if (shake_hands(smtp, host, facts_out, err) < 0)
		return -1;
	return say_ehlo(smtp, err);
}

/* ---- what it means ------------------------------------------------------------------------ */

const char *
cli_smtp_judge(const struct cli_smtp_facts *facts, const char *host,
	       char seen_out[CLI_SMTP_SEEN_SIZE])
{
	int64_t left_ms = facts->ends_unix_ms - clock_unix_ms();
	char left[UNITS_TEXT_SIZE];

	if (facts->ends_unix_ms != 0 && left_ms <= 0) {
		(void)snprintf(seen_out, CLI_SMTP_SEEN_SIZE,
			       "the certificate has expired: clients that verify refuse it");
		return "fail";
	}
	if (!facts->is_named) {
		(void)snprintf(seen_out, CLI_SMTP_SEEN_SIZE,
			       "the certificate is for %s, not for %.200s: clients refuse it",
			       facts->name[0] ? facts->name : "nobody", host);
		return "fail";
	}
	if (!facts->is_verified) {
		(void)snprintf(seen_out, CLI_SMTP_SEEN_SIZE,
			       "the certificate is for %.200s, but this system does not trust who "
			       "signed it (%s): clients that verify refuse it",
			       host, facts->why);
		return "warn";
	}
	units_format_duration(left_ms, left);
	(void)snprintf(seen_out, CLI_SMTP_SEEN_SIZE,
		       "the certificate is for %.200s, trusted, and ends in %s", host, left);
	return left_ms < CERTIFICATE_WARNING_MS ? "warn" : "ok";
}

const char *
cli_smtp_reachable(const char *address)
{
	return address == NULL || strcmp(address, "0.0.0.0") == 0 ? "127.0.0.1"
	       : strcmp(address, "::") == 0			   ? "::1"
								   : address;
}
