/* mem.h - allocation that never returns NULL.
 *
 * Out of memory ends the process: nothing accepted is lost by that, a half
 * answered peer retries. Hence every size a peer controls is capped before it
 * gets here. All are thread-safe. */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

void *mem_alloc(size_t bytes);                  /* uninitialised */
void *mem_zero(size_t count, size_t bytes);     /* zeroed, overflow checked */
void *mem_resize(void *p, size_t bytes);        /* like realloc */
void *mem_copy(const void *p, size_t bytes);    /* Returns owned */
char *mem_strdup(const char *text);             /* Returns owned; NULL stays NULL */
char *mem_strndup(const char *p, size_t n);     /* Returns owned, NUL-terminated */
void mem_free(void *p);                         /* accepts NULL */
void mem_free_wiped(void *p);                   /* all of its block zeroed before; NULL too */
void mem_wipe(void *p, size_t bytes);           /* zeroes secrets, not optimised away */

#endif
