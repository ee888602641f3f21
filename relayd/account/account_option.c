/* account_option.c - see account_option.h: a table of options, each of a type that
 * knows how to read and to write its field. */
#include "account_option.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "account/account_certificate.h"
#include "account/account_snapshot.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/must.h"
#include "base/units.h"
#include "store/store_audit.h"

#define DAY_MS 86400000
#define MONTH_MS (30LL * DAY_MS) /* what units_parse_rate makes of "/month" */
#define COUNT(a) (sizeof(a) / sizeof(a)[0])

struct setting { /* what a type's `set` is given */
	const struct account_option *option;
	struct span value;
	int64_t now_unix_ms;
	struct arena *arena;
};

struct account_option_type {
	int (*set)(const struct setting *s, void *field, struct err *err);
	void (*write)(const struct account_option *option, const void *field, struct buf *out);
};

static bool
is_none(const struct setting *s)
{
	return span_is(s->value, s->option->none);
}

/* ---- flags: one of two words ------------------------------------------------------------ */

static int
set_flag(const struct setting *s, void *field, struct err *err)
{
	const char *const *word = s->option->word;
	bool is_on = span_is(s->value, word[true]);

	if (!is_on && !span_is(s->value, word[false]))
		return err_set(err, ERR_INPUT, EINVAL, "%s is %s or %s", s->option->name,
			       word[false], word[true]);
	*(bool *)field = is_on;
	return 0;
}

static void
write_flag(const struct account_option *option, const void *field, struct buf *out)
{
	(void)buf_append_text(out, option->word[*(const bool *)field]);
}

/* ---- one of several words ------------------------------------------------------------------ */

static int
set_choice(const struct setting *s, void *field, struct err *err)
{
	const char *const *words = s->option->words;

	for (uint32_t i = 0; words[i] != NULL; i++)
		if (span_is(s->value, words[i])) {
			*(uint32_t *)field = i;
			return 0;
		}
	return err_set(err, ERR_INPUT, EINVAL, "%s is %s", s->option->name, s->option->none);
}

static void
write_choice(const struct account_option *option, const void *field, struct buf *out)
{
	(void)buf_append_text(out, option->words[*(const uint32_t *)field]);
}

/* ---- words ------------------------------------------------------------------------------- */

/* A pool's name is as in relayd.conf; whether there is such a pool is the asker's to know. */
static int
set_word(const struct setting *s, void *field, struct err *err)
{
	for (size_t i = 0; i < s->value.n; i++)
		if ((unsigned char)s->value.p[i] <= ' ' || s->value.p[i] == 127)
			return err_set(err, ERR_INPUT, EINVAL, "%s is one word", s->option->name);
	if (s->value.n > s->option->max)
		return err_set(err, ERR_INPUT, EINVAL, "%s has at most %zu bytes", s->option->name,
			       s->option->max);
	*(const char **)field = is_none(s) ? "" : arena_span(s->arena, s->value);
	return 0;
}

static void
write_word(const struct account_option *option, const void *field, struct buf *out)
{
	const char *text = *(const char *const *)field;

	(void)buf_append_text(out, text != NULL && text[0] != '\0' ? text : option->none);
}

/* ---- numbers ------------------------------------------------------------------------------ */

static int
set_count(const struct setting *s, void *field, struct err *err)
{
	unsigned long long count = 0;

	if (!is_none(s) &&
	    (!span_to_u64(s->value, &count) || count == 0 || count > s->option->max))
		return err_set(err, ERR_INPUT, EINVAL, "%s is 1 to %zu, or %s", s->option->name,
			       s->option->max, s->option->none);
	*(uint32_t *)field = (uint32_t)count;
	return 0;
}

static void
write_count(const struct account_option *option, const void *field, struct buf *out)
{
	uint32_t count = *(const uint32_t *)field;

	if (count > 0)
		(void)buf_printf(out, "%u", count);
	else
		(void)buf_append_text(out, option->none);
}

static int
set_size(const struct setting *s, void *field, struct err *err)
{
	uint64_t bytes = 0;

	if (!is_none(s) && units_parse_size(s->value, &bytes, err) < 0)
		return -1;
	if (!is_none(s) && bytes == 0)
		return err_set(err, ERR_INPUT, EINVAL, "%s is a size like 10M, or %s",
			       s->option->name, s->option->none);
	*(uint64_t *)field = bytes;
	return 0;
}

static void
write_size(const struct account_option *option, const void *field, struct buf *out)
{
	static const struct {
		uint64_t bytes;
		const char *letter;
	} units[] = { { 1 << 30, "G" }, { 1 << 20, "M" }, { 1 << 10, "K" }, { 1, "" } };
	uint64_t bytes = *(const uint64_t *)field;

	if (bytes == 0) {
		(void)buf_append_text(out, option->none);
		return;
	}
	for (size_t i = 0; i < COUNT(units); i++) /* exactly: it may be given back to us */
		if (bytes % units[i].bytes == 0) {
			bytes /= units[i].bytes;
			(void)buf_printf(out, "%llu%s", (unsigned long long)bytes,
					 units[i].letter);
			return;
		}
}

/* ---- rate and quota: recipients in a window ---------------------------------------------- */

static int
set_rate(const struct setting *s, void *field, struct err *err)
{
	struct store_credential *row = field;
	struct units_rate rate = { 0 };

	if (!is_none(s) && units_parse_rate(s->value, &rate, err) < 0)
		return -1;
	if (!is_none(s) && (rate.period_ms < 1000 || rate.period_ms > DAY_MS))
		return err_set(err, ERR_INPUT, EINVAL,
			       "%s is per second, minute, hour or day; a month's is quota",
			       s->option->name);
	row->rate_count = rate.count;
	row->rate_period_ms = rate.period_ms;
	return 0;
}

static void
write_rate(const struct account_option *option, const void *field, struct buf *out)
{
	const struct store_credential *row = field;
	static const struct {
		uint32_t ms;
		const char *name;
	} periods[] = { { 1000, "s" }, { 60000, "m" }, { 3600000, "h" }, { DAY_MS, "d" } };
	char period[UNITS_TEXT_SIZE];

	if (row->rate_period_ms == 0) {
		(void)buf_append_text(out, option->none);
		return;
	}
	units_format_duration(row->rate_period_ms, period);
	for (size_t i = 0; i < COUNT(periods); i++)
		if (periods[i].ms == row->rate_period_ms)
			memcpy(period, periods[i].name, 2);
	(void)buf_printf(out, "%u/%s", row->rate_count, period);
}

/* set_quota - "200/month", "50/day" or both; what is not named stays. */
static int
set_quota(const struct setting *s, void *field, struct err *err)
{
	struct store_credential *row = field;
	struct span rest = s->value;

	if (is_none(s)) {
		row->quota_day = row->quota_month = 0;
		return 0;
	}
	do {
		struct span one = span_cut(rest, ',', &rest);
		struct units_rate rate;

		if (units_parse_rate(one, &rate, err) < 0)
			return -1;
		if (rate.period_ms != DAY_MS && rate.period_ms != MONTH_MS)
			return err_set(err, ERR_INPUT, EINVAL,
				       "%s is N/day, N/month or both with a comma; faster is rate",
				       s->option->name);
		*(rate.period_ms == DAY_MS ? &row->quota_day : &row->quota_month) = rate.count;
	} while (rest.n > 0);
	return 0;
}

static void
write_quota(const struct account_option *option, const void *field, struct buf *out)
{
	const struct store_credential *row = field;

	if (row->quota_day > 0)
		(void)buf_printf(out, "%u/day", row->quota_day);
	if (row->quota_month > 0)
		(void)buf_printf(out, "%s%u/month", row->quota_day > 0 ? "," : "",
				 row->quota_month);
	if (row->quota_day == 0 && row->quota_month == 0)
		(void)buf_append_text(out, option->none);
}

/* ---- lists, and protocols ----------------------------------------------------------------- */

static int
write_network(const struct setting *s, struct span text, struct buf *lines, struct err *err)
{
	char canonical[ACCOUNT_NETWORK_TEXT_SIZE];
	struct account_network network;
	struct err why;

	if (account_network_parse(text, &network, &why) < 0)
		return err_set(err, ERR_INPUT, EINVAL, "%s; from everywhere is %s=%s", why.text,
			       s->option->name, s->option->none);
	account_network_format(&network, canonical);
	return buf_printf(lines, "%s\n", canonical);
}

static int
write_certificate(const struct setting *s, struct span text, struct buf *lines, struct err *err)
{
	char canonical[ACCOUNT_CERTIFICATE_TEXT_SIZE];
	struct account_certificate certificate;

	(void)s;
	if (account_certificate_parse(text, &certificate, err) < 0)
		return -1;
	account_certificate_format(&certificate, canonical);
	return buf_printf(lines, "%s\n", canonical);
}

/* set_lines - values with commas between, each checked and written by `line`. */
static int
set_lines(const struct setting *s, void *field,
	  int (*line)(const struct setting *s, struct span text, struct buf *lines,
		      struct err *err),
	  struct err *err)
{
	struct span rest = is_none(s) ? SPAN_EMPTY : s->value;
	struct buf lines;
	size_t count = 0;
	int rc = 0;

	buf_init(&lines, ACCOUNT_OPTION_TEXT_MAX);
	while (rest.n > 0 && rc == 0) {
		struct span one = span_cut(rest, ',', &rest);

		rc = ++count > s->option->max
			     ? err_set(err, ERR_INPUT, EINVAL, "%s has at most %zu values",
				       s->option->name, s->option->max)
			     : line(s, one, &lines, err);
	}
	if (rc == 0)
		*(const char **)field = arena_span(s->arena, buf_span(&lines));
	buf_deinit(&lines);
	return rc;
}

static int
set_networks(const struct setting *s, void *field, struct err *err)
{
	return set_lines(s, field, write_network, err);
}

static int
set_certificates(const struct setting *s, void *field, struct err *err)
{
	return set_lines(s, field, write_certificate, err);
}

static void
write_lines(const struct account_option *option, const void *field, struct buf *out)
{
	const char *lines = *(const char *const *)field;

	if (lines == NULL || lines[0] == '\0') {
		(void)buf_append_text(out, option->none);
		return;
	}
	for (const char *p = lines; *p != '\0'; p++)
		if (*p != '\n' || p[1] != '\0') /* the last line end separates nothing */
			(void)buf_append(out, *p == '\n' ? "," : p, 1);
}

static const struct {
	const char *name;
	uint32_t bit;
} protocols[] = { { "smtp", ACCOUNT_SMTP }, { "api", ACCOUNT_API } };

static int
set_protocols(const struct setting *s, void *field, struct err *err)
{
	struct span rest = is_none(s) ? SPAN_EMPTY : s->value;
	uint32_t bits = 0;

	while (rest.n > 0) {
		struct span one = span_cut(rest, ',', &rest);
		uint32_t bit = 0;

		for (size_t i = 0; i < COUNT(protocols); i++)
			if (span_is(one, protocols[i].name))
				bit = protocols[i].bit;
		if (bit == 0)
			return err_set(err, ERR_INPUT, EINVAL, "%s is smtp, api, both, or %s",
				       s->option->name, s->option->none);
		bits |= bit;
	}
	*(uint32_t *)field = bits;
	return 0;
}

static void
write_protocols(const struct account_option *option, const void *field, struct buf *out)
{
	uint32_t bits = *(const uint32_t *)field;
	const char *separator = "";

	if (bits == 0)
		(void)buf_append_text(out, option->none);
	for (size_t i = 0; i < COUNT(protocols); i++)
		if (bits & protocols[i].bit) {
			(void)buf_printf(out, "%s%s", separator, protocols[i].name);
			separator = ",";
		}
}

/* ---- a time ------------------------------------------------------------------------------- */

/* set_time - 90d from now, or a date. */
static int
set_time(const struct setting *s, void *field, struct err *err)
{
	int64_t at = 0, from_now;

	if (is_none(s)) {
		*(int64_t *)field = 0;
		return 0;
	}
	if (units_parse_duration(s->value, &from_now, err) == 0)
		at = s->now_unix_ms + from_now;
	else if (clock_parse_rfc3339(s->value, &at, err) < 0)
		return err_set(err, ERR_INPUT, EINVAL,
			       "%s is a duration like 90d, a date like 2027-01-31, or %s",
			       s->option->name, s->option->none);
	if (at <= s->now_unix_ms)
		return err_set(err, ERR_INPUT, EINVAL, "%s %.*s is not in the future",
			       s->option->name, (int)(s->value.n < 40 ? s->value.n : 40),
			       s->value.p);
	*(int64_t *)field = at;
	return 0;
}

static void
write_time(const struct account_option *option, const void *field, struct buf *out)
{
	int64_t at = *(const int64_t *)field;
	char text[CLOCK_RFC3339_SIZE];

	if (at > 0)
		clock_format_rfc3339(at, text);
	(void)buf_append_text(out, at > 0 ? text : option->none);
}

/* ---- the table ------------------------------------------------------------------------------ */

static const struct account_option_type flag = { set_flag, write_flag },
					choice = { set_choice, write_choice },
					word = { set_word, write_word },
					number = { set_count, write_count },
					size = { set_size, write_size },
					rate = { set_rate, write_rate },
					quota = { set_quota, write_quota },
					networks = { set_networks, write_lines },
					certificates = { set_certificates, write_lines },
					protocol_list = { set_protocols, write_protocols },
					when = { set_time, write_time };

#define OF(field) offsetof(struct store_credential, field)

static const struct account_option options[] = {
	{ "bulk", "bulk", &flag, .word = { "no", "yes" }, .offset = OF(is_bulk) },
	{ "pool", "pool", &word, .none = "default", .max = ACCOUNT_POOL_MAX_BYTES,
	  .offset = OF(pool) },
	{ "env", "env", &word, .none = "none", .max = ACCOUNT_ENV_MAX_BYTES, .offset = OF(env) },
	{ "source", "source", &networks, .none = "any", .max = ACCOUNT_NETWORKS_MAX,
	  .offset = OF(networks) },
	{ "certificate", "certificate", &certificates, .none = "none",
	  .max = ACCOUNT_CERTIFICATES_MAX, .offset = OF(certificates) },
	{ "certificate-only", "certificate_only", &flag, .word = { "no", "yes" },
	  .offset = OF(certificate_only) },
	{ "protocols", "protocols", &protocol_list, .none = "all", .offset = OF(protocols) },
	{ "rate", "rate", &rate, .none = "none" },   /* of several fields: */
	{ "quota", "quota", &quota, .none = "none" }, /* the whole row is its field */
	{ "recipients", "recipients", &number, .none = "none", .max = 1000000,
	  .offset = OF(recipients_max) },
	{ "size", "size", &size, .none = "none", .offset = OF(size_max_bytes) },
	{ "expires", "expires", &when, .none = "never", .offset = OF(expires_unix_ms) },
	{ "tripwire", "tripwire", &choice, .words = account_tripwire_names,
	  .none = "off, warn, slow or hold", .offset = OF(tripwire) },
	{ "notices", "notices", &flag, .word = { "yes", "no" }, .offset = OF(mutes_notices) },
	{ "suppressed", "suppressed", &flag, .word = { "record", "refuse" },
	  .offset = OF(refuses_suppressed) },
	{ "null-sender", "null_sender", &flag, .word = { "no", "yes" },
	  .offset = OF(may_send_null) },
	{ "fix-line-ends", "fix_line_ends", &flag, .word = { "no", "yes" },
	  .offset = OF(fix_bare_line_ends) },
};

const struct account_option *
account_option_at(size_t i)
{
	return i < COUNT(options) ? &options[i] : NULL;
}

void
account_option_write(const struct account_option *option, const struct store_credential *row,
		     struct buf *out)
{
	option->type->write(option, (const char *)row + option->offset, out);
}

static int
fail_unknown(struct span name, struct err *err)
{
	return err_set(err, ERR_INPUT, EINVAL,
		       "there is no option \"%.*s\": `relaycli help credential limit` lists them",
		       (int)(name.n < 40 ? name.n : 40), name.p);
}

static int
fail_empty(const struct account_option *option, struct err *err)
{
	if (option->words != NULL)
		return err_set(err, ERR_INPUT, EINVAL, "%s= has no value: %s", option->name,
			       option->none);
	if (option->none == NULL)
		return err_set(err, ERR_INPUT, EINVAL, "%s= has no value: %s or %s", option->name,
			       option->word[false], option->word[true]);
	return err_set(err, ERR_INPUT, EINVAL, "%s= has no value; to be without: %s=%s",
		       option->name, option->name, option->none);
}

static const struct account_option *
find(struct span name)
{
	for (size_t i = 0; i < COUNT(options); i++)
		if (span_is(name, options[i].name))
			return &options[i];
	return NULL;
}

int
account_option_set(const char *given, struct store_credential *row, int64_t now_unix_ms,
		   struct arena *arena, const char **did_out, struct err *err)
{
	struct setting setting = { .now_unix_ms = now_unix_ms, .arena = arena };
	struct span name = span_cut(span_of(given), '=', &setting.value);
	struct buf was, is;
	int rc;

	if ((setting.option = find(name)) == NULL)
		return fail_unknown(name, err);
	if (setting.value.n == 0) /* of a shell variable that was not set: no limit goes by it */
		return fail_empty(setting.option, err);
	buf_init(&was, ACCOUNT_OPTION_TEXT_MAX);
	buf_init(&is, ACCOUNT_OPTION_TEXT_MAX);
	account_option_write(setting.option, row, &was);
	rc = setting.option->type->set(&setting, (char *)row + setting.option->offset, err);
	if (rc < 0 && err->kind == ERR_INPUT)
		err->code = EINVAL;
	if (rc == 0) {
		account_option_write(setting.option, row, &is);
		*did_out = store_audit_change(arena, setting.option->name,
					      arena_span(arena, buf_span(&was)),
					      arena_span(arena, buf_span(&is)));
	}
	buf_deinit(&was);
	buf_deinit(&is);
	return rc;
}
