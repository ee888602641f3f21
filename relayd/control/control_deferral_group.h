/* control_deferral_group.h - refusals gathered by what they have in common: the
 * template of the reply, the provider, the credential or the address we sent from.
 * Pure. Thread: main. */
#ifndef CONTROL_CONTROL_DEFERRAL_GROUP_H
#define CONTROL_CONTROL_DEFERRAL_GROUP_H

#include "base/arena.h"
#include "control/control_private.h"
#include "verdict/verdict_rules.h"
#include "verdict/verdict_template.h"

enum deferral_by {
	DEFERRAL_BY_REPLY,
	DEFERRAL_BY_PROVIDER,
	DEFERRAL_BY_CRED,
	DEFERRAL_BY_IP,
	DEFERRAL_BY_COUNT
};

#define DEFERRAL_GROUPS_MAX 1000 /* beyond: counted together as `others` */
#define DEFERRAL_MINUTES 60      /* of the series: the last hour */
#define DEFERRAL_SHARES_MAX 16   /* credentials and addresses counted apart in one group */
#define DEFERRAL_QUEUES_MAX 64   /* recipient domains told apart in one group */

/* struct deferral_reader - by what replies are read: a set of rules, and which sites are
 * providers (a host that is none has rules of all of them, as in delivery). Borrowed. */
struct deferral_reader {
	const struct verdict_rules *rules;
	const struct config *config;
};

struct deferral_groups;

/* deferral_groups_new - in arena. */
struct deferral_groups *deferral_groups_new(struct arena *arena, enum deferral_by by);
/* deferral_groups_detail - each group is to have its counts by minute until now_unix_ms, by
 * credential and by source address. Before the first is added. */
void deferral_groups_detail(struct deferral_groups *groups, int64_t now_unix_ms);
/* deferral_groups_add - one recipient's refusal, deferred or bounced. reader: says
 * which rule decides now; not kept. */
void deferral_groups_add(struct deferral_groups *groups, const struct deferral_reader *reader,
			 const struct mail_event *event);
/* deferral_groups_json - the groups, largest first, as items of relay.deferral.list;
 * only_unknown: those whose reading is a guess from status or code. New reference. */
json_t *deferral_groups_json(struct deferral_groups *groups, bool only_unknown);
uint64_t deferral_groups_others(const struct deferral_groups *groups);

/* deferral_event_template - the template of an event's whole reply, code and status
 * first; without a reply "(no reply) ..." */
size_t deferral_event_template(const struct mail_event *event, char out[VERDICT_TEMPLATE_SIZE]);
/* deferral_event_judge - what the event's reply means now. */
void deferral_event_judge(const struct deferral_reader *reader, const struct mail_event *event,
			  struct verdict *verdict_out);
/* deferral_id_format - 12 hexadecimal digits and NUL. */
void deferral_id_format(uint64_t id, char out[13]);

#endif
