/* control_migrate.c - moving credentials here from an old system: where each stands, its
 * stage, the share of its mail that goes directly. Thread: main. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "account/account.h"
#include "account/account_meter.h"
#include "base/clock.h"
#include "control/control_ask.h"
#include "store/store_audit.h"

#define MISSING_MAX 400
#define COUNT_MAX 1000000000000

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
#define RESULTS(what)                                                                              \
	{ what "_passed", CONTROL_COUNT, .min = 0, .max = COUNT_MAX, .help = "messages" },         \
		{ what "_failed", CONTROL_COUNT, .min = 0, .max = COUNT_MAX, .help = "messages" }
const struct control_param control_migrate_evidence_params[] = {
	NAME,
	{ "reporter", CONTROL_TEXT, true, .max = 255, .help = "whose word it is" },
	{ "report", CONTROL_TEXT, true, .max = 255, .help = "its id: given again it replaces" },
	{ "at_ms", CONTROL_COUNT, .min = 0, .max = INT64_MAX, .help = "until when; none: now" },
	RESULTS("spf"), RESULTS("dkim"), RESULTS("dmarc"), REASON, END,
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
	if (row->returned == NULL)
		return;
	api_json_put_int(one, "returned_percent", row->returned_percent);
	results = json_object();
	api_json_put(results, "direct", result_json(&row->ended[MIGRATE_DIRECTLY]));
	api_json_put(results, "old", result_json(&row->ended[MIGRATE_BY_OLD]));
	api_json_put(one, "trial_results", results);
}

static json_t *
evidence_json(const struct migrate_evidence evidence[MIGRATE_METHOD_COUNT])
{
	static const char *const keys[] = { [MIGRATE_SPF] = "spf", [MIGRATE_DKIM] = "dkim",
		                            [MIGRATE_DMARC] = "dmarc" };
	json_t *all = json_object();

	for (int i = 0; i < MIGRATE_METHOD_COUNT; i++) {
		json_t *one = json_object();

		api_json_put_int(one, "passed", (int64_t)evidence[i].passed);
		api_json_put_int(one, "failed", (int64_t)evidence[i].failed);
		api_json_put_text(one, "last_by", evidence[i].by);
		api_json_put_time(one, "last_at", evidence[i].last_unix_ms);
		api_json_put(all, keys[i], one);
	}
	return all;
}

/* row_json - row NULL, or not staged: nobody ever set a stage, so its mail goes directly. */
static json_t *
row_json(const char *credential, const struct schedule_migration_row *row)
{
	bool is_staged = row && row->is_staged;
	json_t *one = json_object();

	api_json_put_text(one, "credential", credential);
	api_json_put_text(one, "stage", is_staged ? migrate_stage_name(row->stage) : NULL);
	api_json_put_int(one, "direct_percent", row ? row->percent : 100);
	api_json_put_text(one, "smarthost", row ? row->smarthost : NULL);
	api_json_put_bool(one, "smarthost_missing", row && row->is_missing);
	api_json_put_time(one, "since_at", row ? row->since_unix_ms : 0);
	api_json_put_text(one, "by", row ? row->by : NULL);
	api_json_put_text(one, "reason", is_staged && *row->reason ? row->reason : NULL);
	if (row)
		put_results(one, row);
	return one;
}

/* ---- streams ------------------------------------------------------------------------- */

struct stream {
	struct migrate_stream facts;
	const struct schedule_migration_row *row; /* or NULL */
};

static const struct schedule_migration_row *
row_of(const struct schedule_ask *ask, const char *credential)
{
	for (size_t i = 0; i < ask->rows; i++)
		if (strcmp(ask->migration[i].credential, credential) == 0)
			return &ask->migration[i];
	return NULL;
}

/* per_day - this month's mean; a day is not over before its end */
static double
per_day(const struct account_credential *credential)
{
	int64_t now = clock_unix_ms();
	uint32_t used = account_meter_used(credential->meter, &credential->limits,
	                                   ACCOUNT_MONTH, now);
	time_t seconds = (time_t)(now / 1000);
	struct tm utc;

	(void)gmtime_r(&seconds, &utc);
	return (double)used / utc.tm_mday;
}

static struct stream
stream_of(const struct account_credential *credential, const struct schedule_migration_row *row)
{
	struct stream stream = { .row = row };
	struct migrate_stream *facts = &stream.facts;

	facts->credential = credential->name;
	facts->is_bulk = credential->is_bulk;
	facts->per_day = per_day(credential);
	facts->percent = row ? row->percent : 100;
	if (row == NULL)
		return stream;
	facts->is_staged = row->is_staged;
	facts->stage = row->stage;
	facts->returned_percent = row->returned ? row->returned_percent : 0;
	facts->direct = row->result[MIGRATE_DIRECTLY];
	memcpy(facts->evidence, row->evidence, sizeof facts->evidence);
	return stream;
}

static json_t *
missing_json(const struct migrate_stream *facts)
{
	json_t *list = json_array();
	struct buf text;

	for (size_t i = 0;; i++) {
		buf_init(&text, MISSING_MAX);
		if (!migrate_plan_missing(facts, i, &text)) {
			buf_deinit(&text);
			return list;
		}
		json_array_append_new(list, api_json_string(buf_span(&text)));
		buf_deinit(&text);
	}
}

/* command_of - the next step as a command to paste; NULL: nothing is left to do. One that
 * nobody staged begins where it is, if there is an old system. */
static const char *
command_of(const struct migrate_stream *facts, bool has_smarthost, struct arena *arena)
{
	uint32_t next = migrate_plan_next(facts);

	if (!facts->is_staged && has_smarthost)
		return arena_printf(arena, "relaycli migrate stage %s old", facts->credential);
	if (!migrate_plan_is_open(facts))
		return NULL;
	if (next == 100)
		return arena_printf(arena, "relaycli migrate stage %s moved", facts->credential);
	return arena_printf(arena, "relaycli migrate canary %s %u", facts->credential, next);
}

static json_t *
stream_json(const struct stream *stream, bool has_smarthost, struct arena *arena)
{
	const struct migrate_stream *facts = &stream->facts;
	json_t *one = row_json(facts->credential, stream->row);

	api_json_put_bool(one, "bulk", facts->is_bulk);
	api_json_put(one, "recipients_per_day", json_real(facts->per_day));
	api_json_put(one, "evidence", evidence_json(facts->evidence));
	api_json_put_text(one, "next_command", command_of(facts, has_smarthost, arena));
	api_json_put(one, "missing", missing_json(facts));
	return one;
}

static int
by_plan(const void *a, const void *b)
{
	const struct stream *x = a, *y = b;

	return migrate_plan_order(&x->facts, &y->facts);
}

/* collect - every credential that may send; one that is revoked has nothing left to move. */
static struct stream *
collect(struct control_call *call, const struct schedule_ask *ask, size_t *count_out)
{
	const struct account_snapshot *accounts = account_snapshot(call->control->options.account);
	struct stream *stream =
		arena_zero(call->arena, (accounts->credentials + 1) * sizeof *stream);
	size_t count = 0;

	for (size_t i = 0; i < accounts->credentials; i++) {
		const struct account_credential *credential = accounts->credential[i];

		if (!credential->is_revoked
		    && (!ask->match || strcmp(credential->name, ask->match) == 0))
			stream[count++] = stream_of(credential, row_of(ask, credential->name));
	}
	*count_out = count;
	return stream;
}

/* ---- status and plan ----------------------------------------------------------------- */

static void
answer(struct control_call *call, struct schedule_ask *ask, bool is_plan)
{
	json_t *result = api_json_new(arena_printf(call->arena, "relay.%s/1", call->method->name));
	json_t *items = json_array(), *not_begun = json_array();
	bool has_smarthost = call->control->config->smarthosts > 0;
	struct stream *stream;
	size_t count;

	stream = collect(call, ask, &count);
	if (is_plan)
		qsort(stream, count, sizeof *stream, by_plan);
	for (size_t i = 0; i < count; i++) {
		json_array_append_new(items, stream_json(&stream[i], has_smarthost, call->arena));
		if (has_smarthost && !stream[i].facts.is_staged)
			json_array_append_new(not_begun, json_string(stream[i].facts.credential));
	}
	api_json_put(result, "items", items);
	if (is_plan) {
		api_json_put_text(result, "next",
		                  count > 0 && migrate_plan_is_open(&stream[0].facts)
		                          ? stream[0].facts.credential : NULL);
		api_json_put(result, "not_begun", json_incref(not_begun));
	}
	json_decref(not_begun);
	api_json_put_null(result, "next_cursor");
	schedule_ask_free(&ask);
	control_call_answer(call, result);
}

static void
listed(struct mailbox_item *item, void *owner)
{
	struct schedule_ask *ask = (struct schedule_ask *)(void *)item;
	struct control_call *call = control_ask_take(ask);
	struct api_error error;

	(void)owner;
	if (call == NULL)
		return;
	if (ask->match && !account_snapshot_credential(
				  account_snapshot(call->control->options.account),
				  span_of(ask->match))) {
		(void)api_error_set(&error, API_ERROR_NOT_FOUND, "there is no credential %s",
		                    ask->match);
		schedule_ask_free(&ask);
		control_call_fail(call, &error);
		return;
	}
	answer(call, ask, strcmp(call->method->name, "migrate.plan") == 0);
}

void
control_migrate_status(struct control_call *call) /* and plan: in its order */
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
	const struct schedule_migration_row *row;
	struct control_call *call;
	json_t *result;

	control_ask_audit(owner, ask, ask->did);
	call = control_ask_take(ask);
	if (call == NULL)
		return;
	row = &ask->migration[0];
	result = api_json_new(arena_printf(call->arena, "relay.%s/1", call->method->name));
	api_json_put(result, "stream", row_json(row->credential, row));
	schedule_ask_free(&ask);
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

/* ---- evidence ------------------------------------------------------------------------ */

static void
was_added(struct mailbox_item *item, void *owner)
{
	struct schedule_ask *ask = (struct schedule_ask *)(void *)item;
	struct control_call *call = ask->context;
	json_t *result;

	control_ask_audit(owner, ask,
	                  store_audit_add(ask->arena,
	                                  arena_printf(ask->arena, "report %s of %s", ask->report,
	                                               control_text(call, "reporter")),
	                                  ask->did));
	call = control_ask_take(ask);
	if (call == NULL)
		return;
	result = api_json_new("relay.migrate.evidence/1");
	api_json_put_text(result, "credential", ask->match);
	api_json_put_text(result, "reporter", control_text(call, "reporter"));
	api_json_put(result, "evidence", evidence_json(ask->evidence));
	schedule_ask_free(&ask);
	control_call_answer(call, result);
}

void
control_migrate_evidence(struct control_call *call)
{
	static const char *const keys[][2] = {
		[MIGRATE_SPF] = { "spf_passed", "spf_failed" },
		[MIGRATE_DKIM] = { "dkim_passed", "dkim_failed" },
		[MIGRATE_DMARC] = { "dmarc_passed", "dmarc_failed" },
	};
	struct schedule_ask *ask = control_ask_new(call, SCHEDULE_ADD_EVIDENCE, was_added);
	int64_t now = clock_unix_ms(), at = control_int(call, "at_ms", now);

	ask->match = arena_strdup(ask->arena, control_text(call, "name"));
	ask->report = arena_strdup(ask->arena, control_text(call, "report"));
	for (int i = 0; i < MIGRATE_METHOD_COUNT; i++)
		ask->evidence[i] = (struct migrate_evidence){
			.passed = (uint64_t)control_int(call, keys[i][0], 0),
			.failed = (uint64_t)control_int(call, keys[i][1], 0),
			.last_unix_ms = at < now ? at : now,
			.by = arena_strdup(ask->arena, control_text(call, "reporter")) };
	if (!control_ask_send(call, ask))
		control_ask_fail_busy(call);
}
