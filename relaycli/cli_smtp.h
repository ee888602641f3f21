/* cli_smtp.h - the relay's own submission port, as an application sees it: a small SMTP client
 * that waits (RFC 5321, RFC 3207). Only for this host's listeners: addresses are numeric.
 *
 * TLS goes on with any certificate, and cli_smtp_judge says what is wrong with it. One thread;
 * each wait is bounded. */
#ifndef RELAYCLI_CLI_SMTP_H
#define RELAYCLI_CLI_SMTP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"
#include "cli_smtp_reply.h"

struct cli_smtp;

struct cli_smtp_facts { /* about the certificate it showed */
	char version[16];           /* "TLSv1.3" */
	char name[256];             /* the first it is for; "" none */
	bool is_named;              /* it is for the host asked for */
	bool is_verified;           /* this system trusts who signed it */
	char why[128];              /* not verified: OpenSSL's words */
	int64_t ends_unix_ms;
};

/* cli_smtp_open - connect, at most so long. Returns owned, or NULL with err SYSTEM. */
struct cli_smtp *cli_smtp_open(const char *address, uint16_t port, int timeout_ms,
                               struct err *err);
void cli_smtp_close(struct cli_smtp **smtp);
/* cli_smtp_read - one reply. Cap: 1000 bytes a line. -1: err. */
int cli_smtp_read(struct cli_smtp *smtp, struct cli_smtp_reply *reply_out, struct err *err);
/* cli_smtp_command - the line (no CR LF in it), then its reply. */
int cli_smtp_command(struct cli_smtp *smtp, struct span line, struct cli_smtp_reply *reply_out,
                     struct err *err);
int cli_smtp_printf(struct cli_smtp *smtp, struct cli_smtp_reply *reply_out, struct err *err,
                    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* cli_smtp_send - bytes as they are: a message after DATA, dots doubled by the caller. */
int cli_smtp_send(struct cli_smtp *smtp, struct span bytes, struct err *err);
/* cli_smtp_offers - a keyword of the last EHLO; with word: among its parameters. */
bool cli_smtp_offers(const struct cli_smtp *smtp, const char *keyword, const char *word);
/* cli_smtp_greet - what a client does first: TLS at once or by STARTTLS as told, greeting,
 * EHLO. -1: err says which step failed, as a sentence. */
int cli_smtp_greet(struct cli_smtp *smtp, const char *host, const char *tls,
                   struct cli_smtp_facts *facts_out, struct err *err);

#define CLI_SMTP_SEEN_SIZE 600
/* cli_smtp_judge - what clients make of that certificate: "ok", "warn" (those that verify refuse
 * it) or "fail". seen_out: "the certificate is for ...". Static. */
const char *cli_smtp_judge(const struct cli_smtp_facts *facts, const char *host,
                           char seen_out[CLI_SMTP_SEEN_SIZE]);
/* cli_smtp_reachable - where a listener on that address is met from here; NULL: on all. */
const char *cli_smtp_reachable(const char *address);

#endif
