/* provider_script.h - which personality receives mail for which domain.
 *
 * Read once at start, immutable afterwards but for the buckets and memories
 * that a rule's behaviour needs. One thread. */
#ifndef PROVIDERS_PROVIDER_SCRIPT_H
#define PROVIDERS_PROVIDER_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"
#include "base/map.h"
#include "base/span.h"

/* the moments at which a personality may refuse */
enum provider_stage {
	PROVIDER_STAGE_NONE,
	PROVIDER_STAGE_GREETING,
	PROVIDER_STAGE_MAIL,
	PROVIDER_STAGE_RCPT,
	PROVIDER_STAGE_DATA,
	PROVIDER_STAGE_DOT,
	PROVIDER_STAGE_COUNT
};

enum { /* what a server does not do */
       PROVIDER_NO_TLS = 1 << 0,
       PROVIDER_NO_8BITMIME = 1 << 1,
       PROVIDER_NO_PIPELINING = 1 << 2,
       PROVIDER_NO_SIZE = 1 << 3,
       PROVIDER_NO_CHUNKING = 1 << 4,
       PROVIDER_NO_SMTPUTF8 = 1 << 5,
       PROVIDER_NO_EHLO = 1 << 6,
       PROVIDER_BROKEN_TLS = 1 << 7,
       PROVIDER_NEEDS_TLS = 1 << 8,
       PROVIDER_DSN = 1 << 9, /* what it does */
       PROVIDER_SILENT = 1 << 10,
};

struct provider_outcome {
	enum provider_stage stage; /* NONE: accept */
	const char *reply;	   /* NULL: drop the connection at this stage */
	unsigned percent;	   /* of the recipients */
};

#define PROVIDER_OUTCOMES_MAX 16

struct provider_rule {
	char *pattern;	     /* of recipient domains */
	char *at;	     /* pattern of local addresses that have this personality; or NULL */
	unsigned flags;	     /* PROVIDER_NO_* */
	int64_t slow_ms;     /* before each reply */
	int64_t greylist_ms; /* a first attempt waits this long; -1: accepted at once */
	uint32_t rate;	     /* messages a second; 0: any number */
	char *says;	     /* above the rate; NULL: the usual words */
	uint32_t later_rate; /* instead of rate, later_ms after the first message; 0: never */
	int64_t later_ms;
	int64_t incident_ms, incident_end_ms; /* nothing is taken, from and to then */
	uint32_t connections; /* at once, then 421 as greeting (at=); 0: any number */
	uint64_t size_max;   /* 0: any size */
	uint32_t per_connection; /* messages on one connection, then 421; 0: any number */
	struct provider_outcome outcomes[PROVIDER_OUTCOMES_MAX];
	size_t outcome_count;

	/* what happened so far */
	uint32_t open;	/* connections (at=) */
	int64_t first_mono_ms; /* the first message; 0: none yet */
	double bucket; /* of rate */
	int64_t bucket_mono_ms;
	struct map *seen;		      /* greylist: "sender recipient" -> first attempt */
	uint64_t accepted, deferred, refused; /* recipients */
};

struct provider_script;

/* provider_script_new - path NULL: everybody accepts. Returns owned, or NULL
 * with err INPUT naming file and line. */
struct provider_script *provider_script_new(const char *path, struct err *err);
void provider_script_free(struct provider_script **script);
/* provider_script_find - first rule whose pattern matches; the last resort
 * accepts. Never NULL. */
struct provider_rule *provider_script_find(struct provider_script *script, struct span domain);
/* provider_script_at - the rule of a local address, or NULL. */
struct provider_rule *provider_script_at(struct provider_script *script, const char *address);
struct provider_rule *provider_script_rule(struct provider_script *script, size_t index);
size_t provider_script_count(const struct provider_script *script);

/* provider_rule_outcome - what becomes of key (a recipient): the same at every
 * attempt. NULL: accepted. */
const struct provider_outcome *provider_rule_outcome(const struct provider_rule *rule,
						     struct span key);
/* provider_rule_refuses_now - what a message that passes the hidden rate, or comes
 * during an incident, is told; NULL: it is taken. */
const char *provider_rule_refuses_now(struct provider_rule *rule, int64_t now_mono_ms);
/* provider_rule_greylists - true while (sender, recipient) has to come back. */
bool provider_rule_greylists(struct provider_rule *rule, struct span sender, struct span recipient,
			     int64_t now_mono_ms);
/* provider_script_help - the words of the language, for --help. */
void provider_script_help(void);

#endif
