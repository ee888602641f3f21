/* alert.c - see alert.h. */
#include "alert/alert.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alert/alert_outbox.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "mail/mail_event.h"
#include "notify/notify_keep.h"

#define ROUND_MS 5000
#define RAISED_MAX 1000            /* more are not told apart: something else is wrong */

struct raised { /* by key in alert->raised */
	char *text;
	enum alert_level level;
	int64_t since_unix_ms;
	uint64_t round;            /* the last that said it */
	char key[];
};

struct alert {
	struct alert_options options; /* config and accounts: references */
	struct mailbox *box;
	struct alert_outbox *outbox;
	struct loop_timer turn;
	struct map *raised;
	struct raised **row;       /* the same, sorted */
	size_t rows, row_cap;
	uint64_t rounds;
};

struct alert_round {
	struct alert *alert;
	int64_t now_unix_ms;
};

/* ---- rows ----------------------------------------------------------------------------- */

static int
compare(const void *a, const void *b)
{
	const struct raised *x = *(struct raised *const *)a, *y = *(struct raised *const *)b;

	if (x->level != y->level)
		return x->level > y->level ? -1 : 1;
	if (x->since_unix_ms != y->since_unix_ms)
		return x->since_unix_ms < y->since_unix_ms ? -1 : 1;
	return strcmp(x->key, y->key);
}

static void
sort_rows(struct alert *alert)
{
	struct span key;
	size_t cursor = 0;
	void *value;

	alert->rows = 0;
	if (map_count(alert->raised) > alert->row_cap) {
		alert->row_cap = 2 * map_count(alert->raised);
		alert->row = mem_resize(alert->row, alert->row_cap * sizeof *alert->row);
	}
	while (map_next(alert->raised, &cursor, &key, &value))
		alert->row[alert->rows++] = value;
	if (alert->rows > 1)
		qsort(alert->row, alert->rows, sizeof *alert->row, compare);
}

static struct raised *
add(struct alert *alert, const char *key, enum alert_level level, const char *text,
    int64_t since_unix_ms)
{
	size_t n = strlen(key);
	struct raised *raised = mem_zero(1, sizeof *raised + n + 1);

	memcpy(raised->key, key, n);
	raised->text = mem_strdup(text);
	raised->level = level;
	raised->since_unix_ms = since_unix_ms;
	map_put(alert->raised, span_of(key), raised);
	return raised;
}

static void
set_text(struct raised *raised, const char *text)
{
	if (strcmp(raised->text, text) == 0)
		return;
	mem_free(raised->text);
	raised->text = mem_strdup(text);
}

static void
drop(struct alert *alert, struct raised *raised)
{
	map_remove(alert->raised, span_of(raised->key));
	mem_free(raised->text);
	mem_free(raised);
}

bool
alert_at(const struct alert *alert, size_t i, struct alert_row *row_out)
{
	if (i >= alert->rows)
		return false;
	*row_out = (struct alert_row){ .key = alert->row[i]->key, .text = alert->row[i]->text,
		                       .level = alert->row[i]->level,
		                       .since_unix_ms = alert->row[i]->since_unix_ms };
	return true;
}

void
alert_load(struct alert *alert, const struct store_change *row)
{
	const struct store_alert *raised = &row->row.alert;

	if (row->kind == STORE_PUT_ALERT_CHANGE)
		alert_outbox_load(alert->outbox, &row->row.alert_change, alert->options.config);
	if (row->kind != STORE_PUT_ALERT)
		return;
	add(alert, raised->key, raised->level != 0 ? ALERT_ERROR : ALERT_WARNING, raised->text,
	    raised->since_unix_ms);
	sort_rows(alert);
}

/* ---- a change: stored, told, mailed --------------------------------------------------- */

static void
stored(struct mailbox_item *item, void *owner)
{
	struct store_write *write = (struct store_write *)(void *)item;

	(void)owner;
	if (write->result < 0)
		LOG(LOG_ERROR, "alert.not_stored", LOG_TEXT("why", write->err.text));
	store_write_free(&write);
}

/* store_change - what is mailed of it is stored with it, or a restart would lose that. */
static void
store_change(struct alert *alert, const struct raised *raised, bool is_raised, int64_t now)
{
	struct store_write *write =
		store_write_new((struct mailbox_return){ alert->box, stored }, NULL, 2);
	enum store_change_kind kind = is_raised ? STORE_PUT_ALERT : STORE_DELETE_ALERT;
	struct store_alert *row = &store_write_add(write, kind)->row.alert;

	row->key = arena_strdup(write->arena, raised->key);
	row->text = arena_strdup(write->arena, raised->text);
	row->level = raised->level;
	row->since_unix_ms = raised->since_unix_ms;
	if (alert->options.config->alerts.mail != NULL)
		alert_outbox_add(alert->outbox, write, is_raised, raised->text, now);
	store_write_send(alert->options.store, &write);
}

static void
tell(struct alert *alert, const struct raised *raised, bool is_raised, int64_t now)
{
	const struct mail_event event = {
		.at_unix_ms = now,
		.kind = is_raised ? MAIL_EVENT_ALERT_RAISED : MAIL_EVENT_ALERT_CLEARED,
		.detail = raised->text,
		.duration_ms = -1,
	};

	if (is_raised)
		LOG(LOG_WARNING, "alert.raised", LOG_TEXT("key", raised->key),
		    LOG_TEXT("text", raised->text));
	else
		LOG(LOG_NOTICE, "alert.cleared", LOG_TEXT("key", raised->key),
		    LOG_TEXT("text", raised->text));
	notify_keep(alert->options.notify, alert->options.store, alert->box, &event);
	store_change(alert, raised, is_raised, now);
}

/* ---- a round ---------------------------------------------------------------------------- */

void
alert_say(struct alert_round *round, enum alert_level level, const char *key, const char *fmt, ...)
{
	struct alert *alert = round->alert;
	struct raised *raised = map_get(alert->raised, span_of(key));
	char text[ALERT_TEXT_SIZE];
	bool is_worse;
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	if (raised == NULL && map_count(alert->raised) >= RAISED_MAX)
		return;
	if (raised == NULL) {
		raised = add(alert, key, level, text, round->now_unix_ms);
		is_worse = true;
	} else {
		is_worse = level > raised->level;
		raised->level = level;
		set_text(raised, text);
	}
	raised->round = alert->rounds;
	if (is_worse)
		tell(alert, raised, true, round->now_unix_ms);
}

void
alert_keep(struct alert_round *round, const char *prefix)
{
	struct alert *alert = round->alert;

	for (size_t i = 0; i < alert->rows; i++)
		if (strncmp(alert->row[i]->key, prefix, strlen(prefix)) == 0)
			alert->row[i]->round = alert->rounds;
}

static void
clear_unsaid(struct alert *alert, int64_t now)
{
	for (size_t i = 0; i < alert->rows; i++) { /* those before the round */
		if (alert->row[i]->round == alert->rounds)
			continue;
		tell(alert, alert->row[i], false, now);
		drop(alert, alert->row[i]);
	}
}

void
alert_look(struct alert *alert)
{
	struct alert_round round = { .alert = alert, .now_unix_ms = clock_unix_ms() };

	alert->rounds++;
	alert->options.collect(&round, alert->options.arg);
	clear_unsaid(alert, round.now_unix_ms);
	sort_rows(alert);
	alert_outbox_mail(alert->outbox, alert->options.config, alert->options.accounts,
	                  alert->rows);
}

static void
take_turn(void *arg)
{
	struct alert *alert = arg;

	alert_look(alert);
	loop_timer_set(&alert->turn, ROUND_MS);
}

/* ---- made and freed ----------------------------------------------------------------------- */

struct alert *
alert_new(const struct alert_options *options, struct err *err)
{
	struct alert *alert = mem_zero(1, sizeof *alert);

	alert->options = *options;
	alert->options.config = config_ref(options->config);
	alert->options.accounts = account_snapshot_ref(options->accounts);
	alert->raised = map_new();
	loop_timer_init(&alert->turn, options->loop, take_turn, alert);
	if ((alert->box = mailbox_new("alert", 0, alert, err)) == NULL
	    || (alert->outbox = alert_outbox_new(
			options, (struct mailbox_return){ alert->box, stored }, err)) == NULL) {
		alert_free(&alert);
		return NULL;
	}
	mailbox_attach(alert->box, options->loop);
	return alert;
}

void
alert_start(struct alert *alert)
{
	loop_timer_set(&alert->turn, 0);
}

void
alert_set_config(struct alert *alert, const struct config *config)
{
	config_unref(&alert->options.config);
	alert->options.config = config_ref(config);
}

void
alert_set_accounts(struct alert *alert, struct account_snapshot *accounts)
{
	account_snapshot_unref(&alert->options.accounts);
	alert->options.accounts = account_snapshot_ref(accounts);
}

void
alert_free(struct alert **alert)
{
	struct alert *a = *alert;

	*alert = NULL;
	if (a == NULL)
		return;
	loop_timer_deinit(&a->turn);
	alert_outbox_free(&a->outbox);
	mailbox_free(&a->box);
	sort_rows(a);
	for (size_t i = 0; i < a->rows; i++)
		drop(a, a->row[i]);
	map_free(&a->raised);
	mem_free(a->row);
	config_unref(&a->options.config);
	account_snapshot_unref(&a->options.accounts);
	mem_free(a);
}
