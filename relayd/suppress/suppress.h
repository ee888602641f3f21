/* suppress.h - the owner of the suppression set: loads it, changes it, and hands each
 * new version to whoever looks addresses up.
 *
 *   store (transaction of a bounce) --outcome--> scheduler --suppress_note--> main
 *   control (operator) --store_write--> main --suppress_put, _drop--> main
 *   main: overlay of the set -> changed(set) -> every loop
 *                  '--(large)--> a thread of its own merges --> main
 *
 * The database is written by those who know why; here is only the picture in
 * memory. It lives on the main loop. */
#ifndef SUPPRESS_SUPPRESS_H
#define SUPPRESS_SUPPRESS_H

#include <stdint.h>
#include "base/err.h"
#include "loop/loop.h"
#include "store/store.h"
#include "suppress/suppress_blocked.h"
#include "suppress/suppress_set.h"

struct suppress;

/* changed - a new set, borrowed: take a reference to keep it. On the main loop. */
typedef void (*suppress_changed_fn)(struct suppress_set *set, void *arg);

struct suppress_options {
	struct loop *loop; /* the main loop */
	struct store *store;
	suppress_changed_fn changed;
	void *arg;
};

/* suppress_new - with what the store has: before store_start. Returns owned or NULL. */
struct suppress *suppress_new(const struct suppress_options *options, struct err *err);
void suppress_free(struct suppress **suppress); /* after the other threads stopped */
struct suppress_set *suppress_set_of(struct suppress *suppress); /* borrowed; main loop */

/* suppress_note - the store has it. Thread: any. address is a key. */
void suppress_note(struct suppress *suppress, const char *address, enum mail_suppression reason,
                   int64_t since_unix_ms, int64_t until_unix_ms);
/* suppress_put, suppress_drop - rows the store has put or deleted; suppress_publish:
 * hand them on now, before an operator is told that it is done. Main loop. */
void suppress_put(struct suppress *suppress, const struct store_suppression *row);
void suppress_drop(struct suppress *suppress, const struct store_suppression *row);
void suppress_publish(struct suppress *suppress);

struct suppress_changes { /* since start: who keeps a picture of the list sees it changed */
	uint64_t put, dropped;
};
struct suppress_changes suppress_changes(const struct suppress *suppress);

/* ---- what the list stopped today ------------------------------------------------------ */

/* suppress_note_blocked - a recipient of this credential's mail was not sent to. Thread: any. */
void suppress_note_blocked(struct suppress *suppress, const char *credential);
/* suppress_blocked_of - as of now; borrowed until the loop's next turn. Main loop. */
const struct suppress_blocked *suppress_blocked_of(struct suppress *suppress);

#endif
