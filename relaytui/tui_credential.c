/* tui_credential.c - see tui_credential.h. */
#include "tui_credential.h"

#include <inttypes.h>
#include <string.h>

#include "api/api_format.h"
#include "api/api_json.h"

#define OLD_KEY_DAYS 365           /* from then on its age is said */
#define SOON_MS (7 * TUI_DAY_MS)   /* an end that near is said */

struct tui_credential_key
tui_credential_read_key(const json_t *key)
{
	return (struct tui_credential_key){
		.id = tui_text_of(key, "id"),
		.address = tui_text_of(key, "last_used_address"),
		.created_unix_ms = api_json_get_time(key, "created_at"),
		.used_unix_ms = api_json_get_time(key, "last_used_at"),
		.ends_unix_ms = api_json_get_time(key, "ends_at"),
		.is_live = api_json_get_bool(key, "live"),
		.may_retire = api_json_get_bool(key, "safe_to_retire"),
	};
}

static void
read_keys(struct tui_credential_row *c)
{
	json_t *one;
	size_t i;

	json_array_foreach(c->keys, i, one) {
		struct tui_credential_key key = tui_credential_read_key(one);

		if (key.used_unix_ms > c->last.used_unix_ms)
			c->last = key;
		if (!key.is_live)
			continue;
		c->live++;
		if (key.may_retire && c->idle[0] == '\0')
			c->idle = key.id;
		if (key.created_unix_ms >= c->newest.created_unix_ms)
			c->newest = key;
	}
}

struct tui_credential_row
tui_credential_read(const json_t *row)
{
	struct tui_credential_row c = {
		.name = tui_text_of(row, "name"),
		.state = tui_text_of(row, "state"),
		.revoked_by = tui_text_of(row, "revoked_by"),
		.keys = json_object_get(row, "keys"),
		.newest = { .id = "", .address = "" },
		.last = { .id = "", .address = "" },
		.idle = "",
		.used_unix_ms = api_json_get_time(row, "last_used_at"),
		.expires_unix_ms = api_json_get_time(row, "expires_at"),
		.revoked_unix_ms = api_json_get_time(row, "revoked_at"),
		.recipients = api_json_get_int(row, "recipients_24h", -1),
		.bounced = api_json_get_int(row, "bounced_24h", 0),
		.generation = api_json_get_int(row, "generation", 0),
		.is_certificate_only = api_json_get_bool(row, "certificate_only"),
	};

	c.is_revoked = strcmp(c.state, "revoked") == 0;
	read_keys(&c);
	return c;
}

int64_t
tui_credential_age_days(const struct tui_credential_key *key, int64_t now_unix_ms)
{
	return key->created_unix_ms ? (now_unix_ms - key->created_unix_ms) / TUI_DAY_MS : 0;
}

bool
tui_credential_is_old(const struct tui_credential_key *key, int64_t now_unix_ms)
{
	return tui_credential_age_days(key, now_unix_ms) > OLD_KEY_DAYS;
}

bool
tui_credential_warning(const struct tui_credential_row *c, int64_t now_unix_ms,
                       struct tui_value *out)
{
	char at[API_FORMAT_SIZE];

	if (strcmp(c->state, "active") != 0)
		return false;
	api_format_day(c->expires_unix_ms, now_unix_ms, false, at);
	if (c->live == 0 && !c->is_certificate_only)
		tui_value_set(out, TUI_BAD, "no key of it works, nobody can log in: O makes one");
	else if (c->expires_unix_ms && c->expires_unix_ms - now_unix_ms < SOON_MS)
		tui_value_printf(out, TUI_WARN, "it ends %s: E with expires never lets it go on",
		                 at);
	else if (c->idle[0])
		tui_value_printf(out, TUI_WARN, "key %s was not used for a day, a newer one is: D "
		                 "ends it", c->idle);
	else if (!c->is_certificate_only && tui_credential_is_old(&c->newest, now_unix_ms))
		tui_value_printf(out, TUI_WARN, "its password is %" PRId64 " days old: O makes a "
		                 "new one, and the old one works on meanwhile",
		                 tui_credential_age_days(&c->newest, now_unix_ms));
	else
		return false;
	return true;
}
