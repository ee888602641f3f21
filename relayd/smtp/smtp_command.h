/* smtp_command.h - parse one command line of an SMTP client (RFC 5321 s4.1,
 * 1870, 2034, 3030, 3207, 3461, 4865, 4954, 6152, 6531). Pure. Thread: any.
 * Borrows the line; spans in the result point into it. */
#ifndef SMTP_SMTP_COMMAND_H
#define SMTP_SMTP_COMMAND_H

#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"
#include "base/span.h"
#include "smtp/smtp_address.h"

#define SMTP_COMMAND_LINE_MAX 2048 /* 512 plus what MAIL/RCPT parameters and AUTH add */

enum smtp_verb {
	SMTP_EHLO,
	SMTP_HELO,
	SMTP_STARTTLS,
	SMTP_AUTH,
	SMTP_MAIL,
	SMTP_RCPT,
	SMTP_DATA,
	SMTP_BDAT,
	SMTP_RSET,
	SMTP_NOOP,
	SMTP_VRFY,
	SMTP_EXPN,
	SMTP_HELP,
	SMTP_QUIT,
	SMTP_UNKNOWN,
	SMTP_VERB_COUNT
};

enum smtp_body { SMTP_BODY_UNSAID, SMTP_BODY_7BIT, SMTP_BODY_8BITMIME };
enum smtp_ret { SMTP_RET_UNSAID, SMTP_RET_FULL, SMTP_RET_HDRS };
enum { /* bits of notify (RFC 3461 s4.1); 0: not said */
       SMTP_NOTIFY_NEVER = 1,
       SMTP_NOTIFY_SUCCESS = 2,
       SMTP_NOTIFY_FAILURE = 4,
       SMTP_NOTIFY_DELAY = 8
};

enum { /* bits of by (RFC 2852 s4); 0: not said. What is due when the time is over: */
       SMTP_BY_NOTIFY = 1, /* N: a notice that it is late */
       SMTP_BY_RETURN = 2, /* R: it is given up */
       SMTP_BY_TRACE = 4   /* T, beside one of them: a notice when it is handed on */
};

struct smtp_command {
	enum smtp_verb verb;
	struct span argument; /* EHLO name, AUTH mechanism, NOOP text, ... */
	struct span initial;  /* AUTH initial response; p NULL: none; "=" is kept as is */
	/* MAIL and RCPT */
	bool is_null_path; /* MAIL FROM:<> */
	struct span path;  /* address without brackets and source route */
	struct smtp_address
		address;     /* parsed path, unless null; "postmaster" has an empty domain */
	uint64_t size_bytes; /* SIZE=; 0: not said */
	enum smtp_body body;
	bool smtputf8;
	enum smtp_ret ret;
	uint32_t hold_for_sec;      /* HOLDFOR (RFC 4865); 0: not said */
	int64_t hold_until_unix_ms; /* HOLDUNTIL; 0: not said. Never both */
	unsigned by;                /* BY (RFC 2852) */
	int32_t by_sec;             /* with N it may be zero or negative: late already */
	struct span envid; /* xtext, still encoded, checked; empty: none */
	unsigned notify;
	struct span orcpt; /* "type;xtext", checked; empty: none */
	struct span auth;  /* AUTH= of MAIL, ignored by us */
	/* BDAT */
	uint64_t chunk_bytes;
	bool is_last;
};

/* smtp_command_parse - 0, or -1 with err INPUT whose code is the reply code
 * (500, 501, 504, 553, 555) and text the reply text with its enhanced status first
 * ("5.5.4 Unknown parameter FOO"). An unknown verb is no error. NULs, controls
 * and 8-bit outside of UTF-8 are refused. */
int smtp_command_parse(struct span line, struct smtp_command *command_out, struct err *err);
const char *smtp_verb_name(enum smtp_verb verb);

#endif
