/* tui_pool_act.c - see tui_pool_act.h. */
#include "tui_pool_act.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/api_json.h"
#include "base/units.h"
#include "tui_pool.h"

#define DAY_MOST 366
#define UNDONE "undone in relaytui"

/* selected_pool - false: said why there is none. */
static bool
selected_pool(struct tui_model *model, struct tui_pool *pool_out)
{
	const struct tui_listing *listing = tui_listing_shown(model);
	const json_t *row = tui_listing_selected(model);

	if (row) {
		*pool_out = tui_pool_read(row);
		return true;
	}
	tui_model_say(model, TUI_WARN, "%s%s: nothing was changed",
	              listing->list.is_gone ? listing->list.key : "no address is selected",
	              listing->list.is_gone ? " is in no pool any more" : "");
	return false;
}

static json_t *
params_of(const char *address)
{
	json_t *params = json_object();

	api_json_put_text(params, "address", address);
	return params;
}

/* ---- off and on ---------------------------------------------------------------------- */

static json_t *
switch_params(const char *address, const char *state, const char *reason)
{
	json_t *params = params_of(address);

	api_json_put_text(params, "state", state);
	if (reason[0])
		api_json_put_text(params, "reason", reason);
	return params;
}

static bool
do_off(struct tui_model *model, struct tui_dialog *dialog, struct err *err)
{
	const char *reason = tui_dialog_value(dialog, "reason");
	struct tui_change *change;
	json_t *params;
	int64_t for_ms;

	if (!tui_dialog_duration(dialog, "for", &for_ms, err))
		return false;
	change = tui_change_begin(model, "switch off", "switched off", "pool.ip");
	if (!change)
		return true;
	change->undo_method = "pool.ip";
	snprintf(change->undone, sizeof change->undone, "switched on");
	snprintf(change->cli, sizeof change->cli, "pool ip off %s%s%s%s", dialog->object,
	         for_ms ? " --for " : "", for_ms ? tui_dialog_value(dialog, "for") : "",
	         reason[0] ? " --reason ..." : "");
	params = switch_params(dialog->object, "off", reason);
	if (for_ms)
		api_json_put_int(params, "for_ms", for_ms);
	tui_change_order(change, dialog->object, params,
	                 switch_params(dialog->object, "on", UNDONE));
	tui_change_send(model);
	return true;
}

static void
ask_off(struct tui_model *model, const struct tui_pool *pool)
{
	struct tui_dialog *dialog = tui_dialog_open(model, pool->address, "Switch off", do_off,
	                                            "Switch off %s", pool->address);

	tui_dialog_line(dialog, TUI_PLAIN, "It sends nothing then, in every pool that it is in;");
	tui_dialog_line(dialog, TUI_PLAIN, "others of its pool or its overflow step in, or mail "
	                                   "waits.");
	(void)tui_dialog_text(dialog, "for", "", "1h, 2d; empty: until it is switched on");
	tui_dialog_reason(dialog);
}

/* switch_on - mild; its undo is off again, as it was. */
static void
switch_on(struct tui_model *model, const struct tui_pool *pool)
{
	struct tui_change *change =
		tui_change_begin(model, "switch on", "switched on", "pool.ip");
	int64_t left_ms = pool->off_until_unix_ms - model->now_unix_ms;
	json_t *undo;

	if (!change)
		return;
	undo = switch_params(pool->address, "off", pool->off_reason);
	if (left_ms > 1000)
		api_json_put_int(undo, "for_ms", left_ms);
	change->undo_method = "pool.ip";
	snprintf(change->undone, sizeof change->undone, "switched off");
	snprintf(change->cli, sizeof change->cli, "pool ip on %s", pool->address);
	tui_change_order(change, pool->address, switch_params(pool->address, "on", ""), undo);
	tui_change_send(model);
}

/* ---- warm-up --------------------------------------------------------------------------- */

static const char *const warm_words[] = { "pause", "resume", "set", NULL };
static const char *const warm_done[] = { "paused the warm-up of", "resumed the warm-up of",
	                                 "set the warm-up of" };
enum { PAUSE, RESUME, SET };

/* is_paused - the warm-up of that address, as it is on the screen. */
static bool
is_paused(const struct tui_model *model, const char *address)
{
	const json_t *row = tui_listing_selected(model);
	struct tui_pool pool;

	if (!row)
		return false;
	pool = tui_pool_read(row);
	return strcmp(pool.address, address) == 0 && pool.paused_by[0];
}

static json_t *
warm_params(const char *address, int what)
{
	json_t *params = params_of(address);

	api_json_put_text(params, "act", warm_words[what]);
	return params;
}

/* put_set - day and provider of a set; both go into the relaycli line too. */
static bool
put_set(const struct tui_dialog *dialog, json_t *params, char *cli, size_t size, struct err *err)
{
	const char *text = tui_dialog_value(dialog, "day");
	const char *provider = tui_dialog_value(dialog, "provider");
	int64_t day = 0;

	for (const char *p = text; *p; p++) {
		if (*p < '0' || *p > '9' || day > DAY_MOST)
			day = INT64_MAX / 16;
		else
			day = day * 10 + (*p - '0');
	}
	if (day < 1 || day > DAY_MOST) {
		(void)err_set(err, ERR_INPUT, 0, "day: a number, 1 to %d; above its last day: warm",
		              DAY_MOST);
		return false;
	}
	api_json_put_int(params, "day", day);
	if (provider[0])
		api_json_put_text(params, "provider", provider);
	snprintf(cli, size, " --day %" PRId64 "%s%.64s", day, provider[0] ? " --provider " : "",
	         provider);
	return true;
}

static int
warm_word(const struct tui_dialog *dialog)
{
	const char *word = tui_dialog_value(dialog, "do");
	int what = PAUSE;

	while (strcmp(warm_words[what], word) != 0)
		what++; /* one of the choices */
	return what;
}

static bool
do_warmup(struct tui_model *model, struct tui_dialog *dialog, struct err *err)
{
	int what = warm_word(dialog);
	json_t *params = warm_params(dialog->object, what), *undo = NULL;
	char more[120] = "";
	struct tui_change *change;

	tui_dialog_put_reason(dialog, params);
	if (what == SET && !put_set(dialog, params, more, sizeof more, err)) {
		json_decref(params);
		return false;
	}
	change = tui_change_begin(model, warm_words[what], warm_done[what], "pool.warmup");
	if (!change) {
		json_decref(params);
		return true;
	}
	snprintf(change->cli, sizeof change->cli, "pool warmup %s %s%s", warm_words[what],
	         dialog->object, more);
	/* where each provider was before a set is not kept; what was so already is not undone */
	if (what != SET && is_paused(model, dialog->object) != (what == PAUSE)) {
		int back = what == PAUSE ? RESUME : PAUSE;

		undo = warm_params(dialog->object, back);
		api_json_put_text(undo, "reason", UNDONE);
		change->undo_method = "pool.warmup";
		snprintf(change->undone, sizeof change->undone, "%s", warm_done[back]);
	}
	tui_change_order(change, dialog->object, params, undo);
	tui_change_send(model);
	return true;
}

static void
ask_warmup(struct tui_model *model, const struct tui_pool *pool)
{
	struct tui_dialog *dialog = tui_dialog_open(model, pool->address, "Do it", do_warmup,
	                                            "Warm-up of %s", pool->address);
	char day[24] = "1";

	if (pool->day)
		snprintf(day, sizeof day, "%" PRId64, pool->day);
	if (pool->day)
		tui_dialog_line(dialog, TUI_PLAIN, "It is on day %" PRId64 " of %" PRId64 ".",
		                pool->day, pool->days);
	else
		tui_dialog_line(dialog, TUI_PLAIN, "It is %s: set begins a warm-up.",
		                strcmp(pool->state, "ok") == 0 ? "without a cap" : pool->state);
	tui_dialog_line(dialog, TUI_PLAIN, "pause: nothing to providers where it is not warm;");
	tui_dialog_line(dialog, TUI_PLAIN, "set: on that day now; above its last day it is warm.");
	(void)tui_dialog_choice(dialog, "do", warm_words,
	                        pool->paused_by[0] ? RESUME : pool->day ? PAUSE : SET);
	(void)tui_dialog_text(dialog, "day", day, "of set");
	(void)tui_dialog_text(dialog, "provider", "", "of set; empty: all of them");
	tui_dialog_reason(dialog);
}

/* ---- who uses a pool --------------------------------------------------------------------- */

static json_t *
limit_params(const char *credential, const char *pool, const char *reason)
{
	json_t *params = json_object(), *options = json_array();
	char option[TUI_FIELD_SIZE + 8];

	snprintf(option, sizeof option, "pool=%s", pool);
	json_array_append_new(options, api_json_string(span_of(option)));
	api_json_put_text(params, "name", credential);
	api_json_put(params, "options", options);
	if (reason[0])
		api_json_put_text(params, "reason", reason);
	return params;
}

/* has_text - is it one of those? */
static bool
has_text(const json_t *list, const char *text)
{
	const json_t *one;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)list, i, one)
		if (json_string_value(one) && strcmp(json_string_value(one), text) == 0)
			return true;
	return false;
}

static bool
do_move(struct tui_model *model, struct tui_dialog *dialog, struct err *err)
{
	const char *credential = tui_dialog_value(dialog, "credential");
	const char *pool = tui_dialog_value(dialog, "to pool");
	struct tui_change *change;

	if (!has_text(json_object_get(dialog->state, "credentials"), credential)) {
		(void)err_set(err, ERR_INPUT, 0, "name one of the credentials above");
		return false;
	}
	if (pool[0] == '\0' || strcmp(pool, dialog->object) == 0) {
		(void)err_set(err, ERR_INPUT, 0, "name another pool than %.64s", dialog->object);
		return false;
	}
	change = tui_change_begin(model, "move", "moved", "credential.limit");
	if (!change)
		return true;
	change->undo_method = "credential.limit";
	snprintf(change->undone, sizeof change->undone, "moved back");
	snprintf(change->cli, sizeof change->cli, "credential limit %.120s pool=%.64s", credential,
	         pool);
	tui_change_order(change, credential,
	                 limit_params(credential, pool, tui_dialog_value(dialog, "reason")),
	                 limit_params(credential, dialog->object, UNDONE));
	tui_change_send(model);
	return true;
}

/* say_names - "in use by: a, b, c"; cut where the line ends. */
static void
say_names(struct tui_dialog *dialog, const char *before, const json_t *names)
{
	char text[TUI_FIELD_SIZE];
	size_t n = (size_t)snprintf(text, sizeof text, "%s", before), i;
	const json_t *one;

	json_array_foreach((json_t *)(uintptr_t)names, i, one)
		if (n < sizeof text)
			n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", i ? ", " : "",
			                      json_string_value(one) ? json_string_value(one) : "");
	tui_dialog_line(dialog, TUI_PLAIN, "%s", text);
}

/* other_pools - by the rows that are shown; new reference. */
static json_t *
other_pools(const struct tui_model *model, const char *but)
{
	json_t *rows = json_object_get(tui_listing_shown(model)->data, "rows"), *row;
	json_t *pools = json_array();
	size_t i;

	json_array_foreach(rows, i, row) {
		const char *pool = api_json_get_text(row, "pool");

		if (pool && strcmp(pool, but) != 0 && !has_text(pools, pool))
			json_array_append_new(pools, json_string(pool));
	}
	return pools;
}

static void
ask_move(struct tui_model *model, const struct tui_request *request, const json_t *result,
         const struct api_error *error)
{
	json_t *credentials = json_object_get(json_object_get(result, "pool"), "credentials");
	struct tui_dialog *dialog;
	json_t *pools;

	if (error) {
		tui_model_say_error(model, "move", error);
		return;
	}
	if (tui_model_is_elsewhere(model, request))
		return;
	if (json_array_size(credentials) == 0) {
		tui_model_say(model, TUI_WARN, "no credential uses the pool %s: nothing to move",
		              request->key);
		return;
	}
	pools = other_pools(model, request->key);
	dialog = tui_dialog_open(model, request->key, "Move", do_move,
	                         "Move a credential out of %s", request->key);
	dialog->state = json_pack("{s:O}", "credentials", credentials);
	say_names(dialog, "In use by: ", credentials);
	say_names(dialog, "Other pools: ", pools);
	tui_dialog_line(dialog, TUI_PLAIN, "Its mail leaves by the other pool from now on;");
	tui_dialog_line(dialog, TUI_PLAIN, "what waits already does not (queue move does that).");
	(void)tui_dialog_text(dialog, "credential",
	                      json_array_size(credentials) == 1
	                              ? json_string_value(json_array_get(credentials, 0)) : "",
	                      NULL);
	(void)tui_dialog_text(dialog, "to pool",
	                      json_array_size(pools) == 1
	                              ? json_string_value(json_array_get(pools, 0)) : "", NULL);
	tui_dialog_reason(dialog);
	json_decref(pools);
}

static void
survey_move(struct tui_model *model, const struct tui_pool *pool)
{
	json_t *params = json_object();

	api_json_put_text(params, "name", pool->pool);
	tui_model_request(model, "pool.show", params, pool->pool, ask_move);
}

/* ---- what others see --------------------------------------------------------------------- */

static void
say_checked(struct tui_model *model, const struct tui_request *request, const json_t *result,
            const struct api_error *error)
{
	const json_t *source = json_object_get(result, "source");
	const json_t *problems = json_object_get(source, "problems");
	const char *first = json_string_value(json_array_get(problems, 0));
	const char *name = api_json_get_text(source, "ptr_name");
	char more[48] = "";

	if (error) {
		tui_model_say_error(model, "check", error);
		return;
	}
	tui_listing_of(model)->detail.asked_mono_ms = INT64_MIN / 2; /* it changed: ask again */
	if (json_array_size(problems) > 1)
		snprintf(more, sizeof more, " (and %zu more)", json_array_size(problems) - 1);
	if (first)
		tui_model_say(model, TUI_WARN, "%s: %s%s", request->key, first, more);
	else
		tui_model_say(model, TUI_GOOD, "%s checked: PTR record %s, clear on %zu blocklists",
		              request->key, name ? name : "-",
		              json_array_size(json_object_get(source, "blocklists")));
}

static void
check(struct tui_model *model, const struct tui_pool *pool)
{
	tui_model_request(model, "pool.check", params_of(pool->address), pool->address,
	                  say_checked);
	tui_model_say(model, TUI_PLAIN, "checking %s: its PTR record, the name it greets with, "
	              "blocklists ...", pool->address);
}

bool
tui_pool_act(struct tui_model *model, enum tui_act what)
{
	struct tui_pool pool;

	if (what != TUI_ACT_SWITCH && what != TUI_ACT_WARMUP && what != TUI_ACT_MOVE &&
	    what != TUI_ACT_CHECK)
		return false;
	if (!selected_pool(model, &pool))
		return true;
	if (what == TUI_ACT_WARMUP)
		ask_warmup(model, &pool);
	else if (what == TUI_ACT_MOVE)
		survey_move(model, &pool);
	else if (what == TUI_ACT_CHECK)
		check(model, &pool);
	else if (pool.off_by[0])
		switch_on(model, &pool);
	else
		ask_off(model, &pool);
	return true;
}
