/* tui_domain_act.c - see tui_domain_act.h. */
#include "tui_domain_act.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/api_format.h"
#include "api/api_json.h"
#include "base/units.h"

#define VALUE_SHOWN 40             /* characters of a record in a box; y copies all of it */

/* selected_domain - false: said why there is none. */
static bool
selected_domain(struct tui_model *model, struct tui_domain_row *out)
{
	const struct tui_listing *listing = tui_listing_shown(model);
	const json_t *row = tui_listing_selected(model);

	if (row) {
		*out = tui_domain_read(row);
		return true;
	}
	tui_model_say(model, TUI_WARN, "%s: nothing was changed",
	              listing->list.is_gone ? "that domain is not there any more"
	                                    : "no domain is selected");
	return false;
}

static json_t *
params_of(const char *name, int64_t generation)
{
	json_t *params = json_object();

	api_json_put_text(params, "name", name);
	if (generation > 0)
		api_json_put_int(params, "generation", generation);
	return params;
}

/* ---- check now -------------------------------------------------------------------------- */

static void
checked(struct tui_model *model, const struct tui_request *request, const json_t *result,
        const struct api_error *error)
{
	struct tui_detail *detail = &model->listing[TUI_DOMAINS].detail;
	const char *state = tui_text_of(result, "state");

	if (error) {
		tui_model_say_error(model, "check", error);
		return;
	}
	model->changed_mono_ms = model->now_mono_ms; /* the list has it, too: ask for it */
	if (strcmp(detail->key, request->key) == 0)
		detail->key[0] = '\0'; /* and for the report */
	tui_model_say(model, tui_domain_is_ok(state) ? TUI_GOOD : TUI_WARN, "checked %s: %s",
	              request->key, tui_text_of(result, "sentence"));
}

static void
check(struct tui_model *model)
{
	struct tui_domain_row d;

	if (!selected_domain(model, &d))
		return;
	if (strcmp(model->status.role, "viewer") == 0) {
		tui_model_say(model, TUI_WARN, "a check sends questions to name servers: relayd "
		              "lets operators do that; what it finds by itself is shown here");
		return;
	}
	tui_model_say(model, TUI_PLAIN, "asking name servers about %s ...", d.name);
	(void)tui_model_request(model, "domain.check", params_of(d.name, 0), d.name, checked);
}

/* ---- records to publish -------------------------------------------------------------------- */

/* say_records - one a line, and all of them for y. */
static size_t
say_records(struct tui_dialog *dialog, json_t *records)
{
	struct buf all;
	json_t *record;
	size_t i;

	buf_init(&all, sizeof dialog->copy - 1);
	json_array_foreach(records, i, record) {
		const char *name = tui_text_of(record, "name"), *type = tui_text_of(record, "type");
		const char *value = tui_text_of(record, "value");

		tui_dialog_line(dialog, TUI_PLAIN, "%s %.120s", type, name);
		tui_dialog_line(dialog, TUI_DIM, "    %.*s%s", VALUE_SHOWN, value,
		                strlen(value) > VALUE_SHOWN ? "…" : "");
		if (tui_domain_put_record(name, type, value, &all))
			(void)buf_append_text(&all, "\n");
	}
	if (all.len)
		memcpy(dialog->copy, buf_data(&all), all.len);
	dialog->copy[all.len] = '\0';
	buf_deinit(&all);
	return json_array_size(records);
}

static void
show_records(struct tui_model *model, const char *domain, const char *lead, const json_t *result)
{
	json_t *records = json_object_get(result, "records");
	char count[UNITS_NOUN_SIZE];
	struct tui_dialog *dialog;

	if (json_array_size(records) == 0 && tui_text_of(result, "warning")[0] == '\0')
		return;
	dialog = tui_dialog_open(model, domain, NULL, NULL, "%.100s ─ %s to publish", domain,
	                         units_format_noun((int64_t)json_array_size(records), "record",
	                                           count));
	if (lead[0])
		tui_dialog_line(dialog, TUI_PLAIN, "%s", lead);
	(void)say_records(dialog, records);
	if (tui_text_of(result, "warning")[0])
		tui_dialog_line(dialog, TUI_WARN, "%s", tui_text_of(result, "warning"));
	tui_dialog_line(dialog, TUI_PLAIN, "Later: relaycli domain records %s", domain);
}

/* ---- DKIM keys ------------------------------------------------------------------------------- */

static const char *const algorithms[] = { "as now", "rsa", "ed25519", "both", NULL };
static const char *const bit_words[] = { "2048", "3072", "4096", NULL };
static const char *const no_yes[] = { "no", "yes", NULL };

static void
rotated(struct tui_model *model, const char *object, const json_t *result)
{
	show_records(model, object, "It signs with the new key once all servers have its record.",
	             result);
}

static bool
do_rotate(struct tui_model *model, struct tui_dialog *dialog, struct err *err)
{
	const char *algorithm = tui_dialog_value(dialog, "algorithm");
	const char *bits = tui_dialog_value(dialog, "bits of RSA");
	bool is_now = strcmp(tui_dialog_value(dialog, "sign at once"), "yes") == 0;
	struct tui_change *change = tui_change_begin(model, "rotate", "made a new DKIM key for",
	                                             "domain.dkim.rotate");
	json_t *params;

	(void)err;
	if (!change)
		return true;
	change->answered = rotated;
	params = params_of(dialog->object, dialog->generation);
	if (strcmp(algorithm, algorithms[0]) != 0)
		api_json_put_text(params, "algorithm", algorithm);
	api_json_put_int(params, "bits", strcmp(bits, bit_words[2]) == 0   ? 4096
	                                 : strcmp(bits, bit_words[1]) == 0 ? 3072 : 2048);
	if (is_now)
		api_json_put_bool(params, "now", true);
	snprintf(change->cli, sizeof change->cli, "domain dkim rotate %s --bits %s%s%s%s",
	         dialog->object, bits, strcmp(algorithm, algorithms[0]) ? " --algorithm " : "",
	         strcmp(algorithm, algorithms[0]) ? algorithm : "", is_now ? " --now" : "");
	tui_dialog_put_reason(dialog, params);
	tui_change_order(change, dialog->object, params, NULL);
	tui_change_send(model);
	return true;
}

static void
ask_rotate(struct tui_model *model)
{
	struct tui_dialog *dialog;
	struct tui_domain_row d;

	if (!selected_domain(model, &d))
		return;
	dialog = tui_dialog_open(model, d.name, "Rotate", do_rotate, "New DKIM key for %s", d.name);
	dialog->generation = d.generation;
	tui_dialog_line(dialog, TUI_PLAIN, "A key is made now and signs once its record is seen; "
	                "%s%s goes on until then. Its record stays for mail under way.",
	                d.selector[0] ? "key " : "what signs", d.selector);
	(void)tui_dialog_choice(dialog, "algorithm", algorithms, 0);
	(void)tui_dialog_choice(dialog, "bits of RSA", bit_words, 0);
	(void)tui_dialog_choice(dialog, "sign at once", no_yes, 0);
	tui_dialog_reason(dialog);
	tui_dialog_danger(dialog);
}

static bool
do_delete(struct tui_model *model, struct tui_dialog *dialog, struct err *err)
{
	const char *selector = tui_dialog_value(dialog, "key");
	bool is_now = strcmp(tui_dialog_value(dialog, "even if in use"), "yes") == 0;
	struct tui_change *change;
	json_t *params;

	if (selector[0] == '\0') {
		(void)err_set(err, ERR_INPUT, 0, "name one of the keys above");
		return false;
	}
	change = tui_change_begin(model, "delete", "deleted a DKIM key of", "domain.dkim.remove");
	if (!change)
		return true;
	snprintf(change->cli, sizeof change->cli, "domain dkim remove %s %.63s%s", dialog->object,
	         selector, is_now ? " --now" : "");
	params = params_of(dialog->object, dialog->generation);
	api_json_put_text(params, "selector", selector);
	if (is_now)
		api_json_put_bool(params, "now", true);
	tui_dialog_put_reason(dialog, params);
	tui_change_order(change, dialog->object, params, NULL);
	tui_change_send(model);
	return true;
}

/* spare_of - the key to be deleted rather than others: one that does not sign. */
static const char *
spare_of(const json_t *keys)
{
	const char *spare = "";
	const json_t *key;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)keys, i, key)
		if (!api_json_get_bool(key, "active"))
			spare = tui_text_of(key, "selector");
	return spare;
}

static void
ask_delete(struct tui_model *model)
{
	struct tui_dialog *dialog;
	struct tui_domain_row d;
	const json_t *key;
	size_t i;

	if (!selected_domain(model, &d))
		return;
	if (json_array_size(d.keys) == 0) {
		tui_model_say(model, TUI_WARN, "%s has no DKIM key: K makes one", d.name);
		return;
	}
	dialog = tui_dialog_open(model, d.name, "Delete", do_delete, "Delete a DKIM key of %s",
	                         d.name);
	dialog->generation = d.generation;
	json_array_foreach((json_t *)(uintptr_t)d.keys, i, key)
		tui_dialog_line(dialog, TUI_PLAIN, "%s  %s, %s", tui_text_of(key, "selector"),
		                tui_text_of(key, "algorithm"),
		                api_json_get_bool(key, "active") ? "signs now"
		                                                 : tui_text_of(key, "state"));
	tui_dialog_line(dialog, TUI_WARN, "It cannot be had back. The last one that signs stays.");
	(void)tui_dialog_text(dialog, "key", spare_of(d.keys), "its selector");
	(void)tui_dialog_choice(dialog, "even if in use", no_yes, 0);
	tui_dialog_reason(dialog);
	tui_dialog_name(dialog);
}

/* ---- add, remove ---------------------------------------------------------------------------- */

static void
added(struct tui_model *model, const char *object, const json_t *result)
{
	show_records(model, object, "", result);
}

static bool
do_add(struct tui_model *model, struct tui_dialog *dialog, struct err *err)
{
	const char *name = tui_dialog_value(dialog, "domain");
	const char *pool = tui_dialog_value(dialog, "pool");
	struct tui_change *change;
	json_t *params;

	if (name[0] == '\0' || strlen(name) >= TUI_KEY_MAX) {
		(void)err_set(err, ERR_INPUT, 0, "name it: what stands after the @ of its senders");
		return false;
	}
	change = tui_change_begin(model, "add", "added", "domain.add");
	if (!change)
		return true;
	change->answered = added;
	snprintf(change->cli, sizeof change->cli, "domain add %.255s%s%.64s", name,
	         pool[0] ? " --pool " : "", pool);
	params = params_of(name, 0);
	if (pool[0])
		api_json_put_text(params, "pool", pool);
	tui_dialog_put_reason(dialog, params);
	tui_change_order(change, name, params, NULL);
	tui_change_send(model);
	return true;
}

static void
ask_add(struct tui_model *model)
{
	struct tui_dialog *dialog = tui_dialog_open(model, "", "Add", do_add, "New domain");

	tui_dialog_line(dialog, TUI_PLAIN, "DKIM keys are made for it; what is to be published is "
	                "shown then.");
	(void)tui_dialog_text(dialog, "domain", "", "shop.example");
	(void)tui_dialog_text(dialog, "pool", "", "source addresses; empty: default");
	tui_dialog_reason(dialog);
}

static bool
do_remove(struct tui_model *model, struct tui_dialog *dialog, struct err *err)
{
	struct tui_change *change = tui_change_begin(model, "remove", "removed", "domain.remove");
	json_t *params;

	(void)err;
	if (!change)
		return true;
	snprintf(change->cli, sizeof change->cli, "domain remove %s", dialog->object);
	params = params_of(dialog->object, dialog->generation);
	tui_dialog_put_reason(dialog, params);
	tui_change_order(change, dialog->object, params, NULL);
	tui_change_send(model);
	return true;
}

/* ask_remove - the daemon says first whether it would. */
static void
ask_remove(struct tui_model *model, const struct tui_request *request, const json_t *result,
           const struct api_error *error)
{
	char keys[UNITS_NOUN_SIZE];
	struct tui_dialog *dialog;

	if (error) {
		tui_model_say_error(model, "remove", error);
		return;
	}
	if (tui_text_of(result, "not_removable")[0]) {
		tui_model_say(model, TUI_WARN, "remove: %s", tui_text_of(result, "not_removable"));
		return;
	}
	if (tui_model_is_elsewhere(model, request))
		return;
	dialog = tui_dialog_open(model, request->key, "Remove", do_remove, "Remove %s",
	                         request->key);
	dialog->generation = api_json_get_int(result, "generation", 0);
	tui_dialog_line(dialog, TUI_PLAIN, "%s forgotten; mail under way that is signed "
	                "with it stays signed.",
	                json_array_size(json_object_get(result, "keys")) == 1
	                        ? "Its key is" : "Its keys are");
	tui_dialog_line(dialog, TUI_PLAIN, "%s go with it. This cannot be undone.",
	                units_format_noun((int64_t)json_array_size(json_object_get(result, "keys")),
	                                  "DKIM key", keys));
	tui_dialog_reason(dialog);
	tui_dialog_name(dialog);
}

static void
survey_remove(struct tui_model *model)
{
	struct tui_domain_row d;

	if (selected_domain(model, &d))
		(void)tui_model_request(model, "domain.show", params_of(d.name, 0), d.name,
		                        ask_remove);
}

/* ---- options ------------------------------------------------------------------------------ */

static const char *const fail_words[] = { "send", "hold", NULL };

static json_t *
option_params(const struct tui_dialog *dialog, const char *fails, const char *pool)
{
	json_t *params = params_of(dialog->object, dialog->generation), *list = json_array();
	char text[TUI_FIELD_SIZE + 8];

	snprintf(text, sizeof text, "dmarc-fail=%s", fails);
	json_array_append_new(list, json_string(text));
	snprintf(text, sizeof text, "pool=%s", pool[0] ? pool : "default");
	json_array_append_new(list, api_json_string(span_of(text)));
	api_json_put(params, "options", list);
	return params;
}

static bool
do_options(struct tui_model *model, struct tui_dialog *dialog, struct err *err)
{
	const char *fails = tui_dialog_value(dialog, "fails DMARC");
	const char *pool = tui_dialog_value(dialog, "pool");
	const char *was_fails = tui_text_of(dialog->state, "dmarc_fail");
	const char *was_pool = tui_text_of(dialog->state, "pool");
	struct tui_change *change;
	json_t *params, *undo;

	if (strcmp(fails, was_fails) == 0 && strcmp(pool, was_pool) == 0) {
		(void)err_set(err, ERR_INPUT, 0, "nothing was changed; Esc leaves");
		return false;
	}
	change = tui_change_begin(model, "limit", "changed", "domain.limit");
	if (!change)
		return true;
	change->undo_method = "domain.limit";
	snprintf(change->undone, sizeof change->undone, "changed back");
	snprintf(change->cli, sizeof change->cli, "domain limit %s dmarc-fail=%s pool=%.64s",
	         dialog->object, fails, pool[0] ? pool : "default");
	params = option_params(dialog, fails, pool);
	tui_dialog_put_reason(dialog, params);
	undo = option_params(dialog, was_fails, was_pool);
	api_json_put_text(undo, "reason", "undone in relaytui");
	tui_change_order(change, dialog->object, params, undo);
	tui_change_send(model);
	return true;
}

static void
ask_options(struct tui_model *model)
{
	const json_t *row = tui_listing_selected(model);
	struct tui_dialog *dialog;
	struct tui_domain_row d;

	if (!selected_domain(model, &d))
		return;
	dialog = tui_dialog_open(model, d.name, "Change", do_options, "Options of %s", d.name);
	dialog->generation = d.generation;
	dialog->state = json_object();
	api_json_put_text(dialog->state, "dmarc_fail", fail_words[d.holds_failing]);
	api_json_put_text(dialog->state, "pool", tui_text_of(row, "pool"));
	tui_dialog_line(dialog, TUI_PLAIN, "What becomes of mail that would fail DMARC:");
	(void)tui_dialog_choice(dialog, "fails DMARC", fail_words, d.holds_failing);
	(void)tui_dialog_text(dialog, "pool", tui_text_of(row, "pool"),
	                      "source addresses; empty: default");
	tui_dialog_reason(dialog);
}

bool
tui_domain_act(struct tui_model *model, enum tui_act what)
{
	static const struct {
		enum tui_act act;
		void (*fn)(struct tui_model *model);
	} acts[] = {
		{ TUI_ACT_CHECK, check },         { TUI_ACT_KEY, ask_rotate },
		{ TUI_ACT_NEW, ask_add },         { TUI_ACT_REMOVE, survey_remove },
		{ TUI_ACT_END_KEY, ask_delete },  { TUI_ACT_EDIT, ask_options },
	};

	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
		if (acts[i].act == what) {
			acts[i].fn(model);
			return true;
		}
	return false;
}
