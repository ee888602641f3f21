/* tui_message_act.c - see tui_message_act.h. */
#include "tui_message_act.h"

#include <stdio.h>

#include "api/api_format.h"
#include "api/api_json.h"
#include "base/units.h"
#include "tui_model.h"

#define GRACE_MS 10000   /* more than END_MANY are held so long before it is done */
#define END_MANY 100     /* up to here: asked about; above: its id is typed */

static json_t *
params_of(const char *id)
{
	json_t *params = json_object(), *ids = json_array();

	json_array_append_new(ids, api_json_string(span_of(id)));
	api_json_put(params, "ids", ids);
	return params;
}

/* see_again - what was done to it shows at once. */
static void
see_again(struct tui_model *model, const char *object, const json_t *result)
{
	(void)object, (void)result;
	model->message.is_due = true;
}

/* ---- at once: try now, hold, release ---------------------------------------------- */

static const struct verb {
	enum tui_act act;
	const char *word, *done, *method, *undo_method, *undone;
} verbs[] = {
	{ TUI_ACT_FLUSH, "retry", "made due", "message.retry", NULL, "" },
	{ TUI_ACT_HOLD, "hold", "held", "message.hold", "message.release", "released" },
	{ TUI_ACT_RELEASE, "release", "released", "message.release", "message.hold", "held" },
};

static void
change(struct tui_model *model, const struct verb *verb)
{
	const char *id = model->message.id;
	struct tui_change *change =
		tui_change_begin(model, verb->word, verb->done, verb->method);
	json_t *undo = NULL;

	if (!change)
		return;
	change->undo_method = verb->undo_method;
	change->answered = see_again;
	snprintf(change->undone, sizeof change->undone, "%s", verb->undone);
	snprintf(change->cli, sizeof change->cli, "message %s %s", verb->word, id);
	if (verb->undo_method) {
		undo = params_of(id);
		api_json_put_text(undo, "reason", "undone in relaytui");
	}
	tui_change_order(change, id, params_of(id), undo);
	tui_change_send(model);
}

/* ---- asked about: bounce, cancel --------------------------------------------------- */

static const struct ending {
	enum tui_act act;
	const char *word, *button, *done, *method;
	bool is_told;      /* its sender gets a bounce */
} endings[] = {
	{ TUI_ACT_BOUNCE, "bounce", "Bounce", "bounced", "message.bounce", true },
	{ TUI_ACT_REMOVE, "cancel", "Cancel it", "cancelled", "message.cancel",
	  false },
};

static const struct ending *
ending_of(const char *button)
{
	return button == endings[0].button ? &endings[0] : &endings[1];
}

static void
say_pending(struct tui_model *model, const char *object, const json_t *result)
{
	see_again(model, object, result);
	if (api_json_get_text(result, "pending"))
		snprintf(model->change.done, sizeof model->change.done,
		         "in 10 s, unless R releases it:");
}

static bool
do_end(struct tui_model *model, struct tui_dialog *dialog, struct err *err)
{
	const struct ending *ending = ending_of(dialog->button);
	struct tui_change *change;
	json_t *params;

	if (ending->is_told && !tui_dialog_value(dialog, "reason")[0]) {
		(void)err_set(err, ERR_INPUT, 0, "say why: its sender reads it");
		return false;
	}
	change = tui_change_begin(model, ending->word, ending->done, ending->method);
	if (!change)
		return true;
	change->answered = say_pending;
	snprintf(change->cli, sizeof change->cli, "message %s %s --reason ...", ending->word,
	         dialog->object);
	params = params_of(dialog->object);
	tui_dialog_put_reason(dialog, params);
	api_json_put_int(params, "count", dialog->number);
	api_json_put_int(params, "grace_ms", dialog->number > END_MANY ? GRACE_MS : 0);
	tui_change_order(change, dialog->object, params, NULL);
	tui_change_send(model);
	return true;
}

static void
open_dialog(struct tui_model *model, const struct ending *ending, const char *id, int64_t count)
{
	struct tui_dialog *dialog = tui_dialog_open(model, id, ending->button, do_end, "%s %s",
	                                            ending->is_told ? "Bounce" : "Cancel", id);
	char recipients[UNITS_NOUN_SIZE];

	dialog->number = count;
	tui_dialog_line(dialog, TUI_PLAIN, "%s of %s still %s.",
	                units_format_noun(count, "recipient", recipients),
	                tui_message_fact(model, "sender")[0] ? tui_message_fact(model, "sender")
	                                                     : "the empty sender",
	                count == 1 ? "waits" : "wait");
	tui_dialog_line(dialog, TUI_PLAIN, ending->is_told
	                ? "They are given up; the sender gets a bounce. This cannot be undone."
	                : "They are given up and nobody is told. This cannot be undone.");
	if (ending->is_told)
		(void)tui_dialog_text(dialog, "reason", "", "its sender reads it");
	else
		tui_dialog_reason(dialog);
	if (count > END_MANY) {
		tui_dialog_line(dialog, TUI_PLAIN, "It is held 10 s before: R releases it.");
		tui_dialog_name(dialog);
	} else {
		tui_dialog_danger(dialog);
	}
}

static void
ask_end(struct tui_model *model, const struct tui_request *request, const json_t *result,
        const struct api_error *error)
{
	const struct ending *ending = &endings[0];
	int64_t count = api_json_get_int(result, "affected", 0);

	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
		if (endings[i].method == request->method)
			ending = &endings[i];
	if (error)
		tui_model_say_error(model, ending->word, error);
	else if (tui_model_is_elsewhere(model, request)
	         || strcmp(request->key, model->message.id) != 0)
		return;
	else if (count == 0)
		tui_model_say(model, TUI_WARN, "nothing of %s waits any more: nothing to %s",
		              request->key, ending->word);
	else
		open_dialog(model, ending, request->key, count);
}

static void
survey(struct tui_model *model, const struct ending *ending)
{
	json_t *params = params_of(model->message.id);

	api_json_put_bool(params, "dry_run", true);
	(void)tui_model_request(model, ending->method, params, model->message.id, ask_end);
}

bool
tui_message_act(struct tui_model *model, enum tui_act what)
{
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (verbs[i].act == what) {
			change(model, &verbs[i]);
			return true;
		}
	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
		if (endings[i].act == what) {
			survey(model, &endings[i]);
			return true;
		}
	return false;
}
