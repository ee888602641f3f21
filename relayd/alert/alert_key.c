/* alert_key.c - see alert_key.h. */
#include "alert/alert_key.h"

#include <stdio.h>

#include "base/clock.h"

#define KEY_SIZE 340

static void
say_waiting(struct alert_round *round, const struct account_domain *domain,
	    const struct account_key *key, const char *id, int64_t now)
{
	if (now - key->since_unix_ms >= ALERT_KEY_WAITING_MS)
		alert_say(round, ALERT_WARNING, id,
			  "the new DKIM key %s of %s waits for its record since a day: publish it "
			  "(relaycli domain records %s), or give it up (domain dkim remove)",
			  key->selector, domain->name, domain->name);
}

static void
say_age(struct alert_round *round, const struct account_domain *domain,
	const struct account_key *key, const char *id, int64_t key_age_ms, int64_t now)
{
	char day[CLOCK_DAY_SIZE];

	if (key_age_ms == 0 || now - key->created_unix_ms < key_age_ms)
		return;
	clock_format_day(key->created_unix_ms, day);
	alert_say(round, ALERT_WARNING, id,
		  "DKIM key %s of %s is from %s: relaycli domain dkim rotate %s makes its "
		  "successor",
		  key->selector, domain->name, day, domain->name);
}

static void
say_key(struct alert_round *round, const struct account_domain *domain,
	const struct account_key *key, int64_t key_age_ms, int64_t now)
{
	char id[KEY_SIZE];

	(void)snprintf(id, sizeof id, "dkim:%s:%s:%s", domain->name, key->selector,
		       account_key_state_name(key->state));
	switch (key->state) {
	case STORE_KEY_NEW:
		say_waiting(round, domain, key, id, now);
		break;
	case STORE_KEY_ACTIVE:
		say_age(round, domain, key, id, key_age_ms, now);
		break;
	case STORE_KEY_UNNEEDED:
		alert_say(round, ALERT_WARNING, id,
			  "remove the TXT record %s._domainkey.%s: no mail needs it any more, and "
			  "whoever got hold of its key could still sign with it",
			  key->selector, domain->name);
		break;
	case STORE_KEY_PUBLISHED:
	case STORE_KEY_RETIRED:
	case STORE_KEY_STATE_COUNT:
		break;
	}
}

void
alert_key_say(struct alert_round *round, const struct account_snapshot *accounts,
	      int64_t key_age_ms, int64_t now_unix_ms)
{
	for (size_t i = 0; i < accounts->domains; i++)
		for (size_t k = 0; k < accounts->domain[i]->keys; k++)
			say_key(round, accounts->domain[i], &accounts->domain[i]->key[k],
				key_age_ms, now_unix_ms);
}
