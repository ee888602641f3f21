/* must.c - the end of a process whose own invariant broke.
 *
 * Writes with one write(2): the heap, the log thread and its lock may be what
 * is broken. Runs on any thread. */
#include "must.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

_Noreturn void
must_fail(const char *cond, const char *file, int line, const char *func)
{
	char text[512];
	int n = snprintf(text, sizeof text, "<2>bug: %s:%d %s: must(%s) failed\n",
	                 file, line, func, cond);

	if (n >= (int)sizeof text)
		n = sizeof text - 1;
	if (n > 0 && write(STDERR_FILENO, text, (size_t)n) < 0)
		abort();
	abort();
}
