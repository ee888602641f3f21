/* parse_header.c - where the header section ends and which fields it holds.
 *
 * One pass by lines; a field is a line that begins with a name, and the lines
 * after it that begin with a space or tab. Nothing is copied: fields are spans
 * of the section, so that what is sent on can be the same bytes. */
#include "parse/parse_header.h"

#include <string.h>

#include "base/utf8.h"

#define SMTP_REFUSED 550

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* ftext of RFC 5322 s3.6.8 */
static bool
is_name_char(char c)
{
	return c > ' ' && c < 0x7f && c != ':';
}

static size_t
name_bytes(struct span line)
{
	size_t n = 0;

	while (n < line.n && is_name_char(line.p[n]))
		n++;
	return n;
}

/* colon_at - index of the colon that ends the name, line.n when there is none
 * (yet). Blanks before it are obsolete syntax (RFC 5322 s4.5) but still sent. */
static size_t
colon_at(struct span line, size_t name)
{
	size_t i = name;

	while (i < line.n && is_blank(line.p[i]))
		i++;
	return i < line.n && line.p[i] != ':' ? SIZE_MAX : i;
}

/* begins_body - does a message that starts like this have no header at all? */
static bool
begins_body(struct span section)
{
	size_t name = name_bytes(section);

	if (name == section.n)
		return false; /* not known yet */
	return name == 0 || colon_at(section, name) == SIZE_MAX;
}

bool
parse_header_find_end(struct span section, size_t *scan_from, size_t *header_bytes_out)
{
	const char *p = section.p + *scan_from, *end = section.p + section.n;

	*header_bytes_out = 0;
	if (section.n == 0)
		return false;
	if (section.p[0] != '\r' && begins_body(section))
		return true;
	for (; p < end; p++) {
		p = memchr(p, '\n', (size_t)(end - p));
		if (!p)
			break;
		if (p == section.p + 1 || (p - section.p >= 3 && p[-1] == '\r' && p[-2] == '\n')) {
			*header_bytes_out = (size_t)(p - section.p) + 1;
			return true;
		}
	}
	*scan_from = section.n;
	return false;
}

/* next_whole - cut the next field with its continuation lines off rest. */
static struct span
next_whole(struct span *rest)
{
	const char *p = rest->p, *end = rest->p + rest->n;
	struct span whole = { rest->p, rest->n };

	do {
		p = memchr(p, '\n', (size_t)(end - p));
		p = p ? p + 1 : end;
	} while (p < end && is_blank(*p));
	whole.n = (size_t)(p - rest->p);
	*rest = (struct span){ p, rest->n - whole.n };
	return whole;
}

static bool
is_end_line(struct span rest)
{
	return rest.n == 0 || (rest.n >= 2 && rest.p[0] == '\r' && rest.p[1] == '\n');
}

static struct span
without_crlf(struct span s)
{
	if (s.n > 0 && s.p[s.n - 1] == '\n')
		s.n--;
	if (s.n > 0 && s.p[s.n - 1] == '\r')
		s.n--;
	return s;
}

static int
split_field(struct span whole, struct parse_field *field_out, struct err *err)
{
	struct span text = without_crlf(whole);
	size_t name = name_bytes(text), colon = colon_at(text, name);

	if (name == 0 || colon >= text.n)
		return err_set(err, ERR_INPUT, SMTP_REFUSED,
		               "5.6.0 Header line is not \"Name: value\": %.*s",
		               name < 40 ? (int)name : 40, text.p);
	field_out->name = (struct span){ text.p, name };
	field_out->value = (struct span){ text.p + colon + 1, text.n - colon - 1 };
	field_out->whole = whole;
	return 0;
}

static size_t
count_fields(struct span section)
{
	size_t fields = 0;

	while (!is_end_line(section)) {
		next_whole(&section);
		fields++;
	}
	return fields;
}

int
parse_header_scan(struct span section, size_t fields_max, struct arena *arena,
                  struct parse_header *header_out, struct err *err)
{
	struct parse_header header = { .fields = count_fields(section) };

	*header_out = (struct parse_header){ .field = NULL };
	if (header.fields > fields_max)
		return err_set(err, ERR_INPUT, SMTP_REFUSED,
		               "5.6.0 Message has over %zu header fields", fields_max);
	header.has_8bit = !utf8_is_ascii(section);
	if (header.has_8bit && !utf8_is_valid(section))
		return err_set(err, ERR_INPUT, SMTP_REFUSED,
		               "5.6.7 Header is neither ASCII nor valid UTF-8");
	header.field = arena_zero(arena, (header.fields + 1) * sizeof *header.field);
	for (size_t i = 0; i < header.fields; i++) {
		if (split_field(next_whole(&section), &header.field[i], err) < 0)
			return -1;
		if (span_is_nocase(header.field[i].name, "Received"))
			header.received_count++;
	}
	*header_out = header;
	return 0;
}

const struct parse_field *
parse_header_find(const struct parse_header *header, const char *name)
{
	for (size_t i = 0; i < header->fields; i++)
		if (span_is_nocase(header->field[i].name, name))
			return &header->field[i];
	return NULL;
}

size_t
parse_header_count(const struct parse_header *header, const char *name)
{
	size_t count = 0;

	for (size_t i = 0; i < header->fields; i++)
		count += span_is_nocase(header->field[i].name, name);
	return count;
}
