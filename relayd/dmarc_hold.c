/* dmarc_hold.c - see dmarc_hold.h. */
#include "dmarc_hold.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/log.h"
#include "base/mem.h"

#define TICK_MS 5000 /* a domain that went, an order that failed */
#define SOON_MS 200  /* the holds are being asked for */
#define AGAIN_MS 60000
#define BY "relayd domain check" /* no user has a name like that */
#define SCOPE "from:@"
#define SCOPE_SIZE 300
#define KEY_SIZE 320

struct entry { /* of one domain */
	struct list link;
	struct dmarc_hold *owner;
	char *name;
	bool is_acted;	       /* on the failure that lasts: stored */
	bool is_ordered;       /* an answer of control's is awaited */
	bool is_release;       /* ... about that */
	int64_t again_mono_ms; /* one failed: not before that; 0: none did */
};

struct dmarc_hold {
	struct dmarc_hold_options options;
	struct mailbox *box;
	struct notify_subscriber *subscriber;
	struct loop_timer timer;
	struct list entries;
	bool is_started;
};

/* ---- entries --------------------------------------------------------------------------- */
static struct entry *
find(const struct dmarc_hold *hold, const char *name)
{
	for (struct list *l = hold->entries.next; l != &hold->entries; l = l->next)
		if (strcmp(LIST_OWNER(l, struct entry, link)->name, name) == 0)
			return LIST_OWNER(l, struct entry, link);
	return NULL;
}

static struct entry *
see(struct dmarc_hold *hold, const char *name)
{
	struct entry *entry = find(hold, name);

	if (entry != NULL)
		return entry;
	entry = mem_zero(1, sizeof *entry);
	entry->owner = hold;
	entry->name = mem_strdup(name);
	list_push_back(&hold->entries, &entry->link);
	return entry;
}

static void
entry_free(struct entry *entry)
{
	list_remove(&entry->link);
	mem_free(entry->name);
	mem_free(entry);
}

/* ---- kept ------------------------------------------------------------------------------ */
static void
stored(struct mailbox_item *item, void *owner)
{
	struct store_write *write = (struct store_write *)(void *)item;

	(void)owner;
	if (write->result < 0)
		LOG(LOG_ERROR, "dmarc_hold.not_stored", LOG_TEXT("why", write->err.text));
	store_write_free(&write);
}

static void
set_acted(struct entry *entry, bool is_acted)
{
	struct dmarc_hold *hold = entry->owner;
	struct store_write *write;
	struct store_dmarc_hold *row;

	if (entry->is_acted == is_acted)
		return;
	entry->is_acted = is_acted;
	write = store_write_new((struct mailbox_return){ hold->box, stored }, NULL, 1);
	row = &store_write_add(write, is_acted ? STORE_PUT_DMARC_HOLD : STORE_DELETE_DMARC_HOLD)
		       ->row.dmarc_hold;
	row->domain = arena_strdup(write->arena, entry->name);
	row->since_unix_ms = clock_unix_ms();
	store_write_send(hold->options.store, &write);
}

void
dmarc_hold_load(struct dmarc_hold *hold, const struct store_change *row)
{
	if (row->kind == STORE_PUT_DMARC_HOLD)
		see(hold, row->row.dmarc_hold.domain)->is_acted = true;
}

/* ---- what is so ------------------------------------------------------------------------ */

/* holder_of - who holds mail from that domain; "": nobody. NULL: not known now. */
static const char *
holder_of(const struct dmarc_hold *hold, const char *domain)
{
	const struct schedule_ask *holds = alert_ask_last(hold->options.holds);

	for (size_t i = 0; holds != NULL && i < holds->rows; i++) {
		const char *scope = holds->hold[i].held.scope;

		if (strncmp(scope, SCOPE, strlen(SCOPE)) == 0 &&
		    strcmp(scope + strlen(SCOPE), domain) == 0)
			return holds->hold[i].held.by;
	}
	return holds != NULL ? "" : NULL;
}

bool
dmarc_hold_has(const struct dmarc_hold *hold, const char *domain)
{
	const char *holder = holder_of(hold, domain);

	return holder != NULL && strcmp(holder, BY) == 0;
}

enum finding { UNKNOWN, FAILS, RIGHT };

/* look_at - what the last check says, for a domain that wants to be held */
static enum finding
look_at(const struct dmarc_hold *hold, const char *name, const char **why_out)
{
	const struct account_domain *domain =
		account_snapshot_domain(account_snapshot(hold->options.account), span_of(name));
	const struct domain_report *report;
	struct domain_watch_row row;

	if (domain == NULL || !domain->holds_failing)
		return RIGHT;
	if (!domain_watch_find(hold->options.domains, name, &row) || row.report == NULL)
		return UNKNOWN;
	report = row.report;
	if (!report->is_verdict_certain)
		return UNKNOWN;
	*why_out = report->verdict;
	return report->verdict != NULL && report->dmarc.policy_domain != NULL &&
			       report->dmarc.policy != DMARC_NONE
		       ? FAILS
		       : RIGHT;
}

/* ---- what is done ---------------------------------------------------------------------- */
static void
done(void *arg, const char *failed)
{
	struct entry *entry = arg;
	struct dmarc_hold *hold = entry->owner;

	entry->is_ordered = false;
	alert_ask_again(hold->options.holds);
	if (failed != NULL)
		LOG(LOG_ERROR, "dmarc_hold.failed", LOG_TEXT("domain", entry->name),
		    LOG_TEXT("order", entry->is_release ? "release" : "hold"),
		    LOG_TEXT("why", failed));
	else
		set_acted(entry, !entry->is_release);
	entry->again_mono_ms = failed != NULL ? clock_mono_ms() + AGAIN_MS : 0;
}

static void
order(struct entry *entry, bool is_release, const char *reason)
{
	struct dmarc_hold *hold = entry->owner;
	char match[SCOPE_SIZE];

	(void)snprintf(match, sizeof match, SCOPE "%.253s", entry->name);
	entry->is_ordered = true;
	entry->is_release = is_release;
	LOG(LOG_WARNING, is_release ? "dmarc_hold.release" : "dmarc_hold.hold",
	    LOG_TEXT("domain", entry->name), LOG_TEXT("reason", reason));
	control_order(hold->options.control, &(struct control_order){ .is_release = is_release,
								      .match = match,
								      .reason = reason,
								      .by = BY,
								      .done = done,
								      .arg = entry });
}

/* decide - one failure is acted on once; somebody else's hold is as good as ours. Ours without
 * that it is known as acted on was not put in full. */
static void
decide(struct entry *entry)
{
	struct dmarc_hold *hold = entry->owner;
	const char *holder = holder_of(hold, entry->name), *why = NULL;
	enum finding finding = look_at(hold, entry->name, &why);
	bool is_ours = holder != NULL && strcmp(holder, BY) == 0;

	if (entry->is_ordered || holder == NULL || clock_mono_ms() < entry->again_mono_ms)
		return;
	if (finding == FAILS && !entry->is_acted && (is_ours || holder[0] == '\0'))
		order(entry, false, why);
	else if (finding == FAILS)
		set_acted(entry, true);
	else if (finding == RIGHT && is_ours)
		order(entry, true, "its DNS is right again, or it is no longer to be held");
	else if (finding == RIGHT)
		set_acted(entry, false);
}

static void
on_timer(void *arg)
{
	struct dmarc_hold *hold = arg;
	const struct account_snapshot *accounts = account_snapshot(hold->options.account);
	struct list *next;

	for (size_t i = 0; i < accounts->domains; i++)
		if (accounts->domain[i]->holds_failing)
			(void)see(hold, accounts->domain[i]->name);
	for (struct list *l = hold->entries.next; l != &hold->entries; l = next) {
		struct entry *entry = LIST_OWNER(l, struct entry, link);
		const char *holder;

		next = l->next;
		decide(entry);
		holder = holder_of(hold, entry->name);
		if (!entry->is_ordered && !entry->is_acted && holder != NULL &&
		    strcmp(holder, BY) != 0 &&
		    account_snapshot_domain(accounts, span_of(entry->name)) == NULL)
			entry_free(entry);
	}
	loop_timer_set(&hold->timer,
		       alert_ask_last(hold->options.holds) != NULL ? TICK_MS : SOON_MS);
}

void
dmarc_hold_look(struct dmarc_hold *hold)
{
	if (hold->is_started)
		loop_timer_set(&hold->timer, 0);
}

static void
on_checked(void *arg)
{
	dmarc_hold_look(arg);
}

/* ---- holds that others make and end ----------------------------------------------------- */
static bool
is_wanted(const struct mail_event *event, void *arg)
{
	(void)arg;
	return (event->kind == MAIL_EVENT_QUEUE_HELD || event->kind == MAIL_EVENT_QUEUE_RELEASED) &&
	       event->detail != NULL && strncmp(event->detail, SCOPE, strlen(SCOPE)) == 0;
}

static bool
take(const struct mail_event *event, void *arg)
{
	struct dmarc_hold *hold = arg;

	(void)event;
	alert_ask_again(hold->options.holds);
	return true;
}

/* ---- alerts ----------------------------------------------------------------------------- */
void
dmarc_hold_say(const struct dmarc_hold *hold, struct alert_round *round)
{
	char key[KEY_SIZE];

	for (struct list *l = hold->entries.next; l != &hold->entries; l = l->next) {
		const char *name = LIST_OWNER(l, struct entry, link)->name;
		const char *holder = holder_of(hold, name);

		(void)snprintf(key, sizeof key, "held:%.253s", name);
		if (holder == NULL)
			alert_keep(round, key);
		else if (strcmp(holder, BY) == 0)
			alert_say(
				round, ALERT_ERROR, key,
				"%s: all its mail is held, for it would fail DMARC, until its DNS "
				"is right (relaycli domain check %s). To let it go as it is: "
				"relaycli queue release " SCOPE "%s",
				name, name, name);
	}
}

/* ---- life ------------------------------------------------------------------------------- */
void
dmarc_hold_start(struct dmarc_hold *hold)
{
	hold->subscriber = notify_subscribe(hold->options.notify, is_wanted, take, hold);
	domain_watch_set_listener(hold->options.domains, on_checked, hold);
	hold->is_started = true;
	dmarc_hold_look(hold);
}

void
dmarc_hold_stop(struct dmarc_hold *hold)
{
	if (!hold->is_started)
		return;
	hold->is_started = false;
	domain_watch_set_listener(hold->options.domains, NULL, NULL);
	notify_unsubscribe(hold->options.notify, &hold->subscriber);
	loop_timer_clear(&hold->timer);
}

struct dmarc_hold *
dmarc_hold_new(const struct dmarc_hold_options *options, struct err *err)
{
	struct dmarc_hold *hold = mem_zero(1, sizeof *hold);

	hold->options = *options;
	list_init(&hold->entries);
	loop_timer_init(&hold->timer, options->loop, on_timer, hold);
	hold->box = mailbox_new("dmarc.hold", 0, hold, err);
	if (hold->box == NULL) {
		dmarc_hold_free(&hold);
		return NULL;
	}
	mailbox_attach(hold->box, options->loop);
	return hold;
}

void
dmarc_hold_free(struct dmarc_hold **hold)
{
	struct dmarc_hold *gone = *hold;

	*hold = NULL;
	if (gone == NULL)
		return;
	loop_timer_deinit(&gone->timer);
	mailbox_free(&gone->box);
	while (!list_is_empty(&gone->entries))
		entry_free(LIST_OWNER(gone->entries.next, struct entry, link));
	mem_free(gone);
}
