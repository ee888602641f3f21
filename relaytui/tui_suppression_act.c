/* tui_suppression_act.c - see tui_suppression_act.h. */
#include "tui_suppression_act.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/api_format.h"
#include "api/api_json.h"
#include "api/api_term.h"
#include "base/clock.h"
#include "base/units.h"
#include "tui_palette.h"
#include "tui_suppression.h"

#define REMOVE_MANY 100 /* up to here: asked about; above: the filter is typed */
#define SHOWN 3         /* of them, in the dialog */
#define UNDONE "undone in relaytui"

/* ---- add ------------------------------------------------------------------------------ */

static const char *const causes[] = { "manual", "unsubscribe", "complaint", "hard_bounce", NULL };

/* say_kept - an entry as strong was there: nothing came that an undo could take away. */
static void
say_kept(struct tui_model *model, const char *object, const json_t *result)
{
	struct tui_change *change = &model->change;

	(void)object;
	if (change->is_undo || api_json_get_int(result, "affected", 1) > 0)
		return;
	change->undo_method = NULL;
	snprintf(change->done, sizeof change->done, "nothing: already on the list:");
}

static json_t *
remove_params(const char *address, const char *scope, const char *reason)
{
	json_t *params = json_object();

	api_json_put_text(params, "address", address);
	api_json_put_text(params, "scope", scope[0] ? scope : "everywhere");
	api_json_put_text(params, "reason", reason);
	return params;
}

static bool
do_add(struct tui_model *model, struct tui_dialog *dialog, struct err *err)
{
	const char *address = tui_dialog_value(dialog, "address");
	const char *scope = tui_dialog_value(dialog, "scope");
	const char *cause = tui_dialog_value(dialog, "cause");
	const char *until = tui_dialog_value(dialog, "for");
	struct tui_change *change;
	json_t *params;
	int64_t for_ms;

	if (strchr(address, '@') == NULL) {
		(void)err_set(err, ERR_INPUT, 0, "an address, or *@domain for everybody there");
		return false;
	}
	if (!tui_dialog_duration(dialog, "for", &for_ms, err))
		return false;
	change = tui_change_begin(model, "add", "added", "suppression.add");
	if (!change)
		return true;
	change->answered = say_kept;
	change->undo_method = "suppression.remove";
	snprintf(change->undone, sizeof change->undone, "removed");
	change->noun = NULL;
	snprintf(change->cli, sizeof change->cli,
	         "suppression add %.120s --cause %s%s%.80s%s%.20s --reason ...", address, cause,
	         scope[0] ? " --scope " : "", scope, for_ms ? " --for " : "", for_ms ? until : "");
	params = json_object();
	api_json_put_text(params, "address", address);
	api_json_put_text(params, "cause", cause);
	if (scope[0])
		api_json_put_text(params, "scope", scope);
	if (for_ms)
		api_json_put_int(params, "for_ms", for_ms);
	tui_dialog_put_reason(dialog, params);
	tui_change_order(change, address, params, remove_params(address, scope, UNDONE));
	tui_change_send(model);
	return true;
}

static void
ask_add(struct tui_model *model)
{
	struct tui_dialog *dialog =
		tui_dialog_open(model, "", "Add", do_add, "Add to the suppression list");

	tui_dialog_line(dialog, TUI_PLAIN, "No mail is sent to it from then on; what waits for it");
	tui_dialog_line(dialog, TUI_PLAIN, "leaves the queue untried.");
	(void)tui_dialog_text(dialog, "address", "", "or *@domain");
	(void)tui_dialog_choice(dialog, "cause", causes, 0);
	(void)tui_dialog_text(dialog, "scope", "", "domain:NAME, cred:NAME; empty: all");
	(void)tui_dialog_text(dialog, "for", "", "30d; empty: without an end");
	tui_dialog_reason(dialog);
}

/* ---- remove one -------------------------------------------------------------------------- */

static bool
wants_reason(const struct tui_dialog *dialog, struct err *err)
{
	if (tui_dialog_value(dialog, "reason")[0])
		return true;
	(void)err_set(err, ERR_INPUT, 0, "say why: mail is sent there again");
	return false;
}

/* put_back - the entry as it was, with its evidence, as an import of one. */
static json_t *
put_back(const json_t *row)
{
	static const char *const kept[] = { "address", "scope",   "since_at", "ends_at", "detail",
		                            "message", "provider", "code",    "reply" };
	json_t *params = json_object(), *entries = json_array(), *entry = json_object();

	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
		api_json_put(entry, kept[i], api_json_hold(json_object_get(row, kept[i])));
	api_json_put(entry, "cause", api_json_hold(json_object_get(row, "reason")));
	json_array_append_new(entries, entry);
	api_json_put(params, "entries", entries);
	api_json_put_text(params, "reason", UNDONE);
	return params;
}

static bool
do_remove(struct tui_model *model, struct tui_dialog *dialog, struct err *err)
{
	const struct tui_suppression entry = tui_suppression_read(dialog->state);
	struct tui_change *change;

	if (!wants_reason(dialog, err))
		return false;
	change = tui_change_begin(model, "remove", "removed", "suppression.remove");
	if (!change)
		return true;
	change->undo_method = "suppression.import";
	snprintf(change->undone, sizeof change->undone, "put back");
	change->noun = NULL;
	snprintf(change->cli, sizeof change->cli,
	         "suppression remove %.160s --scope %.80s --reason ...", entry.address,
	         entry.scope);
	tui_change_order(change, entry.address,
	                 remove_params(entry.address, entry.scope,
	                               tui_dialog_value(dialog, "reason")),
	                 put_back(dialog->state));
	tui_change_send(model);
	return true;
}

static void
ask_remove(struct tui_model *model)
{
	const struct tui_listing *listing = tui_listing_shown(model);
	const json_t *row = tui_listing_selected(model);
	const struct tui_suppression entry = tui_suppression_read(row);
	char reason[TUI_SUPPRESSION_REASON], since[API_FORMAT_SIZE];
	struct tui_dialog *dialog;

	if (!row) {
		tui_model_say(model, TUI_WARN, "%s", listing->list.is_gone
		              ? "the entry is not on the list any more: nothing was changed"
		              : "no entry is selected");
		return;
	}
	tui_suppression_reason(&entry, reason);
	api_format_time(entry.since_unix_ms, model->now_unix_ms, false, since);
	dialog = tui_dialog_open(model, entry.address, "Remove", do_remove, "Remove %s",
	                         entry.address);
	dialog->state = api_json_hold(row);
	tui_dialog_line(dialog, TUI_PLAIN, "%s since %s, for mail of: %s", reason, since,
	                strcmp(entry.scope, "everywhere") == 0 ? "all" : entry.scope);
	if (tui_suppression_evidence(&entry)[0])
		tui_dialog_line(dialog, TUI_PLAIN, "%s", tui_suppression_evidence(&entry));
	if (strcmp(entry.reason, "complaint") == 0 || strcmp(entry.reason, "unsubscribe") == 0)
		tui_dialog_line(dialog, TUI_WARN, "They asked for no more mail themselves.");
	tui_dialog_line(dialog, TUI_PLAIN, "Mail to it is sent again from then on.");
	tui_dialog_reason(dialog);
	tui_dialog_danger(dialog);
}

/* ---- remove all that the filter shows -------------------------------------------------- */

static bool
do_remove_all(struct tui_model *model, struct tui_dialog *dialog, struct err *err)
{
	struct tui_change *change;
	json_t *params;

	if (!wants_reason(dialog, err))
		return false;
	change = tui_change_begin(model, "remove", "removed all like", "suppression.remove");
	if (!change)
		return true;
	change->noun = "suppression";
	snprintf(change->cli, sizeof change->cli,
	         "suppression remove --match \"%.200s\" --reason ...",
	         json_string_value(dialog->state));
	params = json_object();
	api_json_put_text(params, "match", json_string_value(dialog->state));
	tui_dialog_put_reason(dialog, params);
	tui_change_order(change, dialog->object, params, NULL);
	tui_change_send(model);
	return true;
}

/* match_until - only what is on the list when it is counted: nobody said yes to removing
 * what bounces while the dialog is open. New reference. */
static json_t *
match_until(const char *filter, int64_t counted_unix_ms)
{
	char at[CLOCK_RFC3339_SIZE];
	struct buf match;
	json_t *text;

	buf_init(&match, 2 * TUI_KEY_MAX);
	api_terms_put_utc(span_of(filter), counted_unix_ms, false, &match);
	if (!strstr(filter, "until:")) {
		clock_format_rfc3339(counted_unix_ms, at);
		(void)buf_printf(&match, " until:%.19sZ", at);
	}
	text = api_json_string(buf_span(&match));
	buf_deinit(&match);
	return text;
}

/* say_causes - "90 hard bounce, 12 complaint" */
static void
say_causes(struct tui_dialog *dialog, json_t *counts)
{
	char text[200] = "", count[UNITS_TEXT_SIZE];
	const char *cause;
	json_t *value;
	size_t n = 0;

	json_object_foreach(counts, cause, value) {
		units_format_count((uint64_t)json_integer_value(value), count);
		if (n < sizeof text)
			n += (size_t)snprintf(text + n, sizeof text - n, "%s%s %.32s",
			                      n ? ", " : "", count, cause);
	}
	tui_dialog_line(dialog, TUI_PLAIN, "%s", text);
	if (json_object_get(counts, "complaint") || json_object_get(counts, "unsubscribe"))
		tui_dialog_line(dialog, TUI_WARN, "Some asked for no more mail themselves.");
}

static void
ask_remove_counted(struct tui_model *model, const struct tui_request *request,
                   const json_t *result, const struct api_error *error)
{
	int64_t count = api_json_get_int(result, "affected", 0);
	json_t *entries = json_object_get(result, "entries"), *entry;
	char noun[UNITS_NOUN_SIZE];
	struct tui_dialog *dialog;
	size_t i;

	if (error) {
		tui_model_say_error(model, "remove", error);
		return;
	}
	if (tui_model_is_elsewhere(model, request))
		return;
	dialog = tui_dialog_open(model, request->key, "Remove all", do_remove_all,
	                         "Remove all like %s", request->key);
	dialog->state = match_until(request->key, request->number);
	tui_dialog_line(dialog, TUI_TITLE, "%s %s removed. This cannot be undone.",
	                units_format_noun(count, "suppression", noun),
	                count == 1 ? "is" : "are");
	say_causes(dialog, json_object_get(result, "causes"));
	json_array_foreach(entries, i, entry) {
		const struct tui_suppression one = tui_suppression_read(entry);

		if (i < SHOWN)
			tui_dialog_line(dialog, TUI_DIM, "%s  %s", one.address,
			                tui_suppression_evidence(&one));
	}
	tui_dialog_line(dialog, TUI_PLAIN, "Mail to them is sent again from then on.");
	tui_dialog_reason(dialog);
	if (count > REMOVE_MANY)
		tui_dialog_name(dialog);
	else
		tui_dialog_danger(dialog);
}

/* which - of the prompt: o this one, a all like the filter. */
static bool
which(struct tui_model *model, const char *text, struct err *err)
{
	const char *filter = tui_listing_shown(model)->filter;
	int64_t now_unix_ms = model->now_unix_ms + 1000; /* terms know whole seconds */
	json_t *params;

	(void)err;
	if (text[0] != 'a') {
		ask_remove(model);
		return true;
	}
	params = json_object();
	api_json_put(params, "match", match_until(filter, now_unix_ms));
	api_json_put_bool(params, "dry_run", true);
	tui_model_request(model, "suppression.remove", params, filter, ask_remove_counted)
		->number = now_unix_ms;
	tui_model_say(model, TUI_PLAIN, "counting what %s is like ...", filter);
	return true;
}

static void
remove_some(struct tui_model *model)
{
	const struct tui_listing *listing = tui_listing_shown(model);
	char question[160], count[UNITS_TEXT_SIZE];

	if (listing->filter[0] == '\0' || tui_listing_total(model) < 2) {
		ask_remove(model);
		return;
	}
	units_format_count(tui_listing_total(model), count);
	snprintf(question, sizeof question,
	         "remove: o the selected one, a all %s like \"%.60s\"; any other key none", count,
	         listing->filter);
	tui_prompt_ask_key(&model->prompt, question, "oa", which);
}

bool
tui_suppression_act(struct tui_model *model, enum tui_act what)
{
	if (what == TUI_ACT_NEW)
		ask_add(model);
	else if (what == TUI_ACT_REMOVE)
		remove_some(model);
	else if (what == TUI_ACT_IMPORT)
		tui_palette_open(model, "suppression import "); /* and the file's name */
	else
		return false;
	return true;
}
