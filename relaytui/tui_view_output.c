/* tui_view_output.c - what a command of the palette said, to be read and scrolled. It is
 * wiped when the screen is left: it may show a new password. */
#include <stdio.h>
#include <string.h>

#include "api/api_text.h"
#include "tui_view.h"

#define SHIFT 16

/* line_of - a terminal shows what came after the last carriage return. */
static struct span
line_of(struct span line)
{
	const char *back;

	while (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	back = memrchr(line.p, '\r', line.n);
	return back ? (struct span){ back + 1, (size_t)(line.p + line.n - back - 1) } : line;
}

static size_t
lines_of(const struct tui_model *model)
{
	struct span rest = buf_span(&model->output.said);
	size_t n = 0;

	while (rest.n) {
		(void)span_cut(rest, '\n', &rest);
		n++;
	}
	return n;
}

static void
settle(struct tui_model *model, struct tui_area body)
{
	size_t lines = lines_of(model), most = lines > (size_t)body.height
	                                               ? lines - (size_t)body.height : 0;

	if (model->output.top > most)
		model->output.top = most;
}

static void
crumb(const struct tui_model *model, struct tui_area row)
{
	const struct tui_output *output = &model->output;
	char end[48] = "";

	if (output->is_running)
		snprintf(end, sizeof end, "   running");
	else if (output->code)
		snprintf(end, sizeof end, "   exit %d", output->code);
	(void)tui_area_printf(row, 0, 0, output->code ? TUI_WARN : TUI_TITLE,
	                      "Output ▸ relaycli %s%s%s", output->text, end,
	                      output->is_cut ? "   cut: there was more" : "");
}

/* shifted - without its first columns. */
static struct span
shifted(struct span line, int shift)
{
	while (line.n && shift > 0) {
		size_t bytes = 1;

		while (bytes < line.n && ((unsigned char)line.p[bytes] & 0xc0) == 0x80)
			bytes++;
		shift -= api_text_width((struct span){ line.p, bytes });
		line.p += bytes;
		line.n -= bytes;
	}
	return line;
}

static void
draw(const struct tui_model *model, struct tui_area body)
{
	struct span rest = buf_span(&model->output.said);

	for (size_t i = 0; i < model->output.top && rest.n; i++)
		(void)span_cut(rest, '\n', &rest);
	for (int row = 0; row < body.height && rest.n; row++) {
		struct span line = line_of(span_cut(rest, '\n', &rest));

		(void)tui_area_text(body, row, 0, body.width, TUI_PLAIN,
		                    shifted(line, model->output.shift));
	}
}

static void
act(struct tui_model *model, enum tui_act what, int key)
{
	struct tui_output *output = &model->output;
	size_t page = (size_t)(model->height > 6 ? model->height - 5 : 1);

	(void)key;
	switch (what) {
	case TUI_ACT_UP:
		output->top -= output->top > 0;
		break;
	case TUI_ACT_DOWN:
		output->top++;
		break;
	case TUI_ACT_PAGE_UP:
		output->top -= output->top < page ? output->top : page;
		break;
	case TUI_ACT_PAGE_DOWN:
		output->top += page;
		break;
	case TUI_ACT_TOP:
		output->top = 0;
		break;
	case TUI_ACT_END:
		output->top = lines_of(model);
		break;
	case TUI_ACT_LEFT:
		output->shift = output->shift > SHIFT ? output->shift - SHIFT : 0;
		break;
	case TUI_ACT_RIGHT:
		output->shift += SHIFT;
		break;
	default:
		break;
	}
}

static const char *
selected(const struct tui_model *model)
{
	return model->output.text;
}

const struct tui_view tui_view_output = {
	.title = "Output", .settle = settle, .crumb = crumb, .draw = draw, .act = act,
	.selected = selected,
};
