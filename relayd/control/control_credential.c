/* control_credential.c - credentials: list, show; create, rotate, retire, revoke.
 *
 * Changes go to account/, which commits them with their audit row. A secret is
 * in exactly one answer, to the one who asked for it. Thread: main. */
#include <errno.h>
#include <string.h>

#include "account/account_option.h"
#include "base/clock.h"
#include "control/control_credential.h"

#define OVERLAP_DEFAULT_MS ((int64_t)86400000)

/* ---- list and show: last uses come from the store ------------------------ */

const struct account_credential *
control_credential_find(struct control_call *call, struct api_error *error)
{
	struct account_snapshot *snapshot = account_snapshot(call->control->options.account);
	const char *name = control_text(call, "name");
	const struct account_credential *credential =
		account_snapshot_credential(snapshot, span_of(name));

	if (!credential)
		(void)api_error_set(error, API_ERROR_NOT_FOUND, "there is no credential %s", name);
	return credential;
}

static void
listed(struct mailbox_item *item, void *owner)
{
	struct store_secret_list *uses = (struct store_secret_list *)(void *)item;
	struct control_call *call = uses->context;
	const struct store_secret_list *known = uses->result < 0 ? NULL : uses;
	struct account_snapshot *snapshot;
	json_t *result, *items, *one;

	(void)owner;
	if (control_call_is_gone(call)) {
		control_call_drop(call);
	} else {
		snapshot = account_snapshot(call->control->options.account);
		result = api_json_new("relay.credential.list/1");
		items = json_array();
		for (size_t i = 0; i < snapshot->credentials; i++) {
			one = control_credential_json(snapshot->credential[i], known);
			control_credential_put_day(call->control, snapshot->credential[i]->name,
			                           one);
			json_array_append_new(items, one);
		}
		api_json_put(result, "items", items);
		api_json_put_null(result, "next_cursor");
		control_call_answer(call, result);
	}
	arena_free(&uses->arena);
	mem_free(uses);
}

static void
shown(struct mailbox_item *item, void *owner)
{
	struct store_secret_list *uses = (struct store_secret_list *)(void *)item;
	struct control_call *call = uses->context;
	const struct account_credential *credential;
	struct api_error error;
	json_t *result, *one;

	(void)owner;
	if (control_call_is_gone(call)) {
		control_call_drop(call);
	} else if ((credential = control_credential_find(call, &error)) == NULL) {
		control_call_fail(call, &error); /* gone since we asked */
	} else {
		result = api_json_new("relay.credential.show/1");
		one = control_credential_json(credential, uses->result < 0 ? NULL : uses);
		control_credential_put_usual(call->control, credential->name, one);
		control_credential_put_day(call->control, credential->name, one);
		api_json_put(result, "credential", one);
		control_credential_put_connection(call->control, result);
		api_json_put_text(result, "user", credential->name);
		control_call_answer(call, result);
	}
	arena_free(&uses->arena);
	mem_free(uses);
}

void
control_credential_ask_uses(struct control_call *call, uint64_t credential_id, mailbox_fn fn)
{
	struct store_secret_list *uses = mem_zero(1, sizeof *uses);
	struct api_error error;

	uses->back = control_back(call->control, fn);
	uses->context = call;
	uses->arena = arena_new(0);
	uses->credential_id = credential_id;
	if (store_secret_list_send(call->control->options.store, &uses))
		return;
	arena_free(&uses->arena);
	mem_free(uses);
	(void)api_error_set(&error, API_ERROR_BUSY, "too many questions wait; try again");
	control_call_fail(call, &error);
}

void
control_credential_list(struct control_call *call)
{
	control_credential_ask_uses(call, 0, listed);
}

void
control_credential_show(struct control_call *call)
{
	struct api_error error;
	const struct account_credential *credential = control_credential_find(call, &error);

	if (credential)
		control_credential_ask_uses(call, credential->id, shown);
	else
		control_call_fail(call, &error);
}

/* ---- changes ------------------------------------------------------------- */

struct account_change *
control_account_change(struct control_call *call, enum account_act act)
{
	struct account_change *change = account_change_new(act);

	change->name = arena_strdup(change->arena, control_text(call, "name"));
	change->reason = arena_strdup(change->arena, control_text(call, "reason"));
	change->generation = (uint64_t)control_int(call, "generation", 0);
	change->uid = call->uid;
	change->who = arena_strdup(change->arena, call->user);
	change->via = "socket";
	change->arg = call;
	return change;
}

void
control_account_fail(struct control_call *call, const struct err *err)
{
	static const struct {
		int code;
		enum api_error_kind kind;
	} kinds[] = {
		{ ENOENT, API_ERROR_NOT_FOUND },
		{ EEXIST, API_ERROR_EXISTS },
		{ EBUSY, API_ERROR_FAILED },
		{ EINVAL, API_ERROR_PARAMS },
		{ ESTALE, API_ERROR_CHANGED },
	};
	struct api_error error;
	enum api_error_kind kind = API_ERROR_FAILED;

	if (err->kind == ERR_LIMIT)
		kind = API_ERROR_BUSY;
	for (size_t i = 0; err->kind == ERR_INPUT && i < sizeof kinds / sizeof *kinds; i++)
		if (kinds[i].code == err->code)
			kind = kinds[i].kind;
	(void)api_error_set(&error, kind, "%s", err->text);
	control_call_fail(call, &error);
}

/* put_secret - the five values an application needs, this once. */
static void
put_secret(struct control_call *call, struct account_change *change, json_t *result)
{
	control_credential_put_connection(call->control, result);
	api_json_put_text(result, "user", change->successor ? change->successor : change->name);
	api_json_put_text(result, "pass", change->secret);
	api_json_put_text(result, "key", change->new_key);
}

static bool
has_live_secret(const struct account_credential *credential)
{
	for (size_t i = 0; i < credential->secrets; i++)
		if (account_secret_is_live(&credential->secret[i], clock_unix_ms()))
			return true;
	return false;
}

/* note_of - what the change leaves to do before anybody can send, or NULL. */
static const char *
note_of(struct account_change *change, const struct account_credential *credential)
{
	if (change->act == ACCOUNT_CREDENTIAL_RETIRE && !has_live_secret(credential) &&
	    !credential->certificate_only)
		return arena_printf(change->arena,
				    "No key of it works now: nobody can log in as %s. relaycli "
				    "credential rotate %s makes a new one.",
				    change->name, change->name);
	if (change->act != ACCOUNT_CREDENTIAL_CREATE)
		return NULL;
	if (credential->froms == 0)
		return arena_printf(change->arena,
				    "It may send nothing yet: relaycli credential limit %s "
				    "from=@DOMAIN",
				    change->name);
	if (credential->protocols != 0 && !(credential->protocols & ACCOUNT_SMTP))
		return arena_printf(change->arena,
				    "It can log in nowhere yet: this version takes mail by SMTP "
				    "only. relaycli credential limit %s protocols=all",
				    change->name);
	return credential->certificate_only
		       ? "Its certificate alone logs in: this password does not, until "
			 "certificate-only=no."
		       : NULL;
}

/* publish - in words: nothing secret is in an event. */
static void
publish(const struct control_call *call, const struct account_change *change, const char *did)
{
	const char *key = change->new_key ? change->new_key : change->key;

	if (change->successor)
		key = change->successor;
	control_audit_publish(call->control, MAIL_EVENT_CREDENTIAL_CHANGED, change->name,
	                      arena_printf(change->arena, "%s %s%s%s by %s", change->name, did,
	                                   key ? " " : "", key ? key : "", call->user));
}

void
control_credential_changed(struct account_change *change, void *arg)
{
	static const struct {
		const char *schema;
		const char *did;
		bool has_secret;
	} answers[ACCOUNT_ACT_COUNT] = {
		[ACCOUNT_CREDENTIAL_CREATE] = { "relay.credential.create/1", "created", true },
		[ACCOUNT_CREDENTIAL_ROTATE] = { "relay.credential.rotate/1", "rotated", true },
		[ACCOUNT_CREDENTIAL_RETIRE] = { "relay.credential.retire/1", "retired", false },
		[ACCOUNT_CREDENTIAL_LIMIT] = { "relay.credential.limit/1", "changed", false },
		[ACCOUNT_CREDENTIAL_REVOKE] = { "relay.credential.revoke/1", "revoked", false },
		[ACCOUNT_CREDENTIAL_REPLACE] = { "relay.credential.compromised/1",
		                                 "compromised: revoked, replaced by", true },
	};
	struct control_call *call = arg;
	const struct account_credential *credential;
	json_t *result;

	if (change->result == 0)
		publish(call, change, answers[change->act].did);
	if (control_call_is_gone(call)) {
		control_call_drop(call);
	} else if (change->result < 0) {
		control_account_fail(call, &change->err);
	} else {
		result = api_json_new(answers[change->act].schema);
		credential = account_snapshot_credential(
			account_snapshot(call->control->options.account),
			span_of(change->successor ? change->successor : change->name));
		api_json_put(result, "credential",
		             credential ? control_credential_json(credential, NULL) : json_null());
		if (answers[change->act].has_secret)
			put_secret(call, change, result);
		if (credential && note_of(change, credential))
			api_json_put_text(result, "note", note_of(change, credential));
		if (call->made)
			json_object_update(result, call->made);
		control_call_answer(call, result);
	}
	account_change_free(&change);
}

static void
start_change(struct control_call *call, struct account_change *change)
{
	change->done = control_credential_changed;
	account_change_start(call->control->options.account, &change);
}

static const char *
pool_of_option(const char *option)
{
	return option && strncmp(option, "pool=", 5) == 0 ? option + 5 : NULL;
}

/* join - a list of texts with commas, as the options take them. */
static const char *
join(struct arena *arena, const json_t *list)
{
	const char *text = NULL;
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
		text = arena_printf(arena, "%s%s%s", text ? text : "", text ? "," : "",
		                    json_string_value(one));
	return text;
}

/* take_options - a new credential's, each from the parameter of its row. */
static void
take_options(struct control_call *call, struct account_change *change)
{
	const struct account_option *option;
	size_t most = 0;

	while (account_option_at(most))
		most++;
	change->option = arena_zero(change->arena, most * sizeof *change->option);
	for (size_t i = 0; (option = account_option_at(i)) != NULL; i++) {
		const json_t *given = json_object_get(call->params, option->param);
		const char *value = json_string_value(given);

		if (json_is_boolean(given))
			value = json_is_true(given) ? "yes" : "no";
		else if (json_is_array(given))
			value = join(change->arena, given);
		if (value)
			change->option[change->options++] = arena_printf(
				change->arena, "%s=%s", option->name, value);
	}
}

void
control_credential_create(struct control_call *call)
{
	const json_t *from = api_json_get_array(call->params, "from"), *one;
	struct account_change *change;
	size_t i;

	if (!control_pool_is_known(call, control_text(call, "pool")))
		return;
	change = control_account_change(call, ACCOUNT_CREDENTIAL_CREATE);
	change->from =
		arena_zero(change->arena, (json_array_size(from) + 1) * sizeof *change->from);
	json_array_foreach(from, i, one)
		change->from[change->froms++] = arena_strdup(change->arena, json_string_value(one));
	take_options(call, change);
	start_change(call, change);
}

void
control_credential_limit(struct control_call *call)
{
	const json_t *given = api_json_get_array(call->params, "options"), *one;
	struct account_change *change;
	size_t i;

	json_array_foreach(given, i, one)
		if (!control_pool_is_known(call, pool_of_option(json_string_value(one))))
			return;
	change = control_account_change(call, ACCOUNT_CREDENTIAL_LIMIT);
	change->option =
		arena_zero(change->arena, (json_array_size(given) + 1) * sizeof *change->option);
	json_array_foreach(given, i, one)
		change->option[change->options++] =
			arena_strdup(change->arena, json_string_value(one));
	start_change(call, change);
}

void
control_credential_rotate(struct control_call *call)
{
	struct account_change *change = control_account_change(call, ACCOUNT_CREDENTIAL_ROTATE);

	change->overlap_ms = control_int(call, "overlap_ms", OVERLAP_DEFAULT_MS);
	start_change(call, change);
}
