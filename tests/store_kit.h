/* store_kit.h - what every test of the store needs: a folder of its own, a
 * mailbox to be answered at, messages and outcomes by the handful.
 *
 * Static functions, included by the tests, the crash writer and the bench. */
#ifndef TESTS_STORE_KIT_H
#define TESTS_STORE_KIT_H

#include <dirent.h>
#include <ftw.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/id.h"
#include "base/mem.h"
#include "base/must.h"
#include "store/store.h"

#define KIT __attribute__((unused)) static

struct kit {
	char dir[64];
	struct store_options options;
	struct store *store;
	struct mailbox *box;
	struct id_gen ids;
};

KIT int
kit_remove_one(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
	(void)info;
	(void)type;
	(void)ftw;
	return remove(path);
}

KIT void
kit_init(struct kit *kit)
{
	memset(kit, 0, sizeof *kit);
	snprintf(kit->dir, sizeof kit->dir, "/tmp/relay-store-XXXXXX");
	must(mkdtemp(kit->dir) != NULL);
	kit->options = (struct store_options){
		.url = "sqlite:relay.db",
		.state_dir = kit->dir,
		.node = 1,
		.log_keep_ms = (int64_t)90 * 86400000,
		.disk_reserve_bytes = 1024 * 1024,
		.log_subject = true,
		.mailbox_full_count = 3,
		.mailbox_full_span_ms = (int64_t)3 * 86400000,
		.mailbox_full_for_ms = (int64_t)14 * 86400000,
	};
	kit->box = mailbox_new("kit", 1000000, kit, NULL);
	must(kit->box != NULL);
}

KIT int
kit_open(struct kit *kit, struct err *err)
{
	kit->store = store_open(&kit->options, err);
	if (kit->store == NULL)
		return -1;
	id_gen_init(&kit->ids, 1, 0, store_largest_id(kit->store));
	return store_start(kit->store, err);
}

KIT void
kit_must_open(struct kit *kit)
{
	struct err err;

	if (kit_open(kit, &err) != 0) {
		fprintf(stderr, "store_open: %s\n", err.text);
		abort();
	}
}

KIT void
kit_close(struct kit *kit)
{
	store_close(&kit->store);
}

KIT void
kit_remove(struct kit *kit)
{
	kit_close(kit);
	mailbox_free(&kit->box);
	nftw(kit->dir, kit_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

KIT void
kit_nothing(struct mailbox_item *item, void *owner)
{
	(void)item;
	(void)owner;
}

KIT struct mailbox_return
kit_back(struct kit *kit)
{
	return (struct mailbox_return){ kit->box, kit_nothing };
}

/* kit_wait - the next answer; nothing for 30 s is a failure. Answers that came
 * together are kept for the next calls. */
KIT void *
kit_wait(struct kit *kit)
{
	static struct mailbox_item *rest;
	struct mailbox_item *item = rest != NULL ? rest : mailbox_wait(kit->box, 30000);

	must(item != NULL);
	rest = item->next;
	return item;
}

/* ---- messages ------------------------------------------------------------------ */

struct kit_message { /* what a test wants to be special; NULL or 0: a default */
	const char *sender, *recipient, *recipient2, *subject, *message_id, *tag, *credential;
	const char *client_address;
	size_t text_bytes;
	uint64_t id, spool_id;
};

KIT const char *
kit_domain(const char *address)
{
	const char *at = strrchr(address, '@');

	return at != NULL ? at + 1 : "";
}

KIT struct mail_message *
kit_message(struct kit *kit, const struct kit_message *wanted)
{
	struct mail_message *message = mail_message_new();
	size_t text_bytes = wanted->text_bytes > 0 ? wanted->text_bytes : 100;
	char *text = mem_alloc(text_bytes);
	char *head = mem_strdup("From: a@shop.example\r\nSubject: hello\r\n\r\n");

	memset(text, 'x', text_bytes);
	message->id = wanted->id ? wanted->id : id_gen_next(&kit->ids, clock_unix_ms());
	message->expires_unix_ms = id_unix_ms(message->id) + 3 * 86400000;
	message->credential_id = 7;
	message->credential = wanted->credential ? wanted->credential : "shop-prod";
	message->sender = wanted->sender ? wanted->sender : "no-reply@shop.example";
	message->return_path = message->sender;
	message->from_domain = "shop.example";
	message->message_id = wanted->message_id
				      ? wanted->message_id
				      : arena_printf(message->arena, "%llx.%p@shop.example",
						     (unsigned long long)message->id, (void *)kit);
	message->subject = wanted->subject ? wanted->subject : "Your order";
	if (wanted->tag)
		message->tag[message->tags++] = wanted->tag;
	message->client_address =
		wanted->client_address ? wanted->client_address : "192.0.2.7";
	message->client_name = "app1.shop.example";
	message->tls = "TLSv1.3 TLS_AES_256_GCM_SHA384";
	message->signature = "d=shop.example s=k1";
	message->size_bytes = text_bytes + strlen(head);
	message->body = mail_body_new(head, strlen(head), text, text_bytes, 0);
	if (wanted->spool_id) {
		mem_free(message->body->text);
		message->body->text = NULL;
		message->body->spool_id = wanted->spool_id;
	}
	message->recipients = wanted->recipient2 ? 2 : 1;
	message->recipient = arena_zero(message->arena, 2 * sizeof *message->recipient);
	message->recipient[0].address =
		wanted->recipient ? wanted->recipient : "b.lee@mail.example";
	message->recipient[1].address = wanted->recipient2;
	for (size_t i = 0; i < message->recipients; i++)
		message->recipient[i].domain = kit_domain(message->recipient[i].address);
	return message;
}

KIT void
kit_send_accept(struct kit *kit, struct mail_message *message)
{
	struct store_accept *request = mem_zero(1, sizeof *request);

	request->back = kit_back(kit);
	request->message = message;
	request->secret_id = 3;
	while (!store_accept_send(kit->store, &request))
		sched_yield();
}

KIT void
kit_free_accept(struct store_accept *request)
{
	mail_message_free(&request->message);
	mem_free(request);
}

/* kit_accept - one message, waited for; returns its id, 0 when refused (err_out). */
KIT uint64_t
kit_accept(struct kit *kit, const struct kit_message *wanted, struct err *err_out)
{
	struct store_accept *request;
	uint64_t id;

	kit_send_accept(kit, kit_message(kit, wanted));
	request = kit_wait(kit);
	id = request->result == 0 ? request->message->id : 0;
	if (id == 0 && err_out != NULL)
		*err_out = request->err;
	kit_free_accept(request);
	return id;
}

/* ---- outcomes --------------------------------------------------------------------- */

KIT struct mail_event
kit_event(uint64_t id, uint32_t no, enum mail_event_kind kind)
{
	bool is_good = kind == MAIL_EVENT_DELIVERED;

	return (struct mail_event){
		.at_unix_ms = clock_unix_ms(),
		.kind = kind,
		.message_id = id,
		.recipient_no = no,
		.credential = "shop-prod",
		.sender_domain = "shop.example",
		.site = "mail.example",
		.remote_host = "mx1.mail.example",
		.remote_address = "192.0.2.25",
		.source_address = "192.0.2.10",
		.tls_version = "TLSv1.3",
		.tls_verified = "opportunistic",
		.code = is_good			      ? 250
			: kind == MAIL_EVENT_DEFERRED ? 451
						      : 550,
		.enhanced = { is_good			    ? 2
			      : kind == MAIL_EVENT_DEFERRED ? 4
							    : 5,
			      1, 1 },
		.category = is_good			  ? VERDICT_NONE
			    : kind == MAIL_EVENT_DEFERRED ? VERDICT_GREYLISTED
							  : VERDICT_MAILBOX_UNKNOWN,
		.reply = is_good ? SPAN_LIT("250 2.1.1 Ok: queued as 4Xyz")
				 : SPAN_LIT("550 5.1.1 no such \xff user"),
		.attempt = 1,
		.duration_ms = 42,
		.next_attempt_unix_ms = kind == MAIL_EVENT_DEFERRED ? 1800000000000 : 0,
	};
}

KIT void
kit_send_record(struct kit *kit, const struct mail_event *event, enum mail_status status)
{
	struct store_record *request = mem_zero(1, sizeof *request);

	request->back = kit_back(kit);
	request->outcome = mem_zero(1, sizeof *request->outcome);
	request->outcomes = 1;
	request->outcome[0].event = mail_event_dup(event);
	request->outcome[0].status = status;
	request->outcome[0].is_final = status >= MAIL_STATUS_DELIVERED;
	store_record_send(kit->store, &request);
}

/* kit_record - one outcome, waited for; returns the event's id, 0 when it failed. */
KIT uint64_t
kit_record(struct kit *kit, const struct mail_event *event, enum mail_status status)
{
	struct store_record *request;
	uint64_t id;

	kit_send_record(kit, event, status);
	request = kit_wait(kit);
	id = request->result == 0 ? request->outcome[0].event->id : 0;
	store_record_free(&request);
	return id;
}

KIT void
kit_deliver(struct kit *kit, uint64_t id, uint32_t no)
{
	struct mail_event event = kit_event(id, no, MAIL_EVENT_DELIVERED);

	must(kit_record(kit, &event, MAIL_STATUS_DELIVERED) != 0);
}

/* ---- questions ----------------------------------------------------------------------- */

KIT struct store_search *
kit_search(struct kit *kit, const struct store_query *query)
{
	struct store_search *request = mem_zero(1, sizeof *request);
	struct store_search *asked = request;

	request->back = kit_back(kit);
	request->arena = arena_new(0);
	request->query = *query;
	if (request->query.limit == 0)
		request->query.limit = 100;
	must(store_search_send(kit->store, &request));
	must(kit_wait(kit) == (void *)asked);
	return asked;
}

KIT void
kit_free_search(struct store_search *request)
{
	arena_free(&request->arena);
	mem_free(request);
}

/* kit_count_days - files of the log there are. */
KIT size_t
kit_count_days(const struct kit *kit)
{
	char path[128];
	struct dirent *entry;
	size_t count = 0;
	DIR *dir;

	snprintf(path, sizeof path, "%s/log", kit->dir);
	dir = opendir(path);
	while ((entry = readdir(dir)) != NULL) {
		size_t n = strlen(entry->d_name);

		count += n > 3 && strcmp(entry->d_name + n - 3, ".db") == 0;
	}
	closedir(dir);
	return count;
}

#endif
