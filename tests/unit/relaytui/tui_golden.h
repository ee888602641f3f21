/* tui_golden.h - whole screens as text, compared with tests/unit/relaytui/golden.
 * GOLDEN=write writes them anew; look at the difference before committing it. */
#ifndef TUI_GOLDEN_H
#define TUI_GOLDEN_H

#include "tui_fixture.h"

static const struct {
	int height, width;
} golden_sizes[] = { { 16, 60 }, { 24, 80 }, { 45, 80 }, { 45, 160 } };

#define GOLDEN_SIZES (sizeof golden_sizes / sizeof *golden_sizes)

static inline char *
golden_read(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = calloc(1, 1 << 20);

	if (!file)
		fail_msg("%s is missing: run with GOLDEN=write", path);
	(void)!fread(text, 1, (1 << 20) - 1, file);
	fclose(file);
	return text;
}

static inline void
golden_compare(const char *path, const char *text)
{
	const char *mode = getenv("GOLDEN");
	char *golden;

	if (mode && strcmp(mode, "write") == 0) {
		FILE *file = fopen(path, "w");

		assert_non_null(file);
		fputs(text, file);
		fclose(file);
		return;
	}
	golden = golden_read(path);
	if (strcmp(golden, text) != 0)
		fail_msg("%s differs; now it is:\n%s", path, text);
	free(golden);
}

/* golden_styles - what each cell means, a letter a style; plain ones are dots. The terminal
 * makes colours of it or, without them (NO_COLOR), bold, dim and reverse. Owned (free). */
static inline char *
golden_styles(struct tui_model *model)
{
	static const char letters[TUI_STYLE_COUNT + 1] = ".tdgwba";
	struct tui_canvas canvas;
	char *out;
	size_t n = 0;

	tui_canvas_init(&canvas, model->height, model->width, model->is_ascii);
	tui_frame_settle(model);
	tui_frame_draw(model, &canvas);
	out = calloc((size_t)canvas.height, (size_t)canvas.width + 1);
	assert_non_null(out);
	for (int row = 0; row < canvas.height; row++) {
		size_t end = n;

		for (int col = 0; col < canvas.width; col++) {
			const struct tui_cell *cell = &canvas.cell[row * canvas.width + col];

			out[n++] = cell->rune[0] == ' ' ? ' ' : letters[cell->style];
			end = out[n - 1] == ' ' ? end : n;
		}
		n = end;
		out[n++] = '\n';
	}
	out[n - 1] = '\0';
	tui_canvas_deinit(&canvas);
	return out;
}

/* golden_check - the model's screen, under its name, size and character set; and its styles. */
static inline void
golden_check(struct tui_model *model, const char *name)
{
	char path[256], *text = fixture_draw(model);

	snprintf(path, sizeof path, FIXTURE_FOLDER "golden/%s_%dx%d_%s.txt", name, model->width,
	         model->height, model->is_ascii ? "ascii" : "utf8");
	golden_compare(path, text);
	free(text);
	if (model->is_ascii) /* the same */
		return;
	text = golden_styles(model);
	snprintf(path, sizeof path, FIXTURE_FOLDER "golden/%s_%dx%d_style.txt", name, model->width,
	         model->height);
	golden_compare(path, text);
	free(text);
}

#endif
