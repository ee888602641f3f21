/* tui_timeline.c - see tui_timeline.h. */
#include "tui_timeline.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/api_format.h"
#include "api/api_json.h"
#include "api/api_names.h"
#include "base/units.h"
#include "tui_model.h"

#define KIND_COLUMN 13 /* behind "13:58:21.004" or "22 Nov 13:58" */
#define TEXT_COLUMN 24 /* behind "attempt 12" */
#define TOOK_WIDTH 7   /* "+23h59m" */
#define REPLY_ROWS 8
#define TEXT_BYTES ((size_t)4 << 10)

struct story { /* one that is being told */
	const struct tui_model *model;
	struct tui_area area;
	int row;                /* the next */
	int64_t accepted_unix_ms;
};

/* ---- words ------------------------------------------------------------------------ */

enum tui_style
tui_timeline_status_style(const char *status)
{
	static const enum tui_style styles[] = {
		[API_FATE_DONE] = TUI_GOOD, [API_FATE_WAITING] = TUI_WARN,
		[API_FATE_FAILED] = TUI_BAD,
	};
	const struct api_status *known = api_status_find(span_of(status));

	return known ? styles[known->fate] : TUI_PLAIN;
}

const char *
tui_timeline_reply(const json_t *recipient)
{
	const json_t *events = json_object_get(recipient, "events");

	for (size_t i = json_array_size(events); i > 0; i--) {
		const json_t *event = json_array_get(events, i - 1);

		if (strcmp(tui_text_of(event, "event"), "accepted") == 0)
			continue;
		return tui_text_of(event, "reply")[0] ? tui_text_of(event, "reply")
		                                      : tui_text_of(event, "detail");
	}
	return "";
}

/* add - a word behind the others. */
static void
add(struct buf *out, const char *lead, const char *word)
{
	if (word[0])
		(void)buf_printf(out, "%s%s%s", out->len ? " " : "", lead, word);
}

/* add_first - of its words the first alone: TLSv1.3, not its cipher. */
static void
add_first(struct buf *out, const char *words)
{
	char first[16];

	snprintf(first, sizeof first, "%.*s", (int)strcspn(words, " "), words);
	add(out, "", first);
}

/* say_peer - who it came from, or went to; or why it did not. */
static void
say_peer(const json_t *event, bool is_accepted, struct buf *out)
{
	const char *host = tui_text_of(event, "remote_host");
	const char *address = tui_text_of(event, "remote_address");

	if (is_accepted) {
		add(out, "from ", address);
		add(out, "", host[0] == '[' ? "" : host); /* its address once more */
		add_first(out, tui_text_of(event, "tls"));
		add(out, "AUTH ", tui_text_of(event, "credential"));
		return;
	}
	add(out, "", host);
	add(out, "", address);
	add_first(out, tui_text_of(event, "tls"));
	if (out->len == 0)
		add(out, "", tui_text_of(event, "detail"));
}

/* ---- lines ------------------------------------------------------------------------ */

static void
put_time(struct story *story, int64_t at_unix_ms)
{
	int64_t now_unix_ms = story->model->now_unix_ms;
	char text[API_FORMAT_SIZE];

	if (api_format_is_same_day(at_unix_ms, now_unix_ms, false))
		api_format_clock(at_unix_ms, at_unix_ms <= now_unix_ms, false, text);
	else
		api_format_time(at_unix_ms, now_unix_ms, false, text);
	(void)tui_area_text(story->area, story->row, 0, KIND_COLUMN - 1, TUI_PLAIN, span_of(text));
}

static void
put_line(struct story *story, int64_t at_unix_ms, const char *kind, enum tui_style style,
         struct span text, bool has_took)
{
	char took[UNITS_TEXT_SIZE], since[UNITS_TEXT_SIZE + 1];
	int64_t ms = at_unix_ms - story->accepted_unix_ms;
	int room = story->area.width - TEXT_COLUMN - (has_took ? TOOK_WIDTH + 1 : 0);

	put_time(story, at_unix_ms);
	(void)tui_area_text(story->area, story->row, KIND_COLUMN, TEXT_COLUMN - KIND_COLUMN - 1,
	                    style, span_of(kind));
	(void)tui_area_text(story->area, story->row, TEXT_COLUMN, room, TUI_PLAIN, text);
	if (has_took && story->accepted_unix_ms && ms >= 0) {
		units_format_duration(ms, took);
		snprintf(since, sizeof since, "+%s", ms ? took : "0");
		tui_area_right(story->area, story->row, story->area.width - TOOK_WIDTH, TOOK_WIDTH,
		               TUI_DIM, span_of(since));
	}
	story->row++;
}

/* put_below - wrapped, under the kinds. */
static void
put_below(struct story *story, enum tui_style style, const char *text)
{
	struct tui_area indented = tui_area_sub(story->area, 0, KIND_COLUMN, story->area.height,
	                                        story->area.width - KIND_COLUMN);

	story->row += tui_area_wrap(indented, story->row, REPLY_ROWS, style, span_of(text));
}

static void
put_event(struct story *story, const json_t *event)
{
	const char *kind = tui_text_of(event, "event"), *reply = tui_text_of(event, "reply");
	const char *detail = tui_text_of(event, "detail");
	const struct api_event_kind *known = api_event_kind_find(span_of(kind));
	int64_t attempt = api_json_get_int(event, "attempt", 0);
	bool is_accepted = strcmp(kind, "accepted") == 0;
	char word[32];
	struct buf peer;

	buf_init(&peer, TEXT_BYTES);
	say_peer(event, is_accepted, &peer);
	if (strcmp(kind, "deferred") == 0 && attempt > 0)
		snprintf(word, sizeof word, "attempt %" PRId64, attempt);
	else
		snprintf(word, sizeof word, "%s", kind);
	put_line(story, api_json_get_time(event, "at"), word,
	         known && known->is_bad ? TUI_BAD : TUI_TITLE, buf_span(&peer), true);
	if (reply[0] && !span_is(buf_span(&peer), reply))
		put_below(story, TUI_PLAIN, reply);
	else if (!is_accepted && detail[0] && !span_is(buf_span(&peer), detail))
		put_below(story, TUI_PLAIN, detail);
	buf_deinit(&peer);
}

/* put_next - when it is tried again, and what then, if it never succeeds. */
static void
put_next(struct story *story, const json_t *recipient, const json_t *wait)
{
	const struct api_status *status = api_status_find(span_of(tui_text_of(recipient,
	                                                                       "status")));
	int64_t next = api_json_get_time(recipient, "next_attempt_at");
	int64_t expected = api_json_get_time(wait, "projected_at");
	int64_t end = api_json_get_time(recipient, "expires_at");
	const char *cause = tui_text_of(wait, "cause"), *sender = tui_text_of(recipient, "sender");
	char in[API_FORMAT_SIZE], text[TUI_KEY_MAX];

	if (!status || status->fate != API_FATE_WAITING)
		return;
	next = expected > next ? expected : next;
	if (strcmp(cause, tui_timeline_reply(recipient)) == 0)
		cause = ""; /* it stands above */
	if (next) {
		api_format_next(next, story->model->now_unix_ms, in);
		snprintf(text, sizeof text, "(%s)%s%s", in, cause[0] ? " " : "", cause);
		put_line(story, next, "next try", TUI_WARN, span_of(text), false);
	}
	if (end) {
		snprintf(text, sizeof text, "bounce to %s",
		         sender[0] ? sender : "nobody: its sender is empty");
		put_line(story, end, "expires", TUI_WARN, span_of(text), false);
	}
}

int
tui_timeline_draw(const struct tui_model *model, const json_t *recipient, const json_t *wait,
                  struct tui_area area, int row)
{
	const json_t *events = json_object_get(recipient, "events"), *event;
	const char *signature = tui_text_of(recipient, "signature");
	struct story story = { .model = model, .area = area, .row = row,
			       .accepted_unix_ms = api_json_get_time(recipient, "accepted_at") };
	size_t i;

	json_array_foreach(events, i, event) {
		put_event(&story, event);
		if (i == 0 && signature[0]) /* one step with its acceptance; people look for both */
			put_line(&story, story.accepted_unix_ms, "signed", TUI_TITLE,
			         span_of(signature), false);
	}
	put_next(&story, recipient, wait);
	return story.row;
}
