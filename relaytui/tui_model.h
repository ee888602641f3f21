/* tui_model.h - everything the screen is drawn from, and how it changes.
 *
 *   keys ----> tui_input  \
 *                          >--> model --> tui_frame --> canvas
 *   notices -> tui_model  /       |
 *                                 +--> requests (tui_feed sends them)
 *
 * Nothing here does I/O: the clock, the size, keys and answers are put in, and
 * requests are taken out. That is what makes screens testable as text. The app
 * owns it; one thread. */
#ifndef TUI_MODEL_H
#define TUI_MODEL_H

#include "api/api_error.h"
#include "base/list.h"
#include "tui_action.h"
#include "tui_data.h"
#include "tui_list.h"
#include "tui_log.h"
#include "tui_prompt.h"

#define TUI_UNDO_MS 30000
#define TUI_STALE_MS 4000     /* that long without a word from the daemon */
#define TUI_MARKS_MAX 64

enum tui_link { TUI_LINK_NEVER, TUI_LINK_LIVE, TUI_LINK_LOST };

/* queues by name, with what was seen of them: marks, or what an undo goes back to */
struct tui_marks {
	char key[TUI_MARKS_MAX][TUI_KEY_MAX];
	int64_t generation[TUI_MARKS_MAX];
	size_t count;
};

enum tui_change_verb { TUI_HOLD, TUI_RELEASE, TUI_FLUSH, TUI_CHANGE_VERB_COUNT };

struct tui_change { /* the last act and what came of it */
	enum tui_change_verb verb;
	size_t waiting, done;       /* requests without and with a good answer */
	int64_t affected;           /* recipients */
	struct tui_marks of;        /* the queues; for the undo those that were changed */
	bool can_undo, is_undo;
	int64_t undo_until_mono_ms;
};

enum tui_request_kind { TUI_REQUEST_CHANGE, TUI_REQUEST_TAIL };

struct tui_request { /* made by the model, sent and freed by the feed */
	struct list link;
	enum tui_request_kind kind;
	const char *method;         /* static */
	json_t *params;             /* owned; NULL once sent */
	char key[TUI_KEY_MAX];      /* queue of a change */
	uint64_t id;                /* of the feed, once sent */
};

struct tui_overview_state {
	struct tui_list providers, attention;
	bool is_in_attention;       /* which of the two the cursor is in */
	char filter[TUI_KEY_MAX];
};

enum tui_queues_sort {
	TUI_SORT_OLDEST, TUI_SORT_SIZE, TUI_SORT_NAME, TUI_SORT_NEXT, TUI_SORT_COUNT
};

struct tui_queues_state {
	struct tui_list list;
	enum tui_queues_sort sort;
	bool is_reverse, is_open;   /* open: the detail is shown */
	char filter[TUI_KEY_MAX];
	struct tui_marks marks;
	struct tui_queue ghost;     /* the selected row as last seen ... */
	json_t *ghost_source;       /* ... which borrows from this */
};

struct tui_log_state {
	struct tui_list list;
	bool is_started;            /* subscribed since it was first looked at */
	bool is_open;
	char filter[TUI_PROMPT_TEXT_MAX];
	char kinds[TUI_PROMPT_TEXT_MAX]; /* labels, "DEFR BNCE"; "" all */
	struct tui_marks marks;     /* by event id */
	int shift;                  /* columns replies are moved to the left */
};

struct tui_model {
	/* the world */
	int64_t now_unix_ms, now_mono_ms;
	int height, width;
	bool is_ascii;

	/* the daemon */
	enum tui_link link;
	int64_t heard_mono_ms;      /* last word from it */
	struct api_error link_error;
	int64_t retry_mono_ms;      /* next attempt while lost */
	char boot_id[64];
	struct tui_status status;
	struct tui_overview *overview, *overview_waiting; /* shown; came while paused */
	struct tui_queues *queues, *queues_waiting;
	struct tui_log log;

	/* the person */
	enum tui_screen screen, help_of; /* help_of: the screen below the help */
	bool is_paused, is_read_only, is_forced_read_only, is_revealed;
	uint64_t waiting;           /* pictures that came while paused */
	struct tui_overview_state overview_state;
	struct tui_queues_state queues_state;
	struct tui_log_state log_state;
	size_t help_top;
	struct tui_prompt prompt;
	struct tui_change change;
	char said[400];             /* result of the last act */
	enum tui_style said_style;
	int64_t said_mono_ms;       /* INT64_MIN: nothing yet */
	bool has_asked_quit;        /* q once at the top */

	/* what the app has to do */
	struct list requests;       /* struct tui_request */
	bool wants_quit, wants_redraw;
	char *wants_copy;           /* owned; NULL nothing */
};

void tui_model_init(struct tui_model *model, bool is_read_only, bool is_ascii);
void tui_model_deinit(struct tui_model *model);
void tui_model_tick(struct tui_model *model, int64_t now_unix_ms, int64_t now_mono_ms);

/* ---- from the feed ----------------------------------------------------- */
/* tui_model_hello - an answer to a subscription; another boot id drops what is cached. */
void tui_model_hello(struct tui_model *model, const json_t *result);
void tui_model_notice(struct tui_model *model, const char *method, const json_t *params);
/* tui_model_reply - exactly one of result and error. request stays the feed's. */
void tui_model_reply(struct tui_model *model, const struct tui_request *request,
                     const json_t *result, const struct api_error *error);
void tui_model_lost(struct tui_model *model, const struct api_error *error, int64_t retry_mono_ms);

/* ---- asked by views and input ------------------------------------------ */
bool tui_model_is_read_only(const struct tui_model *model);
bool tui_model_is_stale(const struct tui_model *model);
/* tui_model_say - the result line. */
void tui_model_say(struct tui_model *model, enum tui_style style, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void tui_model_pause(struct tui_model *model, bool is_paused);
void tui_model_go(struct tui_model *model, enum tui_screen screen);
/* tui_model_request - Takes params. */
void tui_model_request(struct tui_model *model, enum tui_request_kind kind, const char *method,
                       json_t *params, const char *key);
/* tui_model_load_log - forget the log and ask for the newest events. */
void tui_model_load_log(struct tui_model *model);
void tui_request_free(struct tui_request **request); /* takes it off its list */

bool tui_marks_has(const struct tui_marks *marks, const char *key);
/* tui_marks_toggle - false: no room. */
bool tui_marks_toggle(struct tui_marks *marks, const char *key, int64_t generation);

#endif
