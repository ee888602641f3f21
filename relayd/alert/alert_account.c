/* alert_account.c - see alert_account.h. */
#include "alert/alert_account.h"

#include <stdio.h>

#include "base/clock.h"

#define KEY_SIZE 128

static void
say_quota(struct alert_round *round, const struct account_credential *c, enum account_window window,
          int64_t now)
{
	uint64_t limit = account_limit_of(&c->limits, window);
	uint64_t used = account_meter_used(c->meter, &c->limits, window, now);
	char key[KEY_SIZE], opens[CLOCK_RFC3339_SIZE];

	if (limit == 0 || 100 * used < ALERT_QUOTA_PERCENT * limit)
		return;
	(void)snprintf(key, sizeof key, "quota:%s:%s", c->name, account_window_name(window));
	clock_format_rfc3339(account_window_end(&c->limits, window, now), opens);
	if (used >= limit)
		alert_say(round, ALERT_ERROR, key,
		          "credential %s has used up its quota, %llu recipients a %s: more "
			  "are refused with 452 until %.16sZ; more room: relaycli credential limit "
			  "%s quota=N/%s",
		          c->name, (unsigned long long)limit, account_window_name(window), opens,
		          c->name, account_window_name(window));
	else
		alert_say(round, ALERT_WARNING, key,
		          "credential %s has used %llu of its %llu recipients a %s; it opens "
		          "again at %.16sZ", c->name, (unsigned long long)used,
		          (unsigned long long)limit, account_window_name(window), opens);
}

static void
say_end(struct alert_round *round, const struct account_credential *c, int64_t now)
{
	char key[KEY_SIZE], day[CLOCK_DAY_SIZE];
	bool is_over = c->expires_unix_ms <= now;

	if (c->expires_unix_ms == 0 || c->expires_unix_ms - now > ALERT_EXPIRY_MS)
		return;
	(void)snprintf(key, sizeof key, "expiry:%s", c->name);
	clock_format_day(c->expires_unix_ms, day);
	alert_say(round, is_over ? ALERT_ERROR : ALERT_WARNING, key,
	          "credential %s %s on %s: relaycli credential limit %s expires=90d keeps it, "
	          "revoke ends it", c->name, is_over ? "expired" : "expires", day, c->name);
}

/* newest - its applications should use that one; older ones have an end. */
static int64_t
newest_secret(const struct account_credential *c, int64_t now)
{
	int64_t newest = 0;

	for (size_t i = 0; i < c->secrets; i++)
		if (account_secret_is_live(&c->secret[i], now)
		    && c->secret[i].created_unix_ms > newest)
			newest = c->secret[i].created_unix_ms;
	return newest;
}

static void
say_age(struct alert_round *round, const struct account_credential *c, int64_t secret_age_ms,
        int64_t now)
{
	int64_t made = newest_secret(c, now);
	char key[KEY_SIZE], day[CLOCK_DAY_SIZE];

	if (secret_age_ms == 0 || made == 0 || c->certificate_only || now - made < secret_age_ms)
		return;
	(void)snprintf(key, sizeof key, "secret:%s", c->name);
	clock_format_day(made, day);
	alert_say(round, ALERT_WARNING, key,
	          "the password of credential %s is from %s: relaycli credential rotate %s makes a "
	          "new one, and the old one works on meanwhile", c->name, day, c->name);
}

static void
say_keyless(struct alert_round *round, const struct account_credential *c, int64_t now)
{
	char key[KEY_SIZE];

	if (c->certificate_only || newest_secret(c, now) != 0)
		return;
	(void)snprintf(key, sizeof key, "keyless:%s", c->name);
	alert_say(round, ALERT_WARNING, key,
	          "no key of credential %s works, nobody can log in as it: relaycli credential "
	          "rotate %s makes one, revoke ends it", c->name, c->name);
}

void
alert_account_say(struct alert_round *round, const struct account_snapshot *accounts,
                  int64_t secret_age_ms, int64_t now_unix_ms)
{
	for (size_t i = 0; i < accounts->credentials; i++) {
		const struct account_credential *c = accounts->credential[i];

		if (c->is_revoked)
			continue;
		say_quota(round, c, ACCOUNT_DAY, now_unix_ms);
		say_quota(round, c, ACCOUNT_MONTH, now_unix_ms);
		say_end(round, c, now_unix_ms);
		say_age(round, c, secret_age_ms, now_unix_ms);
		say_keyless(round, c, now_unix_ms);
	}
}
