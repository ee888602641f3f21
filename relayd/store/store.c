/* store.c - the store's life: open, threads, stop; and its numbers.
 *
 * Which thread does what: store_thread.c (writes), store_reader.c (bodies and
 * searches), store_spool.c (large texts). The engine behind them is chosen here
 * by the scheme of the url. Main thread, store_stats_read apart. */
#include "store/store.h"

#include <signal.h>
#include <string.h>
#include "base/mem.h"
#include "base/must.h"
#include "store/store_fault.h"
#include "store/store_private.h"

#define WRITES_MAX 4096 /* accepts and notes that may wait; then 451 4.3.1 */
#define SEARCHES_MAX 64
#define REPORTS_MAX 8       /* each may take some seconds */
#define BODIES_MAX 1024 /* not enforced: fetches are bounded by attempts in flight */
#define SPOOLS_MAX 1024 /* not enforced: each session has a window */

void (*store_fault_hook)(const char *name);

static const struct store_ops *const engine[] = { &store_sqlite_ops };

static const struct store_ops *
find_engine(const char *url, struct err *err)
{
	struct span rest, scheme = span_cut(span_of(url), ':', &rest);

	for (size_t i = 0; i < sizeof engine / sizeof engine[0]; i++)
		if (span_is(scheme, engine[i]->scheme) && rest.n > 0)
			return engine[i];
	err_set(err, ERR_PERM, 0, "store = \"%s\": this version knows \"sqlite:FILE\"", url);
	return NULL;
}

static int
init_thread(struct store *store, struct store_thread *thread, const char *name, size_t cap,
	    void *(*thread_main)(void *arg), struct err *err)
{
	thread->store = store;
	thread->main = thread_main;
	thread->box = mailbox_new(name, cap, thread, err);
	return thread->box != NULL ? 0 : -1;
}

static int
init_threads(struct store *store, struct err *err)
{
	if (init_thread(store, &store->writing, "store", WRITES_MAX, store_thread_main, err) != 0 ||
	    init_thread(store, &store->body, "body", BODIES_MAX, store_reader_main, err) != 0 ||
	    init_thread(store, &store->report, "report", REPORTS_MAX, store_reader_main, err) != 0)
		return -1;
	for (int i = 0; i < STORE_SEARCH_THREADS; i++)
		if (init_thread(store, &store->search[i], "search", SEARCHES_MAX, store_reader_main,
				err) != 0)
			return -1;
	for (int i = 0; i < STORE_SPOOL_THREADS; i++)
		if (init_thread(store, &store->spool[i], "spool", SPOOLS_MAX, store_spool_main,
				err) != 0)
			return -1;
	return 0;
}

struct store *
store_open(const struct store_options *options, struct err *err)
{
	const struct store_ops *ops = find_engine(options->url, err);
	struct store *store;
	struct store_host host;

	if (ops == NULL)
		return NULL;
	store = mem_zero(1, sizeof *store);
	host = (struct store_host){ .arg = store, .release_spool = store_spool_release };
	store->ops = ops;
	store->options = *options;
	store->options.url = mem_strdup(options->url);
	store->options.state_dir = mem_strdup(options->state_dir);
	if (init_threads(store, err) != 0 ||
	    (store->writer = ops->writer_open(&store->options, &host, err)) == NULL ||
	    store_spool_sweep(store, err) != 0)
		store_close(&store);
	else
		store_thread_check_disk(store);
	return store;
}

uint64_t
store_largest_id(struct store *store)
{
	return store->ops->largest_id(store->writer);
}

int
store_load_queue(struct store *store, store_queued_fn fn, void *arg, struct err *err)
{
	return store->ops->load_queue(store->writer, fn, arg, err);
}

int
store_load_suppressions(struct store *store, store_suppression_fn fn, void *arg, struct err *err)
{
	return store->ops->load_suppressions(store->writer, fn, arg, err);
}

int
store_load_rows(struct store *store, store_row_fn fn, void *arg, struct err *err)
{
	return store->ops->load_rows(store->writer, fn, arg, err);
}

int
store_load_notices(struct store *store, store_notice_fn fn, void *arg, struct err *err)
{
	return store->ops->load_notices(store->writer, fn, arg, err);
}

int
store_overwrite(struct store *store, struct store_write *request)
{
	must(!store->writing.is_started);
	request->result = store->ops->overwrite(store->writer, request, &request->err);
	return request->result;
}

/* ---- threads -------------------------------------------------------------------- */

/* thread_start - its signals stay with the main thread. */
static int
thread_start(struct store_thread *thread, struct err *err)
{
	sigset_t all, before;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&thread->id, NULL, thread->main, thread);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error != 0)
		return err_errno(err, error, "cannot start a store thread");
	thread->is_started = true;
	return 0;
}

static int
reader_start(struct store *store, struct store_thread *thread, struct err *err)
{
	thread->reader = store->ops->reader_open(&store->options, err);
	return thread->reader != NULL ? thread_start(thread, err) : -1;
}

int
store_start(struct store *store, struct err *err)
{
	if (reader_start(store, &store->body, err) != 0
	    || reader_start(store, &store->report, err) != 0)
		return -1;
	for (int i = 0; i < STORE_SEARCH_THREADS; i++)
		if (reader_start(store, &store->search[i], err) != 0)
			return -1;
	for (int i = 0; i < STORE_SPOOL_THREADS; i++)
		if (thread_start(&store->spool[i], err) != 0)
			return -1;
	return thread_start(&store->writing, err);
}

static void
on_stop(struct mailbox_item *item, void *owner)
{
	struct store_thread *thread = owner;

	(void)item; /* part of the thread's struct */
	if (thread != NULL)
		thread->is_stopping = true;
}

static void
thread_stop(struct store_thread *thread)
{
	struct mailbox_item *item = &thread->stop;

	if (!thread->is_started)
		return;
	item->fn = on_stop;
	mailbox_send(thread->box, &item);
	must(pthread_join(thread->id, NULL) == 0);
	thread->is_started = false;
}

void
store_thread_serve(struct store_thread *thread, int timeout_ms)
{
	struct mailbox_item *item = mailbox_wait(thread->box, timeout_ms);

	while (item != NULL) {
		struct mailbox_item *next = item->next;

		item->fn(item, thread);
		item = next;
	}
}

void
store_stop(struct store *store)
{
	/* the store thread first: its last commits may release spool files */
	thread_stop(&store->writing);
	thread_stop(&store->body);
	thread_stop(&store->report);
	for (int i = 0; i < STORE_SEARCH_THREADS; i++)
		thread_stop(&store->search[i]);
	for (int i = 0; i < STORE_SPOOL_THREADS; i++)
		thread_stop(&store->spool[i]);
}

static void
thread_deinit(struct store *store, struct store_thread *thread)
{
	mailbox_free(&thread->box);
	if (thread->reader != NULL)
		store->ops->reader_close(&thread->reader);
}

void
store_close(struct store **store)
{
	struct store *s = *store;

	if (s == NULL)
		return;
	store_stop(s);
	thread_deinit(s, &s->body);
	thread_deinit(s, &s->report);
	for (int i = 0; i < STORE_SEARCH_THREADS; i++)
		thread_deinit(s, &s->search[i]);
	s->ops->writer_close(&s->writer); /* last: removes the WAL */
	thread_deinit(s, &s->writing);
	for (int i = 0; i < STORE_SPOOL_THREADS; i++)
		thread_deinit(s, &s->spool[i]);
	mem_free((char *)(uintptr_t)s->options.url);
	mem_free((char *)(uintptr_t)s->options.state_dir);
	mem_free(s);
	*store = NULL;
}

/* ---- health ------------------------------------------------------------------------ */

void
store_stats_read(struct store *store, struct store_stats *stats_out)
{
	const struct store_metrics *metrics = &store->metrics;

	*stats_out = (struct store_stats){
		.commits = metrics->commits,
		.syncs = metrics->syncs,
		.messages = metrics->messages,
		.outcomes = metrics->outcomes,
		.bytes = metrics->bytes,
		.largest_batch = metrics->largest_batch,
		.wal_bytes = metrics->wal_bytes,
		.free_bytes = metrics->free_bytes,
		.is_full = metrics->is_full,
		.is_broken = metrics->is_broken,
	};
}
