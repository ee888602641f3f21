/* tui_view_help.c - the keys of the screen below, printed from the table of
 * actions. */
#include <stdint.h>
#include <string.h>

#include "tui_view.h"

#define KEY_COLUMNS 10

/* row_at - the i-th action that is valid on the screen below. */
static const struct tui_action *
row_at(const struct tui_model *model, size_t i)
{
	const struct tui_action *action;

	for (size_t at = 0; (action = tui_action_at(at)) != NULL; at++)
		if (tui_action_is_on(action, model->help_of) && i-- == 0)
			return action;
	return NULL;
}

static size_t
rows_of(const struct tui_model *model)
{
	size_t n = 0;

	while (row_at(model, n))
		n++;
	return n;
}

static void
settle(struct tui_model *model, struct tui_area body)
{
	size_t rows = rows_of(model), shown = (size_t)body.height;
	size_t most = rows > shown ? rows - shown : 0;

	if (model->help_top > most)
		model->help_top = most;
}

static void
crumb(const struct tui_model *model, struct tui_area row)
{
	(void)tui_area_printf(row, 0, 0, TUI_TITLE, "Help ▸ %s   upper-case keys change something",
	                      tui_view_of(model->help_of)->title);
}

static void
draw(const struct tui_model *model, struct tui_area body)
{
	for (int i = 0; i < body.height; i++) {
		const struct tui_action *action = row_at(model, model->help_top + (size_t)i);
		struct tui_area text =
			tui_area_sub(body, i, KEY_COLUMNS, 1, body.width - KEY_COLUMNS);
		int col;

		if (!action)
			return;
		(void)tui_area_printf(body, i, 2, TUI_TITLE, "%s",
				      tui_action_label(action, model->is_ascii));
		col = tui_area_printf(text, 0, 0, TUI_PLAIN, "%s", action->help);
		if (action->relaycli)
			(void)tui_area_printf(text, 0, col, TUI_DIM, " = relaycli %s",
					      action->relaycli);
	}
}

static void
act(struct tui_model *model, enum tui_act what, int key)
{
	size_t rows = rows_of(model), page = (size_t)(model->height > 6 ? model->height - 5 : 1);

	(void)key;
	switch (what) {
	case TUI_ACT_UP:
		model->help_top -= model->help_top > 0;
		break;
	case TUI_ACT_DOWN:
		model->help_top++;
		break;
	case TUI_ACT_PAGE_UP:
		model->help_top -= model->help_top < page ? model->help_top : page;
		break;
	case TUI_ACT_PAGE_DOWN:
		model->help_top += page;
		break;
	case TUI_ACT_TOP:
		model->help_top = 0;
		break;
	case TUI_ACT_END:
		model->help_top = rows;
		break;
	default:
		break;
	}
}

const struct tui_view tui_view_help = {
	.title = "Help", .settle = settle, .crumb = crumb, .draw = draw, .act = act,
};
