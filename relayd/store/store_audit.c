/* store_audit.c - see store_audit.h. */
#include "store/store_audit.h"

#include <stdbool.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"

#define DETAIL_MAX 1000            /* bytes: of 500 holds that end at once the first are named */
#define MORE "; ..."

static bool
is_text(const char *text)
{
	return text && *text;
}

const char *
store_audit_change(struct arena *arena, const char *what, const char *was, const char *is)
{
	return arena_printf(arena, "%s%s%s -> %s", is_text(what) ? what : "",
	                    is_text(what) ? ": " : "", is_text(was) ? was : "none",
	                    is_text(is) ? is : "none");
}

const char *
store_audit_add(struct arena *arena, const char *detail, const char *text)
{
	size_t n = is_text(detail) ? strlen(detail) : 0;

	if (n == 0 || !is_text(text))
		return n ? detail : text;
	if (n + strlen(text) <= DETAIL_MAX)
		return arena_printf(arena, "%s; %s", detail, text);
	if (n >= strlen(MORE) && strcmp(detail + n - strlen(MORE), MORE) == 0)
		return detail;
	return arena_printf(arena, "%s" MORE, detail);
}

const char *
store_audit_time(struct arena *arena, int64_t unix_ms)
{
	char at[CLOCK_RFC3339_SIZE];

	if (unix_ms == 0)
		return "never";
	clock_format_rfc3339(unix_ms, at);
	return arena_printf(arena, "%.19sZ", at);
}

const char *
store_audit_state(struct arena *arena, const char *state, const char *by, const char *reason,
                  int64_t until_unix_ms)
{
	return arena_printf(arena, "%s%s%s%s%s%s%s%s", state, is_text(by) ? " by " : "",
	                    is_text(by) ? by : "", until_unix_ms ? " until " : "",
	                    until_unix_ms ? store_audit_time(arena, until_unix_ms) : "",
	                    is_text(reason) ? " (" : "", is_text(reason) ? reason : "",
	                    is_text(reason) ? ")" : "");
}

struct store_audit
store_audit_of_relayd(struct arena *arena, int64_t now_unix_ms, const char *action,
                      const char *object, const char *detail)
{
	return (struct store_audit){ .at_unix_ms = now_unix_ms, .uid = geteuid(),
		                     .who = "relayd", .via = "relayd",
		                     .action = action, .object = arena_strdup(arena, object),
		                     .detail = arena_strdup(arena, detail) };
}
