/* api_error.c - see api_error.h. */
#include "api/api_error.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "api/api_json.h"

struct error_row {
	const char *name;
	int rpc_code;  /* JSON-RPC 2.0 reserves -32768..-32000 */
	int exit_code; /* of relaycli */
};

static const struct error_row error_rows[] = {
	[API_ERROR_NONE] = { "none", 0, 0 },
	[API_ERROR_PARSE] = { "parse", -32700, 1 },
	[API_ERROR_REQUEST] = { "request", -32600, 1 },
	[API_ERROR_METHOD] = { "method", -32601, 2 },
	[API_ERROR_PARAMS] = { "params", -32602, 2 },
	[API_ERROR_INTERNAL] = { "internal", -32603, 1 },
	[API_ERROR_FAILED] = { "failed", 1, 1 },
	[API_ERROR_NOT_FOUND] = { "not_found", 3, 3 },
	[API_ERROR_EXISTS] = { "exists", 10, 1 },
	[API_ERROR_NOT_PERMITTED] = { "not_permitted", 4, 4 },
	[API_ERROR_UNREACHABLE] = { "unreachable", 5, 5 },
	[API_ERROR_CONFIRM] = { "confirm", 6, 6 },
	[API_ERROR_PARTIAL] = { "partial", 7, 7 },
	[API_ERROR_TIMEOUT] = { "timeout", 8, 8 },
	[API_ERROR_CHANGED] = { "changed", 9, 9 },
	[API_ERROR_BUSY] = { "busy", 11, 1 },
	[API_ERROR_INTERRUPTED] = { "interrupted", 130, 130 },
};
static_assert(sizeof error_rows / sizeof *error_rows == API_ERROR_KIND_COUNT, "a row per kind");

const char *
api_error_name(enum api_error_kind kind)
{
	return error_rows[kind].name;
}

int
api_error_rpc_code(enum api_error_kind kind)
{
	return error_rows[kind].rpc_code;
}

int
api_error_exit_code(enum api_error_kind kind)
{
	return error_rows[kind].exit_code;
}

/* cut_at_rune - a message cut by vsnprintf may end inside a character. */
static void
cut_at_rune(char *text)
{
	size_t n = strlen(text);
	size_t tail = n;

	while (tail > 0 && ((unsigned char)text[tail - 1] & 0xc0) == 0x80)
		tail--;
	if (tail == 0 || tail == n || (unsigned char)text[tail - 1] < 0xc0)
		return;
	if ((size_t)((unsigned char)text[tail - 1] >= 0xf0 ? 4 :
	             (unsigned char)text[tail - 1] >= 0xe0 ? 3 : 2) > n - tail + 1)
		text[tail - 1] = '\0';
}

int
api_error_set(struct api_error *error, enum api_error_kind kind, const char *fmt, ...)
{
	va_list ap;

	error->kind = kind;
	error->hint[0] = '\0';
	va_start(ap, fmt);
	vsnprintf(error->message, sizeof error->message, fmt, ap);
	va_end(ap);
	cut_at_rune(error->message);
	return -1;
}

void
api_error_hint(struct api_error *error, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(error->hint, sizeof error->hint, fmt, ap);
	va_end(ap);
	cut_at_rune(error->hint);
}

int
api_error_from_err(struct api_error *error, const struct err *err)
{
	static const enum api_error_kind kind_of[] = {
		[ERR_NONE] = API_ERROR_INTERNAL,
		[ERR_INPUT] = API_ERROR_PARAMS,
		[ERR_TEMP] = API_ERROR_TIMEOUT,
		[ERR_PERM] = API_ERROR_FAILED,
		[ERR_LIMIT] = API_ERROR_BUSY,
		[ERR_SYSTEM] = API_ERROR_FAILED,
		[ERR_BUG] = API_ERROR_INTERNAL,
	};
	static_assert(sizeof kind_of / sizeof *kind_of == ERR_KIND_COUNT, "a row per err_kind");

	return api_error_set(error, kind_of[err->kind], "%s", err->text);
}

json_t *
api_error_to_json(const struct api_error *error)
{
	json_t *value = json_object();
	json_t *data = json_object();

	api_json_put_int(value, "code", api_error_rpc_code(error->kind));
	api_json_put_text(value, "message", error->message);
	api_json_put_text(data, "kind", api_error_name(error->kind));
	api_json_put_text(data, "hint", error->hint[0] ? error->hint : NULL);
	api_json_put(value, "data", data);
	return value;
}

void
api_error_from_json(struct api_error *error, const json_t *value)
{
	const json_t *data = json_object_get(value, "data");
	const char *name = api_json_get_text(data, "kind");
	const char *message = api_json_get_text(value, "message");
	const char *hint = api_json_get_text(data, "hint");
	enum api_error_kind kind = API_ERROR_FAILED;

	for (int i = 1; name && i < API_ERROR_KIND_COUNT; i++)
		if (strcmp(name, error_rows[i].name) == 0)
			kind = (enum api_error_kind)i;
	(void)api_error_set(error, kind, "%s", message ? message : "the daemon did not say why");
	if (hint)
		api_error_hint(error, "%s", hint);
}
