/* test_log.c - lines as they arrive at stderr, direct and by the writer thread. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

static int real_stderr, out_fd;

/* stderr becomes a pipe for the time of one test */
static int
capture(void **state)
{
	int fds[2];

	(void)state;
	setenv("JOURNAL_STREAM", "8:1", 1);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	real_stderr = dup(2);
	dup2(fds[1], 2);
	close(fds[1]);
	out_fd = fds[0];
	return 0;
}

static int
restore(void **state)
{
	(void)state;
	dup2(real_stderr, 2);
	close(real_stderr);
	close(out_fd);
	return 0;
}

static size_t
read_out(char *to, size_t n)
{
	ssize_t got = read(out_fd, to, n - 1);

	assert_true(got >= 0);
	to[got] = '\0';
	return (size_t)got;
}

static void
fields_are_quoted_and_escaped(void **state)
{
	char text[2000];

	(void)state;
	LOG(LOG_INFO, "smtp.accepted", LOG_ID("id", 31), LOG_UINT("rcpts", 1), LOG_INT("n", -2),
	    LOG_TEXT("from", "a b@x"), LOG_TEXT("left_out", NULL), LOG_TEXT("to", "c@y"),
	    LOG_TEXT("empty", ""), LOG_SPAN("s", SPAN_LIT("x\r\n<3>fake\x1b\"\\\xff")),
	    LOG_TEXT("eq", "a=b"), LOG_TEXT("u", "\xc3\xbc\xe2\x80\xae"));
	read_out(text, sizeof text);
	assert_string_equal(text,
	                    "<6>smtp.accepted id=000000000000Z rcpts=1 n=-2 from=\"a b@x\" to=c@y "
	                    "empty=\"\" s=\"x\\x0d\\x0a<3>fake\\x1b\\\"\\\\\\xff\" eq=\"a=b\" "
	                    "u=\"\xc3\xbc<U+202E>\"\n");
}

static void
time_and_level_without_journal(void **state)
{
	char text[200];

	(void)state;
	unsetenv("JOURNAL_STREAM");
	LOG(LOG_WARNING, "x", LOG_UINT("n", 1));
	read_out(text, sizeof text);
	assert_string_equal(text + 24, " warning x n=1\n");
	assert_int_equal(text[10], 'T');
}

static void
level_hides(void **state)
{
	char text[200];

	(void)state;
	log_set_level(LOG_WARNING);
	LOG(LOG_INFO, "hidden", LOG_UINT("n", 1));
	LOG(LOG_ERROR, "shown", LOG_UINT("n", 2));
	log_set_level(LOG_INFO);
	read_out(text, sizeof text);
	assert_string_equal(text, "<3>shown n=2\n");
}

static void
long_line_is_cut(void **state)
{
	char value[3000], text[4000];
	size_t n;

	(void)state;
	memset(value, 'v', sizeof value);
	value[sizeof value - 1] = '\0';
	LOG(LOG_INFO, "long", LOG_TEXT("a", "first"), LOG_TEXT("v", value), LOG_TEXT("z", "last"));
	n = read_out(text, sizeof text);
	assert_true(n <= 1024);
	assert_non_null(strstr(text, "a=first"));
	assert_string_equal(text + n - 5, " ...\n");
}

#define THREADS 4
#define LINES 500

static void *
shout(void *arg)
{
	for (int i = 0; i < LINES; i++)
		LOG(LOG_INFO, "line", LOG_TEXT("thread", arg), LOG_UINT("i", (uint64_t)i));
	return NULL;
}

static void *
count_lines(void *arg)
{
	char text[4096];
	size_t *lines = arg;
	ssize_t n;

	while ((n = read(out_fd, text, sizeof text)) > 0)
		for (ssize_t i = 0; i < n; i++)
			*lines += text[i] == '\n';
	return NULL;
}

static void
threads_lose_nothing(void **state)
{
	char names[THREADS][2] = { "a", "b", "c", "d" };
	pthread_t reader, writers[THREADS];
	size_t lines = 0;
	struct err err;

	(void)state;
	assert_int_equal(log_start(LOG_INFO, &err), 0);
	pthread_create(&reader, NULL, count_lines, &lines);
	for (int i = 0; i < THREADS; i++)
		pthread_create(&writers[i], NULL, shout, names[i]);
	for (int i = 0; i < THREADS; i++)
		pthread_join(writers[i], NULL);
	log_stop();
	dup2(real_stderr, 2); /* the reader sees the end */
	pthread_join(reader, NULL);
	assert_int_equal(lines, THREADS * LINES);
	assert_int_equal(log_dropped(), 0);
}

static void
blocked_stderr_drops_and_says_so(void **state)
{
	static char all[600 * 1024];
	char filler[500];
	size_t n = 0;
	struct err err;
	uint64_t dropped;

	(void)state;
	memset(filler, 'f', sizeof filler);
	filler[sizeof filler - 1] = '\0';
	assert_int_equal(log_start(LOG_INFO, &err), 0);
	for (int i = 0; i < 2000; i++) /* a megabyte into a pipe nobody reads: returns at once */
		LOG(LOG_INFO, "fill", LOG_TEXT("f", filler));
	dropped = log_dropped();
	assert_true(dropped > 0 && dropped < 2000);
	while (strstr(all, "<4>log.dropped count=") == NULL) {
		struct pollfd fd = { .fd = out_fd, .events = POLLIN };

		assert_int_equal(poll(&fd, 1, 5000), 1);
		n += read_out(all + n, sizeof all - n);
	}
	log_stop();
	log_stop(); /* twice is fine */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(fields_are_quoted_and_escaped, capture, restore),
		cmocka_unit_test_setup_teardown(time_and_level_without_journal, capture, restore),
		cmocka_unit_test_setup_teardown(level_hides, capture, restore),
		cmocka_unit_test_setup_teardown(long_line_is_cut, capture, restore),
		cmocka_unit_test_setup_teardown(threads_lose_nothing, capture, restore),
		cmocka_unit_test_setup_teardown(blocked_stderr_drops_and_says_so, capture, restore),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
