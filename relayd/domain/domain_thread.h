/* domain_thread.h - the thread that checks domains, one after the other: it waits for name servers
 * as long as they take, which no loop may. */
#ifndef DOMAIN_DOMAIN_THREAD_H
#define DOMAIN_DOMAIN_THREAD_H

#include "base/err.h"
#include "domain/domain_check.h"
#include "loop/mailbox.h"

struct domain_thread;

/* struct domain_job - made by the asker, comes back to it with a report; freed by it
 * (domain_job_free). */
struct domain_job {
	struct mailbox_item item;
	struct mailbox_return back;
	void *context;
	struct arena *arena;		     /* owned: what request points to */
	struct domain_check_request request; /* suffixes and stop_fd are the thread's to set */
	int64_t budget_ms;		     /* of the whole check */
	struct domain_report *report;	     /* the asker's to take; NULL: stopped */
};

struct domain_thread *domain_thread_start(struct err *err); /* Returns owned, or NULL (err) */
/* domain_thread_stop - a check under way is given up; waits for the thread. Jobs that wait come
 * back without a report. */
void domain_thread_stop(struct domain_thread **thread);
/* domain_thread_send - takes *job; never refused: the asker bounds them. Thread: any. */
void domain_thread_send(struct domain_thread *thread, struct domain_job **job);
struct domain_job *domain_job_new(void);
void domain_job_free(struct domain_job **job);

#endif
