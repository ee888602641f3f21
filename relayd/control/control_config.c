/* control_config.c - what relayd runs with, and reading it again. Thread: main. */
#include "base/clock.h"
#include "base/log.h"
#include "config_diff.h"
#include "config_restart.h"
#include "config_text.h"
#include "control/control_private.h"
#include "control/control_socket.h"

#define CHANGES_MAX 800            /* bytes of changed lines in the audit log */

static const char *const tls_names[] = {
	[CONFIG_TLS_NONE] = "none", [CONFIG_TLS_STARTTLS] = "starttls",
	[CONFIG_TLS_IMPLICIT] = "implicit",
};

static json_t *
listeners_json(const struct config *config)
{
	json_t *list = json_array();

	for (size_t i = 0; i < config->listeners; i++) {
		const struct config_listener *listener = &config->listener[i];
		json_t *one = json_object(), *addresses = json_array();

		for (size_t a = 0; a < listener->addresses; a++)
			json_array_append_new(addresses, json_string(listener->address[a]));
		api_json_put_text(one, "title", listener->title);
		api_json_put_text(one, "kind", config_kind_name(listener->kind));
		api_json_put(one, "address", addresses);
		api_json_put_int(one, "port", listener->port);
		api_json_put_text(one, "tls", tls_names[listener->tls]);
		api_json_put_text(one, "credential", listener->credential);
		json_array_append_new(list, one);
	}
	return list;
}

static json_t *
providers_json(const struct config *config)
{
	json_t *list = json_array();

	for (size_t i = 0; i < config->providers; i++) {
		const struct config_provider *provider = &config->provider[i];
		json_t *one = json_object(), *mx = json_array();

		for (size_t m = 0; m < provider->mxs; m++)
			json_array_append_new(mx, json_string(provider->mx[m]));
		api_json_put_text(one, "name", provider->name);
		api_json_put(one, "mx", mx);
		api_json_put_int(one, "max_connections", provider->max_connections);
		api_json_put_int(one, "messages_per_connection", provider->messages_per_connection);
		api_json_put_int(one, "rate_count",
				 provider->rate.period_ms ? provider->rate.count : 0);
		api_json_put_int(one, "rate_period_ms", provider->rate.period_ms);
		json_array_append_new(list, one);
	}
	return list;
}

static json_t *
routes_json(const struct config *config)
{
	json_t *list = json_array();

	for (size_t i = 0; i < config->routes; i++) {
		const struct config_route *route = &config->route[i];
		json_t *one = json_object();

		api_json_put_text(one, "pattern", route->pattern);
		api_json_put_text(one, "host", route->host);
		api_json_put_int(one, "port", route->port);
		api_json_put_text(one, "tls", config_out_tls_name(route->tls));
		api_json_put_text(one, "user", route->user);
		json_array_append_new(list, one);
	}
	return list;
}

void
control_config_show(struct control_call *call)
{
	const struct config *config = call->control->config;
	json_t *result = api_json_new("relay.config.show/1");

	api_json_put_text(result, "file", config->file);
	api_json_put_text(result, "hostname", config->hostname);
	api_json_put_text(result, "state_dir", config->state_dir);
	api_json_put_text(result, "control_socket", config->control_socket);
	api_json_put_text(result, "store", config->store);
	api_json_put_int(result, "message_bytes", (int64_t)config->limits.message_bytes);
	api_json_put_int(result, "recipients", config->limits.recipients);
	api_json_put_int(result, "max_age_ms", config->delivery.max_age_ms);
	api_json_put_int(result, "log_keep_ms", config->log.keep_ms);
	api_json_put_bool(result, "log_subject", config->log.subject);
	api_json_put(result, "listeners", listeners_json(config));
	api_json_put(result, "providers", providers_json(config));
	api_json_put(result, "routes", routes_json(config));
	control_call_answer(call, result);
}

/* put_restart - options in the file that this reload could not take, as one text; null: none */
static void
put_restart(const struct control *control, json_t *result)
{
	struct buf names;

	buf_init(&names, 4096);
	if (config_restart_names(control->options.config, control->config, &names) > 0)
		api_json_put(result, "needs_restart", api_json_string(buf_span(&names)));
	else
		api_json_put_null(result, "needs_restart");
	buf_deinit(&names);
}

/* reload - what it changed, in words; NULL: it was refused. */
static const char *
reload(struct control *control, struct arena *arena, struct err *err)
{
	struct config *was = config_ref(control->config);
	const char *text = NULL;
	struct buf changes;

	if (control->options.reload(control->options.arg, err) == 0) {
		buf_init(&changes, 2 * CHANGES_MAX);
		config_text_changes(was->text, control->config->text, CHANGES_MAX, &changes);
		text = changes.len > 0 ? arena_span(arena, buf_span(&changes))
		                       : "no line changed";
		buf_deinit(&changes);
	}
	config_unref(&was);
	return text;
}

static void
put_difference(void *arg, const struct config_difference *difference)
{
	json_t *items = arg, *one = json_object();

	api_json_put_text(one, "option", difference->option);
	api_json_put_text(one, "running", difference->was);
	api_json_put_text(one, "file", difference->is);
	api_json_put_text(one, "takes", difference->needs_restart ? "restart" : "reload");
	json_array_append_new(items, one);
}

/* control_config_diff - reads the file as a reload would, and takes nothing of it. */
void
control_config_diff(struct control_call *call)
{
	const struct control *control = call->control;
	struct err err;
	struct config *file = config_load(control->config->file, &err);
	struct api_error error;
	json_t *result, *items;

	if (file == NULL) {
		(void)api_error_set(&error, API_ERROR_FAILED, "%s", err.text);
		control_call_fail(call, &error);
		return;
	}
	result = api_json_new("relay.config.diff/1");
	items = json_array();
	(void)config_diff(control->options.config, control->config, file, put_difference, items);
	api_json_put_text(result, "file", control->config->file);
	api_json_put(result, "items", items);
	control_call_answer(call, result);
	config_unref(&file);
}

static void
stored(struct mailbox_item *item, void *owner)
{
	struct store_write *write = (struct store_write *)(void *)item;

	(void)owner;
	if (write->result < 0)
		LOG(LOG_ERROR, "control.not_audited", LOG_TEXT("action", write->audit.action),
		    LOG_TEXT("why", write->err.text));
	store_write_free(&write);
}

int
control_reload(struct control *control, uint32_t uid, struct err *err)
{
	struct store_write *write = store_write_new(control_back(control, stored), NULL, 0);
	const char *detail = reload(control, write->arena, err);
	char user[64];

	if (detail == NULL) {
		store_write_free(&write);
		return -1;
	}
	control_socket_user(uid, user, sizeof user);
	write->audit = (struct store_audit){
		.at_unix_ms = clock_unix_ms(), .uid = uid, .who = arena_strdup(write->arena, user),
		.via = "signal", .action = "config.reload",
		.object = arena_strdup(write->arena, control->config->file), .detail = detail };
	store_write_send(control->options.store, &write);
	return 0;
}

void
control_config_reload(struct control_call *call)
{
	const char *detail;
	struct api_error error;
	struct err err;
	json_t *result;

	if ((detail = reload(call->control, call->arena, &err)) == NULL) {
		(void)api_error_set(&error, API_ERROR_FAILED, "%s", err.text);
		api_error_hint(&error, "nothing was changed");
		control_call_fail(call, &error);
		return;
	}
	control_audit_write(call, call->control->config->file, detail);
	result = api_json_new("relay.config.reload/1");
	api_json_put_text(result, "file", call->control->config->file);
	put_restart(call->control, result);
	control_call_answer(call, result);
}
