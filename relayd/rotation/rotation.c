/* rotation.c - see rotation.h.
 *
 * One domain at a time: the one that is due for longest. A visit looks up the records of its
 * keys that wait for the DNS, then asks the queue about its retired ones, then asks for the
 * moves; a move that something else overtook is refused by account and seen again next time. */
#include "rotation/rotation.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/log.h"
#include "base/mem.h"
#include "domain/domain_records.h"
#include "domain/domain_thread.h"
#include "notify/notify_keep.h"
#include "rotation/rotation_plan.h"

#define TICK_MS 1000
#define BUDGET_MS 30000
/* a session may sign with the picture it began with: so long after the switch mail may still
 * come with the old key */
#define OVERLAP_MS 60000

struct entry { /* of one domain with keys on the way */
	struct list link;
	char *name;
	int64_t due_mono_ms;
	bool is_there; /* of the tick */
};

struct rotation {
	struct rotation_options options;
	struct config *config; /* our reference */
	struct domain_thread *thread;
	struct mailbox *box;
	struct loop_timer timer;
	struct list entries;
	bool is_visiting; /* one job or question is under way */
	unsigned moves;	  /* changes under way, which point at us */
};

/* ---- moves ---------------------------------------------------------------------------- */

static void
publish(struct rotation *rotation, const struct account_change *change)
{
	const struct mail_event event = {
		.at_unix_ms = clock_unix_ms(),
		.kind = MAIL_EVENT_DOMAIN_CHANGED,
		.detail = arena_printf(change->arena, "%s DKIM: %s", change->name, change->detail),
		.duration_ms = -1,
	};

	notify_keep(rotation->options.notify, rotation->options.store, rotation->box, &event);
}

static void
moved(struct account_change *change, void *arg)
{
	struct rotation *rotation = arg;

	rotation->moves--;
	if (change->result == 0)
		publish(rotation, change);
	else
		LOG(LOG_WARNING, "rotation.refused", LOG_TEXT("domain", change->name),
		    LOG_TEXT("key", change->key), LOG_TEXT("why", change->err.text));
	account_change_free(&change);
	loop_timer_set(&rotation->timer, 0);
}

static void
move(struct rotation *rotation, const struct account_domain *domain,
     const struct account_key *key, enum store_key_state to)
{
	struct account_change *change = account_change_new(ACCOUNT_KEY_MOVE);

	change->name = arena_strdup(change->arena, domain->name);
	change->key = arena_strdup(change->arena, key->selector);
	change->from_state = key->state;
	change->to_state = to;
	change->uid = (uint32_t)geteuid();
	change->who = "relayd";
	change->via = "relayd";
	change->done = moved;
	change->arg = rotation;
	rotation->moves++;
	account_change_start(rotation->options.account, &change);
}

static struct rotation_facts
facts_of(const struct rotation *rotation, const struct account_key *key)
{
	return (struct rotation_facts){
		.state = key->state,
		.for_ms = clock_unix_ms() - key->since_unix_ms,
		.settle_ms = rotation->config->dkim.settle_ms,
		.grace_ms = rotation->config->dkim.grace_ms,
	};
}

static void
consider(struct rotation *rotation, const struct account_domain *domain,
	 const struct account_key *key, const struct rotation_facts *facts)
{
	enum store_key_state to = rotation_plan(facts);

	if (to != key->state)
		move(rotation, domain, key, to);
}

/* ---- the queue ------------------------------------------------------------------------- */

struct question { /* context of an ask, in its arena */
	char *domain, *selector;
};

static void
visited(struct rotation *rotation)
{
	rotation->is_visiting = false;
	loop_timer_set(&rotation->timer, 0);
}

static void
answered(struct mailbox_item *item, void *owner)
{
	struct schedule_ask *ask = (struct schedule_ask *)(void *)item;
	struct rotation *rotation = owner;
	const struct question *question = ask->context;
	const struct account_domain *domain = NULL;
	const struct account_key *key = NULL;

	if (rotation != NULL)
		domain = account_snapshot_domain(account_snapshot(rotation->options.account),
						 span_of(question->domain));
	if (domain != NULL)
		key = account_domain_key(domain, span_of(question->selector));
	if (key != NULL) {
		struct rotation_facts facts = facts_of(rotation, key);

		facts.is_drained = ask->affected == 0;
		consider(rotation, domain, key, &facts);
	}
	schedule_ask_free(&ask);
	if (rotation != NULL)
		visited(rotation);
}

/* ask_queue - about the key that retired first: while mail of its time waits, there is mail of
 * the others' too. */
static void
ask_queue(struct rotation *rotation, const struct account_domain *domain)
{
	const struct account_key *key = NULL;
	struct schedule_ask *ask;
	struct question *question;

	for (size_t i = 0; domain != NULL && i < domain->keys; i++) {
		struct rotation_facts facts = facts_of(rotation, &domain->key[i]);

		if (rotation_plan_asks_queue(&facts) &&
		    (key == NULL || domain->key[i].since_unix_ms < key->since_unix_ms))
			key = &domain->key[i];
	}
	if (key == NULL) {
		visited(rotation);
		return;
	}
	ask = schedule_ask_new(SCHEDULE_FIND_SIGNED,
			       (struct mailbox_return){ rotation->box, answered });
	ask->context = question = arena_zero(ask->arena, sizeof *question);
	question->domain = arena_strdup(ask->arena, domain->name);
	question->selector = arena_strdup(ask->arena, key->selector);
	ask->match = question->domain;
	ask->until_unix_ms = key->since_unix_ms + OVERLAP_MS;
	if (schedule_ask_send(rotation->options.schedule, &ask))
		return;
	schedule_ask_free(&ask);
	visited(rotation); /* too many questions wait: at the next visit */
}

/* ---- the DNS ---------------------------------------------------------------------------- */

static bool
is_record_of(const char *name, const struct account_key *key)
{
	size_t n = strlen(key->selector);

	return strncmp(name, key->selector, n) == 0 && strncmp(name + n, "._domainkey.", 12) == 0;
}

static const struct domain_finding *
find_finding(const struct domain_report *report, const struct account_key *key)
{
	for (size_t i = 0; i < report->findings; i++)
		if (is_record_of(report->finding[i].name, key))
			return &report->finding[i];
	return NULL;
}

static void
looked_up(struct mailbox_item *item, void *owner)
{
	struct domain_job *job = (struct domain_job *)(void *)item;
	struct rotation *rotation = owner;
	const struct domain_report *report = job->report;
	const struct account_domain *domain = NULL;

	if (rotation != NULL && report != NULL && !report->is_stopped)
		domain = account_snapshot_domain(account_snapshot(rotation->options.account),
						 span_of(report->domain));
	for (size_t i = 0; domain != NULL && i < domain->keys; i++) {
		const struct domain_finding *finding = find_finding(report, &domain->key[i]);
		struct rotation_facts facts = facts_of(rotation, &domain->key[i]);

		if (finding == NULL)
			continue;
		facts.is_looked_up = true;
		facts.seen = finding->state;
		consider(rotation, domain, &domain->key[i], &facts);
	}
	domain_job_free(&job);
	if (rotation != NULL)
		ask_queue(rotation, domain);
}

/* fill - the records of the keys that the DNS moves. Returns their number. */
static size_t
fill(const struct account_domain *domain, struct domain_job *job)
{
	struct account_record *record =
		arena_zero(job->arena, (domain->keys + 1) * sizeof *record);
	size_t count = 0;
	struct buf value;

	for (size_t i = 0; i < domain->keys; i++) {
		const struct account_key *key = &domain->key[i];

		if (!rotation_plan_asks_dns(key->state))
			continue;
		buf_init(&value, ACCOUNT_ZONE_MAX_BYTES);
		if (dkim_key_write_record(key->key, &value, NULL) == 0)
			record[count++] = (struct account_record){
				.purpose = "dkim",
				.name = arena_printf(job->arena, "%s._domainkey.%s", key->selector,
						     domain->name),
				.type = "TXT",
				.value = arena_span(job->arena, buf_span(&value)),
			};
		buf_deinit(&value);
	}
	job->request.record = record;
	job->request.records = count;
	return count;
}

/* visit - the DNS first; without a key that it moves, the queue at once. */
static void
visit(struct rotation *rotation, const struct account_domain *domain)
{
	struct domain_job *job = domain_job_new();

	rotation->is_visiting = true;
	if (fill(domain, job) == 0) {
		domain_job_free(&job);
		ask_queue(rotation, domain);
		return;
	}
	job->request.domain = arena_strdup(job->arena, domain->name);
	job->request.hostname = arena_strdup(job->arena, rotation->config->hostname);
	job->request.has_records_only = true;
	domain_records_servers(rotation->config, job->arena, &job->request.dns);
	job->budget_ms = BUDGET_MS;
	job->back = (struct mailbox_return){ rotation->box, looked_up };
	domain_thread_send(rotation->thread, &job);
}

/* ---- whose turn it is --------------------------------------------------------------------- */

static bool
has_work(const struct rotation *rotation, const struct account_domain *domain)
{
	for (size_t i = 0; i < domain->keys; i++) {
		struct rotation_facts facts = facts_of(rotation, &domain->key[i]);

		if (rotation_plan_asks_dns(domain->key[i].state) ||
		    rotation_plan_asks_queue(&facts))
			return true;
	}
	return false;
}

static void
entry_free(struct entry *entry)
{
	list_remove(&entry->link);
	mem_free(entry->name);
	mem_free(entry);
}

static void
see(struct rotation *rotation, const char *name)
{
	struct entry *entry;

	for (struct list *l = rotation->entries.next; l != &rotation->entries; l = l->next) {
		entry = LIST_OWNER(l, struct entry, link);
		if (strcmp(entry->name, name) == 0) {
			entry->is_there = true;
			return;
		}
	}
	entry = mem_zero(1, sizeof *entry);
	entry->name = mem_strdup(name);
	entry->is_there = true;
	list_push_back(&rotation->entries, &entry->link); /* due at once */
}

static void
see_all(struct rotation *rotation)
{
	const struct account_snapshot *snapshot = account_snapshot(rotation->options.account);
	struct list *next;

	for (struct list *l = rotation->entries.next; l != &rotation->entries; l = l->next)
		LIST_OWNER(l, struct entry, link)->is_there = false;
	for (size_t i = 0; i < snapshot->domains; i++)
		if (has_work(rotation, snapshot->domain[i]))
			see(rotation, snapshot->domain[i]->name);
	for (struct list *l = rotation->entries.next; l != &rotation->entries; l = next) {
		next = l->next;
		if (!LIST_OWNER(l, struct entry, link)->is_there)
			entry_free(LIST_OWNER(l, struct entry, link));
	}
}

static void
on_timer(void *arg)
{
	struct rotation *rotation = arg;
	const struct account_domain *domain;
	struct entry *first = NULL;

	loop_timer_set(&rotation->timer, TICK_MS);
	if (rotation->is_visiting || rotation->moves > 0)
		return;
	see_all(rotation);
	for (struct list *l = rotation->entries.next; l != &rotation->entries; l = l->next) {
		struct entry *entry = LIST_OWNER(l, struct entry, link);

		if (entry->due_mono_ms <= clock_mono_ms() &&
		    (first == NULL || entry->due_mono_ms < first->due_mono_ms))
			first = entry;
	}
	if (first == NULL)
		return;
	first->due_mono_ms = clock_mono_ms() + rotation->config->dkim.interval_ms;
	domain = account_snapshot_domain(account_snapshot(rotation->options.account),
					 span_of(first->name));
	if (domain != NULL)
		visit(rotation, domain);
}

/* ---- life ------------------------------------------------------------------------------------ */

void
rotation_set_config(struct rotation *rotation, const struct config *config)
{
	config_unref(&rotation->config);
	rotation->config = config_ref(config);
	for (struct list *l = rotation->entries.next; l != &rotation->entries; l = l->next)
		LIST_OWNER(l, struct entry, link)->due_mono_ms = 0;
	loop_timer_set(&rotation->timer, 0);
}

struct rotation *
rotation_new(const struct rotation_options *options, struct err *err)
{
	struct rotation *rotation = mem_zero(1, sizeof *rotation);

	rotation->options = *options;
	rotation->config = config_ref(options->config);
	list_init(&rotation->entries);
	loop_timer_init(&rotation->timer, options->loop, on_timer, rotation);
	rotation->box = mailbox_new("rotation", 0, rotation, err);
	if (rotation->box != NULL)
		rotation->thread = domain_thread_start(err);
	if (rotation->thread == NULL) {
		rotation_free(&rotation);
		return NULL;
	}
	mailbox_attach(rotation->box, options->loop);
	loop_timer_set(&rotation->timer, TICK_MS);
	return rotation;
}

void
rotation_free(struct rotation **rotation)
{
	struct rotation *r = *rotation;

	*rotation = NULL;
	if (r == NULL)
		return;
	domain_thread_stop(&r->thread);
	mailbox_free(&r->box); /* answers that came meanwhile are freed */
	loop_timer_deinit(&r->timer);
	while (!list_is_empty(&r->entries))
		entry_free(LIST_OWNER(r->entries.next, struct entry, link));
	config_unref(&r->config);
	mem_free(r);
}
