/* account.c - see account.h: the owner of the rows, and the course of a change.
 *
 * Messages: a change goes to the thread's mailbox (work_there) and comes back to
 * the loop's (worked); the store answers a store_write to the loop's (stored). */
#include "account.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "account_private.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/must.h"
#include "base/rand.h"
#include "smtp/smtp_address.h"
#include "store/store_audit.h"

const struct account_act_row account_act_rows[ACCOUNT_ACT_COUNT] = {
	[ACCOUNT_CREDENTIAL_CREATE] = { "credential.create", account_credential_create,
					account_credential_derive },
	[ACCOUNT_CREDENTIAL_ROTATE] = { "credential.rotate", account_credential_rotate,
					account_credential_derive },
	[ACCOUNT_CREDENTIAL_RETIRE] = { "credential.retire", account_credential_retire, NULL },
	[ACCOUNT_CREDENTIAL_LIMIT] = { "credential.limit", account_credential_limit, NULL },
	[ACCOUNT_CREDENTIAL_REVOKE] = { "credential.revoke", account_credential_revoke, NULL },
	[ACCOUNT_CREDENTIAL_REPLACE] = { "credential.compromised", account_credential_replace,
					 account_credential_derive },
	[ACCOUNT_DOMAIN_ADD] = { "domain.add", account_domain_add, account_key_make },
	[ACCOUNT_DOMAIN_LIMIT] = { "domain.limit", account_domain_limit, NULL },
	[ACCOUNT_KEY_ROTATE] = { "domain.dkim.rotate", account_key_rotate, account_key_make },
	[ACCOUNT_KEY_IMPORT] = { "domain.dkim.import", account_key_import, account_key_read },
	[ACCOUNT_KEY_EXPORT] = { "domain.dkim.export", account_key_export, NULL },
	[ACCOUNT_KEY_REMOVE] = { "domain.dkim.remove", account_key_remove, NULL },
	[ACCOUNT_KEY_MOVE] = { "domain.dkim.move", account_key_move, NULL },
	[ACCOUNT_DOMAIN_REMOVE] = { "domain.remove", account_domain_remove, NULL },
};

struct account {
	struct account_options options;
	struct account_rows *rows;
	struct account_snapshot *snapshot;
	struct id_gen ids;
	struct mailbox *box;		      /* answers, on the main loop */
	struct account_change *first, **last; /* waiting; the first is under way */
	size_t waiting;
	bool is_under_way;
	struct err sealed;	/* of the first whose master key is not given */
	struct loop_timer turn; /* the next change is begun from the loop */
	/* the thread */
	struct mailbox *work_box;
	pthread_t thread;
	bool is_running; /* main's */
	bool must_end;	 /* the thread's */
};

static void advance(void *arg);

/* ---- making ---------------------------------------------------------------------- */

static void
load_row(const struct store_change *row, void *arg)
{
	struct account *account = arg;
	struct err err;

	if (account_rows_apply(account->rows, row, &err) == 0)
		return;
	if (err.kind == ERR_PERM) {
		if (account->sealed.kind == ERR_NONE)
			account->sealed = err;
		return;
	}
	LOG(LOG_ERROR, "account.row_left_out", LOG_TEXT("why", err.text));
}

int
account_check_sealed(const struct store_options *store, const struct vault *vault, struct err *err)
{
	struct account account = { .rows = account_rows_new() };
	int rc;

	account_rows_set_vault(account.rows, vault);
	rc = store_peek_domains(store, load_row, &account, err);
	if (rc == 0 && account.sealed.kind != ERR_NONE)
		rc = err_set(err, ERR_INPUT, 0, "%s", account.sealed.text);
	account_rows_free(&account.rows);
	return rc;
}

/* load - what the store has, all of which we must be able to use: mail would go unsigned */
static int
load(struct account *account, struct err *err)
{
	struct store *store = account->options.store;

	if (store_load_rows(store, load_row, account, err) < 0)
		return -1;
	if (account->sealed.kind != ERR_NONE)
		return err_set(err, ERR_INPUT, 0, "%s", account->sealed.text);
	return account_reseal(account, account->rows, store, err);
}

static void
publish(struct account *account)
{
	uint64_t generation = account->snapshot != NULL ? account->snapshot->generation : 0;

	account_snapshot_unref(&account->snapshot);
	account->snapshot = account_rows_build(account->rows, generation + 1);
	if (generation > 0 && account->options.changed != NULL)
		account->options.changed(account->snapshot, account->options.arg);
}

struct account *
account_new(const struct account_options *options, struct err *err)
{
	struct account *account = mem_zero(1, sizeof *account);

	account->options = *options;
	account->rows = account_rows_new();
	account_rows_set_vault(account->rows, options->vault);
	account->last = &account->first;
	id_gen_init(&account->ids, options->node, options->lane, options->not_before_id);
	loop_timer_init(&account->turn, options->loop, advance, account);
	if ((account->box = mailbox_new("account", ACCOUNT_CHANGES_WAITING_MAX, account, err)) ==
		    NULL ||
	    (account->work_box = mailbox_new("account-work", 1, account, err)) == NULL ||
	    load(account, err) < 0) {
		account_free(&account);
		return NULL;
	}
	mailbox_attach(account->box, options->loop);
	publish(account);
	return account;
}

void
account_free(struct account **account)
{
	struct account *a = *account;

	*account = NULL;
	if (a == NULL)
		return;
	must(!a->is_running);
	mailbox_free(&a->work_box);
	mailbox_free(&a->box);
	while (a->first != NULL) {
		struct account_change *change = a->first;

		a->first = change->next;
		account_change_free(&change);
	}
	loop_timer_deinit(&a->turn);
	account_snapshot_unref(&a->snapshot);
	account_rows_free(&a->rows);
	mem_free(a);
}

struct account_snapshot *
account_snapshot(struct account *account)
{
	return account->snapshot;
}

size_t
account_plain_keys(const struct account *account)
{
	return account_rows_plain_keys(account->rows);
}

const char *
account_unreadable(const struct account *account)
{
	const struct account_rows_lost *lost = account_rows_lost_at(account->rows, 0);

	return lost != NULL ? lost->why : NULL;
}

const struct vault *
account_vault(const struct account *account)
{
	return account->options.vault;
}

const struct account_rows *
account_current_rows(const struct account *account)
{
	return account->rows;
}

uint64_t
account_next_id(struct account *account, int64_t now_unix_ms)
{
	return id_gen_next(&account->ids, now_unix_ms);
}

/* ---- a change ------------------------------------------------------------------------- */

struct account_change *
account_change_new(enum account_act act)
{
	struct account_change *change = mem_zero(1, sizeof *change);

	change->arena = arena_new(0);
	change->act = act;
	change->steps = &account_act_rows[act];
	return change;
}

/* PEMs and verifiers are secrets too: what the rows point to is ours, writable
 * memory in the arena. */
static void
wipe_rows(struct account_change *change)
{
	for (size_t i = 0; i < change->rows; i++) {
		struct store_change *row = &change->row[i];

		if (row->kind == STORE_PUT_KEY && row->row.key.pem != NULL)
			mem_wipe((void *)(uintptr_t)row->row.key.pem, strlen(row->row.key.pem));
	}
	if (change->row != NULL)
		mem_wipe(change->row, ACCOUNT_CHANGE_ROWS_MAX * sizeof *change->row);
	change->rows = 0;
}

void
account_change_free(struct account_change **change)
{
	struct account_change *c = *change;

	*change = NULL;
	if (c == NULL)
		return;
	wipe_rows(c);
	mem_wipe(c->secret, sizeof c->secret);
	if (c->pem != NULL)
		mem_wipe(c->pem, strlen(c->pem));
	if (c->text != NULL)
		mem_wipe(c->text, strlen(c->text));
	arena_free(&c->arena);
	mem_free(c);
}

struct store_change *
account_change_row(struct account_change *change, enum store_change_kind kind)
{
	struct store_change *row;

	if (change->row == NULL)
		change->row =
			arena_zero(change->arena, ACCOUNT_CHANGE_ROWS_MAX * sizeof *change->row);
	must(change->rows < ACCOUNT_CHANGE_ROWS_MAX);
	row = &change->row[change->rows++];
	row->kind = kind;
	return row;
}

/* ---- its course ----------------------------------------------------------------------- */

/* finish - the change under way leaves the list and goes to its asker. */
static void
finish(struct account *account, struct account_change *change, int result)
{
	must(account->first == change);
	account->first = change->next;
	if (account->first == NULL)
		account->last = &account->first;
	account->waiting--;
	account->is_under_way = false;
	if (account->first != NULL)
		loop_timer_set(&account->turn, 0);
	wipe_rows(change);
	change->result = result;
	if (result < 0)
		mem_wipe(change->secret, sizeof change->secret);
	change->done(change, change->arg);
}

static void
apply(struct account *account, const struct account_change *change)
{
	struct err err;

	for (size_t i = 0; i < change->rows; i++)
		if (account_rows_apply(account->rows, &change->row[i], &err) < 0)
			LOG(LOG_ERROR, "account.row_left_out", LOG_TEXT("why", err.text));
	publish(account);
}

static void
stored(struct mailbox_item *item, void *owner)
{
	struct store_write *write = (struct store_write *)(void *)item;
	struct account_change *change = write->context;

	if (owner == NULL) {
		mem_free(write); /* account_free has the change in its list */
		return;
	}
	change->err = write->err;
	if (write->result == 0)
		apply(owner, change);
	LOG(LOG_NOTICE, write->result == 0 ? "account.changed" : "account.change_failed",
	    LOG_TEXT("action", change->steps->action), LOG_TEXT("object", change->name),
	    LOG_TEXT("by", change->who),
	    LOG_TEXT("why", write->result == 0 ? NULL : write->err.text));
	finish(owner, change, write->result);
	mem_free(write);
}

static void
send_to_store(struct account *account, struct account_change *change)
{
	struct store_write *write = mem_zero(1, sizeof *write);
	int64_t now = clock_unix_ms();
	const char *detail = change->detail;

	detail = store_audit_add(change->arena, detail, change->also);
	if (change->reason != NULL)
		detail = store_audit_add(change->arena, detail,
					 arena_printf(change->arena, "reason: %s",
						      change->reason));
	write->back = (struct mailbox_return){ account->box, stored };
	write->context = change;
	write->arena = change->arena; /* stays the change's */
	write->change = change->row;
	write->changes = change->rows;
	write->audit = (struct store_audit){
		.id = account_next_id(account, now),
		.at_unix_ms = now,
		.uid = change->uid,
		.who = change->who != NULL ? change->who : "",
		.via = change->via != NULL ? change->via : "",
		.action = change->steps->action,
		.object = change->name,
		.detail = detail,
	};
	store_write_send(account->options.store, &write);
}

static struct account_change *
change_of(struct mailbox_item *item)
{
	return (struct account_change *)(void *)((char *)item -
						 offsetof(struct account_change, item));
}

static void
worked(struct mailbox_item *item, void *owner)
{
	struct account_change *change = change_of(item);

	if (owner == NULL)
		return;
	if (change->result < 0)
		finish(owner, change, -1);
	else
		send_to_store(owner, change);
}

/* work_there - runs on account's thread. */
static void
work_there(struct mailbox_item *item, void *owner)
{
	struct account_change *change = change_of(item);

	if (owner == NULL)
		return;
	change->result = change->steps->work(change, &change->err);
	item->fn = worked;
	mailbox_send(change->account->box, &item);
}

/* check_seen - it is still what its asker saw. Here, where it is its turn, or two of them
 * could both have seen the same. */
static int
check_seen(const struct account *account, const struct account_change *change, struct err *err)
{
	const struct account_credential *credential = NULL;
	const struct account_domain *domain = NULL;
	char ascii[SMTP_DOMAIN_MAX + 1];
	uint64_t generation;

	if (change->generation == 0)
		return 0;
	if (change->act < ACCOUNT_DOMAIN_ADD)
		credential = account_snapshot_credential(account->snapshot, span_of(change->name));
	else if (smtp_domain_ascii(span_of(change->name), ascii, NULL) == 0)
		domain = account_snapshot_domain(account->snapshot, span_of(ascii));
	if (credential == NULL && domain == NULL)
		return 0; /* what is not there has its own words */
	generation = credential != NULL ? credential->generation : domain->generation;
	if (generation == change->generation)
		return 0;
	return err_set(err, ERR_INPUT, ESTALE,
		       "%s was changed since you looked: nothing done; look again and repeat",
		       change->name);
}

/* advance - begin with the first that waits. */
static void
advance(void *arg)
{
	struct account *account = arg;
	struct account_change *change = account->first;
	struct mailbox_item *item;

	if (change == NULL || account->is_under_way)
		return;
	account->is_under_way = true;
	if (change->result < 0 || check_seen(account, change, &change->err) < 0
	    || change->steps->prepare(account, change, &change->err) < 0) {
		finish(account, change, -1);
		return;
	}
	if (change->steps->work == NULL) {
		send_to_store(account, change);
		return;
	}
	item = &change->item;
	item->fn = work_there;
	mailbox_send(account->work_box, &item);
}

void
account_change_start(struct account *account, struct account_change **change)
{
	struct account_change *c = *change;

	*change = NULL;
	must_be_on(account->options.loop);
	c->account = account;
	if (account->waiting >= ACCOUNT_CHANGES_WAITING_MAX)
		c->result = err_set(&c->err, ERR_LIMIT, EBUSY,
				    "too many changes wait; try again in a moment");
	*account->last = c;
	account->last = &c->next;
	account->waiting++;
	loop_timer_set(&account->turn, 0);
}

/* ---- the thread ----------------------------------------------------------------------- */

static void *
run(void *arg)
{
	struct account *account = arg;

	pthread_setname_np(pthread_self(), "account");
	while (!account->must_end) {
		struct mailbox_item *item = mailbox_wait(account->work_box, -1);

		while (item != NULL) {
			struct mailbox_item *next = item->next;

			item->fn(item, account);
			item = next;
		}
	}
	return NULL;
}

static void
end_there(struct mailbox_item *item, void *owner)
{
	if (owner != NULL)
		((struct account *)owner)->must_end = true;
	mem_free(item);
}

/* The seed of all salts is drawn at the first start. Losing it to a crash before
 * the commit is harmless: nothing was derived from it that lasts. */
static void
seeded(struct mailbox_item *item, void *owner)
{
	struct store_write *write = (struct store_write *)(void *)item;

	(void)owner;
	if (write->result < 0)
		LOG(LOG_ERROR, "account.seed_not_stored", LOG_TEXT("why", write->err.text));
	store_write_free(&write);
}

static void
make_seed(struct account *account)
{
	struct store_write *write =
		store_write_new((struct mailbox_return){ account->box, seeded }, NULL, 1);
	struct store_credential *row =
		&store_write_add(write, STORE_PUT_CREDENTIAL)->row.credential;
	int64_t now = clock_unix_ms();

	row->id = account_next_id(account, now);
	row->name = ACCOUNT_ROWS_SEED_NAME;
	row->from = "";
	row->is_revoked = true;
	row->iterations = ACCOUNT_SCRAM_ITERATIONS;
	row->created_unix_ms = row->revoked_unix_ms = now;
	rand_secret(row->salt, sizeof row->salt);
	must(account_rows_apply(account->rows, write->change, NULL) == 0);
	publish(account);
	store_write_send(account->options.store, &write);
}

int
account_start(struct account *account, struct err *err)
{
	int rc;

	if (!account_rows_has_seed(account->rows))
		make_seed(account);
	rc = pthread_create(&account->thread, NULL, run, account);
	if (rc != 0)
		return err_errno(err, rc, "cannot start the account thread");
	account->is_running = true;
	return 0;
}

void
account_stop(struct account *account)
{
	struct mailbox_item *item;

	if (!account->is_running)
		return;
	item = mem_zero(1, sizeof *item);
	item->fn = end_there;
	mailbox_send(account->work_box, &item);
	pthread_join(account->thread, NULL);
	account->is_running = false;
}
