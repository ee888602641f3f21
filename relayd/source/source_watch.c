/* source_watch.c - one check per address: all questions at once, the end when the last answer
 * is there.
 *
 *   start --PTR--> names --A or AAAA of each--> confirmed or not
 *      \---A of each list's name---------------> listed or not
 *
 * Thread: main. */
#include "source/source_watch.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/list.h"
#include "base/log.h"
#include "base/mem.h"
#include "source/source_host.h"

#define TEXT_SIZE 400

struct source_watch {
	struct loop *loop;
	struct resolve *resolve;
	struct mailbox *box;
	const struct config *config;   /* a reference: reports borrow of it */
	struct loop_timer timer;
	struct source_report *report;
	size_t reports;
	struct list checks;            /* struct check.link */
	void (*changed)(void *arg, const struct source_report *report, const char *text);
	void *arg;
};

struct waiter {
	struct list link;
	void (*done)(void *arg, const struct source_report *report);
	void *arg;
};

struct check {
	struct list link;
	struct list waiters;
	struct source_watch *watch;    /* NULL: freed meanwhile */
	const struct config *config;   /* a reference */
	struct source_report report;
	char name[SOURCE_NAMES_MAX][SOURCE_NAME_SIZE]; /* of its PTR records */
	bool is_confirmed[SOURCE_NAMES_MAX];
	size_t names;
	unsigned waiting;              /* answers */
	struct question {
		struct check *check;
		size_t place;          /* of the list, or the name */
	} question[1 + SOURCE_LISTS_MAX + SOURCE_NAMES_MAX];
	size_t questions;
};

/* ---- questions ------------------------------------------------------------------------ */

static void
ask(struct check *check, const char *name, enum resolve_records_type type, mailbox_fn fn,
    size_t place)
{
	struct resolve_records *records = mem_zero(1, sizeof *records);
	struct question *question = &check->question[check->questions++];

	*question = (struct question){ check, place };
	records->back = (struct mailbox_return){ check->watch->box, fn };
	records->context = question;
	records->type = type;
	snprintf(records->name, sizeof records->name, "%s", name);
	check->waiting++;
	resolve_records_send(check->watch->resolve, &records);
}

/* answered - NULL when the watch is gone, and the check with it. */
static struct check *
answered(struct resolve_records *records, void *owner, size_t *place_out)
{
	const struct question *question = records->context;

	*place_out = owner ? question->place : 0;
	return owner ? question->check : NULL;
}

static void finish(struct check *check);

static void
one_less(struct check *check)
{
	if (--check->waiting == 0)
		finish(check);
}

static void
on_list(struct mailbox_item *item, void *owner)
{
	struct resolve_records *records = (struct resolve_records *)(void *)item;
	size_t place;
	struct check *check = answered(records, owner, &place);

	if (check != NULL) {
		struct source_list *list = &check->report.list[place];

		if (records->why == NULL)
			source_check_read_list(list, records->record, records->count);
		one_less(check);
	}
	mem_free(records);
}

static void
on_forward(struct mailbox_item *item, void *owner)
{
	struct resolve_records *records = (struct resolve_records *)(void *)item;
	size_t place;
	struct check *check = answered(records, owner, &place);

	if (check != NULL) {
		if (records->why != NULL && check->report.ptr_why == NULL)
			check->report.ptr_why = records->why;
		for (size_t i = 0; records->why == NULL && i < records->count; i++)
			if (strcmp(records->record[i], check->report.address) == 0)
				check->is_confirmed[place] = true;
		one_less(check);
	}
	mem_free(records);
}

static void
on_ptr(struct mailbox_item *item, void *owner)
{
	struct resolve_records *records = (struct resolve_records *)(void *)item;
	size_t place;
	struct check *check = answered(records, owner, &place);
	bool is_six;

	if (check != NULL) {
		is_six = strchr(check->report.address, ':') != NULL;
		check->report.ptr_why = records->why;
		while (records->why == NULL && check->names < records->count &&
		       check->names < SOURCE_NAMES_MAX) {
			size_t i = check->names++;

			memcpy(check->name[i], records->record[i], SOURCE_NAME_SIZE);
			ask(check, check->name[i],
			    is_six ? RESOLVE_RECORDS_AAAA : RESOLVE_RECORDS_A, on_forward, i);
		}
		one_less(check);
	}
	mem_free(records);
}

/* ---- a check --------------------------------------------------------------------------- */

static void
judge_ptr(struct check *check)
{
	struct source_report *report = &check->report;
	size_t best = 0;

	if (check->names == 0) {
		report->ptr = report->ptr_why != NULL ? SOURCE_PTR_UNKNOWN : SOURCE_PTR_NONE;
		return;
	}
	for (size_t i = check->names; i-- > 0;) {
		if (!check->is_confirmed[i])
			continue;
		report->ptr = SOURCE_PTR_CONFIRMED;
		report->is_greeting_confirmed |= strcasecmp(check->name[i], report->ehlo) == 0;
		best = i;
	}
	if (report->ptr != SOURCE_PTR_CONFIRMED) /* an unanswered question proves nothing */
		report->ptr = report->ptr_why != NULL ? SOURCE_PTR_UNKNOWN : SOURCE_PTR_UNCONFIRMED;
	memcpy(report->ptr_name, check->name[best], SOURCE_NAME_SIZE);
}

static void
check_free(struct check *check)
{
	struct config *config = (struct config *)(uintptr_t)check->config;

	while (!list_is_empty(&check->waiters)) {
		struct waiter *waiter = LIST_OWNER(check->waiters.next, struct waiter, link);

		list_remove(&waiter->link);
		mem_free(waiter);
	}
	list_remove(&check->link);
	config_unref(&config);
	mem_free(check);
}

static void
all_problems(const struct source_report *report, struct buf *out)
{
	char text[TEXT_SIZE];

	for (size_t i = 0; source_check_problem(report, i, text, sizeof text); i++)
		buf_printf(out, "%s%s", i ? " " : "", text);
}

/* keep - and say so when the problems are others than last time */
static void
keep(struct source_watch *watch, const struct source_report *report)
{
	struct source_report *old = NULL;
	struct buf before, now;

	for (size_t i = 0; i < watch->reports && old == NULL; i++)
		if (strcmp(watch->report[i].address, report->address) == 0)
			old = &watch->report[i];
	if (old == NULL)
		return;
	buf_init(&before, 8192);
	buf_init(&now, 8192);
	all_problems(old, &before);
	*old = *report;
	all_problems(old, &now);
	if (!span_equals(buf_span(&before), buf_span(&now))) {
		bool is_well = now.len == 0;
		struct arena *arena = arena_new(0);
		const char *text = is_well ? "no problem is left"
					   : arena_span(arena, buf_span(&now));

		LOG(is_well ? LOG_NOTICE : LOG_WARNING, "source.checked",
		    LOG_TEXT("address", old->address), LOG_TEXT("result", text));
		if (watch->changed != NULL)
			watch->changed(watch->arg, old, text);
		arena_free(&arena);
	}
	buf_deinit(&before);
	buf_deinit(&now);
}

static void
finish(struct check *check)
{
	struct source_watch *watch = check->watch;

	judge_ptr(check);
	check->report.at_unix_ms = clock_unix_ms();
	if (check->config == watch->config)
		keep(watch, &check->report);
	while (!list_is_empty(&check->waiters)) {
		struct waiter *waiter = LIST_OWNER(check->waiters.next, struct waiter, link);

		list_remove(&waiter->link);
		waiter->done(waiter->arg, &check->report);
		mem_free(waiter);
	}
	check_free(check);
}

static void
blank_report(const struct config *config, const char *address, struct source_report *report)
{
	memset(report, 0, sizeof *report);
	snprintf(report->address, sizeof report->address, "%s", address);
	report->ehlo = config_ehlo(config, address);
	must(config->source_check.blocklists <= SOURCE_LISTS_MAX);
	for (size_t i = 0; i < config->source_check.blocklists; i++)
		if (config->source_check.blocklist[i][0] != '\0')
			report->list[report->lists++].name = config->source_check.blocklist[i];
}

static struct check *
start(struct source_watch *watch, const char *address)
{
	struct check *check = mem_zero(1, sizeof *check);
	char name[SOURCE_NAME_SIZE];

	check->watch = watch;
	check->config = config_ref(watch->config);
	blank_report(check->config, address, &check->report);
	check->report.is_missing = !source_host_has(address);
	list_init(&check->waiters);
	list_push_back(&watch->checks, &check->link);
	must(source_check_reverse_name(address, name));
	ask(check, name, RESOLVE_RECORDS_PTR, on_ptr, 0);
	for (size_t i = 0; i < check->report.lists; i++) /* names that fit: config_check */
		if (source_check_list_name(address, check->report.list[i].name, name))
			ask(check, name, RESOLVE_RECORDS_A, on_list, i);
	return check;
}

/* ---- all of them ------------------------------------------------------------------------ */

static void
on_timer(void *arg)
{
	struct source_watch *watch = arg;

	for (size_t i = 0; i < watch->reports; i++)
		start(watch, watch->report[i].address);
	loop_timer_set(&watch->timer, watch->config->source_check.interval_ms);
}

static void
add(struct source_watch *watch, const char *const *address, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (source_watch_find(watch, address[i]) == NULL)
			blank_report(watch->config, address[i], &watch->report[watch->reports++]);
}

void
source_watch_set_config(struct source_watch *watch, const struct config *config)
{
	struct config *old = (struct config *)(uintptr_t)watch->config;
	size_t most = config->delivery.sources;

	watch->config = config_ref(config);
	for (size_t i = 0; i < config->pools; i++)
		most += config->pool[i].addresses;
	mem_free(watch->report);
	watch->report = mem_zero(most + 1, sizeof *watch->report);
	watch->reports = 0;
	add(watch, config->delivery.source, config->delivery.sources);
	for (size_t i = 0; i < config->pools; i++)
		add(watch, config->pool[i].address, config->pool[i].addresses);
	config_unref(&old);
	loop_timer_set(&watch->timer, 0);
}

struct source_watch *
source_watch_new(struct loop *loop, struct resolve *resolve, const struct config *config,
		 struct err *err)
{
	struct source_watch *watch = mem_zero(1, sizeof *watch);

	watch->box = mailbox_new("source", 0, watch, err);
	if (watch->box == NULL) {
		mem_free(watch);
		return NULL;
	}
	mailbox_attach(watch->box, loop);
	watch->loop = loop;
	watch->resolve = resolve;
	list_init(&watch->checks);
	loop_timer_init(&watch->timer, loop, on_timer, watch);
	source_watch_set_config(watch, config);
	return watch;
}

void
source_watch_free(struct source_watch **watch)
{
	struct source_watch *w = *watch;
	struct config *config;

	if (w == NULL)
		return;
	config = (struct config *)(uintptr_t)w->config;
	mailbox_free(&w->box);
	while (!list_is_empty(&w->checks))
		check_free(LIST_OWNER(w->checks.next, struct check, link));
	loop_timer_deinit(&w->timer);
	mem_free(w->report);
	config_unref(&config);
	mem_free(w);
	*watch = NULL;
}

void
source_watch_listen(struct source_watch *watch,
		    void (*changed)(void *arg, const struct source_report *report,
				    const char *text),
		    void *arg)
{
	watch->changed = changed;
	watch->arg = arg;
}

const struct source_report *
source_watch_report(const struct source_watch *watch, size_t i)
{
	return i < watch->reports ? &watch->report[i] : NULL;
}

const struct source_report *
source_watch_find(const struct source_watch *watch, const char *address)
{
	for (size_t i = 0; i < watch->reports; i++)
		if (strcmp(watch->report[i].address, address) == 0)
			return &watch->report[i];
	return NULL;
}

bool
source_watch_check(struct source_watch *watch, const char *address,
		   void (*done)(void *arg, const struct source_report *report), void *arg)
{
	const struct source_report *report = source_watch_find(watch, address);
	struct waiter *waiter;

	if (report == NULL)
		return false;
	waiter = mem_zero(1, sizeof *waiter);
	waiter->done = done;
	waiter->arg = arg;
	list_push_back(&start(watch, report->address)->waiters, &waiter->link);
	return true;
}
