/* mem.c - allocation that ends the process instead of returning NULL. Any thread. */
#include "mem.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "must.h"

static _Noreturn void
out_of_memory(void)
{
	static const char text[] = "<2>out of memory: raise the memory limit of this service "
	                           "or lower its caps in relayd.conf\n";

	if (write(STDERR_FILENO, text, sizeof text - 1) < 0)
		abort();
	abort();
}

void *
mem_alloc(size_t bytes)
{
	void *p = malloc(bytes ? bytes : 1);

	if (p == NULL)
		out_of_memory();
	return p;
}

void *
mem_zero(size_t count, size_t bytes)
{
	void *p = calloc(count ? count : 1, bytes ? bytes : 1);

	if (p == NULL) /* also when count * bytes overflows */
		out_of_memory();
	return p;
}

void *
mem_resize(void *p, size_t bytes)
{
	void *moved = realloc(p, bytes ? bytes : 1);

	if (moved == NULL)
		out_of_memory();
	return moved;
}

void *
mem_copy(const void *p, size_t bytes)
{
	void *copy = mem_alloc(bytes);

	if (bytes > 0)
		memcpy(copy, p, bytes);
	return copy;
}

char *
mem_strdup(const char *text)
{
	return text ? mem_copy(text, strlen(text) + 1) : NULL;
}

char *
mem_strndup(const char *p, size_t n)
{
	char *copy;

	must(n < (size_t)-1);
	copy = mem_alloc(n + 1);
	if (n > 0)
		memcpy(copy, p, n);
	copy[n] = '\0';
	return copy;
}

void
mem_free(void *p)
{
	free(p);
}

void
mem_wipe(void *p, size_t bytes)
{
	if (bytes > 0)
		explicit_bzero(p, bytes);
}

void
mem_free_wiped(void *p)
{
	if (p != NULL)
		mem_wipe(p, malloc_usable_size(p));
	mem_free(p);
}
