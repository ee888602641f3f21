/* schedule_credential.c - whose mail waits: made with its first message, freed with its
 * last; what it asks of delivery is renewed with each snapshot of the accounts.
 * Thread: scheduler. */
#include "schedule/schedule_credential.h"

#include <string.h>
#include "base/mem.h"
#include "schedule/schedule_hold.h"
#include "schedule/schedule_message.h"
#include "schedule/schedule_migrate.h"
#include "schedule/schedule_source.h"

struct schedule_credential *
schedule_credential_ref(struct schedule *s, uint64_t id, const char *name)
{
	uint64_t hash = schedule_table_hash(id, 0);
	struct schedule_table_node *node = schedule_table_first(&s->credentials, hash);
	struct schedule_credential *credential;
	size_t n = strlen(name) + 1;

	for (; node; node = schedule_table_next(node)) {
		credential = LIST_OWNER(node, struct schedule_credential, node);
		if (credential->id != id)
			continue;
		credential->messages++;
		return credential;
	}
	credential = mem_zero(1, sizeof *credential + n);
	credential->id = id;
	credential->account = account_snapshot_credential_by_id(s->accounts, id);
	credential->messages = 1;
	memcpy(credential->name, name, n);
	credential->hold = schedule_hold_find_credential(s, credential->name);
	credential->migration = schedule_migrate_find(s, credential->name);
	schedule_table_put(&s->credentials, &credential->node, hash);
	return credential;
}

void
schedule_credential_unref(struct schedule *s, struct schedule_credential *credential)
{
	if (--credential->messages > 0)
		return;
	schedule_table_remove(&s->credentials, &credential->node);
	mem_free(credential);
}

/* domains_choose_alike - do the same domains have the same pools? */
static bool
domains_choose_alike(const struct account_snapshot *a, const struct account_snapshot *b)
{
	if (a->pooled_domains != b->pooled_domains)
		return false;
	for (size_t i = 0; a->pooled_domains > 0 && i < a->domains; i++) {
		const struct account_domain *other =
			account_snapshot_domain(b, span_of(a->domain[i]->name));

		if (!schedule_is_same_text(a->domain[i]->pool, other ? other->pool : NULL))
			return false;
	}
	return true;
}

/* choose_domains - a domain chose a pool, for what waits too; all messages are looked at,
 * but only then. */
static bool
choose_domains(struct schedule *s, const struct account_snapshot *old)
{
	struct schedule_table_node *node = NULL;

	if (domains_choose_alike(old, s->accounts))
		return false;
	while ((node = schedule_table_walk(&s->messages, node)) != NULL) {
		struct schedule_message *m = LIST_OWNER(node, struct schedule_message, node);
		const char *domain =
			schedule_source_domain(s->accounts, schedule_message_from_domain(m));

		for (uint32_t i = 0; i < m->places; i++)
			if (m->recipient[i])
				schedule_label_set(s, m->recipient[i],
				                   schedule_label_from(
							s, m->recipient[i]->lane->label, domain));
	}
	return true;
}

void
schedule_credential_renew_all(struct schedule *s,
                              const struct account_snapshot *old_accounts)
{
	struct schedule_table_node *node = NULL;
	bool has_moved = choose_domains(s, old_accounts);

	while ((node = schedule_table_walk(&s->credentials, node)) != NULL) {
		struct schedule_credential *credential =
			LIST_OWNER(node, struct schedule_credential, node);
		const char *old = schedule_source_pool(s, credential, NULL);

		credential->account =
			account_snapshot_credential_by_id(s->accounts, credential->id);
		has_moved |= !schedule_is_same_text(old, schedule_source_pool(s, credential, NULL));
	}
	if (has_moved)
		schedule_source_reassign(s);
}
