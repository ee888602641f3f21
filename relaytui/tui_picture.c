/* tui_picture.c - see tui_picture.h. */
#include "tui_picture.h"

#include "base/mem.h"

#define EIGHTHS 8

void
tui_picture_bar(struct buf *out, double share, int cells)
{
	int full = share > 0 ? (int)(share * cells + 0.5) : 0;

	if (share > 0 && full < 1)
		full = 1;
	if (share >= 1)
		full = cells;
	else if (full >= cells)
		full = cells - 1;
	for (int i = 0; i < cells; i++)
		(void)buf_printf(out, "%s", i < full ? "▇" : "░");
}

void
tui_picture_columns(struct buf *out, const double *value, size_t count, size_t columns)
{
	static const char *const sign[EIGHTHS] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	size_t n = count < columns ? count : columns;
	double *sum = mem_zero(n + 1, sizeof *sum), most = 0;

	for (size_t i = 0; i < count && n > 0; i++)
		sum[i * n / count] += value[i] > 0 ? value[i] : 0;
	for (size_t i = 0; i < n; i++)
		most = sum[i] > most ? sum[i] : most;
	for (size_t i = 0; i < n; i++) {
		int eighth = most > 0 ? (int)(sum[i] / most * (EIGHTHS - 1) + 0.5) : 0;

		if (sum[i] > 0 && eighth == 0)
			eighth = 1; /* one among thousands is not none */
		(void)buf_printf(out, "%s", sign[eighth]);
	}
	mem_free(sum);
}
