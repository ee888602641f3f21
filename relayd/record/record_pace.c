/* record_pace.c - see record_pace.h.
 *
 * Providers count three things: messages, connections at once, and messages of one
 * connection. Slowing the wrong one costs capacity and heals nothing, so the words
 * decide, and without words the moment: nobody has sent a message yet when the
 * greeting says "too many". */
#include "record/record_pace.h"

#include <string.h>

#define TEXT_MAX 512

struct words {
	enum pace_news news;
	const char *text; /* lower case */
};

/* The first that occurs decides. */
static const struct words words[] = {
	{ PACE_SESSION_FULL, "per connection" },
	{ PACE_SESSION_FULL, "per session" },
	{ PACE_SESSION_FULL, "this connection" },
	{ PACE_SESSION_FULL, "this session" },
	{ PACE_SESSION_FULL, "in one connection" },
	{ PACE_SESSION_FULL, "same connection" },
	{ PACE_CROWDED, "concurren" },
	{ PACE_CROWDED, "simultaneous" },
	{ PACE_CROWDED, "parallel" },
	{ PACE_CROWDED, "too many connections" },
	{ PACE_CROWDED, "too many open connections" },
	{ PACE_CROWDED, "connections from your" },
	{ PACE_CROWDED, "connections from this" },
	{ PACE_CROWDED, "connections by your" },
	{ PACE_CROWDED, "number of connections" },
	{ PACE_CROWDED, "connection limit" },
	{ PACE_CROWDED, "max connections" },
	{ PACE_CROWDED, "maximum connections" },
	{ PACE_CROWDED, "trop de connexions" },
	{ PACE_CROWDED, "too many sessions" },
};

static size_t
fold(struct span text, char out[TEXT_MAX])
{
	size_t n = text.n < TEXT_MAX ? text.n : TEXT_MAX;

	for (size_t i = 0; i < n; i++) {
		char c = text.p[i];

		out[i] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c == '\r' || c == '\n' ? ' ' : c;
	}
	return n;
}

enum pace_news
record_pace_news(struct span reply, enum verdict_phase phase)
{
	char text[TEXT_MAX];
	size_t n = fold(reply, text);

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (memmem(text, n, words[i].text, strlen(words[i].text)) != NULL)
			return words[i].news;
	return phase == VERDICT_PHASE_GREETING ? PACE_CROWDED : PACE_THROTTLED;
}
