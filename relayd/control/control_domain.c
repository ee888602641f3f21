/* control_domain.c - sending domains: list, show, records; add, limit, remove. Thread: main. */
#include <string.h>

#include "control/control_private.h"
#include "domain/domain_records.h"
#include "smtp/smtp_address.h"

static json_t *
domain_json(const struct account_domain *domain)
{
	json_t *one = json_object();

	api_json_put_text(one, "domain", domain->name);
	api_json_put_text(one, "pool", domain->pool);
	api_json_put_text(one, "dmarc_fail", domain->holds_failing ? "hold" : "send");
	api_json_put(one, "keys", control_dkim_keys(domain));
	api_json_put_time(one, "created_at", domain->created_unix_ms);
	api_json_put_int(one, "generation", (int64_t)domain->generation);
	return one;
}

/* senders_json - credentials that may send as it. */
static json_t *
senders_json(const struct account_snapshot *snapshot, const struct account_domain *domain)
{
	json_t *list = json_array();
	struct buf address;

	buf_init(&address, strlen(domain->name) + 32);
	(void)buf_printf(&address, "postmaster@%s", domain->name);
	for (size_t i = 0; i < snapshot->credentials; i++)
		if (!snapshot->credential[i]->is_revoked &&
		    account_credential_may_send(snapshot->credential[i], buf_span(&address)))
			json_array_append_new(list, json_string(snapshot->credential[i]->name));
	buf_deinit(&address);
	return list;
}

static json_t *
record_json(const struct account_record *record)
{
	json_t *one = json_object();

	api_json_put_text(one, "purpose", record->purpose);
	api_json_put_text(one, "name", record->name);
	api_json_put_text(one, "type", record->type);
	api_json_put_int(one, "ttl", record->ttl_sec);
	api_json_put_text(one, "value", record->value);
	api_json_put_bool(one, "optional", record->is_optional);
	api_json_put_text(one, "note", record->note);
	return one;
}

static int
put_records(struct control *control, const struct account_domain *domain, json_t *result,
            struct err *err)
{
	struct account_record *record;
	json_t *list = json_array(), *advice = json_array();
	struct arena *arena = arena_new(0);
	struct buf zone;
	const char *sentence;
	int count = domain_records_list(control->config, domain, arena, &record, err);

	for (int i = 0; i < count; i++)
		json_array_append_new(list, record_json(&record[i]));
	for (size_t i = 0; (sentence = account_records_advice(i)) != NULL; i++)
		json_array_append_new(advice, json_string(sentence));
	api_json_put_text(result, "domain", domain->name);
	api_json_put(result, "records", list);
	api_json_put(result, "advice", advice);
	buf_init(&zone, ACCOUNT_ZONE_MAX_BYTES);
	if (count >= 0 && account_records_write_zone(record, (size_t)count, &zone, err) < 0)
		count = -1;
	if (count >= 0)
		api_json_put_span(result, "zone", buf_span(&zone));
	buf_deinit(&zone);
	arena_free(&arena);
	return count < 0 ? -1 : 0;
}

const struct account_domain *
control_domain_find(struct control_call *call, struct api_error *error)
{
	struct account_snapshot *snapshot = account_snapshot(call->control->options.account);
	const char *name = control_text(call, "name");
	const struct account_domain *domain = NULL;
	char ascii[SMTP_DOMAIN_MAX + 1];

	if (smtp_domain_ascii(span_of(name), ascii, NULL) == 0)
		domain = account_snapshot_domain(snapshot, span_of(ascii));
	if (!domain)
		(void)api_error_set(error, API_ERROR_NOT_FOUND, "there is no domain %s", name);
	return domain;
}

void
control_domain_list(struct control_call *call)
{
	struct account_snapshot *snapshot = account_snapshot(call->control->options.account);
	json_t *result = api_json_new("relay.domain.list/1"), *items = json_array();
	int64_t wrong = 0;

	for (size_t i = 0; i < snapshot->domains; i++) {
		json_t *one = domain_json(snapshot->domain[i]);

		api_json_put(one, "credentials", senders_json(snapshot, snapshot->domain[i]));
		control_domain_put_check(call->control, snapshot->domain[i]->name, one);
		wrong += json_array_size(json_object_get(one, "problems")) > 0;
		json_array_append_new(items, one);
	}
	api_json_put(result, "items", items);
	api_json_put_int(result, "wrong", wrong);
	api_json_put_null(result, "next_cursor");
	control_call_answer(call, result);
}

static void
answer_show(struct control_call *call, const char *schema)
{
	struct api_error error;
	const struct account_domain *domain = control_domain_find(call, &error);
	json_t *result, *one;
	struct err err;

	if (!domain) {
		control_call_fail(call, &error);
		return;
	}
	result = api_json_new(schema);
	one = domain_json(domain);
	json_object_update(result, one);
	json_decref(one);
	api_json_put(result, "credentials",
	             senders_json(account_snapshot(call->control->options.account), domain));
	api_json_put_text(result, "not_removable",
	                  account_domain_may_remove(
				  account_snapshot(call->control->options.account), domain->name,
				  &err) < 0 ? err.text : NULL);
	control_domain_put_check(call->control, domain->name, result);
	control_call_answer(call, result);
}

void
control_domain_show(struct control_call *call)
{
	answer_show(call, "relay.domain.show/1");
}

static void
answer_records(struct control_call *call, const struct account_domain *domain, const char *schema)
{
	json_t *result = api_json_new(schema);
	struct err err;

	if (put_records(call->control, domain, result, &err) == 0) {
		control_call_answer(call, result);
		return;
	}
	json_decref(result);
	control_call_fail_err(call, &err);
}

void
control_domain_records(struct control_call *call)
{
	struct api_error error;
	const struct account_domain *domain = control_domain_find(call, &error);

	if (domain)
		answer_records(call, domain, "relay.domain.records/1");
	else
		control_call_fail(call, &error);
}

static const char *
did_of(enum account_act act)
{
	if (act == ACCOUNT_DOMAIN_LIMIT)
		return "changed";
	return act == ACCOUNT_DOMAIN_ADD ? "added" : "removed";
}

static void
changed(struct account_change *change, void *arg)
{
	struct control_call *call = arg;
	struct api_error error;
	const struct account_domain *domain;
	json_t *result;

	if (change->result == 0)
		control_audit_publish(call->control, MAIL_EVENT_DOMAIN_CHANGED, NULL,
		                      arena_printf(change->arena, "%s %s by %s", change->name,
		                                   did_of(change->act), call->user));
	if (control_call_is_gone(call)) {
		control_call_drop(call);
	} else if (change->result < 0) {
		control_account_fail(call, &change->err);
	} else if (change->act == ACCOUNT_DOMAIN_REMOVE) {
		result = api_json_new("relay.domain.remove/1");
		api_json_put_text(result, "domain", change->name);
		control_call_answer(call, result);
	} else if (change->act == ACCOUNT_DOMAIN_LIMIT) {
		answer_show(call, "relay.domain.limit/1");
	} else if ((domain = control_domain_find(call, &error)) != NULL) {
		answer_records(call, domain, "relay.domain.add/1");
	} else {
		control_call_fail(call, &error);
	}
	account_change_free(&change);
}

static void
start_change(struct control_call *call, enum account_act act)
{
	const json_t *given = api_json_get_array(call->params, "options"), *one;
	const char *pool = control_text(call, "pool");
	struct account_change *change;
	size_t i;

	json_array_foreach(given, i, one)
		if (strncmp(json_string_value(one), "pool=", 5) == 0
		    && !control_pool_is_known(call, json_string_value(one) + 5))
			return;
	if (!control_pool_is_known(call, pool))
		return;
	change = control_account_change(call, act);
	change->done = changed;
	change->option =
		arena_zero(change->arena, (json_array_size(given) + 1) * sizeof *change->option);
	json_array_foreach(given, i, one)
		change->option[change->options++] =
			arena_strdup(change->arena, json_string_value(one));
	if (pool)
		change->option[change->options++] =
			arena_printf(change->arena, "pool=%s", pool);
	account_change_start(call->control->options.account, &change);
}

void
control_domain_limit(struct control_call *call)
{
	start_change(call, ACCOUNT_DOMAIN_LIMIT);
}

void
control_domain_add(struct control_call *call)
{
	start_change(call, ACCOUNT_DOMAIN_ADD);
}

void
control_domain_remove(struct control_call *call)
{
	start_change(call, ACCOUNT_DOMAIN_REMOVE);
}
