/* control_credential_sent.c - what a credential's mail was since a time, and what of it is
 * unusual: the question after a password leaked. And before one ends: who uses it now.
 * Thread: main. */
#include <stdio.h>
#include <string.h>

#include "api/api_time.h"
#include "base/clock.h"
#include "base/units.h"
#include "control/control_ask.h"
#include "control/control_credential.h"

#define SINCE_DEFAULT_MS (24LL * 3600 * 1000)
#define COMPARED_MS (7 * SINCE_DEFAULT_MS) /* what is usual: the week before */
#define BUSY_FACTOR 3              /* an hour with so many times what was the most */
#define BUSY_MIN 20                /* recipients, below which nobody wonders */
#define BOUNCED_PERCENT 10
#define RECENT_MS (5LL * 60 * 1000)

static const struct {
	const char *param;
	const char *words;         /* "%s recipients <words> VALUE" */
} kinds[STORE_SENT_KIND_COUNT] = {
	[STORE_SENT_NETWORK] = { "networks", "handed in from" },
	[STORE_SENT_HOST] = { "hosts", "handed in by" },
	[STORE_SENT_KEY] = { "keys", "with key" },
	[STORE_SENT_SENDER] = { "senders", "sent as" },
	[STORE_SENT_FROM] = { "from_domains", "with From:" },
	[STORE_SENT_DOMAIN] = { "domains", "to" },
};

/* ---- what is unusual ------------------------------------------------------- */

static void
add(json_t *list, const char *text)
{
	json_array_append_new(list, api_json_string(span_of(text)));
}

static void
add_new_values(const struct store_sent *sent, enum store_sent_kind kind, json_t *list)
{
	char text[400], count[UNITS_TEXT_SIZE];

	for (size_t i = 0; i < sent->rows[kind]; i++) {
		const struct store_sent_row *row = &sent->row[kind][i];

		if (row->before > 0)
			continue;
		units_format_count(row->recipients, count);
		snprintf(text, sizeof text, "%s recipients %s %.200s, never before", count,
		         kinds[kind].words, row->value);
		add(list, text);
	}
}

/* add_new_domains - new ones come every day; many at once are a list somebody bought. */
static void
add_new_domains(const struct store_sent *sent, json_t *list)
{
	uint64_t news = sent->news[STORE_SENT_DOMAIN];
	char text[160];

	if (news < BUSY_MIN || 2 * news < sent->total[STORE_SENT_DOMAIN])
		return;
	snprintf(text, sizeof text, "%llu of %zu recipients' domains were never written to before",
	         (unsigned long long)news, sent->total[STORE_SENT_DOMAIN]);
	add(list, text);
}

static void
add_volume(const struct store_sent *sent, json_t *list)
{
	char busiest[UNITS_TEXT_SIZE], before[UNITS_TEXT_SIZE], text[160];
	uint64_t bounced = sent->status[MAIL_STATUS_BOUNCED];

	units_format_count(sent->busiest_hour, busiest);
	units_format_count(sent->busiest_hour_before, before);
	if (sent->busiest_hour >= BUSY_MIN
	    && sent->busiest_hour > BUSY_FACTOR * sent->busiest_hour_before) {
		snprintf(text, sizeof text, "%s recipients in its busiest hour; before at most %s",
		         busiest, before);
		add(list, text);
	}
	if (bounced >= BUSY_MIN && 100 * bounced > BOUNCED_PERCENT * sent->recipients) {
		snprintf(text, sizeof text, "%llu%% of its recipients bounced",
		         (unsigned long long)(100 * bounced / sent->recipients));
		add(list, text);
	}
}

/* unusual_json - nothing is, where there is nothing to compare with. New reference. */
static json_t *
unusual_json(const struct store_sent *sent)
{
	json_t *list = json_array();

	if (sent->recipients_before > 0) {
		add_new_values(sent, STORE_SENT_NETWORK, list);
		add_new_values(sent, STORE_SENT_SENDER, list);
		add_new_values(sent, STORE_SENT_FROM, list);
		add_new_domains(sent, list);
	}
	add_volume(sent, list);
	return list;
}

/* ---- the answer ------------------------------------------------------------ */

/* name_key - secrets by their labels; one that is gone keeps its number. */
static const char *
name_key(const struct account_credential *credential, const char *id)
{
	char text[24];

	for (size_t i = 0; credential && i < credential->secrets; i++) {
		snprintf(text, sizeof text, "%llu",
		         (unsigned long long)credential->secret[i].id);
		if (strcmp(text, id) == 0)
			return credential->secret[i].label;
	}
	return strcmp(id, "0") == 0 ? "(no login)" : id;
}

static json_t *
rows_json(const struct store_sent *sent, enum store_sent_kind kind,
          const struct account_credential *credential)
{
	json_t *list = json_array();

	for (size_t i = 0; i < sent->rows[kind]; i++) {
		const struct store_sent_row *row = &sent->row[kind][i];
		json_t *one = json_object();

		api_json_put_text(one, "value", kind == STORE_SENT_KEY
		                                        ? name_key(credential, row->value)
		                                        : row->value);
		api_json_put_int(one, "recipients", (int64_t)row->recipients);
		api_json_put_int(one, "before", (int64_t)row->before);
		api_json_put_bool(one, "new", row->before == 0 && sent->recipients_before > 0);
		api_json_put_time(one, "first_at", row->first_unix_ms);
		api_json_put_time(one, "last_at", row->last_unix_ms);
		json_array_append_new(list, one);
	}
	return list;
}

static json_t *
statuses_json(const struct store_sent *sent)
{
	json_t *one = json_object();

	for (int i = 0; i < MAIL_STATUS_COUNT; i++)
		if (sent->status[i] > 0)
			api_json_put_int(one, mail_status_name((enum mail_status)i),
			                 (int64_t)sent->status[i]);
	return one;
}

static json_t *
sent_json(const struct control_call *call, const struct store_sent *sent)
{
	const struct account_credential *credential = account_snapshot_credential(
		account_snapshot(call->control->options.account), span_of(sent->credential));
	json_t *result = api_json_new("relay.credential.sent/1");

	api_json_put_text(result, "credential", sent->credential);
	api_json_put_time(result, "since_at", sent->since_unix_ms);
	api_json_put_time(result, "compared_since_at",
	                  sent->is_complete ? sent->compared_unix_ms : 0);
	api_json_put_bool(result, "complete", sent->is_complete);
	api_json_put_int(result, "messages", (int64_t)sent->messages);
	api_json_put_int(result, "recipients", (int64_t)sent->recipients);
	api_json_put_int(result, "messages_before", (int64_t)sent->messages_before);
	api_json_put_int(result, "recipients_before", (int64_t)sent->recipients_before);
	api_json_put_int(result, "busiest_hour", (int64_t)sent->busiest_hour);
	api_json_put_int(result, "busiest_hour_before", (int64_t)sent->busiest_hour_before);
	api_json_put(result, "statuses", statuses_json(sent));
	api_json_put(result, "unusual", unusual_json(sent));
	for (int kind = 0; kind < STORE_SENT_KIND_COUNT; kind++) {
		api_json_put(result, kinds[kind].param, rows_json(sent, kind, credential));
		api_json_put_int(result, arena_printf(sent->arena, "%s_total", kinds[kind].param),
		                 (int64_t)sent->total[kind]);
	}
	return result;
}

static void
answered(struct mailbox_item *item, void *owner)
{
	struct store_sent *sent = (struct store_sent *)(void *)item;
	struct control_call *call = sent->context;
	struct api_error error;

	(void)owner;
	if (control_call_is_gone(call)) {
		control_call_drop(call);
	} else if (sent->result < 0) {
		(void)api_error_from_err(&error, &sent->err);
		control_call_fail(call, &error);
	} else {
		control_call_answer(call, sent_json(call, sent));
	}
	arena_free(&sent->arena);
	mem_free(sent);
}

int
control_credential_since(const struct control_call *call, int64_t now_unix_ms,
                         int64_t *since_unix_ms, struct api_error *error)
{
	const char *since = control_text(call, "since");
	struct err err;

	*since_unix_ms = now_unix_ms - SINCE_DEFAULT_MS;
	if (since && api_time_parse(span_of(since), now_unix_ms, false, since_unix_ms, &err) < 0)
		return api_error_set(error, API_ERROR_PARAMS, "since: %s", err.text);
	return 0;
}

static struct store_sent *
new_sent(struct control_call *call, int64_t since_unix_ms, mailbox_fn fn)
{
	struct store_sent *sent = mem_zero(1, sizeof *sent);

	sent->back = control_back(call->control, fn);
	sent->context = call;
	sent->arena = arena_new(0);
	sent->credential = arena_strdup(sent->arena, control_text(call, "name"));
	sent->since_unix_ms = sent->before_unix_ms = since_unix_ms;
	return sent;
}

/* send - takes sent. */
static void
send_sent(struct control_call *call, struct store_sent *sent)
{
	if (store_sent_send(call->control->options.store, &sent))
		return;
	arena_free(&sent->arena);
	mem_free(sent);
	control_ask_fail_busy(call);
}

void
control_credential_sent(struct control_call *call)
{
	int64_t since_unix_ms;
	struct store_sent *sent;
	struct api_error error;

	if (!control_credential_find(call, &error)
	    || control_credential_since(call, clock_unix_ms(), &since_unix_ms, &error) < 0) {
		control_call_fail(call, &error);
		return;
	}
	sent = new_sent(call, since_unix_ms, answered);
	sent->before_unix_ms -= COMPARED_MS;
	send_sent(call, sent);
}

/* ---- what its end would do ----------------------------------------------------- */

static void
counted(struct mailbox_item *item, void *owner)
{
	struct store_sent *sent = (struct store_sent *)(void *)item;
	struct control_call *call = sent->context;
	struct api_error error;
	json_t *result;

	(void)owner;
	if (control_call_is_gone(call)) {
		control_call_drop(call);
	} else if (sent->result < 0) {
		(void)api_error_from_err(&error, &sent->err);
		control_call_fail(call, &error);
	} else {
		result = api_json_new("relay.credential.effect/1");
		api_json_put_text(result, "credential", sent->credential);
		json_object_update(result, call->made);
		api_json_put_time(result, "since_at", sent->since_unix_ms);
		api_json_put_bool(result, "complete", sent->is_complete);
		api_json_put(result, "hosts", rows_json(sent, STORE_SENT_HOST, NULL));
		api_json_put_int(result, "hosts_total", (int64_t)sent->total[STORE_SENT_HOST]);
		api_json_put_int(result, "recent_ms", RECENT_MS);
		api_json_put_int(result, "recent_messages", (int64_t)sent->recent_messages);
		api_json_put_int(result, "recent_recipients", (int64_t)sent->recent_recipients);
		control_call_answer(call, result);
	}
	arena_free(&sent->arena);
	mem_free(sent);
}

static void
waiting(struct mailbox_item *item, void *owner)
{
	struct schedule_ask *ask = (struct schedule_ask *)(void *)item;
	struct control_call *call = control_ask_take(ask);
	struct store_sent *sent;
	int64_t now = clock_unix_ms();

	(void)owner;
	if (!call)
		return;
	api_json_put_int(call->made, "waiting", ask->affected);
	schedule_ask_free(&ask);
	sent = new_sent(call, now - SINCE_DEFAULT_MS, counted);
	sent->recent_unix_ms = now - RECENT_MS;
	send_sent(call, sent);
}

void
control_credential_effect(struct control_call *call)
{
	struct api_error error;
	const struct account_credential *credential = control_credential_find(call, &error);
	struct schedule_ask *ask;

	if (!credential) {
		control_call_fail(call, &error);
		return;
	}
	call->made = json_object();
	api_json_put_int(call->made, "generation", (int64_t)credential->generation);
	ask = control_ask_new(call, SCHEDULE_HOLD, waiting);
	ask->is_dry = true;
	ask->match = arena_printf(ask->arena, "cred:%s", credential->name);
	ask->reason = "counted";
	ask->by = arena_strdup(ask->arena, call->user);
	if (!control_ask_send(call, ask))
		control_ask_fail_busy(call);
}
