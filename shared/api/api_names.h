/* api_names.h - the words of the interface that more than one program needs:
 * statuses, event kinds with their short labels, waiting or over. (Categories
 * are in verdict/.) Const tables; pure. Thread: any. */
#ifndef API_API_NAMES_H
#define API_API_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include "base/span.h"

enum api_fate { /* what a status means to somebody who asks "did they get it?" */
	API_FATE_DONE,    /* delivered, complained */
	API_FATE_WAITING, /* queued, deferred, held, scheduled */
	API_FATE_FAILED
};

struct api_status {
	const char *name;
	enum api_fate fate;
};

struct api_event_kind {
	const char *name;  /* "delivered", "auth.failed" */
	const char *label; /* "DLVD": four columns for the live log */
	bool is_bad;       /* shown as a warning */
	bool is_relay;     /* of the relay itself, not of a recipient */
};

#define API_STATUS_WAITING "waiting" /* as a search term: all whose fate is to wait */

/* ..._at - row i, NULL at the end; ..._find - by name, NULL: none. */
const struct api_status *api_status_at(size_t i);
const struct api_status *api_status_find(struct span name);
const struct api_event_kind *api_event_kind_at(size_t i);
const struct api_event_kind *api_event_kind_find(struct span name);

#endif
