/* smtp_param.c - one row per parameter: where it may stand, whether it has a
 * value, who reads it. */
#include "smtp/smtp_param.h"

#include <string.h>

#include "base/clock.h"

#define ENVID_MAX_BYTES 100 /* RFC 3461 s4.4 */
#define ORCPT_MAX_BYTES 500 /* RFC 3461 s4.2 */
#define ON_MAIL (1u << SMTP_MAIL)
#define ON_RCPT (1u << SMTP_RCPT)

struct param {
	const char *name;
	unsigned verbs;
	bool has_value;
	int (*set)(struct span value, struct smtp_command *command, struct err *err);
};

static int
bad(struct err *err, const char *text)
{
	return err_set(err, ERR_INPUT, 501, "%s", text);
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1; /* capitals only, s4 */
}

/* xtext_is_valid - RFC 3461 s4. What it decodes to has to be printable: it ends
 * up in the header fields of notices. */
static bool
xtext_is_valid(struct span text, bool utf8)
{
	for (size_t i = 0; i < text.n; i++) {
		int high, low, byte = (unsigned char)text.p[i];

		if (byte == '+') {
			if (text.n - i < 3)
				return false;
			high = hex_digit(text.p[i + 1]);
			low = hex_digit(text.p[i + 2]);
			byte = high * 16 + low;
			if (high < 0 || low < 0 || byte < ' ' || byte > '~')
				return false;
			i += 2;
		} else if (byte <= ' ' || byte == '=' || byte == 0x7f || (byte > 0x7f && !utf8)) {
			return false;
		}
	}
	return text.n > 0;
}

static int
set_size(struct span value, struct smtp_command *command, struct err *err)
{
	unsigned long long bytes;

	if (value.n > 20) /* RFC 1870 s5 */
		return bad(err, "5.5.4 SIZE has more than 20 digits");
	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] < '0' || value.p[i] > '9')
			return bad(err, "5.5.4 SIZE is a number of bytes");
	/* 20 digits can pass 64 bits: that is too large a message, not an error */
	command->size_bytes = span_to_u64(value, &bytes) ? bytes : UINT64_MAX;
	return 0;
}

static int
set_body(struct span value, struct smtp_command *command, struct err *err)
{
	if (span_is_nocase(value, "7BIT"))
		command->body = SMTP_BODY_7BIT;
	else if (span_is_nocase(value, "8BITMIME"))
		command->body = SMTP_BODY_8BITMIME;
	else if (span_is_nocase(value, "BINARYMIME"))
		return err_set(err, ERR_INPUT, 504, "5.5.4 BODY=BINARYMIME is not offered here");
	else
		return bad(err, "5.5.4 BODY is 7BIT or 8BITMIME");
	return 0;
}

static int
set_smtputf8(struct span value, struct smtp_command *command, struct err *err)
{
	(void)value;
	(void)err;
	command->smtputf8 = true;
	return 0;
}

static int
set_ret(struct span value, struct smtp_command *command, struct err *err)
{
	if (span_is_nocase(value, "FULL"))
		command->ret = SMTP_RET_FULL;
	else if (span_is_nocase(value, "HDRS"))
		command->ret = SMTP_RET_HDRS;
	else
		return bad(err, "5.5.4 RET is FULL or HDRS");
	return 0;
}

static int
set_hold_for(struct span value, struct smtp_command *command, struct err *err)
{
	unsigned long long sec;

	/* RFC 4865 s3: one to nine digits, the first not zero */
	if (value.n > 9 || value.p[0] < '1' || value.p[0] > '9' || !span_to_u64(value, &sec))
		return bad(err, "5.5.4 HOLDFOR is a number of seconds of up to nine digits");
	command->hold_for_sec = (uint32_t)sec;
	return 0;
}

static int
set_hold_until(struct span value, struct smtp_command *command, struct err *err)
{
	static const char form[] = "5.5.4 HOLDUNTIL is a time in UTC, as 2026-11-23T14:02:11Z";
	struct err why;

	if (value.n < sizeof "2026-11-23T14:02:11Z" - 1 || value.p[value.n - 1] != 'Z'
	    || clock_parse_rfc3339(value, &command->hold_until_unix_ms, &why) < 0
	    || command->hold_until_unix_ms <= 0)
		return bad(err, form);
	return 0;
}

/* RFC 2852 s4: [+-]1*9DIGIT ";" N or R, then perhaps T; R needs a time that is to come. */
static int
set_by(struct span value, struct smtp_command *command, struct err *err)
{
	static const char form[] = "5.5.4 BY is seconds;N or seconds;R, and T for a trace, as "
				   "120;R";
	struct span mode, time = span_cut(value, ';', &mode);
	bool is_negative = time.n > 0 && time.p[0] == '-';
	unsigned long long sec;

	if (time.n > 0 && (time.p[0] == '-' || time.p[0] == '+'))
		time = (struct span){ time.p + 1, time.n - 1 };
	if (time.n == 0 || time.n > 9 || time.p[0] < '0' || time.p[0] > '9'
	    || !span_to_u64(time, &sec) || mode.n == 0 || mode.n > 2
	    || (mode.n == 2 && mode.p[1] != 'T' && mode.p[1] != 't'))
		return bad(err, form);
	if (mode.p[0] == 'N' || mode.p[0] == 'n')
		command->by = SMTP_BY_NOTIFY;
	else if (mode.p[0] == 'R' || mode.p[0] == 'r')
		command->by = SMTP_BY_RETURN;
	else
		return bad(err, form);
	command->by |= mode.n == 2 ? SMTP_BY_TRACE : 0;
	command->by_sec = is_negative ? -(int32_t)sec : (int32_t)sec;
	if ((command->by & SMTP_BY_RETURN) && command->by_sec <= 0)
		return bad(err, "5.5.4 BY with R needs a time that is to come");
	return 0;
}

static int
set_envid(struct span value, struct smtp_command *command, struct err *err)
{
	if (value.n > ENVID_MAX_BYTES)
		return bad(err, "5.5.4 ENVID is over 100 characters");
	if (!xtext_is_valid(value, false))
		return bad(err, "5.5.4 ENVID is not xtext (RFC 3461)");
	command->envid = value;
	return 0;
}

static int
set_auth(struct span value, struct smtp_command *command, struct err *err)
{
	if (!span_is(value, "<>") && !xtext_is_valid(value, true))
		return bad(err, "5.5.4 AUTH is not xtext (RFC 4954)");
	command->auth = value;
	return 0;
}

static int
set_notify(struct span value, struct smtp_command *command, struct err *err)
{
	static const struct {
		const char *name;
		unsigned bit;
	} words[] = {
		{ "NEVER", SMTP_NOTIFY_NEVER },
		{ "SUCCESS", SMTP_NOTIFY_SUCCESS },
		{ "FAILURE", SMTP_NOTIFY_FAILURE },
		{ "DELAY", SMTP_NOTIFY_DELAY },
	};
	bool more = true;

	while (more) {
		size_t before = value.n, i = 0;
		struct span word = span_cut(value, ',', &value);

		more = word.n < before; /* a comma: one more word must follow */
		while (i < sizeof words / sizeof words[0] && !span_is_nocase(word, words[i].name))
			i++;
		if (i == sizeof words / sizeof words[0])
			return bad(err, "5.5.4 NOTIFY is NEVER, or of SUCCESS,FAILURE,DELAY");
		command->notify |= words[i].bit;
	}
	if ((command->notify & SMTP_NOTIFY_NEVER) && command->notify != SMTP_NOTIFY_NEVER)
		return bad(err, "5.5.4 NOTIFY=NEVER stands alone");
	return 0;
}

static bool
type_is_valid(struct span type)
{
	for (size_t i = 0; i < type.n; i++) {
		char c = type.p[i];

		if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    c != '-')
			return false;
	}
	return type.n > 0;
}

static int
set_orcpt(struct span value, struct smtp_command *command, struct err *err)
{
	struct span address, type = span_cut(value, ';', &address);

	if (value.n > ORCPT_MAX_BYTES)
		return bad(err, "5.5.4 ORCPT is over 500 characters");
	/* RFC 6533 s3: the type utf-8 may carry UTF-8 as it is */
	if (!type_is_valid(type) || !xtext_is_valid(address, span_is_nocase(type, "utf-8")))
		return bad(err, "5.5.4 ORCPT is type;xtext, as in rfc822;joe@example.com");
	command->orcpt = value;
	return 0;
}

static const struct param params[] = {
	{ "SIZE", ON_MAIL, true, set_size },         /* RFC 1870 */
	{ "BODY", ON_MAIL, true, set_body },         /* RFC 6152 */
	{ "SMTPUTF8", ON_MAIL, false, set_smtputf8 }, /* RFC 6531 */
	{ "RET", ON_MAIL, true, set_ret },           /* RFC 3461 */
	{ "HOLDFOR", ON_MAIL, true, set_hold_for },     /* RFC 4865 */
	{ "HOLDUNTIL", ON_MAIL, true, set_hold_until }, /* RFC 4865 */
	{ "BY", ON_MAIL, true, set_by },             /* RFC 2852 */
	{ "ENVID", ON_MAIL, true, set_envid },       /* RFC 3461 */
	{ "AUTH", ON_MAIL, true, set_auth },         /* RFC 4954 s5 */
	{ "NOTIFY", ON_RCPT, true, set_notify },     /* RFC 3461 */
	{ "ORCPT", ON_RCPT, true, set_orcpt },       /* RFC 3461 */
};

static const struct param *
find_param(struct span name, enum smtp_verb verb)
{
	for (size_t i = 0; i < sizeof params / sizeof params[0]; i++)
		if ((params[i].verbs & 1u << verb) && span_is_nocase(name, params[i].name))
			return &params[i];
	return NULL;
}

static int
parse_one(struct span word, unsigned *seen, struct smtp_command *command, struct err *err)
{
	struct span value, name = span_cut(word, '=', &value);
	const struct param *param = find_param(name, command->verb);
	bool has_value = name.n < word.n;
	int shown = name.n < 40 ? (int)name.n : 40;

	if (!param)
		return err_set(err, ERR_INPUT, 555, "5.5.4 Unknown parameter %.*s", shown, name.p);
	if (*seen & 1u << (param - params))
		return err_set(err, ERR_INPUT, 501, "5.5.4 %s is given twice", param->name);
	*seen |= 1u << (param - params);
	if (has_value != param->has_value || (has_value && value.n == 0))
		return err_set(err, ERR_INPUT, 501, "5.5.4 %s %s", param->name,
		               param->has_value ? "needs a value" : "takes no value");
	if (memchr(value.p, '=', value.n)) /* esmtp-value has none */
		return err_set(err, ERR_INPUT, 501, "5.5.4 %s has a = in its value", param->name);
	return param->set(value, command, err);
}

int
smtp_param_parse(struct span words, struct smtp_command *command, struct err *err)
{
	unsigned seen = 0;
	struct span word;

	while (words.n > 0) {
		word = span_cut(words, ' ', &words);
		if (word.n > 0 && parse_one(word, &seen, command, err) < 0)
			return -1;
	}
	if (command->hold_for_sec > 0 && command->hold_until_unix_ms > 0)
		return bad(err, "5.5.4 HOLDFOR and HOLDUNTIL exclude each other");
	return 0;
}
