/* api_term.h - the one filter language: `to:b@x since:7d status:deferred invoice`.
 *
 * The same words narrow find, log search, live events and lists, in the shell,
 * on the screen and over the socket. A term is key:value or a bare word; a value
 * with spaces is quoted (subject:"your order"). Parsing also checks values that
 * have a fixed form, with the nearest word in the refusal. Pure. Thread: any. */
#ifndef API_API_TERM_H
#define API_API_TERM_H

#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

enum api_term_key {
	API_TERM_TO, API_TERM_FROM, API_TERM_DOMAIN, API_TERM_CRED, API_TERM_STATUS,
	API_TERM_CATEGORY, API_TERM_CODE, API_TERM_IP, API_TERM_TLS, API_TERM_TAG, API_TERM_SUBJECT,
	API_TERM_MSGID, API_TERM_ID, API_TERM_SINCE, API_TERM_UNTIL, API_TERM_EVENT, API_TERM_SITE,
	API_TERM_WHO, API_TERM_WHAT, API_TERM_OBJECT, API_TERM_VIA, /* the audit log's own */
	API_TERM_WORD, /* no key */
	API_TERM_KEY_COUNT
};

#define API_TERMS_MAX 32
#define API_TERM_VALUE_MAX_BYTES 512

struct api_term {
	enum api_term_key key;
	struct span value;      /* borrowed, or from the terms' own text */
	int64_t number;         /* CODE: the code; SINCE, UNTIL: unix ms; ID: the id */
};

struct api_terms {
	struct api_term term[API_TERMS_MAX];
	size_t count;
};

/* api_term_parse - one term (quotes already off, as a shell hands it over). */
int api_term_parse(struct span text, int64_t now_unix_ms, struct api_term *term_out,
                   struct err *err);
/* api_terms_add - parse one and append it. err LIMIT: more than API_TERMS_MAX. */
int api_terms_add(struct api_terms *terms, struct span text, int64_t now_unix_ms, struct err *err);
/* api_terms_parse - a whole line of terms, quotes understood. Values borrow from line. */
int api_terms_parse(struct span line, int64_t now_unix_ms, struct api_terms *terms_out,
                    struct err *err);
/* api_term_put_utc - a term as somebody typed it, for a daemon that need not share his zone: the
 * time of since: and until: in UTC (see api_time_put_utc), others as they are. */
void api_term_put_utc(struct span term, int64_t now_unix_ms, bool is_utc, struct buf *out);
/* api_terms_put_utc - the same of a line of terms; its quotes stay. */
void api_terms_put_utc(struct span line, int64_t now_unix_ms, bool is_utc, struct buf *out);
const char *api_term_key_name(enum api_term_key key);  /* "to"; WORD: "" */
const char *api_term_key_help(enum api_term_key key);
bool api_term_is_of_audit(enum api_term_key key);      /* who: what: object: via: */

#endif
