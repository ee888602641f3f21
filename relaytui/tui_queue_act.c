/* tui_queue_act.c - see tui_queue_act.h. */
#include "tui_queue_act.h"

#include <stdio.h>
#include <string.h>

#include "api/api_format.h"
#include "api/api_json.h"
#include "base/units.h"

#define GRACE_MS 10000     /* more than BOUNCE_MANY are held so long before they bounce */
#define BOUNCE_MANY 100    /* up to here: asked about; above: its name is typed */

/* ---- hold, release, flush -------------------------------------------------------- */

static const struct verb {
	enum tui_act act;
	const char *word, *done, *method, *undo_method, *undone;
} verbs[] = {
	{ TUI_ACT_HOLD, "hold", "held", "queue.hold", "queue.release", "released" },
	{ TUI_ACT_RELEASE, "release", "released", "queue.release", "queue.hold", "held" },
	{ TUI_ACT_FLUSH, "flush", "flushed", "queue.flush", NULL, "" },
};

static json_t *
params_of(const char *queue, int64_t generation)
{
	json_t *params = json_object();

	api_json_put_text(params, "match", queue);
	if (generation > 0)
		api_json_put_int(params, "generation", generation);
	return params;
}

/* is_held - as it is on the screen. */
static bool
is_held(const struct tui_model *model, const char *queue)
{
	const json_t *row = tui_listing_row(model, queue);
	const char *state = api_json_get_text(row, "state");

	return state && strncmp(state, "HELD", 4) == 0;
}

/* add - what was so already is not undone: a hold of before would be lost, or one made. */
static void
add(const struct tui_model *model, struct tui_change *change, const char *queue,
    int64_t generation)
{
	bool is_hold = strcmp(change->word, "hold") == 0;
	json_t *undo = NULL;

	if (change->undo_method && is_held(model, queue) != is_hold) {
		undo = params_of(queue, generation);
		api_json_put_text(undo, "reason", "undone in relaytui");
	}
	tui_change_order(change, queue, params_of(queue, generation), undo);
}

static void
change_queues(struct tui_model *model, const struct verb *verb, const struct tui_marks *queues)
{
	struct tui_change *change =
		tui_change_begin(model, verb->word, verb->done, verb->method);

	if (!change)
		return;
	change->undo_method = verb->undo_method;
	snprintf(change->undone, sizeof change->undone, "%s", verb->undone);
	snprintf(change->many, sizeof change->many, "queues");
	snprintf(change->cli, sizeof change->cli, "queue %s %s", verb->word,
	         queues->count == 1 ? queues->key[0] : "QUEUE ...");
	for (size_t i = 0; i < queues->count; i++)
		add(model, change, queues->key[i], queues->generation[i]);
	tui_change_send(model);
}

static void
change_marked(struct tui_model *model, const struct verb *verb)
{
	struct tui_marks *marks = &tui_listing_of(model)->marks;

	if (!model->change.waiting)
		change_queues(model, verb, marks);
	if (model->change.waiting) /* sent, or refused since another is under way */
		marks->count = 0;
}

static bool
hold_marked(struct tui_model *model, const char *text, struct err *err)
{
	(void)text, (void)err;
	change_marked(model, &verbs[0]);
	return true;
}

static bool
release_marked(struct tui_model *model, const char *text, struct err *err)
{
	(void)text, (void)err;
	change_marked(model, &verbs[1]);
	return true;
}

static bool
flush_marked(struct tui_model *model, const char *text, struct err *err)
{
	(void)text, (void)err;
	change_marked(model, &verbs[2]);
	return true;
}

/* selected_queue - NULL: said why there is none. */
static const json_t *
selected_queue(struct tui_model *model)
{
	const struct tui_listing *listing = tui_listing_shown(model);
	const json_t *row = tui_listing_selected(model);

	if (!row && listing->list.is_gone)
		tui_model_say(model, TUI_WARN, "%s is empty now: nothing was changed",
		              listing->list.key);
	else if (!row)
		tui_model_say(model, TUI_WARN, "no queue is selected");
	return row;
}

static void
change_one(struct tui_model *model, const struct verb *verb)
{
	const json_t *row = selected_queue(model);
	struct tui_marks one = { .count = 1 };

	if (!row)
		return;
	snprintf(one.key[0], sizeof one.key[0], "%s", tui_listing_key(model));
	one.generation[0] = api_json_get_int(row, "generation", 0);
	change_queues(model, verb, &one);
}

static void
change(struct tui_model *model, size_t verb)
{
	static const tui_prompt_fn marked[] = { hold_marked, release_marked, flush_marked };
	size_t count = tui_listing_shown(model)->marks.count;
	char question[160];

	if (count == 0 && tui_listing_shown(model)->has_lost_marks) {
		tui_model_say(model, TUI_WARN, "the marked queues are gone: nothing was changed; "
		              "again for the selected one");
		tui_listing_of(model)->has_lost_marks = false;
		return;
	}
	if (count == 0) {
		change_one(model, &verbs[verb]);
		return;
	}
	snprintf(question, sizeof question, "%s %zu marked queues? y yes, any other key no",
	         verbs[verb].word, count);
	tui_prompt_ask_key(&model->prompt, question, "y", marked[verb]);
}

/* ---- bounce ----------------------------------------------------------------------- */

static void
say_pending(struct tui_model *model, const char *object, const json_t *result)
{
	(void)object;
	if (api_json_get_text(result, "pending"))
		snprintf(model->change.done, sizeof model->change.done,
		         "bounces in 10 s, unless R releases it:");
}

static bool
do_bounce(struct tui_model *model, struct tui_dialog *dialog, struct err *err)
{
	const char *reason = tui_dialog_value(dialog, "reason");
	struct tui_change *change;
	json_t *params;

	if (reason[0] == '\0') {
		(void)err_set(err, ERR_INPUT, 0, "say why: its senders read it");
		return false;
	}
	change = tui_change_begin(model, "bounce", "bounced", "queue.bounce");
	if (!change)
		return true;
	change->answered = say_pending;
	snprintf(change->cli, sizeof change->cli, "queue bounce %s --reason ...", dialog->object);
	params = params_of(dialog->object, dialog->generation);
	api_json_put_text(params, "reason", reason);
	api_json_put_int(params, "count", dialog->number);
	api_json_put_int(params, "grace_ms", dialog->number > BOUNCE_MANY ? GRACE_MS : 0);
	tui_change_order(change, dialog->object, params, NULL);
	tui_change_send(model);
	return true;
}

/* counted - "3,377 messages (oldest 4m10s) from 2 credentials" */
static void
say_count(struct tui_dialog *dialog, const struct tui_model *model, const json_t *survey)
{
	char messages[UNITS_NOUN_SIZE], credentials[UNITS_NOUN_SIZE], age[API_FORMAT_SIZE];

	api_format_age(api_json_get_time(survey, "oldest_at"), model->now_unix_ms, age);
	tui_dialog_line(dialog, TUI_PLAIN, "%s (oldest %s) from %s%s",
	                units_format_noun(dialog->number, "message", messages), age,
	                json_is_true(json_object_get(survey, "at_least")) ? "at least " : "",
	                units_format_noun((int64_t)json_array_size(
						  json_object_get(survey, "credentials")),
	                                  "credential", credentials));
}

static void
ask_bounce(struct tui_model *model, const struct tui_request *request, const json_t *result,
           const struct api_error *error)
{
	char notices[UNITS_NOUN_SIZE], senders[UNITS_NOUN_SIZE];
	struct tui_dialog *dialog;
	int64_t count = api_json_get_int(result, "affected", 0);

	if (error) {
		tui_model_say_error(model, "bounce", error);
		return;
	}
	if (count == 0) {
		tui_model_say(model, TUI_WARN, "%s is empty now: nothing to bounce", request->key);
		return;
	}
	if (tui_model_is_elsewhere(model, request))
		return;
	dialog = tui_dialog_open(model, request->key, "Bounce", do_bounce, "Bounce %s",
	                         request->key);
	dialog->number = count;
	dialog->generation = request->number;
	say_count(dialog, model, result);
	tui_dialog_line(dialog, TUI_PLAIN, "are given up; %s to %s. This cannot be undone.",
	                units_format_noun(api_json_get_int(result, "notices", 0), "bounce notice",
	                                  notices),
	                units_format_noun(api_json_get_int(result, "senders", 0), "sender",
	                                  senders));
	(void)tui_dialog_text(dialog, "reason", "", "its senders read it");
	if (count > BOUNCE_MANY) {
		tui_dialog_line(dialog, TUI_PLAIN, "It is held 10 s before: R releases it.");
		tui_dialog_name(dialog);
	} else {
		tui_dialog_danger(dialog);
	}
}

/* ---- move ---------------------------------------------------------------------------- */

static bool
do_move(struct tui_model *model, struct tui_dialog *dialog, struct err *err)
{
	const char *pool = tui_dialog_value(dialog, "to pool");
	struct tui_change *change;
	json_t *params;

	if (pool[0] == '\0') {
		(void)err_set(err, ERR_INPUT, 0, "name a pool of the Pools screen, or default");
		return false;
	}
	change = tui_change_begin(model, "move", "moved", "queue.move");
	if (!change)
		return true;
	snprintf(change->cli, sizeof change->cli, "queue move %s --pool %s", dialog->object, pool);
	params = params_of(dialog->object, dialog->generation);
	api_json_put_text(params, "pool", pool);
	api_json_put_int(params, "count", dialog->number);
	tui_dialog_put_reason(dialog, params);
	tui_change_order(change, dialog->object, params, NULL);
	tui_change_send(model);
	return true;
}

static void
ask_move(struct tui_model *model, const struct tui_request *request, const json_t *result,
         const struct api_error *error)
{
	struct tui_dialog *dialog;

	if (error) {
		tui_model_say_error(model, "move", error);
		return;
	}
	if (tui_model_is_elsewhere(model, request))
		return;
	dialog = tui_dialog_open(model, request->key, "Move", do_move, "Move %s", request->key);
	dialog->number = api_json_get_int(result, "affected", 0);
	dialog->generation = request->number;
	say_count(dialog, model, result);
	tui_dialog_line(dialog, TUI_PLAIN,
	                "leave by another pool's addresses; mail that comes later does not.");
	(void)tui_dialog_text(dialog, "to pool", "", NULL);
	tui_dialog_reason(dialog);
}

/* survey - what would be touched, as the daemon counts it now. */
static void
survey(struct tui_model *model, const char *method, const char *pool, tui_answer_fn answered)
{
	const json_t *row = selected_queue(model);
	int64_t generation = api_json_get_int(row, "generation", 0);
	json_t *params;

	if (!row)
		return;
	params = params_of(tui_listing_key(model), generation);
	api_json_put_bool(params, "dry_run", true);
	if (pool)
		api_json_put_text(params, "pool", pool);
	else
		api_json_put_text(params, "reason", "counted");
	tui_model_request(model, method, params, tui_listing_key(model), answered)->number =
		generation;
}

bool
tui_queue_act(struct tui_model *model, enum tui_act what)
{
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (verbs[i].act == what) {
			change(model, i);
			return true;
		}
	if (what == TUI_ACT_BOUNCE)
		survey(model, "queue.bounce", NULL, ask_bounce);
	else if (what == TUI_ACT_MOVE)
		survey(model, "queue.move", "default", ask_move);
	else
		return false;
	return true;
}
