/* import_shape.c - see import_private.h: the formats, as tables of names.
 *
 * Names are compared without case, blanks and punctuation, so that "Email Address",
 * "email_address" and "EmailAddress" are one. */
#include <assert.h>
#include <stddef.h>
#include "base/buf.h"
#include "import/import_private.h"

struct column {
	const char *name; /* folded */
	enum import_field field;
};

struct shape {
	const char *name, *needs_words;
	const char *needs[3];          /* all of these; NULL: no more */
	struct column column[16];
};

/* the first that fits is taken: the more special before the more general */
static const struct shape shapes[] = {
	[IMPORT_RELAY] = {
		.name = "relay", .needs_words = "address, scope, reason",
		.needs = { "address", "scope", "reason" },
		.column = {
			{ "address", IMPORT_FIELD_ADDRESS }, { "scope", IMPORT_FIELD_SCOPE },
			{ "reason", IMPORT_FIELD_REASON }, { "since", IMPORT_FIELD_SINCE },
			{ "sinceat", IMPORT_FIELD_SINCE }, /* _at: as its JSON has it */
			{ "until", IMPORT_FIELD_UNTIL }, { "endsat", IMPORT_FIELD_UNTIL },
			{ "by", IMPORT_FIELD_BY },
			{ "detail", IMPORT_FIELD_DETAIL }, { "message", IMPORT_FIELD_MESSAGE },
			{ "provider", IMPORT_FIELD_SITE }, { "code", IMPORT_FIELD_CODE },
			{ "enhanced", IMPORT_FIELD_ENHANCED }, { "reply", IMPORT_FIELD_REPLY } } },
	[IMPORT_POSTMARK] = {
		.name = "postmark", .needs_words = "EmailAddress, SuppressionReason",
		.needs = { "emailaddress", "suppressionreason" },
		.column = {
			{ "emailaddress", IMPORT_FIELD_ADDRESS },
			{ "suppressionreason", IMPORT_FIELD_REASON },
			{ "origin", IMPORT_FIELD_ORIGIN }, { "createdat", IMPORT_FIELD_SINCE } } },
	[IMPORT_POSTMARK_BOUNCES] = {
		.name = "postmark-bounces", .needs_words = "Email, Type, BouncedAt",
		.needs = { "email", "type", "bouncedat" },
		.column = {
			{ "email", IMPORT_FIELD_ADDRESS }, { "type", IMPORT_FIELD_REASON },
			{ "bouncedat", IMPORT_FIELD_SINCE }, { "details", IMPORT_FIELD_REPLY },
			{ "description", IMPORT_FIELD_DETAIL } } },
	[IMPORT_SES] = {
		.name = "ses", .needs_words = "EmailAddress, Reason",
		.needs = { "emailaddress", "reason" },
		.column = {
			{ "emailaddress", IMPORT_FIELD_ADDRESS }, { "reason", IMPORT_FIELD_REASON },
			{ "lastupdatetime", IMPORT_FIELD_SINCE } } },
	[IMPORT_SENDGRID] = {
		.name = "sendgrid", .needs_words = "email, created",
		.needs = { "email", "created" },
		.column = {
			{ "email", IMPORT_FIELD_ADDRESS }, { "created", IMPORT_FIELD_SINCE },
			{ "reason", IMPORT_FIELD_REPLY }, { "status", IMPORT_FIELD_ENHANCED },
			{ "ip", IMPORT_FIELD_IP } } },
	[IMPORT_MAILGUN] = {
		.name = "mailgun", .needs_words = "address, created_at",
		.needs = { "address", "createdat" },
		.column = {
			{ "address", IMPORT_FIELD_ADDRESS }, { "createdat", IMPORT_FIELD_SINCE },
			{ "code", IMPORT_FIELD_CODE }, { "error", IMPORT_FIELD_REPLY },
			{ "tags", IMPORT_FIELD_TAGS }, { "tag", IMPORT_FIELD_TAGS } } },
	[IMPORT_PLAIN] = {
		.name = "plain", .needs_words = "address",
		.needs = { NULL },             /* any of the names of an address: fits */
		.column = {
			{ "address", IMPORT_FIELD_ADDRESS }, { "email", IMPORT_FIELD_ADDRESS },
			{ "emailaddress", IMPORT_FIELD_ADDRESS },
			{ "recipient", IMPORT_FIELD_ADDRESS }, { "reason", IMPORT_FIELD_REASON },
			{ "cause", IMPORT_FIELD_REASON }, { "type", IMPORT_FIELD_REASON },
			{ "since", IMPORT_FIELD_SINCE }, { "created", IMPORT_FIELD_SINCE },
			{ "createdat", IMPORT_FIELD_SINCE }, { "date", IMPORT_FIELD_SINCE },
			{ "detail", IMPORT_FIELD_DETAIL }, { "until", IMPORT_FIELD_UNTIL } } },
};
static_assert(sizeof shapes / sizeof *shapes == IMPORT_FORMAT_COUNT, "a shape for each format");

const char *
import_format_name(enum import_format format)
{
	return format < IMPORT_FORMAT_COUNT ? shapes[format].name : "unknown";
}

int
import_format_parse(struct span name, enum import_format *format_out, struct err *err)
{
	for (int i = 0; i < IMPORT_FORMAT_COUNT; i++) {
		if (!span_is_nocase(name, shapes[i].name))
			continue;
		*format_out = (enum import_format)i;
		return 0;
	}
	return err_set(err, ERR_INPUT, 0,
	               "there is no format \"%.*s\": there are ses, sendgrid, postmark, "
	               "postmark-bounces, mailgun, relay and plain",
	               (int)(name.n < 20 ? name.n : 20), name.n ? name.p : "");
}

bool
import_shape_is_name(struct span written, const char *folded)
{
	for (size_t i = 0; i < written.n; i++) {
		char c = written.p[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c + ('a' - 'A'));
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))) {
			if (c == ' ' || c == '_' || c == '-' || c == '.')
				continue;
			return false;
		}
		if (*folded++ != c) /* also at its end: c is never NUL */
			return false;
	}
	return *folded == '\0';
}

int
import_shape_field(enum import_format format, struct span name)
{
	const struct shape *shape = &shapes[format];

	for (size_t i = 0; i < sizeof shape->column / sizeof *shape->column; i++)
		if (shape->column[i].name && import_shape_is_name(name, shape->column[i].name))
			return (int)shape->column[i].field;
	return -1;
}

static bool
has_name(const struct span *name, size_t names, const char *folded)
{
	for (size_t i = 0; i < names; i++)
		if (import_shape_is_name(name[i], folded))
			return true;
	return false;
}

static bool
fits(enum import_format format, const struct span *name, size_t names)
{
	const struct shape *shape = &shapes[format];

	if (format == IMPORT_PLAIN) {
		for (size_t i = 0; i < names; i++)
			if (import_shape_field(format, name[i]) == IMPORT_FIELD_ADDRESS)
				return true;
		return false;
	}
	for (size_t i = 0; i < sizeof shape->needs / sizeof *shape->needs; i++)
		if (shape->needs[i] && !has_name(name, names, shape->needs[i]))
			return false;
	return true;
}

enum import_format
import_shape_find(const struct span *name, size_t names, enum import_format wanted)
{
	if (wanted == IMPORT_POSTMARK && fits(IMPORT_POSTMARK_BOUNCES, name, names))
		return IMPORT_POSTMARK_BOUNCES;
	if (wanted != IMPORT_FORMAT_COUNT)
		return fits(wanted, name, names) ? wanted : IMPORT_FORMAT_COUNT;
	for (int i = 0; i < IMPORT_FORMAT_COUNT; i++)
		if (fits((enum import_format)i, name, names))
			return (enum import_format)i;
	return IMPORT_FORMAT_COUNT;
}

const char *
import_shape_needs(enum import_format format)
{
	return shapes[format < IMPORT_FORMAT_COUNT ? format : IMPORT_PLAIN].needs_words;
}
