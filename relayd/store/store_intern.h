/* store_intern.h - what the writer remembers of interned texts: text -> row id,
 * so that an address, credential or remote that repeats costs no look-up.
 *
 * Least recently used entries go when the cap is reached. After a rollback the
 * owner clears it: an id it remembers may never have been committed. One thread. */
#ifndef STORE_STORE_INTERN_H
#define STORE_STORE_INTERN_H

#include <stdbool.h>
#include <stdint.h>
#include "base/span.h"

struct store_intern;

struct store_intern *store_intern_new(size_t cap);
void store_intern_free(struct store_intern **intern);
/* store_intern_get - last_day_out: the day the row is marked with. */
bool store_intern_get(struct store_intern *intern, struct span key, int64_t *id_out,
                      int64_t *last_day_out);
void store_intern_put(struct store_intern *intern, struct span key, int64_t id, int64_t last_day);
void store_intern_clear(struct store_intern *intern);

#endif
