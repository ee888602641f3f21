/* tui_search.h - a line of terms, the answer of find to it, and what was found, page
 * by page.
 *
 *   typing --Enter--> under way --answer--> results --scrolling down--> further pages
 *                        |any key                         (each found row is kept)
 *                        v
 *                     cancelled
 *
 * Nothing is asked while typing but for Tab (tui_search_line.c). The screen never waits:
 * a search is a request like others. Pure. Thread: the app's. */
#ifndef TUI_SEARCH_H
#define TUI_SEARCH_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include "tui_list.h"
#include "tui_message.h"
#include "tui_prompt.h"

#define TUI_SEARCH_PAGE 50
#define TUI_SEARCH_SAVED 9
#define TUI_SEARCH_NAME 40
#define TUI_COMPLETE_MS 300

struct tui_search {
	char line[TUI_PROMPT_TEXT_MAX]; /* as it is being typed */
	size_t n;
	bool is_in_results;             /* else keys are typed into the line */
	char path[TUI_PATH_SIZE];       /* where its messages are: "Queues ▸ yahoo.com" */
	/* below the line, instead of the keys there are: how it goes on, or what is wrong */
	char hint[600];
	enum tui_style hint_style;
	uint64_t completing;            /* serial of what Tab asked; 0 nothing */
	int64_t completing_mono_ms;     /* since then */
	/* what is under way */
	uint64_t asked;                 /* serial; 0 nothing */
	int64_t asked_mono_ms;
	bool is_more;                   /* a further page of what is shown */
	/* what came */
	char found[TUI_PROMPT_TEXT_MAX]; /* the line it is the answer to */
	json_t *answer;                 /* owned: the first page; NULL: none yet */
	json_t *items;                  /* owned: rows of all pages, each with its "key" */
	char cursor[80];                /* of the next page; "": that is all */
	int64_t took_ms;
	struct tui_list list;
};

/* tui_search_open - the screen, from the one that is shown, with that line searched for and
 * the cursor among its results. path: the crumb of what was looked at. */
void tui_search_open(struct tui_model *model, const char *path, const char *line);
/* tui_search_run - what stands in the line. */
void tui_search_run(struct tui_model *model);
/* tui_search_cancel - False: nothing was under way. */
bool tui_search_cancel(struct tui_model *model);
/* tui_search_more - the next page, if there is one and none is under way. */
void tui_search_more(struct tui_model *model);
/* tui_search_complete - how the last word of the line goes on. */
void tui_search_complete(struct tui_model *model);
/* tui_search_tick - gives up what Tab asked after TUI_COMPLETE_MS. */
void tui_search_tick(struct tui_model *model);
/* tui_search_is_waited_for - something of it changes with time alone. */
bool tui_search_is_waited_for(const struct tui_search *search);

/* tui_search_key - key i that a search may have, those asked for most first; "" at the end. */
const char *tui_search_key(size_t i);

/* ---- what was found --------------------------------------------------------------- */
size_t tui_search_count(const struct tui_search *search);
struct tui_rows tui_search_rows(const struct tui_search *search);
/* tui_search_selected - borrowed; NULL none. */
const json_t *tui_search_selected(const struct tui_search *search);

/* ---- saved searches, in the memory: 1 to TUI_SEARCH_SAVED ---------------------------- */
/* tui_search_saved - False: none has that number. */
bool tui_search_saved(const struct tui_model *model, int number, char name[TUI_SEARCH_NAME],
                      char line[TUI_PROMPT_TEXT_MAX]);
/* tui_search_save - the line that was searched for; the same name again replaces. Returns its
 * number, 0: all are taken. */
int tui_search_save(struct tui_model *model, const char *name);
/* tui_search_recall - "s1" in the line becomes what was saved as that. */
void tui_search_recall(struct tui_model *model);

/* ---- for the model ------------------------------------------------------------------ */
void tui_search_lost(struct tui_search *search); /* the connection went */
void tui_search_deinit(struct tui_search *search);

#endif
