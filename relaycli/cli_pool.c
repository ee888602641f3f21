/* cli_pool.c - pool list, show, ip, warmup: the addresses mail leaves by. */
#include <string.h>

#include "api/api_json.h"
#include "api/api_table.h"
#include "base/clock.h"
#include "base/units.h"
#include "cli_nouns.h"
#include "cli_output.h"

#define BAR_WIDTH 10
#define ROWS(columns) (columns), sizeof(columns) / sizeof *(columns)

static const struct cli_column address_columns[] = {
	{ "pool", { .header = "POOL", .keeps = true }, CLI_AS_TEXT },
	{ "address", { .header = "IP", .keeps = true }, CLI_AS_TEXT },
	{ "seen", { .header = "PTR/HELO" }, CLI_AS_TEXT },
	{ "state", { .header = "STATE", .keeps = true }, CLI_AS_TEXT },
	{ "progress", { .header = "DAY", .is_right = true }, CLI_AS_TEXT },
	{ "today", { .header = "TODAY", .is_right = true }, CLI_AS_TEXT },
	{ "deferred", { .header = "DEFER", .is_right = true }, CLI_AS_TEXT },
	{ "listed", { .header = "BL", .is_right = true }, CLI_AS_TEXT },
};

static const struct cli_column provider_columns[] = {
	{ "provider", { .header = "PROVIDER", .keeps = true }, CLI_AS_TEXT },
	{ "state", { .header = "STATE", .keeps = true }, CLI_AS_TEXT },
	{ "progress", { .header = "DAY", .is_right = true }, CLI_AS_TEXT },
	{ "today", { .header = "TODAY", .is_right = true, .keeps = true }, CLI_AS_TEXT },
	{ "bar", { .header = "" }, CLI_AS_TEXT },
	{ "deferred", { .header = "DEFER", .is_right = true }, CLI_AS_TEXT },
	{ "complained", { .header = "COMPL", .is_right = true }, CLI_AS_TEXT },
	{ "tomorrow", { .header = "TOMORROW", .is_right = true }, CLI_AS_TEXT },
	{ "warm_at", { .header = "WARM ON", .drops = true }, CLI_AS_TIME },
	{ "opens_at", { .header = "OPENS", .drops = true }, CLI_AS_TIME },
};

/* ---- cells ------------------------------------------------------------------------------- */

static const char *
count_text(const json_t *row, const char *key, char out[UNITS_TEXT_SIZE])
{
	if (!json_is_integer(json_object_get(row, key)))
		return "-";
	units_format_count((uint64_t)api_json_get_int(row, key, 0), out);
	return out;
}

static void
put_share(json_t *row, const char *from, const char *to)
{
	const json_t *share = json_object_get(row, from);
	char text[API_FORMAT_SIZE];

	api_format_percent(json_is_number(share) ? 100 * json_number_value(share) : -1, text);
	json_object_set_new(row, to, json_string(text));
}

static void
put_bar(json_t *row)
{
	int64_t cap = api_json_get_int(row, "cap_today", 0);
	int64_t sent = api_json_get_int(row, "sent_today", 0);
	char bar[BAR_WIDTH + 1];

	for (int i = 0; i < BAR_WIDTH; i++)
		bar[i] = sent * BAR_WIDTH > i * cap ? '#' : '-';
	bar[BAR_WIDTH] = '\0';
	json_object_set_new(row, "bar", json_string(cap > 0 ? bar : ""));
}

static void
put_progress(json_t *row)
{
	char sent[UNITS_TEXT_SIZE], cap[UNITS_TEXT_SIZE], text[2 * UNITS_TEXT_SIZE + 2];

	snprintf(text, sizeof text, "%lld/%lld", (long long)api_json_get_int(row, "day", 0),
		 (long long)api_json_get_int(row, "days", 0));
	json_object_set_new(row, "progress",
			    json_string(api_json_get_int(row, "day", 0) ? text : "-"));
	snprintf(text, sizeof text, "%s/%s", count_text(row, "sent_today", sent),
		 count_text(row, "cap_today", cap));
	json_object_set_new(row, "today", json_string(text));
	put_share(row, "deferred_share", "deferred");
}

static void
put_seen(json_t *row)
{
	const char *ptr = api_json_get_text(row, "ptr"), *name = api_json_get_text(row, "ptr_name");
	const char *seen = name ? name : api_json_get_text(row, "ehlo");
	char listed[UNITS_TEXT_SIZE], text[300];

	if (ptr && strcmp(ptr, "none") == 0)
		seen = "(no PTR!)";
	snprintf(text, sizeof text, "%s%s", seen ? seen : "-",
		 ptr && strcmp(ptr, "unconfirmed") == 0 ? " (leads elsewhere!)" : "");
	json_object_set_new(row, "seen", api_json_string(span_of(text)));
	if (json_array_size(json_object_get(row, "blocklists_refused")) > 0
	    && api_json_get_int(row, "blocklisted", 0) == 0)
		json_object_set_new(row, "listed", json_string("?"));
	else
		json_object_set_new(row, "listed",
				    json_string(count_text(row, "blocklisted", listed)));
}

/* addresses_as_text - a copy of the rows with the cells of a table; JSON keeps numbers. */
static json_t *
addresses_as_text(const json_t *items)
{
	json_t *copy = json_object(), *rows = json_deep_copy(items), *row;
	size_t i;

	json_array_foreach(rows, i, row) {
		put_progress(row);
		put_seen(row);
	}
	json_object_set_new(copy, "items", rows);
	return copy;
}

static json_t *
providers_as_text(const json_t *items)
{
	json_t *copy = json_object(), *rows = json_deep_copy(items), *row;
	char text[UNITS_TEXT_SIZE];
	size_t i;

	json_array_foreach(rows, i, row) {
		if (strcmp(api_json_get_text(row, "provider"), "*") == 0)
			json_object_set_new(row, "provider", json_string("(new ones)"));
		put_progress(row);
		put_bar(row);
		put_share(row, "complained_share", "complained");
		json_object_set_new(row, "tomorrow",
				    json_string(count_text(row, "cap_tomorrow", text)));
	}
	json_object_set_new(copy, "items", rows);
	return copy;
}

/* ---- sentences -------------------------------------------------------------------------- */

static void
put_off(const struct cli *cli, const json_t *of, const char *key, const char *what,
	const char *way_back)
{
	const json_t *off = json_object_get(of, key);
	char time[API_FORMAT_SIZE];

	if (!json_is_object(off))
		return;
	cli_say("! ");
	cli_put(api_json_get_text(of, "address"));
	cli_say(" %s by ", what);
	cli_put(api_json_get_text(off, "by"));
	cli_say(" at %s", cli_time(cli, off, "since_at", time));
	if (api_json_get_text(off, "reason")) {
		cli_say(": ");
		cli_put(api_json_get_text(off, "reason"));
	}
	if (api_json_get_time(off, "until_at"))
		cli_say("; until %s", cli_time(cli, off, "until_at", time));
	cli_say("; undo: relaycli pool %s ", way_back);
	cli_put(api_json_get_text(of, "address"));
	cli_say("\n");
}

/* put_rules - where a reply rule stopped it. */
static void
put_rules(const struct cli *cli, const json_t *of)
{
	const json_t *stop;
	char time[API_FORMAT_SIZE];
	size_t i;

	json_array_foreach(json_object_get(of, "stops"), i, stop) {
		cli_say("! ");
		cli_put(api_json_get_text(of, "address"));
		cli_say(" sends nothing to ");
		cli_put(api_json_get_text(stop, "provider"));
		cli_say(" by rule ");
		cli_put(api_json_get_text(stop, "rule"));
		cli_say(" until %s", cli_time(cli, stop, "until_at", time));
		if (api_json_get_text(stop, "cause")) {
			cli_say(": ");
			cli_put(api_json_get_text(stop, "cause"));
		}
		cli_say("; undo: ");
		cli_put(api_json_get_text(stop, "undo"));
		cli_say("\n");
	}
}

static void
put_stops(const struct cli *cli, const json_t *of)
{
	put_rules(cli, of);
	put_off(cli, of, "off", "is switched off", "ip on");
	put_off(cli, of, "paused", "has its warm-up paused", "warmup resume");
}

/* was_refused - by a list that refused the question about an earlier row already. */
static bool
was_refused(const json_t *items, size_t before, const char *name)
{
	const json_t *row, *one;
	size_t i, k;

	json_array_foreach(items, i, row) {
		if (i == before)
			return false;
		json_array_foreach(json_object_get(row, "blocklists_refused"), k, one)
			if (strcmp(json_string_value(one), name) == 0)
				return true;
	}
	return false;
}

static void
put_refusals(const json_t *items)
{
	const json_t *row, *one;
	size_t i, k;

	json_array_foreach(items, i, row) {
		json_array_foreach(json_object_get(row, "blocklists_refused"), k, one) {
			if (was_refused(items, i, json_string_value(one)))
				continue;
			cli_say("! ");
			cli_put(json_string_value(one));
			cli_say(" refuses our questions: whether addresses are listed there is not "
				"known; ask it by a resolver of your own\n");
		}
	}
}

static void
put_remarks(const struct cli *cli, const json_t *items)
{
	const json_t *row;
	size_t i;

	json_array_foreach(items, i, row) {
		put_stops(cli, row);
		if (api_json_get_text(row, "advice") == NULL)
			continue;
		cli_say("! ");
		cli_put(api_json_get_text(row, "address"));
		cli_say(" is ");
		cli_put(api_json_get_text(row, "advice"));
		cli_say("\n");
	}
	put_refusals(items);
}

static void
put_frozen(const json_t *items)
{
	const json_t *row;
	size_t i;

	json_array_foreach(items, i, row) {
		if (api_json_get_text(row, "why") == NULL)
			continue;
		cli_say("! ");
		cli_put(api_json_get_text(row, "provider"));
		cli_say(" %s: ", api_json_get_text(row, "state"));
		cli_put(api_json_get_text(row, "why"));
		cli_say("\n");
	}
}

static void
put_names(const json_t *names)
{
	const json_t *one;
	size_t i;

	json_array_foreach(names, i, one) {
		cli_say("%s", i ? ", " : "");
		cli_put(json_string_value(one));
	}
}

/* ---- list and show ---------------------------------------------------------------------- */

static int
put_addresses(struct cli *cli, const json_t *items)
{
	json_t *rows = addresses_as_text(items);
	int code = cli_put_list(cli, rows, ROWS(address_columns));

	json_decref(rows);
	if (code == CLI_DONE && cli_is_prose(cli))
		put_remarks(cli, items);
	return code;
}

static int
put_providers(struct cli *cli, const json_t *items)
{
	json_t *rows = providers_as_text(items);
	int code = cli_put_list(cli, rows, ROWS(provider_columns));

	json_decref(rows);
	if (code == CLI_DONE && cli_is_prose(cli))
		put_frozen(items);
	return code;
}

int
cli_pool_list(struct cli *cli, const struct command_line *line)
{
	json_t *result;
	int code = cli_call(cli, "pool.list", command_params(line), &result);

	if (code != CLI_DONE)
		return code;
	if (cli_put_json(cli, result))
		;
	else if (json_array_size(json_object_get(result, "items")) == 0 && cli_is_prose(cli))
		cli_say("No addresses are configured: the system chooses. delivery { source } and "
			"pool sections of relayd.conf name them.\n");
	else
		code = put_addresses(cli, json_object_get(result, "items"));
	json_decref(result);
	return code;
}

static void
put_pool(const json_t *pool)
{
	const char *overflow = api_json_get_text(pool, "overflow");

	cli_put(api_json_get_text(pool, "name"));
	cli_say("  used by ");
	if (json_array_size(json_object_get(pool, "credentials")) > 0)
		put_names(json_object_get(pool, "credentials"));
	else
		cli_say("no credential");
	if (json_array_size(json_object_get(pool, "domains")) > 0) {
		cli_say(" and domains ");
		put_names(json_object_get(pool, "domains"));
	}
	cli_say("; new addresses %s; ",
		api_json_get_bool(pool, "warmup") ? "warm up" : "do not warm up");
	cli_say(overflow ? "overflow goes to: " : "no overflow");
	if (overflow)
		cli_put(overflow);
	cli_say("\n\n");
}

int
cli_pool_show(struct cli *cli, const struct command_line *line)
{
	json_t *result;
	const json_t *pool, *address;
	int code = cli_call(cli, "pool.show", command_params(line), &result);
	size_t i;

	if (code != CLI_DONE)
		return code;
	if (cli_put_json(cli, result)) {
		json_decref(result);
		return CLI_DONE;
	}
	pool = json_object_get(result, "pool");
	if (cli_is_prose(cli))
		put_pool(pool);
	code = put_addresses(cli, json_object_get(pool, "addresses"));
	json_array_foreach(json_object_get(pool, "addresses"), i, address) {
		if (code != CLI_DONE || !cli_is_prose(cli)
		    || json_array_size(json_object_get(address, "providers")) == 0)
			continue;
		cli_say("\n");
		cli_put(api_json_get_text(address, "address"));
		cli_say("\n");
		code = put_providers(cli, json_object_get(address, "providers"));
	}
	json_decref(result);
	return code;
}

/* ---- warmup ------------------------------------------------------------------------------ */

static void
put_overflow(const json_t *result)
{
	if (json_array_size(json_object_get(result, "overflow")) == 0) {
		cli_say("No overflow: what it may not send goes by others of its pool, or "
			"waits.\n");
		return;
	}
	cli_say("Overflow goes to: ");
	put_names(json_object_get(result, "overflow"));
	cli_say(".\n");
}

static int
show_warmup(struct cli *cli, const struct command_line *line)
{
	json_t *params = json_object(), *result;
	int code;

	api_json_put_text(params, "address", line->word[1]);
	code = cli_call(cli, "pool.progress", params, &result);
	if (code != CLI_DONE)
		return code;
	if (!cli_put_json(cli, result)) {
		if (json_array_size(json_object_get(result, "items")) == 0 && cli_is_prose(cli))
			cli_say("Nothing was sent from it yet.\n");
		else
			code = put_providers(cli, json_object_get(result, "items"));
		if (code == CLI_DONE && cli_is_prose(cli)) {
			put_overflow(result);
			put_stops(cli, result);
		}
	}
	json_decref(result);
	return code;
}

/* say_done - next: "Undo: relaycli pool ip on", to which the address comes; or NULL. */
static int
say_done(struct cli *cli, json_t *result, const char *words, const char *next)
{
	const json_t *one;
	char until[API_FORMAT_SIZE];
	size_t i;

	if (!cli_put_json(cli, result) && !cli_put_object(cli, result) && !cli->is_quiet) {
		cli_put(api_json_get_text(result, "address"));
		cli_say(" %s", words);
		json_array_foreach(json_object_get(result, "instead"), i, one) {
			cli_say("; ");
			cli_put(json_string_value(one));
		}
		cli_say(".");
		if (api_json_get_time(result, "until_at"))
			cli_say(" Until %s.", cli_time(cli, result, "until_at", until));
		if (next) {
			cli_say(" %s ", next);
			cli_put(api_json_get_text(result, "address"));
		}
		cli_say("\n");
	}
	json_decref(result);
	return CLI_DONE;
}

/* set_words - where the address is now: on a day of its warm-up, warm, or none of that. */
static void
set_words(const struct command_line *line, const json_t *result, char *out, size_t size)
{
	const char *provider = command_line_text(line, "provider");
	const json_t *row, *found = NULL;
	char with[80] = "";
	int64_t day;
	size_t i;

	json_array_foreach(json_object_get(result, "items"), i, row)
		if (strcmp(api_json_get_text(row, "provider"), provider ? provider : "*") == 0)
			found = row;
	day = found ? api_json_get_int(found, "day", 0) : 0;
	if (provider)
		(void)snprintf(with, sizeof with, " with %.60s", provider);
	if (day > 0)
		(void)snprintf(out, size, "is at day %lld of %lld of its warm-up%s", (long long)day,
			       (long long)api_json_get_int(found, "days", 0), with);
	else if (found && strcmp(api_json_get_text(found, "state"), "warm") == 0)
		(void)snprintf(out, size, "is warm%s from now on: it has no cap", with);
	else
		(void)snprintf(out, size, "is set%s", with);
}

static const struct {
	const char *act, *words, *next;
} acts[] = {
	{ "set", NULL, "How far it is: relaycli pool warmup show" },
	{ "pause", "sends nothing to providers where it is not warm; others step in, or the mail "
		   "waits", "Undo: relaycli pool warmup resume" },
	{ "resume", "goes on warming up", NULL },
};

int
cli_pool_warmup(struct cli *cli, const struct command_line *line)
{
	const char *act = line->word[0];
	json_t *params, *result;
	char words[300];
	size_t i = 0;
	int code;

	if (strcmp(act, "show") == 0)
		return show_warmup(cli, line);
	while (strcmp(act, acts[i].act) != 0)
		i++; /* the command table has no others */
	params = command_params(line);
	api_json_put_text(params, "act", act);
	code = cli_call(cli, "pool.warmup", params, &result);
	if (code != CLI_DONE)
		return code;
	if (acts[i].words)
		(void)snprintf(words, sizeof words, "%s", acts[i].words);
	else
		set_words(line, result, words, sizeof words);
	return say_done(cli, result, words, acts[i].next);
}

/* ---- ip ---------------------------------------------------------------------------------- */

static void
put_line(const char *name, const char *value, const char *more)
{
	cli_say("  %-14s", name);
	cli_put(value);
	if (more != NULL) {
		cli_say("  ");
		cli_put(more);
	}
	cli_say("\n");
}

static void
put_report(const json_t *source)
{
	const json_t *one;
	size_t i;

	cli_put(api_json_get_text(source, "address"));
	cli_say("\n");
	put_line("greets as", api_json_get_text(source, "ehlo"),
		 api_json_get_bool(source, "greeting_confirmed") ? "as its PTR record says" : NULL);
	put_line("PTR", api_json_get_text(source, "ptr"),
		 api_json_get_text(source, json_is_null(json_object_get(source, "ptr_error"))
						  ? "ptr_name" : "ptr_error"));
	json_array_foreach(json_object_get(source, "blocklists"), i, one) {
		put_line(i == 0 ? "blocklists" : "", api_json_get_text(one, "list"),
			 api_json_get_text(one, "result"));
	}
	json_array_foreach(json_object_get(source, "problems"), i, one) {
		cli_say("! ");
		cli_put(json_string_value(one));
		cli_say("\n");
	}
}

static int
check(struct cli *cli, const char *address)
{
	json_t *params = json_object(), *result;
	int code;

	api_json_put_text(params, "address", address);
	code = cli_call(cli, "pool.check", params, &result);
	if (code != CLI_DONE)
		return code;
	if (!cli_put_json(cli, result) && !cli_put_object(cli, result))
		put_report(json_object_get(result, "source"));
	json_decref(result);
	return CLI_DONE;
}

int
cli_pool_check(struct cli *cli, const struct command_line *line)
{
	return check(cli, line->word[0]);
}

int
cli_pool_ip(struct cli *cli, const struct command_line *line)
{
	const char *act = line->word[0];
	bool is_off = strcmp(act, "off") == 0;
	json_t *params, *result;
	int code;

	if (strcmp(act, "check") == 0)
		return check(cli, line->word[1]);
	params = command_params(line);
	api_json_put_text(params, "state", act);
	code = cli_call(cli, "pool.ip", params, &result);
	if (code != CLI_DONE)
		return code;
	return say_done(cli, result, is_off ? "sends nothing" : "sends again",
			is_off ? "Undo: relaycli pool ip on" : NULL);
}
