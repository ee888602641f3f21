/* id.h - message and event ids: 64 bit, time-ordered, unique without agreement.
 *
 *   63        22 21     14 13    10 9        0
 *   | unix ms   | node    | lane   | sequence |
 *
 * node tells relays of one installation apart, lane the threads of one relay,
 * so that no two generators ever meet. People see 13 characters of Crockford
 * base32. A generator belongs to one thread; a clock that steps back does not
 * make it repeat itself (it keeps counting from the last value). */
#ifndef BASE_ID_H
#define BASE_ID_H

#include <stdbool.h>
#include <stdint.h>
#include "span.h"

#define ID_TEXT_SIZE 14 /* 13 characters and NUL */
#define ID_LANES 16

struct id_gen {
	uint64_t last;
	uint32_t node; /* 0..255 */
	uint32_t lane; /* 0..15 */
};

/* id_gen_init - not_before: no id at or below it is produced (the largest id
 * the store knows, so that a clock set back over a restart cannot repeat). */
void id_gen_init(struct id_gen *gen, uint32_t node, uint32_t lane, uint64_t not_before);
uint64_t id_gen_next(struct id_gen *gen, int64_t now_unix_ms);
int64_t id_unix_ms(uint64_t id);
/* id_lowest_at - the smallest id that can carry this time: for searches. */
uint64_t id_lowest_at(int64_t unix_ms);
void id_format(uint64_t id, char out[ID_TEXT_SIZE]);
/* id_parse - 13 characters, any case, I L O read as 1 1 0; else false. */
bool id_parse(struct span text, uint64_t *id_out);

#endif
