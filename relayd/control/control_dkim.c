/* control_dkim.c - a domain's DKIM keys: show, rotate, import, export, remove. What becomes of
 * them after that is rotation's. Thread: main. */
#include <string.h>

#include "base/mem.h"
#include "control/control_private.h"
#include "domain/domain_records.h"

static const char *const algorithm_names[DKIM_ALGORITHM_COUNT] = {
	[DKIM_RSA_SHA256] = "rsa",
	[DKIM_ED25519_SHA256] = "ed25519",
};

static json_t *
key_json(const struct account_key *key)
{
	json_t *one = json_object();

	api_json_put_text(one, "selector", key->selector);
	api_json_put_text(one, "algorithm", algorithm_names[dkim_key_algorithm(key->key)]);
	api_json_put_int(one, "bits", dkim_key_bits(key->key));
	api_json_put_text(one, "state", account_key_state_name(key->state));
	api_json_put_bool(one, "active", key->is_active);
	api_json_put_time(one, "since_at", key->since_unix_ms);
	api_json_put_time(one, "created_at", key->created_unix_ms);
	return one;
}

json_t *
control_dkim_keys(const struct account_domain *domain)
{
	json_t *list = json_array();

	for (size_t i = 0; i < domain->keys; i++)
		json_array_append_new(list, key_json(&domain->key[i]));
	return list;
}

/* ---- answers -------------------------------------------------------------------------- */

/* key_of - the key whose record has this name: "k2._domainkey.shop.example" */
static const struct account_key *
key_of(const struct account_domain *domain, const char *name)
{
	for (size_t i = 0; i < domain->keys; i++) {
		size_t n = strlen(domain->key[i].selector);

		if (strncmp(name, domain->key[i].selector, n) == 0 &&
		    strncmp(name + n, "._domainkey.", 12) == 0)
			return &domain->key[i];
	}
	return NULL;
}

/* put_records - what is to be published for the keys that do not sign yet. */
static int
put_records(struct control_call *call, const struct account_domain *domain, json_t *result,
            struct err *err)
{
	struct account_record *record;
	struct arena *arena = arena_new(0);
	json_t *list = json_array();
	int count = domain_records_list(call->control->config, domain, arena, &record, err);

	for (int i = 0; i < count; i++) {
		const struct account_key *key = key_of(domain, record[i].name);
		json_t *one;

		if (strcmp(record[i].purpose, "dkim") != 0 || key == NULL ||
		    (key->state != STORE_KEY_NEW && key->state != STORE_KEY_PUBLISHED))
			continue;
		one = json_object();
		api_json_put_text(one, "purpose", record[i].purpose);
		api_json_put_text(one, "name", record[i].name);
		api_json_put_text(one, "type", record[i].type);
		api_json_put_int(one, "ttl", record[i].ttl_sec);
		api_json_put_text(one, "value", record[i].value);
		json_array_append_new(list, one);
	}
	api_json_put(result, "records", list);
	arena_free(&arena);
	return count < 0 ? -1 : 0;
}

static const char *const schemas[ACCOUNT_ACT_COUNT] = {
	[ACCOUNT_KEY_ROTATE] = "relay.domain.dkim.rotate/1",
	[ACCOUNT_KEY_IMPORT] = "relay.domain.dkim.import/1",
	[ACCOUNT_KEY_EXPORT] = "relay.domain.dkim.export/1",
	[ACCOUNT_KEY_REMOVE] = "relay.domain.dkim.remove/1",
};

static void
answer(struct control_call *call, const struct account_change *change)
{
	struct api_error error;
	const struct account_domain *domain = control_domain_find(call, &error);
	json_t *result;
	struct err err;

	if (domain == NULL) { /* removed by the next change already */
		control_call_fail(call, &error);
		return;
	}
	result = api_json_new(schemas[change->act]);
	api_json_put_text(result, "domain", domain->name);
	if (change->act == ACCOUNT_KEY_EXPORT) {
		api_json_put_text(result, "selector", change->key);
		api_json_put_text(result, "pem", change->text);
	} else {
		api_json_put(result, "keys", control_dkim_keys(domain));
		api_json_put_text(result, "warning", change->warning);
		if (put_records(call, domain, result, &err) < 0) {
			json_decref(result);
			control_call_fail_err(call, &err);
			return;
		}
	}
	control_call_answer(call, result);
}

static void
changed(struct account_change *change, void *arg)
{
	struct control_call *call = arg;

	if (change->result == 0)
		control_audit_publish(call->control, MAIL_EVENT_DOMAIN_CHANGED, NULL,
		                      arena_printf(change->arena, "%s DKIM: %s, by %s",
		                                   change->name, change->detail, call->user));
	if (control_call_is_gone(call))
		control_call_drop(call);
	else if (change->result < 0)
		control_account_fail(call, &change->err);
	else
		answer(call, change);
	account_change_free(&change);
}

/* ---- methods ----------------------------------------------------------------------------- */

static struct account_change *
new_change(struct control_call *call, enum account_act act)
{
	struct account_change *change = control_account_change(call, act);

	change->done = changed;
	change->key = arena_strdup(change->arena, control_text(call, "selector"));
	change->is_now = api_json_get_bool(call->params, "now");
	return change;
}

void
control_dkim_rotate(struct control_call *call)
{
	struct account_change *change = new_change(call, ACCOUNT_KEY_ROTATE);
	const char *algorithm = control_text(call, "algorithm");

	for (int a = 0; algorithm != NULL && a < DKIM_ALGORITHM_COUNT; a++)
		if (strcmp(algorithm, "both") == 0 || strcmp(algorithm, algorithm_names[a]) == 0)
			change->algorithms |= 1u << a;
	change->bits = (unsigned)control_int(call, "bits", 0);
	account_change_start(call->control->options.account, &change);
}

void
control_dkim_import(struct control_call *call)
{
	struct account_change *change = new_change(call, ACCOUNT_KEY_IMPORT);
	json_t *pem = json_object_get(call->params, "pem");

	change->pem = arena_strdup(change->arena, json_string_value(pem));
	/* the request's own copy need not outlive this */
	mem_wipe((void *)(uintptr_t)json_string_value(pem), json_string_length(pem));
	account_change_start(call->control->options.account, &change);
}

void
control_dkim_export(struct control_call *call)
{
	struct account_change *change = new_change(call, ACCOUNT_KEY_EXPORT);

	account_change_start(call->control->options.account, &change);
}

void
control_dkim_remove(struct control_call *call)
{
	struct account_change *change = new_change(call, ACCOUNT_KEY_REMOVE);

	account_change_start(call->control->options.account, &change);
}
