/* tui_view.h - what a screen is: a row of functions. All screens, now and
 * later, are made of this; tui_frame draws what they have in common.
 *
 * Views draw only from the model. Thread: the app's. */
#ifndef TUI_VIEW_H
#define TUI_VIEW_H

#include "tui_model.h"

struct tui_view {
	const char *title;
	const char *view;  /* of view.subscribe while it is on screen; NULL: the help */
	int interval_ms;   /* of its pictures; 0: a second */
	/* window - parameters beside the view's name (owned); screen: this one, though the
	 * help may be shown above it. NULL: none */
	json_t *(*window)(const struct tui_model *model, int screen);
	/* settle - cursors and windows follow after data, keys or another size */
	void (*settle)(struct tui_model *model, struct tui_area body);
	void (*crumb)(const struct tui_model *model, struct tui_area row);
	void (*draw)(const struct tui_model *model, struct tui_area body);
	/* note - what the last-but-one row says when nothing was done; NULL: nothing */
	void (*note)(const struct tui_model *model, struct tui_area row);
	/* act - a key of this view; key is the one pressed */
	void (*act)(struct tui_model *model, enum tui_act act, int key);
	/* selected - text for `y`, "" none; borrowed */
	const char *(*selected)(const struct tui_model *model);
	/* key - a key before it is looked up among the actions: of a screen with a line that is
	 * typed into. True: it was taken. NULL: none */
	bool (*key)(struct tui_model *model, int key);
	/* sibling - of a list of messages: show the one before or after the one that is shown.
	 * False: there is none. place - "message 1 of 3,377". NULL: it is no such list */
	bool (*sibling)(struct tui_model *model, int by);
	void (*place)(const struct tui_model *model, char *out, size_t size);
	/* back - something on it was closed by q or Esc; false: leave the screen. NULL: leave */
	bool (*back)(struct tui_model *model);
	const struct tui_listing_kind *listing; /* it is a list; NULL: not */
};

/* what all screens that are a list share; y copies the row's key, or what selected says */
#define TUI_VIEW_LISTING_OF(its_kind, its_selected) \
	.window = tui_listing_window, .settle = tui_listing_settle, .crumb = tui_listing_crumb, \
	.draw = tui_listing_draw, .selected = (its_selected), .back = tui_listing_back, \
	.listing = (its_kind)
#define TUI_VIEW_LISTING(its_kind) TUI_VIEW_LISTING_OF(its_kind, tui_listing_key)

extern const struct tui_view tui_view_throttles, tui_view_deferrals;
extern const struct tui_view tui_view_overview, tui_view_queues, tui_view_log, tui_view_help,
	tui_view_output;
extern const struct tui_view tui_view_suppressions, tui_view_pools;
extern const struct tui_view tui_view_message, tui_view_search;
extern const struct tui_view tui_view_credentials, tui_view_domains;
/* tui_view_of - NULL: that screen is not there. */
const struct tui_view *tui_view_of(enum tui_screen screen);

/* tui_input_key - one key pressed. */
void tui_input_key(struct tui_model *model, int key);
/* tui_input_click - with the mouse, on that row of the screen: a list's cursor goes there. */
void tui_input_click(struct tui_model *model, int row);

#define TUI_HEAD_ROWS 2 /* above a view's body */
/* tui_frame_settle, _draw - the whole screen; settle first, then draw. Rows 1
 * (totals, link), 2 (the view's crumb), last but one (result, prompt), last (keys). */
void tui_frame_settle(struct tui_model *model);
void tui_frame_draw(const struct tui_model *model, struct tui_canvas *canvas);

/* ---- shared by views --------------------------------------------------- */
/* tui_log_terms - the log's filter and kinds as a list of terms. Returns owned. */
json_t *tui_log_terms(const struct tui_model *model);
/* tui_log_filter - the same as one text for events.subscribe; "" none. */
void tui_log_filter(const struct tui_model *model, struct buf *out);
/* an event in words: its label, masked recipient, reply or what happened */
const char *tui_event_label(const struct tui_event *event);
enum tui_style tui_event_style(const struct tui_event *event);
void tui_event_recipient(const struct tui_event *event, bool is_revealed, struct buf *out);
void tui_event_words(const struct tui_event *event, struct buf *out);
#define TUI_TOOK_SIZE 32
/* tui_event_took - how long, in at most four columns: "45ms", "0.4s", "12s", "3m"; "-". */
void tui_event_took(const struct tui_event *event, char out[TUI_TOOK_SIZE]);
/* tui_list_act - cursor keys; false: act is none of them. */
bool tui_list_act(struct tui_list *list, const struct tui_rows *rows, enum tui_act act);

#define TUI_PANE_COLUMN(width) ((width) - (width) * 3 / 8) /* where the right pane begins */

#endif
