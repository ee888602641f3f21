/* trace.c - see trace.h. */
#include "trace/trace.h"

#include <string.h>
#include <strings.h>

#include "base/mem.h"

enum text { /* strings, in this order at the block's end */
	TEXT_HOST, TEXT_ADDRESS, TEXT_SOURCE, TEXT_TLS_VERSION, TEXT_TLS_CIPHER,
	TEXT_TLS_VERIFIED, TEXT_COUNT
};
#define NO_TEXT UINT32_MAX

/* struct trace - then: strings, recipients (result, address, NUL), greet's and own's lines. */
struct trace {
	struct trace_facts facts;       /* its strings are not used: text[] is */
	size_t bytes;
	bool has_failed;
	uint32_t text[TEXT_COUNT];      /* offsets in data */
	uint32_t recipients, recipient_at, recipient_end;
	struct trace_part greet, own;   /* mem is not used: their lines are at ... */
	uint32_t greet_at, own_at;
	char data[];
};

static const char *
text_of(const struct trace_facts *facts, enum text text)
{
	const char *const texts[TEXT_COUNT] = {
		[TEXT_HOST] = facts->remote_host,
		[TEXT_ADDRESS] = facts->remote_address,
		[TEXT_SOURCE] = facts->source_address,
		[TEXT_TLS_VERSION] = facts->tls_version,
		[TEXT_TLS_CIPHER] = facts->tls_cipher,
		[TEXT_TLS_VERIFIED] = facts->tls_verified,
	};

	return texts[text];
}

static uint32_t
put(struct trace *trace, uint32_t at, const void *p, size_t n)
{
	if (n > 0)
		memcpy(trace->data + at, p, n);
	return at + (uint32_t)n;
}

static uint32_t
put_recipients(struct trace *trace, uint32_t at, trace_recipient_fn get, const void *arg)
{
	trace->recipient_at = at;
	for (size_t i = 0; i < trace->recipients; i++) {
		struct trace_recipient recipient = get(i, arg);
		char result = (char)recipient.result;

		trace->has_failed |= recipient.result != TRACE_DELIVERED;
		at = put(trace, at, &result, 1);
		at = put(trace, at, recipient.address, strlen(recipient.address) + 1);
	}
	return trace->recipient_end = at;
}

struct trace *
trace_new(const struct trace_facts *facts, const struct trace_script *script,
          trace_recipient_fn get, const void *arg, size_t recipients)
{
	size_t data = trace_script_bytes(script);
	struct trace *trace;
	uint32_t at = 0;

	for (int i = 0; i < TEXT_COUNT; i++)
		data += text_of(facts, i) ? strlen(text_of(facts, i)) + 1 : 0;
	for (size_t i = 0; i < recipients; i++)
		data += strlen(get(i, arg).address) + 2;
	trace = mem_alloc(sizeof *trace + data);
	*trace = (struct trace){ .facts = *facts, .bytes = sizeof *trace + data,
		                 .recipients = (uint32_t)recipients,
		                 .greet = script->greet, .own = script->own };
	trace->greet.mem = trace->own.mem = NULL;
	for (int i = 0; i < TEXT_COUNT; i++) {
		const char *text = text_of(facts, i);

		trace->text[i] = text ? at : NO_TEXT;
		at = text ? put(trace, at, text, strlen(text) + 1) : at;
	}
	at = put_recipients(trace, at, get, arg);
	trace->greet_at = at;
	trace->own_at = put(trace, at, script->greet.mem, script->greet.bytes);
	(void)put(trace, trace->own_at, script->own.mem, script->own.bytes);
	return trace;
}

void
trace_free(struct trace **trace)
{
	mem_free(*trace);
	*trace = NULL;
}

struct trace *
trace_copy(const struct trace *trace)
{
	return mem_copy(trace, trace->bytes);
}

size_t
trace_bytes(const struct trace *trace)
{
	return trace->bytes;
}

uint64_t
trace_message_id(const struct trace *trace)
{
	return trace->facts.message_id;
}

bool
trace_has_failed(const struct trace *trace)
{
	return trace->has_failed;
}

static const char *
text_in(const struct trace *trace, enum text text)
{
	return trace->text[text] == NO_TEXT ? NULL : trace->data + trace->text[text];
}

void
trace_facts_read(const struct trace *trace, struct trace_facts *facts_out)
{
	*facts_out = trace->facts;
	facts_out->remote_host = text_in(trace, TEXT_HOST);
	facts_out->remote_address = text_in(trace, TEXT_ADDRESS);
	facts_out->source_address = text_in(trace, TEXT_SOURCE);
	facts_out->tls_version = text_in(trace, TEXT_TLS_VERSION);
	facts_out->tls_cipher = text_in(trace, TEXT_TLS_CIPHER);
	facts_out->tls_verified = text_in(trace, TEXT_TLS_VERIFIED);
}

size_t
trace_recipients(const struct trace *trace)
{
	return trace->recipients;
}

bool
trace_recipient_next(const struct trace *trace, uint32_t *at,
                     struct trace_recipient *recipient_out)
{
	const char *one = trace->data + trace->recipient_at + *at;

	if (trace->recipient_at + *at >= trace->recipient_end)
		return false;
	*recipient_out = (struct trace_recipient){ .address = one + 1,
		                                   .result = (enum trace_result)one[0] };
	*at += (uint32_t)strlen(one + 1) + 2;
	return true;
}

bool
trace_has_recipient(const struct trace *trace, const char *address)
{
	struct trace_recipient recipient;
	uint32_t at = 0;

	while (trace_recipient_next(trace, &at, &recipient))
		if (strcasecmp(recipient.address, address) == 0)
			return true;
	return false;
}

/* line_next - of the part whose lines are there. */
static bool
line_next(const struct trace *trace, const struct trace_part *part, uint32_t at,
          struct trace_walk *walk, struct trace_line *line_out)
{
	struct trace_part with = *part;

	with.mem = (char *)(uintptr_t)trace->data + at; /* only read from */
	return trace_part_next(&with, &walk->at, &walk->cut_said, line_out);
}

bool
trace_line_next(const struct trace *trace, struct trace_walk *walk, struct trace_line *line_out)
{
	if (!walk->is_own) {
		if (line_next(trace, &trace->greet, trace->greet_at, walk, line_out))
			return true;
		*walk = (struct trace_walk){ .is_own = true };
	}
	return line_next(trace, &trace->own, trace->own_at, walk, line_out);
}
