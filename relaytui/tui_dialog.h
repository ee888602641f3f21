/* tui_dialog.h - a box over the screen that asks before something is changed,
 * or shows what is shown once.
 *
 * It names object, count and effect, has fields, a button that does it and one
 * that does not. Where the act is severe a name has to be typed; the button
 * works only then. Tab, arrows and Enter move on, Esc leaves. While it is open
 * it gets all keys. Pure. Thread: the app's. */
#ifndef TUI_DIALOG_H
#define TUI_DIALOG_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"
#include "tui_canvas.h"
#include "tui_list.h"

struct tui_model;
struct tui_dialog;

#define TUI_DIALOG_LINES 12
#define TUI_DIALOG_FIELDS 14
#define TUI_FIELD_SIZE 400
#define TUI_DIALOG_COPY_SIZE 4096 /* DNS records */

enum tui_field_kind {
	TUI_FIELD_TEXT,
	TUI_FIELD_CHOICE,  /* one of a few words: left, right, space */
	TUI_FIELD_NAME     /* what has to be typed to confirm: dialog.object */
};

struct tui_field {
	enum tui_field_kind kind;
	const char *label;           /* static: "until" */
	const char *hint;            /* static, behind it; NULL none */
	const char *const *choices;  /* static, NULL-terminated */
	int chosen;
	char text[TUI_FIELD_SIZE];
	size_t n;
};

/* tui_dialog_fn - the button was pressed. False: refused, err says why and the box
 * stays. It is closed before: the function may open the next one. */
typedef bool (*tui_dialog_fn)(struct tui_model *model, struct tui_dialog *dialog, struct err *err);

struct tui_dialog {
	bool is_open;
	bool is_secret;              /* lines hold a secret: y copies `copy`; only Esc closes it,
	                              * since what was typed ahead must not; wiped then */
	char title[160];
	char line[TUI_DIALOG_LINES][TUI_FIELD_SIZE];
	enum tui_style line_style[TUI_DIALOG_LINES];
	size_t lines;
	struct tui_field field[TUI_DIALOG_FIELDS];
	size_t fields;
	const char *button;          /* static: "Rotate"; NULL: it only shows something */
	tui_dialog_fn accept;
	size_t focus;                /* fields, then the button, then Cancel */
	char object[TUI_KEY_MAX];    /* what it is about; what TUI_FIELD_NAME wants */
	int64_t generation;          /* of it as seen */
	int64_t number;              /* the caller's */
	json_t *state;               /* the caller's, owned */
	char copy[TUI_DIALOG_COPY_SIZE];   /* what y copies */
	struct err error;            /* why the last press was refused; kind NONE: not */
};

/* tui_dialog_open - an empty box about object; the caller adds lines and fields. The focus
 * begins at Cancel where is_danger, else at the first field or the button. Returns it: the
 * model's. */
struct tui_dialog *tui_dialog_open(struct tui_model *model, const char *object, const char *button,
                                   tui_dialog_fn accept, const char *title_fmt, ...)
	__attribute__((format(printf, 5, 6)));
void tui_dialog_line(struct tui_dialog *dialog, enum tui_style style, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
struct tui_field *tui_dialog_text(struct tui_dialog *dialog, const char *label, const char *text,
                                  const char *hint);
struct tui_field *tui_dialog_choice(struct tui_dialog *dialog, const char *label,
                                    const char *const *choices, int chosen);
/* tui_dialog_name - the object's name has to be typed. */
void tui_dialog_name(struct tui_dialog *dialog);
/* tui_dialog_danger - the focus on Cancel: nothing is done by Enter alone. */
void tui_dialog_danger(struct tui_dialog *dialog);
/* tui_dialog_reason - "reason": goes into the audit log. */
void tui_dialog_reason(struct tui_dialog *dialog);

/* ---- what was answered ------------------------------------------------------- */
/* tui_dialog_value - text or chosen word of the field with that label; "" none. */
const char *tui_dialog_value(const struct tui_dialog *dialog, const char *label);
/* tui_dialog_put_reason - into the request's params, when one was given. */
void tui_dialog_put_reason(const struct tui_dialog *dialog, json_t *params);
/* tui_dialog_duration - of that field in ms. False: err says what it may be. "" is 0. */
bool tui_dialog_duration(const struct tui_dialog *dialog, const char *label, int64_t *ms_out,
                         struct err *err);

/* ---- for input, frame and model ---------------------------------------------- */
void tui_dialog_key(struct tui_dialog *dialog, struct tui_model *model, int key);
void tui_dialog_draw(const struct tui_dialog *dialog, struct tui_area all);
void tui_dialog_close(struct tui_dialog *dialog); /* wipes */

#endif
