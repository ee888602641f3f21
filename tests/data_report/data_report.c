/* data_report.c - how often the judgement agrees with labelled replies.
 *
 * Reads tables of label, code, enhanced status and text (tab separated, one
 * heading line) and prints the share of labels met and the confusion; with -v every miss. The
 * tables are not part of this project: without them it says so and passes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/span.h"
#include "verdict/verdict.h"

enum { LINE_BYTES = 16384 };

struct tally {
	int rows, right;
};

static struct tally by_category[VERDICT_CATEGORY_COUNT];
static int confused[VERDICT_CATEGORY_COUNT][VERDICT_CATEGORY_COUNT]; /* [wanted][got] */

/* judge_row - true when the row's label was met */
static bool
judge_row(struct span row, enum verdict_category label, struct verdict *verdict_out)
{
	struct span rest, code = span_cut(row, '\t', &rest);
	struct span status = span_cut(rest, '\t', &rest);
	struct span text = span_cut(rest, '\t', &rest);
	char raw[LINE_BYTES + 64];
	struct verdict_input input;

	snprintf(raw, sizeof raw, "%.*s %.*s %.*s", (int)code.n, code.p, (int)status.n, status.p,
		 (int)text.n, text.p);
	verdict_parse_reply(span_of(raw), &input);
	verdict_judge(NULL, &input, verdict_out);
	return verdict_out->category == label;
}

static struct tally
report_file(const char *path, bool is_verbose)
{
	struct tally total = { 0, 0 };
	char line[LINE_BYTES];
	FILE *in = fopen(path, "r");

	while (in && fgets(line, sizeof line, in)) {
		enum verdict_category label;
		struct verdict verdict;
		struct span rest, name = span_cut(span_trim(span_of(line)), '\t', &rest);
		bool is_right;

		if (!verdict_category_parse(name, &label))
			continue;
		is_right = judge_row(rest, label, &verdict);
		total.rows++;
		total.right += is_right;
		by_category[label].rows++;
		by_category[label].right += is_right;
		confused[label][verdict.category]++;
		if (is_verbose && !is_right)
			printf("  want %s got %s (%s): %.*s\n", verdict_category_name(label),
			       verdict_category_name(verdict.category),
			       verdict.rule ? verdict.rule : "status or code",
			       rest.n < 180 ? (int)rest.n : 180, rest.p);
	}
	if (in)
		fclose(in);
	return total;
}

/* report_confusion - a line per label: how often met, and what was read instead */
static void
report_confusion(struct tally all)
{
	printf("%-16s %4d of %4d labels met, %.1f %%\n", "all", all.right, all.rows,
	       100.0 * all.right / all.rows);
	for (int want = 1; want < VERDICT_CATEGORY_COUNT; want++) {
		printf("  %-18s %4d of %4d", verdict_category_name((enum verdict_category)want),
		       by_category[want].right, by_category[want].rows);
		for (int got = 1; got < VERDICT_CATEGORY_COUNT; got++)
			if (got != want && confused[want][got] > 0)
				printf("  %s %d",
				       verdict_category_name((enum verdict_category)got),
				       confused[want][got]);
		printf("\n");
	}
}

int
main(int argc, char **argv)
{
	static const char *const tables[] = { "replies.tsv", "fragments.tsv", "diagnostics.tsv" };
	bool is_verbose = argc > 2 && strcmp(argv[1], "-v") == 0;
	const char *folder = argc > 1 ? argv[argc - 1] : "";
	struct tally all = { 0, 0 };

	verdict_init();
	for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
		char path[4096];
		struct tally tally;

		snprintf(path, sizeof path, "%s/%s", folder, tables[i]);
		tally = report_file(path, is_verbose);
		all.rows += tally.rows;
		all.right += tally.right;
		if (tally.rows)
			printf("%-16s %4d of %4d labels met, %.1f %%\n", tables[i], tally.right,
			       tally.rows, 100.0 * tally.right / tally.rows);
	}
	if (all.rows == 0)
		printf("skipped: no labelled replies in %s\n", folder);
	else
		report_confusion(all);
	verdict_deinit();
	return 0;
}
