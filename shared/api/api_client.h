/* api_client.h - a connection to relayd's control socket: JSON-RPC, one object
 * a line, for programs that wait (relaycli) and for those that poll (relaytui).
 *
 *   waiting:  api_client_connect, api_client_call ... ; api_client_wait to follow notices
 *   polling:  poll(api_client_fd, api_client_events); api_client_feed; answers come to on_reply
 *
 * One thread. After a loss (feed, wait or call fail with UNREACHABLE) the
 * client is closed and may be connected again; what was asked is forgotten.
 * Callbacks must not free the client; they may send. */
#ifndef API_API_CLIENT_H
#define API_API_CLIENT_H

#include <jansson.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include "api/api_error.h"

#define API_CLIENT_SOCKET "/run/relayd/control.sock"
#define API_CLIENT_LINE_MAX_BYTES (16u << 20)

struct api_client;

/* notice - params is borrowed and may be NULL. */
typedef void (*api_notice_fn)(const char *method, const json_t *params, void *arg);
/* reply - exactly one of result and error is not NULL; both borrowed. */
typedef void (*api_reply_fn)(uint64_t id, const json_t *result, const struct api_error *error,
                             void *arg);

struct api_client *api_client_new(const char *path); /* copied. Returns owned */
void api_client_free(struct api_client **client);
void api_client_on_notice(struct api_client *client, api_notice_fn fn, void *arg);
void api_client_on_reply(struct api_client *client, api_reply_fn fn, void *arg);
/* api_client_set_interrupt - a signal handler's flag: call and wait return
 * INTERRUPTED when it is set. */
void api_client_set_interrupt(struct api_client *client, const volatile sig_atomic_t *flag);

/* api_client_connect - error UNREACHABLE says which socket and what to do, or
 * NOT_PERMITTED when its mode keeps us out. Never blocks. */
int api_client_connect(struct api_client *client, struct api_error *error);
void api_client_close(struct api_client *client);
bool api_client_is_open(const struct api_client *client);
const char *api_client_path(const struct api_client *client);

int api_client_fd(const struct api_client *client);       /* -1: closed */
short api_client_events(const struct api_client *client); /* for poll */
/* api_client_send - queue a request and write what fits. Takes params (may be
 * NULL). Returns its id; a loss shows at the next feed. */
uint64_t api_client_send(struct api_client *client, const char *method, json_t *params);
/* api_client_feed - write and read what is possible without waiting and hand
 * out what came. -1: connection lost (error UNREACHABLE), client closed. */
int api_client_feed(struct api_client *client, struct api_error *error);

/* api_client_call - send and wait for the answer; notices go to on_notice
 * meanwhile. Takes params. *result_out gets a new reference. -1: error. After
 * an interrupt or the timeout the daemon is told to give it up (rpc.cancel). */
int api_client_call(struct api_client *client, const char *method, json_t *params, int timeout_ms,
                    json_t **result_out, struct api_error *error);
/* api_client_wait - wait up to timeout_ms (-1 for ever) until something came and
 * hand it out. Returns 1 something came, 0 nothing in time, -1 error. */
int api_client_wait(struct api_client *client, int timeout_ms, struct api_error *error);

#endif
