/* store_fault.h - named places where a test may end the process.
 *
 * The crash tests set the hook before any thread starts; in the daemon it stays
 * NULL and a fault point is one predictable branch. The names, in the order a
 * message meets them, are what tests/crash/ iterates over. */
#ifndef STORE_STORE_FAULT_H
#define STORE_STORE_FAULT_H

#include <stddef.h>

#define STORE_FAULT_POINTS(X)                                                        \
	X(spool_written) X(spool_synced) X(batch_begun) X(accept_written)            \
	X(record_written) X(before_commit) X(after_commit) X(before_answer)          \
	X(day_created) X(move_copied) X(move_committed) X(move_deleted)              \
	X(before_checkpoint) X(after_checkpoint) X(before_unlink)

extern void (*store_fault_hook)(const char *name);

#define STORE_FAULT(name)                              \
	do {                                           \
		if (store_fault_hook != NULL)          \
			store_fault_hook(#name);       \
	} while (0)

#endif
