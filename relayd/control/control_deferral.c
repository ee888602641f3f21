/* control_deferral.c - what providers say no with: grouped, shown, and a file of rules
 * tried on it. Thread: main.
 *
 * All three walk the log newest first, one search of PAGE_ROWS after the other: the
 * store's reader holds no snapshot between pages, and a page costs this loop a few
 * milliseconds. Only recipients that are still refused or finished without success are
 * looked at, each by its last refusal in the window: one that arrived at the second
 * attempt needs no rule. A walk ends at PAGES_MAX, at WALK_MS or when the client goes;
 * then `complete` is false. */
#include <string.h>

#include "base/clock.h"
#include "control/control_deferral_group.h"
#include "control/control_search.h"

#define PAGE_ROWS 500
#define PAGES_MAX 400
#define WALK_MS 20000
#define SINCE_DEFAULT_MS (60 * 60 * 1000)
#define MEMBERS_MAX 20
#define CHANGES_MAX 200

/* struct change - replies that a candidate's rule reads differently, of one template */
struct change {
	uint64_t id; /* of template, old and new reading together */
	enum verdict_category from, to;
	const char *rule, *old_rule; /* old NULL: status or code decided */
	const char *template;
	struct span reply;
	uint64_t count;
};

/* struct walk - a call's way through the log; in the call's arena. */
struct walk {
	struct store_query query;
	int64_t since_unix_ms, begin_mono_ms;
	uint64_t looked_at; /* refusals */
	unsigned pages;
	bool is_complete;
	void (*take)(struct walk *walk, const struct deferral_reader *reader,
		     const struct store_found *found, const struct mail_event *event);
	void (*end)(struct control_call *call, struct walk *walk);
	struct arena *arena;
	/* list and show */
	struct deferral_groups *groups;
	bool only_unknown;
	const char *wanted; /* show: the group's id */
	json_t *members;    /* show: call->made, an array */
	/* test */
	struct verdict_rules *candidate; /* a reference */
	struct change change[CHANGES_MAX];
	size_t changes;
	uint64_t changed, conflicts;
};

/* ---- the walk ---------------------------------------------------------------- */

static bool
is_refusal(const struct mail_event *event)
{
	return (event->kind == MAIL_EVENT_DEFERRED || event->kind == MAIL_EVENT_BOUNCED) &&
	       (event->code || event->reply.n);
}

/* last_refusal - the newest within the window, or NULL */
static const struct mail_event *
last_refusal(const struct walk *walk, const struct store_found *found)
{
	for (size_t i = found->events; i > 0; i--) {
		const struct mail_event *event = &found->event[i - 1];

		if (is_refusal(event) && event->at_unix_ms >= walk->since_unix_ms)
			return event;
	}
	return NULL;
}

static void take_page(struct mailbox_item *item, void *owner);

static void
next_page(struct control_call *call, struct walk *walk)
{
	struct verdict_rules *candidate = walk->candidate;

	if (!control_search_send(call, arena_new(0), &walk->query, take_page))
		verdict_rules_unref(&candidate); /* call and walk are gone */
}

static void
take_page(struct mailbox_item *item, void *owner)
{
	struct store_search *search = (struct store_search *)(void *)item;
	struct walk *walk = ((struct control_call *)search->context)->state;
	struct verdict_rules *candidate = walk->candidate;
	const struct store_result *set = &search->result_set;
	struct deferral_reader reader;
	struct control_call *call;
	bool has_more;

	(void)owner;
	call = control_search_take(search);
	if (!call) { /* and walk with it */
		verdict_rules_unref(&candidate);
		return;
	}
	reader = (struct deferral_reader){ call->control->rules, call->control->config };
	for (size_t i = 0; i < set->count; i++) {
		const struct mail_event *event = last_refusal(walk, &set->found[i]);

		if (!event)
			continue;
		walk->looked_at++;
		walk->take(walk, &reader, &set->found[i], event);
	}
	has_more = set->has_more && set->count > 0 && !set->timed_out;
	if (has_more) {
		walk->query.before_id = set->found[set->count - 1].id;
		walk->query.before_no = set->found[set->count - 1].recipient_no + 1;
	}
	walk->is_complete = !set->has_more && !set->timed_out && set->is_complete;
	control_search_free(&search);
	if (has_more && ++walk->pages < PAGES_MAX &&
	    clock_mono_ms() - walk->begin_mono_ms < WALK_MS)
		next_page(call, walk);
	else
		walk->end(call, walk);
}

/* begin - the terms of the request as a walk, or NULL after the call failed */
static struct walk *
begin(struct control_call *call)
{
	struct walk *walk = arena_zero(call->arena, sizeof *walk);
	struct api_error error;

	if (control_search_query(call, false, PAGE_ROWS, call->arena, &walk->query, NULL,
				 &error) < 0) {
		control_call_fail(call, &error);
		return NULL;
	}
	walk->arena = call->arena;
	walk->begin_mono_ms = clock_mono_ms();
	walk->since_unix_ms = walk->query.since_unix_ms
				      ? walk->query.since_unix_ms
				      : clock_unix_ms() - SINCE_DEFAULT_MS;
	/* the log is searched by acceptance: what was refused since then may be older */
	walk->query.since_unix_ms =
		walk->since_unix_ms - call->control->config->delivery.max_age_ms;
	walk->query.limit = PAGE_ROWS;
	if (walk->query.statuses == 0)
		walk->query.statuses = 1u << MAIL_STATUS_DEFERRED | 1u << MAIL_STATUS_HELD |
				       1u << MAIL_STATUS_QUEUED | 1u << MAIL_STATUS_BOUNCED |
				       1u << MAIL_STATUS_EXPIRED;
	call->state = walk;
	return walk;
}

static void
put_walk(json_t *result, const struct walk *walk)
{
	api_json_put_time(result, "since", walk->since_unix_ms);
	api_json_put_int(result, "looked_at", (int64_t)walk->looked_at);
	api_json_put_bool(result, "complete", walk->is_complete);
}

/* ---- list --------------------------------------------------------------------- */

static void
take_for_list(struct walk *walk, const struct deferral_reader *reader,
	      const struct store_found *found, const struct mail_event *event)
{
	(void)found;
	deferral_groups_add(walk->groups, reader, event);
}

static void
listed(struct control_call *call, struct walk *walk)
{
	json_t *result = api_json_new("relay.deferral.list/1");

	api_json_put(result, "items", deferral_groups_json(walk->groups, walk->only_unknown));
	api_json_put_null(result, "next_cursor");
	api_json_put_int(result, "others", (int64_t)deferral_groups_others(walk->groups));
	put_walk(result, walk);
	control_call_answer(call, result);
}

void
control_deferral_list(struct control_call *call)
{
	static const char *const words[] = { "reply", "provider", "cred", "ip" };
	const char *by = control_text(call, "by");
	enum deferral_by how = DEFERRAL_BY_REPLY;
	struct walk *walk = begin(call);

	if (!walk)
		return;
	for (size_t i = 0; by && i < DEFERRAL_BY_COUNT; i++)
		if (strcmp(by, words[i]) == 0)
			how = (enum deferral_by)i;
	walk->groups = deferral_groups_new(call->arena, how);
	if (api_json_get_bool(call->params, "details"))
		deferral_groups_detail(walk->groups, clock_unix_ms());
	walk->only_unknown = api_json_get_bool(call->params, "unknown");
	walk->take = take_for_list;
	walk->end = listed;
	next_page(call, walk);
}

/* ---- show --------------------------------------------------------------------- */

static void
take_for_show(struct walk *walk, const struct deferral_reader *reader,
	      const struct store_found *found, const struct mail_event *event)
{
	char template[VERDICT_TEMPLATE_SIZE], id[13];
	json_t *one;

	(void)deferral_event_template(event, template);
	deferral_id_format(verdict_template_id(template), id);
	if (strcmp(id, walk->wanted) != 0)
		return;
	deferral_groups_add(walk->groups, reader, event);
	if (json_array_size(walk->members) >= MEMBERS_MAX)
		return;
	one = json_object();
	api_json_put_id(one, "id", found->id);
	api_json_put_text(one, "recipient", found->recipient);
	api_json_put_text(one, "credential", found->credential);
	api_json_put_text(one, "status", mail_status_name(found->status));
	api_json_put_time(one, "at", event->at_unix_ms);
	json_array_append_new(walk->members, one);
}

static void
shown(struct control_call *call, struct walk *walk)
{
	json_t *groups = deferral_groups_json(walk->groups, false), *result, *group;
	enum verdict_category category = VERDICT_NONE;
	struct verdict_said said;
	struct api_error error;

	group = json_array_get(groups, 0);
	if (!group) {
		json_decref(groups);
		(void)api_error_set(&error, API_ERROR_NOT_FOUND,
				    "no group %s in this window; relaycli deferral list",
				    walk->wanted);
		control_call_fail(call, &error);
		return;
	}
	(void)verdict_category_parse(span_of(api_json_get_text(group, "category")), &category);
	said = verdict_say(category, (int)api_json_get_int(group, "code", 0),
	                   api_json_get_text(group, "rule"));
	api_json_put_text(group, "words", said.words);
	api_json_put_text(group, "advice", said.advice);
	result = api_json_new("relay.deferral.show/1");
	json_object_set(result, "group", group);
	json_object_set(result, "messages", walk->members);
	put_walk(result, walk);
	json_decref(groups);
	control_call_answer(call, result);
}

void
control_deferral_show(struct control_call *call)
{
	struct walk *walk = begin(call);

	if (!walk)
		return;
	walk->wanted = control_text(call, "group");
	walk->groups = deferral_groups_new(call->arena, DEFERRAL_BY_REPLY);
	deferral_groups_detail(walk->groups, clock_unix_ms());
	walk->members = call->made = json_array();
	walk->take = take_for_show;
	walk->end = shown;
	next_page(call, walk);
}

/* ---- test: a file of rules on the replies of the log ---------------------------- */

static struct change *
find_change(struct walk *walk, const struct change *like)
{
	for (size_t i = 0; i < walk->changes; i++)
		if (walk->change[i].id == like->id && walk->change[i].to == like->to &&
		    walk->change[i].from == like->from)
			return &walk->change[i];
	if (walk->changes == CHANGES_MAX)
		return NULL;
	walk->change[walk->changes] = *like;
	return &walk->change[walk->changes++];
}

static void
take_for_test(struct walk *walk, const struct deferral_reader *reader,
	      const struct store_found *found, const struct mail_event *event)
{
	char template[VERDICT_TEMPLATE_SIZE];
	const struct deferral_reader candidate = { walk->candidate, reader->config };
	struct verdict old, new;
	struct change *change;

	(void)found;
	deferral_event_judge(reader, event, &old);
	deferral_event_judge(&candidate, event, &new);
	if (old.category == new.category)
		return;
	walk->changed++;
	walk->conflicts += old.rule != NULL;
	(void)deferral_event_template(event, template);
	change = find_change(walk, &(struct change){ .id = verdict_template_id(template),
						     .from = old.category,
						     .to = new.category });
	if (!change || change->count++ > 0)
		return;
	change->rule = arena_strdup(walk->arena, new.rule);
	change->old_rule = arena_strdup(walk->arena, old.rule); /* its set may go */
	change->template = arena_strdup(walk->arena, template);
	change->reply = (struct span){ arena_copy(walk->arena, event->reply.p, event->reply.n),
				       event->reply.n };
}

static json_t *
change_json(const struct change *change)
{
	json_t *one = json_object();

	api_json_put_int(one, "count", (int64_t)change->count);
	api_json_put_text(one, "from", verdict_category_name(change->from));
	api_json_put_text(one, "to", verdict_category_name(change->to));
	api_json_put_text(one, "rule", change->rule);
	api_json_put_text(one, "overrules", change->old_rule);
	api_json_put_text(one, "template", change->template);
	api_json_put_reply(one, change->reply);
	return one;
}

static void
tested(struct control_call *call, struct walk *walk)
{
	json_t *result = api_json_new("relay.deferral.rule/1"), *items = json_array();

	for (size_t i = 0; i < walk->changes; i++)
		json_array_append_new(items, change_json(&walk->change[i]));
	api_json_put(result, "items", items);
	api_json_put_null(result, "next_cursor");
	api_json_put_int(result, "changed", (int64_t)walk->changed);
	api_json_put_int(result, "conflicts", (int64_t)walk->conflicts);
	put_walk(result, walk);
	verdict_rules_unref(&walk->candidate);
	control_call_answer(call, result);
}

static bool
is_known_provider(const char *name, void *arg)
{
	return config_has_provider(arg, name);
}

/* load_candidate - as if relayd.conf named the file first, and after it the others it
 * names now; one of the same path is the old version of it. */
static struct verdict_rules *
load_candidate(struct control_call *call, struct err *err)
{
	const struct config *config = call->control->config;
	const struct verdict_source own = { control_text(call, "file"),
					    span_of(control_text(call, "rules")) };
	const char **others = arena_zero(call->arena, (config->rules_files + 1) * sizeof *others);
	struct verdict_rules *rules;
	size_t n = 0;

	for (size_t i = 0; i < config->rules_files; i++)
		if (strcmp(config->rules_file[i], own.name) != 0)
			others[n++] = config->rules_file[i];
	rules = verdict_rules_load_after(&own, others, n, err);
	if (rules && verdict_rules_check_providers(rules, is_known_provider,
						   (void *)(uintptr_t)config, err) < 0)
		verdict_rules_unref(&rules);
	return rules;
}

void
control_deferral_rule(struct control_call *call)
{
	struct walk *walk = begin(call);
	struct api_error error;
	struct err err;

	if (!walk)
		return;
	walk->candidate = load_candidate(call, &err);
	if (!walk->candidate) {
		(void)api_error_set(&error, API_ERROR_PARAMS, "%s", err.text);
		control_call_fail(call, &error);
		return;
	}
	walk->take = take_for_test;
	walk->end = tested;
	next_page(call, walk);
}
