/* test_mem.c - copies, and the end when a promise is broken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/must.h"
#include "base/ref.h"

static void
copies(void **state)
{
	char *text = mem_strdup("abc"), *part = mem_strndup("abcdef", 2);
	unsigned char *zero = mem_zero(3, 5), *copy = mem_copy("a\0b", 3);
	void *nothing = mem_alloc(0);

	(void)state;
	assert_string_equal(text, "abc");
	assert_string_equal(part, "ab");
	assert_null(mem_strdup(NULL));
	assert_memory_equal(copy, "a\0b", 3);
	for (int i = 0; i < 15; i++)
		assert_int_equal(zero[i], 0);
	assert_non_null(nothing);
	text = mem_resize(text, 100);
	assert_string_equal(text, "abc");
	mem_wipe(text, 4);
	assert_memory_equal(text, "\0\0\0\0", 4);
	mem_wipe(NULL, 0);
	mem_free(text);
	mem_free(part);
	mem_free(zero);
	mem_free(copy);
	mem_free(nothing);
	mem_free(NULL);
}

/* assert_aborts - does fn() end a process by SIGABRT after saying `words`? */
static void
assert_aborts(void (*fn)(void), const char *words)
{
	char text[600] = "";
	int fds[2], status;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		struct rlimit none = { 0, 0 };

		setrlimit(RLIMIT_CORE, &none);
		signal(SIGABRT, SIG_DFL);
		dup2(fds[1], 2);
		fn();
		_exit(0);
	}
	close(fds[1]);
	assert_true(read(fds[0], text, sizeof text - 1) > 0);
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	assert_non_null(strstr(text, words));
}

static void
break_a_promise(void)
{
	int one = 1;

	must(one == 2);
}

static void
drop_too_often(void)
{
	struct ref ref;

	ref_init(&ref);
	(void)ref_drop(&ref);
	(void)ref_drop(&ref);
}

static void
broken_promises_abort(void **state)
{
	(void)state;
	assert_aborts(break_a_promise, "must(one == 2) failed");
	assert_aborts(drop_too_often, "must(before > 0) failed");
}

static void
the_last_reference_is_told(void **state)
{
	struct ref ref;

	(void)state;
	ref_init(&ref);
	ref_add(&ref);
	assert_false(ref_drop(&ref));
	assert_true(ref_drop(&ref));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies),
		cmocka_unit_test(broken_promises_abort),
		cmocka_unit_test(the_last_reference_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
