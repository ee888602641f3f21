/* test_api_client.c - answers, notices, losses: against a socket played by hand.
 *
 * The other side is written to before the client reads, so nothing waits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "api/api_client.h"
#include "api/api_json.h"

struct world {
	char folder[64], path[96];
	int listener, server;
	struct api_client *client;
	int notices, replies;
	char last[300];
};

static void
on_notice(const char *method, const json_t *params, void *arg)
{
	struct world *w = arg;

	(void)params;
	w->notices++;
	snprintf(w->last, sizeof w->last, "%s", method);
}

static void
on_reply(uint64_t id, const json_t *result, const struct api_error *error, void *arg)
{
	struct world *w = arg;

	w->replies++;
	snprintf(w->last, sizeof w->last, "%llu %s", (unsigned long long)id,
	         result ? "result" : error->message);
}

static int
set_up(void **state)
{
	struct world *w = calloc(1, sizeof *w);
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct api_error error;

	snprintf(w->folder, sizeof w->folder, "/tmp/api_client.XXXXXX");
	if (!mkdtemp(w->folder))
		return -1;
	snprintf(w->path, sizeof w->path, "%s/s", w->folder);
	snprintf(address.sun_path, sizeof address.sun_path, "%s", w->path);
	w->listener = socket(AF_UNIX, SOCK_STREAM, 0);
	if (bind(w->listener, (struct sockaddr *)&address, sizeof address) ||
	    listen(w->listener, 4))
		return -1;
	w->client = api_client_new(w->path);
	api_client_on_notice(w->client, on_notice, w);
	api_client_on_reply(w->client, on_reply, w);
	if (api_client_connect(w->client, &error))
		return -1;
	w->server = accept(w->listener, NULL, NULL);
	*state = w;
	return 0;
}

static int
tear_down(void **state)
{
	struct world *w = *state;

	api_client_free(&w->client);
	if (w->server >= 0)
		close(w->server);
	close(w->listener);
	unlink(w->path);
	rmdir(w->folder);
	free(w);
	return 0;
}

static void
say(struct world *w, const char *text)
{
	assert_int_equal(write(w->server, text, strlen(text)), (ssize_t)strlen(text));
}

static void
call_gets_its_answer_and_notices(void **state)
{
	struct world *w = *state;
	struct api_error error;
	json_t *result;
	char request[200];
	ssize_t n;

	say(w, "{\"method\":\"event\",\"params\":{}}\n{\"id\":1,\"result\":{\"a\":5}}\n");
	assert_int_equal(api_client_call(w->client, "x.y", json_object(), 5000, &result, &error),
			 0);
	assert_int_equal(api_json_get_int(result, "a", 0), 5);
	json_decref(result);
	assert_int_equal(w->notices, 1);
	n = read(w->server, request, sizeof request - 1);
	assert_true(n > 0);
	request[n] = '\0';
	assert_string_equal(request, "{\"id\":1,\"method\":\"x.y\",\"params\":{}}\n");
}

static void
call_gets_the_failure(void **state)
{
	struct world *w = *state;
	struct api_error error;
	json_t *result;

	say(w, "{\"id\":1,\"error\":{\"code\":3,\"message\":\"no "
	       "such\",\"data\":{\"kind\":\"not_found\","
	       "\"hint\":\"look\"}}}\n");
	assert_int_equal(api_client_call(w->client, "x.y", NULL, 5000, &result, &error), -1);
	assert_int_equal(error.kind, API_ERROR_NOT_FOUND);
	assert_string_equal(error.message, "no such");
	assert_string_equal(error.hint, "look");
	assert_int_equal(api_error_exit_code(error.kind), 3);
	assert_true(api_client_is_open(w->client));
}

static void
call_gives_up_in_time(void **state)
{
	struct world *w = *state;
	struct api_error error;
	json_t *result;
	char request[200];
	ssize_t n;

	say(w, "{\"id\":99,\"result\":{}}\n{\"half\":");
	assert_int_equal(api_client_call(w->client, "x.y", NULL, 20, &result, &error), -1);
	assert_int_equal(error.kind, API_ERROR_TIMEOUT);
	assert_int_equal(w->replies, 1); /* 99 was for somebody else */
	n = read(w->server, request, sizeof request - 1);
	assert_true(n > 0);
	request[n] = '\0'; /* and the daemon need not go on */
	assert_string_equal(request, "{\"id\":1,\"method\":\"x.y\"}\n{\"id\":2,\"method\":"
	                             "\"rpc.cancel\",\"params\":{\"id\":1}}\n");
}

static void
call_counts_an_answer_before_the_end(void **state)
{
	struct world *w = *state;
	struct api_error error;
	json_t *result;

	say(w,
	    "{\"id\":null,\"error\":{\"code\":4,\"message\":\"not permitted\",\"data\":{\"kind\":"
	    "\"not_permitted\",\"hint\":null}}}\n");
	close(w->server);
	w->server = -1;
	assert_int_equal(api_client_call(w->client, "x.y", NULL, 5000, &result, &error), -1);
	assert_int_equal(error.kind, API_ERROR_NOT_PERMITTED);
}

static void
feed_hands_out_pieces(void **state)
{
	struct world *w = *state;
	struct api_error error;
	uint64_t id = api_client_send(w->client, "a.b", NULL);

	assert_int_equal(id, 1);
	say(w, "{\"id\":1,\"res");
	assert_int_equal(api_client_feed(w->client, &error), 0);
	assert_int_equal(w->replies, 0);
	say(w, "ult\":{}}\n{\"id\":2,\"error\":{\"message\":\"bad\"}}\n");
	assert_int_equal(api_client_feed(w->client, &error), 0);
	assert_int_equal(w->replies, 2);
	assert_string_equal(w->last, "2 bad");
}

static const char *const rubbish[] = { "no json\n", "[1]\n", "{\"a\":1,\"a\":2}\n", "\xff\xfe\n" };

static void
rubbish_ends_the_connection(void **state)
{
	struct world *w = *state;
	struct api_error error;

	for (size_t i = 0; i < sizeof rubbish / sizeof *rubbish; i++) {
		say(w, rubbish[i]);
		assert_int_equal(api_client_feed(w->client, &error), -1);
		assert_int_equal(error.kind, API_ERROR_UNREACHABLE);
		assert_false(api_client_is_open(w->client));
		close(w->server);
		assert_int_equal(api_client_connect(w->client, &error), 0);
		w->server = accept(w->listener, NULL, NULL);
	}
}

static void
connects_again_after_a_loss(void **state)
{
	struct world *w = *state;
	struct api_error error;

	close(w->server);
	w->server = -1;
	assert_int_equal(api_client_feed(w->client, &error), -1);
	assert_int_equal(api_client_connect(w->client, &error), 0);
	w->server = accept(w->listener, NULL, NULL);
	say(w, "{\"method\":\"view\"}\n");
	assert_int_equal(api_client_wait(w->client, 5000, &error), 1);
	assert_string_equal(w->last, "view");
}

static void
says_which_socket_is_missing(void **state)
{
	struct api_client *client = api_client_new("/nowhere/at/all.sock");
	struct api_error error;

	(void)state;
	assert_int_equal(api_client_connect(client, &error), -1);
	assert_int_equal(error.kind, API_ERROR_UNREACHABLE);
	assert_non_null(strstr(error.message, "/nowhere/at/all.sock"));
	assert_true(error.hint[0] != '\0');
	api_client_free(&client);
}

static void
a_signal_interrupts(void **state)
{
	static volatile sig_atomic_t flag = 1;
	struct world *w = *state;
	struct api_error error;

	api_client_set_interrupt(w->client, &flag);
	assert_int_equal(api_client_wait(w->client, -1, &error), -1);
	assert_int_equal(error.kind, API_ERROR_INTERRUPTED);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(call_gets_its_answer_and_notices),
		WITH(call_gets_the_failure),
		WITH(call_gives_up_in_time),
		WITH(call_counts_an_answer_before_the_end),
		WITH(feed_hands_out_pieces),
		WITH(rubbish_ends_the_connection),
		WITH(connects_again_after_a_loss),
		WITH(a_signal_interrupts),
		cmocka_unit_test(says_which_socket_is_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
