/* tui_change.c - see tui_change.h. */
#include "tui_change.h"

#include <stdio.h>
#include <string.h>

#include "api/api_format.h"
#include "api/api_json.h"
#include "base/mem.h"
#include "base/units.h"

static const struct {
	const char *word, *done, *method;
	enum tui_change_verb undone_by; /* itself: cannot be undone */
} verbs[TUI_CHANGE_VERB_COUNT] = {
	[TUI_HOLD] = { "hold", "held", "queue.hold", TUI_RELEASE },
	[TUI_RELEASE] = { "release", "released", "queue.release", TUI_HOLD },
	[TUI_FLUSH] = { "flush", "flushed", "queue.flush", TUI_FLUSH },
};

const char *
tui_change_word(enum tui_change_verb verb)
{
	return verbs[verb].word;
}

static void
start(struct tui_model *model, enum tui_change_verb verb, const struct tui_marks *queues,
      bool is_undo)
{
	struct tui_change *change = &model->change;

	if (change->waiting) {
		tui_model_say(model, TUI_WARN, "wait: relayd has not answered the last one yet");
		return;
	}
	*change = (struct tui_change){ .verb = verb, .is_undo = is_undo };
	for (size_t i = 0; i < queues->count; i++) {
		json_t *params = json_object();

		api_json_put_text(params, "match", queues->key[i]);
		if (queues->generation[i] > 0)
			api_json_put_int(params, "generation", queues->generation[i]);
		if (is_undo)
			api_json_put_text(params, "reason", "undone in relaytui");
		tui_model_request(model, TUI_REQUEST_CHANGE, verbs[verb].method, params,
				  queues->key[i]);
		change->waiting++;
	}
	tui_model_say(model, TUI_PLAIN, "%s %s ...", verbs[verb].word,
	              queues->count == 1 ? queues->key[0] : "the marked queues");
}

void
tui_change_start(struct tui_model *model, enum tui_change_verb verb,
                 const struct tui_marks *queues)
{
	start(model, verb, queues, false);
}

/* seen_generation - of a queue as it is on the screen now; 0: it is not there. */
static int64_t
seen_generation(const struct tui_model *model, const char *key)
{
	for (size_t i = 0; model->queues && i < model->queues->rows; i++)
		if (strcmp(model->queues->row[i].key, key) == 0)
			return model->queues->row[i].generation;
	return 0;
}

void
tui_change_undo(struct tui_model *model)
{
	struct tui_change *change = &model->change;
	struct tui_marks *queues;

	if (!change->can_undo || model->now_mono_ms > change->undo_until_mono_ms) {
		tui_model_say(model, TUI_PLAIN,
			      "nothing to undo: a hold or release can be undone for 30 s, "
			      "a flush cannot");
		return;
	}
	queues = mem_copy(&change->of, sizeof change->of);
	/* the act itself raised the generation: undo what is seen now */
	for (size_t i = 0; i < queues->count; i++)
		queues->generation[i] = seen_generation(model, queues->key[i]);
	start(model, verbs[change->verb].undone_by, queues, true);
	mem_free(queues);
}

static void
say_done(struct tui_model *model)
{
	struct tui_change *change = &model->change;
	char count[UNITS_TEXT_SIZE], at[API_FORMAT_SIZE], what[TUI_KEY_MAX + 32];
	const char *user = model->status.user;

	units_format_count((uint64_t)change->affected, count);
	api_format_clock(model->now_unix_ms, false, false, at);
	if (change->of.count == 1)
		snprintf(what, sizeof what, "%s", change->of.key[0]);
	else
		snprintf(what, sizeof what, "%zu queues", change->of.count);
	change->can_undo = !change->is_undo && verbs[change->verb].undone_by != change->verb;
	change->undo_until_mono_ms = model->now_mono_ms + TUI_UNDO_MS;
	tui_model_say(model, TUI_PLAIN,
		      "last action: %s%s %s, %s recipient%s (%s%s%s) = relaycli queue %s %s",
		      change->is_undo ? "undone: " : "", verbs[change->verb].done, what, count,
		      change->affected == 1 ? "" : "s", at, user[0] ? ", " : "", user,
		      verbs[change->verb].word,
		      change->of.count == 1 ? change->of.key[0] : "QUEUE ...");
}

void
tui_change_reply(struct tui_model *model, const struct tui_request *request, const json_t *result,
                 const struct api_error *error)
{
	struct tui_change *change = &model->change;

	if (change->waiting == 0)
		return; /* given up when the connection went */
	change->waiting--;
	if (error) {
		if (error->kind == API_ERROR_CHANGED)
			tui_model_say(model, TUI_BAD, "%s changed since you looked: nothing done; "
			              "look again and repeat", request->key);
		else
			tui_model_say(model, TUI_BAD, "%s %s: %s%s%s", verbs[change->verb].word,
				      request->key, error->message, error->hint[0] ? "; " : "",
				      error->hint);
		change->can_undo = false;
		change->waiting = 0; /* the first refusal is what the person has to read */
		return;
	}
	(void)tui_marks_toggle(&change->of, request->key, 0);
	change->affected += api_json_get_int(result, "affected", 0);
	change->done++;
	if (change->waiting == 0)
		say_done(model);
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
