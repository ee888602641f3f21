/* api_term.c - see api_term.h. */
#include "api/api_term.h"

#include <assert.h>

#include "api/api_names.h"
#include "api/api_text.h"
#include "api/api_time.h"
#include "base/id.h"
#include "verdict/verdict.h"

typedef int (*check_fn)(struct api_term *term, int64_t now_unix_ms, struct err *err);

struct key_row {
	const char *name;
	check_fn check; /* NULL: any text */
	const char *help;
};

static const char *
status_name_at(size_t i, const void *arg)
{
	const struct api_status *status = api_status_at(i);

	(void)arg;
	return status ? status->name : NULL;
}

static const char *
event_name_at(size_t i, const void *arg)
{
	const struct api_event_kind *kind = api_event_kind_at(i);

	(void)arg;
	return kind ? kind->name : NULL;
}

static const char *
category_name_at(size_t i, const void *arg)
{
	(void)arg;
	return i + 1 < VERDICT_CATEGORY_COUNT ?
		verdict_category_name((enum verdict_category)(i + 1)) : NULL;
}

static int
refuse_word(const char *what, struct span value, const char *nearest, struct err *err)
{
	return err_set(err, ERR_INPUT, 0, "no %s \"%.*s\"%s%s%s", what,
		       (int)(value.n < 40 ? value.n : 40), value.p,
		       nearest ? ". Did you mean: " : "", nearest ? nearest : "",
		       nearest ? "?" : "");
}

static int
check_status(struct api_term *term, int64_t now_unix_ms, struct err *err)
{
	(void)now_unix_ms;
	if (api_status_find(term->value) || span_is(term->value, API_STATUS_WAITING))
		return 0;
	return refuse_word("status", term->value,
			   api_text_suggest(term->value, status_name_at, NULL), err);
}

static int
check_event(struct api_term *term, int64_t now_unix_ms, struct err *err)
{
	(void)now_unix_ms;
	if (api_event_kind_find(term->value))
		return 0;
	return refuse_word("event", term->value, api_text_suggest(term->value, event_name_at, NULL),
	                   err);
}

static int
check_category(struct api_term *term, int64_t now_unix_ms, struct err *err)
{
	enum verdict_category category;

	(void)now_unix_ms;
	if (verdict_category_parse(term->value, &category))
		return 0;
	return refuse_word("category", term->value,
	                   api_text_suggest(term->value, category_name_at, NULL), err);
}

static int
check_code(struct api_term *term, int64_t now_unix_ms, struct err *err)
{
	unsigned long long code;

	(void)now_unix_ms;
	if (!span_to_u64(term->value, &code) || code < 200 || code > 599)
		return err_set(err, ERR_INPUT, 0,
			       "code: wants an SMTP code such as 550, not \"%.*s\"",
			       (int)(term->value.n < 40 ? term->value.n : 40), term->value.p);
	term->number = (int64_t)code;
	return 0;
}

static int
check_id(struct api_term *term, int64_t now_unix_ms, struct err *err)
{
	uint64_t id;

	(void)now_unix_ms;
	if (!id_parse(term->value, &id))
		return err_set(err, ERR_INPUT, 0,
			       "id: wants 13 characters as in \"queued as ...\", "
			       "not \"%.*s\"",
			       (int)(term->value.n < 40 ? term->value.n : 40), term->value.p);
	term->number = (int64_t)id;
	return 0;
}

static int
check_time(struct api_term *term, int64_t now_unix_ms, struct err *err)
{
	return api_time_parse(term->value, now_unix_ms, false, &term->number, err);
}

static const struct key_row keys[] = {
	[API_TERM_TO] = { "to", NULL, "recipient: whole address, @domain, start*, *part*" },
	[API_TERM_FROM] = { "from", NULL, "sender: whole address, @domain, start*, *part*" },
	[API_TERM_DOMAIN] = { "domain", NULL, "recipient's domain" },
	[API_TERM_CRED] = { "cred", NULL, "credential" },
	[API_TERM_STATUS] = { "status", check_status,
			      "waiting, or queued, deferred, held, delivered, bounced, ..." },
	[API_TERM_CATEGORY] = { "category", check_category,
				"why: mailbox_full, rate_limited, ..." },
	[API_TERM_CODE] = { "code", check_code, "SMTP code of the last reply" },
	[API_TERM_IP] = { "ip", NULL, "remote or client address" },
	[API_TERM_TLS] = { "tls", NULL, "TLS version, none, verified" },
	[API_TERM_TAG] = { "tag", NULL, "tag" },
	[API_TERM_SUBJECT] = { "subject", NULL, "part of the subject" },
	[API_TERM_MSGID] = { "msgid", NULL, "Message-ID" },
	[API_TERM_ID] = { "id", check_id, "queue id" },
	[API_TERM_SINCE] = { "since", check_time, "7d, yesterday, 2026-11-23" },
	[API_TERM_UNTIL] = { "until", check_time, "1h, today, 2026-11-23" },
	[API_TERM_EVENT] = { "event", check_event, "kind of event (live log)" },
	[API_TERM_SITE] = { "site", NULL, "provider or MX host (live log)" },
	[API_TERM_WHO] = { "who", NULL, "who did it: name or uid (audit log)" },
	[API_TERM_WHAT] = { "what", NULL, "action: queue, queue.hold, *.remove (audit log)" },
	[API_TERM_OBJECT] = { "object", NULL, "what it was done to, or a part of it (audit log)" },
	[API_TERM_VIA] = { "via", NULL, "interface: socket, signal, relayd (audit log)" },
	[API_TERM_WORD] = { "", NULL, "in address, sender, subject, tag or Message-ID" },
};
static_assert(sizeof keys / sizeof *keys == API_TERM_KEY_COUNT, "a row per key");

static const char *
key_name_at(size_t i, const void *arg)
{
	(void)arg;
	return i < API_TERM_WORD ? keys[i].name : NULL;
}

const char *
api_term_key_name(enum api_term_key key)
{
	return keys[key].name;
}

const char *
api_term_key_help(enum api_term_key key)
{
	return keys[key].help;
}

bool
api_term_is_of_audit(enum api_term_key key)
{
	return key >= API_TERM_WHO && key <= API_TERM_VIA;
}

/* looks_like_key - letters before a colon, so that "re:" in a subject or a
 * Message-ID with a colon further on stays a bare word. */
static bool
looks_like_key(struct span key, struct span value)
{
	if (key.n == 0 || key.n > 12 || value.n == 0)
		return false;
	for (size_t i = 0; i < key.n; i++)
		if (key.p[i] < 'a' || key.p[i] > 'z')
			return false;
	return true;
}

static struct span
unquote(struct span text)
{
	if (text.n >= 2 && text.p[0] == '"' && text.p[text.n - 1] == '"')
		return (struct span){ text.p + 1, text.n - 2 };
	return text;
}

int
api_term_parse(struct span text, int64_t now_unix_ms, struct api_term *term_out, struct err *err)
{
	struct span value, key = span_cut(text, ':', &value);
	const char *nearest;

	*term_out = (struct api_term){ .key = API_TERM_WORD, .value = unquote(text) };
	if (text.n == 0)
		return err_set(err, ERR_INPUT, 0, "an empty search word");
	if (text.n > API_TERM_VALUE_MAX_BYTES)
		return err_set(err, ERR_LIMIT, 0, "a search word longer than %d bytes",
		               API_TERM_VALUE_MAX_BYTES);
	if (key.n == text.n || !looks_like_key(key, value))
		return 0;
	for (int i = 0; i < API_TERM_WORD; i++) {
		if (!span_is(key, keys[i].name))
			continue;
		term_out->key = (enum api_term_key)i;
		term_out->value = unquote(value);
		return keys[i].check ? keys[i].check(term_out, now_unix_ms, err) : 0;
	}
	nearest = api_text_suggest(key, key_name_at, NULL);
	if (!nearest)
		return err_set(
			err, ERR_INPUT, 0,
			"no search key \"%.*s:\"; there are to: from: domain: "
			"cred: status: category: code: ip: tls: tag: subject: msgid: id: since: "
			"until:",
			(int)key.n, key.p);
	return err_set(err, ERR_INPUT, 0, "no search key \"%.*s:\". Did you mean: %s:", (int)key.n,
	               key.p, nearest);
}

int
api_terms_add(struct api_terms *terms, struct span text, int64_t now_unix_ms, struct err *err)
{
	if (terms->count == API_TERMS_MAX)
		return err_set(err, ERR_LIMIT, 0, "more than %d search terms", API_TERMS_MAX);
	if (api_term_parse(text, now_unix_ms, &terms->term[terms->count], err) < 0)
		return -1;
	terms->count++;
	return 0;
}

/* next_word - cut the next word off *rest; a quoted stretch may hold spaces. */
static struct span
next_word(struct span *rest)
{
	struct span word;
	bool quoted = false;
	size_t n = 0;

	*rest = span_trim(*rest);
	while (n < rest->n && (quoted || (rest->p[n] != ' ' && rest->p[n] != '\t'))) {
		quoted ^= rest->p[n] == '"';
		n++;
	}
	word = (struct span){ rest->p, n };
	rest->p += n;
	rest->n -= n;
	return word;
}

int
api_terms_parse(struct span line, int64_t now_unix_ms, struct api_terms *terms_out, struct err *err)
{
	struct span rest = line, word;

	terms_out->count = 0;
	while ((word = next_word(&rest)).n)
		if (api_terms_add(terms_out, word, now_unix_ms, err) < 0)
			return -1;
	return 0;
}

void
api_term_put_utc(struct span term, int64_t now_unix_ms, bool is_utc, struct buf *out)
{
	struct span value, key = span_cut(term, ':', &value);

	if (key.n == term.n || (!span_is(key, keys[API_TERM_SINCE].name) &&
	                        !span_is(key, keys[API_TERM_UNTIL].name))) {
		(void)buf_append_span(out, term);
		return;
	}
	(void)buf_append_span(out, key);
	(void)buf_append_text(out, ":");
	api_time_put_utc(api_time_parse, unquote(value), now_unix_ms, is_utc, out);
}

void
api_terms_put_utc(struct span line, int64_t now_unix_ms, bool is_utc, struct buf *out)
{
	struct span rest = line, word;

	while ((word = next_word(&rest)).n) {
		if (out->len)
			(void)buf_append_text(out, " ");
		api_term_put_utc(word, now_unix_ms, is_utc, out);
	}
}
