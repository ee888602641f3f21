/* tui_domain.h - a sending domain as its row says it, and what the last check of its records
 * found (domain.report): what screen 8 is drawn from. Pure. Thread: the app's. */
#ifndef TUI_DOMAIN_H
#define TUI_DOMAIN_H

#include "tui_model.h"

#define TUI_DOMAIN_COPY_SIZE 4096

struct tui_domain_row { /* texts are borrowed of the row, "" missing */
	const char *name, *state, *sentence;  /* state "": not checked yet */
	const char *dkim, *spf, *dmarc, *return_path, *policy;
	const char *selector;      /* of the key that signs; "" none does */
	const json_t *keys;
	size_t problems;
	int64_t checked_unix_ms, failing_unix_ms; /* 0: not yet; it is not */
	int64_t sent_failing, generation;
	bool holds_failing;
};

struct tui_domain_row tui_domain_read(const json_t *row);
bool tui_domain_is_ok(const char *state);

struct tui_finding { /* one record that is not as it should be; texts as above */
	const char *name, *type, *state, *sentence, *effect, *todo, *expected, *found;
	const json_t *answers;
	bool is_optional;
};

/* tui_domain_finding - the i-th of a report, those that matter first; false: no more. */
bool tui_domain_finding(const json_t *report, size_t i, struct tui_finding *out);
size_t tui_domain_findings(const json_t *report);
/* tui_domain_shown - which of them the screen shows, by [ and ]; 0 when there is none. */
size_t tui_domain_shown(const struct tui_model *model);
/* tui_domain_put_record - as a line of a zone file: what a long TXT needs is there. False: it
 * does not fit, and is left out. */
bool tui_domain_put_record(const char *name, const char *type, const char *value, struct buf *out);
/* tui_domain_copy - the record to publish, or the domain's name: for y. Borrowed. */
const char *tui_domain_copy(const struct tui_model *model);

/* ---- drawn (tui_domain_draw.c) --------------------------------------------------------- */
void tui_domain_pane(const struct tui_model *model, const json_t *row, struct tui_area area);
void tui_domain_below(const struct tui_model *model, const json_t *row, struct tui_area area);

#endif
