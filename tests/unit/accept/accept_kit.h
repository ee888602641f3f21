/* accept_kit.h - an accept stage on a thread of its own, with a real store, and
 * blocking clients for the test to play. The scheduler and the hub of events are
 * the two functions below: they keep what they are given. */
#ifndef TESTS_ACCEPT_KIT_H
#define TESTS_ACCEPT_KIT_H

#include "unit/account/account_kit.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <ftw.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "accept/accept.h"
#include "account/account_base64.h"
#include "base/clock.h"

#define KIT_KEPT 64
#define KIT_WAIT_SEC 10

/* ---- what goes on from here --------------------------------------------------------- */

static struct kept {
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct mail_message *message[KIT_KEPT];
	size_t messages;
	struct mail_event *event[KIT_KEPT];
	size_t events;
} kept = { .lock = PTHREAD_MUTEX_INITIALIZER, .more = PTHREAD_COND_INITIALIZER };

void
schedule_submit(struct schedule *schedule, struct mail_message **message)
{
	(void)schedule;
	pthread_mutex_lock(&kept.lock);
	assert_true(kept.messages < KIT_KEPT);
	kept.message[kept.messages++] = *message;
	*message = NULL;
	pthread_cond_broadcast(&kept.more);
	pthread_mutex_unlock(&kept.lock);
}

void
notify_publish(struct notify *notify, const struct mail_event *event)
{
	(void)notify;
	pthread_mutex_lock(&kept.lock);
	if (kept.events < KIT_KEPT)
		kept.event[kept.events++] = mail_event_dup(event);
	pthread_cond_broadcast(&kept.more);
	pthread_mutex_unlock(&kept.lock);
}

/* kept_message, kept_event - wait for the nth. */
static inline struct timespec
kit_deadline(void)
{
	struct timespec at;

	clock_gettime(CLOCK_REALTIME, &at);
	at.tv_sec += KIT_WAIT_SEC;
	return at;
}

static inline struct mail_message *
kept_message(size_t n)
{
	struct timespec at = kit_deadline();
	struct mail_message *m;

	pthread_mutex_lock(&kept.lock);
	while (kept.messages <= n && pthread_cond_timedwait(&kept.more, &kept.lock, &at) == 0)
		;
	m = kept.messages > n ? kept.message[n] : NULL;
	pthread_mutex_unlock(&kept.lock);
	assert_non_null(m);
	return m;
}

static inline struct mail_event *
kept_event(enum mail_event_kind kind)
{
	struct timespec at = kit_deadline();
	struct mail_event *e = NULL;
	int rc = 0;

	pthread_mutex_lock(&kept.lock);
	while (e == NULL && rc == 0) {
		for (size_t i = 0; i < kept.events; i++)
			if (kept.event[i]->kind == kind)
				e = kept.event[i];
		if (e == NULL)
			rc = pthread_cond_timedwait(&kept.more, &kept.lock, &at);
	}
	pthread_mutex_unlock(&kept.lock);
	assert_non_null(e);
	return e;
}

static inline void
kept_clear(void)
{
	for (size_t i = 0; i < kept.messages; i++)
		mail_message_free(&kept.message[i]);
	for (size_t i = 0; i < kept.events; i++)
		mem_free(kept.event[i]);
	kept.messages = kept.events = 0;
}

/* ---- the relay ------------------------------------------------------------------------ */

struct kit {
	char dir[64];
	struct account_rows *rows;
	struct account_snapshot *snapshot;
	struct config *config;
	struct store *store;
	struct tls_server *tls;
	struct account_gate *gate;
	struct loop *loop;
	struct mailbox *box; /* errands for the loop's thread */
	struct accept *accept;
	pthread_t thread;
	int fd[3];
	uint16_t port[3]; /* submission, submissions, local */
	struct store_options store_options;
};
enum { KIT_SUBMISSION, KIT_SUBMISSIONS, KIT_LOCAL };

struct kit_errand {
	struct mailbox_item item;
	void (*run)(struct kit *kit);
	struct kit *kit;
	pthread_mutex_t *lock;
	pthread_cond_t *done;
	bool *is_done;
};

static inline void
kit_take_errand(struct mailbox_item *item, void *owner)
{
	struct kit_errand *e = (struct kit_errand *)(void *)item;

	if (owner != NULL)
		e->run(e->kit);
	pthread_mutex_lock(e->lock);
	*e->is_done = true;
	pthread_cond_signal(e->done);
	pthread_mutex_unlock(e->lock);
	mem_free(e);
}

/* kit_on_loop - run there, and wait for it. */
static inline void
kit_on_loop(struct kit *kit, void (*run)(struct kit *kit))
{
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t done = PTHREAD_COND_INITIALIZER;
	bool is_done = false;
	struct kit_errand *e = mem_zero(1, sizeof *e);
	struct mailbox_item *item = &e->item;

	*e = (struct kit_errand){ { NULL, kit_take_errand }, run, kit, &lock, &done, &is_done };
	mailbox_send(kit->box, &item);
	pthread_mutex_lock(&lock);
	while (!is_done)
		pthread_cond_wait(&done, &lock);
	pthread_mutex_unlock(&lock);
}

static inline void *
kit_run(void *arg)
{
	loop_run(arg);
	return NULL;
}

static inline int
kit_listen(uint16_t *port_out)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof at;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(listen(fd, 64), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	*port_out = ntohs(at.sin_port);
	return fd;
}

static inline struct config *
kit_config(struct kit *kit, const char *limits)
{
	char file[128];
	struct config *config;
	struct err err;
	FILE *f;

	(void)snprintf(file, sizeof file, "%s/relayd.conf", kit->dir);
	f = fopen(file, "w");
	assert_non_null(f);
	fprintf(f,
		"hostname = \"relay.example\"\nstate_dir = \"%s\"\n"
		"listen \"submission\" { port = 1587 tls = starttls }\nlimits { %s }\n",
		kit->dir, limits);
	fclose(f);
	config = config_load(file, &err);
	if (config == NULL)
		fail_msg("%s", err.text);
	return config;
}

static inline void
kit_open_accept(struct kit *kit)
{
	static const struct config_listener listener[] = {
		{ .title = "submission", .kind = CONFIG_SUBMISSION, .tls = CONFIG_TLS_STARTTLS },
		{ .title = "submissions", .kind = CONFIG_SUBMISSIONS, .tls = CONFIG_TLS_IMPLICIT },
		{ .title = "local",
		  .kind = CONFIG_LOCAL,
		  .tls = CONFIG_TLS_NONE,
		  .credential = "machine" },
	};
	struct err err;

	kit->accept = accept_new(
		&(struct accept_options){
			.loop = kit->loop,
			.config = kit->config,
			.accounts = kit->snapshot,
			.gate = kit->gate,
			.tls = kit->tls,
			.store = kit->store,
			.node = 1,
			.not_before_id = 0,
		},
		&err);
	assert_non_null(kit->accept);
	for (int i = 0; i < 3; i++) {
		kit->fd[i] = kit_listen(&kit->port[i]);
		assert_int_equal(accept_listen(kit->accept, &listener[i], kit->fd[i], &err), 0);
	}
}

static inline void
kit_start(struct kit *kit, const char *limits)
{
	struct err err;

	signal(SIGPIPE, SIG_IGN);
	*kit = (struct kit){ .dir = "/tmp/accept_test_XXXXXX" };
	assert_non_null(mkdtemp(kit->dir));
	kit->config = kit_config(kit, limits);
	kit->rows = kit_rows();
	kit->snapshot = account_rows_build(kit->rows, 1);
	kit->store_options = (struct store_options){
		.url = "sqlite:relay.db",
		.state_dir = kit->dir,
		.node = 1,
		.log_keep_ms = INT64_C(86400000) * 90,
		.log_subject = true,
	};
	kit->store = store_open(&kit->store_options, &err);
	if (kit->store == NULL || store_start(kit->store, &err) < 0)
		fail_msg("%s", err.text);
	kit->tls = tls_server_new(NULL, 0, "relay.example", &err);
	assert_non_null(kit->tls);
	kit->gate = account_gate_new(kit->config->limits.auth_failures, 60000);
	kit->loop = loop_new("accept", &err);
	kit->box = mailbox_new("errands", 8, kit, &err);
	mailbox_attach(kit->box, kit->loop);
	kit_open_accept(kit);
	pthread_create(&kit->thread, NULL, kit_run, kit->loop);
}

static inline void
kit_end_loop(struct kit *kit)
{
	loop_stop(kit->loop);
}

static inline int
kit_remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static inline void
kit_stop(struct kit *kit)
{
	kit_on_loop(kit, kit_end_loop);
	pthread_join(kit->thread, NULL);
	store_stop(kit->store);
	accept_free(&kit->accept);
	store_close(&kit->store);
	mailbox_free(&kit->box);
	loop_free(&kit->loop);
	for (int i = 0; i < 3; i++)
		close(kit->fd[i]);
	account_gate_free(&kit->gate);
	tls_server_unref(&kit->tls);
	account_snapshot_unref(&kit->snapshot);
	account_rows_free(&kit->rows);
	config_unref(&kit->config);
	kept_clear();
	(void)nftw(kit->dir, kit_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static inline void
kit_show_accounts(struct kit *kit)
{
	account_snapshot_unref(&kit->snapshot);
	kit->snapshot = account_rows_build(kit->rows, 2);
	accept_set_accounts(kit->accept, kit->snapshot);
}

/* ---- a client ----------------------------------------------------------------------------- */

struct client {
	int fd;
	SSL_CTX *ctx;
	SSL *ssl;
	char in[65536];
	size_t n;
	char reply[8192]; /* the last one, all lines */
};

static inline void
client_connect(struct client *c, struct kit *kit, int listener)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons(kit->port[listener]),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct timeval wait = { KIT_WAIT_SEC, 0 };

	memset(c, 0, sizeof *c);
	c->fd = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
	setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
	assert_int_equal(connect(c->fd, (struct sockaddr *)&at, sizeof at), 0);
}

static inline void
client_handshake(struct client *c)
{
	c->ctx = SSL_CTX_new(TLS_client_method());
	c->ssl = SSL_new(c->ctx);
	SSL_set_fd(c->ssl, c->fd);
	assert_int_equal(SSL_connect(c->ssl), 1);
	assert_int_equal(c->n, 0);
}

static inline void
client_close(struct client *c)
{
	SSL_free(c->ssl);
	SSL_CTX_free(c->ctx);
	close(c->fd);
	memset(c, 0, sizeof *c);
	c->fd = -1;
}

static inline void
client_send(struct client *c, const void *p, size_t n)
{
	const char *at = p;

	while (n > 0) {
		ssize_t did = c->ssl ? SSL_write(c->ssl, at, (int)n) : send(c->fd, at, n, 0);

		if (did <= 0)
			return; /* what follows finds no reply */
		at += did;
		n -= (size_t)did;
	}
}

static inline void
client_say(struct client *c, const char *text)
{
	client_send(c, text, strlen(text));
}

/* client_fill - false: the connection has ended */
static inline bool
client_fill(struct client *c)
{
	char *to = c->in + c->n;
	size_t room = sizeof c->in - 1 - c->n;
	ssize_t got = c->ssl ? SSL_read(c->ssl, to, (int)room) : recv(c->fd, to, room, 0);

	if (got > 0)
		c->n += (size_t)got;
	c->in[c->n] = '\0';
	return got > 0;
}

/* client_read - one reply, maybe of several lines, into c->reply; false at the end */
static inline bool
client_read(struct client *c)
{
	size_t from = 0;

	for (;;) {
		char *eol = memmem(c->in + from, c->n - from, "\r\n", 2);

		if (eol == NULL) {
			if (!client_fill(c))
				return false;
			continue;
		}
		if (c->in[from + 3] == '-') {
			from = (size_t)(eol + 2 - c->in);
			continue;
		}
		from = (size_t)(eol + 2 - c->in);
		assert_true(from < sizeof c->reply);
		memcpy(c->reply, c->in, from);
		c->reply[from] = '\0';
		memmove(c->in, c->in + from, c->n - from);
		c->n -= from;
		return true;
	}
}

static inline void
client_expect(struct client *c, const char *start)
{
	if (!client_read(c))
		fail_msg("expected %s, but the connection ended", start);
	if (strncmp(c->reply, start, strlen(start)) != 0)
		fail_msg("expected %s, got %s", start, c->reply);
}

static inline void
client_ask(struct client *c, const char *line, const char *start)
{
	client_say(c, line);
	client_expect(c, start);
}

static inline void
client_expect_end(struct client *c)
{
	if (client_read(c))
		fail_msg("expected the end, got %s", c->reply);
}

static inline void
client_auth_plain(struct client *c, const char *user, const char *password, const char *start)
{
	struct buf raw, line;

	buf_init(&raw, 512);
	buf_init(&line, 1024);
	buf_append(&raw, "", 1);
	buf_append_text(&raw, user);
	buf_append(&raw, "", 1);
	buf_append_text(&raw, password);
	buf_append_text(&line, "AUTH PLAIN ");
	account_base64_encode(buf_data(&raw), raw.len, &line);
	buf_append(&line, "\r\n", 3);
	client_ask(c, buf_data(&line), start);
	buf_deinit(&raw);
	buf_deinit(&line);
}

/* client_log_in - connected to submissions, said EHLO, logged in as shop */
static inline void
client_log_in(struct client *c, struct kit *kit)
{
	client_connect(c, kit, KIT_SUBMISSIONS);
	client_handshake(c);
	client_expect(c, "220 relay.example");
	client_ask(c, "EHLO app.example\r\n", "250-");
	client_auth_plain(c, "shop", KIT_SECRET, "235 2.7.0");
}

#define KIT_ENVELOPE "MAIL FROM:<a@shop.example>\r\nRCPT TO:<b@dest.example>\r\n"
#define KIT_HEADER "From: A <a@shop.example>\r\nTo: b@dest.example\r\nSubject: hi\r\n"

/* client_data - a whole transaction with this content, and what it got */
static inline void
client_data(struct client *c, const char *content, const char *start)
{
	client_ask(c, "MAIL FROM:<a@shop.example>\r\n", "250 2.1.0");
	client_ask(c, "RCPT TO:<b@dest.example>\r\n", "250 2.1.5");
	client_ask(c, "DATA\r\n", "354 ");
	client_say(c, content);
	client_ask(c, "\r\n.\r\n", start);
}

#endif
