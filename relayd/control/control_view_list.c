/* control_view_list.c - any method that answers a list as a live view: it is asked each
 * interval as its reader would ask it, sorted, filtered and cut here, and only what
 * changed is told. So a screen and `relaycli NOUN list` can never disagree.
 *
 * Some answers are work: a walk over the refusals of a day may take seconds. So the last one
 * is kept: another window, filter or order of it is drawn from that, and the method is not
 * asked the same again before it has rested REST times as long as it worked. A view costs a
 * twentieth of a thread at most, however large the log is; "as_of" says how old it is.
 * Thread: main. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "control/control_params.h"
#include "control/control_view.h"

#define FAILED_REST_MS 10000 /* a refusal is tried again sooner than long work */
#define KEY_MAX_BYTES ((size_t)1 << 10)
#define REST 19

/* ---- which lists there are -------------------------------------------------------- */

static const struct control_view_sort throttle_sorts[] = {
	{ "used", "share", false }, { "scope", "scope", true }, { "ends", "ends_at", true },
	{ .word = NULL },
};
const struct control_view_list control_view_throttles = {
	.method = "throttle.list", .key = { "scope", "limit", "source_address", "credential" },
	.sort = throttle_sorts,
};

static const struct control_view_sort deferral_sorts[] = {
	{ "messages", "count", false }, { "last", "last_at", false }, { "queues", "queues", false },
	{ .word = NULL },
};
static const char *const deferral_details[] = {
	"minutes", "by_credential", "by_address", "host", "address", "reply", "reply_b64", NULL,
};
const struct control_view_list control_view_deferrals = {
	.method = "deferral.list", .key = { "group" }, .sort = deferral_sorts,
	.details = deferral_details,
};

static const struct control_view_sort credential_sorts[] = {
	{ "used", "last_used_at", false }, { "name", "name", true }, { "state", "state", true },
	{ "volume", "recipients_24h", false }, { "bounces", "bounced_24h", false },
	{ .word = NULL },
};
const struct control_view_list control_view_credentials = {
	.method = "credential.list", .key = { "name" }, .sort = credential_sorts,
};

static const struct control_view_sort domain_sorts[] = {
	{ "name", "domain", true }, { "checked", "checked_at", false }, { .word = NULL },
};
const struct control_view_list control_view_domains = {
	.method = "domain.list", .key = { "domain" }, .sort = domain_sorts,
};

/* newest first, by the list itself; the other way round with reverse */
static const struct control_view_sort suppression_sorts[] = {
	{ "since", "since_at", false }, { .word = NULL },
};
const struct control_view_list control_view_suppressions = {
	.method = "suppression.list", .key = { "id" }, .sort = suppression_sorts,
	.is_windowed = true,
};

const struct control_view_list control_view_pools = {
	.method = "pool.list", .key = { "pool", "address" },
};

/* ---- rows --------------------------------------------------------------------------- */

/* make_own - two sites may look alike (the first of their hosts is the same): the second gets
 * a number, or a reader would take one row for the other. */
static void
make_own(struct buf *key, json_t *seen)
{
	char text[KEY_MAX_BYTES + 1];
	json_int_t before;

	(void)snprintf(text, sizeof text, "%.*s", (int)key->len, key->len ? buf_data(key) : "");
	before = json_integer_value(json_object_get(seen, text));
	json_object_set_new(seen, text, json_integer(before + 1));
	if (before > 0)
		(void)buf_printf(key, " #%" JSON_INTEGER_FORMAT, before + 1);
}

/* put_key - what the method itself calls "key" is "name" then. */
static void
put_key(const struct control_view_list *list, json_t *row, json_t *seen)
{
	json_t *own = json_object_get(row, "key");
	struct buf key;

	if (own && !json_object_get(row, "name"))
		json_object_set(row, "name", own);
	buf_init(&key, KEY_MAX_BYTES);
	for (size_t i = 0; i < sizeof list->key / sizeof *list->key && list->key[i]; i++) {
		const json_t *part = json_object_get(row, list->key[i]);

		if (json_is_string(part))
			(void)buf_printf(&key, "%s%s", key.len ? " " : "", json_string_value(part));
		else if (json_is_integer(part))
			(void)buf_printf(&key, "%s%" JSON_INTEGER_FORMAT, key.len ? " " : "",
			                 json_integer_value(part));
	}
	make_own(&key, seen);
	api_json_put_span(row, "key", buf_span(&key));
	buf_deinit(&key);
}

/* is_like - one of its texts fits the pattern. */
static bool
is_like(const json_t *row, const char *pattern)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)row, name, value)
		if (json_is_string(value) &&
		    span_match_nocase(span_of(json_string_value(value)), span_of(pattern)))
			return true;
	return false;
}

/* filtered - rows with their keys; a filter without '*' means "contains". */
static json_t *
filtered(const struct control_view *view, const json_t *items)
{
	const struct control_view_list *list = view->kind->list;
	json_t *rows = json_array(), *seen = json_object(), *item;
	struct buf pattern;
	size_t i;

	buf_init(&pattern, KEY_MAX_BYTES);
	if (view->filter && !list->is_windowed)
		(void)buf_printf(&pattern, strchr(view->filter, '*') ? "%s" : "*%s*", view->filter);
	(void)buf_append(&pattern, "", 1);
	json_array_foreach(items, i, item) {
		json_t *row;

		if (pattern.len > 1 && !is_like(item, buf_data(&pattern)))
			continue;
		row = json_copy(item); /* the answer may be used again */
		put_key(list, row, seen);
		json_array_append_new(rows, row);
	}
	buf_deinit(&pattern);
	json_decref(seen);
	return rows;
}

static int
compare_values(const json_t *a, const json_t *b)
{
	if (json_is_number(a) && json_is_number(b)) {
		double x = json_number_value(a), y = json_number_value(b);

		return (x > y) - (x < y);
	}
	if (json_is_string(a) && json_is_string(b))
		return strcasecmp(json_string_value(a), json_string_value(b));
	return json_is_null(a) || a == NULL ? (json_is_null(b) || b == NULL ? 0 : -1) : 1;
}

struct place { /* a row on its way to its place */
	json_t *row;
	const char *field;
	int sign;
	size_t at;
};

static int
compare_places(const void *left, const void *right)
{
	const struct place *a = left, *b = right;
	const json_t *x = json_object_get(a->row, a->field), *y = json_object_get(b->row, a->field);
	int order = a->sign * compare_values(x, y);

	if (order != 0)
		return order;
	return (a->at > b->at) - (a->at < b->at); /* else as the method has them */
}

static const struct control_view_sort *
sort_of(const struct control_view_list *list, const char *word)
{
	for (const struct control_view_sort *s = list->sort; s && s->word; s++)
		if (word && strcmp(s->word, word) == 0)
			return s;
	return list->sort; /* the first is the default */
}

/* sorted - Takes rows. */
static json_t *
sorted(const struct control_view *view, json_t *rows)
{
	const struct control_view_sort *sort = sort_of(view->kind->list, view->sort);
	size_t n = json_array_size(rows);
	struct place *place;
	json_t *in_order;

	if ((!sort && !view->reverse) || n < 2 || view->kind->list->is_windowed)
		return rows;
	place = mem_alloc(n * sizeof *place);
	in_order = json_array();
	for (size_t i = 0; i < n; i++)
		place[i] = (struct place){ json_array_get(rows, i), sort ? sort->field : "",
			                   sort && sort->is_ascending ? 1 : -1, i };
	if (sort)
		qsort(place, n, sizeof *place, compare_places);
	for (size_t i = 0; i < n; i++)
		json_array_append(in_order, place[view->reverse ? n - 1 - i : i].row);
	mem_free(place);
	json_decref(rows);
	return in_order;
}

/* drop_details - of a row that nobody looks at. */
static void
drop_details(const struct control_view *view, json_t *row)
{
	const char *key = api_json_get_text(row, "key");

	if (key && view->select && strcmp(key, view->select) == 0)
		return;
	for (const char *const *name = view->kind->list->details; name && *name; name++)
		(void)json_object_del(row, *name);
}

/* cut - the window. */
static json_t *
cut(const struct control_view *view, const json_t *rows)
{
	json_t *window = json_array();

	for (size_t i = view->offset; i < (size_t)view->offset + view->limit; i++) {
		json_t *row = json_array_get(rows, i);

		if (!row)
			break;
		drop_details(view, row);
		json_array_append(window, row);
	}
	return window;
}

/* put_beside - what the answer says beside its rows. */
static void
put_beside(json_t *data, const json_t *result)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)result, name, value)
		if (strcmp(name, "items") != 0 && strcmp(name, "schema") != 0 &&
		    strcmp(name, "next_cursor") != 0 && strcmp(name, "total") != 0)
			api_json_put(data, name, json_incref(value));
}

static void
push_rows(struct control_view *view, const json_t *result)
{
	const struct control_view_list *list = view->kind->list;
	json_t *data = control_view_new_data(view), *rows;
	int64_t all = (int64_t)json_array_size(json_object_get(result, "items"));

	if (view->ordered == NULL) /* once for each answer and order, not for each picture */
		view->ordered = sorted(view, filtered(view, json_object_get(result, "items")));
	rows = view->ordered;
	if (view->failed)
		api_json_put_text(data, "failed", view->failed);
	put_beside(data, result);
	api_json_put_time(data, "as_of", view->as_of_unix_ms);
	api_json_put_int(data, "all", api_json_get_int(result, "total", all));
	api_json_put_int(data, "total", list->is_windowed
	                 ? api_json_get_int(result, "total", all) : (int64_t)json_array_size(rows));
	api_json_put_int(data, "offset", view->offset);
	api_json_put_int(data, "limit", view->limit);
	api_json_put_text(data, "sort", view->sort);
	api_json_put_bool(data, "reverse", view->reverse);
	api_json_put_text(data, "filter", view->filter);
	api_json_put(data, "rows", list->is_windowed ? json_incref(rows) : cut(view, rows));
	control_view_delta(view, data);
	control_view_push(view, data);
}

/* ---- asking ---------------------------------------------------------------------------- */

/* push_none - until there are rows the reader knows why, and that we are here. */
static void
push_none(struct control_view *view)
{
	json_t *data = control_view_new_data(view);

	if (view->failed)
		api_json_put_text(data, "failed", view->failed);
	else
		api_json_put_bool(data, "pending", true);
	api_json_put(data, "rows", json_array());
	control_view_delta(view, data);
	control_view_push(view, data);
}

static void
answered(void *arg, const json_t *result, const char *failed)
{
	struct control_view *view = arg;
	int64_t now = clock_mono_ms();

	view->call = NULL;
	view->is_asking = false;
	view->again_mono_ms = now + REST * (now - view->asked_mono_ms);
	mem_free(view->failed);
	view->failed = result ? NULL : mem_strdup(failed);
	if (result) { /* else the last good one stays; as_of says how old it is */
		json_decref(view->answer);
		json_decref(view->ordered);
		view->answer = api_json_hold(result);
		view->ordered = NULL;
		view->as_of_unix_ms = clock_unix_ms();
	} else if (view->again_mono_ms > now + FAILED_REST_MS) {
		view->again_mono_ms = now + FAILED_REST_MS;
	}
	if (view->answer)
		push_rows(view, view->answer);
	else
		push_none(view);
}

static json_t *
params_of(const struct control_view *view)
{
	json_t *params = view->params ? json_copy(view->params) : json_object();

	if (view->kind->list->is_windowed) {
		api_json_put_int(params, "offset", view->offset);
		api_json_put_int(params, "limit", view->limit);
		api_json_put_bool(params, "reverse", view->reverse);
		if (view->filter)
			api_json_put_text(params, "match", view->filter);
	}
	return params;
}

/* ask - Takes params. */
static void
ask(struct control_view *view, json_t *params)
{
	json_decref(view->asked);
	view->asked = json_deep_copy(params); /* a method may change its own */
	view->asked_mono_ms = clock_mono_ms();
	view->is_asking = true;
	control_call_own(view->control, view->kind->list->method, params, view->uid_user, answered,
	                 view, &view->call);
}

/* withdraw - other params are wanted now: the answer under way would be thrown away. */
static void
withdraw(struct control_view *view)
{
	if (view->call)
		control_call_disown(view->call);
	view->call = NULL;
	view->is_asking = false;
}

void
control_view_push_list(struct control_view *view)
{
	json_t *params = params_of(view);

	if (!view->asked || !json_equal(params, view->asked)) {
		withdraw(view);
		json_decref(view->answer);
		json_decref(view->ordered);
		view->answer = view->ordered = NULL;
		view->again_mono_ms = 0;
	}
	if (!view->is_asking && clock_mono_ms() >= view->again_mono_ms) {
		ask(view, params);
		return;
	}
	if (view->answer)
		push_rows(view, view->answer);
	else
		push_none(view);
	json_decref(params);
}

/* ---- a request ---------------------------------------------------------------------------- */

static int
check_sort(const struct control_view_list *list, const char *word, struct api_error *error)
{
	struct buf words;

	if (!word || (list->sort && strcmp(sort_of(list, word)->word, word) == 0))
		return 0;
	buf_init(&words, KEY_MAX_BYTES);
	for (const struct control_view_sort *s = list->sort; s && s->word; s++)
		(void)buf_printf(&words, "%s%s", words.len ? ", " : "", s->word);
	(void)buf_append(&words, "", 1);
	(void)api_error_set(error, API_ERROR_PARAMS, "sort: \"%.40s\" is none of %s", word,
	                    words.len > 1 ? buf_data(&words) : "its orders: it has one");
	buf_deinit(&words);
	return -1;
}

int
control_view_list_check(const struct control_view_list *list, const struct control_call *call,
                        struct api_error *error)
{
	const json_t *params = json_object_get(call->params, "params");

	if (check_sort(list, control_text(call, "sort"), error) < 0)
		return -1;
	if (!params || json_is_null(params))
		return 0;
	if (!json_is_object(params))
		return api_error_set(error, API_ERROR_PARAMS, "params must be an object");
	return control_params_check(control_method_find(list->method), params, error);
}
