/* source_host.h - is a source address one of this host's? */
#ifndef SOURCE_SOURCE_HOST_H
#define SOURCE_SOURCE_HOST_H

#include <stdbool.h>

/* source_host_has - numeric. Asks the kernel, which answers at once; true when it cannot
 * tell, and always where ip_nonlocal_bind is set. Thread: any. */
bool source_host_has(const char *address);

#endif
