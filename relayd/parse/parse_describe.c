/* parse_describe.c - what the log keeps of a header: subject, Message-ID, tags. */
#include "parse/parse_header.h"

#include <string.h>

#include "parse/parse_word.h"

#define MESSAGE_ID_MAX_BYTES 998 /* RFC 5322 s2.1.1: a line */

static const char *
decoded(struct arena *arena, struct span value, size_t max_bytes)
{
	const char *text;
	struct buf out;

	buf_init(&out, max_bytes);
	parse_word_decode(value, &out);
	text = arena_span(arena, buf_span(&out));
	buf_deinit(&out);
	return text;
}

/* message_id - what stands between the brackets, without folding; a value
 * without brackets is taken as it is. NULL: nothing usable. */
static const char *
message_id(struct arena *arena, struct span value)
{
	const char *open = value.n > 0 ? memchr(value.p, '<', value.n) : NULL, *close;
	struct span id = span_trim(value);
	char *text;
	size_t n = 0;

	if (open) {
		id = (struct span){ open + 1, value.n - (size_t)(open + 1 - value.p) };
		close = id.n > 0 ? memchr(id.p, '>', id.n) : NULL;
		if (close)
			id.n = (size_t)(close - id.p);
	}
	if (id.n == 0 || id.n > MESSAGE_ID_MAX_BYTES)
		return NULL;
	text = arena_alloc(arena, id.n + 1);
	for (size_t i = 0; i < id.n; i++)
		if ((unsigned char)id.p[i] > ' ' && id.p[i] != 0x7f)
			text[n++] = id.p[i];
	text[n] = '\0';
	return n > 0 ? text : NULL;
}

static bool
has_tag(const struct mail_message *message, const char *tag)
{
	for (size_t i = 0; i < message->tags; i++)
		if (strcmp(message->tag[i], tag) == 0)
			return true;
	return false;
}

static void
add_tags(struct mail_message *message, struct span value)
{
	while (value.n > 0 && message->tags < MAIL_TAGS_MAX) {
		struct span part = span_trim(span_cut(value, ',', &value));
		const char *tag;

		if (part.n == 0)
			continue;
		tag = decoded(message->arena, part, MAIL_TAG_MAX_BYTES);
		if (tag[0] != '\0' && !has_tag(message, tag))
			message->tag[message->tags++] = tag;
	}
}

void
parse_header_describe(const struct parse_header *header, struct mail_message *message)
{
	const struct parse_field *subject = parse_header_find(header, "Subject");
	const struct parse_field *id = parse_header_find(header, "Message-ID");
	const char *given = id ? message_id(message->arena, id->value) : NULL;

	if (subject)
		message->subject = decoded(message->arena, subject->value, MAIL_SUBJECT_MAX_BYTES);
	if (given)
		message->message_id = given;
	for (size_t i = 0; i < header->fields; i++)
		if (span_is_nocase(header->field[i].name, "X-Relay-Tag"))
			add_tags(message, header->field[i].value);
}
