/* tui_search.c - see tui_search.h. */
#include "tui_search.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/api_json.h"
#include "api/api_term.h"
#include "tui_model.h"

/* ---- its state ---------------------------------------------------------------------- */

static void
drop_answer(struct tui_search *search)
{
	json_decref(search->answer);
	json_decref(search->items);
	search->answer = search->items = NULL;
	search->cursor[0] = '\0';
	search->list = (struct tui_list){ .height = search->list.height };
}

void
tui_search_deinit(struct tui_search *search)
{
	drop_answer(search);
	*search = (struct tui_search){ .n = 0 };
}

void
tui_search_lost(struct tui_search *search)
{
	if (search->asked) {
		snprintf(search->hint, sizeof search->hint,
		         "the connection went before the answer came: Enter asks again");
		search->hint_style = TUI_BAD;
	}
	search->asked = search->completing = 0;
}

static void
say(struct tui_search *search, enum tui_style style, const char *text)
{
	snprintf(search->hint, sizeof search->hint, "%s", text);
	search->hint_style = style;
}

static void
set_line(struct tui_search *search, const char *line)
{
	snprintf(search->line, sizeof search->line, "%s", line);
	search->n = strlen(search->line);
}

bool
tui_search_is_waited_for(const struct tui_search *search)
{
	return search->asked || search->completing;
}

/* ---- what was found -------------------------------------------------------------------- */

size_t
tui_search_count(const struct tui_search *search)
{
	return json_array_size(search->items);
}

static const char *
key_at(const void *arg, size_t i)
{
	const struct tui_search *search = arg;

	return tui_text_of(json_array_get(search->items, i), "key");
}

struct tui_rows
tui_search_rows(const struct tui_search *search)
{
	size_t count = tui_search_count(search);

	return (struct tui_rows){ count, 0, count, key_at, search };
}

const json_t *
tui_search_selected(const struct tui_search *search)
{
	return json_array_get(search->items, search->list.at);
}

/* ---- answers ------------------------------------------------------------------------------ */

/* add_items - of a page, behind those that are there. */
static void
add_items(struct tui_search *search, const json_t *result)
{
	const json_t *items = json_object_get(result, "items"), *item;
	const char *cursor = api_json_get_text(result, "next_cursor");
	size_t i;

	json_array_foreach(items, i, item) {
		json_t *one = json_is_object(item) ? json_copy((json_t *)(uintptr_t)item) : NULL;
		char key[TUI_ID_SIZE + 16];

		if (!one)
			continue;
		snprintf(key, sizeof key, "%.15s.%" PRId64, tui_text_of(item, "id"),
		         api_json_get_int(item, "recipient_no", 0));
		api_json_put_text(one, "key", key);
		json_array_append_new(search->items, one);
	}
	snprintf(search->cursor, sizeof search->cursor, "%s", cursor ? cursor : "");
}

static void
take(struct tui_model *model, const struct tui_request *request, const json_t *result,
     const struct api_error *error)
{
	struct tui_search *search = &model->search;

	if (request->serial != search->asked)
		return; /* cancelled */
	search->asked = 0;
	if (error) {
		snprintf(search->hint, sizeof search->hint, "%s%s%s", error->message,
		         error->hint[0] ? "; " : "", error->hint);
		search->hint_style = TUI_BAD;
		search->is_in_results = search->is_in_results
		                        && (search->is_more || search->path[0]);
		return;
	}
	if (!search->is_more) {
		drop_answer(search);
		search->answer = api_json_hold(result);
		search->items = json_array();
		search->took_ms = model->now_mono_ms - search->asked_mono_ms;
	}
	add_items(search, result);
	if (tui_search_count(search) == 0 && !search->path[0])
		search->is_in_results = false;
}

/* ---- asking --------------------------------------------------------------------------------- */

static void
ask(struct tui_model *model, bool is_more)
{
	struct tui_search *search = &model->search;
	json_t *params = json_object();

	api_json_put(params, "terms", tui_terms_of(span_of(search->found), model->now_unix_ms));
	api_json_put_int(params, "limit", TUI_SEARCH_PAGE);
	if (is_more)
		api_json_put_text(params, "cursor", search->cursor);
	tui_model_put_zone(model, params);
	search->is_more = is_more;
	search->asked_mono_ms = model->now_mono_ms;
	search->asked = tui_model_request(model, "find.search", params, "", take)->serial;
}

void
tui_search_run(struct tui_model *model)
{
	struct tui_search *search = &model->search;
	struct api_terms terms;
	struct err err;

	(void)tui_search_cancel(model);
	search->hint[0] = '\0';
	tui_search_recall(model);
	if (api_terms_parse(span_of(search->line), model->now_unix_ms, &terms, &err) < 0) {
		say(search, TUI_BAD, err.text);
		return;
	}
	if (terms.count == 0) {
		say(search, TUI_PLAIN, "an address, an id, or terms: to:b@x.example since:7d");
		return;
	}
	drop_answer(search);
	snprintf(search->found, sizeof search->found, "%s", search->line);
	ask(model, false);
}

bool
tui_search_cancel(struct tui_model *model)
{
	struct tui_search *search = &model->search;

	if (!search->asked)
		return false;
	tui_model_cancel(model, search->asked);
	search->asked = 0;
	say(search, TUI_WARN, "cancelled: Enter searches again");
	return true;
}

void
tui_search_more(struct tui_model *model)
{
	if (model->search.cursor[0] && !model->search.asked && model->link == TUI_LINK_LIVE)
		ask(model, true);
}

void
tui_search_open(struct tui_model *model, const char *path, const char *line)
{
	struct tui_search *search = &model->search;

	snprintf(search->path, sizeof search->path, "%s", path);
	set_line(search, line);
	search->is_in_results = true;
	tui_model_open(model, TUI_SEARCH);
	tui_search_run(model);
}

/* ---- saved -------------------------------------------------------------------------- */

static void
key_of(int number, char key[TUI_MEMORY_KEY])
{
	snprintf(key, TUI_MEMORY_KEY, "search.saved.%d", number);
}

bool
tui_search_saved(const struct tui_model *model, int number, char name[TUI_SEARCH_NAME],
                 char line[TUI_PROMPT_TEXT_MAX])
{
	char key[TUI_MEMORY_KEY];
	struct span rest, first;

	if (number < 1 || number > TUI_SEARCH_SAVED)
		return false;
	key_of(number, key);
	first = span_cut(span_of(tui_memory_get(&model->memory, key)), '\t', &rest);
	if (first.n == 0 || first.n >= TUI_SEARCH_NAME || rest.n >= TUI_PROMPT_TEXT_MAX)
		return false;
	snprintf(name, TUI_SEARCH_NAME, "%.*s", (int)first.n, first.p);
	snprintf(line, TUI_PROMPT_TEXT_MAX, "%.*s", (int)rest.n, rest.p);
	return true;
}

int
tui_search_save(struct tui_model *model, const char *name)
{
	char key[TUI_MEMORY_KEY], value[TUI_MEMORY_VALUE], other[TUI_SEARCH_NAME],
		line[TUI_PROMPT_TEXT_MAX];
	int free_one = 0;

	for (int i = 1; i <= TUI_SEARCH_SAVED; i++) {
		bool is_taken = tui_search_saved(model, i, other, line);

		if (is_taken ? strcmp(other, name) != 0 : free_one != 0)
			continue;
		free_one = i;
		if (is_taken)
			break;
	}
	if (free_one == 0)
		return 0;
	key_of(free_one, key);
	snprintf(value, sizeof value, "%.*s\t%s", TUI_SEARCH_NAME - 1, name, model->search.found);
	tui_memory_set(&model->memory, key, value);
	return free_one;
}

void
tui_search_recall(struct tui_model *model)
{
	const char *typed = model->search.line;
	char name[TUI_SEARCH_NAME], line[TUI_PROMPT_TEXT_MAX];

	if (typed[0] == 's' && typed[1] >= '1' && typed[1] <= '9' && typed[2] == '\0' &&
	    tui_search_saved(model, typed[1] - '0', name, line))
		set_line(&model->search, line);
}
