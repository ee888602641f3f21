/* control_credential.h - credentials as the socket gives them: shared by
 * control_credential.c, _json.c, _end.c and _sent.c only. Thread: main. */
#ifndef CONTROL_CONTROL_CREDENTIAL_H
#define CONTROL_CONTROL_CREDENTIAL_H

#include "control/control_private.h"

/* control_credential_json - uses: last uses of keys, or NULL. New reference. */
json_t *control_credential_json(const struct account_credential *credential,
                                const struct store_secret_list *uses);
/* control_credential_put_connection - host, port and secure of the first submission
 * listener: three of the five values an application takes. */
void control_credential_put_connection(const struct control *control, json_t *result);
/* control_credential_put_usual - what the tripwire compares with, as "usual"; null: it never
 * sent. */
void control_credential_put_usual(const struct control *control, const char *name, json_t *one);
/* control_credential_put_day - "recipients_24h" accepted and "bounced_24h", of the last 24
 * hours of the clock: counted as they come, kept by the tripwire. */
void control_credential_put_day(const struct control *control, const char *name, json_t *one);
/* control_credential_find - the request's "name"; NULL: there is none (error). */
const struct account_credential *control_credential_find(struct control_call *call,
                                                         struct api_error *error);
/* control_credential_since - the request's "since"; -1: it is no time (error). */
int control_credential_since(const struct control_call *call, int64_t now_unix_ms,
                             int64_t *since_unix_ms, struct api_error *error);
/* control_credential_ask_uses - last uses of its keys (0: of all credentials'), to fn as a
 * struct store_secret_list with context call; that cannot be asked: the call failed. */
void control_credential_ask_uses(struct control_call *call, uint64_t credential_id,
                                 mailbox_fn fn);
/* control_credential_say_keys - "key k1 made ..., last used ... from 192.0.2.15", of label or
 * (NULL) of those that live; NULL: there is none. */
const char *control_credential_say_keys(const struct account_credential *credential,
                                        const struct store_secret_list *uses,
                                        const char *label, struct arena *arena);
/* control_credential_changed - answers the call of a change that is done, with what
 * call->made has besides; takes change. An account_change.done. */
void control_credential_changed(struct account_change *change, void *arg);

#endif
