/* domain_watch.c - see domain_watch.h.
 *
 * Checks that nobody asked for go one at a time: the domain that is due for longest, when no other
 * is under way. The domains are those of the account's picture at each tick. */
#include "domain/domain_watch.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rand.h"
#include "domain/domain_records.h"
#include "domain/domain_thread.h"

#define TICK_MS 5000	/* at most; new domains are seen at the next */
#define FIRST_MS 2000	/* after the start, and after a domain was added */
#define BUDGET_MS 60000 /* of one check */
#define CHANGES_KEPT 8  /* of a domain */
#define WAITING_MAX 64	/* checks on demand */
#define JITTER_PERCENT 20
#define SETTING_UP_MS (24LL * 3600 * 1000)

struct entry { /* of one domain */
	struct list link;
	char *name;
	int64_t due_mono_ms;
	bool was_right;	       /* once, since the start */
	bool is_there;	       /* of the tick: the account still has it */
	uint64_t sent_failing; /* since failing_unix_ms; 0: mail passes */
	int64_t failing_unix_ms;
	struct domain_report *report; /* of the last check, or NULL */
	struct domain_change change[CHANGES_KEPT]; /* the newest first */
	size_t changes;
};

struct domain_watch {
	struct loop *loop;
	struct account *account;
	struct domain_thread *thread;
	struct mailbox *box;
	struct config *config; /* our reference */
	struct loop_timer timer;
	struct rand rand;
	struct list entries;
	bool is_checking; /* one that nobody asked for is under way */
	unsigned waiting; /* on demand */
	void (*listener)(void *arg); /* NULL: none */
	void *listener_arg;
};

struct waiter { /* context of a job on demand; NULL: nobody waits */
	void (*done)(void *arg, const struct domain_report *report);
	void *arg;
};

/* ---- entries --------------------------------------------------------------------------- */
static struct entry *
find(const struct domain_watch *watch, const char *name)
{
	for (struct list *l = watch->entries.next; l != &watch->entries; l = l->next) {
		struct entry *entry = LIST_OWNER(l, struct entry, link);

		if (strcmp(entry->name, name) == 0)
			return entry;
	}
	return NULL;
}

static void
entry_free(struct entry *entry)
{
	list_remove(&entry->link);
	domain_report_free(&entry->report);
	mem_free(entry->name);
	mem_free(entry);
}

/* first_due - soon, but not sooner than checks are wanted at all */
static int64_t
first_due(const struct domain_watch *watch)
{
	int64_t interval_ms = watch->config->domain_check.interval_ms;

	return clock_mono_ms() + (interval_ms < FIRST_MS ? interval_ms : FIRST_MS);
}

static struct entry *
see(struct domain_watch *watch, const char *name)
{
	struct entry *entry = find(watch, name);

	if (entry == NULL) {
		entry = mem_zero(1, sizeof *entry);
		entry->name = mem_strdup(name);
		entry->due_mono_ms = first_due(watch);
		list_push_back(&watch->entries, &entry->link);
	}
	entry->is_there = true;
	return entry;
}

static void
see_all(struct domain_watch *watch)
{
	const struct account_snapshot *snapshot = account_snapshot(watch->account);
	struct list *next;

	for (struct list *l = watch->entries.next; l != &watch->entries; l = l->next)
		LIST_OWNER(l, struct entry, link)->is_there = false;
	for (size_t i = 0; i < snapshot->domains; i++)
		see(watch, snapshot->domain[i]->name);
	for (struct list *l = watch->entries.next; l != &watch->entries; l = next) {
		next = l->next;
		if (!LIST_OWNER(l, struct entry, link)->is_there)
			entry_free(LIST_OWNER(l, struct entry, link));
	}
}

/* ---- what was found ---------------------------------------------------------------------- */
static bool
is_set_up(const struct domain_watch *watch, const struct entry *entry)
{
	const struct account_domain *domain =
		account_snapshot_domain(account_snapshot(watch->account), span_of(entry->name));

	return entry->was_right ||
	       (domain != NULL && clock_unix_ms() - domain->created_unix_ms > SETTING_UP_MS);
}

static void
set_due(struct domain_watch *watch, struct entry *entry)
{
	entry->due_mono_ms =
		clock_mono_ms() +
		rand_jitter(&watch->rand, watch->config->domain_check.interval_ms, JITTER_PERCENT);
}

/* note_verdict - servers that disagree or are silent end no failure, and begin none */
static void
note_verdict(struct entry *entry)
{
	const struct domain_report *report = entry->report;
	bool is_failing = report->verdict != NULL;

	if (is_failing == (entry->failing_unix_ms != 0) || !report->is_verdict_certain)
		return;
	entry->failing_unix_ms = is_failing ? report->at_unix_ms : 0;
	entry->sent_failing = 0;
}

/* note_changes - what the new report says otherwise; the oldest go. */
static void
note_changes(struct entry *entry, const struct domain_report *now)
{
	struct domain_change fresh[CHANGES_KEPT];
	size_t n, kept;

	if (entry->report == NULL)
		return;
	n = domain_report_changes(entry->report, now, fresh, CHANGES_KEPT);
	kept = entry->changes < CHANGES_KEPT - n ? entry->changes : CHANGES_KEPT - n;
	memmove(entry->change + n, entry->change, kept * sizeof fresh[0]);
	memcpy(entry->change, fresh, n * sizeof fresh[0]);
	entry->changes = kept + n;
}

static void
keep(struct domain_watch *watch, struct domain_job *job)
{
	struct entry *entry = job->report ? find(watch, job->report->domain) : NULL;

	if (entry == NULL)
		return;
	note_changes(entry, job->report);
	domain_report_free(&entry->report);
	entry->report = job->report;
	job->report = NULL;
	set_due(watch, entry);
	entry->was_right |= entry->report->state == DOMAIN_OK;
	note_verdict(entry);
	if (watch->listener != NULL)
		watch->listener(watch->listener_arg);
}

/* ---- checks ------------------------------------------------------------------------------ */
static void on_timer(void *arg);

static void
on_checked(struct mailbox_item *item, void *owner)
{
	struct domain_job *job = (struct domain_job *)(void *)item;
	struct domain_watch *watch = owner;
	struct waiter *waiter = job->context;

	if (watch != NULL && waiter != NULL) {
		watch->waiting--;
		waiter->done(waiter->arg, job->report);
	} else if (watch != NULL) {
		watch->is_checking = false;
	}
	if (watch != NULL) {
		keep(watch, job);
		loop_timer_set(&watch->timer, 0);
	}
	mem_free(waiter);
	domain_job_free(&job);
}

/* copy_records - a job outlives the account's picture */
static int
copy_records(const struct domain_watch *watch, const struct account_domain *domain,
	     struct domain_job *job, struct err *err)
{
	struct account_record *record;
	int count = domain_records_list(watch->config, domain, job->arena, &record, err);

	for (int i = 0; i < count; i++) {
		record[i].name = arena_strdup(job->arena, record[i].name);
		record[i].value = arena_strdup(job->arena, record[i].value);
	}
	job->request.record = record;
	job->request.records = count > 0 ? (size_t)count : 0;
	return count < 0 ? -1 : 0;
}

/* start - takes waiter. -1: err, the waiter is the caller's still */
static int
start(struct domain_watch *watch, const struct account_domain *domain, struct waiter *waiter,
      struct err *err)
{
	struct domain_job *job = domain_job_new();

	if (copy_records(watch, domain, job, err) < 0) {
		domain_job_free(&job);
		return -1;
	}
	domain_records_servers(watch->config, job->arena, &job->request.dns);
	job->request.domain = arena_strdup(job->arena, domain->name);
	job->request.hostname = arena_strdup(job->arena, watch->config->hostname);
	job->request.sources = domain_records_sources(watch->config, job->arena,
						      &job->request.source, &job->request.hidden);
	job->budget_ms = BUDGET_MS;
	job->back = (struct mailbox_return){ watch->box, on_checked };
	job->context = waiter;
	domain_thread_send(watch->thread, &job);
	return 0;
}

static void
start_due(struct domain_watch *watch)
{
	const struct account_snapshot *snapshot = account_snapshot(watch->account);
	const struct account_domain *domain;
	struct entry *first = NULL;
	struct err err;

	for (struct list *l = watch->entries.next; l != &watch->entries; l = l->next) {
		struct entry *entry = LIST_OWNER(l, struct entry, link);

		if (entry->due_mono_ms <= clock_mono_ms() &&
		    (first == NULL || entry->due_mono_ms < first->due_mono_ms))
			first = entry;
	}
	if (first == NULL)
		return;
	set_due(watch, first);
	domain = account_snapshot_domain(snapshot, span_of(first->name));
	if (domain == NULL)
		return;
	if (start(watch, domain, NULL, &err) == 0)
		watch->is_checking = true;
	else
		LOG(LOG_ERROR, "domain.check", LOG_TEXT("domain", first->name),
		    LOG_TEXT("error", err.text));
}

static void
on_timer(void *arg)
{
	struct domain_watch *watch = arg;
	int64_t interval_ms = watch->config->domain_check.interval_ms;

	see_all(watch);
	if (!watch->is_checking)
		start_due(watch);
	loop_timer_set(&watch->timer, interval_ms / 2 < TICK_MS ? interval_ms / 2 : TICK_MS);
}

bool
domain_watch_check(struct domain_watch *watch, const char *name,
		   void (*done)(void *arg, const struct domain_report *report), void *arg,
		   struct err *err)
{
	const struct account_domain *domain =
		account_snapshot_domain(account_snapshot(watch->account), span_of(name));
	struct waiter *waiter;

	if (domain == NULL) {
		err_set(err, ERR_INPUT, ENOENT, "there is no domain %s", name);
		return false;
	}
	if (watch->waiting >= WAITING_MAX) {
		err_set(err, ERR_LIMIT, 0, "%u checks wait already; try again in a minute",
			watch->waiting);
		return false;
	}
	see(watch, domain->name);
	waiter = mem_zero(1, sizeof *waiter);
	*waiter = (struct waiter){ done, arg };
	if (start(watch, domain, waiter, err) < 0) {
		mem_free(waiter);
		return false;
	}
	watch->waiting++;
	return true;
}

/* ---- questions ----------------------------------------------------------------------------- */
static struct domain_watch_row
row_of(const struct domain_watch *watch, const struct entry *entry)
{
	return (struct domain_watch_row){ .name = entry->name,
					  .report = entry->report,
					  .change = entry->change,
					  .changes = entry->changes,
					  .sent_failing = entry->sent_failing,
					  .failing_unix_ms = entry->failing_unix_ms,
					  .is_set_up = is_set_up(watch, entry) };
}

bool
domain_watch_at(const struct domain_watch *watch, size_t i, struct domain_watch_row *row_out)
{
	for (struct list *l = watch->entries.next; l != &watch->entries; l = l->next) {
		if (i-- > 0)
			continue;
		*row_out = row_of(watch, LIST_OWNER(l, struct entry, link));
		return true;
	}
	return false;
}

bool
domain_watch_find(const struct domain_watch *watch, const char *domain,
		  struct domain_watch_row *row_out)
{
	const struct entry *entry = find(watch, domain);

	if (entry != NULL)
		*row_out = row_of(watch, entry);
	return entry != NULL;
}

void
domain_watch_note_sent(struct domain_watch *watch, const char *from_domain)
{
	struct entry *entry = NULL;

	while (from_domain != NULL && (entry = find(watch, from_domain)) == NULL) {
		from_domain = strchr(from_domain, '.');
		from_domain += from_domain != NULL;
	}
	if (entry != NULL && entry->failing_unix_ms != 0)
		entry->sent_failing++;
}

/* ---- life ------------------------------------------------------------------------------------ */
void
domain_watch_set_config(struct domain_watch *watch, const struct config *config)
{
	config_unref(&watch->config);
	watch->config = config_ref(config);
	for (struct list *l = watch->entries.next; l != &watch->entries; l = l->next)
		LIST_OWNER(l, struct entry, link)->due_mono_ms = first_due(watch);
	loop_timer_set(&watch->timer, 0);
}

void
domain_watch_set_listener(struct domain_watch *watch, void (*fn)(void *arg), void *arg)
{
	watch->listener = fn;
	watch->listener_arg = arg;
}

struct domain_watch *
domain_watch_new(struct loop *loop, struct account *account, const struct config *config,
		 struct err *err)
{
	struct domain_watch *watch = mem_zero(1, sizeof *watch);

	list_init(&watch->entries);
	watch->loop = loop;
	watch->account = account;
	watch->config = config_ref(config);
	rand_init_secret(&watch->rand);
	loop_timer_init(&watch->timer, loop, on_timer, watch);
	watch->box = mailbox_new("domain", 0, watch, err);
	if (watch->box != NULL)
		watch->thread = domain_thread_start(err);
	if (watch->thread == NULL) {
		domain_watch_free(&watch);
		return NULL;
	}
	mailbox_attach(watch->box, loop);
	loop_timer_set(&watch->timer, 0);
	return watch;
}

void
domain_watch_free(struct domain_watch **watch)
{
	struct domain_watch *w = *watch;

	if (w == NULL)
		return;
	domain_thread_stop(&w->thread);
	mailbox_free(&w->box); /* answers that came meanwhile are freed, waiters unheard */
	loop_timer_deinit(&w->timer);
	while (!list_is_empty(&w->entries))
		entry_free(LIST_OWNER(w->entries.next, struct entry, link));
	config_unref(&w->config);
	mem_free(w);
	*watch = NULL;
}
