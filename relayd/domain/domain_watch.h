/* domain_watch.h - checks the DNS of all sending domains now and then, and on demand, and keeps
 * what was found last.
 *
 * The checks themselves run on a thread of their own (domain_thread); what is wrong becomes an
 * alert elsewhere. Thread: main. */
#ifndef DOMAIN_DOMAIN_WATCH_H
#define DOMAIN_DOMAIN_WATCH_H

#include "account/account.h"
#include "base/err.h"
#include "config.h"
#include "domain/domain_report.h"
#include "loop/loop.h"

struct domain_watch;

/* domain_watch_new - starts the thread; the first checks come soon. Returns owned or NULL (err).
 * Borrows loop and account. */
struct domain_watch *domain_watch_new(struct loop *loop, struct account *account,
				      const struct config *config, struct err *err);
/* domain_watch_free - stops the thread; nobody hears of checks under way. */
void domain_watch_free(struct domain_watch **watch);
void domain_watch_set_config(struct domain_watch *watch, const struct config *config);
/* domain_watch_set_listener - fn is called after each check, in the same turn. */
void domain_watch_set_listener(struct domain_watch *watch, void (*fn)(void *arg), void *arg);
struct domain_watch_row {		    /* borrowed until the loop's next turn */
	const char *name;		    /* A-label */
	const struct domain_report *report; /* NULL: not checked yet */
	uint64_t sent_failing;	 /* mail that was delivered while the last check said that it fails
				  * DMARC; since failing_unix_ms */
	int64_t failing_unix_ms; /* 0: it does not */
	const struct domain_change *change; /* since the start, the newest first */
	size_t changes;
	bool is_set_up;		 /* its records were right once, or it is older than a day: what is
				  * missing now is a fault, not work in progress */
};
/* domain_watch_at - of all domains; false: no more. */
bool domain_watch_at(const struct domain_watch *watch, size_t i, struct domain_watch_row *row_out);
bool domain_watch_find(const struct domain_watch *watch, const char *domain,
		       struct domain_watch_row *row_out);
/* domain_watch_note_sent - a message From that domain (or below one of ours) was delivered. */
void domain_watch_note_sent(struct domain_watch *watch, const char *from_domain);
/* domain_watch_check - now. done is called once, in a later turn; not at all when the watch is
 * freed before. false: there is no such domain, or (err LIMIT) too many checks wait. */
bool domain_watch_check(struct domain_watch *watch, const char *domain,
			void (*done)(void *arg, const struct domain_report *report), void *arg,
			struct err *err);

#endif
