/* alert_migrate.c - see alert_migrate.h. */
#include "alert/alert_migrate.h"

#include <stdio.h>

#define KEY_SIZE 300
#define KEY "migrate:"

static void
say(const struct schedule_migration_row *row, struct alert_round *round)
{
	char key[KEY_SIZE];

	(void)snprintf(key, sizeof key, KEY "%s", row->credential);
	if (row->returned)
		alert_say(round, ALERT_WARNING, key,
		          "credential %.60s went back to %s from a trial of %u %%: %s; relaycli "
		          "deferral list --by cred says what it was told; relaycli migrate canary "
		          "%.60s PERCENT tries again", row->credential, row->smarthost,
		          row->returned_percent, row->returned, row->credential);
	else if (row->is_missing && row->percent < 100)
		alert_say(round, ALERT_ERROR, key,
		          "mail of credential %.60s waits: its smarthost %s is not in relayd.conf",
		          row->credential, row->smarthost);
}

void
alert_migrate_say(const struct alert_ask *migrations, struct alert_round *round)
{
	const struct schedule_ask *last = alert_ask_last(migrations);

	if (last == NULL) {
		alert_keep(round, KEY);
		return;
	}
	for (size_t i = 0; i < last->rows; i++)
		say(&last->migration[i], round);
}
