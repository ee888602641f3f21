/* api_error.h - every way a request can fail, once: the word on the socket
 * (data.kind), its JSON-RPC number and the exit code of relaycli.
 *
 * The daemon makes them, the clients show them. Pure. Thread: any. */
#ifndef API_API_ERROR_H
#define API_API_ERROR_H

#include <jansson.h>
#include "base/err.h"

enum api_error_kind {
	API_ERROR_NONE,
	API_ERROR_PARSE,          /* not JSON */
	API_ERROR_REQUEST,        /* JSON, but no request */
	API_ERROR_METHOD,         /* no such method */
	API_ERROR_PARAMS,         /* a parameter is missing, unknown or wrong */
	API_ERROR_INTERNAL,       /* our bug */
	API_ERROR_FAILED,         /* tried and failed */
	API_ERROR_NOT_FOUND,      /* no such object */
	API_ERROR_EXISTS,         /* there is one of that name */
	API_ERROR_NOT_PERMITTED,  /* role or read-only */
	API_ERROR_UNREACHABLE,    /* the client's: no daemon there */
	API_ERROR_CONFIRM,        /* the client's: needs --yes */
	API_ERROR_PARTIAL,        /* done in part */
	API_ERROR_TIMEOUT,
	API_ERROR_CHANGED,        /* changed since you looked */
	API_ERROR_BUSY,           /* too many wait; try again */
	API_ERROR_INTERRUPTED,    /* the client's: Ctrl-C */
	API_ERROR_KIND_COUNT
};

struct api_error {
	enum api_error_kind kind;
	char message[240]; /* one line */
	char hint[240];    /* what to do; "" none */
};

const char *api_error_name(enum api_error_kind kind);
int api_error_rpc_code(enum api_error_kind kind);
int api_error_exit_code(enum api_error_kind kind);

/* api_error_set - fill and return -1. message is cut at a character. */
int api_error_set(struct api_error *error, enum api_error_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void api_error_hint(struct api_error *error, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* api_error_from_err - a module's err in the socket's words; returns -1. */
int api_error_from_err(struct api_error *error, const struct err *err);
/* api_error_to_json - the value of "error". Returns a new reference. */
json_t *api_error_to_json(const struct api_error *error);
/* api_error_from_json - the reverse; unknown kinds become FAILED. */
void api_error_from_json(struct api_error *error, const json_t *value);

#endif
