/* tui_listing.h - screens that are a list: queues, throttles, credentials, ...
 *
 * The daemon sorts, filters and cuts; what it pushes is kept as it came, and a
 * kind says how a row becomes cells and what is shown of the selected one. The
 * selection, marks, a row that left, the cursor's window, sort and filter are
 * the same for all of them and live here. Pure. Thread: the app's. */
#ifndef TUI_LISTING_H
#define TUI_LISTING_H

#include <jansson.h>
#include <stdint.h>
#include "base/err.h"
#include "tui_list.h"
#include "tui_table.h"

struct api_error;
struct tui_model;

#define TUI_MARKS_MAX 64
#define TUI_VALUE_SIZE 256
#define TUI_CHOICES 2

/* rows by key, with the generation that was seen of them */
struct tui_marks {
	char key[TUI_MARKS_MAX][TUI_KEY_MAX];
	int64_t generation[TUI_MARKS_MAX];
	size_t count;
};

struct tui_value { /* a cell */
	char text[TUI_VALUE_SIZE];
	enum tui_style style;
};

struct tui_sort {
	const char *word;          /* of the request */
	const char *title;         /* "OLDEST" */
	char key;                  /* in the picker */
};

/* what is asked about the selected row beside its list */
struct tui_detail {
	char key[TUI_KEY_MAX];     /* whose; "" nobody's yet */
	json_t *answer;            /* owned; NULL: not there (yet) */
	char error[240];           /* why not; "" */
	int64_t asked_mono_ms;
	bool is_asked;             /* the answer is on its way */
};

struct tui_listing { /* state of one such screen */
	struct tui_list list;
	size_t sort;
	bool is_reverse, is_open;  /* open: the selected row's detail is shown */
	char filter[TUI_KEY_MAX];
	unsigned hidden;           /* columns left out: a bit each */
	int choice[TUI_CHOICES];   /* the kind's own: all or active, grouped by, window */
	struct tui_marks marks;
	bool has_lost_marks;       /* the last of them went with its row */
	json_t *data, *waiting;    /* as pushed, owned: shown; came while paused */
	json_t *ghost;             /* owned: the selected row as last seen */
	struct tui_detail detail;
};

struct tui_listing_kind {
	const char *many;          /* "queues" */
	const char *cli;           /* all of it for relaycli, "queue list"; NULL: no export */
	const char *filter_title;  /* of the question for a filter; NULL: patterns of names */
	const char *empty;         /* instead of rows when there are none */
	const struct tui_column *columns;
	const struct tui_sort *sorts; /* the first is the default; NULL: the daemon's order */
	size_t sort_count;
	int interval_ms;
	bool is_marked;            /* rows can be marked */
	bool is_filter_said;       /* row 2 says "filter: none" too */
	/* cell - of that column. Text is made harmless when drawn. */
	void (*cell)(const struct tui_model *model, const json_t *row, int column,
	             struct tui_value *out);
	/* scope - row 2 after the title: "all (318 queues)" */
	void (*scope)(const struct tui_model *model, struct buf *out);
	/* params - the kind's own beside window, sort, filter; NULL: none */
	void (*params)(const struct tui_model *model, json_t *params);
	/* detail_method - asked with detail_params of the selected row, again every
	 * detail_ms (0: once); NULL: nothing. Params: owned, NULL: not of this row, or not
	 * while nobody could see it (tui_listing_is_pane_shown). */
	const char *detail_method;
	json_t *(*detail_params)(const struct tui_model *model, const json_t *row);
	int detail_ms;
	/* below - after the rows and a blank one, on every width; below_height rows are
	 * kept for it. is_below_fixed: at the foot, however many rows there are */
	void (*below)(const struct tui_model *model, const json_t *row, struct tui_area area);
	int below_height;
	bool is_below_fixed;
	bool is_below_of_list;     /* it is about the list: drawn without a row (NULL) too */
	/* pane - the right pane from TUI_WIDE columns; below that instead of the list
	 * while is_open. Row is never NULL. NULL: there is none. */
	void (*pane)(const struct tui_model *model, const json_t *row, struct tui_area area);
};

/* ---- of the screen that is shown ------------------------------------------- */
struct tui_listing *tui_listing_of(struct tui_model *model);
const struct tui_listing *tui_listing_shown(const struct tui_model *model);
/* tui_listing_selected - the row as it is now, borrowed; NULL: none, or it left. */
const json_t *tui_listing_selected(const struct tui_model *model);
/* tui_listing_is_pane_shown - the selected row's pane is, beside the list or instead of it. */
bool tui_listing_is_pane_shown(const struct tui_model *model);
/* tui_listing_detail - the answer of detail_method for the selected row; NULL: not
 * there (yet). */
const json_t *tui_listing_detail(const struct tui_model *model);
/* tui_listing_row - of that key, if it is in the window; NULL: it is not. */
const json_t *tui_listing_row(const struct tui_model *model, const char *key);
size_t tui_listing_total(const struct tui_model *model);
int64_t tui_listing_number(const struct tui_model *model, const char *key); /* beside rows */
/* tui_listing_column - that column out, or in again. err: there is none, or it must stay. */
bool tui_listing_column(struct tui_model *model, const char *title, struct err *err);
/* tui_listing_click - on that row of the body. */
void tui_listing_click(struct tui_model *model, int row);
/* tui_listing_act - what all lists do with keys. False: not one of these. */
bool tui_listing_act(struct tui_model *model, int act);

/* ---- for the view's row of functions (tui_view.h) --------------------------- */
json_t *tui_listing_window(const struct tui_model *model, int screen);
void tui_listing_settle(struct tui_model *model, struct tui_area body);
void tui_listing_crumb(const struct tui_model *model, struct tui_area row);
void tui_listing_draw(const struct tui_model *model, struct tui_area body);
const char *tui_listing_key(const struct tui_model *model);
bool tui_listing_back(struct tui_model *model);

/* ---- for the model ---------------------------------------------------------- */
void tui_listing_deinit(struct tui_listing *listing); /* drops all that was pushed */
/* tui_listing_take - a view's data; merges what only tells what changed. */
void tui_listing_take(struct tui_listing *listing, const json_t *data, bool is_paused);
void tui_listing_show_waiting(struct tui_listing *listing);

/* ---- marks ------------------------------------------------------------------- */
bool tui_marks_has(const struct tui_marks *marks, const char *key);
/* tui_marks_toggle - false: no room. */
bool tui_marks_toggle(struct tui_marks *marks, const char *key, int64_t generation);

/* ---- cells ------------------------------------------------------------------- */
/* tui_value_set - text of any bytes; NULL or "" is "-". */
void tui_value_set(struct tui_value *value, enum tui_style style, const char *text);
void tui_value_printf(struct tui_value *value, enum tui_style style, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void tui_value_count(struct tui_value *value, int64_t n);

#endif
