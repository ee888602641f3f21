/* verdict.h - from a provider's reply to what it means: category, scope,
 * permanence, plain words. Pure; used by the daemon (to decide) and by the
 * clients (to explain). Thread: any, after verdict_init. */
#ifndef VERDICT_VERDICT_H
#define VERDICT_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include "base/span.h"

enum verdict_category {
	VERDICT_NONE, /* nothing wrong */
	VERDICT_MAILBOX_UNKNOWN, VERDICT_MAILBOX_FULL, VERDICT_MAILBOX_DISABLED,
	VERDICT_MAILBOX_MOVED, VERDICT_DOMAIN_NOT_FOUND, VERDICT_REPUTATION_BLOCK,
	VERDICT_PTR_REQUIRED, VERDICT_SPAM_CONTENT,
	VERDICT_CONTENT_REJECTED, VERDICT_RATE_LIMITED, VERDICT_GREYLISTED, VERDICT_AUTH_FAILED,
	VERDICT_TLS_REQUIRED, VERDICT_MESSAGE_TOO_LARGE, VERDICT_POLICY, VERDICT_SENDER_REJECTED,
	VERDICT_RELAY_DENIED, VERDICT_PROTOCOL_ERROR, VERDICT_NETWORK_ERROR, VERDICT_SYSTEM_ERROR,
	VERDICT_CATEGORY_COUNT
};

enum verdict_scope {
	VERDICT_SCOPE_RECIPIENT, VERDICT_SCOPE_SENDER, VERDICT_SCOPE_MESSAGE, VERDICT_SCOPE_SOURCE,
	VERDICT_SCOPE_INFRASTRUCTURE, VERDICT_SCOPE_COUNT
};

/* the moment of the session the reply (or failure) belongs to */
enum verdict_phase {
	VERDICT_PHASE_UNKNOWN, VERDICT_PHASE_RESOLVE, VERDICT_PHASE_CONNECT, VERDICT_PHASE_GREETING,
	VERDICT_PHASE_EHLO, VERDICT_PHASE_STARTTLS, VERDICT_PHASE_AUTH, VERDICT_PHASE_MAIL,
	VERDICT_PHASE_RCPT, VERDICT_PHASE_DATA, VERDICT_PHASE_BODY, VERDICT_PHASE_COUNT
};

struct verdict_status { /* enhanced status; class 0: none */
	unsigned char class;
	unsigned short subject, detail;
};

struct verdict_input {
	int code;                       /* 0: no reply (local failure, text says what) */
	struct verdict_status enhanced;
	struct span text;               /* reply text, enhanced status may still lead it */
	enum verdict_phase phase;
	const char *provider;           /* provider name or NULL */
};

struct verdict {
	enum verdict_category category;
	enum verdict_scope scope;
	bool permanent;        /* retrying as is will not help */
	bool suppresses;       /* permanent and about the recipient: the address is dead */
	const char *rule;      /* of the rule that decided, the set's; NULL: status or code */
	bool guessed;          /* neither words nor an exact status: worth a rule */
	int retry_after_sec;   /* "try again in N minutes" read from the text; 0 not said */
};

/* verdict_init - compile the shipped rules once, before threads start. */
void verdict_init(void);
void verdict_deinit(void);
struct verdict_rules;
/* verdict_judge - always gives one of the 20 categories (never NONE) for a
 * negative or missing reply. rules NULL: only the shipped ones. */
void verdict_judge(const struct verdict_rules *rules, const struct verdict_input *input,
		   struct verdict *verdict_out);
/* verdict_parse_reply - raw text "550 5.1.1 no such user" (multi-line "550-..."
 * too), code and status optional, into input_out (text borrows from raw). */
void verdict_parse_reply(struct span raw, struct verdict_input *input_out);

/* verdict_category_name - "mailbox_unknown"; "" for NONE. */
const char *verdict_category_name(enum verdict_category category);
bool verdict_category_parse(struct span name, enum verdict_category *category_out);
const char *verdict_scope_name(enum verdict_scope scope);
const char *verdict_phase_name(enum verdict_phase phase);
/* verdict_category_words - "the mailbox does not exist": completes "It bounced: ...". */
const char *verdict_category_words(enum verdict_category category);
/* verdict_category_advice - one sentence: what the operator can do. */
const char *verdict_category_advice(enum verdict_category category);
/* verdict_say - both of a reply that was judged so: a server that answered was reached, and
 * some shipped rules know more than their category. code 0: we found it ourselves. rule:
 * NULL when it is not known. */
struct verdict_said {
	const char *words, *advice;
};
struct verdict_said verdict_say(enum verdict_category category, int code, const char *rule);
/* verdict_say_reply - the same where nobody remembers the rule. */
struct verdict_said verdict_say_reply(enum verdict_category category,
				      const struct verdict_input *input);

#endif
