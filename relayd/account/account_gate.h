/* account_gate.h - who guesses passwords is slowed down and then shut out.
 *
 * Failures count per (address, user) pair, and per address alone only while no
 * login from that address succeeded lately: one stale password behind a NAT
 * must not silence the other applications there. Unknown and known users are
 * treated alike. Bounded memory: the oldest entries go first.
 *
 * Shared by the workers: each keeps its own copy of the small table and tells
 * the others of failures and successes through their mailboxes, so that the
 * limit holds whichever worker answers (a guess or two late at most). */
#ifndef ACCOUNT_ACCOUNT_GATE_H
#define ACCOUNT_ACCOUNT_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/span.h"
#include "loop/mailbox.h"

struct account_gate; /* one per worker */

#define ACCOUNT_GATE_ENTRIES_MAX 65536

struct account_gate *account_gate_new(uint32_t failures_max, int64_t lockout_ms);
/* account_gate_reconfigure - what is counted stays; judged by the new limits from now on. */
void account_gate_reconfigure(struct account_gate *gate, uint32_t failures_max,
			      int64_t lockout_ms);
void account_gate_free(struct account_gate **gate);
/* account_gate_delay - before checking: ms to wait with the answer (grows with
 * the failures: 0, 1 s, 2 s, 4 s ...), or -1: shut out, refuse without checking. */
int64_t account_gate_delay(struct account_gate *gate, struct span address, struct span user,
			   int64_t now_mono_ms);
void account_gate_failed(struct account_gate *gate, struct span address, struct span user,
			 int64_t now_mono_ms);
void account_gate_succeeded(struct account_gate *gate, struct span address, struct span user,
			    int64_t now_mono_ms);
/* account_gate_link - peers' mailboxes (one message type, handled in this
 * module): call once all gates exist, before loops run. */
void account_gate_link(struct account_gate **gates, size_t count, struct mailbox **boxes);

#endif
