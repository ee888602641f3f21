/* config_text.c - see config_text.h. */
#include "config_text.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/span.h"

#define FILE_BYTES_MAX (1024 * 1024)

void
config_text_blank_comments(char *p)
{
	char quote = 0;

	for (; *p; p++) {
		if (quote) {
			if (*p == '\\' && p[1])
				p++;
			else if (*p == quote)
				quote = 0;
		} else if (*p == '"' || *p == '\'') {
			quote = *p;
		} else if (*p == '#' || (*p == '/' && p[1] == '/')) {
			while (*p && *p != '\n')
				*p++ = ' ';
			if (!*p)
				return;
		} else if (*p == '/' && p[1] == '*') {
			while (*p && !(*p == '*' && p[1] == '/')) {
				if (*p != '\n')
					*p = ' ';
				p++;
			}
			if (!*p)
				return;
			p[0] = p[1] = ' ';
			p++;
		}
	}
}

unsigned
config_text_open_brace(const char *p)
{
	unsigned line = 1, open_line = 0;
	int depth = 0;
	char quote = 0;

	for (; *p; p++) {
		line += *p == '\n';
		if (quote) {
			if (*p == '\\' && p[1])
				p++;
			else if (*p == quote)
				quote = 0;
		} else if (*p == '"' || *p == '\'') {
			quote = *p;
		} else if (*p == '{') {
			if (depth++ == 0)
				open_line = line;
		} else if (*p == '}') {
			depth--;
		}
	}
	return depth > 0 ? open_line : 0;
}

char *
config_text_read(const char *file, struct err *err)
{
	FILE *in = fopen(file, "re");
	char *text;
	size_t n;

	if (in == NULL) {
		err_errno(err, errno, "%s: cannot be read", file);
		return NULL;
	}
	text = mem_alloc(FILE_BYTES_MAX + 1);
	n = fread(text, 1, FILE_BYTES_MAX + 1, in);
	if (ferror(in) || n > FILE_BYTES_MAX) {
		err_set(err, ERR_INPUT, 0, "%s: %s", file,
			ferror(in) ? "cannot be read"
				   : "is larger than 1 MiB: not a configuration");
		fclose(in);
		mem_free(text);
		return NULL;
	}
	fclose(in);
	text[n] = '\0';
	if (strlen(text) != n) {
		err_set(err, ERR_INPUT, 0, "%s: holds a NUL byte: not a configuration", file);
		mem_free(text);
		return NULL;
	}
	config_text_blank_comments(text);
	return text;
}

/* ---- from one to another ----------------------------------------------------------------- */

#define MORE "; ..."

static struct map *
lines_of(const char *text)
{
	struct map *lines = map_new();
	struct span rest = span_of(text);

	while (rest.n > 0)
		(void)map_put(lines, span_trim(span_cut(rest, '\n', &rest)), lines);
	return lines;
}

/* put_others - lines of text that are not in known; false: no room for more */
static bool
put_others(const char *text, const struct map *known, const char *mark, size_t max,
	   struct buf *out)
{
	struct span rest = span_of(text);

	while (rest.n > 0) {
		struct span line = span_trim(span_cut(rest, '\n', &rest));

		if (line.n <= 1 || map_get(known, line)) /* "}" */
			continue;
		if (out->len + line.n + 2 * strlen(MORE) > max) {
			(void)buf_append_text(out, out->len > 0 ? MORE : "...");
			return false;
		}
		(void)buf_printf(out, "%s%s %.*s", out->len > 0 ? "; " : "", mark, (int)line.n,
				 line.p);
	}
	return true;
}

void
config_text_changes(const char *was, const char *is, size_t max, struct buf *out)
{
	struct map *old = lines_of(was), *new = lines_of(is);

	if (put_others(was, new, "-", max, out))
		(void)put_others(is, old, "+", max, out);
	map_free(&old);
	map_free(&new);
}
