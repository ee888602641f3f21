/* tui_explain.c - see tui_explain.h. */
#include "tui_explain.h"

#include "tui_model.h"
#include "verdict/verdict.h"

static void
say_verdict(struct tui_dialog *dialog, const struct verdict_input *input)
{
	struct verdict verdict;
	struct verdict_said said;

	verdict_init(); /* once, when first asked: most never ask */
	verdict_judge(NULL, input, &verdict);
	said = verdict_say(verdict.category, input->code, verdict.rule);
	tui_dialog_line(dialog, TUI_TITLE, "In plain words: %s.", said.words);
	if (said.advice && said.advice[0])
		tui_dialog_line(dialog, TUI_PLAIN, "Do: %s", said.advice);
	tui_dialog_line(dialog, TUI_PLAIN, "%s, concerns the %s. %s. %s.",
	                verdict_category_name(verdict.category), verdict_scope_name(verdict.scope),
	                verdict.permanent ? "Permanent: trying again as it is will not help"
	                                  : "Not permanent: it is tried again",
	                verdict.suppresses ? "The address is suppressed: it is dead"
	                                   : "It suppresses nothing");
	tui_dialog_line(dialog, TUI_DIM, "decided by %s", verdict.rule ? verdict.rule
	                : verdict.guessed ? "a guess: no rule knows these words"
	                                  : "status and code");
}

void
tui_explain_open(struct tui_model *model, const char *reply)
{
	struct verdict_input input = { 0 };
	struct tui_dialog *dialog;

	if (!reply[0]) {
		tui_model_say(model, TUI_PLAIN, "no reply yet: nothing to explain");
		return;
	}
	dialog = tui_dialog_open(model, "", NULL, NULL, "What it means");
	tui_dialog_line(dialog, TUI_PLAIN, "%s", reply);
	verdict_parse_reply(span_of(reply), &input);
	if (input.code >= 200 && input.code < 400)
		tui_dialog_line(dialog, TUI_GOOD, "Accepted: nothing is wrong.");
	else
		say_verdict(dialog, &input);
}
