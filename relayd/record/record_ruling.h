/* record_ruling.h - what failed: this connection, this host, this site, our source
 * address there, this message, or this recipient? And what follows: which address is
 * tried next, who waits on whose account, what the site's pace hears, what is final.
 *
 * One table answers all of it (record_ruling.c), from the moment of the session, the
 * kind of answer, its category and its scope. delivery asks it whether to go on to the
 * next host, the scheduler asks it what becomes of recipients and of the site. Two
 * things decide in the end that no reply tells: whether the whole message had been
 * sent (RECORD_SENT: it may have arrived), and whether anything else works meanwhile.
 *
 * The principles, and where the table follows RFC 5321 and where practice:
 *
 *  - Before MAIL nothing can be about a message: nobody is bounced by a greeting, not by
 *    554 either (s3.1: other hosts, other times). The next address is tried (s5.1), save
 *    when we are told that we are too fast or too many: the next door would be more of it.
 *  - 4xx at MAIL for the host's own trouble is said before any recipient is named:
 *    another host may take it (s5.1). When none does and nothing else of the site works,
 *    it is the site's trouble: a full disk is asked by one message, not by all.
 *  - 421 closes the connection at any moment (s3.8). It is about our pace, our standing,
 *    one mailbox or this message when its words say so, else about this connection.
 *  - A connection that breaks costs no message an attempt. Only if the whole message
 *    had been sent may it have arrived, and then soon again would be twice: it waits
 *    as for any other attempt.
 *  - A 5xx at MAIL or later is final for whom it names (s4.2.1), also when it is about us
 *    ("550 5.7.1 your address is blocked"): the sender is told. But the site is left
 *    alone at once, so that the next thousand are not bounced too.
 *  - What fails while other mail passes over the same hosts is not the site's trouble.
 *
 * Pure. Thread: any. */
#ifndef RECORD_RECORD_RULING_H
#define RECORD_RECORD_RULING_H

#include <stdbool.h>
#include "pace/pace_gate.h"
#include "verdict/verdict.h"

enum record_party { /* what failed */
	RECORD_CONNECTION, /* this one broke or was closed */
	RECORD_HOST,       /* this host, or the set of them when it was the last to be tried */
	RECORD_SITE,       /* they count our messages or connections */
	RECORD_SOURCE,     /* they do not like our address */
	RECORD_MESSAGE,    /* with all its recipients */
	RECORD_RECIPIENT,
	RECORD_PARTY_COUNT
};

enum record_answer { /* in what form it was said */
	RECORD_NEVER,   /* 5xx */
	RECORD_LATER,   /* 4xx */
	RECORD_CLOSING, /* 421 */
	RECORD_SILENCE, /* none came: timed out, lost, or it made no sense */
	RECORD_SENT,    /* none came after the whole message was sent */
	RECORD_ANSWER_COUNT
};

enum record_meanwhile { /* since it began */
	RECORD_ALONE,       /* nothing else of the site was served, or it is in trouble already */
	RECORD_SAME_HOSTS,  /* other connections to these hosts were, or this one before */
	RECORD_OTHER_HOSTS, /* other hosts of the provider were, but none of these */
	RECORD_MEANWHILE_COUNT
};

enum record_news { /* what the site's pace hears */
	RECORD_WELL,    /* it judged mail by itself: all is well there */
	RECORD_NOTHING,
	RECORD_PACE,    /* we were too fast or too many: its words say of what */
	RECORD_CROWDED, /* one connection more than it takes */
	RECORD_TROUBLE, /* leave it alone for a while, then ask with one message */
	RECORD_NEWS_COUNT
};

enum record_wait { /* of who was concerned, when it is not final */
	RECORD_WITH_SITE,  /* until the site is asked again, or has room; no attempt is used up */
	RECORD_UNCOUNTED,  /* by itself, longer the older it is; no attempt is used up */
	RECORD_COUNTED,    /* until its next attempt: this one is used up */
	RECORD_WAIT_COUNT
};

struct record_case {
	enum verdict_phase phase;
	enum record_answer answer;
	enum verdict_category category;
	enum verdict_scope scope;
};

struct record_ruling { /* a row of the table: valid for ever */
	const char *name;
	unsigned phases, answers, categories, scopes; /* sets, a bit each: when it applies */
	enum record_party party;
	bool tries_next;       /* the next address of the route may do better */
	bool is_final;         /* if the answer was NEVER, and no rule of ours says "wait" */
	struct {
		enum record_news news;
		enum record_wait wait;
	} then[RECORD_MEANWHILE_COUNT];
};

/* record_ruling_of - the first row that applies; there always is one. O(rows). */
const struct record_ruling *record_ruling_of(const struct record_case *facts);
/* record_ruling_is_early - was it said before any message was spoken of? */
bool record_ruling_is_early(enum verdict_phase phase);
enum record_answer record_answer_of(int code, bool is_sent); /* code 0: none came */
const char *record_party_name(enum record_party party);

/* record_ruling_news - what the site's pace hears. reply: the words. Returns false when it
 * is nothing, WELL is PACE_ACCEPTED. */
bool record_ruling_news(const struct record_ruling *ruling, enum record_meanwhile meanwhile,
                        enum verdict_phase phase, struct span reply,
                        enum pace_news *news_out);

#endif
