/* tui_secret.c - see tui_secret.h. */
#include "tui_secret.h"

#include <inttypes.h>
#include <stdio.h>

#include "api/api_json.h"

void
tui_secret_show(struct tui_model *model, const char *lead, const json_t *result)
{
	const char *user = tui_text_of(result, "user"), *note = tui_text_of(result, "note");
	struct tui_dialog *dialog;

	if (tui_text_of(result, "pass")[0] == '\0')
		return; /* an answer without one: said as any other is */
	dialog = tui_dialog_open(model, user, NULL, NULL, "%.100s ─ its password, shown this once",
	                         user);
	dialog->is_secret = true;
	if (lead[0])
		tui_dialog_line(dialog, TUI_PLAIN, "%s", lead);
	tui_dialog_line(dialog, TUI_PLAIN, "host      %s", tui_text_of(result, "host"));
	if (api_json_get_int(result, "port", 0))
		tui_dialog_line(dialog, TUI_PLAIN, "port      %" PRId64,
		                api_json_get_int(result, "port", 0));
	tui_dialog_line(dialog, TUI_PLAIN, "security  %s", tui_text_of(result, "secure"));
	tui_dialog_line(dialog, TUI_PLAIN, "user      %s", user);
	tui_dialog_line(dialog, TUI_TITLE, "password  %s", tui_text_of(result, "pass"));
	if (note[0])
		tui_dialog_line(dialog, TUI_WARN, "%s", note);
	snprintf(dialog->copy, sizeof dialog->copy, "%s", tui_text_of(result, "pass"));
}
