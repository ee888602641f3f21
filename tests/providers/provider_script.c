/* provider_script.c - the small language personalities are written in.
 *
 * One line a rule: a pattern of recipient domains ('*' matches any run), then
 * words. '#' starts a comment. The first rule that matches a domain decides.
 *
 *   gmail.example    97%accept 2%mailbox-full 1%unknown-user rate=50
 *   *.slow.example   slow=1000
 *   old.example      at=127.0.0.9 no-tls no-8bitmime no-pipelining
 *   odd.example      rcpt="450 4.2.1 the user is on the moon"
 *
 * A domain is known only at RCPT. What a server does before (greeting, EHLO,
 * MAIL) belongs to the address it is reached at: at=PATTERN. */
#include "provider_script.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/clock.h"
#include "base/mem.h"
#include "base/units.h"

enum { LINE_BYTES = 4096, RULES_MAX = 4096, SEEN_MAX = 200000 };

struct provider_script {
	struct provider_rule *rules[RULES_MAX];
	size_t count; /* the last one is the last resort */
};

static const struct {
	const char *word;
	enum provider_stage stage;
	const char *reply;
	const char *help;
} outcomes[] = {
	{ "accept", PROVIDER_STAGE_NONE, NULL, "takes the mail" },
	{ "unknown-user", PROVIDER_STAGE_RCPT, "550 5.1.1 Recipient address rejected: User unknown",
	  "550 5.1.1 to RCPT" },
	{ "mailbox-full", PROVIDER_STAGE_RCPT, "452 4.2.2 Mailbox full", "452 4.2.2 to RCPT" },
	{ "over-quota", PROVIDER_STAGE_RCPT, "552 5.2.2 Mailbox is over quota",
	  "552 5.2.2 to RCPT" },
	{ "disabled", PROVIDER_STAGE_RCPT, "550 5.2.1 This account has been disabled",
	  "550 5.2.1 to RCPT" },
	{ "temp-fail", PROVIDER_STAGE_RCPT, "451 4.3.0 Temporary failure", "451 4.3.0 to RCPT" },
	{ "blocklisted", PROVIDER_STAGE_MAIL,
	  "554 5.7.1 Client host blocked using zen.blocklist.example", "554 5.7.1 to MAIL" },
	{ "blocklisted-greeting", PROVIDER_STAGE_GREETING,
	  "554 5.7.1 Client host blocked using zen.blocklist.example",
	  "554 5.7.1 as greeting (at=)" },
	{ "busy-greeting", PROVIDER_STAGE_GREETING,
	  "421 4.3.2 Too many connections, try again later", "421 4.3.2 as greeting (at=)" },
	{ "throttled", PROVIDER_STAGE_MAIL, "421 4.7.28 Unusual rate of mail, slow down",
	  "421 4.7.28 to MAIL" },
	{ "no-dmarc", PROVIDER_STAGE_DOT, "550 5.7.26 Rejected by the sender's DMARC policy",
	  "550 5.7.26 to the final dot" },
	{ "spam", PROVIDER_STAGE_DOT, "554 5.7.1 This message looks like spam",
	  "554 5.7.1 to the final dot" },
	{ "dot-temp", PROVIDER_STAGE_DOT, "451 4.3.0 Try again later",
	  "451 4.3.0 to the final dot" },
	{ "drop-mail", PROVIDER_STAGE_MAIL, NULL, "closes instead of answering MAIL" },
	{ "drop-rcpt", PROVIDER_STAGE_RCPT, NULL, "closes instead of answering RCPT" },
	{ "drop-data", PROVIDER_STAGE_DATA, NULL, "closes in the middle of the message" },
	{ "drop-dot", PROVIDER_STAGE_DOT, NULL, "takes all, closes instead of answering" },
};

static const struct {
	const char *word;
	unsigned flag;
	const char *help;
} flags[] = {
	{ "no-tls", PROVIDER_NO_TLS, "no STARTTLS" },
	{ "broken-tls", PROVIDER_BROKEN_TLS, "answers the handshake with rubbish" },
	{ "needs-tls", PROVIDER_NEEDS_TLS, "530 5.7.0 to MAIL without TLS" },
	{ "no-8bitmime", PROVIDER_NO_8BITMIME, "no 8BITMIME" },
	{ "no-pipelining", PROVIDER_NO_PIPELINING, "no PIPELINING" },
	{ "no-size", PROVIDER_NO_SIZE, "no SIZE" },
	{ "no-chunking", PROVIDER_NO_CHUNKING, "no CHUNKING" },
	{ "no-smtputf8", PROVIDER_NO_SMTPUTF8, "no SMTPUTF8" },
	{ "no-ehlo", PROVIDER_NO_EHLO, "knows HELO only" },
	{ "dsn", PROVIDER_DSN, "offers DSN" },
	{ "silent", PROVIDER_SILENT, "takes connections and never says a word (at=)" },
};

static const struct {
	const char *word;
	enum provider_stage stage;
} stages[] = {
	{ "greeting", PROVIDER_STAGE_GREETING }, { "mail", PROVIDER_STAGE_MAIL },
	{ "rcpt", PROVIDER_STAGE_RCPT },	 { "data", PROVIDER_STAGE_DATA },
	{ "dot", PROVIDER_STAGE_DOT },
};

void
provider_script_help(void)
{
	printf("A script has one rule a line: DOMAIN-PATTERN WORD...   ('#' starts a comment;\n"
	       "'*' matches any run; the first rule that matches the recipient's domain "
	       "decides)\n\n"
	       "What becomes of a recipient; N%% in front makes a mixture, the rest is accepted,\n"
	       "and an address meets the same fate at each attempt:\n");
	for (size_t i = 0; i < sizeof outcomes / sizeof outcomes[0]; i++)
		printf("  %-22s %s\n", outcomes[i].word, outcomes[i].help);
	printf("  greeting=\"CODE TEXT\"   a reply of your own; also mail= rcpt= data= dot=\n"
	       "\nWhat the server is like:\n"
	       "  at=ADDRESS-PATTERN     reached at this local address: the words count from the "
	       "greeting\n"
	       "  slow=MS                waits before each reply\n"
	       "  greylist[=DURATION]    451 4.7.1 first, accepts when that long has passed (0s)\n"
	       "  rate=N                 421 4.7.28 above N messages a second\n"
	       "  says=\"CODE TEXT\"       ... in other words\n"
	       "  later=N@DURATION       that rate instead, so long after the first message\n"
	       "  incident=FROM-TO       421 4.3.2 in that time after the first message\n"
	       "  connections=N          421 4.7.0 as greeting to more at once (at=)\n"
	       "  per-connection=N       421 4.7.0 after N messages on one connection\n"
	       "  size=SIZE              552 5.3.4 above it\n");
	for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
		printf("  %-22s %s\n", flags[i].word, flags[i].help);
}

static struct provider_rule *
rule_new(struct span pattern)
{
	struct provider_rule *rule = mem_zero(1, sizeof *rule);

	rule->pattern = mem_strndup(pattern.p, pattern.n);
	rule->greylist_ms = -1;
	rule->seen = map_new();
	return rule;
}

static void
rule_free(struct provider_rule *rule)
{
	size_t cursor = 0;
	struct span key;
	void *value;

	while (map_next(rule->seen, &cursor, &key, &value))
		mem_free(value);
	map_free(&rule->seen);
	mem_free(rule->pattern);
	mem_free(rule->at);
	mem_free(rule->says);
	for (size_t i = 0; i < rule->outcome_count; i++) {
		bool is_static = rule->outcomes[i].reply == NULL;

		for (size_t k = 0; k < sizeof outcomes / sizeof outcomes[0]; k++)
			is_static |= rule->outcomes[i].reply == outcomes[k].reply;
		if (!is_static)
			mem_free((char *)(uintptr_t)rule->outcomes[i].reply);
	}
	mem_free(rule);
}

static int
add_outcome(struct provider_rule *rule, enum provider_stage stage, const char *reply,
	    unsigned percent, struct err *err)
{
	if (rule->outcome_count == PROVIDER_OUTCOMES_MAX)
		return err_set(err, ERR_INPUT, 0, "more than %d outcomes", PROVIDER_OUTCOMES_MAX);
	rule->outcomes[rule->outcome_count++] =
		(struct provider_outcome){ .stage = stage, .reply = reply, .percent = percent };
	return 0;
}

/* read_percent - "12%word": 12, and *word moves behind the sign; else 100 */
static unsigned
read_percent(struct span *word)
{
	struct span rest, number = span_cut(*word, '%', &rest);
	unsigned long long percent;

	if (number.n == word->n || !span_to_u64(number, &percent) || percent > 100)
		return 100;
	*word = rest;
	return (unsigned)percent;
}

/* set_times - words with moments in them */
static int
set_times(struct provider_rule *rule, struct span name, struct span value, struct err *err)
{
	bool is_later = span_is(name, "later");
	struct span second, first = span_cut(value, is_later ? '@' : '-', &second);
	unsigned long long n;

	if (!is_later)
		return units_parse_duration(first, &rule->incident_ms, err) < 0
				       || units_parse_duration(second, &rule->incident_end_ms,
							       err) < 0
			       ? -1 : 0;
	if (!span_to_u64(first, &n) || n == 0 || n > 1000000)
		return err_set(err, ERR_INPUT, 0, "later wants N@DURATION");
	rule->later_rate = (uint32_t)n;
	return units_parse_duration(second, &rule->later_ms, err);
}

static int
set_number(struct provider_rule *rule, struct span name, struct span value, struct err *err)
{
	unsigned long long n = 0;

	if (span_is(name, "greylist")) {
		if (value.n == 0) {
			rule->greylist_ms = 0;
			return 0;
		}
		return units_parse_duration(value, &rule->greylist_ms, err);
	}
	if (span_is(name, "later") || span_is(name, "incident"))
		return set_times(rule, name, value, err);
	if (span_is(name, "size"))
		return units_parse_size(value, &rule->size_max, err);
	if (!span_to_u64(value, &n) || n > 1000000)
		return err_set(err, ERR_INPUT, 0, "%.*s wants a number", (int)name.n, name.p);
	if (span_is(name, "slow"))
		rule->slow_ms = (int64_t)n;
	else if (span_is(name, "rate"))
		rule->rate = (uint32_t)n;
	else if (span_is(name, "connections"))
		rule->connections = (uint32_t)n;
	else if (span_is(name, "per-connection"))
		rule->per_connection = (uint32_t)n;
	else
		return err_set(err, ERR_INPUT, 0, "no word \"%.*s\"", (int)name.n, name.p);
	return 0;
}

static int
add_word(struct provider_rule *rule, struct span word, struct err *err)
{
	unsigned percent = read_percent(&word);
	struct span value, name = span_cut(word, '=', &value);

	for (size_t i = 0; i < sizeof outcomes / sizeof outcomes[0]; i++)
		if (span_is(word, outcomes[i].word))
			return add_outcome(rule, outcomes[i].stage, outcomes[i].reply, percent,
					   err);
	for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
		if (span_is(word, flags[i].word)) {
			rule->flags |= flags[i].flag;
			return 0;
		}
	}
	for (size_t i = 0; i < sizeof stages / sizeof stages[0]; i++)
		if (span_is(name, stages[i].word))
			return add_outcome(rule, stages[i].stage, mem_strndup(value.p, value.n),
					   percent, err);
	if (span_is(name, "says")) {
		mem_free(rule->says);
		rule->says = mem_strndup(value.p, value.n);
		return 0;
	}
	if (span_is(name, "at")) {
		mem_free(rule->at);
		rule->at = mem_strndup(value.p, value.n);
		return 0;
	}
	return set_number(rule, name, value, err);
}

/* next_word - up to a space outside of quotes; quotes are taken off. Writes
 * into buffer, since quotes may stand inside: rcpt="450 x". */
static struct span
next_word(const char **at, char *buffer)
{
	const char *p = *at;
	char *out = buffer;
	bool is_quoted = false;

	while (*p == ' ' || *p == '\t')
		p++;
	for (; *p && *p != '\n' && (is_quoted || (*p != ' ' && *p != '\t' && *p != '#')); p++) {
		if (*p == '"')
			is_quoted = !is_quoted;
		else
			*out++ = *p;
	}
	*at = p;
	return (struct span){ buffer, (size_t)(out - buffer) };
}

static int
read_line(struct provider_script *script, const char *line, struct err *err)
{
	char buffer[LINE_BYTES];
	struct span word = next_word(&line, buffer);
	struct provider_rule *rule;

	if (word.n == 0)
		return 0;
	if (script->count + 1 == RULES_MAX)
		return err_set(err, ERR_LIMIT, 0, "more than %d rules", RULES_MAX - 1);
	rule = script->rules[script->count++] = rule_new(word);
	while ((word = next_word(&line, buffer)).n > 0)
		if (add_word(rule, word, err) != 0)
			return -1;
	return 0;
}

static int
read_file(struct provider_script *script, const char *path, struct err *err)
{
	char line[LINE_BYTES];
	struct err why;
	FILE *in = fopen(path, "r");
	int number = 0, rc = 0;

	if (!in)
		return err_errno(err, errno, "cannot read %s", path);
	while (rc == 0 && fgets(line, sizeof line, in)) {
		number++;
		rc = read_line(script, line, &why);
	}
	fclose(in);
	return rc == 0 ? 0 : err_set(err, ERR_INPUT, 0, "%s:%d: %s", path, number, why.text);
}

struct provider_script *
provider_script_new(const char *path, struct err *err)
{
	struct provider_script *script = mem_zero(1, sizeof *script);

	if (path && read_file(script, path, err) != 0)
		provider_script_free(&script);
	else
		script->rules[script->count++] = rule_new(SPAN_LIT("*"));
	return script;
}

void
provider_script_free(struct provider_script **script)
{
	if (!*script)
		return;
	for (size_t i = 0; i < (*script)->count; i++)
		rule_free((*script)->rules[i]);
	mem_free(*script);
	*script = NULL;
}

struct provider_rule *
provider_script_find(struct provider_script *script, struct span domain)
{
	for (size_t i = 0; i + 1 < script->count; i++)
		if (span_match_nocase(domain, span_of(script->rules[i]->pattern)))
			return script->rules[i];
	return script->rules[script->count - 1];
}

struct provider_rule *
provider_script_at(struct provider_script *script, const char *address)
{
	for (size_t i = 0; i < script->count; i++) {
		const char *at = script->rules[i]->at;

		if (at && span_match_nocase(span_of(address), span_of(at)))
			return script->rules[i];
	}
	return NULL;
}

struct provider_rule *
provider_script_rule(struct provider_script *script, size_t index)
{
	return script->rules[index];
}

size_t
provider_script_count(const struct provider_script *script)
{
	return script->count;
}

/* percent_of - 0..99 from an FNV hash: spread evenly, the same in every run */
static unsigned
percent_of(struct span key)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < key.n; i++)
		hash = (hash ^ (unsigned char)key.p[i]) * UINT64_C(1099511628211);
	return (unsigned)((hash >> 20) % 100);
}

const struct provider_outcome *
provider_rule_outcome(const struct provider_rule *rule, struct span key)
{
	unsigned left = percent_of(key);

	for (size_t i = 0; i < rule->outcome_count; i++) {
		const struct provider_outcome *outcome = &rule->outcomes[i];

		if (left < outcome->percent)
			return outcome->stage == PROVIDER_STAGE_NONE ? NULL : outcome;
		left -= outcome->percent;
	}
	return NULL;
}

/* one second's worth may come at once */
static bool
takes_now(struct provider_rule *rule, uint32_t rate, int64_t now_mono_ms)
{
	if (rate == 0)
		return true;
	rule->bucket += (double)(now_mono_ms - rule->bucket_mono_ms) * rate / 1000.0;
	if (rule->bucket > rate || rule->bucket_mono_ms == 0)
		rule->bucket = rate;
	rule->bucket_mono_ms = now_mono_ms;
	if (rule->bucket < 1.0)
		return false;
	rule->bucket -= 1.0;
	return true;
}

const char *
provider_rule_refuses_now(struct provider_rule *rule, int64_t now_mono_ms)
{
	int64_t age_ms;
	bool is_later;

	if (rule->first_mono_ms == 0)
		rule->first_mono_ms = now_mono_ms;
	age_ms = now_mono_ms - rule->first_mono_ms;
	if (age_ms >= rule->incident_ms && age_ms < rule->incident_end_ms)
		return "421 4.3.2 Service not available, try again later";
	is_later = rule->later_rate > 0 && age_ms >= rule->later_ms;
	if (takes_now(rule, is_later ? rule->later_rate : rule->rate, now_mono_ms))
		return NULL;
	return rule->says ? rule->says
			  : "421 4.7.28 Our system has detected an unusual rate of mail, "
			    "try again later";
}

bool
provider_rule_greylists(struct provider_rule *rule, struct span sender, struct span recipient,
			int64_t now_mono_ms)
{
	char text[1024];
	int n;
	int64_t *first;

	if (rule->greylist_ms < 0)
		return false;
	n = snprintf(text, sizeof text, "%.*s %.*s", (int)sender.n, sender.p, (int)recipient.n,
		     recipient.p);
	first = map_get(rule->seen, (struct span){ text, (size_t)n });
	if (first)
		return now_mono_ms - *first < rule->greylist_ms;
	if (map_count(rule->seen) < SEEN_MAX) {
		first = mem_alloc(sizeof *first);
		*first = now_mono_ms;
		(void)map_put(rule->seen, (struct span){ text, (size_t)n }, first);
	}
	return true;
}
