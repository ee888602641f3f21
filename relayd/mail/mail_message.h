/* mail_message.h - one accepted message with its envelope: what the accepting
 * session makes, the store commits and the scheduler takes over.
 *
 * Everything it points to lives in its arena (the body apart, which is shared).
 * One owner at a time; handed from thread to thread whole. */
#ifndef MAIL_MAIL_MESSAGE_H
#define MAIL_MAIL_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "mail/mail_body.h"

#define MAIL_TAGS_MAX 16
#define MAIL_TAG_MAX_BYTES 128
#define MAIL_SUBJECT_MAX_BYTES 256 /* decoded, for the log */

struct mail_recipient {
	const char *address;    /* as given, U-label domains kept */
	const char *domain;     /* A-label, lower case: routing and pacing */
	const char *orcpt;      /* "rfc822;xtext" or NULL (RFC 3461) */
	unsigned notify;        /* SMTP_NOTIFY_ bits, 0 not said */
};

struct mail_message {
	struct arena *arena;    /* owns all strings and this struct */
	uint64_t id;
	int64_t release_unix_ms; /* not to be sent before; 0: at once */
	int64_t lifetime_ms;     /* asked for, from release on; 0: delivery.max_age */
	int64_t expires_unix_ms;
	int64_t by_unix_ms;      /* to be delivered by then (RFC 2852), if by */
	unsigned char by;        /* SMTP_BY_ bits, 0 not said */
	uint64_t credential_id;
	const char *credential; /* name at acceptance */
	const char *sender;     /* as given in MAIL FROM; "" is null */
	const char *return_path; /* as sent on */
	const char *from_domain; /* A-label of the From header: DKIM d=, "sender domain" */
	const char *message_id; /* without angle brackets */
	const char *subject;    /* decoded UTF-8, cut, or NULL */
	const char *tag[MAIL_TAGS_MAX];
	size_t tags;
	const char *envid;      /* xtext or NULL */
	unsigned char ret;      /* enum smtp_ret */
	bool smtputf8;          /* asked for in MAIL */
	bool is_bulk;           /* goes after transactional mail */
	const char *client_address; /* who handed it in */
	const char *client_name;    /* EHLO name */
	const char *tls;        /* "TLSv1.3 TLS_AES_256_GCM_SHA384" or "" */
	const char *signature;  /* "d=shop.example s=k1" or "" when unsigned: for the timeline */
	uint64_t size_bytes;    /* head and text */
	struct mail_body *body; /* one reference; NULL after it was given away */
	struct mail_recipient *recipient;
	size_t recipients;
};

/* mail_message_new - empty, in its own arena. Returns owned. */
struct mail_message *mail_message_new(void);
void mail_message_free(struct mail_message **message);

#endif
