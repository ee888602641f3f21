/* tui_app.h - the program's one loop: all input, then all news, then at most
 * one picture. One thread. */
#ifndef TUI_APP_H
#define TUI_APP_H

#include <stdbool.h>
#include "base/err.h"

struct tui_options {
	const char *socket_path;
	bool is_read_only;
	bool has_mouse;
	bool is_pick;         /* say on standard output what was selected when it was left */
};

/* tui_app_run - until the person quits or a signal ends it. -1: it could not
 * start (err INPUT) or the terminal is gone. */
int tui_app_run(const struct tui_options *options, struct err *err);

#endif
