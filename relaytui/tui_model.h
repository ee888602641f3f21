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
#include "tui_change.h"
#include "tui_data.h"
#include "tui_dialog.h"
#include "tui_list.h"
#include "tui_listing.h"
#include "tui_log.h"
#include "tui_memory.h"
#include "tui_message.h"
#include "tui_palette.h"
#include "tui_prompt.h"
#include "tui_search.h"

#define TUI_STALE_MS 4000     /* that long without a word from the daemon */
#define TUI_TRAIL_MAX 8

enum tui_link { TUI_LINK_NEVER, TUI_LINK_LIVE, TUI_LINK_LOST };

struct tui_request;
/* tui_answer_fn - exactly one of result and error. request stays the feed's. Not called when
 * the connection goes before. */
typedef void (*tui_answer_fn)(struct tui_model *model, const struct tui_request *request,
                              const json_t *result, const struct api_error *error);

struct tui_request { /* made by the model, sent and freed by the feed */
	struct list link;
	const char *method;         /* static */
	json_t *params;             /* owned; NULL once sent */
	tui_answer_fn answered;     /* NULL: nobody waits for it */
	char key[TUI_KEY_MAX];      /* what it is about */
	int64_t number;             /* the asker's: the generation that was seen */
	enum tui_screen screen;     /* where it was asked */
	uint64_t serial;            /* of the model */
	uint64_t cancels;           /* rpc.cancel: the serial it takes back */
	uint64_t id;                /* of the feed, once sent */
};

struct tui_overview_state {
	struct tui_list providers, attention;
	bool is_in_attention;       /* which of the two the cursor is in */
	char filter[TUI_KEY_MAX];
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
	struct tui_log log;

	/* the person */
	enum tui_screen screen, help_of; /* help_of: the screen below the help */
	enum tui_screen trail[TUI_TRAIL_MAX]; /* where q goes back to, the last one first */
	size_t trail_length;
	bool is_paused, is_read_only, is_forced_read_only, is_revealed;
	uint64_t waiting;           /* pictures that came while paused */
	struct tui_overview_state overview_state;
	struct tui_listing listing[TUI_SCREEN_COUNT]; /* of the screens that are lists */
	struct tui_log_state log_state;
	struct tui_message message;
	struct tui_search search;
	size_t help_top;
	struct tui_prompt prompt;
	struct tui_dialog dialog;
	struct tui_palette palette;
	struct tui_memory memory;
	struct tui_output output;
	struct tui_change change;
	int64_t change_serial;      /* of the last one */
	int64_t changed_mono_ms;    /* when relayd last said that a change was done */
	char said[400];             /* result of the last act */
	enum tui_style said_style;
	int64_t said_mono_ms;       /* INT64_MIN: nothing yet */
	bool has_asked_quit;        /* q once at the top */

	/* what the app has to do */
	struct list requests;       /* struct tui_request */
	bool is_pick;               /* Enter leaves with the selected row ... */
	char picked[TUI_KEY_MAX];   /* ... which is this; "" none */
	bool is_exporting;
	char export_path[TUI_PALETTE_SIZE]; /* of the last one ... */
	char export_cli[TUI_PALETTE_SIZE - 16]; /* ... and what was asked for it */
	struct tui_run run;         /* kind NONE: nothing */
	uint64_t last_serial;
	bool wants_quit, wants_redraw, wants_stop; /* stop: what runs */
	bool wants_forget;          /* a secret was on the screen: in no buffer any more */
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
/* tui_model_refusal - why nothing may be changed now, or NULL. */
const char *tui_model_refusal(const struct tui_model *model);
bool tui_model_is_stale(const struct tui_model *model);
/* tui_model_say - the result line. */
void tui_model_say(struct tui_model *model, enum tui_style style, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void tui_model_pause(struct tui_model *model, bool is_paused);
/* tui_model_go - by its key: q leads to the Overview from there. */
void tui_model_go(struct tui_model *model, enum tui_screen screen);
/* tui_model_open - from the screen that is shown: q leads back to it. */
void tui_model_open(struct tui_model *model, enum tui_screen screen);
/* tui_model_back - False: there is nowhere to go back to. */
bool tui_model_back(struct tui_model *model);
/* tui_model_request - Takes params. Returns it: the model's, to set number. */
struct tui_request *tui_model_request(struct tui_model *model, const char *method,
                                      json_t *params, const char *key,
                                      tui_answer_fn answered);
/* tui_model_cancel - nobody wants the answer to that request any more. */
void tui_model_cancel(struct tui_model *model, uint64_t serial);
/* tui_model_put_zone - the reader's, for an answer's sentence. */
void tui_model_put_zone(const struct tui_model *model, json_t *params);
/* tui_model_is_elsewhere - whoever asked for a question about request->key does something else
 * by now: what is open is not to be replaced by it. Says so. */
bool tui_model_is_elsewhere(struct tui_model *model, const struct tui_request *request);
/* tui_model_say_error - what the daemon refused, with its way out. */
void tui_model_say_error(struct tui_model *model, const char *what,
                         const struct api_error *error);
/* tui_model_load_log - forget the log and ask for the newest events. */
void tui_model_load_log(struct tui_model *model);
void tui_request_free(struct tui_request **request); /* takes it off its list */

#endif
