/* cli_report_html.c - a report as one page to send to somebody: no script, nothing fetched,
 * every text from outside escaped. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/api_json.h"
#include "base/units.h"
#include "cli_report.h"
#include "cli_report_svg.h"

#define PAGE_MAX_BYTES ((size_t)16 << 20)
#define PATH_MAX_BYTES 4096

static void
put_text(struct buf *out, const char *text)
{
	cli_report_escape(span_of(text ? text : ""), out);
}

/* ---- pieces -------------------------------------------------------------- */

static const char style[] =
	"body{font:15px/1.5 system-ui,'Segoe UI','Liberation Sans',sans-serif;color:#1c2026;"
	"background:#fff;margin:0 auto;padding:32px 24px 48px;max-width:1000px}"
	"h1{font-size:26px;line-height:1.25;margin:0 0 4px}"
	"h2{font-size:18px;margin:40px 0 8px}"
	".meta{color:#525a66;margin:0 0 20px}"
	".lead{font-size:20px;line-height:1.4;margin:0 0 8px}"
	".cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(116px,1fr));gap:12px;"
	"margin:24px 0}"
	".card{border:1px solid #d9dde2;border-radius:8px;padding:12px 14px}"
	".card b{display:block;font-size:22px;line-height:1.4;white-space:nowrap}"
	".card span{display:block;color:#525a66;font-size:13px;line-height:1.35}"
	"svg{width:100%;min-width:680px;height:auto;display:block}"
	"svg text{font:12px system-ui,'Segoe UI','Liberation Sans',sans-serif;fill:#3a3f47}"
	".key{color:#3a3f47;font-size:13px;margin:0 0 8px}"
	".key i{display:inline-block;width:12px;height:12px;margin:0 6px 0 0;vertical-align:-1px}"
	".key span{margin-right:18px}"
	".scroll{overflow-x:auto}"
	"table{border-collapse:collapse;width:100%;font-size:13px;margin:8px 0}"
	"th,td{padding:4px 8px;text-align:right;border-bottom:1px solid #e6e9ed;"
	"white-space:nowrap;font-variant-numeric:tabular-nums}"
	"th{color:#525a66;font-weight:600}"
	"th:first-child,td:first-child,.l{text-align:left}"
	"td:first-child,td.w{white-space:normal;overflow-wrap:anywhere}"
	".note{color:#525a66;font-size:13px;margin-top:40px;border-top:1px solid #d9dde2;"
	"padding-top:12px}"
	"@media print{body{padding:0}svg{min-width:0}h2{break-after:avoid}"
	"svg,tr{break-inside:avoid}}";

static void
put_key(struct buf *out, const char *color, const char *text)
{
	(void)buf_printf(out, "<span><i style=\"background:%s\"></i>%s</span>", color, text);
}

static void
put_card(struct buf *out, const char *value, const char *what)
{
	(void)buf_append_text(out, "<div class=\"card\"><b>");
	put_text(out, value);
	(void)buf_printf(out, "</b><span>%s</span></div>\n", what);
}

static void
put_cards(const json_t *total, struct buf *out)
{
	static const struct {
		const char *key, *what;
	} shares[] = {
		{ "delivered", "delivered" }, { "bounced", "bounced" },
		{ "deferred", "deferred at first" }, { "complained", "complained" },
	};
	char text[CLI_REPORT_SIZE], count[UNITS_TEXT_SIZE];

	(void)buf_append_text(out, "<div class=\"cards\">\n");
	units_format_count((uint64_t)api_json_get_int(total, "recipients", 0), count);
	put_card(out, count, "recipients");
	for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
		cli_report_share(total, shares[i].key, text);
		put_card(out, text, shares[i].what);
	}
	cli_report_time(total, "p50", text);
	put_card(out, text, "half delivered within");
	cli_report_time(total, "p95", text);
	put_card(out, text, "95 % delivered within");
	(void)buf_append_text(out, "</div>\n");
}

/* ---- tables ------------------------------------------------------------------ */

static void
put_row(struct buf *out, const char *name, const json_t *tally)
{
	static const char *const parts[] = { "delivered", "bounced", "deferred", "complained" };
	static const char *const times[] = { "p50", "p90", "p95", "p99" };
	char text[CLI_REPORT_SIZE], count[UNITS_TEXT_SIZE];

	(void)buf_append_text(out, "<tr><td>");
	put_text(out, name);
	units_format_count((uint64_t)api_json_get_int(tally, "recipients", 0), count);
	(void)buf_printf(out, "</td><td>%s</td>", count);
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		cli_report_share(tally, parts[i], text);
		(void)buf_append_text(out, "<td>");
		put_text(out, text);
		(void)buf_append_text(out, "</td>");
	}
	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		cli_report_time(tally, times[i], text);
		(void)buf_printf(out, "<td>%s</td>", text);
	}
	(void)buf_append_text(out, "</tr>\n");
}

static void
put_kind(const json_t *report, const struct cli_report_kind *kind, struct buf *out)
{
	const json_t *row, *others = json_object_get(report, kind->others);
	char name[UNITS_TEXT_SIZE + 16], count[UNITS_TEXT_SIZE];
	size_t i;

	(void)buf_printf(out, "<h2>%s</h2>\n<div class=\"scroll\"><table><thead><tr><th>Name</th>"
	                 "<th>Recipients</th><th>Delivered</th><th>Bounced</th><th>Deferred</th>"
	                 "<th>Complained</th><th>50 %% within</th><th>90 %%</th><th>95 %%</th>"
	                 "<th>99 %%</th></tr></thead><tbody>\n", kind->title);
	json_array_foreach(json_object_get(report, kind->key), i, row)
		put_row(out, api_json_get_text(row, "name"), row);
	if (json_is_object(others)) {
		units_format_count((uint64_t)api_json_get_int(others, "names", 0), count);
		snprintf(name, sizeof name, "%s others", count);
		put_row(out, name, others);
	}
	(void)buf_append_text(out, "</tbody></table></div>\n");
}

static void
put_replies(const json_t *report, struct buf *out)
{
	const json_t *replies = json_object_get(report, "replies"), *one;
	char deferrals[UNITS_TEXT_SIZE], bounces[UNITS_TEXT_SIZE];
	size_t i;

	if (json_array_size(replies) == 0)
		return;
	(void)buf_append_text(out, "<h2>What providers answered most, other than yes</h2>\n"
	                      "<div class=\"scroll\"><table><thead><tr><th>Provider</th>"
	                      "<th class=\"l\">Reply</th><th>Deferred</th><th>Bounced</th></tr>"
	                      "</thead><tbody>\n");
	json_array_foreach(replies, i, one) {
		units_format_count((uint64_t)api_json_get_int(one, "deferrals", 0), deferrals);
		units_format_count((uint64_t)api_json_get_int(one, "bounces", 0), bounces);
		(void)buf_append_text(out, "<tr><td>");
		put_text(out, api_json_get_text(one, "provider"));
		(void)buf_append_text(out, "</td><td class=\"l w\">");
		put_text(out, api_json_get_text(one, "reply"));
		(void)buf_printf(out, "</td><td>%s</td><td>%s</td></tr>\n", deferrals, bounces);
	}
	(void)buf_append_text(out, "</tbody></table></div>\n");
}

/* ---- the page ------------------------------------------------------------ */

/* put_said - a sentence, escaped ("<0.1 %" may be in it), no line ending before a "%". */
static void
put_said(struct buf *out, const char *tag, const char *class, struct buf *text)
{
	struct span rest = buf_span(text);

	(void)buf_printf(out, "<%s class=\"%s\">", tag, class);
	while (rest.n > 0) {
		struct span word = span_cut(rest, ' ', &rest);

		cli_report_escape(word, out);
		if (rest.n > 0)
			(void)buf_append_text(out, rest.p[0] == '%' ? "&#160;" : " ");
	}
	(void)buf_printf(out, "</%s>\n", tag);
	buf_clear(text);
}

static void
put_head(const struct cli *cli, const json_t *report, struct buf *out)
{
	const char *host = api_json_get_text(report, "host");
	char generated[API_FORMAT_SIZE];
	struct buf text;

	buf_init(&text, PAGE_MAX_BYTES);
	(void)buf_append_text(out, "<!DOCTYPE html>\n<html lang=\"en\"><head>"
	                      "<meta charset=\"utf-8\">"
	                      "<meta name=\"viewport\" content=\"width=device-width\">"
	                      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
	                      "'none'; style-src 'unsafe-inline'\">\n<title>Mail report of ");
	put_text(out, host);
	(void)buf_printf(out, "</title>\n<style>%s</style></head>\n<body>\n<h1>Mail report of ",
	                 style);
	put_text(out, host);
	(void)buf_append_text(out, "</h1>\n");
	cli_report_say_period(cli, report, &text);
	api_format_full(api_json_get_time(report, "generated_at"), cli->is_utc, generated);
	(void)buf_printf(&text, ". Generated %s.", generated);
	put_said(out, "p", "meta", &text);
	cli_report_say_total(report, &text);
	put_said(out, "p", "lead", &text);
	cli_report_say_change(report, &text);
	put_said(out, "p", "change", &text);
	buf_deinit(&text);
}

static void
put_charts(const struct cli *cli, const json_t *report, struct buf *out)
{
	bool is_hour = api_json_get_int(report, "step_ms", 0) < 86400000;

	put_cards(json_object_get(report, "total"), out);
	(void)buf_printf(out, "<h2>Recipients by %s</h2>\n<p class=\"key\">",
	                 is_hour ? "hour" : "day");
	put_key(out, CLI_REPORT_BLUE, "delivered");
	put_key(out, CLI_REPORT_RED, "bounced");
	put_key(out, CLI_REPORT_GREY, "waiting, suppressed or cancelled");
	(void)buf_printf(out, "The first and the last %s may not be whole.</p>\n",
	                 is_hour ? "hour" : "day");
	(void)buf_append_text(out, "<div class=\"scroll\">\n");
	cli_report_svg_series(cli, report, out);
	(void)buf_append_text(out, "</div>\n<h2>Providers</h2>\n<div class=\"scroll\">\n");
	cli_report_svg_providers(report, out);
	(void)buf_append_text(out, "</div>\n<h2>Time to delivery</h2>\n<p class=\"key\">"
	                      "<span><b style=\"color:" CLI_REPORT_BLUE "\">&#9679;</b> half "
	                      "within</span><span><b style=\"color:" CLI_REPORT_RED
	                      "\">&#9670;</b> 95 % within</span><span><b>&#124;</b> 99 % within"
	                      "</span></p>\n<div class=\"scroll\">\n");
	cli_report_svg_times(report, out);
	(void)buf_append_text(out, "</div>\n");
}

static void
put_note(const struct cli *cli, const json_t *report, struct buf *out)
{
	struct buf text;

	buf_init(&text, PAGE_MAX_BYTES);
	cli_report_say_coverage(cli, report, &text);
	(void)buf_append_text(&text, " Counted are recipients, by when their message was accepted. "
	                      "Bounced: refused for good, or given up. Deferred: put off at least "
	                      "once, whatever became of it. Complained: of those delivered, as far "
	                      "as the suppression list knows. Times are within 1.6 %.");
	put_said(out, "p", "note", &text);
	buf_deinit(&text);
}

void
cli_report_append_html(const struct cli *cli, const json_t *report, struct buf *out)
{
	put_head(cli, report, out);
	if (api_json_get_int(json_object_get(report, "total"), "recipients", 0) > 0) {
		put_charts(cli, report, out);
		for (size_t i = 0; i < CLI_REPORT_KINDS; i++)
			put_kind(report, &cli_report_kinds[i], out);
		put_replies(report, out);
	}
	put_note(cli, report, out);
	(void)buf_append_text(out, "</body></html>\n");
}

/* ---- the file ------------------------------------------------------------ */

/* put_in_place - link() refuses a name that is taken, rename() does not. */
static int
put_in_place(const char *made, const char *path, bool overwrites)
{
	if (overwrites)
		return rename(made, path);
	if (link(made, path) != 0)
		return -1;
	(void)unlink(made);
	return 0;
}

static int
write_file(const char *path, struct span page, bool overwrites)
{
	char made[PATH_MAX_BYTES];
	int fd, saved, result = -1;

	if (snprintf(made, sizeof made, "%s.%ld.tmp", path, (long)getpid()) >= (int)sizeof made) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = open(made, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return -1;
	(void)fchmod(fd, 0644); /* others may read it, whatever the umask says */
	if (cli_write_and_close(fd, page) == 0)
		result = put_in_place(made, path, overwrites);
	saved = errno;
	if (result != 0)
		(void)unlink(made);
	errno = saved;
	return result;
}

int
cli_report_write_html(struct cli *cli, const json_t *report, const char *path, bool overwrites)
{
	struct buf page;
	int result;

	buf_init(&page, PAGE_MAX_BYTES);
	cli_report_append_html(cli, report, &page);
	result = write_file(path, buf_span(&page), overwrites);
	buf_deinit(&page);
	if (result == 0)
		return CLI_DONE;
	if (errno == EEXIST)
		return cli_fail_text(cli, API_ERROR_PARAMS, "--html %.100s: is there already; "
		                     "--force writes over it", path);
	return cli_fail_text(cli, API_ERROR_FAILED, "--html %.100s: %s", path, strerror(errno));
}
