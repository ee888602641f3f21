/* store_spool.h - large texts in files: written in chunks with a window back to
 * the session, synced before the commit that names them, read in chunks.
 *
 * Two spool threads do the disk work. A file is spool/<id>; until its message
 * is committed it may be an orphan, and orphans are swept at start. */
#ifndef STORE_STORE_SPOOL_H
#define STORE_STORE_SPOOL_H

#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/err.h"
#include "loop/mailbox.h"
#include "store/store.h"

#define STORE_SPOOL_CHUNK_BYTES (64 * 1024)
#define STORE_SPOOL_WINDOW 4 /* chunks a session may have under way */

struct store_spool_op {
	struct mailbox_item item;
	struct mailbox_return back;
	void *context;
	uint64_t spool_id;
	char *bytes;                   /* write: taken; read: result, the asker's (mem_free) */
	size_t n;                      /* write: how many; read: how many wanted, then got */
	uint64_t offset;               /* read */
	bool is_last;                  /* write: also sync file and folder, and close */
	int result;
	struct err err;                /* LIMIT when the disk is short */
};

/* Operations of one spool_id are done in the order sent. Thread: any. */
void store_spool_write(struct store *store, struct store_spool_op **op);
void store_spool_read(struct store *store, struct store_spool_op **op);
/* store_spool_discard - the session gave up: remove the file. */
void store_spool_discard(struct store *store, uint64_t spool_id);

#endif
