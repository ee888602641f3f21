/* control_credential_json.c - a credential as JSON: what it may, what it used of that, its
 * keys; and what an application types in to use it. Thread: main. */
#include "control/control_credential.h"

#include "alert/alert_secret.h"
#include "base/clock.h"
#include "store/store_audit.h"

static json_t *
froms_json(const struct account_credential *credential)
{
	json_t *list = json_array();

	for (size_t i = 0; i < credential->froms; i++)
		json_array_append_new(list, api_json_string(span_of(credential->from[i])));
	return list;
}

static const struct store_secret *
used_of(const struct store_secret_list *uses, uint64_t secret_id)
{
	for (size_t i = 0; uses && i < uses->count; i++)
		if (uses->secret[i].id == secret_id)
			return &uses->secret[i];
	return NULL;
}

static const char *
say_key(const struct account_secret *secret, const struct store_secret_list *uses,
        struct arena *arena)
{
	const struct store_secret *used = used_of(uses, secret->id);
	const char *text = arena_printf(arena, "key %s made %s", secret->label,
	                                store_audit_time(arena, secret->created_unix_ms));

	if (used == NULL) /* the store did not say */
		return text;
	text = arena_printf(arena, "%s, last used %s", text,
	                    store_audit_time(arena, used->last_used_unix_ms));
	if (used->last_used_unix_ms == 0 || used->last_used_address == NULL)
		return text;
	return arena_printf(arena, "%s from %s", text, used->last_used_address);
}

const char *
control_credential_say_keys(const struct account_credential *credential,
                            const struct store_secret_list *uses, const char *label,
                            struct arena *arena)
{
	const char *text = NULL;

	for (size_t i = 0; i < credential->secrets; i++) {
		const struct account_secret *secret = &credential->secret[i];

		if (label ? strcmp(secret->label, label) == 0
		          : account_secret_is_live(secret, clock_unix_ms()))
			text = store_audit_add(arena, text,
			                       say_key(secret, uses, arena));
	}
	return text;
}

static json_t *
keys_json(const struct account_credential *credential, const struct store_secret_list *uses)
{
	json_t *list = json_array();

	for (size_t i = 0; i < credential->secrets; i++) {
		const struct account_secret *secret = &credential->secret[i];
		const struct store_secret *used = used_of(uses, secret->id);
		json_t *one = json_object();
		size_t place = used ? (size_t)(used - uses->secret) : 0;

		api_json_put_text(one, "id", secret->label);
		api_json_put_time(one, "created_at", secret->created_unix_ms);
		api_json_put_time(one, "last_used_at", used ? used->last_used_unix_ms : 0);
		api_json_put_text(one, "last_used_address", used && used->last_used_unix_ms ?
		                  used->last_used_address : NULL);
		api_json_put_time(one, "ends_at", secret->ends_unix_ms);
		api_json_put_bool(one, "live", account_secret_is_live(secret, clock_unix_ms()));
		api_json_put_bool(one, "safe_to_retire",
		                  used && alert_secret_is_idle(uses, place, clock_unix_ms()));
		json_array_append_new(list, one);
	}
	return list;
}

static int64_t
last_used(const struct account_credential *credential, const struct store_secret_list *uses)
{
	int64_t newest = 0;

	for (size_t i = 0; i < credential->secrets; i++) {
		const struct store_secret *used = used_of(uses, credential->secret[i].id);

		if (used && used->last_used_unix_ms > newest)
			newest = used->last_used_unix_ms;
	}
	return newest;
}

static json_t *
sources_json(const struct account_credential *credential)
{
	char text[ACCOUNT_NETWORK_TEXT_SIZE];
	json_t *list = json_array();

	for (size_t i = 0; i < credential->networks; i++) {
		account_network_format(&credential->network[i], text);
		json_array_append_new(list, json_string(text));
	}
	return list;
}

static json_t *
certificates_json(const struct account_credential *credential)
{
	char text[ACCOUNT_CERTIFICATE_TEXT_SIZE];
	json_t *list = json_array();

	for (size_t i = 0; i < credential->certificates; i++) {
		account_certificate_format(&credential->certificate[i], text);
		json_array_append_new(list, json_string(text));
	}
	return list;
}

static json_t *
protocols_json(const struct account_credential *credential)
{
	json_t *list = json_array();

	if (credential->protocols == 0 || credential->protocols & ACCOUNT_SMTP)
		json_array_append_new(list, json_string("smtp"));
	if (credential->protocols == 0 || credential->protocols & ACCOUNT_API)
		json_array_append_new(list, json_string("api"));
	return list;
}

/* window_json - recipients used in it now, and when it opens again. */
static json_t *
window_json(const struct account_credential *credential, enum account_window window)
{
	const struct account_limits *limits = &credential->limits;
	int64_t now = clock_unix_ms();
	json_t *one = json_object();

	if (account_limit_of(limits, window) > 0)
		api_json_put_int(one, "limit", account_limit_of(limits, window));
	else
		api_json_put_null(one, "limit");
	if (window == ACCOUNT_RATE)
		api_json_put_int(one, "period_ms", limits->rate.period_ms);
	api_json_put_int(one, "used",
	                 account_meter_used(credential->meter, limits, window, now));
	api_json_put_time(one, "opens_at", account_window_end(limits, window, now));
	return one;
}

static void
put_count(json_t *one, const char *name, uint64_t count)
{
	if (count > 0)
		api_json_put_int(one, name, (int64_t)count);
	else
		api_json_put_null(one, name);
}

/* put_limits - what it may, and how much of that is used. */
static void
put_limits(const struct account_credential *credential, json_t *one)
{
	api_json_put_text(one, "env", credential->env);
	api_json_put(one, "source", sources_json(credential));
	api_json_put(one, "certificate", certificates_json(credential));
	api_json_put_bool(one, "certificate_only", credential->certificate_only);
	api_json_put(one, "protocols", protocols_json(credential));
	if (credential->limits.rate.period_ms > 0)
		api_json_put(one, "rate", window_json(credential, ACCOUNT_RATE));
	else
		api_json_put_null(one, "rate");
	api_json_put(one, "day", window_json(credential, ACCOUNT_DAY));
	api_json_put(one, "month", window_json(credential, ACCOUNT_MONTH));
	put_count(one, "recipients_max", credential->recipients_max);
	put_count(one, "size_max_bytes", credential->size_max_bytes);
	api_json_put_time(one, "expires_at", credential->expires_unix_ms);
	api_json_put_text(one, "tripwire", account_tripwire_names[credential->tripwire]);
}

static const char *
state_of(const struct account_credential *credential)
{
	if (credential->is_revoked)
		return "revoked";
	return credential->expires_unix_ms != 0 && credential->expires_unix_ms <= clock_unix_ms()
	               ? "expired" : "active";
}

json_t *
control_credential_json(const struct account_credential *credential,
                        const struct store_secret_list *uses)
{
	json_t *one = json_object();

	api_json_put_text(one, "name", credential->name);
	api_json_put_text(one, "state", state_of(credential));
	api_json_put(one, "from", froms_json(credential));
	api_json_put(one, "keys", keys_json(credential, uses));
	api_json_put_bool(one, "bulk", credential->is_bulk);
	api_json_put_bool(one, "null_sender", credential->may_send_null);
	api_json_put_bool(one, "fix_line_ends", credential->fix_bare_line_ends);
	api_json_put_text(one, "pool", credential->pool);
	api_json_put_bool(one, "notices", !credential->mutes_notices);
	api_json_put_text(one, "suppressed", credential->refuses_suppressed ? "refuse" : "record");
	put_limits(credential, one);
	api_json_put_time(one, "created_at", credential->created_unix_ms);
	api_json_put_time(one, "revoked_at", credential->revoked_unix_ms);
	api_json_put_text(one, "revoked_by", credential->revoked_by);
	api_json_put_time(one, "last_used_at", last_used(credential, uses));
	api_json_put_int(one, "generation", (int64_t)credential->generation);
	return one;
}

/* put_connection - what an application types in: the first submission listener. */
void
control_credential_put_usual(const struct control *control, const char *name, json_t *one)
{
	struct tripwire_usual usual;
	json_t *object;

	if (!tripwire_usual(control->options.tripwire, name, &usual)) {
		api_json_put_null(one, "usual");
		return;
	}
	object = json_object();
	api_json_put_bool(object, "learned", usual.is_learned);
	api_json_put_int(object, "this_hour", usual.this_hour);
	api_json_put_int(object, "busiest_hour", usual.busiest_hour);
	api_json_put_int(object, "recipients", (int64_t)usual.recipients);
	api_json_put_int(object, "networks", usual.networks);
	api_json_put_int(object, "from_domains", usual.from_domains);
	api_json_put(one, "usual", object);
}

void
control_credential_put_day(const struct control *control, const char *name, json_t *one)
{
	struct tripwire_usual usual;

	if (!tripwire_usual(control->options.tripwire, name, &usual))
		usual = (struct tripwire_usual){ 0 }; /* it never sent */
	api_json_put_int(one, "recipients_24h", (int64_t)usual.day_recipients);
	api_json_put_int(one, "bounced_24h", (int64_t)usual.day_bounced);
}

void
control_credential_put_connection(const struct control *control, json_t *result)
{
	const struct config *config = control->options.config; /* its listeners are open */
	const struct config_listener *use = NULL;

	for (size_t i = 0; i < config->listeners; i++) {
		const struct config_listener *one = &config->listener[i];

		if (one->kind == CONFIG_SUBMISSION && (!use || use->kind != CONFIG_SUBMISSION))
			use = one;
		else if (one->kind == CONFIG_SUBMISSIONS && !use)
			use = one;
	}
	api_json_put_text(result, "host", control->config->hostname);
	if (use) {
		api_json_put_int(result, "port", use->port);
		api_json_put_text(result, "secure",
				  use->tls == CONFIG_TLS_IMPLICIT ? "TLS" : "STARTTLS");
	} else {
		api_json_put_null(result, "port");
		api_json_put_null(result, "secure");
	}
}
