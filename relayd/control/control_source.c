/* control_source.c - what others see of the addresses mail leaves by: pool.check, and the event
 * when that changes. Thread: main. */
#include <stdio.h>
#include <string.h>

#include "control/control_private.h"

static json_t *
lists_json(const struct source_report *report)
{
	json_t *all = json_array();

	for (size_t i = 0; i < report->lists; i++) {
		const struct source_list *list = &report->list[i];
		json_t *one = json_object();

		api_json_put_text(one, "list", list->name);
		api_json_put_text(one, "result", source_listing_name(list->listing));
		api_json_put_text(one, "answer", *list->answer ? list->answer : NULL);
		json_array_append_new(all, one);
	}
	return all;
}

static json_t *
problems_json(const struct source_report *report)
{
	json_t *all = json_array();
	char text[400];

	for (size_t i = 0; source_check_problem(report, i, text, sizeof text); i++)
		json_array_append_new(all, api_json_string(span_of(text)));
	for (size_t i = 0; i < report->lists; i++)
		if (source_check_refusal(report, i, text, sizeof text))
			json_array_append_new(all, api_json_string(span_of(text)));
	return all;
}

json_t *
control_source_json(const struct source_report *report)
{
	json_t *one = json_object();

	api_json_put_text(one, "address", report->address);
	api_json_put_bool(one, "missing", report->is_missing);
	api_json_put_text(one, "ehlo", report->ehlo);
	api_json_put_text(one, "ptr", source_ptr_name(report->ptr));
	api_json_put_text(one, "ptr_name", *report->ptr_name ? report->ptr_name : NULL);
	api_json_put_text(one, "ptr_error",
			  report->ptr == SOURCE_PTR_UNKNOWN ? report->ptr_why : NULL);
	api_json_put_bool(one, "greeting_confirmed", report->is_greeting_confirmed);
	api_json_put(one, "blocklists", lists_json(report));
	api_json_put(one, "problems", problems_json(report));
	api_json_put_time(one, "checked_at", report->at_unix_ms);
	return one;
}

static void
checked(void *arg, const struct source_report *report)
{
	struct control_call *call = arg;
	json_t *result;

	if (control_call_is_gone(call)) {
		control_call_drop(call);
		return;
	}
	result = api_json_new("relay.pool.check/1");
	api_json_put(result, "source", control_source_json(report));
	control_call_answer(call, result);
}

void
control_source_check(struct control_call *call)
{
	const char *address = control_text(call, "address");
	struct err err;

	if (source_watch_check(call->control->options.sources, address, checked, call))
		return;
	err_set(&err, ERR_INPUT, 0,
		"no pool has the address %.60s; delivery.source and the pools of relayd.conf say "
		"which there are",
		address);
	control_call_fail_err(call, &err);
}

void
control_source_changed(void *arg, const struct source_report *report, const char *text)
{
	struct control *control = arg;
	struct arena *arena = arena_new(0);

	control_audit_publish(control, MAIL_EVENT_SOURCE_CHANGED, NULL,
			      arena_printf(arena, "%s: %s", report->address, text));
	arena_free(&arena);
}

/* A name that relayd.conf has not would have its mail wait. */
bool
control_pool_is_known(struct control_call *call, const char *pool)
{
	struct api_error error;

	if (pool == NULL || config_find_pool(call->control->config, pool) != NULL)
		return true;
	(void)api_error_set(&error, API_ERROR_NOT_FOUND,
		"there is no pool \"%.64s\": add pool \"%.64s\" { address = {...} } to "
		"relayd.conf, then: relaycli config reload", pool, pool);
	control_call_fail(call, &error);
	return false;
}
