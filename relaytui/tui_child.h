/* tui_child.h - relaycli as a child on a terminal of its own: tables as people see
 * them, no prompts, no colours. One at a time; starting the next ends the one before.
 * Thread: the app's. */
#ifndef TUI_CHILD_H
#define TUI_CHILD_H

#include <stdbool.h>
#include <sys/types.h>
#include "base/buf.h"
#include "base/err.h"
#include "tui_palette.h"

struct tui_child {
	pid_t pid;                 /* 0: none */
	int fd;                    /* what it says; -1: none */
	enum tui_run_kind kind;
};

void tui_child_init(struct tui_child *child);
/* tui_child_start - -1 (err): it could not. socket_path: what this screen is connected to;
 * to_path: its standard output goes into this new file instead (0600); NULL: it does not. */
int tui_child_start(struct tui_child *child, const struct tui_run *run, const char *socket_path,
                    const char *to_path, int width, struct err *err);
/* tui_child_read - what is there now, appended to out. False: it is over, *code_out says how. */
bool tui_child_read(struct tui_child *child, struct buf *out, int *code_out);
void tui_child_stop(struct tui_child *child);

#endif
