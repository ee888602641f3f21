/* control_suppression_put.c - suppressions: add and import.
 *
 * An entry that meets one as strong changes nothing, there or in memory: the store
 * says which. Thread: main. */
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/mem.h"
#include "control/control_filter.h"
#include "smtp/smtp_address.h"
#include "store/store_audit.h"

#define IMPORT_MAX 1000
#define SCOPES_MAX 100             /* entries of one address that are looked at */
#define DETAIL_MAX 400
#define REPLY_MAX 1000

const char *
control_suppression_key(const char *given, struct arena *arena, struct err *err)
{
	char key[SMTP_ADDRESS_KEY_SIZE], domain[SMTP_DOMAIN_MAX + 1];

	if (strncmp(given, "*@", 2) == 0) {
		if (smtp_domain_ascii(span_of(given + 2), domain, err) < 0)
			return NULL;
		return arena_printf(arena, "*@%s", domain);
	}
	return smtp_address_key(span_of(given), key, err) < 0 ? NULL : arena_strdup(arena, key);
}

struct putting { /* in the call's arena */
	json_t *refused;           /* of an import: what and why; owned by the answer */
	bool is_import;
	struct store_write *write; /* of an add, until what is there is known: ours */
};

/* count_causes - of what is in write, or (is_added) of what of it was new: by cause. New
 * reference. */
static json_t *
count_causes(const struct store_write *write, bool is_added)
{
	int64_t count[MAIL_SUPPRESSION_COUNT] = { 0 };
	json_t *causes = json_object();

	for (size_t i = 0; i < write->changes; i++)
		if (!is_added || !write->change[i].is_kept)
			count[write->change[i].row.suppression.reason]++;
	for (int i = 0; i < MAIL_SUPPRESSION_COUNT; i++)
		if (count[i] > 0)
			api_json_put_int(causes, mail_suppression_name((enum mail_suppression)i),
					 count[i]);
	return causes;
}

static void
was_put(struct mailbox_item *item, void *owner)
{
	struct store_write *write = (struct store_write *)(void *)item;
	struct control_call *call = write->context;
	struct control *control = owner;
	struct putting *putting = call->state;
	size_t added = 0;
	json_t *result;

	call->waiting--;
	for (size_t i = 0; control && write->result == 0 && i < write->changes; i++) {
		if (write->change[i].is_kept)
			continue;
		added++;
		suppress_put(control->options.suppress, &write->change[i].row.suppression);
		/* what is imported was sent by somebody else */
		if (!putting->is_import &&
		    write->change[i].row.suppression.reason == MAIL_SUPPRESSION_COMPLAINT)
			control_complaint_heard(control, write->change[i].row.suppression.address);
	}
	if (control && write->result == 0)
		suppress_publish(control->options.suppress);
	if (control_call_is_gone(call)) {
		json_decref(putting->refused);
		control_call_drop(call);
	} else if (write->result < 0) {
		json_decref(putting->refused);
		control_call_fail_err(call, &write->err);
	} else {
		control_audit_publish(control, MAIL_EVENT_SUPPRESSION_CHANGED, NULL,
				      arena_printf(call->arena, "%zu added by %s", added,
						   call->user));
		result = api_json_new(putting->is_import ? "relay.suppression.import/1"
							 : "relay.suppression.add/1");
		api_json_put_int(result, "affected", (int64_t)added);
		api_json_put_int(result, "kept", (int64_t)(write->changes - added));
		if (!putting->is_import)
			api_json_put_text(result, "scope",
					  *write->change[0].row.suppression.scope
						  ? write->change[0].row.suppression.scope
						  : "everywhere");
		if (putting->is_import) {
			api_json_put(result, "causes", count_causes(write, true));
			api_json_put(result, "refused", putting->refused);
		}
		control_call_answer(call, result);
	}
	store_write_free(&write);
}

static bool
is_scope(const char *scope)
{
	return *scope == '\0' || strncmp(scope, "domain:", 7) == 0 ||
	       strncmp(scope, "cred:", 5) == 0;
}

/* fill_evidence - of an export that comes back, or of another service's list. */
static void
fill_evidence(const json_t *from, struct arena *arena, struct store_suppression *row)
{
	const char *message = api_json_get_text(from, "message");
	const char *site = api_json_get_text(from, "provider");
	const char *reply = api_json_get_text(from, "reply");
	int64_t code = api_json_get_int(from, "code", 0);

	if (message == NULL || !id_parse(span_of(message), &row->message_id))
		row->message_id = 0;
	row->site = site ? arena_printf(arena, "%.64s", site) : "";
	row->code = code >= 200 && code <= 599 ? (int)code : 0;
	if (reply)
		row->reply = span_of(arena_printf(arena, "%.*s", REPLY_MAX, reply));
}

/* fill - one entry of `from` as a row; texts in arena. Complaints and unsubscribes
 * have no end. */
static int
fill(const json_t *from, const char *by, struct arena *arena, struct store_suppression *row,
     struct err *err)
{
	const char *address = api_json_get_text(from, "address");
	const char *reason = api_json_get_text(from, "cause");
	const char *scope = api_json_get_text(from, "scope");
	const char *detail = api_json_get_text(from, "detail");
	int64_t now = clock_unix_ms(), since = api_json_get_time(from, "since_at");

	*row = (struct store_suppression){ .reason = MAIL_SUPPRESSION_MANUAL, .by = by };
	row->since_unix_ms = since > 0 && since < now ? since : now;
	if (!address)
		return err_set(err, ERR_INPUT, 0, "has no address");
	if ((row->address = control_suppression_key(address, arena, err)) == NULL)
		return -1;
	if (reason && !mail_suppression_parse(span_of(reason), &row->reason))
		return err_set(err, ERR_INPUT, 0, "\"%.40s\" is no cause", reason);
	if (scope && strcmp(scope, "everywhere") == 0)
		scope = "";
	if (scope && (!is_scope(scope) || strlen(scope) > 255))
		return err_set(err, ERR_INPUT, 0,
			       "\"%.40s\" is no scope: domain:NAME or cred:NAME", scope);
	row->scope = arena_strdup(arena, scope ? scope : "");
	fill_evidence(from, arena, row);
	row->detail = detail ? arena_printf(arena, "%.*s", DETAIL_MAX, detail) : "";
	if (row->reason != MAIL_SUPPRESSION_COMPLAINT &&
	    row->reason != MAIL_SUPPRESSION_UNSUBSCRIBE)
		row->until_unix_ms = api_json_get_time(from, "ends_at");
	return 0;
}

/* check_scope - that of an entry made by hand names what there is. */
static int
check_scope(const struct control_call *call, const char *scope, struct err *err)
{
	const struct account_snapshot *snapshot = account_snapshot(call->control->options.account);
	char ascii[SMTP_DOMAIN_MAX + 1];

	if (scope && strncmp(scope, "cred:", 5) == 0
	    && !account_snapshot_credential(snapshot, span_of(scope + 5)))
		return err_set(err, ERR_INPUT, 0, "there is no credential \"%.60s\"", scope + 5);
	if (scope && strncmp(scope, "domain:", 7) == 0
	    && (smtp_domain_ascii(span_of(scope + 7), ascii, err) < 0
	        || !account_snapshot_domain_above(snapshot, span_of(ascii))))
		return err_set(err, ERR_INPUT, 0,
			       "\"%.60s\" is no sender domain here: relaycli domain list",
			       scope + 7);
	return 0;
}

/* check_end - who complained or went did not do so for a while. */
static int
check_end(const struct store_suppression *row, int64_t for_ms, struct err *err)
{
	if (for_ms && row->until_unix_ms == 0)
		return err_set(err, ERR_INPUT, 0, "%s has no end: leave --for out",
			       row->reason == MAIL_SUPPRESSION_COMPLAINT ? "a complaint"
									 : "an unsubscribe");
	return 0;
}

static void
send_write(struct control_call *call, struct store_write *write, const char *object,
           const char *detail)
{
	control_audit_fill(call, write->arena, object, detail, &write->audit);
	call->waiting++;
	store_write_send(call->control->options.store, &write);
}

/* ---- add ----------------------------------------------------------------------------- */

/* change_text - which of the two is stronger, the store finds out */
static const char *
change_text(const struct store_suppression_list *there, const struct store_suppression *row,
            struct arena *arena)
{
	const char *is = control_suppression_say(row, arena);

	for (size_t i = 0; i < there->count; i++)
		if (strcmp(there->row[i].scope, row->scope) == 0)
			return store_audit_change(
				arena, NULL, control_suppression_say(&there->row[i], arena),
				arena_printf(arena, "%s, if that is stronger", is));
	return store_audit_change(arena, NULL, NULL, is);
}

static void
took_there(struct mailbox_item *item, void *owner)
{
	struct store_suppression_list *there = (struct store_suppression_list *)(void *)item;
	struct control_call *call = there->context;
	struct putting *putting = call->state;
	const struct store_suppression *row = &putting->write->change[0].row.suppression;

	call->waiting--;
	if (owner == NULL || control_call_is_gone(call)) {
		store_write_free(&putting->write);
		control_call_drop(call);
	} else if (there->result < 0) {
		store_write_free(&putting->write);
		control_call_fail_err(call, &there->err);
	} else {
		send_write(call, putting->write, row->address,
		           change_text(there, row, putting->write->arena));
	}
	arena_free(&there->arena);
	mem_free(there);
}

/* look - what is there already of that address, for the audit log */
static void
look(struct control_call *call, const char *address)
{
	struct store_suppression_list *there = mem_zero(1, sizeof *there);
	struct putting *putting = call->state;
	struct api_error error;

	there->back = control_back(call->control, took_there);
	there->context = call;
	there->arena = arena_new(0);
	there->address = there->everybody = arena_strdup(call->arena, address);
	there->reason = -1;
	there->limit = SCOPES_MAX;
	call->waiting++;
	if (store_suppression_list_send(call->control->options.store, &there))
		return;
	call->waiting--;
	arena_free(&there->arena);
	mem_free(there);
	store_write_free(&putting->write);
	(void)api_error_set(&error, API_ERROR_BUSY, "too many questions wait; try again");
	control_call_fail(call, &error);
}

void
control_suppression_add(struct control_call *call)
{
	struct store_write *write = store_write_new(control_back(call->control, was_put), call, 1);
	struct store_suppression *row = &write->change[0].row.suppression;
	int64_t for_ms = control_int(call, "for_ms", 0);
	json_t *entry = json_object();
	struct putting *putting;
	struct api_error error;
	struct err err;

	putting = arena_zero(call->arena, sizeof *putting);
	putting->write = write;
	call->state = putting;
	api_json_put_text(entry, "address", control_text(call, "address"));
	api_json_put_text(entry, "scope", control_text(call, "scope"));
	api_json_put_text(entry, "cause", control_text(call, "cause"));
	api_json_put_text(entry, "detail", control_text(call, "reason"));
	if (for_ms)
		api_json_put_time(entry, "ends_at", clock_unix_ms() + for_ms);
	write->change[0].kind = STORE_PUT_SUPPRESSION;
	write->changes = 1;
	if (fill(entry, arena_strdup(write->arena, call->user), write->arena, row, &err) == 0
	    && check_scope(call, row->scope, &err) == 0 && check_end(row, for_ms, &err) == 0) {
		look(call, row->address);
	} else {
		store_write_free(&write);
		(void)api_error_set(&error, API_ERROR_PARAMS, "%s", err.text);
		control_call_fail(call, &error);
	}
	json_decref(entry);
}

/* say_import - "3 of 4 from bounces.json (postmark-bounces): 2 hard_bounce, 1 complaint" */
static const char *
say_import(const struct control_call *call, const struct store_write *write, size_t entries)
{
	const char *file = control_text(call, "file"), *format = control_text(call, "format");
	const char *text = arena_printf(write->arena, "%zu of %zu%s%s%s%s%s", write->changes,
					entries, file ? " from " : "", file ? file : "",
					format ? " (" : "", format ? format : "",
					format ? ")" : "");
	const char *name, *before = ": ";
	json_t *causes = count_causes(write, false), *count;

	json_object_foreach(causes, name, count) {
		text = arena_printf(write->arena, "%s%s%lld %s", text, before,
				    (long long)json_integer_value(count), name);
		before = ", ";
	}
	json_decref(causes);
	return text;
}

void
control_suppression_import(struct control_call *call)
{
	const json_t *entries = json_object_get(call->params, "entries"), *entry;
	struct putting *putting = arena_zero(call->arena, sizeof *putting);
	struct store_write *write;
	struct api_error error;
	const char *by;
	size_t i;

	if (!json_is_array(entries) || json_array_size(entries) > IMPORT_MAX) {
		(void)api_error_set(&error, API_ERROR_PARAMS, "entries: wants a list, %d at most",
				    IMPORT_MAX);
		control_call_fail(call, &error);
		return;
	}
	write = store_write_new(control_back(call->control, was_put), call,
	                        json_array_size(entries));
	by = arena_strdup(write->arena, call->user);
	putting->is_import = true;
	putting->refused = json_array();
	call->state = putting;
	json_array_foreach(entries, i, entry) {
		struct store_change *change = &write->change[write->changes];
		struct err err;
		json_t *one;

		change->kind = STORE_PUT_SUPPRESSION;
		if (fill(entry, by, write->arena, &change->row.suppression, &err) == 0) {
			write->changes++;
			continue;
		}
		one = json_object();
		api_json_put_int(one, "index", (int64_t)i);
		api_json_put_text(one, "why", err.text);
		json_array_append_new(putting->refused, one);
	}
	send_write(call, write, "import", say_import(call, write, json_array_size(entries)));
}
