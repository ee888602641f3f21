/* record_ruling.c - see record_ruling.h. The first row that applies decides. */
#include "record/record_ruling.h"

#include <assert.h>
#include "base/must.h"
#include "record/record_pace.h"

#define ALL (~0u)

#define AT(phase) (1u << VERDICT_PHASE_##phase)
#define EARLY (AT(RESOLVE) | AT(CONNECT) | AT(GREETING) | AT(EHLO) | AT(STARTTLS) | AT(AUTH))
#define IN_MESSAGE (AT(DATA) | AT(BODY))

#define SAID(answer) (1u << RECORD_##answer)
#define ANY_4XX (SAID(LATER) | SAID(CLOSING))
#define REPLY (SAID(NEVER) | ANY_4XX)

#define IS(category) (1u << VERDICT_##category)
#define ABOUT_US (IS(RATE_LIMITED) | IS(REPUTATION_BLOCK) | IS(PTR_REQUIRED))
#define STANDING (IS(REPUTATION_BLOCK) | IS(PTR_REQUIRED))
/* these belong to one address even when it is only said after the dot (some greylist
 * there): the others in the transaction are judged by the same reply anyway */
#define ONE_MAILBOX (IS(GREYLISTED) | IS(MAILBOX_UNKNOWN) | IS(MAILBOX_FULL) | \
                     IS(MAILBOX_DISABLED) | IS(MAILBOX_MOVED))
#define ONE_MESSAGE (IS(SPAM_CONTENT) | IS(CONTENT_REJECTED) | IS(MESSAGE_TOO_LARGE) | \
                     IS(SENDER_REJECTED) | IS(AUTH_FAILED))
#define HOSTS_OWN (IS(SYSTEM_ERROR) | IS(NETWORK_ERROR))

#define FOR(scope) (1u << VERDICT_SCOPE_##scope)

/* what follows: ALONE, SAME_HOSTS, OTHER_HOSTS */
#define THEN(n0, w0, n1, w1, n2, w2) \
	{ { RECORD_##n0, RECORD_##w0 }, { RECORD_##n1, RECORD_##w1 }, { RECORD_##n2, RECORD_##w2 } }
#define ALWAYS(news, wait) THEN(news, wait, news, wait, news, wait)
#define UNLESS_SERVED THEN(TROUBLE, WITH_SITE, NOTHING, UNCOUNTED, NOTHING, UNCOUNTED)
#define AT_THE_DOOR THEN(TROUBLE, WITH_SITE, CROWDED, WITH_SITE, NOTHING, UNCOUNTED)

static const struct record_ruling table[] = {
	/* before any message was spoken of: never final */
	{ "too fast or too many, at the door", EARLY, ANY_4XX, IS(RATE_LIMITED), ALL,
	  RECORD_SITE, false, false, ALWAYS(PACE, WITH_SITE) },
	{ "too many, and for good, at the door", EARLY, SAID(NEVER), IS(RATE_LIMITED), ALL,
	  RECORD_SITE, false, false,
	  THEN(TROUBLE, WITH_SITE, CROWDED, WITH_SITE, TROUBLE, WITH_SITE) },
	{ "our standing, at the door", EARLY, REPLY, STANDING, ALL,
	  RECORD_SOURCE, true, false, AT_THE_DOOR },
	{ "no session comes about", EARLY, ALL, ALL, ALL,
	  RECORD_HOST, true, false, AT_THE_DOOR },

	/* about us, whatever it was said to: going on as we do makes it worse */
	{ "one mailbox gets too much", ~EARLY, REPLY, ABOUT_US, FOR(RECIPIENT),
	  RECORD_RECIPIENT, false, true, ALWAYS(WELL, COUNTED) },
	{ "too fast", ~EARLY, ANY_4XX, IS(RATE_LIMITED), ALL,
	  RECORD_SITE, false, true, ALWAYS(PACE, WITH_SITE) },
	{ "too fast, for good", ~EARLY, SAID(NEVER), IS(RATE_LIMITED), ALL,
	  RECORD_SITE, false, true, ALWAYS(TROUBLE, WITH_SITE) },
	{ "our reputation", ~EARLY, ANY_4XX, IS(REPUTATION_BLOCK), ALL,
	  RECORD_SOURCE, false, true, ALWAYS(PACE, WITH_SITE) },
	{ "our reverse name", ~EARLY, ANY_4XX, IS(PTR_REQUIRED), ALL,
	  RECORD_SOURCE, false, true, UNLESS_SERVED },
	{ "our standing, for good", ~EARLY, SAID(NEVER), STANDING, ALL,
	  RECORD_SOURCE, false, true, ALWAYS(TROUBLE, WITH_SITE) },

	/* 421: it closes the connection, and its words may say whose fault that is */
	{ "closed for one recipient", AT(RCPT), SAID(CLOSING), ONE_MAILBOX | ONE_MESSAGE, ALL,
	  RECORD_RECIPIENT, false, true, ALWAYS(WELL, COUNTED) },
	{ "closed for one mailbox", IN_MESSAGE, SAID(CLOSING), ONE_MAILBOX, ALL,
	  RECORD_RECIPIENT, false, true, ALWAYS(WELL, COUNTED) },
	{ "closed for this message", AT(MAIL) | IN_MESSAGE, SAID(CLOSING), ONE_MESSAGE, ALL,
	  RECORD_MESSAGE, false, true, ALWAYS(WELL, COUNTED) },
	{ "this host shuts down", AT(MAIL), SAID(CLOSING), HOSTS_OWN, ALL,
	  RECORD_HOST, true, true, UNLESS_SERVED },
	{ "closed", ~EARLY, SAID(CLOSING), ALL, ALL,
	  RECORD_CONNECTION, false, true, UNLESS_SERVED },

	/* no answer */
	{ "lost after the whole message", ~EARLY, SAID(SENT), ALL, ALL,
	  RECORD_MESSAGE, false, true,
	  THEN(TROUBLE, COUNTED, NOTHING, COUNTED, NOTHING, COUNTED) },
	{ "lost", ~EARLY, SAID(SILENCE), ALL, ALL,
	  RECORD_CONNECTION, false, true, UNLESS_SERVED },

	/* an answer to this mail */
	{ "this host cannot, for now", AT(MAIL), SAID(LATER), HOSTS_OWN, ALL,
	  RECORD_HOST, true, true,
	  THEN(TROUBLE, WITH_SITE, WELL, COUNTED, NOTHING, UNCOUNTED) },
	{ "one mailbox", ~EARLY, REPLY, ONE_MAILBOX, ALL,
	  RECORD_RECIPIENT, false, true, ALWAYS(WELL, COUNTED) },
	{ "this message", AT(MAIL) | IN_MESSAGE, REPLY, ALL, ALL,
	  RECORD_MESSAGE, false, true, ALWAYS(WELL, COUNTED) },
	{ "this recipient", ALL, ALL, ALL, ALL,
	  RECORD_RECIPIENT, false, true, ALWAYS(WELL, COUNTED) },
};

static const char *const party_names[] = {
	[RECORD_CONNECTION] = "connection", [RECORD_HOST] = "host", [RECORD_SITE] = "site",
	[RECORD_SOURCE] = "source", [RECORD_MESSAGE] = "message",
	[RECORD_RECIPIENT] = "recipient",
};
static_assert(sizeof party_names / sizeof party_names[0] == RECORD_PARTY_COUNT,
              "a name per party");

const char *
record_party_name(enum record_party party)
{
	return party_names[party];
}

const struct record_ruling *
record_ruling_of(const struct record_case *facts)
{
	const struct record_ruling *row = table;

	while ((row->phases & 1u << facts->phase) == 0 || (row->answers & 1u << facts->answer) == 0
	       || (row->categories & 1u << facts->category) == 0
	       || (row->scopes & 1u << facts->scope) == 0)
		row++; /* the last takes all */
	return row;
}

bool
record_ruling_is_early(enum verdict_phase phase)
{
	return (EARLY & 1u << phase) != 0;
}

enum record_answer
record_answer_of(int code, bool is_sent)
{
	if (code == 0)
		return is_sent ? RECORD_SENT : RECORD_SILENCE;
	if (code == 421)
		return RECORD_CLOSING;
	return code / 100 == 5 ? RECORD_NEVER : RECORD_LATER;
}

bool
record_ruling_news(const struct record_ruling *ruling, enum record_meanwhile meanwhile,
                   enum verdict_phase phase, struct span reply, enum pace_news *news_out)
{
	switch (ruling->then[meanwhile].news) {
	case RECORD_WELL:
		*news_out = PACE_ACCEPTED;
		return true;
	case RECORD_PACE:
		*news_out = record_pace_news(reply, phase);
		return true;
	case RECORD_CROWDED:
		*news_out = PACE_CROWDED;
		return true;
	case RECORD_TROUBLE:
		*news_out = PACE_TROUBLE;
		return true;
	case RECORD_NOTHING:
	case RECORD_NEWS_COUNT:
		break;
	}
	return false;
}
