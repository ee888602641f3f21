/* config_text.h - relayd.conf as text, made fit for libConfuse, which miscounts lines after
 * comments and takes the end of the file for a missing '}'. Thread: main. */
#ifndef RELAYD_CONFIG_TEXT_H
#define RELAYD_CONFIG_TEXT_H

#include "base/buf.h"
#include "base/err.h"

/* config_text_read - the file, at most 1 MiB and without NUL, its comments blanked.
 * Returns owned, or NULL. */
char *config_text_read(const char *file, struct err *err);
/* config_text_blank_comments - spaces for #..., //... and C comments outside quotes;
 * newlines stay. */
void config_text_blank_comments(char *p);
/* config_text_open_brace - the line of the outermost '{' that is never closed; 0: none. */
unsigned config_text_open_brace(const char *p);
/* config_text_changes - "- LINE; + LINE": lines of was that is does not have, and the other
 * way round. Of more than max bytes: "...". */
void config_text_changes(const char *was, const char *is, size_t max, struct buf *out);

#endif
