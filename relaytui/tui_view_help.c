/* tui_view_help.c - the keys of the screen below, printed from the table of
 * actions. */
#include <stdint.h>
#include <stdio.h>

#include "tui_view.h"

#define KEY_COLUMNS 10
#define LINES_MOST 8 /* of one row */
#define TEXT_SIZE 400

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

/* put_row - what the action does, over as many lines as it takes; only measured where area
 * has no canvas. Returns how many. */
static int
put_row(const struct tui_model *model, const struct tui_action *action, struct tui_area area)
{
	char text[TEXT_SIZE];

	snprintf(text, sizeof text, "%s%s%s", action->help, action->relaycli ? " = relaycli " : "",
	         action->relaycli ? action->relaycli : "");
	(void)tui_area_printf(area, 0, 2, TUI_TITLE, "%s",
	                      tui_action_label(action, model->is_ascii));
	return tui_area_wrap(tui_area_sub(area, 0, KEY_COLUMNS, area.height,
	                                  area.width - KEY_COLUMNS), 0, area.height, TUI_PLAIN,
	                     span_of(text));
}

/* settle - the last row is never above the foot, unless all fit. */
static void
settle(struct tui_model *model, struct tui_area body)
{
	struct tui_area measured = { NULL, 0, 0, LINES_MOST, body.width };
	size_t most = rows_of(model);
	int used = 0;

	while (most > 0) {
		used += put_row(model, row_at(model, most - 1), measured);
		if (used > body.height)
			break;
		most--;
	}
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
	size_t i = model->help_top;
	int row = 0;

	for (; row < body.height && row_at(model, i); i++)
		row += put_row(model, row_at(model, i),
		               tui_area_sub(body, row, 0, body.height - row, body.width));
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
