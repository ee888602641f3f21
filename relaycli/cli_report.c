/* cli_report.c - relaycli report: a sentence, what changed, then tables with bars. */
#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/api_json.h"
#include "api/api_text.h"
#include "base/clock.h"
#include "base/units.h"
#include "base/utf8.h"
#include "cli_nouns.h"
#include "cli_pager.h"
#include "cli_report.h"

#define WIDTH_MAX 160
#define WIDTH_PIPE 80
#define WIDTH_BARS 60            /* less has no room for bars */
#define WIDTH_ROW_BARS 140       /* ... and of tables with many numbers */
#define ROW_BAR 16
#define NAME_MIN 16
#define NAME_MAX 40
#define NAME_MAX_BYTES 4096
#define STEPS_MAX 31             /* lines of the series; more are taken together */
#define ROWS 10                  /* of a table; --json and --html have more */
#define BAR_MAX_BYTES 512
#define SENTENCE_MAX_BYTES 4096

struct page { /* one text under way */
	const struct cli *cli;
	const json_t *report;
	int width;
	bool is_utf8;
};

/* ---- bars ---------------------------------------------------------------- */

/* bar_of - value of most as a bar of at most `width` columns; what is not nothing shows. */
static const char *
bar_of(const struct page *page, int64_t value, int64_t most, int width, char out[BAR_MAX_BYTES])
{
	static const char *const eighths[] = { "", "\u258f", "\u258e", "\u258d", "\u258c",
		                               "\u258b", "\u258a", "\u2589" };
	int64_t parts = most > 0 ? (value * 8 * width + most / 2) / most : 0;
	char *to = out;

	if (parts == 0 && value > 0)
		parts = 1;
	if (!page->is_utf8)
		parts = value > 0 && parts < 8 ? 8 : parts / 8 * 8;
	for (; parts >= 8; parts -= 8)
		to += snprintf(to, (size_t)(out + BAR_MAX_BYTES - to), "%s",
		               page->is_utf8 ? "\u2588" : "#");
	snprintf(to, (size_t)(out + BAR_MAX_BYTES - to), "%s", eighths[parts]);
	return out;
}

/* is_unit - what stays on the line of its number: "%", "s,", "ms;". */
static bool
is_unit(struct span word)
{
	while (word.n > 0 && strchr(",;.", word.p[word.n - 1]))
		word.n--;
	return span_is(word, "%") || span_is(word, "s") || span_is(word, "ms");
}

/* put_sentence - wrapped, but not between a number and its unit; one line in a pipe. */
static void
put_sentence(const struct page *page, struct buf *text)
{
	struct span rest = buf_span(text), next;
	int at = 0;

	while (rest.n) {
		struct span word = span_cut(rest, ' ', &rest), unit = span_cut(rest, ' ', &next);

		if (is_unit(unit)) {
			word.n += 1 + unit.n;
			rest = next;
		}
		if (at > 0 && page->cli->is_tty && at + 1 + (int)word.n > page->width) {
			cli_say("\n");
			at = 0;
		}
		cli_say("%s%.*s", at > 0 ? " " : "", (int)word.n, word.p);
		at += (at > 0) + (int)word.n;
	}
	cli_say("\n");
	buf_clear(text);
}

/* put_ascii - for a terminal that shows nothing else: each character as one column. */
static void
put_ascii(struct span text)
{
	while (text.n > 0) {
		uint32_t rune;
		size_t n = utf8_next(text, &rune);

		(void)fputc(n == 1 ? (int)rune : n > 0 && rune == 0x2026 ? '~' : '?', stdout);
		text = (struct span){ text.p + (n ? n : 1), text.n - (n ? n : 1) };
	}
}

static void
print_table(const struct page *page, const struct api_table *table,
            const struct api_table_options *options)
{
	char *text = NULL;
	size_t n = 0;
	FILE *to = page->is_utf8 ? NULL : open_memstream(&text, &n);

	api_table_print(table, options, to ? to : stdout);
	if (to && fclose(to) == 0)
		put_ascii((struct span){ text, n });
	free(text);
}

static void
put_table(const struct page *page, struct api_table **table)
{
	struct api_table_options options = {
		.style = API_TABLE_ALIGNED,
		.has_header = true,
		.is_bold = page->cli->is_colored,
		.width = page->cli->width > 0 ? page->width : 0, /* a pipe gets all */
	};

	cli_say("\n");
	print_table(page, *table, &options);
	api_table_free(table);
}

/* ---- the series ---------------------------------------------------------- */

struct step {
	char label[CLI_REPORT_SIZE];
	int64_t recipients, delivered, deferred, bounced;
};

static size_t
gather_steps(const struct page *page, struct step step[STEPS_MAX])
{
	const json_t *series = json_object_get(page->report, "series"), *point;
	size_t points = json_array_size(series), each = (points + STEPS_MAX - 1) / STEPS_MAX, i;

	memset(step, 0, STEPS_MAX * sizeof *step);
	json_array_foreach(series, i, point) {
		struct step *to = &step[i / each];

		if (i % each == 0)
			cli_report_label(page->cli, page->report, point, to->label);
		to->recipients += api_json_get_int(point, "recipients", 0);
		to->delivered += api_json_get_int(point, "delivered", 0);
		to->deferred += api_json_get_int(point, "deferred", 0);
		to->bounced += api_json_get_int(point, "bounced", 0);
	}
	return points ? (points - 1) / each + 1 : 0;
}

static void
add_step(const struct page *page, struct api_table *table, const struct step *step, int64_t most,
         int width)
{
	char text[CLI_REPORT_SIZE], bar[BAR_MAX_BYTES];
	const int64_t part[] = { step->delivered, step->bounced, step->deferred };

	api_table_add(table, step->label);
	units_format_count((uint64_t)step->recipients, text);
	api_table_add(table, text);
	if (width > 0)
		api_table_add(table, bar_of(page, step->recipients, most, width, bar));
	for (size_t i = 0; i < sizeof part / sizeof *part; i++) {
		cli_report_percent(part[i], step->recipients, text);
		api_table_add(table, text);
	}
}

static void
put_series(const struct page *page)
{
	static const struct api_column wide[] = {
		{ .header = "FROM", .keeps = true }, { .header = "RECIPIENTS", .is_right = true },
		{ .header = "" },
		{ .header = "DELIVERED", .is_right = true },
		{ .header = "BOUNCED", .is_right = true, .drops = true },
		{ .header = "DEFERRED", .is_right = true, .drops = true },
	};
	static const struct api_column narrow[] = {
		{ .header = "FROM", .keeps = true }, { .header = "RECIPIENTS", .is_right = true },
		{ .header = "DELIVERED", .is_right = true },
		{ .header = "BOUNCED", .is_right = true, .drops = true },
		{ .header = "DEFERRED", .is_right = true, .drops = true },
	};
	int width = page->width >= WIDTH_BARS ? page->width - 56 : 0;
	struct step step[STEPS_MAX];
	size_t steps = gather_steps(page, step);
	struct api_table *table = api_table_new(width ? wide : narrow, width ? 6 : 5);
	int64_t most = 0;

	for (size_t i = 0; i < steps; i++)
		most = step[i].recipients > most ? step[i].recipients : most;
	for (size_t i = 0; i < steps; i++)
		add_step(page, table, &step[i], most, width);
	put_table(page, &table);
}

/* ---- by provider, credential, domain --------------------------------------- */

/* add_name - cut where it would push out numbers: whole with --wide and in a pipe. */
static void
add_name(const struct page *page, struct api_table *table, const char *name)
{
	struct buf harmless, fitted;
	int width = page->width / 4 - 2;

	if (page->cli->width == 0) {
		api_table_add(table, name);
		return;
	}
	buf_init(&harmless, NAME_MAX_BYTES);
	buf_init(&fitted, NAME_MAX_BYTES);
	utf8_harmless(span_of(name ? name : ""), &harmless);
	width = width < NAME_MIN ? NAME_MIN : width > NAME_MAX ? NAME_MAX : width;
	api_text_fit(buf_span(&harmless), width, API_CUT_MIDDLE, &fitted);
	(void)buf_append(&fitted, "", 1);
	api_table_add(table, buf_data(&fitted));
	buf_deinit(&fitted);
	buf_deinit(&harmless);
}

static void
add_row(const struct page *page, struct api_table *table, const char *name, const json_t *tally,
        int64_t most, int width)
{
	static const char *const parts[] = { "delivered", "bounced", "deferred", "complained" };
	static const char *const times[] = { "p50", "p90", "p95", "p99" };
	int64_t recipients = api_json_get_int(tally, "recipients", 0);
	char text[CLI_REPORT_SIZE], bar[BAR_MAX_BYTES];

	add_name(page, table, name);
	units_format_count((uint64_t)recipients, text);
	api_table_add(table, text);
	if (width > 0)
		api_table_add(table, bar_of(page, recipients, most, width, bar));
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		cli_report_share(tally, parts[i], text);
		api_table_add(table, text);
	}
	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		cli_report_time(tally, times[i], text);
		api_table_add(table, text);
	}
}

static size_t
fill_columns(const char *header, bool has_bars, struct api_column column[12])
{
	static const char *const numbers[] = { "DELIVERED", "BOUNCED", "DEFERRED", "COMPLAINED",
		                               "P50", "P90", "P95", "P99" };
	size_t n = 0;

	column[n++] = (struct api_column){ .header = header, .keeps = true };
	column[n++] = (struct api_column){ .header = "RECIPIENTS", .is_right = true };
	if (has_bars)
		column[n++] = (struct api_column){ .header = "", .keeps = true };
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		column[n++] = (struct api_column){ .header = numbers[i], .is_right = true,
			                           .drops = i > 0 };
	return n;
}

static void
put_kind(const struct page *page, const struct cli_report_kind *kind)
{
	const json_t *rows = json_object_get(page->report, kind->key), *row;
	const json_t *others = json_object_get(page->report, kind->others);
	size_t count = json_array_size(rows), i;
	int64_t most = api_json_get_int(json_array_get(rows, 0), "recipients", 0);
	int64_t more = api_json_get_int(others, "names", 0);
	char text[UNITS_TEXT_SIZE];
	int width = page->width < WIDTH_ROW_BARS ? 0 : ROW_BAR;
	struct api_column column[12];
	struct api_table *table = api_table_new(column, fill_columns(kind->header, width > 0,
	                                                             column));

	if (count == 0) {
		api_table_free(&table);
		return;
	}
	json_array_foreach(rows, i, row) {
		if (i == ROWS)
			break;
		add_row(page, table, api_json_get_text(row, "name"), row, most, width);
	}
	put_table(page, &table);
	more += (int64_t)(count - i);
	if (more > 0) {
		units_format_count((uint64_t)more, text);
		cli_say("and %s more (--json, --html)\n", text);
	}
}

/* ---- replies --------------------------------------------------------------- */

static void
put_replies(const struct page *page)
{
	static const struct api_column column[] = {
		{ .header = "TIMES", .is_right = true }, { .header = "PROVIDER" },
		{ .header = "MEANT", .drops = false }, { .header = "REPLY" },
	};
	const json_t *replies = json_object_get(page->report, "replies"), *one;
	struct api_table *table = api_table_new(column, 4);
	char count[UNITS_TEXT_SIZE];
	size_t i;

	json_array_foreach(replies, i, one) {
		int64_t deferrals = api_json_get_int(one, "deferrals", 0);
		int64_t bounces = api_json_get_int(one, "bounces", 0);

		if (i == ROWS)
			break;
		units_format_count((uint64_t)(deferrals + bounces), count);
		api_table_add(table, count);
		api_table_add(table, api_json_get_text(one, "provider"));
		api_table_add(table, bounces == 0     ? "deferred"
		                     : deferrals == 0 ? "bounced"
		                                      : "both");
		api_table_add(table, api_json_get_text(one, "reply"));
	}
	if (i > 0)
		put_table(page, &table);
	else
		api_table_free(&table);
}

/* ---- the whole --------------------------------------------------------------- */

static void
put_head(const struct page *page)
{
	struct buf text;

	buf_init(&text, SENTENCE_MAX_BYTES);
	cli_report_say_total(page->report, &text);
	put_sentence(page, &text);
	cli_report_say_change(page->report, &text);
	put_sentence(page, &text);
	cli_report_say_period(page->cli, page->report, &text);
	(void)buf_append_text(&text, ". ");
	cli_report_say_coverage(page->cli, page->report, &text);
	put_sentence(page, &text);
	buf_deinit(&text);
}

static void
put_text(struct cli *cli, const json_t *report)
{
	struct page page = { .cli = cli, .report = report };

	page.width = cli->width > 0 ? cli->width : cli->is_wide ? WIDTH_MAX : WIDTH_PIPE;
	if (page.width > WIDTH_MAX)
		page.width = WIDTH_MAX;
	page.is_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	cli_pager_start(cli);
	put_head(&page);
	if (api_json_get_int(json_object_get(report, "total"), "recipients", 0) > 0) {
		put_series(&page);
		for (size_t i = 0; i < CLI_REPORT_KINDS; i++)
			put_kind(&page, &cli_report_kinds[i]);
		put_replies(&page);
	}
	cli_pager_end(cli);
}

/* ---- rows for programs ------------------------------------------------------- */

static void
add_item(json_t *items, const char *kind, const char *name, const json_t *tally)
{
	json_t *item = json_deep_copy(tally), *times = json_object_get(item, "time_to_delivery_ms");

	api_json_put_text(item, "kind", kind);
	api_json_put_text(item, "name", name);
	if (json_is_object(times))
		json_object_update(item, times); /* p50, ...: a row is flat */
	json_object_del(item, "time_to_delivery_ms");
	json_array_append_new(items, item);
}

static int
put_rows(struct cli *cli, const json_t *report)
{
	static const struct cli_column column[] = {
		{ "kind", { .header = "KIND" }, CLI_AS_TEXT },
		{ "name", { .header = "NAME" }, CLI_AS_TEXT },
		{ "recipients", { .header = "RECIPIENTS" }, CLI_AS_COUNT },
		{ "bytes", { .header = "BYTES" }, CLI_AS_COUNT },
		{ "delivered", { .header = "DELIVERED" }, CLI_AS_COUNT },
		{ "deferred", { .header = "DEFERRED" }, CLI_AS_COUNT },
		{ "bounced", { .header = "BOUNCED" }, CLI_AS_COUNT },
		{ "expired", { .header = "EXPIRED" }, CLI_AS_COUNT },
		{ "complained", { .header = "COMPLAINED" }, CLI_AS_COUNT },
		{ "suppressed", { .header = "SUPPRESSED" }, CLI_AS_COUNT },
		{ "cancelled", { .header = "CANCELLED" }, CLI_AS_COUNT },
		{ "waiting", { .header = "WAITING" }, CLI_AS_COUNT },
		{ "p50", { .header = "P50_MS" }, CLI_AS_COUNT },
		{ "p90", { .header = "P90_MS" }, CLI_AS_COUNT },
		{ "p95", { .header = "P95_MS" }, CLI_AS_COUNT },
		{ "p99", { .header = "P99_MS" }, CLI_AS_COUNT },
	};
	json_t *list = api_json_new("relay.report.rows/1"), *items = json_array();
	int code;

	add_item(items, "total", "", json_object_get(report, "total"));
	for (size_t i = 0; i < CLI_REPORT_KINDS; i++) {
		const struct cli_report_kind *kind = &cli_report_kinds[i];
		const json_t *row, *others = json_object_get(report, kind->others);
		size_t n;

		json_array_foreach(json_object_get(report, kind->key), n, row)
			add_item(items, kind->name, api_json_get_text(row, "name"), row);
		if (json_is_object(others))
			add_item(items, kind->name, "(others)", others);
	}
	api_json_put(list, "items", items);
	code = cli_put_list(cli, list, column, sizeof column / sizeof *column);
	json_decref(list);
	return code;
}

/* ---- the command -------------------------------------------------------------- */

/* zone_min - what local time is ahead of UTC now: days of the series are local ones. */
static int64_t
zone_min(const struct cli *cli)
{
	time_t now = (time_t)(clock_unix_ms() / 1000);
	struct tm tm;

	if (cli->is_utc)
		return 0;
	localtime_r(&now, &tm);
	return tm.tm_gmtoff / 60;
}

static void
say_written(const json_t *report, const char *path)
{
	struct buf text;

	buf_init(&text, SENTENCE_MAX_BYTES);
	cli_report_say_total(report, &text);
	(void)buf_append(&text, "", 1);
	cli_say("%s\nWritten to ", buf_data(&text));
	cli_put(path);
	cli_say("\n");
	buf_deinit(&text);
}

int
cli_report(struct cli *cli, const struct command_line *line)
{
	const char *html = command_line_text(line, "html");
	json_t *params = command_params(line), *report;
	int code;

	api_json_put_int(params, "zone_min", zone_min(cli));
	code = cli_call(cli, line->command->method, params, &report);
	if (code != CLI_DONE)
		return code;
	if (html)
		code = cli_report_write_html(cli, report, html, command_line_has(line, "force"));
	if (code != CLI_DONE || cli->is_quiet)
		;
	else if (cli->form == CLI_JSON)
		(void)cli_put_json(cli, report);
	else if (cli->form != CLI_TEXT || cli->fields)
		code = put_rows(cli, report);
	else if (html)
		say_written(report, html);
	else
		put_text(cli, report);
	json_decref(report);
	return code;
}
