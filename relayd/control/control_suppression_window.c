/* control_suppression_window.c - see control_suppression.h. Thread: main.
 *
 *   offset -> ids of the conditions (kept; or asked, all or what is new) -> rows of those
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "control/control_rank.h"
#include "control/control_suppression.h"
#include "suppress/suppress.h"

#define LIMIT_DEFAULT 100
#define BLOCKED_SHOWN 8
#define REREAD_MS 60000 /* conditions that a change of an entry may have changed */

struct index { /* of one list of conditions */
	char *conditions;              /* owned; NULL: not used */
	struct control_rank rank;
	uint64_t last_id;              /* of the whole list, when it was read */
	struct suppress_changes seen;
	int64_t read_mono_ms, used_mono_ms;
};

struct control_suppression_indexes {
	struct index index[CONTROL_SUPPRESSION_INDEXES];
};

struct control_suppression_indexes *
control_suppression_indexes_new(void)
{
	return mem_zero(1, sizeof(struct control_suppression_indexes));
}

static void
forget(struct index *index)
{
	control_rank_deinit(&index->rank);
	mem_free(index->conditions);
	*index = (struct index){ .conditions = NULL };
}

void
control_suppression_indexes_free(struct control_suppression_indexes **indexes)
{
	struct control_suppression_indexes *gone = *indexes;

	*indexes = NULL;
	for (size_t i = 0; gone && i < CONTROL_SUPPRESSION_INDEXES; i++)
		forget(&gone->index[i]);
	mem_free(gone);
}

static struct index *
find_index(struct control *control, const char *conditions)
{
	for (size_t i = 0; i < CONTROL_SUPPRESSION_INDEXES; i++) {
		struct index *index = &control->suppressions->index[i];

		if (index->conditions && strcmp(index->conditions, conditions) == 0)
			return index;
	}
	return NULL;
}

/* make_index - the one used least lately makes room. */
static struct index *
make_index(struct control *control, const char *conditions)
{
	struct index *oldest = &control->suppressions->index[0];

	for (size_t i = 0; i < CONTROL_SUPPRESSION_INDEXES; i++)
		if (control->suppressions->index[i].used_mono_ms < oldest->used_mono_ms)
			oldest = &control->suppressions->index[i];
	forget(oldest);
	oldest->conditions = mem_strdup(conditions);
	return oldest;
}

/* ---- a window -------------------------------------------------------------------------- */

struct window { /* of a call, in its arena */
	struct store_suppression_list want;
	const char *conditions;
	uint64_t offset, total;
	uint32_t limit;
	bool is_oldest_first;
	struct suppress_changes seen; /* before the index was asked for */
	uint64_t *id;
};

static const char *
or_none(const char *text)
{
	return text ? text : "";
}

static const char *
conditions_of(const struct store_suppression_list *want, struct arena *arena)
{
	/* none of these has a newline in it: they are terms */
	return arena_printf(arena, "%s\n%s\n%d\n%s\n%s\n%s\n%lld\n%lld", or_none(want->domain),
	                    or_none(want->text), want->reason, want->scope ? "scope" : "",
	                    or_none(want->scope), or_none(want->site),
	                    (long long)want->since_unix_ms, (long long)want->until_unix_ms);
}

static void
fail_busy(struct control_call *call)
{
	struct api_error error;

	(void)api_error_set(&error, API_ERROR_BUSY, "too many questions wait; try again");
	control_call_fail(call, &error);
}

static void
answer_rows(struct control_call *call, const struct store_suppression_list *page)
{
	const struct window *window = call->state;
	json_t *result = api_json_new("relay.suppression.list/1"), *items = json_array();

	for (size_t i = 0; page && i < page->count; i++)
		json_array_append_new(items, control_suppression_json(&page->row[i]));
	api_json_put(result, "items", items);
	api_json_put_int(result, "total", (int64_t)window->total);
	api_json_put(result, "blocked", control_suppression_blocked_json(call->control));
	api_json_put_null(result, "next_cursor");
	control_call_answer(call, result);
}

static void
took_rows(struct mailbox_item *item, void *owner)
{
	struct store_suppression_list *page = (struct store_suppression_list *)(void *)item;
	struct control_call *call = page->context;

	(void)owner;
	call->waiting--;
	if (control_call_is_gone(call))
		control_call_drop(call);
	else if (page->result < 0)
		control_call_fail_err(call, &page->err);
	else
		answer_rows(call, page);
	arena_free(&page->arena);
	mem_free(page);
}

static void
ask_rows(struct control_call *call, struct index *index)
{
	struct window *window = call->state;
	struct store_suppression_list *page;
	uint32_t count = 0;

	index->used_mono_ms = clock_mono_ms();
	window->total = index->rank.count;
	while (count < window->limit && window->offset + count < window->total) {
		uint64_t n = window->offset + count;

		window->id[count++] = control_rank_nth(
			&index->rank, window->is_oldest_first ? n : window->total - 1 - n);
	}
	if (count == 0) {
		answer_rows(call, NULL);
		return;
	}
	page = mem_zero(1, sizeof *page);
	page->back = control_back(call->control, took_rows);
	page->context = call;
	page->arena = arena_new(0);
	page->id = window->id;
	page->limit = count;
	call->waiting++;
	if (store_suppression_list_send(call->control->options.store, &page))
		return;
	call->waiting--;
	arena_free(&page->arena);
	mem_free(page);
	fail_busy(call);
}

/* ---- which ids ------------------------------------------------------------------------- */

static struct index *
keep_index(struct control *control, const struct window *window,
           const struct store_suppression_index *answer)
{
	struct index *index = find_index(control, window->conditions);

	if (index && answer->after_id == 0)
		control_rank_deinit(&index->rank);
	if (!index)
		index = make_index(control, window->conditions);
	control_rank_add(&index->rank, answer->bits, answer->words);
	if (answer->after_id == 0)
		index->read_mono_ms = clock_mono_ms();
	index->last_id = answer->last_id;
	index->seen = window->seen;
	return index;
}

static void
took_index(struct mailbox_item *item, void *owner)
{
	struct store_suppression_index *answer = (struct store_suppression_index *)(void *)item;
	struct control_call *call = answer->context;
	struct control *control = owner;
	const struct window *window = call->state;

	call->waiting--;
	if (control == NULL || control_call_is_gone(call))
		control_call_drop(call);
	else if (answer->result < 0)
		control_call_fail_err(call, &answer->err);
	else if (answer->after_id && !find_index(control, window->conditions))
		control_suppression_window(call, &window->want); /* forgotten meanwhile */
	else
		ask_rows(call, keep_index(control, window, answer));
	arena_free(&answer->arena);
	mem_free(answer);
}

static void
ask_index(struct control_call *call, uint64_t after_id)
{
	struct window *window = call->state;
	struct store_suppression_index *request = mem_zero(1, sizeof *request);

	window->seen = suppress_changes(call->control->options.suppress);
	request->back = control_back(call->control, took_index);
	request->context = call;
	request->arena = arena_new(0);
	request->want = window->want;
	request->after_id = after_id;
	call->waiting++;
	if (store_suppression_index_send(call->control->options.store, &request))
		return;
	call->waiting--;
	arena_free(&request->arena);
	mem_free(request);
	fail_busy(call);
}

/* has_more_conditions - than of the address, which never changes. */
static bool
has_more_conditions(const struct store_suppression_list *want)
{
	return want->reason >= 0 || want->site || want->since_unix_ms || want->until_unix_ms;
}

void
control_suppression_window(struct control_call *call, const struct store_suppression_list *want)
{
	struct window *window = arena_zero(call->arena, sizeof *window);
	struct suppress_changes now = suppress_changes(call->control->options.suppress);
	struct index *index;

	window->want = *want;
	window->conditions = conditions_of(want, call->arena);
	window->offset = (uint64_t)control_int(call, "offset", 0);
	window->limit = (uint32_t)control_int(call, "limit", LIMIT_DEFAULT);
	window->is_oldest_first = api_json_get_bool(call->params, "reverse");
	window->id = arena_alloc(call->arena, (window->limit + 1) * sizeof *window->id);
	call->state = window;
	index = find_index(call->control, window->conditions);
	if (!index || index->seen.dropped != now.dropped)
		ask_index(call, 0);
	else if (index->seen.put == now.put)
		ask_rows(call, index);
	else if (has_more_conditions(want)
	         && clock_mono_ms() - index->read_mono_ms > REREAD_MS)
		ask_index(call, 0);
	else
		ask_index(call, index->last_id);
}

/* ---- what the list stopped ---------------------------------------------------------------- */

static int
most_first(const void *left, const void *right)
{
	const struct suppress_blocked_row *a = left, *b = right;

	if (a->count != b->count)
		return a->count < b->count ? 1 : -1;
	return strcmp(a->credential, b->credential);
}

json_t *
control_suppression_blocked_json(const struct control *control)
{
	const struct suppress_blocked *blocked = suppress_blocked_of(control->options.suppress);
	struct suppress_blocked_row row[SUPPRESS_BLOCKED_MAX];
	json_t *one = json_object(), *list = json_array();

	memcpy(row, blocked->row, blocked->rows * sizeof *row);
	qsort(row, blocked->rows, sizeof *row, most_first);
	for (size_t i = 0; i < blocked->rows && i < BLOCKED_SHOWN; i++) {
		json_t *its = json_object();

		api_json_put_text(its, "credential", row[i].credential);
		api_json_put_int(its, "count", (int64_t)row[i].count);
		json_array_append_new(list, its);
	}
	api_json_put_time(one, "since_at", blocked->since_unix_ms);
	api_json_put_int(one, "total", (int64_t)blocked->total);
	api_json_put(one, "credentials", list);
	return one;
}
