/* tui_credential_act.c - see tui_credential_act.h: what ends, and what comes after it. */
#include "tui_credential_act.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/api_format.h"
#include "api/api_json.h"
#include "base/units.h"
#include "tui_secret.h"

#define HOSTS 3                    /* named in a dialog */
#define OVERLAP "24h"
#define GRACE_MS 10000             /* many are held so long before they bounce */
#define BOUNCE_MANY 100

/* selected_credential - the row, if it can be changed; NULL: said why not. */
static const json_t *
selected_credential(struct tui_model *model)
{
	const struct tui_listing *listing = tui_listing_shown(model);
	const json_t *row = tui_listing_selected(model);

	if (!row)
		tui_model_say(model, TUI_WARN, "%s: nothing was changed",
		              listing->list.is_gone ? "that credential is not there any more"
		                                    : "no credential is selected");
	else if (tui_credential_read(row).is_revoked)
		tui_model_say(model, TUI_WARN, "%s is revoked, for good: N makes another",
		              tui_credential_read(row).name);
	else
		return row;
	return NULL;
}

json_t *
tui_credential_params(const char *name, int64_t generation)
{
	json_t *params = json_object();

	api_json_put_text(params, "name", name);
	if (generation > 0)
		api_json_put_int(params, "generation", generation);
	return params;
}

/* ---- asked of the daemon before ------------------------------------------------------ */

/* seen_of - the generation of what is on the screen, however old that is; else of the answer. */
static int64_t
seen_of(const struct tui_model *model, const char *name, const json_t *effect)
{
	const json_t *row = tui_listing_selected(model);
	int64_t counted = api_json_get_int(effect, "generation", 0);

	if (!row || model->screen != TUI_CREDENTIALS
	    || strcmp(tui_listing_key(model), name) != 0)
		return counted;
	return api_json_get_int(row, "generation", counted);
}

/* put_hosts - "app01 app02 cron1": their names where they said one, else addresses. */
static void
put_hosts(const json_t *effect, struct buf *out)
{
	json_t *hosts = json_object_get(effect, "hosts"), *host;
	int64_t total = api_json_get_int(effect, "hosts_total", 0);
	size_t i;

	json_array_foreach(hosts, i, host) {
		const char *text = api_json_get_text(host, "value");
		const char *name = text ? strchr(text, ' ') : NULL;

		if (i < HOSTS && text)
			(void)buf_printf(out, " %s", name ? name + 1 : text);
	}
	if (total > HOSTS)
		(void)buf_printf(out, " and %" PRId64 " more", total - HOSTS);
}

/* say_hosts - who will have to be changed; what: "it", or "the old one". */
static void
say_hosts(struct tui_dialog *dialog, const json_t *effect, const char *what)
{
	int64_t total = api_json_get_int(effect, "hosts_total", 0);
	char count[UNITS_NOUN_SIZE];
	struct buf names;

	if (total == 0) {
		tui_dialog_line(dialog, TUI_PLAIN, "Nobody sent anything with it in 24h.");
		return;
	}
	buf_init(&names, TUI_FIELD_SIZE - 64);
	put_hosts(effect, &names);
	tui_dialog_line(dialog, TUI_PLAIN, "%s used %s in 24h:%.*s",
	                units_format_noun(total, "host", count), what, (int)names.len,
	                names.len ? buf_data(&names) : "");
	buf_deinit(&names);
}

/* survey - what would be touched, as the daemon counts it now. */
static void
survey(struct tui_model *model, tui_answer_fn answered)
{
	const json_t *row = selected_credential(model);
	const char *name = row ? tui_credential_read(row).name : "";

	if (!row)
		return;
	tui_model_say(model, TUI_PLAIN, "counting who uses %s ...", name);
	(void)tui_model_request(model, "credential.effect", tui_credential_params(name, 0), name,
	                        answered);
}

/* ---- rotate --------------------------------------------------------------------------- */

static void
rotated(struct tui_model *model, const char *object, const json_t *result)
{
	int64_t overlap_ms = api_json_get_int(model->change.order[0].params, "overlap_ms", 0);
	char lead[TUI_FIELD_SIZE], time[UNITS_TEXT_SIZE];

	units_format_duration(overlap_ms, time);
	if (overlap_ms > 0)
		snprintf(lead, sizeof lead, "The old password of %.100s works for another %s.",
		         object, time);
	else
		snprintf(lead, sizeof lead, "The old password of %.100s works no more.", object);
	tui_secret_show(model, lead, result);
}

static bool
do_rotate(struct tui_model *model, struct tui_dialog *dialog, struct err *err)
{
	const char *until = tui_dialog_value(dialog, "until");
	struct tui_change *change;
	int64_t overlap_ms = 0;
	json_t *params;

	if (strcmp(until, "0") != 0 && !tui_dialog_duration(dialog, "until", &overlap_ms, err))
		return false;
	if (until[0] == '\0') {
		(void)err_set(err, ERR_INPUT, 0, "how long does the old one work: 24h, or 0");
		return false;
	}
	change = tui_change_begin(model, "rotate", "rotated", "credential.rotate");
	if (!change)
		return true;
	change->answered = rotated;
	snprintf(change->cli, sizeof change->cli, "credential rotate %s --overlap %s",
	         dialog->object, overlap_ms ? until : "0s");
	params = tui_credential_params(dialog->object, dialog->generation);
	api_json_put_int(params, "overlap_ms", overlap_ms);
	tui_dialog_put_reason(dialog, params);
	tui_change_order(change, dialog->object, params, NULL);
	tui_change_send(model);
	return true;
}

static void
ask_rotate(struct tui_model *model, const struct tui_request *request, const json_t *effect,
           const struct api_error *error)
{
	struct tui_dialog *dialog;

	if (error) {
		tui_model_say_error(model, "rotate", error);
		return;
	}
	if (tui_model_is_elsewhere(model, request))
		return;
	tui_model_say(model, TUI_PLAIN, "%s", ""); /* counted */
	dialog = tui_dialog_open(model, request->key, "Rotate", do_rotate, "Rotate %s",
	                         request->key);
	dialog->generation = seen_of(model, request->key, effect);
	tui_dialog_line(dialog, TUI_PLAIN, "Make a second password now; the old one keeps working "
	                "until then.");
	say_hosts(dialog, effect, "the old one");
	(void)tui_dialog_text(dialog, "until", OVERLAP, "from now (0 = stop at once)");
	tui_dialog_reason(dialog);
	tui_dialog_danger(dialog);
}

/* ---- revoke, compromised --------------------------------------------------------------- */

static const char *const queued_words[] = { "keep", "hold", "bounce", NULL };
static const char *const incident_words[] = { "hold", "keep", NULL };
enum { KEEP, HOLD, BOUNCE };

static void
bounced(struct tui_model *model, const struct tui_request *request, const json_t *result,
        const struct api_error *error)
{
	char count[UNITS_NOUN_SIZE];

	if (error) {
		tui_model_say(model, TUI_BAD, "%s is revoked and its mail held, but not bounced: "
		              "%s", request->key, error->message);
		return;
	}
	(void)units_format_noun(api_json_get_int(result, "affected", 0), "recipient", count);
	if (api_json_get_text(result, "pending"))
		tui_model_say(model, TUI_WARN, "%s is revoked; %s bounce in 10 s (relaycli queue "
		              "release cred:%s stops that)", request->key, count, request->key);
	else
		tui_model_say(model, TUI_PLAIN, "%s is revoked; bounced what waited: %s",
		              request->key, count);
}

/* revoked - what was held to be bounced is: nothing of it left meanwhile. */
static void
revoked(struct tui_model *model, const char *object, const json_t *result)
{
	const json_t *asked = model->change.order[0].params;
	const char *reason = api_json_get_text(asked, "reason");
	int64_t held = api_json_get_int(result, "held", 0);
	char match[TUI_KEY_MAX + 8];
	json_t *params;

	if (!api_json_get_bool(asked, "to_bounce") || held == 0)
		return;
	snprintf(match, sizeof match, "cred:%s", object);
	params = json_object();
	api_json_put_text(params, "match", match);
	api_json_put_text(params, "reason", reason ? reason : "its credential was revoked");
	api_json_put_int(params, "grace_ms", held > BOUNCE_MANY ? GRACE_MS : 0);
	(void)tui_model_request(model, "queue.bounce", params, object, bounced);
}

static bool
do_revoke(struct tui_model *model, struct tui_dialog *dialog, struct err *err)
{
	const char *queued = tui_dialog_value(dialog, "what waits");
	bool is_bounce = strcmp(queued, queued_words[BOUNCE]) == 0;
	struct tui_change *change =
		tui_change_begin(model, "revoke", "revoked", "credential.revoke");
	json_t *params;

	(void)err;
	if (!change)
		return true;
	change->answered = revoked;
	snprintf(change->cli, sizeof change->cli, "credential revoke %s --queued %s",
	         dialog->object, queued);
	params = tui_credential_params(dialog->object, dialog->generation);
	api_json_put_text(params, "queued", is_bounce ? queued_words[HOLD] : queued);
	if (is_bounce)
		api_json_put_bool(params, "to_bounce", true);
	tui_dialog_put_reason(dialog, params);
	tui_change_order(change, dialog->object, params, NULL);
	tui_change_send(model);
	return true;
}

static struct tui_dialog *
open_end(struct tui_model *model, const struct tui_request *request, const json_t *effect,
         const char *button, tui_dialog_fn accept)
{
	int64_t recent = api_json_get_int(effect, "recent_messages", 0);
	int64_t waiting = api_json_get_int(effect, "waiting", 0);
	char count[UNITS_TEXT_SIZE], noun[UNITS_NOUN_SIZE];
	struct tui_dialog *dialog;

	tui_model_say(model, TUI_PLAIN, "%s", ""); /* counted */
	units_format_count((uint64_t)recent, count);
	dialog = tui_dialog_open(model, request->key, button, accept,
	                         "%s %.60s ─ %s msgs in 5 min will start failing", button,
	                         request->key, count);
	dialog->generation = seen_of(model, request->key, effect);
	say_hosts(dialog, effect, "it");
	tui_dialog_line(dialog, waiting ? TUI_WARN : TUI_PLAIN, "%s wait%s.",
	                waiting ? units_format_noun(waiting, "recipient", noun)
	                        : "Nothing of it", waiting == 1 || !waiting ? "s" : "");
	return dialog;
}

static void
ask_revoke(struct tui_model *model, const struct tui_request *request, const json_t *effect,
           const struct api_error *error)
{
	struct tui_dialog *dialog;

	if (error) {
		tui_model_say_error(model, "revoke", error);
		return;
	}
	if (tui_model_is_elsewhere(model, request))
		return;
	dialog = open_end(model, request, effect, "Revoke", do_revoke);
	tui_dialog_line(dialog, TUI_PLAIN, "All its passwords end now, for good; running sessions "
	                "end at their next command.");
	(void)tui_dialog_choice(dialog, "what waits", queued_words, KEEP);
	tui_dialog_reason(dialog);
	tui_dialog_name(dialog);
}

static void
replaced(struct tui_model *model, const char *object, const json_t *result)
{
	char lead[TUI_FIELD_SIZE], held[UNITS_NOUN_SIZE];
	int64_t count = api_json_get_int(result, "held", 0);

	if (count)
		snprintf(lead, sizeof lead, "%.100s is revoked; %s of it held. Its successor may "
		         "do the same:", object, units_format_noun(count, "recipient", held));
	else
		snprintf(lead, sizeof lead, "%.100s is revoked. Its successor may do the same:",
		         object);
	tui_secret_show(model, lead, result);
}

static bool
do_compromised(struct tui_model *model, struct tui_dialog *dialog, struct err *err)
{
	const char *queued = tui_dialog_value(dialog, "what waits");
	struct tui_change *change = tui_change_begin(model, "replace", "revoked and replaced",
	                                             "credential.compromised");
	json_t *params;

	(void)err;
	if (!change)
		return true;
	change->answered = replaced;
	snprintf(change->cli, sizeof change->cli, "credential compromised %s --queued %s",
	         dialog->object, queued);
	params = tui_credential_params(dialog->object, dialog->generation);
	api_json_put_text(params, "queued", queued);
	tui_dialog_put_reason(dialog, params);
	tui_change_order(change, dialog->object, params, NULL);
	tui_change_send(model);
	return true;
}

static void
ask_compromised(struct tui_model *model, const struct tui_request *request, const json_t *effect,
                const struct api_error *error)
{
	struct tui_dialog *dialog;

	if (error) {
		tui_model_say_error(model, "compromised", error);
		return;
	}
	if (tui_model_is_elsewhere(model, request))
		return;
	dialog = open_end(model, request, effect, "Replace", do_compromised);
	tui_dialog_line(dialog, TUI_PLAIN, "Its password leaked: what waits is held first, then it "
	                "is revoked for good, and a successor with its limits is made.");
	(void)tui_dialog_choice(dialog, "what waits", incident_words, 0);
	tui_dialog_reason(dialog);
	tui_dialog_name(dialog);
}

/* ---- the end of a key ------------------------------------------------------------------- */

/* retired - what is left to do goes into a box: the result line is written over. */
static void
retired(struct tui_model *model, const char *object, const json_t *result)
{
	const char *note = api_json_get_text(result, "note");

	if (note)
		tui_dialog_line(tui_dialog_open(model, object, NULL, NULL, "%s", object), TUI_WARN,
		                "%s", note);
}

static bool
do_retire(struct tui_model *model, struct tui_dialog *dialog, struct err *err)
{
	const char *key = tui_dialog_value(dialog, "key");
	struct tui_change *change;
	json_t *params;

	if (key[0] == '\0') {
		(void)err_set(err, ERR_INPUT, 0, "name one of the keys above");
		return false;
	}
	change = tui_change_begin(model, "retire", "ended a key of", "credential.retire");
	if (!change)
		return true;
	change->answered = retired;
	snprintf(change->cli, sizeof change->cli, "credential retire %s %.16s", dialog->object,
	         key);
	params = tui_credential_params(dialog->object, dialog->generation);
	api_json_put_text(params, "key", key);
	tui_dialog_put_reason(dialog, params);
	tui_change_order(change, dialog->object, params, NULL);
	tui_change_send(model);
	return true;
}

static void
say_key(struct tui_dialog *dialog, const struct tui_credential_key *key, int64_t now_unix_ms)
{
	char age[API_FORMAT_SIZE];

	api_format_age(key->used_unix_ms, now_unix_ms, age);
	if (key->used_unix_ms)
		tui_dialog_line(dialog, TUI_PLAIN, "%s  last used %s ago from %s%s", key->id, age,
		                key->address, key->may_retire ? "; a newer one is in use" : "");
	else
		tui_dialog_line(dialog, TUI_PLAIN, "%s  never used", key->id);
}

static void
ask_retire(struct tui_model *model)
{
	const json_t *row = selected_credential(model);
	struct tui_credential_row c;
	struct tui_dialog *dialog;
	const char *oldest = "";

	if (!row)
		return;
	c = tui_credential_read(row);
	if (c.live == 0) {
		tui_model_say(model, TUI_WARN, "no key of %s works: there is none to end", c.name);
		return;
	}
	dialog = tui_dialog_open(model, c.name, "End it", do_retire, "End a key of %s", c.name);
	dialog->generation = c.generation;
	for (size_t i = 0; i < json_array_size(c.keys); i++) {
		struct tui_credential_key key =
			tui_credential_read_key(json_array_get(c.keys, i));

		if (!key.is_live)
			continue;
		say_key(dialog, &key, model->now_unix_ms);
		oldest = oldest[0] ? oldest : key.id;
	}
	tui_dialog_line(dialog, c.live == 1 ? TUI_BAD : TUI_PLAIN, c.live == 1
	                ? "It is the last one: nobody can log in then."
	                : "Who uses it is cut off at the next command.");
	(void)tui_dialog_text(dialog, "key", c.idle[0] ? c.idle : oldest, "which one");
	tui_dialog_reason(dialog);
	if (c.live == 1)
		tui_dialog_name(dialog);
	else
		tui_dialog_danger(dialog);
}

bool
tui_credential_act(struct tui_model *model, enum tui_act what)
{
	const json_t *row;

	switch (what) {
	case TUI_ACT_NEW:
		tui_credential_new(model);
		return true;
	case TUI_ACT_EDIT:
		if ((row = selected_credential(model)) != NULL)
			tui_credential_limits(model, row);
		return true;
	case TUI_ACT_ROTATE:
		survey(model, ask_rotate);
		return true;
	case TUI_ACT_REMOVE:
		survey(model, ask_revoke);
		return true;
	case TUI_ACT_INCIDENT:
		survey(model, ask_compromised);
		return true;
	case TUI_ACT_END_KEY:
		ask_retire(model);
		return true;
	default:
		return false;
	}
}
