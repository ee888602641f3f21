/* tui_change.c - see tui_change.h. */
#include "tui_change.h"

#include <stdio.h>
#include <string.h>

#include "api/api_delta.h"
#include "api/api_format.h"
#include "api/api_json.h"
#include "base/units.h"
#include "tui_model.h"

void
tui_change_deinit(struct tui_change *change)
{
	for (size_t i = 0; i < change->orders; i++) {
		json_decref(change->order[i].params);
		json_decref(change->order[i].undo);
	}
	*change = (struct tui_change){ .orders = 0 };
}

struct tui_change *
tui_change_begin(struct tui_model *model, const char *word, const char *done, const char *method)
{
	struct tui_change *change = &model->change;

	if (change->waiting || tui_model_refusal(model)) {
		tui_model_say(model, TUI_WARN, "%s", change->waiting
		              ? "wait: relayd has not answered the last one yet"
		              : tui_model_refusal(model));
		return NULL;
	}
	tui_change_deinit(change);
	snprintf(change->word, sizeof change->word, "%s", word);
	snprintf(change->done, sizeof change->done, "%s", done);
	change->method = method;
	change->screen = model->screen;
	change->noun = "recipient";
	return change;
}

void
tui_change_order(struct tui_change *change, const char *object, json_t *params, json_t *undo)
{
	struct tui_order *order = &change->order[change->orders];

	if (change->orders == TUI_ORDERS_MAX) { /* as many as can be marked */
		json_decref(params);
		json_decref(undo);
		return;
	}
	change->orders++;
	snprintf(order->object, sizeof order->object, "%s", object);
	order->params = params;
	order->undo = undo;
}

/* ---- answers ------------------------------------------------------------------- */

static bool
can_be_undone(const struct tui_change *change)
{
	for (size_t i = 0; i < change->orders; i++)
		if (change->undo_method && change->order[i].undo && change->order[i].is_done)
			return true;
	return false;
}

static void
say_done(struct tui_model *model)
{
	struct tui_change *change = &model->change;
	char count[UNITS_NOUN_SIZE + 2] = "", noun[UNITS_NOUN_SIZE], at[API_FORMAT_SIZE],
		what[TUI_KEY_MAX + 32];
	const char *user = model->status.user;

	if (change->affected >= 0 && change->noun)
		snprintf(count, sizeof count, ", %s",
		         units_format_noun(change->affected, change->noun, noun));
	api_format_clock(model->now_unix_ms, false, false, at);
	if (change->orders == 1)
		snprintf(what, sizeof what, "%s", change->order[0].object);
	else
		snprintf(what, sizeof what, "%zu %s", change->orders, change->many);
	change->can_undo = !change->is_undo && can_be_undone(change);
	change->undo_until_mono_ms = model->now_mono_ms + TUI_UNDO_MS;
	tui_model_say(model, TUI_PLAIN, "last action: %s%s %s%s (%s%s%s)%s%s",
	              change->is_undo ? "undone: " : "", change->done, what, count, at,
	              user[0] ? ", " : "", user, change->cli[0] ? " = relaycli " : "",
	              change->cli);
}

static struct tui_order *
order_of(struct tui_change *change, const char *object)
{
	for (size_t i = 0; i < change->orders; i++)
		if (!change->order[i].is_answered && strcmp(change->order[i].object, object) == 0)
			return &change->order[i];
	return NULL;
}

/* note_refusal - the first one is what the person has to read, once all answered. */
static void
note_refusal(struct tui_change *change, const char *object, const struct api_error *error)
{
	if (change->refusal[0])
		return;
	if (error->kind == API_ERROR_CHANGED)
		snprintf(change->refusal, sizeof change->refusal, "%s changed since you looked: "
		         "nothing done; look again and repeat", object);
	else
		snprintf(change->refusal, sizeof change->refusal, "%s %.255s: %.200s%s%.120s",
		         change->word, object, error->message, error->hint[0] ? "; " : "",
		         error->hint);
}

static void
say_refused(struct tui_model *model)
{
	struct tui_change *change = &model->change;

	if (change->done_count)
		tui_model_say(model, TUI_BAD, "%zu of %zu %s %s; %s", change->done_count,
		              change->orders, change->many, change->done, change->refusal);
	else
		tui_model_say(model, TUI_BAD, "%s", change->refusal);
	change->can_undo = !change->is_undo && can_be_undone(change);
	change->undo_until_mono_ms = model->now_mono_ms + TUI_UNDO_MS;
}

static void
answered(struct tui_model *model, const struct tui_request *request, const json_t *result,
         const struct api_error *error)
{
	struct tui_change *change = &model->change;
	struct tui_order *order = order_of(change, request->key);

	if (change->waiting == 0 || !order || request->number != change->serial)
		return; /* given up when the connection went, or of an act before */
	change->waiting--;
	order->is_answered = true;
	if (error) {
		note_refusal(change, request->key, error);
	} else {
		order->is_done = true;
		if (!json_object_get(result, "affected"))
			change->affected = -1;
		else if (change->affected >= 0)
			change->affected += api_json_get_int(result, "affected", 0);
		change->done_count++;
		model->changed_mono_ms = model->now_mono_ms;
		if (change->answered)
			change->answered(model, request->key, result);
	}
	if (change->waiting == 0 && change->refusal[0])
		say_refused(model);
	else if (change->waiting == 0)
		say_done(model);
}

void
tui_change_send(struct tui_model *model)
{
	struct tui_change *change = &model->change;

	change->serial = ++model->change_serial;
	change->refusal[0] = '\0';
	for (size_t i = 0; i < change->orders; i++) {
		if (change->order[i].params == NULL)
			continue; /* an undo of what was not done */
		tui_model_request(model, change->method, json_incref(change->order[i].params),
		                  change->order[i].object, answered)->number = change->serial;
		change->waiting++;
	}
	if (change->orders == 1)
		tui_model_say(model, TUI_PLAIN, "%s %s ...", change->word, change->order[0].object);
	else
		tui_model_say(model, TUI_PLAIN, "%s %zu %s ...", change->word, change->orders,
		              change->many);
}

/* ---- undo ------------------------------------------------------------------------ */

/* see_again - the act itself raised the generation: undo what is seen now; nothing of that
 * where the screen does not show it yet. */
static void
see_again(const struct tui_model *model, const char *key, json_t *params)
{
	const struct tui_listing *listing = &model->listing[model->change.screen];
	const json_t *row = api_delta_row(json_object_get(listing->data, "rows"), key);
	int64_t before = api_json_get_int(params, "generation", 0);
	int64_t now = api_json_get_int(row, "generation", 0);

	if (before == 0)
		return;
	(void)json_object_del(params, "generation");
	if (row && now != before)
		api_json_put_int(params, "generation", now);
}

void
tui_change_undo(struct tui_model *model)
{
	struct tui_change *change = &model->change;

	if (!change->can_undo || model->now_mono_ms > change->undo_until_mono_ms) {
		tui_model_say(model, TUI_PLAIN, "nothing to undo: what can be taken back shows "
		              "\"U undo\" for 30 s; a flush or a bounce cannot");
		return;
	}
	change->is_undo = true;
	change->can_undo = false;
	change->method = change->undo_method;
	snprintf(change->word, sizeof change->word, "undo");
	snprintf(change->done, sizeof change->done, "%s", change->undone);
	change->cli[0] = '\0';
	change->affected = 0;
	change->done_count = 0;
	for (size_t i = 0; i < change->orders; i++) {
		struct tui_order *order = &change->order[i];

		json_decref(order->params);
		order->params = order->is_done ? order->undo : NULL;
		if (!order->is_done)
			json_decref(order->undo);
		order->undo = NULL;
		order->is_done = order->is_answered = false;
		see_again(model, order->object, order->params);
	}
	tui_change_send(model);
}

void
tui_change_lost(struct tui_model *model)
{
	if (model->change.waiting == 0)
		return;
	model->change.waiting = 0;
	model->change.can_undo = false;
	tui_model_say(model, TUI_BAD,
		      "the connection went before relayd answered: look whether it was done");
}
