/* tui_credential_edit.c - a new credential, and the limits of one that is there: one table of
 * options, each a field. See tui_credential_act.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/api_json.h"
#include "api/api_time.h"
#include "base/units.h"
#include "tui_credential_act.h"
#include "tui_secret.h"

static const char *const no_yes[] = { "no", "yes", NULL };
static const char *const yes_no[] = { "yes", "no", NULL };
static const char *const tripwires[] = { "warn", "slow", "hold", "off", NULL };
static const char *const suppressed[] = { "record", "refuse", NULL };

/* ---- what a row says, in the words an option takes -------------------------------------- */

static void
text_value(const json_t *row, const char *key, struct buf *out)
{
	const char *text = api_json_get_text(row, key);

	(void)buf_printf(out, "%s", text ? text : "");
}

static void
flag_value(const json_t *row, const char *key, struct buf *out)
{
	(void)buf_printf(out, "%s", api_json_get_bool(row, key) ? "yes" : "no");
}

static void
list_value(const json_t *row, const char *key, struct buf *out)
{
	json_t *list = json_object_get(row, key), *one;
	size_t i;

	json_array_foreach(list, i, one)
		if (json_string_value(one))
			(void)buf_printf(out, "%s%s", out->len ? "," : "", json_string_value(one));
}

static void
rate_value(const json_t *row, const char *key, struct buf *out)
{
	const json_t *rate = json_object_get(row, key);
	char period[UNITS_TEXT_SIZE];

	if (api_json_get_int(rate, "limit", 0) == 0)
		return;
	units_format_duration(api_json_get_int(rate, "period_ms", 0), period);
	(void)buf_printf(out, "%" PRId64 "/%s", api_json_get_int(rate, "limit", 0),
	                 period[0] == '1' && period[1] > '9' ? period + 1 : period);
}

static void
quota_value(const json_t *row, const char *key, struct buf *out)
{
	static const char *const windows[] = { "day", "month" };

	(void)key;
	for (size_t i = 0; i < sizeof windows / sizeof *windows; i++) {
		int64_t limit = api_json_get_int(json_object_get(row, windows[i]), "limit", 0);

		if (limit)
			(void)buf_printf(out, "%s%" PRId64 "/%s", out->len ? "," : "", limit,
			                 windows[i]);
	}
}

static void
count_value(const json_t *row, const char *key, struct buf *out)
{
	int64_t count = api_json_get_int(row, key, 0);

	if (count)
		(void)buf_printf(out, "%" PRId64, count);
}

static void
end_value(const json_t *row, const char *key, struct buf *out)
{
	char end[API_TIME_END_SIZE];

	api_time_format_end(api_json_get_time(row, key), false, end);
	(void)buf_printf(out, "%s", end);
}

/* ---- the options ------------------------------------------------------------------------- */

#define LONGEST_ENTRY 64 /* a list that comes so near to its field's end may lack one */

enum sent_as { AS_TEXT, AS_LIST, AS_FLAG, AS_END }; /* of credential.create's parameter */

static const struct option {
	const char *name;          /* of the option, of create's parameter and of the field */
	const char *key;           /* of a row */
	void (*value)(const json_t *row, const char *key, struct buf *out);
	const char *none;          /* what an empty field means to `limit`; NULL: it may not be */
	const char *hint;
	const char *const *choices; /* the first is a new one's */
	enum sent_as as;
	bool is_of_new;            /* asked of a new one too */
} options[] = {
	{ "from", "from", list_value, NULL, "@shop.example,...", NULL, AS_LIST, true },
	{ "env", "env", text_value, "none", "production", NULL, AS_TEXT, true },
	{ "rate", "rate", rate_value, "none", "50/s, 1000/h", NULL, AS_TEXT, true },
	{ "quota", "day", quota_value, "none", "200/day,5000/month", NULL, AS_LIST, true },
	{ "pool", "pool", text_value, "default", "source addresses", NULL, AS_TEXT, true },
	{ "source", "source", list_value, "any", "networks: 192.0.2.0/24", NULL, AS_LIST, true },
	{ "recipients", "recipients_max", count_value, "none", "most of one message", NULL,
	  AS_TEXT, true },
	{ "size", "size_max_bytes", count_value, "none", "10M", NULL, AS_TEXT, true },
	{ "expires", "expires_at", end_value, "never", "90d, 2027-01-31", NULL, AS_END, true },
	{ "tripwire", "tripwire", text_value, NULL, NULL, tripwires, AS_TEXT, true },
	{ "bulk", "bulk", flag_value, NULL, NULL, no_yes, AS_FLAG, true },
	{ "notices", "notices", flag_value, NULL, NULL, yes_no, AS_TEXT, false },
	{ "suppressed", "suppressed", text_value, NULL, NULL, suppressed, AS_TEXT, false },
};
#define OPTIONS (sizeof options / sizeof *options)

static int
chosen_of(const char *const *choices, const char *word)
{
	for (int i = 0; choices[i]; i++)
		if (strcmp(choices[i], word) == 0)
			return i;
	return 0;
}

static void
add_field(struct tui_dialog *dialog, const struct option *option, const char *value)
{
	if (option->choices)
		(void)tui_dialog_choice(dialog, option->name, option->choices,
		                        chosen_of(option->choices, value));
	else
		(void)tui_dialog_text(dialog, option->name, value, option->hint);
}

/* value_of - what is in the field now, of a list without its blanks. */
static void
value_of(const struct tui_dialog *dialog, const struct option *option, char out[TUI_FIELD_SIZE])
{
	const char *text = tui_dialog_value(dialog, option->name);
	size_t n = 0;

	for (; *text; text++)
		if (option->as != AS_LIST || *text != ' ')
			out[n++] = *text;
	out[n] = '\0';
}

/* ---- limits ------------------------------------------------------------------------------- */

/* put_value - as the daemon takes it: a time typed here may be of another zone than its own. */
static void
put_value(const struct option *option, const char *value, int64_t now_unix_ms, struct buf *out)
{
	if (option->as == AS_END)
		api_time_put_utc(api_time_parse_end, span_of(value), now_unix_ms, false, out);
	else
		(void)buf_append_text(out, value);
}

static const char *
word_of(const struct option *option, const char *value)
{
	return value[0] == '\0' && option->none ? option->none : value;
}

static void
put_option(json_t *list, const struct option *option, const char *value, int64_t now_unix_ms)
{
	struct buf text;

	buf_init(&text, 2 * TUI_FIELD_SIZE);
	(void)buf_printf(&text, "%s=", option->name);
	put_value(option, word_of(option, value), now_unix_ms, &text);
	json_array_append_new(list, api_json_string(buf_span(&text)));
	buf_deinit(&text);
}

/* was_of - how an option was that is now `value`; NULL: it was not changed. */
static const char *
was_of(const struct tui_dialog *dialog, const struct option *option, char value[TUI_FIELD_SIZE])
{
	const char *was = api_json_get_text(dialog->state, option->name);

	value_of(dialog, option, value);
	return was && strcmp(was, value) != 0 ? was : NULL;
}

/* changed_of - the options that are not as they were, and how they were. False: err. */
static bool
changed_of(const struct tui_dialog *dialog, int64_t now_unix_ms, json_t *now, json_t *before,
           struct err *err)
{
	char value[TUI_FIELD_SIZE];

	for (size_t i = 0; i < OPTIONS; i++) {
		const char *was = was_of(dialog, &options[i], value);

		if (!was)
			continue;
		if (value[0] == '\0' && !options[i].none) {
			(void)err_set(err, ERR_INPUT, 0, "%s: may not be empty; X ends a "
			              "credential for good", options[i].name);
			return false;
		}
		put_option(now, &options[i], value, now_unix_ms);
		if (was[0] || options[i].none)
			put_option(before, &options[i], was, now_unix_ms);
	}
	if (json_array_size(now) == 0)
		(void)err_set(err, ERR_INPUT, 0, "nothing was changed; Esc leaves");
	return json_array_size(now) > 0;
}

static json_t *
limit_params(const struct tui_dialog *dialog, json_t *list)
{
	json_t *params = tui_credential_params(dialog->object, dialog->generation);

	api_json_put(params, "options", list);
	return params;
}

static void
put_cli(char *cli, size_t size, const struct tui_dialog *dialog)
{
	size_t n = (size_t)snprintf(cli, size, "credential limit %s", dialog->object);
	char value[TUI_FIELD_SIZE];

	for (size_t i = 0; i < OPTIONS; i++)
		if (was_of(dialog, &options[i], value) && n < size)
			n += (size_t)snprintf(cli + n, size - n, " %s=%s", options[i].name,
			                      word_of(&options[i], value));
}

static bool
do_limits(struct tui_model *model, struct tui_dialog *dialog, struct err *err)
{
	json_t *now = json_array(), *before = json_array(), *params, *undo = NULL;
	struct tui_change *change = NULL;
	bool is_well = changed_of(dialog, model->now_unix_ms, now, before, err);

	if (is_well)
		change = tui_change_begin(model, "limit", "changed", "credential.limit");
	if (!change) {
		json_decref(now);
		json_decref(before);
		return is_well;
	}
	put_cli(change->cli, sizeof change->cli, dialog);
	params = limit_params(dialog, now);
	tui_dialog_put_reason(dialog, params);
	if (json_array_size(before) == json_array_size(now)) {
		undo = limit_params(dialog, json_incref(before));
		api_json_put_text(undo, "reason", "undone in relaytui");
		change->undo_method = "credential.limit";
		snprintf(change->undone, sizeof change->undone, "changed back");
	}
	json_decref(before);
	tui_change_order(change, dialog->object, params, undo);
	tui_change_send(model);
	return true;
}

void
tui_credential_limits(struct tui_model *model, const json_t *row)
{
	struct tui_credential_row c = tui_credential_read(row);
	struct tui_dialog *dialog = tui_dialog_open(model, c.name, "Change", do_limits,
	                                            "Limits of %s", c.name);

	dialog->generation = c.generation;
	dialog->state = json_object();
	for (size_t i = 0; i < OPTIONS; i++) {
		char text[TUI_FIELD_SIZE];
		struct buf value;

		buf_init(&value, sizeof text - 1);
		options[i].value(row, options[i].key, &value);
		if (value.max - value.len < LONGEST_ENTRY) { /* it may lack an entry */
			tui_dialog_line(dialog, TUI_WARN, "%s is too long for this box: relaycli "
			                "credential limit", options[i].name);
			buf_deinit(&value);
			continue;
		}
		snprintf(text, sizeof text, "%.*s", (int)value.len,
		         value.len ? buf_data(&value) : "");
		buf_deinit(&value);
		add_field(dialog, &options[i], text);
		/* as the field has it now: a word it does not know is not changed by looking */
		value_of(dialog, &options[i], text);
		api_json_put_text(dialog->state, options[i].name, text);
	}
	tui_dialog_reason(dialog);
}

/* ---- a new one ------------------------------------------------------------------------------ */

static void
created(struct tui_model *model, const char *object, const json_t *result)
{
	(void)object;
	tui_secret_show(model, "An application takes these:", result);
}

static json_t *
list_of(const char *value)
{
	json_t *list = json_array();
	struct span rest = span_of(value);

	while (rest.n > 0) {
		struct span one = span_cut(rest, ',', &rest);

		if (one.n > 0)
			json_array_append_new(list, api_json_string(one));
	}
	return list;
}

/* put_new - one option as create's parameter; and as relaycli's flag. Not what is not set. */
static void
put_new(json_t *params, const struct option *option, const char *value, int64_t now_unix_ms,
        char *cli, size_t size)
{
	size_t n = strlen(cli);
	struct buf text;

	if (value[0] == '\0' || (option->choices && strcmp(value, option->choices[0]) == 0))
		return;
	if (option->as == AS_FLAG) {
		api_json_put_bool(params, option->name, true);
		snprintf(cli + n, size - n, " --%s", option->name);
		return;
	}
	buf_init(&text, 2 * TUI_FIELD_SIZE);
	put_value(option, value, now_unix_ms, &text);
	if (option->as == AS_LIST)
		api_json_put(params, option->name, list_of(value));
	else
		api_json_put(params, option->name, api_json_string(buf_span(&text)));
	buf_deinit(&text);
	snprintf(cli + n, size - n, " --%s %.100s", option->name, value);
}

static bool
do_new(struct tui_model *model, struct tui_dialog *dialog, struct err *err)
{
	const char *name = tui_dialog_value(dialog, "name");
	char value[TUI_FIELD_SIZE];
	struct tui_change *change;
	json_t *params;

	if (name[0] == '\0' || strlen(name) >= TUI_KEY_MAX) {
		(void)err_set(err, ERR_INPUT, 0, "name it: what it logs in as, a-z 0-9 . _ -");
		return false;
	}
	change = tui_change_begin(model, "create", "created", "credential.create");
	if (!change)
		return true;
	change->answered = created;
	params = tui_credential_params(name, 0);
	snprintf(change->cli, sizeof change->cli, "credential create %s", name);
	for (size_t i = 0; i < OPTIONS; i++) {
		if (!options[i].is_of_new)
			continue;
		value_of(dialog, &options[i], value);
		put_new(params, &options[i], value, model->now_unix_ms, change->cli,
		        sizeof change->cli);
	}
	tui_dialog_put_reason(dialog, params);
	tui_change_order(change, name, params, NULL);
	tui_change_send(model);
	return true;
}

void
tui_credential_new(struct tui_model *model)
{
	struct tui_dialog *dialog =
		tui_dialog_open(model, "", "Create", do_new, "New credential");

	(void)tui_dialog_text(dialog, "name", "", "shop-prod");
	for (size_t i = 0; i < OPTIONS; i++)
		if (options[i].is_of_new)
			add_field(dialog, &options[i], "");
	tui_dialog_reason(dialog);
}
