/* cli_report.h - a report of the daemon (relay.report/1) in words, shared by its text
 * (cli_report.c) and its page (cli_report_html.c). */
#ifndef RELAYCLI_CLI_REPORT_H
#define RELAYCLI_CLI_REPORT_H

#include "base/buf.h"
#include "cli_output.h"

#define CLI_REPORT_SIZE 40
#define CLI_REPORT_KINDS 4

struct cli_report_kind {
	const char *key;         /* "providers": the rows */
	const char *others;      /* "providers_others" */
	const char *name;        /* "provider": in rows for programs */
	const char *header;      /* "PROVIDER" */
	const char *title;       /* "By provider" */
};
extern const struct cli_report_kind cli_report_kinds[CLI_REPORT_KINDS];

/* cli_report_percent - "98.4 %": 100 and 0 only when it is all or nothing; "-" of nothing. */
void cli_report_percent(int64_t part, int64_t whole, char out[CLI_REPORT_SIZE]);
/* cli_report_duration - "340 ms", "1.2 s", "14 s", "4m10s"; "-" below 0. */
void cli_report_duration(int64_t ms, char out[CLI_REPORT_SIZE]);
/* cli_report_share - part of a tally's recipients; cli_report_time - its percentile. */
void cli_report_share(const json_t *tally, const char *part, char out[CLI_REPORT_SIZE]);
void cli_report_time(const json_t *tally, const char *percentile, char out[CLI_REPORT_SIZE]);
/* cli_report_label - where a step of the series begins: "Wed 18 Nov", "18 Nov 14:00". */
void cli_report_label(const struct cli *cli, const json_t *report, const json_t *point,
                      char out[CLI_REPORT_SIZE]);

/* sentences, appended; ours but for the host */
void cli_report_say_total(const json_t *report, struct buf *out);
void cli_report_say_change(const json_t *report, struct buf *out);
void cli_report_say_period(const struct cli *cli, const json_t *report, struct buf *out);
void cli_report_say_coverage(const struct cli *cli, const json_t *report, struct buf *out);

/* cli_report_write_html - the page as a new file (0644), whole or not at all. CLI_DONE, or
 * the exit code (said). */
int cli_report_write_html(struct cli *cli, const json_t *report, const char *path,
                          bool overwrites);
/* cli_report_append_html - the page. */
void cli_report_append_html(const struct cli *cli, const json_t *report, struct buf *out);
/* cli_report_escape - text for HTML, in elements and in quoted attributes: what is no
 * character for a page, or turns its direction, is shown as its number. */
void cli_report_escape(struct span text, struct buf *out);

#endif
