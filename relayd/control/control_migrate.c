/* control_migrate.c - moving credentials here from an old system: where each stands, its
 * stage, the share of its mail that goes directly. Thread: main. */
#include <errno.h>
#include <string.h>

#include "account/account.h"
#include "control/control_ask.h"

/* ---- parameters ---------------------------------------------------------------------- */

static const char *const stage_words[] = { "old", "trial", "moved", NULL };

#define NAME { "name", CONTROL_TEXT, true, .max = 255, .help = "credential" }
#define SMARTHOST                                                                                  \
	{ "smarthost", CONTROL_TEXT, .max = CONFIG_SMARTHOST_MAX,                                  \
	  .help = "of relayd.conf; none: as before, or the only one" }
#define REASON { "reason", CONTROL_TEXT, .max = 400, .help = "why, for the audit log" }
#define END { .name = NULL }

const struct control_param control_migrate_status_params[] = {
	{ "name", CONTROL_TEXT, .max = 255, .help = "of this credential only" }, END,
};
const struct control_param control_migrate_stage_params[] = {
	NAME,
	{ "stage", CONTROL_WORD, true, .words = stage_words, .help = "old, trial or moved" },
	SMARTHOST, REASON, END,
};
const struct control_param control_migrate_canary_params[] = {
	NAME,
	{ "percent", CONTROL_COUNT, true, .min = 0, .max = 100,
	  .help = "of its mail goes directly" },
	SMARTHOST, REASON, END,
};

/* ---- as JSON ------------------------------------------------------------------------- */

static json_t *
time_json(const struct migrate_result *result, double share)
{
	int64_t ms = migrate_result_time(result, share);

	return ms < 0 ? json_null() : json_integer(ms);
}

static json_t *
result_json(const struct migrate_result *result)
{
	json_t *one = json_object();

	api_json_put_int(one, "delivered", result->delivered);
	api_json_put_int(one, "deferrals", result->deferrals);
	api_json_put_int(one, "bounced_hard", result->bounced_hard);
	api_json_put_int(one, "bounced_refused", result->bounced_refused);
	api_json_put_int(one, "bounced_other", result->bounced_other);
	api_json_put_int(one, "first_attempts", result->tried);
	api_json_put_int(one, "refused", result->refused);
	api_json_put_int(one, "broken", result->broken);
	api_json_put(one, "median_ms", time_json(result, 0.5));
	api_json_put(one, "p95_ms", time_json(result, 0.95));
	return one;
}

/* put_results - of both ways, since stage and share are so; what was found of them. */
static void
put_results(json_t *one, const struct schedule_migration_row *row)
{
	json_t *results = json_object();

	api_json_put(results, "direct", result_json(&row->result[MIGRATE_DIRECTLY]));
	api_json_put(results, "old", result_json(&row->result[MIGRATE_BY_OLD]));
	api_json_put(one, "results", results);
	api_json_put_text(one, "returned", row->returned);
	api_json_put_time(one, "returned_at", row->returned_unix_ms);
	if (row->returned)
		api_json_put_int(one, "returned_percent", row->returned_percent);
}

/* stream_json - row NULL: nobody ever set a stage, so its mail goes directly. */
static json_t *
stream_json(const char *credential, const struct schedule_migration_row *row)
{
	json_t *one = json_object();

	api_json_put_text(one, "credential", credential);
	api_json_put_text(one, "stage", row ? migrate_stage_name(row->stage) : NULL);
	api_json_put_int(one, "direct_percent", row ? row->percent : 100);
	api_json_put_text(one, "smarthost", row ? row->smarthost : NULL);
	api_json_put_bool(one, "smarthost_missing", row && row->is_missing);
	api_json_put_time(one, "since_at", row ? row->since_unix_ms : 0);
	api_json_put_text(one, "by", row ? row->by : NULL);
	api_json_put_text(one, "reason", row && *row->reason ? row->reason : NULL);
	if (row)
		put_results(one, row);
	return one;
}

static const struct schedule_migration_row *
row_of(const struct schedule_ask *ask, const char *credential)
{
	for (size_t i = 0; i < ask->rows; i++)
		if (strcmp(ask->migration[i].credential, credential) == 0)
			return &ask->migration[i];
	return NULL;
}

/* ---- status -------------------------------------------------------------------------- */

static void
fail_unknown(struct control_call *call, struct schedule_ask *ask, json_t *items)
{
	struct api_error error;

	(void)api_error_set(&error, API_ERROR_NOT_FOUND, "there is no credential %s", ask->match);
	json_decref(items);
	control_ask_free(&ask);
	control_call_fail(call, &error);
}

/* Of every credential that may send; one that is revoked has nothing left to move. */
static void
listed(struct mailbox_item *item, void *owner)
{
	struct schedule_ask *ask = (struct schedule_ask *)(void *)item;
	struct control_call *call = control_ask_take(ask);
	const struct account_snapshot *accounts;
	json_t *result, *items = json_array();

	(void)owner;
	if (call == NULL) {
		json_decref(items);
		return;
	}
	accounts = account_snapshot(call->control->options.account);
	for (size_t i = 0; i < accounts->credentials; i++) {
		const struct account_credential *credential = accounts->credential[i];

		if (!credential->is_revoked
		    && (!ask->match || strcmp(credential->name, ask->match) == 0))
			json_array_append_new(items, stream_json(credential->name,
			                                         row_of(ask, credential->name)));
	}
	if (ask->match && json_array_size(items) == 0) {
		fail_unknown(call, ask, items);
		return;
	}
	result = api_json_new("relay.migrate.status/1");
	api_json_put(result, "items", items);
	api_json_put_null(result, "next_cursor");
	control_ask_free(&ask);
	control_call_answer(call, result);
}

void
control_migrate_status(struct control_call *call)
{
	struct schedule_ask *ask = control_ask_new(call, SCHEDULE_LIST_MIGRATIONS, listed);

	ask->match = arena_strdup(ask->arena, control_text(call, "name"));
	if (!control_ask_send(call, ask))
		control_ask_fail_busy(call);
}

/* ---- acts ---------------------------------------------------------------------------- */

static void
was_set(struct mailbox_item *item, void *owner)
{
	struct schedule_ask *ask = (struct schedule_ask *)(void *)item;
	struct control_call *call = control_ask_take(ask);
	const struct schedule_migration_row *row;
	json_t *result;

	(void)owner;
	if (call == NULL)
		return;
	row = &ask->migration[0];
	control_audit_write(call, row->credential,
	                    arena_printf(call->arena, "stage %s, %u %% directly%s%s",
	                                 migrate_stage_name(row->stage), row->percent,
	                                 row->smarthost ? ", smarthost " : "",
	                                 row->smarthost ? row->smarthost : ""));
	result = api_json_new(arena_printf(call->arena, "relay.%s/1", call->method->name));
	api_json_put(result, "stream", stream_json(row->credential, row));
	control_ask_free(&ask);
	control_call_answer(call, result);
}

static void
set(struct control_call *call, enum migrate_stage stage, int32_t percent)
{
	struct schedule_ask *ask = control_ask_new(call, SCHEDULE_SET_MIGRATION, was_set);

	ask->match = arena_strdup(ask->arena, control_text(call, "name"));
	ask->stage = stage;
	ask->percent = percent;
	ask->smarthost = arena_strdup(ask->arena, control_text(call, "smarthost"));
	ask->reason = arena_strdup(ask->arena, control_text(call, "reason"));
	ask->by = arena_strdup(ask->arena, call->user);
	if (!control_ask_send(call, ask))
		control_ask_fail_busy(call);
}

void
control_migrate_stage(struct control_call *call)
{
	enum migrate_stage stage = MIGRATE_OLD;

	(void)migrate_stage_parse(span_of(control_text(call, "stage")), &stage);
	set(call, stage, -1);
}

void
control_migrate_canary(struct control_call *call)
{
	set(call, MIGRATE_TRIAL, (int32_t)control_int(call, "percent", 0));
}
