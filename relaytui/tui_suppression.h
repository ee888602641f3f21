/* tui_suppression.h - an entry of the suppression list, as its screen and its acts read
 * it from a row. Pure. Thread: the app's. */
#ifndef TUI_SUPPRESSION_H
#define TUI_SUPPRESSION_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define TUI_SUPPRESSION_REASON 80

struct tui_suppression { /* texts are borrowed of the row; "" missing */
	const char *address, *scope, *reason, *by, *detail, *message, *provider, *reply;
	int64_t code, since_unix_ms, ends_unix_ms; /* ends 0: never */
	bool has_ended;
};

struct tui_suppression tui_suppression_read(const json_t *row);
/* tui_suppression_reason - "hard bounce", "manual ana". */
void tui_suppression_reason(const struct tui_suppression *entry, char out[TUI_SUPPRESSION_REASON]);
/* tui_suppression_evidence - what is known of why, in one line. */
const char *tui_suppression_evidence(const struct tui_suppression *entry);

#endif
