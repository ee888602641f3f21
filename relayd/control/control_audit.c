/* control_audit.c - who changed what: written with each change, listed here.
 *
 * A row names the uid and name the kernel gave for the peer, the method, the
 * object and in words what changed, with the reason if one was given. Never a
 * secret. Thread: main. */
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "control/control_audit_match.h"
#include "control/control_filter.h"
#include "notify/notify_keep.h"
#include "store/store_audit.h"

#define LIMIT_DEFAULT 50

void
control_audit_fill(const struct control_call *call, struct arena *arena, const char *object,
                   const char *detail, struct store_audit *audit_out)
{
	const char *reason = control_text(call, "reason");

	*audit_out = (struct store_audit){
		.at_unix_ms = clock_unix_ms(),
		.uid = call->uid,
		.who = arena_strdup(arena, call->user),
		.via = control_call_is_own(call) ? "relayd" : "socket",
		.action = call->method->name,
		.object = arena_strdup(arena, object ? object : ""),
		.detail = arena_printf(arena, "%s%s%s%s", detail ? detail : "",
		                       detail && *detail && reason ? "; " : "",
		                       reason ? "reason: " : "", reason ? reason : ""),
	};
}

static void
written(struct mailbox_item *item, void *owner)
{
	struct store_write *write = (struct store_write *)(void *)item;

	(void)owner;
	control_call_audited(write->context, write->result < 0 ? &write->err : NULL);
	store_write_free(&write);
}

const char *
control_say_recipients(struct arena *arena, uint32_t n, const char *more)
{
	return arena_printf(arena, "%u recipient%s%s", n, n == 1 ? "" : "s", more);
}

const char *
control_say_acted(struct arena *arena, const struct schedule_ask *ask, const char *more)
{
	return store_audit_add(arena, control_say_recipients(arena, ask->affected, more),
	                       ask->did);
}

void
control_audit_write(struct control_call *call, const char *object, const char *detail)
{
	struct store_write *write =
		store_write_new(control_back(call->control, written), call, 0);

	call->audits++;
	control_audit_fill(call, write->arena, object, detail, &write->audit);
	store_write_send(call->control->options.store, &write);
}

/* ---- changes as events ---------------------------------------------------- */

void
control_audit_publish(struct control *control, enum mail_event_kind kind, const char *credential,
                      const char *detail)
{
	const struct mail_event event = {
		.at_unix_ms = clock_unix_ms(),
		.kind = kind,
		.credential = credential,
		.detail = detail,
		.duration_ms = -1,
	};

	notify_keep(control->options.notify, control->options.store, control->box, &event);
}

/* ---- audit.list ---------------------------------------------------------- */

struct audit_page {
	struct api_terms terms;
	uint32_t limit;
};

static json_t *
row_json(const struct store_audit *row)
{
	json_t *one = json_object();

	api_json_put_id(one, "id", row->id);
	api_json_put_time(one, "at", row->at_unix_ms);
	api_json_put_int(one, "uid", row->uid);
	api_json_put_text(one, "who", row->who);
	api_json_put_text(one, "via", row->via);
	api_json_put_text(one, "action", row->action);
	api_json_put_text(one, "object", row->object);
	api_json_put_text(one, "detail", row->detail);
	return one;
}

static void ask_page(struct control_call *call, uint64_t before_id);

static void
listed(struct mailbox_item *item, void *owner)
{
	struct store_audit_list *list = (struct store_audit_list *)(void *)item;
	struct control_call *call = list->context;
	struct audit_page *page = call->state;
	struct err err = list->err;
	bool failed = list->result < 0, is_end = list->count < list->limit;
	uint64_t last_id = 0;
	json_t *items = json_object_get(call->made, "items");

	(void)owner;
	for (size_t i = 0; !failed && i < list->count; i++) {
		last_id = list->audit[i].id;
		if (control_audit_match(&page->terms, &list->audit[i]))
			json_array_append_new(items, row_json(&list->audit[i]));
		if (json_array_size(items) == page->limit) {
			is_end = is_end && i + 1 == list->count;
			break;
		}
	}
	arena_free(&list->arena);
	mem_free(list);
	if (control_call_is_gone(call)) {
		control_call_drop(call);
	} else if (failed) {
		control_call_fail_err(call, &err);
	} else if (!is_end && json_array_size(items) < page->limit) {
		ask_page(call, last_id); /* narrowed by terms: look further back */
	} else {
		api_json_put_id(call->made, "next_cursor", is_end ? 0 : last_id);
		control_call_answer(call, json_incref(call->made));
	}
}

static void
ask_page(struct control_call *call, uint64_t before_id)
{
	struct store_audit_list *list = mem_zero(1, sizeof *list);
	struct audit_page *page = call->state;
	struct api_error error;

	list->back = control_back(call->control, listed);
	list->context = call;
	list->arena = arena_new(0);
	list->limit = page->terms.count ? 1000 : page->limit;
	list->before_id = before_id;
	if (store_audit_list_send(call->control->options.store, &list))
		return;
	arena_free(&list->arena);
	mem_free(list);
	(void)api_error_set(&error, API_ERROR_BUSY, "too many questions wait; try again");
	control_call_fail(call, &error);
}

void
control_audit_list(struct control_call *call)
{
	struct audit_page *page = arena_zero(call->arena, sizeof *page);
	const char *cursor = control_text(call, "cursor");
	struct api_error error;
	uint64_t before_id = 0;

	call->state = page;
	page->limit = (uint32_t)control_int(call, "limit", LIMIT_DEFAULT);
	if (cursor && !id_parse(span_of(cursor), &before_id)) {
		(void)api_error_set(&error, API_ERROR_PARAMS, "cursor: not one of ours");
		control_call_fail(call, &error);
		return;
	}
	if (control_terms_of(call, &page->terms, &error) < 0
	    || control_audit_match_check(&page->terms, &error) < 0) {
		control_call_fail(call, &error);
		return;
	}
	call->made = api_json_new("relay.audit.list/1");
	api_json_put(call->made, "items", json_array());
	ask_page(call, before_id);
}
