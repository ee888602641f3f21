/* tui_view_credentials.c - screen 7: who may send, with which keys, when and how much; what
 * the selected one's mail was, beside what is usual for it. What changes them is in
 * tui_credential_act.c. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/api_format.h"
#include "api/api_json.h"
#include "base/units.h"
#include "tui_credential_act.h"
#include "tui_view.h"

#define SENT_MS 300000         /* counting a day of mail, and the week before, is work */

enum { CREDENTIAL, STATE, KEYS, LAST_USED, VOLUME, BOUNCED, FROM };

static const struct tui_column columns[] = {
	[CREDENTIAL] = { "CREDENTIAL", 13, 16, false, 0 },
	[STATE] = { "STATE", 9, 9, false, 2 },
	[KEYS] = { "KEYS", 31, 30, false, 4 },
	[LAST_USED] = { "LAST USED", 9, 10, false, 1 },
	[VOLUME] = { "24H", 5, 8, true, 0 },
	[BOUNCED] = { "BNC", 5, 6, true, 3 },
	[FROM] = { "FROM", 15, 0, false, 5 },
	{ .title = NULL },
};

static const struct tui_sort sorts[] = {
	{ "used", "LAST USED", 'u' },
	{ "name", "NAME", 'n' },
	{ "state", "STATE", 't' },
	{ "volume", "24H", 'v' },
	{ "bounces", "BOUNCED", 'b' },
};

/* ---- rows ---------------------------------------------------------------------------- */

static void
state_cell(const struct tui_model *model, const struct tui_credential_row *c, struct tui_value *out)
{
	struct tui_value why;

	if (strcmp(c->state, "revoked") == 0)
		tui_value_set(out, TUI_DIM, c->state);
	else if (strcmp(c->state, "active") != 0)
		tui_value_set(out, TUI_BAD, c->state);
	else if (tui_credential_warning(c, model->now_unix_ms, &why))
		tui_value_printf(out, why.style, "%s !", c->state);
	else
		tui_value_set(out, TUI_PLAIN, c->state);
}

/* key_words - " k3 new", " k2 till 18:00" */
static void
key_words(const struct tui_model *model, const struct tui_credential_row *c,
          const struct tui_credential_key *key, struct buf *out)
{
	char till[API_FORMAT_SIZE];

	(void)buf_printf(out, " %s", key->id);
	if (key->ends_unix_ms) {
		api_format_day(key->ends_unix_ms, model->now_unix_ms, false, till);
		(void)buf_printf(out, " till %s", till);
	} else if (key->may_retire) {
		(void)buf_printf(out, " idle");
	} else if (strcmp(key->id, c->newest.id) == 0 && key->used_unix_ms == 0) {
		(void)buf_printf(out, " new");
	}
}

static void
put_keys(const struct tui_model *model, const struct tui_credential_row *c, struct buf *out)
{
	char noun[UNITS_NOUN_SIZE];
	const char *lead = ":";

	(void)buf_printf(out, "%s", units_format_noun((int64_t)c->live, "key", noun));
	if (c->live == 1 && !c->newest.ends_unix_ms) {
		if (tui_credential_is_old(&c->newest, model->now_unix_ms))
			(void)buf_printf(out, ", %" PRId64 " d old",
			                 tui_credential_age_days(&c->newest, model->now_unix_ms));
		return;
	}
	for (size_t i = json_array_size(c->keys); i-- > 0;) { /* the newest first */
		struct tui_credential_key key = tui_credential_read_key(json_array_get(c->keys, i));

		if (!key.is_live)
			continue;
		(void)buf_printf(out, "%s", lead);
		key_words(model, c, &key, out);
		lead = ",";
	}
}

static void
keys_cell(const struct tui_model *model, const struct tui_credential_row *c, struct tui_value *out)
{
	char at[API_FORMAT_SIZE];
	struct buf text;

	if (c->is_revoked) {
		api_format_day(c->revoked_unix_ms, model->now_unix_ms, false, at);
		tui_value_printf(out, TUI_DIM, "%s%s%s%s", c->revoked_by[0] ? "by " : "",
		                 c->revoked_by, c->revoked_by[0] ? " " : "",
		                 at);
		return;
	}
	if (c->live == 0) {
		tui_value_set(out, c->is_certificate_only ? TUI_PLAIN : TUI_BAD,
		              c->is_certificate_only ? "certificate" : "no key works");
		return;
	}
	buf_init(&text, sizeof out->text - 1);
	put_keys(model, c, &text);
	tui_value_printf(out, TUI_PLAIN, "%.*s", (int)text.len, buf_data(&text));
	buf_deinit(&text);
}

static void
cell(const struct tui_model *model, const json_t *row, int column, struct tui_value *out)
{
	const struct tui_credential_row c = tui_credential_read(row);
	char text[API_FORMAT_SIZE];

	switch (column) {
	case CREDENTIAL:
		tui_value_set(out, c.is_revoked ? TUI_DIM : TUI_PLAIN, c.name);
		break;
	case STATE:
		state_cell(model, &c, out);
		break;
	case KEYS:
		keys_cell(model, &c, out);
		break;
	case LAST_USED:
		api_format_recent(c.used_unix_ms, model->now_unix_ms, false, text);
		tui_value_set(out, TUI_PLAIN, text);
		break;
	case VOLUME:
		api_format_short(c.recipients, text);
		tui_value_set(out, TUI_PLAIN, c.recipients < 0 ? NULL : text);
		break;
	case BOUNCED:
		api_format_percent(c.recipients > 0 ? 100.0 * (double)c.bounced
		                                              / (double)c.recipients : -1, text);
		tui_value_set(out, TUI_PLAIN, text);
		break;
	default:
		tui_value_set(out, TUI_PLAIN, c.last.address);
	}
}

static void
scope(const struct tui_model *model, struct buf *out)
{
	if (tui_listing_shown(model)->filter[0])
		(void)buf_printf(out, "some (%zu of %" PRId64 ")", tui_listing_total(model),
		                 tui_listing_number(model, "all"));
	else
		(void)buf_printf(out, "all (%zu)", tui_listing_total(model));
}

static json_t *
detail_params(const struct tui_model *model, const json_t *row)
{
	json_t *params;

	if (!tui_listing_is_pane_shown(model))
		return NULL;
	params = json_object();
	api_json_put_text(params, "name", tui_credential_read(row).name);
	return params;
}

/* ---- keys --------------------------------------------------------------------------------- */

static void
act(struct tui_model *model, enum tui_act what, int key)
{
	(void)key;
	if (!tui_credential_act(model, what))
		(void)tui_listing_act(model, what);
}

static const struct tui_listing_kind kind = {
	.many = "credentials",
	.empty = "there is no credential yet: N makes one",
	.columns = columns,
	.sorts = sorts,
	.sort_count = sizeof sorts / sizeof *sorts,
	.cell = cell,
	.scope = scope,
	.detail_method = "credential.sent",
	.detail_params = detail_params,
	.detail_ms = SENT_MS,
	.below = tui_credential_below,
	.below_height = 7,
	.pane = tui_credential_pane,
};

const struct tui_view tui_view_credentials = {
	.title = "Credentials", .view = "credentials", .interval_ms = 5000, .act = act,
	TUI_VIEW_LISTING(&kind),
};
