/* api_client.c - see api_client.h.
 *
 * The socket never blocks; the waiting calls are poll loops around the same
 * feed that polling programs use, so there is one reader of lines. */
#include "api/api_client.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "api/api_json.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"

#define READ_BYTES ((size_t)64 << 10)
#define SLICE_MS 250 /* an interrupt that comes just before poll waits this long at most */

struct api_client {
	char *path;
	int fd;                 /* -1: closed */
	struct buf in, out;
	size_t scanned;         /* bytes of in known to hold no newline */
	uint64_t last_id;
	api_notice_fn on_notice;
	void *notice_arg;
	api_reply_fn on_reply;
	void *reply_arg;
	const volatile sig_atomic_t *interrupt;
	uint64_t wanted_id;     /* api_client_call waits for this one; 0 none */
	json_t *wanted_result;  /* its answer: a reference ... */
	struct api_error wanted_error; /* ... or kind != NONE */
};

struct api_client *
api_client_new(const char *path)
{
	struct api_client *client = mem_zero(1, sizeof *client);

	client->path = mem_strdup(path);
	client->fd = -1;
	buf_init(&client->in, API_CLIENT_LINE_MAX_BYTES);
	buf_init(&client->out, API_CLIENT_LINE_MAX_BYTES);
	return client;
}

void
api_client_free(struct api_client **client)
{
	struct api_client *gone = *client;

	if (!gone)
		return;
	*client = NULL;
	api_client_close(gone);
	buf_deinit(&gone->in);
	buf_deinit(&gone->out);
	mem_free(gone->path);
	mem_free(gone);
}

void
api_client_on_notice(struct api_client *client, api_notice_fn fn, void *arg)
{
	client->on_notice = fn;
	client->notice_arg = arg;
}

void
api_client_on_reply(struct api_client *client, api_reply_fn fn, void *arg)
{
	client->on_reply = fn;
	client->reply_arg = arg;
}

void
api_client_set_interrupt(struct api_client *client, const volatile sig_atomic_t *flag)
{
	client->interrupt = flag;
}

const char *
api_client_path(const struct api_client *client)
{
	return client->path;
}

bool
api_client_is_open(const struct api_client *client)
{
	return client->fd >= 0;
}

int
api_client_fd(const struct api_client *client)
{
	return client->fd;
}

short
api_client_events(const struct api_client *client)
{
	return (short)(POLLIN | (client->out.len ? POLLOUT : 0));
}

void
api_client_close(struct api_client *client)
{
	if (client->fd >= 0)
		close(client->fd);
	client->fd = -1;
	client->scanned = 0;
	buf_clear(&client->in);
	buf_clear(&client->out);
}

static int
say_unreachable(struct api_client *client, int saved_errno, struct api_error *error)
{
	bool kept_out = saved_errno == EACCES || saved_errno == EPERM;

	(void)api_error_set(error, kept_out ? API_ERROR_NOT_PERMITTED : API_ERROR_UNREACHABLE,
	                    "cannot reach relayd at %s: %s", client->path, strerror(saved_errno));
	if (kept_out)
		api_error_hint(error, "ask to be in the group that relayd.conf names in "
		               "control { operators = ... } or { viewers = ... }");
	else
		api_error_hint(error, "is relayd running? another socket: --socket PATH or "
		               "RELAY_SOCKET");
	return -1;
}

int
api_client_connect(struct api_client *client, struct api_error *error)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t n = strlen(client->path);

	api_client_close(client);
	if (n >= sizeof to.sun_path)
		return say_unreachable(client, ENAMETOOLONG, error);
	memcpy(to.sun_path, client->path, n + 1);
	client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (client->fd < 0)
		return say_unreachable(client, errno, error);
	if (connect(client->fd, (const struct sockaddr *)&to, sizeof to) < 0) {
		int saved = errno;

		api_client_close(client);
		return say_unreachable(client, saved, error);
	}
	return 0;
}

static int
lose(struct api_client *client, const char *why, struct api_error *error)
{
	api_client_close(client);
	(void)api_error_set(error, API_ERROR_UNREACHABLE, "relayd at %s closed the connection%s%s",
	                    client->path, why ? ": " : "", why ? why : "");
	return -1;
}

static int
write_out(struct api_client *client)
{
	while (client->out.len) {
		ssize_t n = send(client->fd, buf_data(&client->out), client->out.len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -1;
		buf_consume(&client->out, (size_t)n);
	}
	return 0;
}

uint64_t
api_client_send(struct api_client *client, const char *method, json_t *params)
{
	json_t *request = json_object();
	uint64_t id = ++client->last_id;

	api_json_put_int(request, "id", (int64_t)id);
	api_json_put_text(request, "method", method);
	if (params)
		api_json_put(request, "params", params);
	if (client->fd >= 0 && api_json_append(request, &client->out) == 0) {
		(void)buf_append(&client->out, "\n", 1);
		(void)write_out(client); /* a failure shows at the next feed */
	}
	json_decref(request);
	return id;
}

static void
hand_out_reply(struct api_client *client, const json_t *line)
{
	uint64_t id = (uint64_t)api_json_get_int(line, "id", 0);
	json_t *result = json_object_get(line, "result");
	struct api_error error = { .kind = API_ERROR_NONE };

	if (!result)
		api_error_from_json(&error, json_object_get(line, "error"));
	if (id == 0 && client->wanted_id) /* refused before our request was read */
		id = client->wanted_id;
	if (id != 0 && id == client->wanted_id) {
		client->wanted_id = 0;
		client->wanted_result = json_incref(result);
		client->wanted_error = error;
	} else if (client->on_reply) {
		client->on_reply(id, result, result ? NULL : &error, client->reply_arg);
	}
}

static int
take_line(struct api_client *client, struct span text, struct api_error *error)
{
	struct err err;
	json_t *line = api_json_parse(text, &err);
	const char *method;

	if (!line)
		return lose(client, err.text, error);
	method = api_json_get_text(line, "method");
	if (!method)
		hand_out_reply(client, line);
	else if (client->on_notice)
		client->on_notice(method, json_object_get(line, "params"), client->notice_arg);
	json_decref(line);
	return 0;
}

/* take_lines - hand out every whole line. Returns their number or -1. */
static int
take_lines(struct api_client *client, struct api_error *error)
{
	int lines = 0;

	while (client->fd >= 0) {
		const char *start = buf_data(&client->in);
		const char *end = client->in.len > client->scanned
					  ? memchr(start + client->scanned, '\n',
						   client->in.len - client->scanned)
					  : NULL;
		size_t n;

		if (!end) {
			client->scanned = client->in.len;
			if (client->in.len == client->in.max)
				return lose(client, "an answer is too long", error);
			return lines;
		}
		n = (size_t)(end - start);
		client->scanned = 0;
		if (take_line(client, (struct span){ start, n }, error) < 0)
			return -1;
		if (client->fd >= 0)
			buf_consume(&client->in, n + 1);
		lines++;
	}
	return lines;
}

/* feed - what api_client_feed does; returns how many lines came. */
static int
feed(struct api_client *client, struct api_error *error)
{
	int lines = 0;

	if (client->fd < 0)
		return lose(client, NULL, error);
	if (write_out(client) < 0)
		buf_clear(&client->out); /* it hung up; what it said before is still to be read */
	for (;;) {
		size_t room =
			buf_room(&client->in) < READ_BYTES ? buf_room(&client->in) : READ_BYTES;
		char *to = buf_reserve(&client->in, room);
		ssize_t n = recv(client->fd, to, room, 0);
		int taken;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN || errno == EWOULDBLOCK ? lines :
			       lose(client, strerror(errno), error);
		if (n == 0)
			return lose(client, NULL, error);
		buf_commit(&client->in, (size_t)n);
		taken = take_lines(client, error);
		if (taken < 0)
			return -1;
		lines += taken;
		if (client->wanted_error.kind != API_ERROR_NONE || client->wanted_result)
			return lines; /* answered: the rest may wait for the next feed */
		if (client->fd < 0)
			return lose(client, NULL, error);
	}
}

int
api_client_feed(struct api_client *client, struct api_error *error)
{
	return feed(client, error) < 0 ? -1 : 0;
}

static bool
is_interrupted(const struct api_client *client)
{
	return client->interrupt && *client->interrupt;
}

int
api_client_wait(struct api_client *client, int timeout_ms, struct api_error *error)
{
	int64_t until = clock_mono_ms() + timeout_ms;
	int lines;

	for (;;) {
		struct pollfd one = { .fd = client->fd, .events = api_client_events(client) };
		int64_t left = timeout_ms < 0 ? INT32_MAX : until - clock_mono_ms();
		int ready;

		if (is_interrupted(client))
			return api_error_set(error, API_ERROR_INTERRUPTED, "interrupted");
		if (left > SLICE_MS)
			left = SLICE_MS;
		ready = client->fd < 0 ? 1 : poll(&one, 1, left > 0 ? (int)left : 0);
		if (ready > 0 && (lines = feed(client, error)) != 0)
			return lines < 0 ? -1 : 1;
		if (timeout_ms >= 0 && clock_mono_ms() >= until)
			return 0;
	}
}

/* give_up - tell the daemon that nobody waits for this answer any more; what it
 * says to that, and a late answer, are dropped with the other unknown ids. */
static void
give_up(struct api_client *client, uint64_t id)
{
	json_t *params;

	if (client->fd < 0)
		return;
	params = json_object();
	api_json_put_int(params, "id", (int64_t)id);
	(void)api_client_send(client, "rpc.cancel", params);
}

int
api_client_call(struct api_client *client, const char *method, json_t *params, int timeout_ms,
                json_t **result_out, struct api_error *error)
{
	int64_t until = clock_mono_ms() + timeout_ms;
	int came = 1;

	*result_out = NULL;
	client->wanted_id = api_client_send(client, method, params);
	client->wanted_error.kind = API_ERROR_NONE;
	while (client->wanted_id && came > 0) {
		int64_t left = until - clock_mono_ms();

		came = api_client_wait(client, left > 0 ? (int)left : 0, error);
		if (came < 0 && client->wanted_id == 0)
			came = 1; /* it answered and then hung up: the answer counts */
	}
	if (came <= 0 && client->wanted_id)
		give_up(client, client->wanted_id);
	client->wanted_id = 0;
	if (came < 0)
		return -1;
	if (came == 0)
		return api_error_set(error, API_ERROR_TIMEOUT,
				     "relayd did not answer %s within %d ms", method, timeout_ms);
	*result_out = client->wanted_result;
	client->wanted_result = NULL;
	if (!*result_out)
		*error = client->wanted_error;
	client->wanted_error.kind = API_ERROR_NONE;
	return *result_out ? 0 : -1;
}
