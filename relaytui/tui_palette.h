/* tui_palette.h - the line behind ":": a screen's name, "columns TITLE", or anything
 * relaycli can say.
 *
 * What is typed is checked against the command table first: read-only screens run
 * what reads, moderate and severe commands are asked about like keys are. Then
 * relaycli itself runs (tui_child.h), so that the two never speak differently; what
 * it says is the Output screen. Tab asks relaycli how the line could go on. Pure.
 * Thread: the app's. */
#ifndef TUI_PALETTE_H
#define TUI_PALETTE_H

#include <stdbool.h>
#include <stddef.h>
#include "base/err.h"
#include "tui_canvas.h"

struct tui_model;

#define TUI_PALETTE_SIZE 400
#define TUI_PALETTE_OFFERS 10
#define TUI_PALETTE_HISTORY 50
#define TUI_OUTPUT_MAX_BYTES ((size_t)256 << 10) /* kept of what a command says */

struct tui_palette {
	bool is_open;
	char text[TUI_PALETTE_SIZE];
	size_t n;
	char offer[TUI_PALETTE_OFFERS][96];      /* how its last word could go on */
	char hint[TUI_PALETTE_OFFERS][96];
	size_t offers, offers_more;              /* shown; and so many beside them */
	char asked[TUI_PALETTE_SIZE];            /* the line they are of */
	char history[TUI_PALETTE_HISTORY][TUI_PALETTE_SIZE]; /* the newest first */
	size_t lines, at;                        /* at: shown of them, 1 the newest; 0 none */
	struct err error;
};

enum tui_run_kind { TUI_RUN_NONE, TUI_RUN_COMMAND, TUI_RUN_COMPLETE, TUI_RUN_EXPORT };

struct tui_run { /* what the app has to run */
	enum tui_run_kind kind;
	char text[TUI_PALETTE_SIZE];             /* words, quoted as typed */
	bool is_confirmed;                       /* asked about already: --yes */
};

struct tui_output { /* what the last command said */
	char text[TUI_PALETTE_SIZE];
	struct buf said;
	bool is_running, is_cut;
	int code;                                /* its exit code */
	size_t top;
	int shift;
};

/* tui_palette_run - what relaycli says to these words: the Output screen. They change
 * nothing, or were asked about. */
void tui_palette_run(struct tui_model *model, const char *text);
void tui_palette_open(struct tui_model *model, const char *text);
/* tui_palette_is_busy - a command or an export runs: the next would end it. */
bool tui_palette_is_busy(const struct tui_model *model);
void tui_palette_key(struct tui_model *model, int key);
/* tui_palette_draw - the line in row, the offers over the foot of body. */
void tui_palette_draw(const struct tui_model *model, struct tui_area body, struct tui_area row);

/* ---- from the app: a command was run ------------------------------------------ */
/* tui_palette_said - more of what it says, raw bytes. */
void tui_palette_said(struct tui_model *model, struct span bytes);
void tui_palette_ended(struct tui_model *model, int code);
/* tui_palette_offers - lines of "word TAB hint". */
void tui_palette_offers(struct tui_model *model, struct span lines);
void tui_output_deinit(struct tui_output *output); /* wipes: it may be a new password */

#endif
