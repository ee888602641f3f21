/* trace_script.c - see trace_script.h. Beside stage 7, in its sessions. */
#include "trace/trace_script.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

#define ROOM_FIRST 512u
#define SIZE_TEXT_SIZE 32

struct head { /* of a line; its text follows. Not aligned: copied */
	uint32_t ms;
	uint16_t n;
	uint16_t who;
};

/* ---- a part ---------------------------------------------------------------------------- */

static uint32_t
line_bytes(const struct trace_part *part, uint32_t at)
{
	struct head head;

	memcpy(&head, part->mem + at, sizeof head);
	return (uint32_t)sizeof head + head.n;
}

/* line_at_or_behind - the first line that begins at from or behind it. */
static uint32_t
line_at_or_behind(const struct trace_part *part, uint32_t begin, uint32_t from)
{
	while (begin < from && begin < part->bytes)
		begin += line_bytes(part, begin);
	return begin;
}

static void
cut(struct trace_part *part)
{
	uint32_t end;

	if (part->front == 0)
		part->front = line_at_or_behind(part, 0, part->max / 4);
	end = line_at_or_behind(part, part->front, part->front + part->max / 4);
	for (uint32_t at = part->front; at < end; at += line_bytes(part, at))
		part->cut_lines++;
	memmove(part->mem + part->front, part->mem + end, part->bytes - end);
	part->bytes -= end - part->front;
}

static void
push(struct trace_part *part, enum trace_who who, uint32_t ms, struct span text)
{
	struct head head = { .ms = ms, .who = (uint16_t)who };
	uint32_t need;

	head.n = text.n < TRACE_LINE_MAX_BYTES ? (uint16_t)text.n : TRACE_LINE_MAX_BYTES;
	need = (uint32_t)sizeof head + head.n;
	while (part->bytes + need > part->max) /* a front and a line never fill it: see the caps */
		cut(part);
	if (part->bytes + need > part->room) {
		part->room = part->room ? part->room : ROOM_FIRST;
		while (part->bytes + need > part->room)
			part->room *= 2;
		part->mem = mem_resize(part->mem, part->room);
	}
	memcpy(part->mem + part->bytes, &head, sizeof head);
	if (head.n > 0)
		memcpy(part->mem + part->bytes + sizeof head, text.p, head.n);
	part->bytes += need;
}

static void
clear(struct trace_part *part)
{
	part->bytes = part->front = part->cut_lines = 0;
}

bool
trace_part_next(const struct trace_part *part, uint32_t *at, bool *cut_said,
                struct trace_line *line_out)
{
	struct head head;

	if (part->cut_lines > 0 && *at == part->front && !*cut_said) {
		*cut_said = true;
		*line_out = (struct trace_line){ TRACE_CUT, part->cut_lines, SPAN_EMPTY };
		return true;
	}
	if (*at >= part->bytes)
		return false;
	memcpy(&head, part->mem + *at, sizeof head);
	*line_out = (struct trace_line){ (enum trace_who)head.who, head.ms,
		                         { part->mem + *at + sizeof head, head.n } };
	*at += (uint32_t)sizeof head + head.n;
	return true;
}

/* ---- a script --------------------------------------------------------------------------- */

void
trace_script_init(struct trace_script *script, bool is_on, int64_t now_mono_ms)
{
	*script = (struct trace_script){
		.greet = { .max = TRACE_GREET_MAX_BYTES },
		.own = { .max = TRACE_OWN_MAX_BYTES },
		.start_mono_ms = now_mono_ms,
		.is_on = is_on,
	};
}

void
trace_script_deinit(struct trace_script *script)
{
	mem_free(script->greet.mem);
	mem_free(script->own.mem);
	*script = (struct trace_script){ 0 };
}

size_t
trace_script_bytes(const struct trace_script *script)
{
	return script->greet.bytes + script->own.bytes;
}

void
trace_script_connect(struct trace_script *script, int64_t now_mono_ms, struct span text)
{
	struct trace_line line;
	bool cut_said = true; /* counted below */
	uint32_t at = 0;

	if (!script->is_on)
		return;
	if (script->is_own) {
		while (trace_part_next(&script->own, &at, &cut_said, &line))
			push(&script->greet, line.who, line.ms, line.text);
		script->greet.cut_lines += script->own.cut_lines;
		clear(&script->own);
		script->is_own = script->is_shared = false; /* it begins anew */
	}
	script->start_mono_ms = now_mono_ms;
	push(&script->greet, TRACE_CONNECT, 0, text);
}

/* forget_hosts - all before the last connection, unless its beginning was cut out. */
static void
forget_hosts(struct trace_part *greet)
{
	uint32_t last = 0;
	struct head head;

	for (uint32_t at = 0; at < greet->bytes; at += line_bytes(greet, at)) {
		memcpy(&head, greet->mem + at, sizeof head);
		if (head.who == TRACE_CONNECT)
			last = at;
	}
	if (last == 0)
		return;
	memmove(greet->mem, greet->mem + last, greet->bytes - last);
	greet->bytes -= last;
	if (greet->front > last) { /* lines were cut out of this connection's */
		greet->front -= last;
	} else {
		greet->front = greet->cut_lines = 0;
	}
}

void
trace_script_begin(struct trace_script *script)
{
	if (!script->is_on)
		return;
	if (script->is_shared)
		forget_hosts(&script->greet);
	script->is_shared = script->is_own = true;
	clear(&script->own);
}

void
trace_script_add(struct trace_script *script, enum trace_who who, int64_t now_mono_ms,
                 struct span line)
{
	int64_t ms = now_mono_ms - script->start_mono_ms;

	if (!script->is_on)
		return;
	push(script->is_own ? &script->own : &script->greet, who,
	     ms < 0 ? 0 : ms > UINT32_MAX ? UINT32_MAX : (uint32_t)ms, line);
}

void
trace_script_lines(struct trace_script *script, enum trace_who who, int64_t now_mono_ms,
                   struct span text)
{
	if (!script->is_on)
		return;
	while (text.n > 0) {
		struct span line = span_cut(text, '\n', &text);

		if (line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		trace_script_add(script, who, now_mono_ms, line);
	}
}

/* format_size - "14.2 KB"; once a message, and printf's %f is a third of what a trace costs. */
static void
format_size(uint64_t bytes, char out[SIZE_TEXT_SIZE])
{
	uint64_t unit = bytes < 1024 * 1024 ? 1024 : 1024 * 1024;
	uint64_t tenths = (bytes * 10 + unit / 2) / unit;

	if (bytes < 1024)
		snprintf(out, SIZE_TEXT_SIZE, "%u bytes", (unsigned)bytes);
	else
		snprintf(out, SIZE_TEXT_SIZE, "%" PRIu64 ".%u %cB", tenths / 10,
		         (unsigned)(tenths % 10), unit == 1024 ? 'K' : 'M');
}

void
trace_script_content(struct trace_script *script, int64_t now_mono_ms, uint64_t sent,
                     uint64_t total)
{
	char text[2 * SIZE_TEXT_SIZE + 16], part[SIZE_TEXT_SIZE], all[SIZE_TEXT_SIZE];

	if (!script->is_on)
		return;
	format_size(total, all);
	if (sent < total) {
		format_size(sent, part);
		snprintf(text, sizeof text, "(%s of %s)", part, all);
	} else {
		snprintf(text, sizeof text, "(%s)", all);
	}
	trace_script_add(script, TRACE_US, now_mono_ms, span_of(text));
}
