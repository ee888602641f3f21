/* schedule_source_private.h - source addresses, as the scheduler has them: what operators
 * switched off about them, and what each may send to a provider while it warms up. Part of
 * schedule_types.h. Thread: scheduler. */
#ifndef SCHEDULE_SCHEDULE_SOURCE_PRIVATE_H
#define SCHEDULE_SCHEDULE_SOURCE_PRIVATE_H

#include "base/heap.h"
#include "base/list.h"
#include "pace/pace_warmup.h"
#include "schedule/schedule.h"

struct schedule_site;
struct schedule_slot;

enum schedule_off_kind { /* names: schedule_off.c */
	SCHEDULE_OFF_ALL,         /* the address sends nothing */
	SCHEDULE_OFF_WARMUP,      /* nothing to providers where it is not warm */
	SCHEDULE_OFF_COUNT
};

struct schedule_off { /* something an operator switched off about a source address */
	struct heap_node due;      /* until, mono ms */
	struct schedule_source *source;
	int64_t since_unix_ms, until_unix_ms; /* until 0: until somebody ends it */
	bool is_set;
	char *reason, *by;
};

/* struct schedule_source - a source address, once configured or in the store; kept to the
 * end. */
struct schedule_source {
	bool is_configured;        /* in a pool, now */
	bool is_missing;           /* the host has no such address */
	bool is_told_missing;      /* what was said of it last */
	bool warms_up;             /* a pool wants its new addresses warmed up */
	struct schedule_off off[SCHEDULE_OFF_COUNT];
	char address[];
};

/* struct schedule_warmup - what a source address may send to a provider (or to all sites
 * without one: "others"); made with the first site, kept to the end. */
struct schedule_warmup {
	struct pace_warmup state;
	struct schedule_source *source;
	struct list waiting;       /* in_warmup: sites that got nothing while it was closed */
	struct heap_node due;      /* it opens, or has more for them; mono ms */
	struct list in_unsaved;
	int64_t saved_mono_ms;     /* 0: never, or what changed since must not wait */
	bool is_by_hand;           /* under warm-up whatever its pools say */
	char provider[];
};

/* ---- schedule_off.c ----------------------------------------------------------------- */
bool schedule_off_is_set(const struct schedule_source *source, enum schedule_off_kind kind);
void schedule_off_load(struct schedule *s, const struct store_source_stop *row);
void schedule_off_due(struct schedule *s, struct schedule_off *off);
/* schedule_off_act - SWITCH_OFF, SWITCH_ON, PAUSE_WARMUP, RESUME_WARMUP. true: answer now. */
bool schedule_off_act(struct schedule *s, struct schedule_ask *ask);
void schedule_off_deinit(struct schedule *s, struct schedule_source *source);

/* ---- schedule_warmup.c --------------------------------------------------------------- */
#define SCHEDULE_ANY_PROVIDER "*"  /* where new pairs of an address begin: by hand */
struct pace_warmup_plan schedule_warmup_plan(const struct schedule *s);
/* schedule_warmup_get - of that pair; made, if need be. */
struct schedule_warmup *schedule_warmup_get(struct schedule *s, const char *address,
                                            const char *provider);
struct schedule_warmup *schedule_warmup_find(const struct schedule *s, const char *address,
                                             const char *provider); /* or NULL */
void schedule_warmup_load(struct schedule *s, const struct store_warmup *row);
/* schedule_warmup_frozen_text - why its day comes again, or NULL. */
const char *schedule_warmup_frozen_text(const struct schedule_warmup *warmup,
                                        struct arena *arena);
/* schedule_warmup_configure - other pools, or a pause that begins or ends: all anew. */
void schedule_warmup_configure(struct schedule *s);
/* schedule_warmup_is_closed - may nothing go from the site's address to its provider now?
 * Then the site waits in line until that changes, and its lanes are assigned anew. */
bool schedule_warmup_is_closed(struct schedule *s, struct schedule_site *site);
/* schedule_warmup_blocks - the same, for whoever only wants to know: as it was last looked
 * at. *until_out: mono ms, when it opens; 0: nobody can tell. */
bool schedule_warmup_blocks(const struct schedule *s, const struct schedule_site *site,
                            int64_t *until_out);
/* schedule_warmup_lets - may the site start something now? If not, its lanes have gone
 * other ways as far as there are any. */
bool schedule_warmup_lets(struct schedule *s, struct schedule_site *site);
/* schedule_warmup_room - recipients it may start now. */
uint32_t schedule_warmup_room(struct schedule *s, struct schedule_site *site);
void schedule_warmup_take(struct schedule *s, struct schedule_slot *slot, size_t recipients);
/* schedule_warmup_refund - so many of the slot's job were never tried. */
void schedule_warmup_refund(struct schedule *s, const struct schedule_slot *slot,
                            size_t recipients);
/* schedule_warmup_hear - what became of the slot's job. */
void schedule_warmup_hear(struct schedule *s, const struct schedule_slot *slot,
                          const struct deliver_job *job);
void schedule_warmup_heard_complaint(struct schedule *s, struct schedule_warmup *warmup);
void schedule_warmup_due(struct schedule *s, struct schedule_warmup *warmup);
/* schedule_warmup_row - as the store has it; borrows. */
struct store_warmup schedule_warmup_row(const struct schedule_warmup *warmup);
void schedule_warmup_flush(struct schedule *s); /* what changed, to the store */
int64_t schedule_warmup_save_due(const struct schedule *s); /* mono ms; INT64_MAX: none */
/* schedule_warmup_tick - the day it is now. */
void schedule_warmup_tick(struct schedule *s, struct schedule_warmup *warmup);
void schedule_warmup_changed(struct schedule *s, struct schedule_warmup *warmup); /* save it */
/* schedule_warmup_open - it may send again, or more: whoever waits for it. */
void schedule_warmup_open(struct schedule *s, struct schedule_warmup *warmup);
void schedule_warmup_free_all(struct schedule *s);

/* ---- schedule_warmup_act.c ----------------------------------------------------------- */
void schedule_warmup_list(struct schedule *s, struct schedule_ask *ask); /* LIST_SOURCES */
/* schedule_warmup_set, schedule_warmup_complain - true: answer now. */
bool schedule_warmup_set(struct schedule *s, struct schedule_ask *ask);
bool schedule_warmup_complain(struct schedule *s, struct schedule_ask *ask);

#endif
