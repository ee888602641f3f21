/* control_deferral_group.c - see control_deferral_group.h. */
#include "control/control_deferral_group.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define RAW_MAX_BYTES 4096
#define MINUTE_MS 60000

struct share { /* those beyond SHARES_MAX are counted in none */
	const char *name;
	uint32_t count;
};

struct detail { /* of a group, where they are wanted */
	uint32_t minute[DEFERRAL_MINUTES]; /* the last one is now */
	struct share credential[DEFERRAL_SHARES_MAX], address[DEFERRAL_SHARES_MAX];
	size_t credentials, addresses;
	const char *host, *host_address; /* that said the newest */
};

struct deferral_group {
	struct detail *detail; /* NULL: not wanted */
	uint64_t id;
	const char *key;      /* template, site, credential or address */
	const char *template; /* of the newest */
	const char *site;     /* NULL: many */
	const char *rule;     /* that decides the newest now; NULL: status or code */
	bool guessed;         /* neither words nor an exact status */
	struct span reply;    /* of the newest, as received */
	int code;
	struct verdict_status enhanced;
	enum verdict_category category; /* as it was recorded, of the newest */
	uint64_t count, deferred, bounced;
	int64_t first_unix_ms, last_unix_ms;
	uint64_t queue[DEFERRAL_QUEUES_MAX]; /* hashes of recipient domains */
	size_t queues;
};

struct deferral_groups {
	struct arena *arena;
	enum deferral_by by;
	struct deferral_group *group[DEFERRAL_GROUPS_MAX];
	size_t count;
	uint64_t others;
	int64_t detail_until_unix_ms; /* 0: none are wanted */
};

struct deferral_groups *
deferral_groups_new(struct arena *arena, enum deferral_by by)
{
	struct deferral_groups *groups = arena_zero(arena, sizeof *groups);

	groups->arena = arena;
	groups->by = by;
	return groups;
}

void
deferral_groups_detail(struct deferral_groups *groups, int64_t now_unix_ms)
{
	groups->detail_until_unix_ms = now_unix_ms;
}

size_t
deferral_event_template(const struct mail_event *event, char out[VERDICT_TEMPLATE_SIZE])
{
	char raw[RAW_MAX_BYTES], status[20] = "";
	struct verdict_input said = { .code = 0 };
	size_t n = 0;

	if (event->reply.n > 0)
		verdict_parse_reply(event->reply, &said);
	if (event->enhanced.class && !said.enhanced.class) /* mostly the text has it */
		snprintf(status, sizeof status, " %u.%u.%u", event->enhanced.class,
			 event->enhanced.subject, event->enhanced.detail);
	if (event->code)
		n = (size_t)snprintf(raw, sizeof raw, "%d%s ", event->code, status);
	else
		n = (size_t)snprintf(raw, sizeof raw, "(no reply) ");
	if (event->reply.n > 0) {
		size_t room = sizeof raw - n;
		size_t take = event->reply.n < room ? event->reply.n : room;

		memcpy(raw + n, event->reply.p, take);
		n += take;
	}
	return verdict_template((struct span){ raw, n }, out);
}

void
deferral_event_judge(const struct deferral_reader *reader, const struct mail_event *event,
		     struct verdict *verdict_out)
{
	struct verdict_input input = {
		.code = event->code,
		.enhanced = event->enhanced,
		.text = event->reply,
		.provider = event->site && config_has_provider(reader->config, event->site)
				    ? event->site
				    : NULL,
		/* not recorded; a failure of ours was met while connecting, as a rule */
		.phase = event->code ? VERDICT_PHASE_UNKNOWN : VERDICT_PHASE_CONNECT,
	};

	verdict_judge(reader->rules, &input, verdict_out);
}

void
deferral_id_format(uint64_t id, char out[13])
{
	snprintf(out, 13, "%012llx", (unsigned long long)(id & UINT64_C(0xffffffffffff)));
}

static const char *
key_of(const struct deferral_groups *groups, const struct mail_event *event, const char *template)
{
	const char *keys[DEFERRAL_BY_COUNT] = {
		[DEFERRAL_BY_REPLY] = template,
		[DEFERRAL_BY_PROVIDER] = event->site,
		[DEFERRAL_BY_CRED] = event->credential,
		[DEFERRAL_BY_IP] = event->source_address,
	};

	return keys[groups->by] ? keys[groups->by] : "";
}

static struct deferral_group *
find_group(struct deferral_groups *groups, const char *key)
{
	uint64_t id = verdict_template_id(key);
	struct deferral_group *group;

	for (size_t i = 0; i < groups->count; i++)
		if (groups->group[i]->id == id)
			return groups->group[i];
	if (groups->count == DEFERRAL_GROUPS_MAX)
		return NULL;
	group = arena_zero(groups->arena, sizeof *group);
	group->id = id;
	group->key = arena_strdup(groups->arena, key);
	if (groups->detail_until_unix_ms)
		group->detail = arena_zero(groups->arena, sizeof *group->detail);
	groups->group[groups->count++] = group;
	return group;
}

static void
add_queue(struct deferral_group *group, const char *recipient)
{
	const char *domain = recipient ? strrchr(recipient, '@') : NULL;
	uint64_t hash = verdict_template_id(domain ? domain : "");

	for (size_t i = 0; i < group->queues; i++)
		if (group->queue[i] == hash)
			return;
	if (group->queues < DEFERRAL_QUEUES_MAX)
		group->queue[group->queues++] = hash;
}

static void
add_share(struct arena *arena, struct share *share, size_t *shares, const char *name)
{
	if (name == NULL)
		return;
	for (size_t i = 0; i < *shares; i++)
		if (strcmp(share[i].name, name) == 0) {
			share[i].count++;
			return;
		}
	if (*shares < DEFERRAL_SHARES_MAX)
		share[(*shares)++] = (struct share){ arena_strdup(arena, name), 1 };
}

static void
add_detail(struct deferral_groups *groups, struct detail *detail, const struct mail_event *event)
{
	int64_t ago = (groups->detail_until_unix_ms - event->at_unix_ms) / MINUTE_MS;

	if (ago < 0)
		ago = 0; /* it came while we look */
	if (ago < DEFERRAL_MINUTES)
		detail->minute[DEFERRAL_MINUTES - 1 - ago]++;
	add_share(groups->arena, detail->credential, &detail->credentials, event->credential);
	add_share(groups->arena, detail->address, &detail->addresses, event->source_address);
}

/* take_newest - what is shown of a group is its newest refusal */
static void
take_newest(struct deferral_groups *groups, struct deferral_group *group,
	    const struct deferral_reader *reader, const struct mail_event *event,
	    const char *template)
{
	struct verdict verdict;

	deferral_event_judge(reader, event, &verdict);
	group->last_unix_ms = event->at_unix_ms;
	group->template = arena_strdup(groups->arena, template);
	group->guessed = verdict.guessed;
	group->rule = arena_strdup(groups->arena, verdict.rule); /* the set may go */
	group->code = event->code;
	group->enhanced = event->enhanced;
	group->category = event->category;
	group->reply = (struct span){ arena_copy(groups->arena, event->reply.p, event->reply.n),
				      event->reply.n };
	if (group->detail) {
		group->detail->host = arena_strdup(groups->arena, event->remote_host);
		group->detail->host_address = arena_strdup(groups->arena, event->remote_address);
	}
}

void
deferral_groups_add(struct deferral_groups *groups, const struct deferral_reader *reader,
		    const struct mail_event *event)
{
	char template[VERDICT_TEMPLATE_SIZE];
	const char *site = event->site ? event->site : "";
	struct deferral_group *group;

	(void)deferral_event_template(event, template);
	group = find_group(groups, key_of(groups, event, template));
	if (group == NULL) {
		groups->others++;
		return;
	}
	if (group->count == 0)
		group->site = arena_strdup(groups->arena, site);
	else if (group->site != NULL && strcmp(group->site, site) != 0)
		group->site = NULL;
	/* found newest message first, so a group's sample is copied a few times, not often */
	if (group->count == 0 || event->at_unix_ms > group->last_unix_ms + 60000)
		take_newest(groups, group, reader, event, template);
	if (event->at_unix_ms > group->last_unix_ms)
		group->last_unix_ms = event->at_unix_ms;
	if (group->first_unix_ms == 0 || event->at_unix_ms < group->first_unix_ms)
		group->first_unix_ms = event->at_unix_ms;
	group->count++;
	group->deferred += event->kind == MAIL_EVENT_DEFERRED;
	group->bounced += event->kind == MAIL_EVENT_BOUNCED;
	add_queue(group, event->recipient);
	if (group->detail)
		add_detail(groups, group->detail, event);
}

static int
compare_groups(const void *a, const void *b)
{
	const struct deferral_group *const *one = a, *const *two = b;

	if ((*one)->count != (*two)->count)
		return (*one)->count < (*two)->count ? 1 : -1;
	return strcmp((*one)->key, (*two)->key);
}

static int
compare_shares(const void *a, const void *b)
{
	const struct share *one = a, *two = b;

	return (one->count < two->count) - (one->count > two->count);
}

static json_t *
shares_json(struct share *share, size_t shares)
{
	json_t *list = json_array();

	qsort(share, shares, sizeof *share, compare_shares);
	for (size_t i = 0; i < shares; i++) {
		json_t *one = json_object();

		api_json_put_text(one, "name", share[i].name);
		api_json_put_int(one, "count", share[i].count);
		json_array_append_new(list, one);
	}
	return list;
}

static void
put_detail(json_t *one, struct detail *detail)
{
	json_t *minutes = json_array();

	for (size_t i = 0; i < DEFERRAL_MINUTES; i++)
		json_array_append_new(minutes, json_integer(detail->minute[i]));
	api_json_put(one, "minutes", minutes);
	api_json_put(one, "by_credential", shares_json(detail->credential, detail->credentials));
	api_json_put(one, "by_address", shares_json(detail->address, detail->addresses));
	api_json_put_text(one, "host", detail->host);
	api_json_put_text(one, "address", detail->host_address);
}

static json_t *
group_json(const struct deferral_group *group)
{
	json_t *one = json_object();
	char id[13], status[20];

	deferral_id_format(group->id, id);
	snprintf(status, sizeof status, "%u.%u.%u", group->enhanced.class, group->enhanced.subject,
		 group->enhanced.detail);
	api_json_put_text(one, "group", id);
	api_json_put_text(one, "key", group->key);
	api_json_put_int(one, "count", (int64_t)group->count);
	api_json_put_int(one, "deferred", (int64_t)group->deferred);
	api_json_put_int(one, "bounced", (int64_t)group->bounced);
	api_json_put_int(one, "queues", (int64_t)group->queues);
	api_json_put_bool(one, "queues_more", group->queues == DEFERRAL_QUEUES_MAX);
	api_json_put_text(one, "from",
			  group->site && *group->site ? group->site : NULL); /* null: many */
	api_json_put_time(one, "first_at", group->first_unix_ms);
	api_json_put_time(one, "last_at", group->last_unix_ms);
	api_json_put_text(one, "template", group->template);
	if (group->code)
		api_json_put_int(one, "code", group->code);
	else
		api_json_put_null(one, "code");
	api_json_put_text(one, "enhanced", group->enhanced.class ? status : NULL);
	api_json_put_reply(one, group->reply);
	api_json_put_text(one, "category", verdict_category_name(group->category));
	api_json_put_text(one, "rule", group->rule);
	api_json_put_bool(one, "guessed", group->guessed);
	if (group->detail)
		put_detail(one, group->detail);
	return one;
}

json_t *
deferral_groups_json(struct deferral_groups *groups, bool only_unknown)
{
	json_t *items = json_array();

	qsort(groups->group, groups->count, sizeof *groups->group, compare_groups);
	for (size_t i = 0; i < groups->count; i++)
		if (!only_unknown || groups->group[i]->guessed)
			json_array_append_new(items, group_json(groups->group[i]));
	return items;
}

uint64_t
deferral_groups_others(const struct deferral_groups *groups)
{
	return groups->others;
}
