/* tui_view_message.c - a message: did it get there, in a sentence; then the evidence
 * for the recipient that is chosen. On a wide terminal, beside it: all recipients, how it
 * is signed, how it travelled. What changes it is in tui_message_act.c. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/api_format.h"
#include "api/api_json.h"
#include "api/api_text.h"
#include "base/units.h"
#include "tui_explain.h"
#include "tui_message_act.h"
#include "tui_table.h"
#include "tui_timeline.h"
#include "tui_view.h"

#define ASKED "Delivered?"
#define ASKED_WIDTH 12
#define ANSWER_ROWS 4
#define TEXT_BYTES ((size_t)8 << 10)
#define PANE_RECIPIENTS 8  /* at least so many rows for them */
#define PANE_REST 14       /* rows below them */

struct layout {
	struct tui_area main, pane; /* pane: height 0, none */
};

static struct layout
lay(struct tui_area body)
{
	struct layout l = { .main = body };
	int col = TUI_PANE_COLUMN(body.width);

	if (body.width >= TUI_WIDE) {
		l.pane = tui_area_sub(body, 0, col, body.height, body.width - col);
		l.main = tui_area_sub(body, 0, 0, body.height, col - 1);
	}
	return l;
}

static const json_t *
shown_recipient(const struct tui_model *model)
{
	return tui_message_recipient(model, tui_message_selected(model));
}

/* ---- the answer --------------------------------------------------------------------- */

/* say_answer - "Not yet. It waits." as "NOT YET — It waits.". */
static void
say_answer(const json_t *answer, struct buf *out)
{
	struct span sentence = span_of(tui_text_of(answer, "sentence"));
	const char *end = memchr(sentence.p, '.', sentence.n);
	size_t head = end ? (size_t)(end - sentence.p) : sentence.n;

	for (size_t i = 0; i < head; i++) {
		char c = sentence.p[i];

		c = c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
		(void)buf_append(out, &c, 1);
	}
	if (end && head + 1 < sentence.n)
		(void)buf_printf(out, " — %s", end + 2);
	if (tui_text_of(answer, "note")[0])
		(void)buf_printf(out, " %s", tui_text_of(answer, "note"));
}

static int
draw_answer(const struct tui_model *model, struct tui_area area)
{
	const json_t *recipient = shown_recipient(model);
	const json_t *answer = json_object_get(recipient, "answer");
	struct tui_area beside = tui_area_sub(area, 0, ASKED_WIDTH, area.height,
	                                      area.width - ASKED_WIDTH);
	struct buf text;
	int rows;

	(void)tui_area_text(area, 0, 0, ASKED_WIDTH, TUI_TITLE, span_of(ASKED));
	if (!recipient) {
		const struct tui_message *message = &model->message;

		return tui_area_wrap(beside, 0, ANSWER_ROWS,
		                     message->error[0] ? TUI_BAD : TUI_DIM,
		                     span_of(message->error[0] ? message->error : "..."));
	}
	buf_init(&text, TEXT_BYTES);
	say_answer(answer, &text);
	rows = tui_area_wrap(beside, 0, ANSWER_ROWS,
	                     tui_timeline_status_style(tui_text_of(answer, "status")),
	                     buf_span(&text));
	buf_deinit(&text);
	return rows;
}

/* ---- the envelope ------------------------------------------------------------------- */

static void
say_recipients(const struct tui_model *model, const json_t *recipient, struct buf *out)
{
	int64_t total = api_json_get_int(json_object_get(model->message.answer, "message"),
	                                 "recipients_total", 1);

	(void)buf_printf(out, "  to %s", tui_text_of(recipient, "recipient"));
	if (total > 1)
		(void)buf_printf(out, " (%zu of %" PRId64 " rcpts)",
		                 tui_message_selected(model) + 1, total);
}

/* source_of - the address of ours it was tried from last. */
static const char *
source_of(const json_t *recipient)
{
	const json_t *events = json_object_get(recipient, "events");

	for (size_t i = json_array_size(events); i > 0; i--) {
		const char *source = tui_text_of(json_array_get(events, i - 1), "source_address");

		if (source[0])
			return source;
	}
	return "";
}

static void
add_fact(struct buf *out, const char *name, const char *value)
{
	if (value[0])
		(void)buf_printf(out, "%s%s%s%s", out->len ? "  " : "", name, name[0] ? " " : "",
		                 value);
}

static void
say_facts(const struct tui_model *model, const json_t *recipient, struct buf *out)
{
	const char *subject = tui_message_fact(model, "subject");
	int64_t bytes = api_json_get_int(json_object_get(model->message.answer, "message"),
	                                 "size_bytes", 0);
	char size[UNITS_TEXT_SIZE];

	if (subject[0])
		add_fact(out, "subject", model->is_revealed ? subject : "hidden (v show)");
	units_format_size((uint64_t)bytes, size);
	add_fact(out, "", bytes > 0 ? size : "");
	add_fact(out, "cred", tui_message_fact(model, "credential"));
	add_fact(out, "ip", source_of(recipient));
	add_fact(out, "pool", tui_text_of(tui_message_wait(model, recipient), "pool"));
}

static int
draw_envelope(const struct tui_model *model, struct tui_area area, int row)
{
	const json_t *recipient = shown_recipient(model);
	const char *sender = tui_message_fact(model, "sender");
	struct buf text;

	buf_init(&text, TEXT_BYTES);
	(void)buf_printf(&text, "id %s", model->message.id);
	if (recipient) {
		(void)buf_printf(&text, "  from %s", sender[0] ? sender : "<>");
		say_recipients(model, recipient, &text);
	}
	row += tui_area_wrap(area, row, 2, TUI_PLAIN, buf_span(&text));
	buf_clear(&text);
	if (recipient) {
		say_facts(model, recipient, &text);
		row += tui_area_wrap(area, row, 2, TUI_PLAIN, buf_span(&text));
	}
	buf_deinit(&text);
	return row;
}

static void
draw_rule(struct tui_area area, int row, const char *title)
{
	int col = tui_area_printf(area, row, 0, TUI_TITLE, "─ %s ", title);

	tui_area_repeat(area, row, col, area.width - col, TUI_DIM, 0x2500);
}

/* draw_main - Returns where the timeline begins. */
static int
draw_main(const struct tui_model *model, struct tui_area area)
{
	int row = draw_envelope(model, area, draw_answer(model, area));

	draw_rule(area, row, "TIMELINE");
	return row + 1;
}

/* ---- the right pane ------------------------------------------------------------------ */

static void
draw_recipient(const struct tui_model *model, struct tui_area area, int row,
               const json_t *recipient, bool is_selected)
{
	const char *status = tui_text_of(recipient, "status");
	int64_t tries = api_json_get_int(recipient, "attempts", 0);
	int64_t end = api_json_get_time(recipient, "finished_at");
	int half = area.width * 5 / 9;
	char at[API_FORMAT_SIZE] = "", upper[24];
	size_t n = 0;

	for (; status[n] && n + 1 < sizeof upper; n++)
		upper[n] = (char)(status[n] >= 'a' && status[n] <= 'z' ? status[n] - 32
		                                                       : status[n]);
	upper[n] = '\0';
	if (end)
		api_format_time(end, model->now_unix_ms, false, at);
	else if (tries)
		snprintf(at, sizeof at, "×%" PRId64, tries);
	if (is_selected)
		(void)tui_area_printf(area, row, 0, TUI_TITLE, "▶");
	(void)tui_area_text(area, row, 2, half - 3, is_selected ? TUI_TITLE : TUI_PLAIN,
	                    span_of(tui_text_of(recipient, "recipient")));
	(void)tui_area_printf(area, row, half, tui_timeline_status_style(status), "%s %s", upper,
	                      at);
}

static int
draw_recipients(const struct tui_model *model, struct tui_area area)
{
	size_t count = tui_message_recipients(model), at = tui_message_selected(model);
	size_t room = area.height > PANE_RECIPIENTS + PANE_REST
	                      ? (size_t)(area.height - PANE_REST) : PANE_RECIPIENTS;
	size_t top = at >= room ? at - room + 1 : 0;
	int row = 1;

	(void)tui_area_printf(area, 0, 0, TUI_TITLE, "RECIPIENTS (%zu)", count);
	for (size_t i = top; i < count && i < top + room; i++)
		draw_recipient(model, area, row++, tui_message_recipient(model, i), i == at);
	return row + 1;
}

/* draw_check - a line of the last check of its sender's domain. */
static int
draw_check(const struct tui_model *model, struct tui_area area, int row, const char *name,
           const char *key, const char *more)
{
	const char *found = tui_text_of(model->message.domain, key);

	(void)tui_area_printf(area, row, 2, TUI_PLAIN, "%-5s %s%s%s", name, more,
	                      more[0] ? " " : "", found[0] ? found : "not checked yet");
	return row + 1;
}

static int
draw_authentication(const struct tui_model *model, struct tui_area area, int row)
{
	const char *signature = tui_message_fact(model, "signature");
	const char *policy = tui_text_of(model->message.domain, "policy");
	char more[64] = "";

	(void)tui_area_printf(area, row++, 0, TUI_TITLE, "AUTHENTICATION");
	(void)tui_area_printf(area, row++, 2, signature[0] ? TUI_PLAIN : TUI_WARN, "DKIM  %s",
	                      signature[0] ? signature : "not signed");
	if (policy[0])
		snprintf(more, sizeof more, "p=%s", policy);
	row = draw_check(model, area, row, "SPF", "spf", source_of(shown_recipient(model)));
	row = draw_check(model, area, row, "DMARC", "dmarc", more);
	if (model->message.domain)
		(void)tui_area_printf(area, row++, 2, TUI_DIM,
		                      "SPF, DMARC: %s's DNS as last checked",
		                      tui_message_fact(model, "from_domain"));
	return row + 1;
}

/* draw_tls - how the last server that was reached was spoken to. */
static void
draw_tls(const struct tui_model *model, struct tui_area area, int row)
{
	const json_t *events = json_object_get(shown_recipient(model), "events");

	for (size_t i = json_array_size(events); i > 0; i--) {
		const json_t *event = json_array_get(events, i - 1);
		const char *host = tui_text_of(event, "remote_host");
		const char *tls = tui_text_of(event, "tls");

		if (!host[0] || api_json_get_int(event, "attempt", 0) == 0)
			continue;
		(void)tui_area_printf(area, row, 0, TUI_TITLE, "TLS to %s", host);
		(void)tui_area_printf(area, row + 1, 2, tls[0] ? TUI_PLAIN : TUI_WARN, "%s %s",
		                      tls[0] ? tls : "none: in the clear",
		                      tui_text_of(event, "tls_verified"));
		return;
	}
}

static void
draw_pane(const struct tui_model *model, struct tui_area pane)
{
	struct tui_area area = tui_area_sub(pane, 0, 2, pane.height, pane.width - 2);

	for (int i = 0; i < pane.height; i++)
		tui_area_repeat(pane, i, 0, 1, TUI_DIM, 0x2502);
	if (!shown_recipient(model))
		return;
	draw_tls(model, area, draw_authentication(model, area, draw_recipients(model, area)));
}

/* ---- the view -------------------------------------------------------------------------- */

static void
settle(struct tui_model *model, struct tui_area body)
{
	struct tui_area area = lay(body).main, none = area;
	const json_t *recipient = shown_recipient(model);
	int room, rows;

	none.canvas = NULL;
	room = area.height - draw_main(model, none);
	rows = tui_timeline_draw(model, recipient, tui_message_wait(model, recipient), none, 0);
	if (model->message.top > rows - room)
		model->message.top = rows - room;
	if (model->message.top < 0)
		model->message.top = 0;
	tui_message_ask(model);
}

static void
crumb(const struct tui_model *model, struct tui_area row)
{
	const struct tui_message *message = &model->message;
	const struct tui_view *from = tui_view_of(message->from);
	int col = tui_area_printf(row, 0, 0, TUI_TITLE, "%s ▸ %s", message->path, message->id);
	char place[64] = "";

	if (from && from->place)
		from->place(model, place, sizeof place);
	if (col + 2 + api_text_width(span_of(place)) <= row.width)
		tui_area_right(row, 0, 0, row.width, TUI_PLAIN, span_of(place));
}

static void
draw(const struct tui_model *model, struct tui_area body)
{
	struct layout l = lay(body);
	int row = draw_main(model, l.main);
	const json_t *recipient = shown_recipient(model);

	(void)tui_timeline_draw(model, recipient, tui_message_wait(model, recipient),
	                        tui_area_sub(l.main, row, 0, l.main.height - row, l.main.width),
	                        -model->message.top);
	if (l.pane.height)
		draw_pane(model, l.pane);
}

static void
show_sibling(struct tui_model *model, int by)
{
	const struct tui_view *from = tui_view_of(model->message.from);

	if (from && from->sibling && !from->sibling(model, by))
		tui_model_say(model, TUI_PLAIN, by < 0 ? "that is the first one of the list"
		                                       : "that is the last one of the list");
}

/* move - to the next recipient; of a single one the timeline moves. */
static void
move(struct tui_model *model, int by)
{
	if (tui_message_recipients(model) > 1)
		tui_message_select(model, by);
	else
		model->message.top += by;
}

/* show_trace - relaycli tells it, on the Output screen. */
static void
show_trace(struct tui_model *model)
{
	char words[TUI_PALETTE_SIZE];

	snprintf(words, sizeof words, "message show %s --trace", model->message.id);
	tui_palette_run(model, words);
}

static void
act(struct tui_model *model, enum tui_act what, int key)
{
	int page = model->height / 2;

	(void)key;
	if (!model->message.id[0] || tui_message_act(model, what))
		return;
	switch (what) {
	case TUI_ACT_UP:
	case TUI_ACT_DOWN:
		move(model, what == TUI_ACT_UP ? -1 : 1);
		break;
	case TUI_ACT_PAGE_UP:
	case TUI_ACT_PAGE_DOWN:
		model->message.top += what == TUI_ACT_PAGE_UP ? -page : page;
		break;
	case TUI_ACT_TOP:
		model->message.top = 0;
		break;
	case TUI_ACT_END:
		model->message.top = INT16_MAX;
		break;
	case TUI_ACT_BEFORE:
		show_sibling(model, -1);
		break;
	case TUI_ACT_AFTER:
		show_sibling(model, 1);
		break;
	case TUI_ACT_EXPLAIN:
		tui_explain_open(model, tui_timeline_reply(shown_recipient(model)));
		break;
	case TUI_ACT_TRACE:
		show_trace(model);
		break;
	default:
		break;
	}
}

static const char *
selected(const struct tui_model *model)
{
	return model->message.id;
}

static json_t *
window(const struct tui_model *model, int screen)
{
	(void)model, (void)screen;
	return json_object();
}

/* its own picture comes by message.show (tui_message); the view is the head's */
const struct tui_view tui_view_message = {
	.title = "Message", .view = "status", .window = window, .settle = settle, .crumb = crumb,
	.draw = draw, .act = act, .selected = selected,
};
