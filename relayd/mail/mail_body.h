/* mail_body.h - a message's content, immutable once made, shared by reference.
 *
 * What goes out is head followed by text: head is what we made or edited
 * (DKIM-Signature, Received, added and remaining header fields up to and with
 * the empty line), text is the body byte for byte. A large text lives in a
 * spool file named by spool_id and is read in chunks by the spool threads. */
#ifndef MAIL_MAIL_BODY_H
#define MAIL_MAIL_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/ref.h"

#define MAIL_BODY_INLINE_MAX (128 * 1024) /* text over this goes to spool/ */

struct mail_body {
	struct ref ref;
	char *head;
	size_t head_bytes;
	char *text;             /* NULL while in a spool file */
	uint64_t text_bytes;
	uint64_t spool_id;      /* 0: text is in memory; else spool/<id> */
	bool head_8bit;         /* raw UTF-8 in the header: needs SMTPUTF8 */
	bool text_8bit;         /* needs 8BITMIME */
};

/* mail_body_new - takes head and text (mem_alloc'd). Returns owned, one reference. */
struct mail_body *mail_body_new(char *head, size_t head_bytes, char *text, uint64_t text_bytes,
                                uint64_t spool_id);
struct mail_body *mail_body_ref(struct mail_body *body); /* Returns owned. Thread: any */
void mail_body_unref(struct mail_body **body);
uint64_t mail_body_bytes(const struct mail_body *body);        /* on the wire, unstuffed */
size_t mail_body_memory_bytes(const struct mail_body *body);   /* what it costs in RAM */

#endif
