/* fuzz_trace_script.c - a dialogue of any bytes and any length stays within its caps, whole lines
 * in order, and a trace made of it says the same. */
#include "fuzz.h"

#include "base/mem.h"
#include "base/must.h"
#include "trace/trace.h"

enum { OP_CONNECT, OP_BEGIN, OP_US, OP_SERVER, OP_CONTENT, OP_MANY, OP_COUNT };

static void
walk_part(const struct trace_part *part)
{
	struct trace_line line;
	bool cut_said = false;
	uint32_t at = 0, cuts = 0;

	must(part->bytes <= part->max && part->front <= part->bytes);
	while (trace_part_next(part, &at, &cut_said, &line)) {
		must(line.text.n <= TRACE_LINE_MAX_BYTES && at <= part->bytes);
		cuts += line.who == TRACE_CUT;
	}
	must(at == part->bytes && cuts == (part->cut_lines > 0));
}

static struct trace_recipient
recipient_of(size_t i, const void *arg)
{
	(void)i;
	(void)arg;
	return (struct trace_recipient){ "a@example.net", TRACE_DELIVERED };
}

/* compare - greet's lines, then own's, are the trace's. */
static void
compare(const struct trace_script *script)
{
	const struct trace_part *const parts[] = { &script->greet, &script->own };
	struct trace_facts facts = { .remote_host = "mx" };
	struct trace *trace = trace_new(&facts, script, recipient_of, NULL, 1);
	struct trace_line line, other;
	struct trace_walk walk = { 0 };

	for (size_t i = 0; i < 2; i++) {
		bool cut_said = false;
		uint32_t at = 0;

		while (trace_part_next(parts[i], &at, &cut_said, &line)) {
			must(trace_line_next(trace, &walk, &other));
			must(line.who == other.who && line.ms == other.ms);
			must(span_equals(line.text, other.text));
		}
	}
	must(!trace_line_next(trace, &walk, &other));
	trace_free(&trace);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct trace_script script;
	int64_t now = 0;

	trace_script_init(&script, true, 0);
	while (size >= 3) { /* op, time, length of what is said */
		struct span text;
		size_t n = data[2];

		now += data[1] * 1000;
		text.p = (const char *)data + 3;
		text.n = n < size - 3 ? n : size - 3;
		switch (data[0] % OP_COUNT) {
		case OP_CONNECT:
			trace_script_connect(&script, now, text);
			break;
		case OP_BEGIN:
			trace_script_begin(&script);
			break;
		case OP_CONTENT:
			trace_script_content(&script, now, n, (uint64_t)data[1] << n % 56);
			break;
		case OP_MANY:
			for (size_t i = 0; i < n; i++)
				trace_script_add(&script, TRACE_NOTE, now, text);
			break;
		default:
			trace_script_lines(&script, data[0] % OP_COUNT == OP_US ? TRACE_US
			                                                        : TRACE_SERVER,
			                   now, text);
		}
		walk_part(&script.greet);
		walk_part(&script.own);
		data += 3 + text.n;
		size -= 3 + text.n;
	}
	compare(&script);
	trace_script_deinit(&script);
	return 0;
}
