/* control_pool.h - what control_pool.c and control_pool_act.c share. Thread: main. */
#ifndef CONTROL_CONTROL_POOL_H
#define CONTROL_CONTROL_POOL_H

#include "control/control_ask.h"

#define CONTROL_ADDRESS_SIZE 46 /* INET6_ADDRSTRLEN */

/* control_pool_address - the request's address in the spelling that is used everywhere.
 * false: it is none, the call has failed. */
bool control_pool_address(struct control_call *call, char out[CONTROL_ADDRESS_SIZE]);
/* control_pool_answer_progress - with the address's warm-up as it is now. */
void control_pool_answer_progress(struct control_call *call, const char *address);
/* control_pool_answer_switch - with what the request's address is now, off or on, and who
 * steps in for it. */
void control_pool_answer_switch(struct control_call *call);
/* control_pool_ask_sources - the scheduler about that address, or all (NULL); fn begins with
 * control_pool_take: the call, or NULL when nobody waits any more. */
void control_pool_ask_sources(struct control_call *call, const char *address, mailbox_fn fn);
struct control_call *control_pool_take(struct mailbox_item *item);
/* of its answer: what was switched or paused, and the address's providers. New references. */
json_t *control_pool_off_json(const struct schedule_off_row *off);
json_t *control_pool_warmups_json(const struct schedule_ask *ask, const char *address);
/* control_pool_fail_address - no pool has it. Ends the call. */
void control_pool_fail_address(struct control_call *call);

#endif
