/* cli_report_svg.h - the charts of a report's page, as inline SVG without script. */
#ifndef RELAYCLI_CLI_REPORT_SVG_H
#define RELAYCLI_CLI_REPORT_SVG_H

#include "cli_report.h"

/* one colour each that tells apart also for who sees no red or green; on white at least 3:1 */
#define CLI_REPORT_BLUE "#0072b2"   /* delivered */
#define CLI_REPORT_RED "#b84300"    /* bounced */
#define CLI_REPORT_GREY "#8a8f98"   /* the rest: waiting, suppressed, cancelled */

/* cli_report_svg_series - a column per hour or day: delivered, bounced, the rest. */
void cli_report_svg_series(const struct cli *cli, const json_t *report, struct buf *out);
/* cli_report_svg_providers - a bar each, most recipients first. */
void cli_report_svg_providers(const json_t *report, struct buf *out);
/* cli_report_svg_times - from p50 to p99 of all and of the providers, on a log scale. */
void cli_report_svg_times(const json_t *report, struct buf *out);

#endif
