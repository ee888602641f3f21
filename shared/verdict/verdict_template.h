/* verdict_template.h - replies that differ only in numbers, addresses, hosts, ids and
 * dates, folded into one text, so that ten thousand of them are one line for a person.
 * Pure. Thread: any. */
#ifndef VERDICT_VERDICT_TEMPLATE_H
#define VERDICT_VERDICT_TEMPLATE_H

#include <stdint.h>
#include "base/span.h"

#define VERDICT_TEMPLATE_SIZE 401

/* verdict_template - "550 5.1.1 <a@x.example>: user 17 unknown" becomes
 * "550 5.1.1 <ADDRESS>: user N unknown". The code and status that lead are kept, every
 * other word with a number in it becomes N, IP, ID, DATE or TIME, a host name HOST, a
 * link URL. Control bytes, invalid UTF-8 and runs of space become one space. At most 400
 * bytes, cut at a character. O(n). Returns the length. */
size_t verdict_template(struct span reply, char out[VERDICT_TEMPLATE_SIZE]);
/* verdict_template_id - what operators name a group by: 48 bits of a hash of the
 * template, the same on every machine and in every version that folds alike. */
uint64_t verdict_template_id(const char *template);

#endif
