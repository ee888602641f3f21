/* test_control_session.c - framing, refusals and caps of one client, over a
 * socket pair and a real loop. Only methods that ask nobody else are called. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "control/control_private.h"

#define DEADLINE_MS 20000

struct world {
	struct control control;
	struct config config;
	struct loop_timer timer;
	int client;
	struct buf got;
	size_t wanted;       /* lines; then the loop stops */
	bool is_closed;      /* by the daemon */
	int64_t until;
};

static size_t
lines_of(const struct buf *b)
{
	struct span text = buf_span(b);
	size_t lines = 0;

	for (size_t i = 0; i < text.n; i++)
		lines += text.p[i] == '\n';
	return lines;
}

/* look - what came meanwhile; stops the loop when that is enough. */
static void
look(void *arg)
{
	struct world *w = arg;
	char part[65536];
	ssize_t n;

	while ((n = read(w->client, part, sizeof part)) > 0)
		assert_int_equal(buf_append(&w->got, part, (size_t)n), 0);
	w->is_closed = n == 0 || (n < 0 && errno != EAGAIN);
	if (lines_of(&w->got) >= w->wanted || w->is_closed || clock_mono_ms() > w->until)
		loop_stop(w->control.loop);
	else
		loop_timer_set(&w->timer, 1);
}

static void
run_until(struct world *w, size_t lines)
{
	w->wanted = lines;
	w->until = clock_mono_ms() + DEADLINE_MS;
	loop_timer_set(&w->timer, 1);
	loop_run(w->control.loop);
	assert_true(clock_mono_ms() <= w->until);
}

static int
set_up(void **state)
{
	struct world *w = mem_zero(1, sizeof *w);
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		return -1;
	w->client = pair[0];
	fcntl(w->client, F_SETFL, O_NONBLOCK);
	w->config.hostname = "relay.example";
	w->control.loop = loop_new("test", NULL);
	w->control.config = &w->config;
	list_init(&w->control.sessions);
	list_init(&w->control.calls);
	loop_timer_init(&w->timer, w->control.loop, look, w);
	buf_init(&w->got, 64 << 20);
	control_session_new(&w->control, pair[1], 1000, "ana", CONTROL_VIEWER);
	*state = w;
	return 0;
}

static int
tear_down(void **state)
{
	struct world *w = *state;

	while (!list_is_empty(&w->control.sessions))
		control_session_close(
			LIST_OWNER(w->control.sessions.next, struct control_session, link));
	loop_timer_deinit(&w->timer);
	loop_free(&w->control.loop);
	if (w->client >= 0)
		close(w->client);
	buf_deinit(&w->got);
	mem_free(w);
	return 0;
}

static void
say(struct world *w, const char *text)
{
	assert_int_equal(write(w->client, text, strlen(text)), (ssize_t)strlen(text));
}

/* what is asked, and a part of the one line that comes back */
static const struct {
	const char *name, *request, *answer;
} rows[] = {
	{ "answer", "{\"id\":1,\"method\":\"version.show\"}", "\"hostname\":\"relay.example\"" },
	{ "a noun with one verb", "{\"id\":1,\"method\":\"version\"}", "relay.version.show/1" },
	{ "null params", "{\"id\":1,\"method\":\"version.show\",\"params\":null}", "\"result\"" },
	{ "text id", "{\"id\":\"a\",\"method\":\"version.show\"}", "{\"id\":\"a\"," },
	{ "says 2.0 back", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"version.show\"}",
	  "\"jsonrpc\":\"2.0\"" },
	{ "CRLF", "{\"id\":1,\"method\":\"version.show\"}\r", "\"result\"" },
	{ "no JSON", "hello", "\"code\":-32700" },
	{ "twice the same key", "{\"id\":1,\"id\":2,\"method\":\"version.show\"}",
	  "\"code\":-32700" },
	{ "a batch", "[{\"id\":1,\"method\":\"version.show\"}]", "\"kind\":\"parse\"" },
	{ "no id", "{\"method\":\"version.show\"}", "\"code\":-32600" },
	{ "id of a strange kind", "{\"id\":{},\"method\":\"version.show\"}", "{\"id\":null," },
	{ "no method", "{\"id\":1}", "\"code\":-32600" },
	{ "unknown method", "{\"id\":1,\"method\":\"version.shwo\"}",
	  "did you mean \\\"version.show\\\"?" },
	{ "unknown parameter", "{\"id\":1,\"method\":\"version.show\",\"params\":{\"a\":1}}",
	  "\"kind\":\"params\"" },
	{ "params of a strange kind", "{\"id\":1,\"method\":\"version.show\",\"params\":[1]}",
	  "params must be an object" },
	{ "a viewer may not change", "{\"id\":1,\"method\":\"config.reload\"}",
	  "\"kind\":\"not_permitted\"" },
	{ "no such subscription",
	  "{\"id\":1,\"method\":\"view.unsubscribe\",\"params\":{\"subscription\":1}}",
	  "\"kind\":\"not_found\"" },
};

static void
answers_one_line_each(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		buf_clear(&w->got);
		say(w, rows[i].request);
		say(w, "\n");
		run_until(w, 1);
		buf_append(&w->got, "", 1);
		if (!strstr(buf_data(&w->got), rows[i].answer))
			fail_msg("%s: %s", rows[i].name, buf_data(&w->got));
	}
}

static void
describes_itself(void **state)
{
	struct world *w = *state;
	json_t *answer, *items;

	say(w, "{\"id\":1,\"method\":\"rpc.describe\"}\n");
	run_until(w, 1);
	answer = api_json_parse(buf_span(&w->got), NULL);
	assert_non_null(answer);
	items = json_object_get(json_object_get(answer, "result"), "items");
	assert_int_equal(json_array_size(items), control_method_count);
	json_decref(answer);
}

static void
empty_lines_are_nothing(void **state)
{
	struct world *w = *state;

	say(w, "\n\r\n  \n{\"id\":7,\"method\":\"version.show\"}\n");
	run_until(w, 1);
	assert_int_equal(lines_of(&w->got), 1);
}

/* Many describes are far more than the output cap: the daemon must stop reading
 * and go on, and lose none. */
static void
a_flood_of_requests_is_answered_in_turn(void **state)
{
	struct world *w = *state;
	char request[80];
	struct span rest;

	for (int i = 0; i < 200; i++) {
		snprintf(request, sizeof request, "{\"id\":%d,\"method\":\"rpc.describe\"}\n", i);
		say(w, request);
	}
	run_until(w, 200);
	assert_int_equal(lines_of(&w->got), 200);
	rest = buf_span(&w->got);
	for (int i = 0; i < 200; i++) {
		struct span line = span_cut(rest, '\n', &rest);

		snprintf(request, sizeof request, "{\"id\":%d,", i);
		assert_true(span_starts_nocase(line, request));
	}
}

static void
a_client_that_closed_its_half_gets_its_answers(void **state)
{
	struct world *w = *state;

	say(w, "{\"id\":1,\"method\":\"version.show\"}\n{\"id\":2,\"method\":\"version.show\"}\n");
	shutdown(w->client, SHUT_WR);
	run_until(w, 3); /* two answers, then the end */
	assert_int_equal(lines_of(&w->got), 2);
	assert_true(w->is_closed);
	assert_int_equal(w->control.session_count, 0);
}

static void
a_line_without_end_is_cut_off(void **state)
{
	struct world *w = *state;
	char *long_line = mem_alloc(CONTROL_LINE_MAX_BYTES + 100);
	size_t sent = 0;

	memset(long_line, 'x', CONTROL_LINE_MAX_BYTES + 100);
	w->until = clock_mono_ms() + DEADLINE_MS;
	while (!w->is_closed && clock_mono_ms() < w->until) {
		ssize_t n = sent < CONTROL_LINE_MAX_BYTES + 100
				    ? send(w->client, long_line + sent,
					   CONTROL_LINE_MAX_BYTES + 100 - sent, MSG_NOSIGNAL)
				    : 0;

		sent += n > 0 ? (size_t)n : 0;
		w->wanted = 0; /* one look, then send more */
		loop_timer_set(&w->timer, 1);
		loop_run(w->control.loop);
	}
	assert_true(w->is_closed);
	buf_append(&w->got, "", 1);
	assert_non_null(strstr(buf_data(&w->got), "longer than"));
	mem_free(long_line);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(answers_one_line_each),
		WITH(describes_itself),
		WITH(empty_lines_are_nothing),
		WITH(a_flood_of_requests_is_answered_in_turn),
		WITH(a_client_that_closed_its_half_gets_its_answers),
		WITH(a_line_without_end_is_cut_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
