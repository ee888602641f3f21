/* control_log.c - events: the past ones of a search, and live ones to those who
 * subscribed. Thread: main. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "control/control_filter.h"
#include "control/control_search.h"

#define LIMIT_DEFAULT 50

#define NARROWED_LIMIT 1000 /* messages looked at when events are narrowed by what only they know */

/* ---- the past ------------------------------------------------------------ */

struct looking_back {
	struct api_terms only;   /* borrow from the request */
	uint32_t limit;          /* events wanted */
};

struct timed {
	const char *at;      /* RFC 3339 UTC of one length: text order is time order */
	size_t order;        /* as found, so that equal times keep their order */
	json_t *event;       /* borrowed */
};

static int
compare_timed(const void *a, const void *b)
{
	const struct timed *one = a, *two = b;
	int order = strcmp(one->at, two->at);

	return order ? order : (one->order > two->order) - (one->order < two->order);
}

/* sorted_events - all events of the rows found, oldest first. New reference. */
static json_t *
sorted_events(const struct store_result *set, const struct api_terms *only)
{
	json_t *all = json_array(), *sorted = json_array(), *one;
	struct timed *timed;
	size_t count, i;

	for (size_t row = set->count; row > 0; row--) {
		json_t *events = control_found_events(&set->found[row - 1], only);

		json_array_extend(all, events);
		json_decref(events);
	}
	count = json_array_size(all);
	timed = mem_zero(count + 1, sizeof *timed);
	json_array_foreach(all, i, one) {
		const char *at = api_json_get_text(one, "at");

		timed[i] = (struct timed){ at ? at : "", i, one };
	}
	qsort(timed, count, sizeof *timed, compare_timed);
	for (i = 0; i < count; i++)
		json_array_append(sorted, timed[i].event);
	mem_free(timed);
	json_decref(all);
	return sorted;
}

static void
tailed(struct mailbox_item *item, void *owner)
{
	struct store_search *search = (struct store_search *)(void *)item;
	struct control_call *call = control_search_take(search);
	const struct looking_back *looking;
	size_t limit;
	json_t *result, *events, *items;

	(void)owner;
	if (!call)
		return;
	looking = call->state;
	limit = looking->limit;
	events = sorted_events(&search->result_set, &looking->only);
	items = json_array();
	for (size_t i = json_array_size(events) > limit ? json_array_size(events) - limit : 0;
	     i < json_array_size(events); i++)
		json_array_append(items, json_array_get(events, i));
	json_decref(events);
	control_search_free(&search);
	result = api_json_new("relay.log.tail/1");
	api_json_put(result, "items", items);
	api_json_put_null(result, "next_cursor");
	control_call_answer(call, result);
}

static void
searched(struct mailbox_item *item, void *owner)
{
	struct store_search *search = (struct store_search *)(void *)item;
	struct control_call *call = control_search_take(search);
	const struct looking_back *looking;
	json_t *result, *events, *items;

	(void)owner;
	if (!call)
		return;
	looking = call->state;
	events = sorted_events(&search->result_set, &looking->only);
	items = json_array();
	for (size_t i = json_array_size(events); i > 0; i--)
		json_array_append(items, json_array_get(events, i - 1));
	json_decref(events);
	result = api_json_new("relay.log.search/1");
	api_json_put(result, "items", items);
	control_search_cursor(result, &search->result_set);
	api_json_put(result, "coverage",
		     control_search_coverage(&search->query, &search->result_set));
	control_search_free(&search);
	control_call_answer(call, result);
}

static void
search_with(struct control_call *call, mailbox_fn fn)
{
	struct arena *arena = arena_new(0);
	struct looking_back *looking = arena_zero(call->arena, sizeof *looking);
	struct store_query query;
	struct api_error error;

	call->state = looking;
	looking->limit = (uint32_t)control_int(call, "limit", LIMIT_DEFAULT);
	if (control_search_query(call, false, LIMIT_DEFAULT, arena, &query, &looking->only,
	                         &error) == 0) {
		if (looking->only.count > 0 && fn == tailed)
			query.limit = NARROWED_LIMIT;
		control_search_send(call, arena, &query, fn);
		return;
	}
	arena_free(&arena);
	control_call_fail(call, &error);
}

void
control_log_tail(struct control_call *call)
{
	search_with(call, tailed);
}

void
control_log_search(struct control_call *call)
{
	search_with(call, searched);
}

/* ---- live ------------------------------------------------------------------------------
 *
 * Three things can keep an event from a subscriber, and each is counted: its
 * output is full (notify's ring holds events, then loses them: events.lost), or
 * it asked for at most so many a second (events.sampled). */

struct stream {
	struct control_subscription subscription; /* first */
	struct notify *notify;
	struct notify_subscriber *subscriber;
	struct api_terms terms;        /* borrow from params */
	json_t *params;                /* a reference */
	int64_t rate;                  /* events a second, 0: all */
	int64_t second, sent;          /* in this second so many */
	uint64_t left_out;
};

static bool
is_wanted(const struct mail_event *event, void *arg)
{
	const struct stream *stream = arg;

	return control_event_matches(&stream->terms, event);
}

static json_t *
count_json(const struct stream *stream, uint64_t count)
{
	json_t *params = json_object();

	api_json_put_int(params, "subscription", (int64_t)stream->subscription.number);
	api_json_put_int(params, "count", (int64_t)count);
	return params;
}

/* take_token - may this event be sent under the rate? */
static bool
take_token(struct stream *stream)
{
	int64_t second = clock_mono_ms() / 1000;

	if (stream->rate == 0)
		return true;
	if (second != stream->second) {
		if (stream->left_out > 0 &&
		    control_session_notify(stream->subscription.session, "events.sampled",
		                           count_json(stream, stream->left_out)))
			stream->left_out = 0;
		stream->second = second;
		stream->sent = 0;
	}
	if (stream->sent < stream->rate) {
		stream->sent++;
		return true;
	}
	stream->left_out++;
	return false;
}

static bool
on_event(const struct mail_event *event, void *arg)
{
	struct stream *stream = arg;
	struct control_session *session = stream->subscription.session;
	uint64_t lost;
	json_t *one;

	if (!control_session_has_room(session))
		return false;
	lost = notify_take_lost(stream->subscriber);
	if (lost > 0)
		(void)control_session_notify(session, "events.lost", count_json(stream, lost));
	if (take_token(stream)) {
		one = control_event_json(event);
		api_json_put_int(one, "subscription", (int64_t)stream->subscription.number);
		(void)control_session_notify(session, "event", one);
	}
	return true;
}

static void
on_drained(struct control_subscription *subscription)
{
	struct stream *stream = (struct stream *)(void *)subscription;

	notify_resume(stream->subscriber);
}

static void
end_stream(struct control_subscription *subscription)
{
	struct stream *stream = (struct stream *)(void *)subscription;

	if (stream->subscriber)
		notify_unsubscribe(stream->notify, &stream->subscriber);
	json_decref(stream->params);
	mem_free(stream);
}

void
control_events_subscribe(struct control_call *call)
{
	struct stream *stream = mem_zero(1, sizeof *stream);
	struct api_error error;
	json_t *result;

	stream->params = json_incref(call->params);
	stream->notify = call->control->options.notify;
	stream->rate = control_int(call, "rate", 0);
	stream->subscription = (struct control_subscription){
		.is_events = true, .drained = on_drained, .end = end_stream,
	};
	if (control_terms_of(call, &stream->terms, &error) < 0 ||
	    control_session_add(call->session, &stream->subscription, &error) < 0) {
		end_stream(&stream->subscription);
		control_call_fail(call, &error);
		return;
	}
	result = api_json_new("relay.events.subscribe/1");
	api_json_put_int(result, "subscription", (int64_t)stream->subscription.number);
	/* events begin after this answer: both are written in this turn's order */
	stream->subscriber = notify_subscribe(stream->notify, is_wanted, on_event, stream);
	control_call_answer(call, result);
}
