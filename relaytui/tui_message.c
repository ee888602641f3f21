/* tui_message.c - see tui_message.h. */
#include "tui_message.h"

#include <stdio.h>
#include <string.h>

#include "api/api_json.h"
#include "api/api_names.h"
#include "tui_model.h"

#define EVENT_MS 500           /* events of so long are answered by one question */
#define REFRESH_MS 5000        /* while it waits: what it waits for changes without events */
#define REFRESH_RECIPIENTS 10  /* for each so many the answer is asked for as much less often */

void
tui_message_forget(struct tui_message *message)
{
	json_decref(message->answer);
	json_decref(message->domain);
	message->answer = message->domain = NULL;
	message->error[0] = '\0';
	message->is_asked = message->has_asked_domain = false;
	message->is_due = message->id[0] != '\0';
}

void
tui_message_lost(struct tui_message *message)
{
	message->is_asked = message->has_asked_domain = false;
	message->is_due = message->id[0] != '\0';
}

void
tui_message_show(struct tui_model *model, const char *id, uint32_t recipient_no)
{
	struct tui_message *message = &model->message;

	if (strcmp(message->id, id) != 0) {
		tui_message_forget(message);
		snprintf(message->id, sizeof message->id, "%s", id);
	}
	message->recipient_no = recipient_no;
	message->top = 0;
	message->is_due = true;
	message->asked_mono_ms = model->now_mono_ms - EVENT_MS;
}

void
tui_message_open(struct tui_model *model, const char *id, uint32_t recipient_no, const char *path)
{
	model->message.from = model->screen;
	snprintf(model->message.path, sizeof model->message.path, "%s", path);
	tui_message_show(model, id, recipient_no);
	tui_model_open(model, TUI_MESSAGE);
}

void
tui_message_event(struct tui_model *model)
{
	model->heard_mono_ms = model->now_mono_ms;
	model->message.is_due = true;
}

/* ---- asking ---------------------------------------------------------------------- */

static void
take_message(struct tui_model *model, const struct tui_request *request, const json_t *result,
             const struct api_error *error)
{
	struct tui_message *message = &model->message;

	if (strcmp(message->id, request->key) != 0)
		return; /* of the one before */
	message->is_asked = false;
	if (result) {
		json_decref(message->answer);
		message->answer = api_json_hold(result);
	}
	snprintf(message->error, sizeof message->error, "%s", error ? error->message : "");
}

static void
take_domain(struct tui_model *model, const struct tui_request *request, const json_t *result,
            const struct api_error *error)
{
	(void)error; /* a domain that is not ours: nothing is known of it */
	if (strcmp(model->message.id, request->key) != 0)
		return;
	json_decref(model->message.domain);
	model->message.domain = api_json_hold(result);
}

static bool
is_waiting(const struct tui_model *model)
{
	for (size_t i = 0; i < tui_message_recipients(model); i++) {
		const char *name = tui_text_of(tui_message_recipient(model, i), "status");
		const struct api_status *status = api_status_find(span_of(name));

		if (status && status->fate == API_FATE_WAITING)
			return true;
	}
	return false;
}

static bool
is_to_ask(const struct tui_model *model)
{
	const struct tui_message *message = &model->message;
	int64_t since_ms = model->now_mono_ms - message->asked_mono_ms;
	int64_t refresh_ms = REFRESH_MS * (int64_t)(1 + tui_message_recipients(model) /
	                                                    REFRESH_RECIPIENTS);

	if (!message->id[0] || message->is_asked || model->link != TUI_LINK_LIVE
	    || (model->is_paused && message->answer))
		return false;
	return message->is_due ? since_ms >= EVENT_MS
	                       : since_ms >= refresh_ms && is_waiting(model);
}

static void
ask_domain(struct tui_model *model)
{
	const char *domain = tui_message_fact(model, "from_domain");
	json_t *params;

	if (!domain[0] || model->message.has_asked_domain || model->link != TUI_LINK_LIVE)
		return;
	model->message.has_asked_domain = true;
	params = json_object();
	api_json_put_text(params, "name", domain);
	(void)tui_model_request(model, "domain.show", params, model->message.id, take_domain);
}

void
tui_message_ask(struct tui_model *model)
{
	struct tui_message *message = &model->message;
	json_t *params;

	if (is_to_ask(model)) {
		message->is_asked = true;
		message->is_due = false;
		message->asked_mono_ms = model->now_mono_ms;
		params = json_object();
		api_json_put_text(params, "id", message->id);
		tui_model_put_zone(model, params);
		(void)tui_model_request(model, "message.show", params, message->id, take_message);
	}
	ask_domain(model);
}

/* ---- what is known ---------------------------------------------------------------- */

static const json_t *
envelope(const struct tui_model *model)
{
	return json_object_get(model->message.answer, "message");
}

const char *
tui_message_fact(const struct tui_model *model, const char *key)
{
	return tui_text_of(envelope(model), key);
}

size_t
tui_message_recipients(const struct tui_model *model)
{
	return json_array_size(json_object_get(envelope(model), "recipients"));
}

const json_t *
tui_message_recipient(const struct tui_model *model, size_t i)
{
	return json_array_get(json_object_get(envelope(model), "recipients"), i);
}

static int64_t
number_of(const json_t *recipient)
{
	return api_json_get_int(recipient, "recipient_no", 0);
}

size_t
tui_message_selected(const struct tui_model *model)
{
	for (size_t i = 0; i < tui_message_recipients(model); i++)
		if (number_of(tui_message_recipient(model, i)) == model->message.recipient_no)
			return i;
	return 0;
}

const json_t *
tui_message_wait(const struct tui_model *model, const json_t *recipient)
{
	const json_t *waits = json_object_get(model->message.answer, "waits"), *one;
	const char *whose = tui_text_of(recipient, "recipient");
	size_t i;

	json_array_foreach(waits, i, one)
		if (whose[0] && strcmp(tui_text_of(one, "recipient"), whose) == 0)
			return one;
	return NULL;
}

void
tui_message_select(struct tui_model *model, long by)
{
	size_t count = tui_message_recipients(model), at = tui_message_selected(model);

	if (by < 0)
		at = at > (size_t)-by ? at - (size_t)-by : 0;
	else
		at = at + (size_t)by < count ? at + (size_t)by : count ? count - 1 : 0;
	if (count == 0)
		return;
	model->message.recipient_no = (uint32_t)number_of(tui_message_recipient(model, at));
	model->message.top = 0;
}
