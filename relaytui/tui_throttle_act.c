/* tui_throttle_act.c - see tui_throttle_act.h. */
#include "tui_throttle_act.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/api_json.h"
#include "base/units.h"
#include "tui_throttle.h"

#define FOR_DEFAULT "2h"
#define FOR_MIN_MS 1000
#define FOR_MAX_MS ((int64_t)30 * 24 * 3600 * 1000)
#define COUNT_MAX 1000000
#define SAME 1e-9 /* rates are kept in millionths */

/* ---- requests -------------------------------------------------------------------------- */

/* target_json - what a change is about, from the row it was asked on: the row itself may be
 * another one by the time the dialog is answered. */
static json_t *
target_json(const struct tui_throttle *t)
{
	json_t *target = json_object();

	api_json_put_text(target, "scope", t->scope);
	api_json_put_text(target, "limit", t->limit);
	api_json_put_real(target, "cap", t->cap);
	api_json_put_real(target, "rule", t->rule);
	api_json_put_text(target, "set_by", t->set_by);
	if (t->is_set) {
		json_t *set = json_object();

		api_json_put_text(set, "scope", t->set_scope);
		api_json_put_real(set, "value", t->set_value);
		api_json_put_text(set, "reason", t->set_reason[0] ? t->set_reason : NULL);
		api_json_put_time(set, "ends_at", t->set_ends_unix_ms);
		api_json_put(target, "set", set);
	}
	return target;
}

static json_t *
params_of(const char *scope, const char *limit, const char *reason)
{
	json_t *params = json_object();

	api_json_put_text(params, "scope", scope);
	if (limit)
		api_json_put_text(params, "limit", limit);
	if (reason && reason[0])
		api_json_put_text(params, "reason", reason);
	return params;
}

/* restoring - throttle.set as it stood there, until when it did. */
static json_t *
restoring(const struct tui_throttle *t)
{
	json_t *params = params_of(t->set_scope, t->limit,
	                           t->set_reason[0] ? t->set_reason : "undone in relaytui");
	char value[TUI_THROTTLE_TEXT];

	tui_throttle_value(t, t->set_value, value);
	api_json_put_text(params, "value", value);
	api_json_put_time(params, "ends_at", t->set_ends_unix_ms);
	return params;
}

/* is_own_set - an operator's limit of that very scope: what a new one takes the place of. */
static bool
is_own_set(const struct tui_throttle *t)
{
	return t->is_set && strcmp(t->set_scope, t->scope) == 0;
}

static void
send_set(struct tui_model *model, const struct tui_throttle *t, json_t *params)
{
	struct tui_change *change =
		tui_change_begin(model, "throttle", "throttled", "throttle.set");
	char object[TUI_KEY_MAX];
	bool is_back = is_own_set(t);

	if (!change) {
		json_decref(params);
		return;
	}
	change->noun = NULL;
	change->undo_method = is_back ? "throttle.set" : "throttle.clear";
	snprintf(change->undone, sizeof change->undone, "%s", is_back ? "set back" : "cleared");
	snprintf(change->cli, sizeof change->cli, "throttle set %s %s %s --for %" PRId64 "s%s",
	         t->scope, t->limit, api_json_get_text(params, "value"),
	         api_json_get_int(params, "for_ms", 0) / 1000,
	         json_object_get(params, "reason") ? " --reason ..." : "");
	snprintf(object, sizeof object, "%.160s to %.60s", t->scope,
	         api_json_get_text(params, "value"));
	tui_change_order(change, object, params,
	                 is_back ? restoring(t)
	                         : params_of(t->scope, t->limit, "undone in relaytui"));
	tui_change_send(model);
}

static void
send_clear(struct tui_model *model, const struct tui_throttle *t, const char *reason)
{
	struct tui_change *change =
		tui_change_begin(model, "clear", "cleared", "throttle.clear");
	const char *scope = t->is_set ? t->set_scope : t->scope;
	char object[TUI_KEY_MAX];

	if (!change)
		return;
	change->noun = NULL;
	change->undo_method = t->is_set ? "throttle.set" : NULL;
	snprintf(change->undone, sizeof change->undone, "set back");
	snprintf(change->cli, sizeof change->cli, "throttle clear %s %s --yes%s", scope, t->limit,
	         reason[0] ? " --reason ..." : "");
	snprintf(object, sizeof object, "%.160s %.60s", scope, t->limit);
	tui_change_order(change, object, params_of(scope, t->limit, reason),
	                 t->is_set ? restoring(t) : NULL);
	tui_change_send(model);
}

/* ---- set --------------------------------------------------------------------------------- */

/* read_value - in the unit of the row: messages a second, or a number. */
static bool
read_value(const struct tui_throttle *t, const char *text, double *value_out, struct err *err)
{
	unsigned long long count;
	struct units_rate rate;

	if (tui_throttle_kind_of(t) == TUI_THROTTLE_RATE) {
		if (units_parse_rate(span_of(text), &rate, err) < 0)
			return false;
		*value_out = rate.count * 1000.0 / rate.period_ms;
		return true;
	}
	if (!span_to_u64(span_of(text), &count) || count < 1 || count > COUNT_MAX) {
		(void)err_set(err, ERR_INPUT, 0, "write a number, 1 to %d", COUNT_MAX);
		return false;
	}
	*value_out = (double)count;
	return true;
}

static bool
is_raise(const struct tui_throttle *t, double value)
{
	double allowed = tui_throttle_allowed(t);

	return allowed >= 0 && value > allowed * (1 + SAME);
}

static bool
do_raise(struct tui_model *model, struct tui_dialog *dialog, struct err *err)
{
	const struct tui_throttle t = tui_throttle_read(json_object_get(dialog->state, "target"));
	json_t *params = json_incref(json_object_get(dialog->state, "params"));

	(void)err;
	tui_dialog_put_reason(dialog, params);
	send_set(model, &t, params);
	return true;
}

/* ask_raise - more than is allowed now: may be what a provider punishes. */
static void
ask_raise(struct tui_model *model, const struct tui_throttle *t, double value, json_t *params)
{
	json_t *target = target_json(t), *given = api_json_hold(params);
	char before[TUI_THROTTLE_TEXT], after[TUI_THROTTLE_TEXT], duration[UNITS_TEXT_SIZE];
	char reason[TUI_FIELD_SIZE];
	struct tui_dialog *dialog;

	snprintf(reason, sizeof reason, "%s",
	         json_object_get(params, "reason") ? api_json_get_text(params, "reason") : "");
	tui_throttle_pace(t, tui_throttle_allowed(t), before);
	tui_throttle_pace(t, value, after);
	units_format_duration(api_json_get_int(params, "for_ms", 0), duration);
	dialog = tui_dialog_open(model, t->scope, "Raise", do_raise, "Raise %s", t->scope);
	dialog->state = json_pack("{s:o, s:o}", "target", target, "params", given);
	tui_dialog_line(dialog, TUI_PLAIN, "%s now; %s for %s.", before, after, duration);
	tui_dialog_line(dialog, TUI_WARN, "More than %s allows: the provider may refuse it and "
	                "remember. The adaptive pace still slows down when it says so.",
	                t->is_set ? "was set" : "the rule");
	(void)tui_dialog_text(dialog, "reason", reason, "for the audit log");
	tui_dialog_danger(dialog);
}

static bool
do_set(struct tui_model *model, struct tui_dialog *dialog, struct err *err)
{
	json_t *target = api_json_hold(dialog->state), *params;
	const struct tui_throttle t = tui_throttle_read(target);
	int64_t for_ms;
	double value;
	bool is_good = read_value(&t, tui_dialog_value(dialog, "value"), &value, err)
	               && tui_dialog_duration(dialog, "for", &for_ms, err);

	if (is_good && (for_ms < FOR_MIN_MS || for_ms > FOR_MAX_MS)) {
		(void)err_set(err, ERR_INPUT, 0, "for 1s to 30d: what is to stay belongs into "
		              "relayd.conf");
		is_good = false;
	}
	if (is_good) {
		params = params_of(t.scope, t.limit, tui_dialog_value(dialog, "reason"));
		api_json_put_text(params, "value", tui_dialog_value(dialog, "value"));
		api_json_put_int(params, "for_ms", for_ms);
		if (is_raise(&t, value)) {
			ask_raise(model, &t, value, params);
			json_decref(params);
		} else {
			send_set(model, &t, params);
		}
	}
	json_decref(target);
	return is_good;
}

static void
ask_set(struct tui_model *model, const struct tui_throttle *t)
{
	char limit[TUI_THROTTLE_TEXT], now[TUI_THROTTLE_TEXT], allowed[TUI_THROTTLE_TEXT];
	bool is_rate = tui_throttle_kind_of(t) == TUI_THROTTLE_RATE;
	json_t *target = target_json(t);
	struct tui_dialog *dialog = tui_dialog_open(model, t->scope, "Set", do_set,
	                                            "Throttle %s: %s", t->scope,
	                                            tui_throttle_limit(t, limit));

	dialog->state = target;
	tui_throttle_pace(t, t->cap, now);
	tui_throttle_pace(t, tui_throttle_allowed(t), allowed);
	tui_dialog_line(dialog, TUI_PLAIN, "now %s (%s), allowed %s", now, t->set_by, allowed);
	tui_dialog_line(dialog, TUI_DIM, "From each address mail leaves by. Less is done at once "
	                "(U takes it back), more is asked about.");
	(void)tui_dialog_text(dialog, "value", "", is_rate ? "10/s, 90/m, 1000/h" : "a number");
	(void)tui_dialog_text(dialog, "for", FOR_DEFAULT, "then the rule counts again");
	tui_dialog_reason(dialog);
}

/* set - of the selected row, or why that one cannot be set. */
static void
set(struct tui_model *model, const struct tui_throttle *t)
{
	switch (tui_throttle_kind_of(t)) {
	case TUI_THROTTLE_CREDENTIAL:
		tui_model_say(model, TUI_WARN, "%s: a credential's own limit is changed on the "
		              "Credentials screen (7, then E)", t->scope);
		break;
	case TUI_THROTTLE_STOPPED:
	case TUI_THROTTLE_SINGLE:
	case TUI_THROTTLE_WAITING:
		tui_model_say(model, TUI_WARN, "%s: %s has no value to set; a shows its rate",
		              t->scope, t->limit);
		break;
	default:
		if (strncmp(t->scope, "site:", 5) == 0)
			tui_model_say(model, TUI_WARN, "%s: no mail goes there now", t->scope);
		else
			ask_set(model, t);
	}
}

/* ---- clear ------------------------------------------------------------------------------ */

static bool
do_clear(struct tui_model *model, struct tui_dialog *dialog, struct err *err)
{
	const struct tui_throttle t = tui_throttle_read(dialog->state);

	(void)err;
	send_clear(model, &t, tui_dialog_value(dialog, "reason"));
	return true;
}

/* ask_clear - what allows more mail than now. */
static void
ask_clear(struct tui_model *model, const struct tui_throttle *t)
{
	char before[TUI_THROTTLE_TEXT], after[TUI_THROTTLE_TEXT];
	const char *scope = t->is_set ? t->set_scope : t->scope;
	json_t *target = target_json(t);
	struct tui_dialog *dialog = tui_dialog_open(model, scope, "Clear", do_clear,
	                                            "Clear %s %s", scope, t->limit);

	dialog->state = target;
	if (t->is_set) {
		tui_throttle_pace(t, t->set_value, before);
		tui_throttle_pace(t, t->rule, after);
		tui_dialog_line(dialog, TUI_PLAIN, "%s, set by hand -> %s, by the rule.", before,
		                after);
		if (t->set_reason[0])
			tui_dialog_line(dialog, TUI_DIM, "It was set because: %s", t->set_reason);
		tui_dialog_line(dialog, TUI_PLAIN, "U takes it back within 30 s, to the same end.");
	} else {
		tui_dialog_line(dialog, TUI_PLAIN, "%s: mail goes there again at once.", t->set_by);
		if (t->cause[0])
			tui_dialog_line(dialog, TUI_DIM, "It was stopped because: %s", t->cause);
		tui_dialog_line(dialog, TUI_WARN, "This cannot be undone; the rule acts again when "
		                "its replies come again.");
	}
	tui_dialog_reason(dialog);
	tui_dialog_danger(dialog);
}

static void
clear(struct tui_model *model, const struct tui_throttle *t)
{
	enum tui_throttle_kind kind = tui_throttle_kind_of(t);
	bool is_stop = kind == TUI_THROTTLE_STOPPED || kind == TUI_THROTTLE_SINGLE;

	if (is_stop || (t->is_set && (t->rule < 0 || t->rule > t->set_value)))
		ask_clear(model, t);
	else if (t->is_set) /* more was allowed than the rule does: less is mild */
		send_clear(model, t, "");
	else if (kind == TUI_THROTTLE_WAITING)
		tui_model_say(model, TUI_WARN, "nobody set that: %s%s%s",
		              strcmp(t->limit, "backoff") == 0 ? "it asked us to wait"
		                                              : "it cannot be reached",
		              t->undo[0] ? "; to ask now: " : "", t->undo);
	else
		tui_model_say(model, TUI_WARN, "nobody set that: %s",
		              kind == TUI_THROTTLE_CREDENTIAL
		                      ? "it is the credential's own limit"
		              : strcmp(t->set_by, "auto") == 0
		                      ? "the pace adapts by itself; T sets a limit for a while"
		                      : "it is relayd.conf's; T sets another for a while");
}

/* ---- keys ---------------------------------------------------------------------------------- */

bool
tui_throttle_act(struct tui_model *model, enum tui_act what)
{
	const json_t *row = tui_listing_selected(model);
	struct tui_throttle t;

	if (what != TUI_ACT_THROTTLE && what != TUI_ACT_CLEAR)
		return false;
	if (!row) {
		tui_model_say(model, TUI_WARN, tui_listing_shown(model)->list.is_gone
		              ? "it is over: nothing was changed" : "no limit is selected");
		return true;
	}
	t = tui_throttle_read(row);
	if (what == TUI_ACT_THROTTLE)
		set(model, &t);
	else
		clear(model, &t);
	return true;
}

static void
take_provider(struct tui_model *model, const struct tui_request *request, const json_t *result,
              const struct api_error *error)
{
	const json_t *row;
	size_t i;

	if (error) {
		tui_model_say_error(model, "throttle", error);
		return;
	}
	json_array_foreach(json_object_get(result, "items"), i, row) {
		const struct tui_throttle t = tui_throttle_read(row);

		if (tui_throttle_kind_of(&t) == TUI_THROTTLE_RATE && !model->dialog.is_open) {
			ask_set(model, &t);
			return;
		}
	}
	if (!model->dialog.is_open) /* nobody limits its rate, and it never said "slower" */
		ask_set(model, &(struct tui_throttle){ .scope = request->key, .limit = "rate",
		                                       .set_by = "nobody limits it", .cap = -1,
		                                       .rule = -1, .set_value = -1 });
}

void
tui_throttle_provider(struct tui_model *model, const char *provider)
{
	char scope[TUI_KEY_MAX];

	snprintf(scope, sizeof scope, "provider:%s", provider);
	tui_model_request(model, "throttle.show", params_of(scope, NULL, NULL), scope,
	                  take_provider);
}
