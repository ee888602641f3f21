/* tui_terminal.h - the one place that knows curses: a canvas goes out, keys come in.
 *
 * The terminal is given back as it was found on every way out: quit, suspend,
 * a signal, a crash. A frame ends with a question for the terminal's status
 * (CSI 5 n); until it is answered nothing is painted, so that a slow line is
 * never more than one frame behind. One per process; one thread. */
#ifndef TUI_TERMINAL_H
#define TUI_TERMINAL_H

#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"
#include "tui_canvas.h"

/* tui_terminal_open - has_mouse: clicks and the wheel are taken, and selecting text is then
 * the terminal's with Shift. err INPUT: no terminal, or one that cannot place text. */
int tui_terminal_open(bool has_mouse, struct err *err);
/* tui_terminal_split - draw on the terminal itself though standard output goes elsewhere.
 * Returns where that is, owned; -1 (err): there is no terminal. Before _open. */
int tui_terminal_split(struct err *err);
void tui_terminal_close(void); /* twice is harmless */
bool tui_terminal_is_ascii(void); /* the locale is not UTF-8 */
void tui_terminal_size(int *height_out, int *width_out);
/* tui_terminal_resized - after SIGWINCH. */
void tui_terminal_resized(void);
/* tui_terminal_key - the next key as tui_action.h numbers them; 0: none waits.
 * *is_paste_out: it came in between paste brackets. */
int tui_terminal_key(bool *is_paste_out);
/* tui_terminal_click - where, after TUI_KEY_CLICK. */
int tui_terminal_click(void);
/* tui_terminal_paint - the canvas, and the question behind it. */
void tui_terminal_paint(const struct tui_canvas *canvas, int64_t now_mono_ms);
/* tui_terminal_may_paint - the last frame has arrived, or never will (500 ms).
 * *wait_ms_out: how long to wait at most when it has not. */
bool tui_terminal_may_paint(int64_t now_mono_ms, int *wait_ms_out);
/* tui_terminal_forget - what was painted before is in no buffer of ours any more, nor in what
 * the terminal shows; the next frame is drawn whole. */
void tui_terminal_forget(void);
void tui_terminal_redraw(void);   /* the next frame is drawn whole */
void tui_terminal_suspend(void);  /* stops the process; returns when continued */
/* tui_terminal_copy - text to the terminal's clipboard (OSC 52). */
void tui_terminal_copy(const char *text);

#endif
