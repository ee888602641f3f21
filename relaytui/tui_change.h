/* tui_change.h - whatever changes something goes this way: one act on one or
 * several objects, each with the generation the person saw. Its result is said
 * with the relaycli line that does the same; where it can be taken back, U does
 * so for 30 s. One act at a time. Pure. Thread: the app's. */
#ifndef TUI_CHANGE_H
#define TUI_CHANGE_H

#include <jansson.h>
#include <stdint.h>
#include "api/api_error.h"
#include "tui_list.h"

struct tui_model;
struct tui_request;

#define TUI_UNDO_MS 30000
#define TUI_ORDERS_MAX 64

struct tui_order { /* on one object */
	char object[TUI_KEY_MAX];
	json_t *params;            /* owned */
	json_t *undo;              /* owned: parameters that take it back; NULL: nothing does */
	bool is_answered, is_done;
};

/* tui_done_fn - a good answer came, beside what is said anyway. */
typedef void (*tui_done_fn)(struct tui_model *model, const char *object, const json_t *result);

struct tui_change {
	char word[32], done[48];   /* "hold", "held" */
	char many[32];             /* "queues": of several objects */
	const char *method, *undo_method; /* static */
	char undone[48];           /* what an undo is called: "released" */
	const char *noun;          /* what "affected" counts: "recipient"; NULL: not said. Static */
	char cli[400];             /* after "relaycli "; "" none */
	tui_done_fn answered;      /* NULL: nothing more */
	struct tui_order order[TUI_ORDERS_MAX];
	size_t orders, waiting, done_count;
	int64_t serial;            /* its answers are told by it from those of an act before */
	int screen;                /* where it was done */
	char refusal[640];         /* the first one; "" none */
	int64_t affected;          /* -1: the answers do not say */
	bool is_undo, can_undo;
	int64_t undo_until_mono_ms;
};

/* tui_change_begin - NULL when one is under way (said). The caller fills undo_method, undone,
 * noun ("recipient" unless set), many, cli, answered where they apply, adds orders and sends.
 * word, done: as above. */
struct tui_change *tui_change_begin(struct tui_model *model, const char *word, const char *done,
                                    const char *method);
/* tui_change_order - Takes params and undo (NULL: cannot be taken back). */
void tui_change_order(struct tui_change *change, const char *object, json_t *params,
                      json_t *undo);
void tui_change_send(struct tui_model *model);
void tui_change_undo(struct tui_model *model);
/* tui_change_lost - the connection went while answers were due. */
void tui_change_lost(struct tui_model *model);
void tui_change_deinit(struct tui_change *change);

#endif
