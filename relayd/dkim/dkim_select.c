/* dkim_select.c - which header fields a signature covers.
 *
 * A table of names in the order of h=. Every field with such a name is signed,
 * last one first as verifiers take them (RFC 6376 s5.4.2); a name marked ONCE
 * that occurs is listed one time more than it occurs, so that a second From or
 * Subject cannot be put on top of a signed message. Names that do not occur are
 * left alone: honest servers add a missing To. */
#include "dkim/dkim_private.h"

#include <string.h>

#include "base/mem.h"

#define FIELDS_MAX 1000
#define NAMES_MAX_BYTES (32 * 1024)
#define FOLD_AT_BYTES 76

static const struct {
	const char *name;
	bool once;
} signed_names[] = {
	{ "From", true },
	{ "Sender", true },
	{ "Reply-To", true },
	{ "To", true },
	{ "Cc", true },
	{ "Subject", true },
	{ "Date", true },
	{ "Message-ID", true },
	{ "In-Reply-To", true },
	{ "References", true },
	{ "MIME-Version", true },
	{ "Content-Type", true },
	{ "Content-Transfer-Encoding", true },
	{ "Content-ID", true },
	{ "Content-Description", true },
	{ "Content-Disposition", true },
	{ "List-Id", true },
	{ "List-Help", true },
	{ "List-Subscribe", true },
	{ "List-Unsubscribe", true }, /* RFC 8058 s4: has to be covered */
	{ "List-Unsubscribe-Post", true },
	{ "List-Post", true },
	{ "List-Owner", true },
	{ "List-Archive", true },
	{ "Feedback-ID", true },
	{ "Auto-Submitted", true },
	{ "Resent-Date", false }, /* a block for each resending */
	{ "Resent-From", false },
	{ "Resent-To", false },
	{ "Resent-Cc", false },
	{ "Resent-Message-ID", false },
};
#define NAMES (sizeof signed_names / sizeof signed_names[0])

struct candidate {
	size_t name; /* index in signed_names */
	struct span field;
};

struct candidates {
	struct candidate *item;
	size_t count, cap;
};

static size_t
find_name(struct span field)
{
	struct span rest, name = span_cut(field, ':', &rest);

	while (name.n > 0 && (name.p[name.n - 1] == ' ' || name.p[name.n - 1] == '\t'))
		name.n--;
	for (size_t i = 0; i < NAMES; i++)
		if (span_is_nocase(name, signed_names[i].name))
			return i;
	return NAMES;
}

/* next_field - cut a field with its continuation lines off header; empty at the
 * empty line or the end. */
static struct span
next_field(struct span *header)
{
	const char *p = header->p, *end = header->p + header->n;
	struct span field;

	if (header->n == 0 || *p == '\r' || *p == '\n')
		return SPAN_EMPTY;
	do {
		p = memchr(p, '\n', (size_t)(end - p));
		p = p ? p + 1 : end;
	} while (p < end && (*p == ' ' || *p == '\t'));
	field = (struct span){ header->p, (size_t)(p - header->p) };
	*header = (struct span){ p, (size_t)(end - p) };
	return field;
}

static int
collect(struct span header, struct candidates *c, struct err *err)
{
	for (;;) {
		struct span field = next_field(&header);
		size_t name;

		if (field.n == 0)
			return 0;
		name = find_name(field);
		if (name == NAMES)
			continue;
		if (c->count == FIELDS_MAX)
			return err_set(err, ERR_INPUT, 550,
			               "5.6.0 Too many header fields to be signed");
		if (c->count == c->cap) {
			c->cap = c->cap ? 2 * c->cap : 32;
			c->item = mem_resize(c->item, c->cap * sizeof *c->item);
		}
		c->item[c->count++] = (struct candidate){ name, field };
	}
}

/* add_name - with a fold before it when the line would grow too long. Folding
 * depends on the names alone: it is signed with the rest of the field. */
static int
add_name(struct dkim_choice *choice, const char *name, size_t *column)
{
	size_t n = strlen(name) + 1; /* with the colon or semicolon after it */

	if (choice->names.len > 0 && buf_append_text(&choice->names, ":") < 0)
		return -1;
	if (*column + n > FOLD_AT_BYTES) {
		if (buf_append_text(&choice->names, "\r\n\t") < 0)
			return -1;
		*column = 8;
	}
	*column += n;
	return buf_append_text(&choice->names, name);
}

static int
add_row(struct dkim_choice *choice, const struct candidates *c, size_t row, size_t *column)
{
	size_t found = 0;

	for (size_t i = c->count; i > 0; i--) {
		if (c->item[i - 1].name != row)
			continue;
		choice->field[choice->fields++] = c->item[i - 1].field;
		if (add_name(choice, signed_names[row].name, column) < 0)
			return -1;
		found++;
	}
	if (found == 0 || !signed_names[row].once)
		return 0;
	return add_name(choice, signed_names[row].name, column);
}

static int
choose(struct dkim_choice *choice, const struct candidates *c, struct err *err)
{
	size_t column = 8 + 2; /* "\th=" */

	choice->field = mem_zero(c->count + 1, sizeof *choice->field);
	for (size_t row = 0; row < NAMES; row++)
		if (add_row(choice, c, row, &column) < 0)
			return err_set(err, ERR_INPUT, 550,
			               "5.6.0 Too many header fields to be signed");
	/* row 0 is From; RFC 6376 s5.4: it must be signed */
	if (choice->fields == 0 || find_name(choice->field[0]) != 0)
		return err_set(err, ERR_INPUT, 550, "5.6.0 Message has no From header field");
	return 0;
}

int
dkim_select(struct span header, struct dkim_choice *choice_out, struct err *err)
{
	struct candidates c = { .count = 0 };
	int rc;

	*choice_out = (struct dkim_choice){ .fields = 0 };
	buf_init(&choice_out->names, NAMES_MAX_BYTES);
	rc = collect(header, &c, err);
	if (rc == 0)
		rc = choose(choice_out, &c, err);
	mem_free(c.item);
	return rc;
}

void
dkim_choice_deinit(struct dkim_choice *choice)
{
	buf_deinit(&choice->names);
	mem_free(choice->field);
	choice->field = NULL;
	choice->fields = 0;
}
