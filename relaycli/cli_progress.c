/* cli_progress.c - see cli_progress.h. */
#include "cli_progress.h"

#include <unistd.h>

#include "base/clock.h"
#include "base/units.h"

#define EVERY_MS 200

void
cli_progress_start(struct cli_progress *progress, const struct cli *cli, const char *did)
{
	*progress = (struct cli_progress){
		.is_shown = isatty(STDERR_FILENO) && !cli->is_quiet,
		.did = did,
		.started_mono_ms = clock_mono_ms(),
	};
}

void
cli_progress_put(struct cli_progress *progress, uint64_t count, double share_done,
		 const char *note, bool is_last)
{
	int64_t now = clock_mono_ms(), passed = now - progress->started_mono_ms;
	char text[UNITS_TEXT_SIZE], left[UNITS_TEXT_SIZE] = "?";

	if (!progress->is_shown || (!is_last && now - progress->shown_mono_ms < EVERY_MS))
		return;
	progress->shown_mono_ms = now;
	units_format_count(count, text);
	if (share_done > 0)
		units_format_duration((int64_t)((double)passed * (1 / share_done - 1)), left);
	fprintf(stderr, "\r%s %s, %.0f/s", text, progress->did,
		passed > 0 ? (double)count * 1000 / (double)passed : 0);
	if (share_done >= 0)
		fprintf(stderr, ", %3.0f %%, %s left", share_done * 100, left);
	if (note != NULL)
		fprintf(stderr, ", %s", note);
	fprintf(stderr, is_last ? "\033[K\n" : "\033[K");
}

void
cli_progress_clear(const struct cli_progress *progress)
{
	if (progress->is_shown)
		fprintf(stderr, "\r\033[K");
}
