/* tui_event.c - one event in words: the log, the overview and the right pane
 * say it alike. Local parts are masked unless asked for. Pure. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/api_names.h"
#include "base/utf8.h"
#include "tui_view.h"

#define MASK "•••"

const char *
tui_event_label(const struct tui_event *event)
{
	const struct api_event_kind *kind = api_event_kind_find(span_of(event->event));

	return kind ? kind->label : "?";
}

enum tui_style
tui_event_style(const struct tui_event *event)
{
	const struct api_event_kind *kind = api_event_kind_find(span_of(event->event));

	return kind && kind->is_bad ? TUI_BAD : TUI_PLAIN;
}

void
tui_event_recipient(const struct tui_event *event, bool is_revealed, struct buf *out)
{
	struct span whole = span_of(event->recipient);
	const char *at = strrchr(event->recipient, '@');
	uint32_t rune;
	size_t first = utf8_next(whole, &rune);

	if (!whole.n)
		(void)buf_append_text(out, "-");
	else if (is_revealed || !at)
		(void)buf_append_span(out, whole);
	else
		(void)buf_printf(out, "%.*s" MASK "%s", at > whole.p ? (int)first : 0, whole.p, at);
}

void
tui_event_words(const struct tui_event *event, struct buf *out)
{
	bool is_accepted = strcmp(event->event, "accepted") == 0;

	if (event->reply[0]) {
		(void)buf_append_text(out, event->reply);
	} else if (is_accepted && event->message[0]) {
		(void)buf_printf(out, "queued %s%s%s%s%s", event->message,
				 event->detail[0] ? " " : "", event->detail,
				 event->tls[0] ? " " : "", event->tls);
	} else {
		if (event->code)
			(void)buf_printf(out, "%" PRId64 " ", event->code);
		if (event->remote_address[0])
			(void)buf_printf(out, "from %s: ", event->remote_address);
		(void)buf_append_text(out, event->detail[0] ? event->detail : event->event);
	}
}

void
tui_event_took(const struct tui_event *event, char out[TUI_TOOK_SIZE])
{
	int64_t ms = event->duration_ms;

	if (ms < 0)
		snprintf(out, TUI_TOOK_SIZE, "-");
	else if (ms < 100)
		snprintf(out, TUI_TOOK_SIZE, "%dms", (int)ms);
	else if (ms < 9950)
		snprintf(out, TUI_TOOK_SIZE, "%.1fs", (double)ms / 1000);
	else if (ms < 600000)
		snprintf(out, TUI_TOOK_SIZE, "%ds", (int)(ms / 1000));
	else
		snprintf(out, TUI_TOOK_SIZE, "%" PRId64 "m", ms / 60000);
}
