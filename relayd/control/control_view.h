/* control_view.h - what the live views share: control_view.c subscribes, ticks and
 * pushes; control_view_queues.c and control_view_list.c make pictures with rows.
 * Thread: main. */
#ifndef CONTROL_CONTROL_VIEW_H
#define CONTROL_CONTROL_VIEW_H

#include "control/control_private.h"

struct control_view;

struct control_view_kind {
	const char *name;
	void (*push)(struct control_view *view); /* now, or when an answer came */
	bool needs_overview;
	const struct control_view_list *list;    /* of push = control_view_push_list */
};

struct control_view {
	struct control_subscription subscription; /* first */
	const struct control_view_kind *kind;
	struct control *control;
	struct loop_timer timer;
	int64_t interval_ms;
	uint64_t seq, merged;
	uint64_t seen;                 /* of the series */
	unsigned tries;
	/* the window */
	uint32_t offset, limit;
	char *sort, *filter, *select;  /* owned or NULL */
	bool reverse;
	bool has_delta;                /* rows the client has are left out */
	json_t *params;                /* of a list's method: owned or NULL */
	json_t *sent;                  /* rows as they were told last: owned or NULL */
	char uid_user[64];             /* who looks, also after they went */
	/* of queues */
	size_t total;                  /* of the last answer: where the end is, for reverse */
	struct schedule_ask *list;     /* answered, waits for the selected queue's answer */
	/* of a list */
	struct control_call *call;     /* under way */
	json_t *asked;                 /* its params, or those answered last: owned or NULL */
	json_t *answer;                /* the last, to those params: owned or NULL */
	int64_t asked_mono_ms, again_mono_ms; /* ... when; not asked the same before this */
	int64_t as_of_unix_ms;         /* of answer */
	json_t *ordered;               /* its rows, filtered and sorted: owned or NULL */
	char *failed;                  /* why the last try gave none: owned or NULL */
	bool is_asking;                /* the view is kept until the answer came */
	bool is_dirty;                 /* the window is another than what was asked for */
	bool is_ended;
};

/* control_view_push - takes data. */
void control_view_push(struct control_view *view, json_t *data);
/* control_view_new_data - {"status":{...}}. Returns a new reference. */
json_t *control_view_new_data(const struct control_view *view);
void control_view_free(struct control_view *view);
/* control_view_delta - data of rows with their "key" becomes what is new in it: "rows" only
 * those that changed, "keys" the order where that did, "delta" true. The first picture stays
 * whole. */
void control_view_delta(struct control_view *view, json_t *data);

void control_view_push_queues(struct control_view *view);
void control_view_push_list(struct control_view *view);

/* ---- a method's answer as a live list ------------------------------------------ */
struct control_view_sort {
	const char *word;              /* of the request; NULL ends them */
	const char *field;             /* of a row; numbers and times the greatest first */
	bool is_ascending;             /* texts from A */
};

struct control_view_list {
	const char *method;            /* its answer has "items" */
	const char *key[4];            /* fields that make a row's key, joined by a blank */
	const struct control_view_sort *sort; /* NULL: as the method has them */
	bool is_windowed;              /* takes offset, limit, reverse and match itself, and has
	                                * "total" */
	const char *const *details;    /* fields that only the selected row has; NULL: none */
};

extern const struct control_view_list control_view_throttles, control_view_deferrals,
	control_view_credentials, control_view_domains, control_view_suppressions,
	control_view_pools;

/* control_view_list_check - sort and params of a request. -1: error. */
int control_view_list_check(const struct control_view_list *list, const struct control_call *call,
                            struct api_error *error);

#endif
