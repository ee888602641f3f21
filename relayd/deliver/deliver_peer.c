/* deliver_peer.c - reads the reply to EHLO (RFC 5321 s4.1.1.1). Pure. Thread: any. */
#include "deliver/deliver_peer.h"

#include <stddef.h>

struct keyword {
	const char *name;
	unsigned can;
	void (*read)(struct span arguments, struct deliver_peer *peer); /* NULL: has none */
};

static void
read_size(struct span arguments, struct deliver_peer *peer)
{
	unsigned long long size;

	if (span_to_u64(span_trim(arguments), &size))
		peer->size_max = size;
}

static void
read_auth(struct span arguments, struct deliver_peer *peer)
{
	while (arguments.n) {
		struct span word = span_cut(arguments, ' ', &arguments);

		if (span_is_nocase(word, "PLAIN"))
			peer->can |= DELIVER_AUTH_PLAIN;
		else if (span_is_nocase(word, "LOGIN"))
			peer->can |= DELIVER_AUTH_LOGIN;
	}
}

static void
read_limits(struct span arguments, struct deliver_peer *peer)
{
	while (arguments.n) {
		struct span value, word = span_cut(arguments, ' ', &arguments);
		struct span name = span_cut(word, '=', &value);
		unsigned long long n;

		if (!span_to_u64(value, &n) || n == 0 || n > UINT32_MAX)
			continue;
		if (span_is_nocase(name, "RCPTMAX"))
			peer->recipients_max = (uint32_t)n;
		else if (span_is_nocase(name, "MAILMAX"))
			peer->messages_max = (uint32_t)n;
	}
}

/* RFC 2852 s3: the least time, then what later extensions of it add */
static void
read_by(struct span arguments, struct deliver_peer *peer)
{
	struct span rest, time = span_trim(span_cut(arguments, ',', &rest));
	unsigned long long sec;

	if (time.n <= 9 && span_to_u64(time, &sec))
		peer->by_min_sec = (uint32_t)sec;
}

static const struct keyword keywords[] = {
	{ .name = "PIPELINING", .can = DELIVER_PIPELINING },
	{ .name = "SIZE", .can = DELIVER_SIZE, .read = read_size },
	{ .name = "8BITMIME", .can = DELIVER_8BITMIME },
	{ .name = "SMTPUTF8", .can = DELIVER_SMTPUTF8 },
	{ .name = "DSN", .can = DELIVER_DSN },
	{ .name = "CHUNKING", .can = DELIVER_CHUNKING },
	{ .name = "STARTTLS", .can = DELIVER_STARTTLS },
	{ .name = "AUTH", .read = read_auth },
	{ .name = "LIMITS", .read = read_limits },
	{ .name = "DELIVERBY", .can = DELIVER_BY, .read = read_by },
};

static void
read_line(struct span line, struct deliver_peer *peer)
{
	struct span rest, word = span_cut(span_trim(line), ' ', &rest);

	if (span_starts_nocase(word, "AUTH=")) { /* as servers wrote it before RFC 2554 */
		read_auth((struct span){ word.p + 5, word.n - 5 }, peer);
		word = SPAN_LIT("AUTH");
	}
	for (size_t i = 0; i < sizeof keywords / sizeof keywords[0]; i++) {
		if (!span_is_nocase(word, keywords[i].name))
			continue;
		peer->can |= keywords[i].can;
		if (keywords[i].read)
			keywords[i].read(rest, peer);
		return;
	}
}

void
deliver_peer_read(struct span ehlo, struct deliver_peer *peer_out)
{
	*peer_out = (struct deliver_peer){ 0 };
	span_cut(ehlo, '\n', &ehlo); /* the greeting line */
	while (ehlo.n)
		read_line(span_cut(ehlo, '\n', &ehlo), peer_out);
}
