/* provider_save.h - keep accepted messages as they came: DIR/NNNNNNNN.eml with
 * the bytes after dot-unstuffing, DIR/NNNNNNNN.json with the envelope and the
 * facts of the session. The .json appears last and whole, so a test that sees
 * it may read both. One thread; blocks on the disk, which a test tool may. */
#ifndef PROVIDERS_PROVIDER_SAVE_H
#define PROVIDERS_PROVIDER_SAVE_H

#include <jansson.h>
#include "base/err.h"
#include "base/span.h"

struct provider_save;

/* provider_save_begin - dir is borrowed until the end. Returns owned, or NULL. */
struct provider_save *provider_save_begin(const char *dir, struct err *err);
int provider_save_write(struct provider_save *save, struct span bytes, struct err *err);
/* provider_save_commit - takes both; the message is complete. */
int provider_save_commit(struct provider_save **save, json_t *envelope, struct err *err);
void provider_save_abort(struct provider_save **save); /* NULL accepted */

#endif
