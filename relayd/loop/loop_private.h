/* loop_private.h - what the other files of this folder need from a loop. */
#ifndef LOOP_LOOP_PRIVATE_H
#define LOOP_LOOP_PRIVATE_H

#include <stddef.h>
#include "base/list.h"
#include "loop/loop.h"

/* struct loop_hook - embedded; one call-back that waits for a moment. */
struct loop_hook {
	struct list link;
	loop_fn fn;
	void *arg;
};

void loop_hook_init(struct loop_hook *hook, loop_fn fn, void *arg);
void loop_hook_clear(struct loop_hook *hook); /* not waiting: no-op */

/* loop_at_turn_end - call hook once when the handlers of this turn are done and
 * before the loop sleeps. Asked for from within a turn end it runs at the next
 * one, after a look at the sockets, so that nobody starves. */
void loop_at_turn_end(struct loop *loop, struct loop_hook *hook);

/* loop_at_free - call hook in loop_free: for what nobody owns any more and
 * would have freed itself later. */
void loop_at_free(struct loop *loop, struct loop_hook *hook);

/* loop_scratch - memory to read into; its content is anybody's after the call. */
#define LOOP_SCRATCH_BYTES (32 * 1024)
char *loop_scratch(struct loop *loop);

#endif
