/* api_json.h - jansson with our rules: ASCII out, strict in.
 *
 * Out: `\u` escapes only, so that no byte from the network reaches a terminal
 * through us; times RFC 3339, ids of 13 characters, replies valid UTF-8 with
 * the original beside them when bytes had to be replaced. In: valid UTF-8, no
 * duplicate keys, no NUL. Setters take no reference of their arguments; "0 is
 * null" setters say so. Thread: any, a json_t belongs to one thread. */
#ifndef API_API_JSON_H
#define API_API_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

/* api_json_parse - one JSON object. Returns a new reference, or NULL with err
 * INPUT saying where it is wrong. The caller capped text. */
json_t *api_json_parse(struct span text, struct err *err);
/* api_json_parse_any - the same for any JSON value (RPC parameters typed by hand). */
json_t *api_json_parse_any(struct span text, struct err *err);
/* api_json_append - compact ASCII text to out. -1: out's cap, nothing appended. */
int api_json_append(const json_t *value, struct buf *out);
/* api_json_text_of - the same as a string. Returns owned (mem_free). */
char *api_json_text_of(const json_t *value);
/* api_json_new - {"schema": schema}. Returns a new reference. */
json_t *api_json_new(const char *schema);

/* api_json_hold - another reference; NULL is NULL. The count is no part of the value. */
json_t *api_json_hold(const json_t *value);

/* ---- writing ------------------------------------------------------------- */
void api_json_put(json_t *object, const char *key, json_t *value);  /* takes value */
void api_json_put_text(json_t *object, const char *key,
		       const char *text); /* repaired; NULL is null */
void api_json_put_span(json_t *object, const char *key, struct span text); /* repaired */
void api_json_put_int(json_t *object, const char *key, int64_t value);
void api_json_put_real(json_t *object, const char *key, double value);
void api_json_put_bool(json_t *object, const char *key, bool value);
void api_json_put_null(json_t *object, const char *key);
void api_json_put_time(json_t *object, const char *key, int64_t unix_ms);  /* 0 is null */
void api_json_put_id(json_t *object, const char *key, uint64_t id);        /* 0 is null */
/* api_json_put_reply - a provider's bytes: `reply`, and `reply_b64` when they
 * were not UTF-8. Nothing there: null. */
void api_json_put_reply(json_t *object, struct span reply);
/* api_json_put_bytes - the same of any bytes under these keys; nothing there: "". */
void api_json_put_bytes(json_t *object, const char *key, const char *key_b64, struct span bytes);
/* api_json_string - a string from any bytes, repaired. Returns a new reference. */
json_t *api_json_string(struct span text);
json_t *api_json_time(int64_t unix_ms);                                     /* 0 is null */

/* ---- reading: a missing or differently typed value gives the fallback ---- */
const char *api_json_get_text(const json_t *object, const char *key);      /* NULL */
int64_t api_json_get_int(const json_t *object, const char *key, int64_t fallback);
double api_json_get_real(const json_t *object, const char *key, double fallback);
bool api_json_get_bool(const json_t *object, const char *key);
int64_t api_json_get_time(const json_t *object, const char *key);          /* unix ms, 0 */
/* api_json_get_bytes - what api_json_put_bytes put, appended to out. -1: err INPUT (it is not
 * there, or no base64) or LIMIT (out's cap); nothing appended. */
int api_json_get_bytes(const json_t *object, const char *key, const char *key_b64, struct buf *out,
                       struct err *err);
json_t *api_json_get_array(const json_t *object, const char *key);         /* borrowed or NULL */

#endif
