/* source_watch.h - checks the configured source addresses now and then, and on demand.
 *
 * Thread: main. The DNS is asked through resolve/; nothing here blocks. */
#ifndef SOURCE_SOURCE_WATCH_H
#define SOURCE_SOURCE_WATCH_H

#include "base/err.h"
#include "config.h"
#include "loop/loop.h"
#include "resolve/resolve.h"
#include "source/source_check.h"

struct source_watch;

/* source_watch_new - checks all addresses at once and then at each interval. Returns owned or
 * NULL (err). Borrows loop and resolve. */
struct source_watch *source_watch_new(struct loop *loop, struct resolve *resolve,
				      const struct config *config, struct err *err);
/* source_watch_free - after the resolver has stopped: nobody hears of checks under way. */
void source_watch_free(struct source_watch **watch);
void source_watch_set_config(struct source_watch *watch, const struct config *config);
/* source_watch_listen - changed is called when a check ends with other problems than the one
 * before (none before the first); text: the first of them, or that there is none left. */
void source_watch_listen(struct source_watch *watch,
			 void (*changed)(void *arg, const struct source_report *report,
					 const char *text),
			 void *arg);
/* source_watch_report - of the i-th address, or NULL; valid until the loop's next turn. */
const struct source_report *source_watch_report(const struct source_watch *watch, size_t i);
const struct source_report *source_watch_find(const struct source_watch *watch,
					      const char *address);
/* source_watch_check - now. done is called once, with the report, when all answers are there or
 * given up, at most about a minute later; not at all when the watch is freed before. false: no
 * such address is configured. */
bool source_watch_check(struct source_watch *watch, const char *address,
			void (*done)(void *arg, const struct source_report *report), void *arg);

#endif
