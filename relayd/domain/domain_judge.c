/* domain_judge.c - see domain_judge.h. One row of `purposes` for each kind of record: how to judge
 * an answer, and the words for each state. */
#include "domain/domain_judge.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "policy/dkim_record.h"
#include "policy/tls_record.h"

#define TEXT_MAX (64 * 1024)
#define EVERY_MAX 8

/* what a judge says of the records of a set; *reason_out (arena) of anything but OK */
typedef enum domain_state (*judge_fn)(const struct domain_finding *finding,
				      const struct resolve_set *set, struct arena *arena,
				      const char **reason_out);
typedef bool (*counts_fn)(struct span txt);

struct purpose {
	const char *purpose, *type;
	judge_fn judge;
	counts_fn counts;    /* which TXT values are such records; NULL: all are */
	const char *what;    /* "%s" is the finding's name or label */
	const char *missing; /* effects */
	const char *different;
	const char *several; /* receivers ignore all of them, and this; NULL: who knows */
};

static const struct purpose *find_purpose(const struct domain_finding *finding);

void
domain_judge_warn(struct domain_finding *finding, const char *text)
{
	for (size_t i = 0; i < finding->warnings; i++)
		if (strcmp(finding->warning[i], text) == 0)
			return;
	if (finding->warnings < DOMAIN_WARNINGS_MAX)
		finding->warning[finding->warnings++] = text;
}

/* count - records of the set that count; the first of them */
static size_t
count(const struct domain_finding *finding, const struct resolve_set *set, struct span *first_out)
{
	const struct purpose *purpose = find_purpose(finding);
	size_t n = 0;

	for (size_t i = 0; i < set->count; i++) {
		if (purpose->counts != NULL && !purpose->counts(set->record[i].data))
			continue;
		if (n++ == 0)
			*first_out = set->record[i].data;
	}
	return n;
}

/* one_text - the only record that counts. OK: there it is */
static enum domain_state
one_text(const struct domain_finding *finding, const struct resolve_set *set, struct arena *arena,
	 struct span *text_out, const char **reason_out)
{
	size_t n = count(finding, set, text_out);
	const char *several;

	if (n == 1)
		return DOMAIN_OK;
	if (n > 1) {
		several = find_purpose(finding)->several;
		*reason_out =
			arena_printf(arena, "there are %zu of them, and %s%s%s", n,
				     several == NULL ? "only one may be" : "receivers ignore ",
				     several == NULL ? ""
				     : n == 2	     ? "both"
						     : "all",
				     several == NULL ? "" : several);
		return DOMAIN_DIFFERENT;
	}
	*reason_out = set->count > 0			? "there are only other TXT records"
		      : set->status == RESOLVE_NXDOMAIN ? "NXDOMAIN"
							: "no such record";
	return DOMAIN_MISSING;
}

/* ---- one judge a purpose -------------------------------------------------------------------- */
static enum domain_state
judge_key(const struct domain_finding *finding, const struct resolve_set *set, struct arena *arena,
	  const char **reason_out)
{
	struct dkim_record ours, theirs;
	struct span text;
	struct err err;
	enum domain_state state = one_text(finding, set, arena, &text, reason_out);

	if (state != DOMAIN_OK)
		return state;
	if (dkim_record_parse(text, &theirs, &err) < 0)
		*reason_out = arena_strdup(arena, err.text);
	else if (theirs.is_revoked)
		*reason_out = "the key is revoked (p= is empty)";
	else if (dkim_record_parse(span_of(finding->expected), &ours, &err) < 0)
		*reason_out = arena_strdup(arena, err.text);
	else if (!dkim_record_is_same_key(&ours, &theirs))
		*reason_out = "it is another key than the one that signs";
	else if (!theirs.takes_sha256)
		*reason_out = "h= does not allow sha256";
	else if (!theirs.takes_email)
		*reason_out = "s= does not allow email";
	else
		return DOMAIN_OK;
	return DOMAIN_DIFFERENT;
}

static enum domain_state
judge_spf(const struct domain_finding *finding, const struct resolve_set *set, struct arena *arena,
	  const char **reason_out)
{
	struct spf_record record;
	struct span text;
	struct err err;
	enum domain_state state = one_text(finding, set, arena, &text, reason_out);

	if (state == DOMAIN_OK && spf_parse(text, &record, &err) < 0) {
		*reason_out = arena_strdup(arena, err.text);
		return DOMAIN_DIFFERENT;
	}
	return state;
}

static enum domain_state
judge_mx(const struct domain_finding *finding, const struct resolve_set *set, struct arena *arena,
	 const char **reason_out)
{
	struct span host;

	(void)span_cut(span_of(finding->expected), ' ', &host);
	for (size_t i = 0; i < set->count; i++)
		if (span_equals_nocase(set->record[i].data, host))
			return DOMAIN_OK;
	*reason_out = set->status == RESOLVE_NXDOMAIN ? "NXDOMAIN" : "no MX record";
	if (set->count == 0)
		return DOMAIN_MISSING;
	*reason_out = arena_printf(arena, "its MX is %s", domain_judge_text(finding, set, arena));
	return DOMAIN_DIFFERENT;
}

static enum domain_state
judge_dmarc(const struct domain_finding *finding, const struct resolve_set *set,
	    struct arena *arena, const char **reason_out)
{
	struct dmarc_record record;
	struct span text;
	char sentence[256] = "";
	enum domain_state state = one_text(finding, set, arena, &text, reason_out);

	if (state != DOMAIN_OK)
		return state;
	(void)dmarc_record_parse(text, &record);
	if (record.is_usable)
		return DOMAIN_OK;
	for (size_t i = 0; i < record.faults && sentence[0] == '\0'; i++)
		if (record.fault[i].kind == DMARC_FAULT_VALUE ||
		    record.fault[i].kind == DMARC_FAULT_NO_POLICY)
			dmarc_fault_text(&record.fault[i], sentence, sizeof sentence);
	*reason_out = arena_printf(arena, "%s; receivers ignore the record", sentence);
	return DOMAIN_DIFFERENT;
}

static enum domain_state
judge_permission(const struct domain_finding *finding, const struct resolve_set *set,
		 struct arena *arena, const char **reason_out)
{
	struct span text;

	return one_text(finding, set, arena, &text, reason_out);
}

static enum domain_state
judge_tls(const struct domain_finding *finding, const struct resolve_set *set, struct arena *arena,
	  const char **reason_out)
{
	struct span text, value;
	struct err err;
	enum domain_state state = one_text(finding, set, arena, &text, reason_out);
	int rc;

	if (state != DOMAIN_OK)
		return state;
	rc = strcmp(finding->purpose, "mta_sts") == 0 ? tls_record_parse_sts(text, &value, &err)
						      : tls_record_parse_report(text, &value, &err);
	if (rc == 0)
		return DOMAIN_OK;
	*reason_out = arena_strdup(arena, err.text);
	return DOMAIN_DIFFERENT;
}

static const struct purpose purposes[] = {
	{ "dkim", "TXT", judge_key, NULL, "The DKIM key %s",
	  "Receivers cannot verify what the relay signs with it.",
	  "Every signature that the relay makes with it fails.", NULL },
	{ "spf", "TXT", judge_spf, spf_is_record, "The SPF record of %s",
	  "Receivers cannot tell that the relay may send as the domain; Gmail and Yahoo want SPF "
	  "or "
	  "DKIM from everybody, and both from who sends much.",
	  "Receivers see the relay as one who may not send as the domain.", " (SPF: permerror)" },
	{ "return_path", "MX", judge_mx, NULL, "The MX record of %s",
	  "None yet: this version sends on with the sender that the application gives.",
	  "None yet: this version sends on with the sender that the application gives.", NULL },
	{ "return_path", "TXT", judge_spf, spf_is_record, "The SPF record of %s",
	  "None yet: this version sends on with the sender that the application gives.",
	  "None yet: this version sends on with the sender that the application gives.",
	  " (SPF: permerror)" },
	{ "dmarc", "TXT", judge_dmarc, dmarc_record_is, "The DMARC record of %s",
	  "Gmail, Yahoo and Outlook refuse much mail from domains without one, and nobody is asked "
	  "to refuse what others send as the domain.",
	  "Receivers act as if there were none: Gmail, Yahoo and Outlook refuse much mail then.",
	  "" },
	{ "dmarc_report", "TXT", judge_permission, dmarc_record_is, "The permission %s",
	  "Nobody sends DMARC reports there.", "Nobody sends DMARC reports there.", "" },
	{ "mta_sts", "TXT", judge_tls, tls_record_is_sts, "The MTA-STS record of %s", NULL,
	  "Whoever sends to the domain sees no MTA-STS policy.", "" },
	{ "tls_report", "TXT", judge_tls, tls_record_is_report, "The TLS report record of %s", NULL,
	  "Nobody sends TLS reports.", "" },
};

static const struct purpose *
find_purpose(const struct domain_finding *finding)
{
	size_t i = 0;

	while (i + 1 < sizeof purposes / sizeof *purposes &&
	       (strcmp(purposes[i].purpose, finding->purpose) != 0 ||
		strcmp(purposes[i].type, finding->type) != 0))
		i++;
	return &purposes[i];
}

/* ---- answers ----------------------------------------------------------------------------------
 */
void
domain_judge_answer(const struct domain_finding *finding, struct domain_answer *answer,
		    struct arena *arena)
{
	answer->reason = NULL;
	if (answer->set.status == RESOLVE_FAILED) {
		answer->state = DOMAIN_UNREADABLE;
		answer->reason = answer->set.why ? answer->set.why : "no answer";
		return;
	}
	answer->state = find_purpose(finding)->judge(finding, &answer->set, arena, &answer->reason);
	if (answer->state == DOMAIN_OK)
		answer->reason = NULL;
}

static const char *
shown_text(struct span text, struct arena *arena)
{
	const char *copy;
	struct buf shown;

	buf_init(&shown, TEXT_MAX * 4);
	(void)utf8_repair(text, &shown);
	copy = arena_span(arena, buf_span(&shown));
	buf_deinit(&shown);
	return copy;
}

const char *
domain_judge_text(const struct domain_finding *finding, const struct resolve_set *set,
		  struct arena *arena)
{
	struct span text = SPAN_EMPTY;

	if (set->count == 0)
		return NULL;
	if (strcmp(finding->type, "MX") == 0)
		return arena_printf(arena, "%u %s", set->record[0].preference,
				    set->record[0].data.n > 0 ? set->record[0].data.p : ".");
	return count(finding, set, &text) > 0 ? shown_text(text, arena) : NULL;
}

/* keep_every - of several records where only one may be */
static void
keep_every(struct domain_finding *finding, const struct resolve_set *set, struct arena *arena)
{
	const struct purpose *purpose = find_purpose(finding);
	struct span first;
	const char **every;

	if (strcmp(finding->type, "MX") == 0 || count(finding, set, &first) < 2)
		return;
	every = arena_alloc(arena, EVERY_MAX * sizeof *every);
	for (size_t i = 0; i < set->count && finding->everys < EVERY_MAX; i++)
		if (purpose->counts == NULL || purpose->counts(set->record[i].data))
			every[finding->everys++] = shown_text(set->record[i].data, arena);
	finding->every = every;
}

static size_t
first_difference(const char *a, const char *b)
{
	size_t i = 0;

	while (a[i] != '\0' && a[i] == b[i])
		i++;
	return i;
}

void
domain_judge_finding(struct domain_finding *finding, struct arena *arena)
{
	size_t states[DOMAIN_STATE_COUNT] = { 0 };
	const struct domain_answer *shown = NULL;

	for (size_t i = 0; i < finding->answers; i++) {
		const struct domain_answer *answer = &finding->answer[i];

		states[answer->state]++;
		if (answer->set.count > 0 && (shown == NULL || (answer->state == DOMAIN_DIFFERENT &&
								shown->state != DOMAIN_DIFFERENT)))
			shown = answer;
	}
	if (states[DOMAIN_OK] > 0 && states[DOMAIN_MISSING] + states[DOMAIN_DIFFERENT] > 0)
		finding->state = DOMAIN_SPREADING;
	else if (states[DOMAIN_OK] > 0)
		finding->state = DOMAIN_OK;
	else if (states[DOMAIN_DIFFERENT] > 0)
		finding->state = DOMAIN_DIFFERENT;
	else if (states[DOMAIN_MISSING] > 0)
		finding->state = DOMAIN_MISSING;
	else
		finding->state = DOMAIN_UNREADABLE;
	finding->found = shown ? domain_judge_text(finding, &shown->set, arena) : NULL;
	finding->everys = 0;
	if (shown != NULL)
		keep_every(finding, &shown->set, arena);
	if (finding->found != NULL)
		finding->differs_at = first_difference(finding->expected, finding->found);
}

/* ---- words --------------------------------------------------------------------------------------
 */

/* subject - "The DKIM key k1" */
static const char *
subject(const struct domain_finding *finding, const char *domain, struct arena *arena)
{
	const char *name = finding->name, *what = find_purpose(finding)->what;
	struct span label = span_of(name), rest;
	size_t n = strlen(what) - 2;

	if (strcmp(finding->purpose, "dkim") == 0)
		label = span_cut(span_of(name), '.', &rest);
	else if (strcmp(finding->purpose, "spf") != 0 &&
		 strcmp(finding->purpose, "return_path") != 0 &&
		 strcmp(finding->purpose, "dmarc_report") != 0)
		label = span_of(domain);
	return arena_printf(arena, "%.*s%.*s", (int)n, what, (int)label.n, label.p);
}

static const char *
reason_of(const struct domain_finding *finding, enum domain_state state)
{
	for (size_t i = 0; i < finding->answers; i++)
		if (finding->answer[i].state == state && finding->answer[i].reason != NULL)
			return finding->answer[i].reason;
	return "";
}

/* say_spreading - whose fault it is: the zone's own servers do not agree, or resolvers still
 * remember */
static void
say_spreading(struct domain_finding *finding, const char *what, struct arena *arena)
{
	size_t has = 0, asked = 0, own_has = 0, own = 0;
	const char *without = NULL;
	uint32_t ttl_sec = 0;

	for (size_t i = 0; i < finding->answers; i++) {
		const struct domain_answer *answer = &finding->answer[i];

		if (answer->state == DOMAIN_UNREADABLE)
			continue;
		asked++;
		own += answer->is_own;
		has += answer->state == DOMAIN_OK;
		own_has += answer->is_own && answer->state == DOMAIN_OK;
		if (answer->state != DOMAIN_OK && (without == NULL || answer->is_own))
			without = answer->server;
		if (answer->state != DOMAIN_OK && answer->ttl_sec > ttl_sec)
			ttl_sec = answer->ttl_sec;
	}
	finding->sentence = arena_printf(
		arena, "%s is not everywhere yet: %zu of %zu servers have it.", what, has, asked);
	finding->effect = "Receivers that ask by way of the others do not see it.";
	if (own_has < own)
		finding->todo =
			arena_printf(arena,
				     "The zone's own servers do not agree; %s is behind: look "
				     "at its zone transfer.",
				     without);
	else
		finding->todo =
			arena_printf(arena,
				     "Wait: %s remembers an older answer, for %u seconds at "
				     "most.",
				     without, ttl_sec);
}

/* effect_of - of a record that is missing or wrong */
static const char *
effect_of(const struct domain_finding *finding)
{
	const struct purpose *purpose = find_purpose(finding);
	const char *usual =
		finding->state == DOMAIN_MISSING ? purpose->missing : purpose->different;
	struct dkim_record key;

	if (purpose->judge != judge_key)
		return usual;
	if (finding->is_optional)
		return "None now: the relay does not sign with it.";
	if (dkim_record_parse(span_of(finding->expected), &key, NULL) == 0 &&
	    key.kind == DKIM_RECORD_ED25519)
		return "Small: few receivers verify Ed25519, and those see one signature that "
		       "fails "
		       "beside the RSA one.";
	return usual;
}

void
domain_judge_words(struct domain_finding *finding, const char *domain, const char *reason,
		   struct arena *arena)
{
	const char *what = subject(finding, domain, arena);

	finding->effect = finding->todo = NULL;
	switch (finding->state) {
	case DOMAIN_SPREADING:
		say_spreading(finding, what, arena);
		return;
	case DOMAIN_UNREADABLE:
		finding->sentence =
			arena_printf(arena, "%s cannot be read: %s.", what,
				     reason ? reason : reason_of(finding, DOMAIN_UNREADABLE));
		finding->effect =
			"Receivers that cannot read it either defer the mail, or treat it "
			"as if there were none.";
		finding->todo = "Look at the name servers of the zone, and at the resolvers.";
		return;
	case DOMAIN_MISSING:
		finding->sentence = arena_printf(arena, "%s is missing.", what);
		finding->effect = effect_of(finding);
		finding->todo = arena_printf(arena, "Publish %s: relaycli domain records %s",
					     finding->name, domain);
		return;
	case DOMAIN_DIFFERENT:
		finding->sentence =
			arena_printf(arena, "%s is wrong: %s.", what,
				     reason ? reason : reason_of(finding, DOMAIN_DIFFERENT));
		finding->effect = effect_of(finding);
		finding->todo = arena_printf(arena, "Correct %s: relaycli domain records %s",
					     finding->name, domain);
		return;
	default:
		finding->sentence = arena_printf(arena, "%s is right.", what);
	}
}
