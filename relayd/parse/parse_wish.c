/* parse_wish.c - see parse_wish.h: a row per field. */
#include "parse/parse_wish.h"

#include "base/clock.h"
#include "base/units.h"

static int
bad(struct err *err, const char *text)
{
	return err_set(err, ERR_INPUT, 550, "%s", text);
}

static int
read_send_at(struct span value, struct parse_wish *wish, struct err *err)
{
	struct err why;

	if (clock_parse_rfc3339(value, &wish->send_at_unix_ms, &why) < 0
	    || wish->send_at_unix_ms <= 0)
		return bad(err, "5.6.0 X-Relay-Send-At is a time as 2026-11-23T14:02:11Z, or a "
		                "date (RFC 3339)");
	return 0;
}

static int
read_expires(struct span value, struct parse_wish *wish, struct err *err)
{
	struct err why;

	if (units_parse_duration(value, &wish->lifetime_ms, &why) < 0 || wish->lifetime_ms < 1000)
		return bad(err, "5.6.0 X-Relay-Expires is how long to try, as 90s, 4h or 2d");
	return 0;
}

/* nothing makes mail more urgent than its credential is */
static int
read_priority(struct span value, struct parse_wish *wish, struct err *err)
{
	wish->is_bulk = span_is_nocase(value, "bulk");
	if (!wish->is_bulk && !span_is_nocase(value, "normal"))
		return bad(err, "5.6.0 X-Relay-Priority is bulk or normal");
	return 0;
}

static const struct {
	const char *name;
	int (*read)(struct span value, struct parse_wish *wish, struct err *err);
} fields[] = {
	{ "X-Relay-Send-At", read_send_at },
	{ "X-Relay-Expires", read_expires },
	{ "X-Relay-Priority", read_priority },
};

int
parse_wish_read(const struct parse_header *header, struct parse_wish *wish_out, struct err *err)
{
	*wish_out = (struct parse_wish){ 0 };
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		const struct parse_field *field = parse_header_find(header, fields[i].name);

		if (field == NULL)
			continue;
		if (parse_header_count(header, fields[i].name) > 1)
			return err_set(err, ERR_INPUT, 550, "5.6.0 %s is there twice",
			               fields[i].name);
		if (fields[i].read(span_trim(field->value), wish_out, err) < 0)
			return -1;
	}
	return 0;
}
