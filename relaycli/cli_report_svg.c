/* cli_report_svg.c - see cli_report_svg.h. */
#include "cli_report_svg.h"

#include <math.h>
#include <stdio.h>

#include "api/api_json.h"
#include "api/api_text.h"
#include "base/units.h"
#include "base/utf8.h"

#define WIDTH 960
#define LEFT 64                  /* for the numbers of the axis */
#define NAME_WIDTH 200           /* for names beside bars */
#define NAME_COLUMNS 26
#define ROW_HEIGHT 26
#define PROVIDERS_MAX 10
#define SERIES_HEIGHT 220
#define LABEL_WIDTH 96
#define COLUMN_MAX 110

static int64_t
number(const json_t *object, const char *key)
{
	return api_json_get_int(object, key, 0);
}

static void
begin_svg(struct buf *out, int height, const char *label)
{
	(void)buf_printf(out, "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">\n",
	                 WIDTH, height, label);
}

static void
put_rect(struct buf *out, double x, double y, double width, double height, const char *color)
{
	if (width > 0 && height > 0)
		(void)buf_printf(out, "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" "
		                 "fill=\"%s\"/>", x, y, width, height, color);
}

static void
put_text(struct buf *out, double x, double y, const char *anchor, struct span text)
{
	(void)buf_printf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", x, y, anchor);
	cli_report_escape(text, out);
	(void)buf_append_text(out, "</text>");
}

static void
put_line(struct buf *out, double x1, double y1, double x2, double y2, const char *color)
{
	(void)buf_printf(out, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" "
	                 "stroke=\"%s\"/>", x1, y1, x2, y2, color);
}

/* nice_step - 1, 2 or 5 times a power of ten, so that about four lines reach most. */
static int64_t
nice_step(int64_t most)
{
	static const int64_t factor[] = { 1, 2, 5 };
	int64_t power = 1;

	for (;; power *= 10)
		for (int i = 0; i < 3; i++)
			if (factor[i] * power * 4 >= most)
				return factor[i] * power;
}

/* ---- the series ------------------------------------------------------------ */

static int64_t
most_of(const json_t *list)
{
	const json_t *one;
	int64_t most = 1;
	size_t i;

	json_array_foreach(list, i, one)
		most = number(one, "recipients") > most ? number(one, "recipients") : most;
	return most;
}

static void
put_grid(struct buf *out, int64_t step, int64_t top)
{
	char text[UNITS_TEXT_SIZE];

	for (int64_t value = 0; value <= top; value += step) {
		double y = 10 + SERIES_HEIGHT * (1 - (double)value / (double)top);

		put_line(out, LEFT, y, WIDTH, y, "#d9dde2");
		units_format_count((uint64_t)value, text);
		put_text(out, LEFT - 8, y + 4, "end", span_of(text));
	}
	(void)buf_append_text(out, "\n");
}

static void
put_column(const struct cli *cli, const json_t *report, const json_t *point, double x,
           double width, double scale, struct buf *out)
{
	int64_t recipients = number(point, "recipients"), delivered = number(point, "delivered");
	int64_t bounced = number(point, "bounced");
	double y = 10 + SERIES_HEIGHT;
	char label[CLI_REPORT_SIZE], count[UNITS_NOUN_SIZE], share[CLI_REPORT_SIZE];

	cli_report_label(cli, report, point, label);
	units_format_noun(recipients, "recipient", count);
	cli_report_share(point, "delivered", share);
	(void)buf_printf(out, "<g><title>%s: %s, ", label, count);
	cli_report_escape(span_of(share), out);
	cli_report_share(point, "bounced", share);
	(void)buf_append_text(out, " delivered, ");
	cli_report_escape(span_of(share), out);
	(void)buf_append_text(out, " bounced</title>");
	put_rect(out, x, y - (double)delivered * scale, width, (double)delivered * scale,
	         CLI_REPORT_BLUE);
	y -= (double)delivered * scale;
	put_rect(out, x, y - (double)bounced * scale, width, (double)bounced * scale,
	         CLI_REPORT_RED);
	y -= (double)bounced * scale;
	put_rect(out, x, y - (double)(recipients - delivered - bounced) * scale, width,
	         (double)(recipients - delivered - bounced) * scale, CLI_REPORT_GREY);
	(void)buf_append_text(out, "</g>\n");
}

void
cli_report_svg_series(const struct cli *cli, const json_t *report, struct buf *out)
{
	const json_t *series = json_object_get(report, "series"), *point;
	size_t points = json_array_size(series), i, each;
	int64_t step = nice_step(most_of(series));
	int64_t top = (most_of(series) + step - 1) / step * step;
	double slot = (double)(WIDTH - LEFT) / (double)(points > 0 ? points : 1);
	double width = fmin(slot * 0.8, COLUMN_MAX);
	char label[CLI_REPORT_SIZE];

	each = (size_t)ceil(LABEL_WIDTH / slot);
	begin_svg(out, SERIES_HEIGHT + 40, "Recipients over time: delivered, bounced, the rest");
	put_grid(out, step, top);
	json_array_foreach(series, i, point) {
		double x = LEFT + slot * (double)i;

		put_column(cli, report, point, x + (slot - width) / 2, width,
		           (double)SERIES_HEIGHT / (double)top, out);
		if (i % each != 0 || (i > 0 && x + (slot + LABEL_WIDTH) / 2 > WIDTH + slot / 2))
			continue;
		cli_report_label(cli, report, point, label);
		put_text(out, x + slot / 2, SERIES_HEIGHT + 30, "middle", span_of(label));
	}
	(void)buf_append_text(out, "</svg>\n");
}

/* ---- providers --------------------------------------------------------------- */

static void
put_name(struct buf *out, double y, const char *name)
{
	struct buf harmless, fitted;

	buf_init(&harmless, 4096);
	buf_init(&fitted, 4096);
	utf8_harmless(span_of(name ? name : ""), &harmless);
	api_text_fit(buf_span(&harmless), NAME_COLUMNS, API_CUT_RIGHT, &fitted);
	put_text(out, NAME_WIDTH - 10, y, "end", buf_span(&fitted));
	buf_deinit(&fitted);
	buf_deinit(&harmless);
}

static void
put_bar(const json_t *row, double y, double scale, struct buf *out)
{
	int64_t recipients = number(row, "recipients"), delivered = number(row, "delivered");
	int64_t bounced = number(row, "bounced");
	double x = NAME_WIDTH;
	char count[UNITS_TEXT_SIZE], share[CLI_REPORT_SIZE], text[100];

	put_name(out, y + 17, api_json_get_text(row, "name"));
	put_rect(out, x, y + 4, (double)delivered * scale, ROW_HEIGHT - 8, CLI_REPORT_BLUE);
	x += (double)delivered * scale;
	put_rect(out, x, y + 4, (double)bounced * scale, ROW_HEIGHT - 8, CLI_REPORT_RED);
	x += (double)bounced * scale;
	put_rect(out, x, y + 4, (double)(recipients - delivered - bounced) * scale, ROW_HEIGHT - 8,
	         CLI_REPORT_GREY);
	x = NAME_WIDTH + (double)recipients * scale;
	units_format_count((uint64_t)recipients, count);
	cli_report_share(row, "delivered", share);
	snprintf(text, sizeof text, "%s, %s delivered", count, share);
	put_text(out, x + 8, y + 17, "start", span_of(text));
	(void)buf_append_text(out, "\n");
}

void
cli_report_svg_providers(const json_t *report, struct buf *out)
{
	const json_t *rows = json_object_get(report, "providers"), *row;
	size_t count = json_array_size(rows), i;
	double scale = (double)(WIDTH - NAME_WIDTH - 190) / (double)most_of(rows);

	count = count < PROVIDERS_MAX ? count : PROVIDERS_MAX;
	begin_svg(out, (int)count * ROW_HEIGHT + 4, "Recipients by provider");
	json_array_foreach(rows, i, row) {
		if (i == count)
			break;
		put_bar(row, (double)i * ROW_HEIGHT, scale, out);
	}
	(void)buf_append_text(out, "</svg>\n");
}

/* ---- times --------------------------------------------------------------------- */

#define TIMES_RIGHT 24

static const struct {
	int64_t ms;
	const char *text;
} ticks[] = {
	{ 10, "10 ms" }, { 100, "100 ms" }, { 1000, "1 s" }, { 10000, "10 s" },
	{ 60000, "1 min" }, { 600000, "10 min" }, { 3600000, "1 h" }, { 86400000, "1 day" },
	{ 864000000, "10 days" },
};

struct scale { /* of times, logarithmic */
	double low, high;
};

static double
x_of(const struct scale *scale, int64_t ms)
{
	double at = log((double)(ms > 1 ? ms : 1));
	double share = (at - scale->low) / (scale->high - scale->low);

	share = share < 0 ? 0 : share > 1 ? 1 : share;
	return NAME_WIDTH + share * (WIDTH - NAME_WIDTH - TIMES_RIGHT);
}

static void
widen(struct scale *scale, const json_t *tally)
{
	const json_t *times = json_object_get(tally, "time_to_delivery_ms");

	if (!json_is_object(times))
		return;
	for (size_t i = 0; i + 1 < sizeof ticks / sizeof *ticks; i++) {
		if (ticks[i].ms <= number(times, "p50") && log((double)ticks[i + 1].ms) > 0)
			scale->low = fmin(scale->low, log((double)ticks[i].ms));
		if (ticks[i].ms < number(times, "p99"))
			scale->high = fmax(scale->high, log((double)ticks[i + 1].ms));
	}
	if (number(times, "p50") < ticks[0].ms)
		scale->low = 0;
}

static void
put_times(const json_t *tally, const char *name, double y, const struct scale *scale,
          struct buf *out)
{
	const json_t *times = json_object_get(tally, "time_to_delivery_ms");
	double p50 = x_of(scale, number(times, "p50")), p90 = x_of(scale, number(times, "p90"));
	double p95 = x_of(scale, number(times, "p95")), p99 = x_of(scale, number(times, "p99"));
	char text[4][CLI_REPORT_SIZE];

	put_name(out, y + 17, name);
	if (!json_is_object(times)) {
		put_text(out, NAME_WIDTH + 8, y + 17, "start", SPAN_LIT("none delivered"));
		return;
	}
	cli_report_time(tally, "p50", text[0]);
	cli_report_time(tally, "p90", text[1]);
	cli_report_time(tally, "p95", text[2]);
	cli_report_time(tally, "p99", text[3]);
	(void)buf_printf(out, "<g><title>half within %s, 90 %% within %s, 95 %% within %s, 99 %% "
	                 "within %s</title>", text[0], text[1], text[2], text[3]);
	put_rect(out, p50, y + 11, p99 - p50, 4, "#b9cfe0");
	put_rect(out, p50, y + 9, p90 - p50, 8, "#6aa6cf");
	(void)buf_printf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"6\" fill=\"" CLI_REPORT_BLUE
	                 "\"/><path d=\"M%.1f %.1fl6 6-6 6-6-6z\" fill=\"" CLI_REPORT_RED
	                 "\"/><rect x=\"%.1f\" y=\"%.1f\" width=\"3\" height=\"14\" "
	                 "fill=\"#3a3f47\"/></g>\n", p50, y + 13, p95, y + 7, p99 - 1.5, y + 6);
}

void
cli_report_svg_times(const json_t *report, struct buf *out)
{
	const json_t *total = json_object_get(report, "total"), *row;
	const json_t *rows = json_object_get(report, "providers");
	struct scale scale = { INFINITY, 0 };
	size_t count = json_array_size(rows), i;
	int bottom;

	count = count < PROVIDERS_MAX ? count : PROVIDERS_MAX;
	widen(&scale, total);
	for (i = 0; i < count; i++)
		widen(&scale, json_array_get(rows, i));
	if (!(scale.low < scale.high))
		return;
	bottom = ((int)count + 1) * ROW_HEIGHT;
	begin_svg(out, bottom + 28, "Time to delivery: half, 95 % and 99 % within");
	for (i = 0; i < sizeof ticks / sizeof *ticks; i++) {
		double at = log((double)ticks[i].ms);

		if (at < scale.low - 0.01 || at > scale.high + 0.01)
			continue;
		put_line(out, x_of(&scale, ticks[i].ms), 0, x_of(&scale, ticks[i].ms), bottom,
		         "#d9dde2");
		put_text(out, x_of(&scale, ticks[i].ms), bottom + 20, "middle",
		         span_of(ticks[i].text));
	}
	put_times(total, "All", 0, &scale, out);
	for (i = 0; i < count; i++) {
		row = json_array_get(rows, i);
		put_times(row, api_json_get_text(row, "name"), (double)(i + 1) * ROW_HEIGHT, &scale,
		          out);
	}
	(void)buf_append_text(out, "</svg>\n");
}
