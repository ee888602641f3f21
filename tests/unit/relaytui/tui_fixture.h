/* tui_fixture.h - a model fed from tests/unit/relaytui/data with the clock
 * standing at 2026-11-23 14:02:31 UTC, and its picture as text. */
#ifndef TUI_FIXTURE_H
#define TUI_FIXTURE_H

#include <locale.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>
#include <cmocka.h>

#include "api/api_json.h"
#include "base/utf8.h"
#include "tui_change.h"
#include "tui_view.h"

#define FIXTURE_FOLDER "tests/unit/relaytui/"
#define FIXTURE_UNIX_MS INT64_C(1795442551000)
#define FIXTURE_MONO_MS INT64_C(1000000)

static inline json_t *
fixture_json(const char *name)
{
	char path[256];
	json_error_t error;
	json_t *value;

	snprintf(path, sizeof path, FIXTURE_FOLDER "data/%s.json", name);
	value = json_load_file(path, 0, &error);
	if (!value)
		fail_msg("%s: %s", path, error.text);
	return value;
}

/* fixture_view - "view" as the daemon pushes it. Takes data. */
static inline void
fixture_view(struct tui_model *model, const char *view, const char *boot_id, json_t *data)
{
	json_t *params = json_pack("{s:s, s:s, s:i, s:o}", "view", view, "boot_id", boot_id, "seq",
				 2, "data", data);

	tui_model_notice(model, "view", params);
	json_decref(params);
}

static inline void
fixture_event(struct tui_model *model, const char *id, const char *kind)
{
	json_t *event = json_pack("{s:s, s:s, s:s, s:s}", "id", id, "event", kind, "recipient",
	                          "someone@example.org", "at", "2026-11-23T14:02:31.000Z");

	tui_model_notice(model, "event", event);
	json_decref(event);
}

/* fixture_zone - where who looks is; fixture_open takes him to UTC again. */
static inline void
fixture_zone(const char *zone)
{
	setenv("TZ", zone, 1);
	tzset();
}

static inline void
fixture_open(struct tui_model *model, int height, int width, bool is_ascii)
{
	json_t *events = fixture_json("events");

	fixture_zone("UTC");
	assert_non_null(setlocale(LC_ALL, "C.UTF-8"));
	tui_model_init(model, false, is_ascii);
	model->height = height;
	model->width = width;
	tui_model_tick(model, FIXTURE_UNIX_MS - 1000, FIXTURE_MONO_MS - 1000);
	fixture_view(model, "overview", "boot-1", fixture_json("overview"));
	fixture_view(model, "queues", "boot-1", fixture_json("queues"));
	fixture_view(model, "pools", "boot-1", fixture_json("pools"));
	for (size_t i = 0; i < json_array_size(events); i++)
		tui_model_notice(model, "event", json_array_get(events, i));
	json_decref(events);
	tui_log_sampled(&model->log, 304, model->now_mono_ms);
	tui_model_tick(model, FIXTURE_UNIX_MS, FIXTURE_MONO_MS);
}

static inline void
fixture_keys(struct tui_model *model, const char *keys)
{
	for (; *keys; keys++) {
		tui_input_key(model, *keys == '\r'     ? TUI_KEY_ENTER
				     : *keys == '\033' ? TUI_KEY_ESC
						       : *keys);
		tui_frame_settle(model);
	}
}

/* fixture_serve - answers what waits to be sent from data/, as a relay would that has just
 * this one message, search result, ... */
static inline void
fixture_serve(struct tui_model *model)
{
	static const struct {
		const char *method, *name;
	} answers[] = { { "message.show", "message" }, { "domain.show", "domain" },
		      { "find.search", "find" } };
	struct list *l = model->requests.next;

	while (l != &model->requests) {
		struct tui_request *request = LIST_OWNER(l, struct tui_request, link);

		l = l->next;
		for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
			if (strcmp(request->method, answers[i].method) == 0) {
				json_t *result = fixture_json(answers[i].name);

				tui_model_reply(model, request, result, NULL);
				json_decref(result);
				tui_request_free(&request);
				break;
			}
	}
	tui_frame_settle(model);
}

/* fixture_served_keys - the same with a relay that answers each before the next. */
static inline void
fixture_served_keys(struct tui_model *model, const char *keys)
{
	for (; *keys; keys++) {
		fixture_keys(model, (char[]){ *keys, '\0' });
		fixture_serve(model);
		fixture_serve(model); /* one answer may be why the next is asked */
	}
}

/* check_picture - what holds for every screen whatever it shows: each row
 * exactly as wide as the terminal, and not one byte that could move a cursor. */
static inline void
check_picture(const struct tui_canvas *canvas)
{
	for (int row = 0; row < canvas->height; row++) {
		int columns = 0;

		for (int col = 0; col < canvas->width; col++) {
			const struct tui_cell *cell = &canvas->cell[row * canvas->width + col];

			if (cell->rune[0] == 0)
				continue;
			assert_true(utf8_is_harmless(cell->rune[0]));
			if (canvas->is_ascii)
				assert_in_range(cell->rune[0], ' ', '~');
			columns += wcwidth((wchar_t)cell->rune[0]);
		}
		assert_int_equal(columns, canvas->width);
	}
}

/* fixture_draw - the screen as text. Returns owned (free). */
static inline char *
fixture_draw(struct tui_model *model)
{
	struct tui_canvas canvas;
	struct buf text;
	char *out;

	tui_canvas_init(&canvas, model->height, model->width, model->is_ascii);
	buf_init(&text, (size_t)1 << 20);
	tui_frame_settle(model);
	tui_frame_draw(model, &canvas);
	check_picture(&canvas);
	tui_canvas_print(&canvas, &text);
	out = strndup(buf_data(&text), text.len);
	buf_deinit(&text);
	tui_canvas_deinit(&canvas);
	return out;
}

static inline void
assert_shows(struct tui_model *model, const char *part)
{
	char *text = fixture_draw(model);

	if (!strstr(text, part))
		fail_msg("\"%s\" is not on the screen:\n%s", part, text);
	free(text);
}

static inline void
assert_hides(struct tui_model *model, const char *part)
{
	char *text = fixture_draw(model);

	if (strstr(text, part))
		fail_msg("\"%s\" is on the screen:\n%s", part, text);
	free(text);
}

/* fixture_request - the newest request waiting to be sent, but for those that only ask
 * about the selected row; NULL: none. */
static inline struct tui_request *
fixture_request(struct tui_model *model)
{
	for (struct list *l = model->requests.prev; l != &model->requests; l = l->prev) {
		struct tui_request *request = LIST_OWNER(l, struct tui_request, link);
		const struct tui_view *view = tui_view_of(model->screen);

		if (!view->listing || !view->listing->detail_method ||
		    strcmp(request->method, view->listing->detail_method) != 0)
			return request;
	}
	return NULL;
}

/* fixture_detail - what was asked about the selected row is answered from data/name. */
static inline void
fixture_detail(struct tui_model *model, const char *name)
{
	const struct tui_view *view = tui_view_of(model->screen);

	for (struct list *l = model->requests.prev; l != &model->requests; l = l->prev) {
		struct tui_request *request = LIST_OWNER(l, struct tui_request, link);
		json_t *result;

		if (!view->listing || !view->listing->detail_method ||
		    strcmp(request->method, view->listing->detail_method) != 0)
			continue;
		result = fixture_json(name);
		tui_model_reply(model, request, result, NULL);
		json_decref(result);
		tui_request_free(&request);
		return;
	}
	fail_msg("nothing was asked about the selected row");
}

/* fixture_answer - the request that waits, as the feed would. method: what it must be; NULL:
 * whatever. Takes result. */
static inline void
fixture_answer(struct tui_model *model, const char *method, json_t *result,
               const struct api_error *error)
{
	struct tui_request *request = fixture_request(model);

	assert_non_null(request);
	if (method)
		assert_string_equal(request->method, method);
	tui_model_reply(model, request, result, error);
	json_decref(result);
	tui_request_free(&request);
}

/* fixture_sent - the request that waits is this one. Takes params. */
static inline void
fixture_sent(struct tui_model *model, const char *method, json_t *params)
{
	const struct tui_request *sent = fixture_request(model);

	assert_non_null(sent);
	assert_string_equal(sent->method, method);
	if (!json_equal(sent->params, params))
		fail_msg("sent %s", json_dumps(sent->params, JSON_SORT_KEYS));
	json_decref(params);
}

/* fixture_details - all that is asked about selected rows, until nothing is any more: of the
 * one that is selected now data/name.json (NULL: nothing), of others nothing. */
static inline void
fixture_details(struct tui_model *model, const char *method, const char *name)
{
	while (!list_is_empty(&model->requests)) {
		struct tui_request *request =
			LIST_OWNER(model->requests.next, struct tui_request, link);
		bool is_last = strcmp(request->key, tui_listing_key(model)) == 0;
		json_t *result = is_last && name ? fixture_json(name) : json_object();

		assert_string_equal(request->method, method);
		tui_model_reply(model, request, result, NULL);
		tui_request_free(&request);
		json_decref(result);
		tui_frame_settle(model);
	}
}

#endif
