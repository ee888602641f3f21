/* tui_action.h - the one table of keys: what each does, on which screens, and
 * how the last row, the help screen and the manual page say it.
 *
 * Lower-case keys look, upper-case keys change; no bare Ctrl-letter changes
 * anything. Const; pure. Thread: any. */
#ifndef TUI_ACTION_H
#define TUI_ACTION_H

#include <stdbool.h>
#include <stdio.h>

enum tui_screen {
	TUI_OVERVIEW, TUI_QUEUES, TUI_THROTTLES, TUI_DEFERRALS, TUI_LOG, TUI_MESSAGE, TUI_SEARCH,
	TUI_CREDENTIALS, TUI_DOMAINS, TUI_SUPPRESSIONS, TUI_POOLS, TUI_OUTPUT, TUI_HELP,
	TUI_SCREEN_COUNT
};

/* keys that are no character; characters are their own code points */
enum tui_key {
	TUI_KEY_FIRST = 0x110000,
	TUI_KEY_UP = TUI_KEY_FIRST, TUI_KEY_DOWN, TUI_KEY_LEFT, TUI_KEY_RIGHT, TUI_KEY_PAGE_UP,
	TUI_KEY_PAGE_DOWN, TUI_KEY_HOME, TUI_KEY_END, TUI_KEY_ENTER, TUI_KEY_ESC,
	TUI_KEY_BACKSPACE, TUI_KEY_CLICK, TUI_KEY_OTHER
};

#define TUI_CTRL(letter) ((letter) & 0x1f)

enum tui_act {
	TUI_ACT_NONE,
	TUI_ACT_SCREEN,     /* by digit */
	TUI_ACT_FOLLOW, TUI_ACT_OPEN, TUI_ACT_FLUSH, TUI_ACT_HOLD, TUI_ACT_RELEASE, TUI_ACT_BOUNCE,
	TUI_ACT_MOVE, TUI_ACT_MARK, TUI_ACT_THROTTLE, TUI_ACT_CLEAR, TUI_ACT_NEW, TUI_ACT_EDIT,
	TUI_ACT_ROTATE, TUI_ACT_END_KEY, TUI_ACT_SWITCH, TUI_ACT_REMOVE, TUI_ACT_INCIDENT,
	TUI_ACT_KEY,
	TUI_ACT_WARMUP, TUI_ACT_IMPORT, TUI_ACT_EXPORT, TUI_ACT_CHECK, TUI_ACT_EXPLAIN,
	TUI_ACT_TRACE, TUI_ACT_ALL, TUI_ACT_GROUP_BY, TUI_ACT_BEFORE, TUI_ACT_AFTER,
	TUI_ACT_PALETTE,
	TUI_ACT_SORT, TUI_ACT_SORT_BEFORE, TUI_ACT_SORT_AFTER, TUI_ACT_FILTER, TUI_ACT_KINDS,
	TUI_ACT_NEXT_MARK, TUI_ACT_REVEAL, TUI_ACT_PANE, TUI_ACT_HELP, TUI_ACT_BACK, TUI_ACT_ESCAPE,
	TUI_ACT_UNDO, TUI_ACT_COPY, TUI_ACT_PAUSE, TUI_ACT_READ_ONLY, TUI_ACT_REDRAW,
	TUI_ACT_UP, TUI_ACT_DOWN, TUI_ACT_PAGE_UP, TUI_ACT_PAGE_DOWN, TUI_ACT_TOP, TUI_ACT_END,
	TUI_ACT_LEFT, TUI_ACT_RIGHT
};

#define TUI_ACTION_KEYS 11

struct tui_action {
	enum tui_act act;
	int key[TUI_ACTION_KEYS];  /* 0 ends them */
	const char *label;         /* "⏎" */
	const char *ascii;         /* the same without UTF-8; NULL: label */
	const char *hint[TUI_SCREEN_COUNT]; /* in the last row of that screen; NULL: not there */
	bool is_wide_hint;         /* only from TUI_WIDE columns */
	unsigned screens;          /* bit per screen it works on */
	bool changes;              /* refused when read-only */
	const char *help;
	const char *relaycli;      /* what does the same there, or NULL */
};

/* tui_action_at - row i of the table, NULL at the end. */
const struct tui_action *tui_action_at(size_t i);
/* tui_action_find - what key does on screen, or NULL. */
const struct tui_action *tui_action_find(int key, enum tui_screen screen);
bool tui_action_is_on(const struct tui_action *action, enum tui_screen screen);
const char *tui_action_label(const struct tui_action *action, bool is_ascii);
/* tui_action_print - all keys as manual page source. */
void tui_action_print(FILE *to);

#endif
