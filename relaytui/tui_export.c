/* tui_export.c - see tui_export.h. */
#include "tui_export.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

void
tui_export_ended(struct tui_model *model, int code, struct span said)
{
	struct span rest, line = span_trim(span_cut(said, '\n', &rest));

	model->is_exporting = false;
	if (code == 0)
		tui_model_say(model, TUI_PLAIN, "written to %s = relaycli %s --jsonl",
		              model->export_path, model->export_cli);
	else
		tui_model_say(model, TUI_BAD, "%s: %.*s", model->export_path, (int)line.n,
		              line.n ? line.p : "");
}

static bool
take_path(struct tui_model *model, const char *text, struct err *err)
{
	struct span path = span_trim(span_of(text));

	if (path.n == 0 || path.n >= sizeof model->export_path) {
		(void)err_set(err, ERR_INPUT, 0, "name a file");
		return false;
	}
	if (model->run.kind != TUI_RUN_NONE || tui_palette_is_busy(model)) {
		(void)err_set(err, ERR_INPUT, 0, "wait: a command is running");
		return false;
	}
	snprintf(model->export_path, sizeof model->export_path, "%.*s", (int)path.n, path.p);
	model->is_exporting = true;
	model->run = (struct tui_run){ .kind = TUI_RUN_EXPORT };
	snprintf(model->run.text, sizeof model->run.text, "%s --jsonl", model->export_cli);
	tui_model_say(model, TUI_PLAIN, "writing %s ...", model->export_path);
	return true;
}

void
tui_export_ask(struct tui_model *model, const char *cli, const char *name)
{
	time_t now = (time_t)(model->now_unix_ms / 1000);
	char path[TUI_PALETTE_SIZE], stamp[32];
	struct tm local;

	(void)localtime_r(&now, &local);
	(void)strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", &local);
	snprintf(model->export_cli, sizeof model->export_cli, "%s", cli);
	snprintf(path, sizeof path, "%s-%s.jsonl", name, stamp);
	tui_prompt_ask_line(&model->prompt, "all of it, a JSON line a row, to the new file:", path,
	                    take_path);
}
