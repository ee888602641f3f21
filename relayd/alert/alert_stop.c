/* alert_stop.c - see alert_stop.h. */
#include "alert/alert_stop.h"

#include <stdio.h>

#include "base/clock.h"

#define KEY_SIZE 400
#define KEY "stop:"

/* say - a credential is stopped at a provider once, whatever address its mail leaves by. */
static void
say(const struct schedule_stop_row *row, struct alert_round *round)
{
	const char *who = row->kind == SCHEDULE_STOP_SOURCE ? row->source_address
	                                                    : row->credential;
	char key[KEY_SIZE], until[CLOCK_RFC3339_SIZE];

	if (row->kind != SCHEDULE_STOP_SOURCE && row->kind != SCHEDULE_STOP_CREDENTIAL)
		return;
	clock_format_rfc3339(row->until_unix_ms, until);
	(void)snprintf(key, sizeof key, KEY "%.100s:%.200s", row->site, who ? who : "");
	alert_say(round, ALERT_WARNING, key,
	          "%.200s sends nothing to %.100s by rule %.64s until %.16sZ%s%.200s; lift it: "
	          "relaycli %.200s", who ? who : "this host", row->site,
	          row->rule ? row->rule : "?", until, row->cause ? ": " : "",
	          row->cause ? row->cause : "", row->undo);
}

void
alert_stop_say(const struct alert_ask *stops, struct alert_round *round)
{
	const struct schedule_ask *last = alert_ask_last(stops);

	if (last == NULL) {
		alert_keep(round, KEY);
		return;
	}
	for (size_t i = 0; i < last->stops; i++)
		say(&last->stop[i], round);
}
