/* tui_feed.c - see tui_feed.h. */
#include "tui_feed.h"

#include <stdio.h>
#include <string.h>

#include "api/api_client.h"
#include "api/api_json.h"
#include "base/mem.h"
#include "tui_view.h"

#define RETRY_FIRST_MS 250
#define RETRY_MOST_MS 5000
#define INTERVAL_MS 1000
#define HIDDEN_INTERVAL_MS 5000
#define FRESH_MS 5000      /* so long after a change */
#define EVENTS_PER_SEC 200 /* what a person may see go by; the rest is counted */
#define FILTER_BYTES ((size_t)4 << 10)

enum slot_kind {
	SLOT_OVERVIEW, SLOT_POOLS, SLOT_VIEW, SLOT_STATUS, SLOT_EVENTS, SLOT_MESSAGE, SLOT_COUNT
};

struct slot {
	json_t *asked;          /* parameters of the last request; NULL: nothing asked */
	uint64_t pending;       /* id of the subscription under way; 0 none */
	int64_t number;         /* the daemon's; 0 not subscribed */
};

struct tui_feed {
	struct api_client *client;
	struct tui_model *model;
	struct slot slot[SLOT_COUNT];
	struct list sent;       /* struct tui_request, waiting for their answers */
	int64_t retry_ms;
	bool has_news;          /* something reached the model since tui_feed_read began */
};

static const char *const subscribe_methods[SLOT_COUNT] = {
	[SLOT_OVERVIEW] = "view.subscribe",
	[SLOT_POOLS] = "view.subscribe",
	[SLOT_VIEW] = "view.subscribe",
	[SLOT_STATUS] = "view.subscribe",
	[SLOT_EVENTS] = "events.subscribe",
	[SLOT_MESSAGE] = "events.subscribe",
};
static const char *const unsubscribe_methods[SLOT_COUNT] = {
	[SLOT_OVERVIEW] = "view.unsubscribe",
	[SLOT_POOLS] = "view.unsubscribe",
	[SLOT_VIEW] = "view.unsubscribe",
	[SLOT_STATUS] = "view.unsubscribe",
	[SLOT_EVENTS] = "events.unsubscribe",
	[SLOT_MESSAGE] = "events.unsubscribe",
};

/* ---- what the model wants ---------------------------------------------- */

static enum tui_screen
shown_screen(const struct tui_model *model)
{
	return model->screen == TUI_HELP ? model->help_of : model->screen;
}

static json_t *
view_params(const struct tui_model *model, enum tui_screen screen, int interval_ms)
{
	const struct tui_view *view = tui_view_of(screen);
	json_t *params = view->window(model, (int)screen);

	api_json_put_text(params, "view", view->view);
	api_json_put_int(params, "interval_ms", interval_ms);
	return params;
}

/* wanted_overview - always: the daemon counts credentials and keeps the last
 * events only while somebody looks, and who comes back wants them. */
static json_t *
wanted_overview(const struct tui_model *model)
{
	return view_params(model, TUI_OVERVIEW,
			   shown_screen(model) == TUI_OVERVIEW ? INTERVAL_MS : HIDDEN_INTERVAL_MS);
}

/* wanted_pools - beside the Overview where there is room for them. */
static json_t *
wanted_pools(const struct tui_model *model)
{
	if (shown_screen(model) != TUI_OVERVIEW || model->width < TUI_WIDE)
		return NULL;
	return view_params(model, TUI_POOLS, HIDDEN_INTERVAL_MS);
}

/* wanted_view - after a change at once and each second, so that its effect is seen, and what is
 * acted on next is not what was before. */
static json_t *
wanted_view(const struct tui_model *model)
{
	enum tui_screen screen = shown_screen(model);
	const struct tui_view *view = tui_view_of(screen);
	bool is_fresh = model->changed_mono_ms
	                && model->now_mono_ms - model->changed_mono_ms < FRESH_MS;

	if (screen == TUI_OVERVIEW || !view->view)
		return NULL;
	return view_params(model, screen,
			   view->interval_ms && !is_fresh ? view->interval_ms : INTERVAL_MS);
}

/* wanted_status - row 1 each second, also above what changes less often: a relay that says
 * nothing for some seconds is stale. */
static json_t *
wanted_status(const struct tui_model *model)
{
	const struct tui_view *view = tui_view_of(shown_screen(model));
	json_t *params;

	if (!view->view || view->interval_ms <= INTERVAL_MS)
		return NULL;
	params = json_object();
	api_json_put_text(params, "view", "status");
	api_json_put_int(params, "interval_ms", INTERVAL_MS);
	return params;
}

/* wanted_events - once looked at the log goes on, whatever screen is shown: who
 * comes back finds the rows where they were. */
static json_t *
wanted_events(const struct tui_model *model)
{
	json_t *params;
	struct buf filter;

	if (!model->log_state.is_started)
		return NULL;
	params = json_object();
	buf_init(&filter, FILTER_BYTES);
	tui_log_filter(model, &filter);
	api_json_put_int(params, "rate", EVENTS_PER_SEC);
	if (filter.len)
		api_json_put_span(params, "filter", buf_span(&filter));
	buf_deinit(&filter);
	return params;
}

/* wanted_message - what happens to the message that is looked at. */
static json_t *
wanted_message(const struct tui_model *model)
{
	char filter[TUI_ID_SIZE + 8];
	json_t *params;

	if (shown_screen(model) != TUI_MESSAGE || !model->message.id[0])
		return NULL;
	params = json_object();
	snprintf(filter, sizeof filter, "id:%s", model->message.id);
	api_json_put_text(params, "filter", filter);
	return params;
}

static void
end_slot(struct tui_feed *feed, enum slot_kind kind)
{
	struct slot *slot = &feed->slot[kind];

	if (slot->number) {
		json_t *params = json_object();

		api_json_put_int(params, "subscription", slot->number);
		(void)api_client_send(feed->client, unsubscribe_methods[kind], params);
	}
	json_decref(slot->asked);
	*slot = (struct slot){ .asked = NULL };
}

static bool
is_same_view(const json_t *a, const json_t *b)
{
	const char *one = api_json_get_text(a, "view"), *other = api_json_get_text(b, "view");

	return one && other && strcmp(one, other) == 0;
}

/* update_view - another window of the view that is subscribed to. Takes wanted. */
static void
update_view(struct tui_feed *feed, struct slot *slot, json_t *wanted)
{
	json_t *params = json_copy(wanted);

	(void)json_object_del(params, "view");
	api_json_put_int(params, "subscription", slot->number);
	(void)api_client_send(feed->client, "view.update", params);
	json_decref(slot->asked);
	slot->asked = wanted;
}

static void
sync_slot(struct tui_feed *feed, enum slot_kind kind, json_t *wanted)
{
	struct slot *slot = &feed->slot[kind];

	if (slot->pending || (slot->asked ? wanted && json_equal(slot->asked, wanted) : !wanted)) {
		json_decref(wanted); /* as it should be, or looked at again when answered */
		return;
	}
	if (slot->number && wanted && is_same_view(slot->asked, wanted)) {
		update_view(feed, slot, wanted);
		return;
	}
	end_slot(feed, kind);
	if (!wanted)
		return;
	slot->asked = wanted;
	slot->pending = api_client_send(feed->client, subscribe_methods[kind], json_copy(wanted));
	if (kind == SLOT_EVENTS && feed->model->log.count == 0)
		tui_model_load_log(feed->model); /* begin with what just happened */
}

/* name_cancelled - in the request's parameters. False: it is not under way. */
static bool
name_cancelled(const struct tui_feed *feed, struct tui_request *request)
{
	for (struct list *link = feed->sent.next; link != &feed->sent; link = link->next) {
		const struct tui_request *sent = LIST_OWNER(link, struct tui_request, link);

		if (sent->serial == request->cancels) {
			api_json_put_int(request->params, "id", (int64_t)sent->id);
			return true;
		}
	}
	return false;
}

/* send_requests - of the model, in its order. */
static void
send_requests(struct tui_feed *feed)
{
	while (!list_is_empty(&feed->model->requests)) {
		struct tui_request *request =
			LIST_OWNER(feed->model->requests.next, struct tui_request, link);

		if (request->cancels && !name_cancelled(feed, request)) {
			tui_request_free(&request); /* it was answered meanwhile */
			continue;
		}
		list_remove(&request->link);
		list_push_back(&feed->sent, &request->link);
		request->id = api_client_send(feed->client, request->method, request->params);
		request->params = NULL;
	}
}

/* ---- what the daemon says ---------------------------------------------- */

static void
take_notice(const char *method, const json_t *params, void *arg)
{
	struct tui_feed *feed = arg;
	int64_t number = api_json_get_int(params, "subscription", 0);

	feed->has_news = true;
	if (number && number == feed->slot[SLOT_MESSAGE].number && strcmp(method, "view") != 0)
		tui_message_event(feed->model);
	else
		tui_model_notice(feed->model, method, params);
}

static struct tui_request *
request_of(struct tui_feed *feed, uint64_t id)
{
	for (struct list *link = feed->sent.next; link != &feed->sent; link = link->next) {
		struct tui_request *request = LIST_OWNER(link, struct tui_request, link);

		if (request->id == id)
			return request;
	}
	return NULL;
}

static void
take_subscribed(struct tui_feed *feed, struct slot *slot, const json_t *result,
                const struct api_error *error)
{
	slot->pending = 0;
	if (result) {
		slot->number = api_json_get_int(result, "subscription", 0);
		tui_model_hello(feed->model, result);
	} else { /* not asked again until something else is wanted */
		tui_model_say(feed->model, TUI_BAD, "%s%s%s", error->message,
			      error->hint[0] ? "; " : "", error->hint);
	}
}

static void
take_reply(uint64_t id, const json_t *result, const struct api_error *error, void *arg)
{
	struct tui_feed *feed = arg;
	struct tui_request *request = request_of(feed, id);

	feed->has_news = true;
	for (int i = 0; i < SLOT_COUNT; i++)
		if (id && feed->slot[i].pending == id)
			take_subscribed(feed, &feed->slot[i], result, error);
	if (request) {
		tui_model_reply(feed->model, request, result, error);
		tui_request_free(&request);
	}
}

/* ---- the connection ---------------------------------------------------- */

struct tui_feed *
tui_feed_new(const char *socket_path, struct tui_model *model)
{
	struct tui_feed *feed = mem_zero(1, sizeof *feed);

	feed->client = api_client_new(socket_path);
	feed->model = model;
	feed->retry_ms = RETRY_FIRST_MS;
	list_init(&feed->sent);
	api_client_on_notice(feed->client, take_notice, feed);
	api_client_on_reply(feed->client, take_reply, feed);
	return feed;
}

static void
forget_requests(struct list *requests)
{
	while (!list_is_empty(requests)) {
		struct tui_request *request = LIST_OWNER(requests->next, struct tui_request, link);

		tui_request_free(&request);
	}
}

void
tui_feed_free(struct tui_feed **feed)
{
	struct tui_feed *gone = *feed;

	if (!gone)
		return;
	*feed = NULL;
	forget_requests(&gone->sent);
	for (int i = 0; i < SLOT_COUNT; i++)
		json_decref(gone->slot[i].asked);
	api_client_free(&gone->client);
	mem_free(gone);
}

int
tui_feed_fd(const struct tui_feed *feed)
{
	return api_client_fd(feed->client);
}

short
tui_feed_events(const struct tui_feed *feed)
{
	return api_client_events(feed->client);
}

/* lose - whatever was asked is void; try again, less often each time. */
static void
lose(struct tui_feed *feed, const struct api_error *error)
{
	struct tui_model *model = feed->model;

	forget_requests(&feed->sent);
	forget_requests(&model->requests);
	for (int i = 0; i < SLOT_COUNT; i++) {
		json_decref(feed->slot[i].asked);
		feed->slot[i] = (struct slot){ .asked = NULL };
	}
	tui_model_lost(model, error, model->now_mono_ms + feed->retry_ms);
	feed->retry_ms = feed->retry_ms * 2 < RETRY_MOST_MS ? feed->retry_ms * 2 : RETRY_MOST_MS;
	feed->has_news = true;
}

bool
tui_feed_read(struct tui_feed *feed)
{
	struct api_error error;

	feed->has_news = false;
	if (!api_client_is_open(feed->client))
		return false;
	if (api_client_feed(feed->client, &error) < 0)
		lose(feed, &error);
	else if (feed->has_news)
		feed->retry_ms = RETRY_FIRST_MS; /* it talks: the next loss is a new one */
	return feed->has_news;
}

void
tui_feed_sync(struct tui_feed *feed)
{
	struct tui_model *model = feed->model;
	struct api_error error;

	if (!api_client_is_open(feed->client)) {
		if (model->now_mono_ms < model->retry_mono_ms)
			return;
		if (api_client_connect(feed->client, &error) < 0) {
			lose(feed, &error);
			return;
		}
	}
	sync_slot(feed, SLOT_OVERVIEW, wanted_overview(model));
	sync_slot(feed, SLOT_POOLS, wanted_pools(model)); /* before: one pools view at a time */
	sync_slot(feed, SLOT_VIEW, wanted_view(model));
	sync_slot(feed, SLOT_STATUS, wanted_status(model));
	sync_slot(feed, SLOT_EVENTS, wanted_events(model));
	sync_slot(feed, SLOT_MESSAGE, wanted_message(model));
	send_requests(feed);
}
