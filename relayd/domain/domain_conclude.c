/* domain_conclude.c - see domain_conclude.h.
 *
 * The sentence of the whole begins with what becomes of mail, when that is known to be bad; "Yes"
 * is said only when everybody who was to be asked has answered. */
#include "domain/domain_conclude.h"

#include <string.h>

#define PROBLEMS_MAX 32
#define DOUBTS_MAX 32
#define SERVERS_MAX 32

/* ---- what becomes of mail ------------------------------------------------------------------ */

/* whose - "all mail from shop.example", or only what leaves by some of the addresses */
static const char *
whose(const struct domain_report *report)
{
	size_t failing = 0, from = 0;
	const char *first = NULL;

	for (size_t i = 0; i < report->spfs; i++) {
		if (strcmp(report->spf[i].identity, "from") != 0)
			continue;
		from++;
		if (report->spf[i].outcome.result == SPF_PASS)
			continue;
		if (failing++ == 0)
			first = report->spf[i].address;
	}
	if (failing == from)
		return arena_printf(report->arena, "all mail from %s", report->domain);
	if (failing == 1)
		return arena_printf(report->arena, "mail from %s that leaves by %s", report->domain,
				    first);
	return arena_printf(report->arena, "mail from %s that leaves by %s and %zu other addresses",
			    report->domain, first, failing - 1);
}

static const char *
say_verdict(const struct domain_report *report)
{
	const struct domain_dmarc *dmarc = &report->dmarc;
	static const char *const effects[DMARC_POLICY_COUNT][2] = {
		[DMARC_NONE] = { "Gmail and others reject or junk ",
				 "Gmail and others reject or junk " },
		[DMARC_QUARANTINE] = { "Receivers put into spam folders ",
				       "Many receivers put into spam folders " },
		[DMARC_REJECT] = { "Receivers reject ",
				   "Receivers reject or put into spam folders " },
	};

	if (dmarc->policy_domain == NULL)
		return arena_printf(
			report->arena,
			"Gmail, Yahoo and Outlook reject or junk %s now: neither SPF nor "
			"DKIM passes.",
			whose(report));
	return arena_printf(report->arena,
			    "%s%s now: it fails DMARC, since neither SPF nor DKIM passes, and the "
			    "policy of %s is p=%s%s.",
			    effects[dmarc->policy][dmarc->is_testing], whose(report),
			    dmarc->policy_domain, dmarc_policy_name(dmarc->policy),
			    dmarc->is_testing ? " (t=y)" : "");
}

static void
judge_mail(struct domain_report *report)
{
	const struct domain_dmarc *dmarc = &report->dmarc;
	bool passes = dmarc->is_dkim_passing || dmarc->is_spf_passing;

	report->is_verdict_certain =
		passes || (dmarc->is_dkim_certain && dmarc->is_spf_certain &&
			   (dmarc->policy_domain != NULL || dmarc->why == NULL));
	if (!passes && report->is_verdict_certain)
		report->verdict = say_verdict(report);
}

/* say_risk - what is at stake when nobody knows; " ..." or "" */
static const char *
say_risk(const struct domain_report *report)
{
	const struct domain_dmarc *dmarc = &report->dmarc;

	if (report->is_verdict_certain || dmarc->policy_domain == NULL ||
	    dmarc->policy == DMARC_NONE || dmarc->is_dkim_certain == dmarc->is_spf_certain)
		return "";
	return arena_printf(
		report->arena,
		" %s fails; if %s does not pass either, receivers %s all mail from here "
		"(p=%s).",
		dmarc->is_dkim_certain ? "DKIM" : "SPF", dmarc->is_dkim_certain ? "SPF" : "DKIM",
		dmarc->policy == DMARC_REJECT ? "reject" : "put into spam folders",
		dmarc_policy_name(dmarc->policy));
}

/* ---- what could not be asked ---------------------------------------------------------------- */
struct asked { /* one server, over all records */
	const char *server;
	bool is_own;
	size_t records, failed;
	size_t gaps; /* failed where another answered */
	const char *reason;
	const struct domain_finding *gap;
};

static bool
is_deaf(const struct asked *asked)
{
	return asked->failed == asked->records;
}

static struct asked *
find_asked(struct asked *list, size_t *count, const struct domain_answer *answer)
{
	size_t i = 0;

	while (i < *count &&
	       (list[i].is_own != answer->is_own || strcmp(list[i].server, answer->server) != 0))
		i++;
	if (i == SERVERS_MAX)
		return NULL;
	if (i == *count)
		list[(*count)++] =
			(struct asked){ .server = answer->server, .is_own = answer->is_own };
	return &list[i];
}

static void
count_finding(const struct domain_finding *finding, struct asked *list, size_t *count)
{
	for (size_t i = 0; i < finding->answers; i++) {
		const struct domain_answer *answer = &finding->answer[i];
		struct asked *asked = find_asked(list, count, answer);

		if (asked == NULL)
			continue;
		asked->records++;
		if (answer->set.status != RESOLVE_FAILED)
			continue;
		if (asked->failed++ == 0)
			asked->reason = answer->set.why ? answer->set.why : DOMAIN_NO_ANSWER;
		if (finding->state == DOMAIN_UNREADABLE || finding->is_optional)
			continue;
		if (asked->gaps++ == 0)
			asked->gap = finding;
	}
}

static void
add_doubt(struct domain_report *report, const char *text)
{
	if (report->doubts < DOUBTS_MAX)
		report->doubt[report->doubts++] = text;
}

static void
add_silence(struct domain_report *report, const struct asked *asked)
{
	bool is_silent = strcmp(asked->reason, DOMAIN_NO_ANSWER) == 0 ||
			 strcmp(asked->reason, DOMAIN_NO_ANSWER_BEFORE) == 0;
	bool is_dead = is_deaf(asked);

	add_doubt(report, arena_printf(report->arena, "%s, %s, %s%s%s%s%s%s%s.", asked->server,
				       asked->is_own ? "a server of the zone" : "a resolver",
				       is_dead && is_silent ? "is silent" : "gave no answer",
				       is_dead ? "" : " for ", is_dead ? "" : asked->gap->name,
				       is_dead ? "" : " ", is_dead ? "" : asked->gap->type,
				       is_silent ? "" : ": ", is_silent ? "" : asked->reason));
}

struct silence {
	size_t servers, silent; /* silent: to one record that others knew of, at least */
	bool is_total;		/* nobody said anything */
};

static struct silence
doubt_servers(struct domain_report *report)
{
	struct asked list[SERVERS_MAX];
	struct silence silence = { .is_total = true };

	for (size_t i = 0; i < report->findings; i++)
		count_finding(&report->finding[i], list, &silence.servers);
	for (size_t i = 0; i < silence.servers; i++) {
		silence.is_total &= is_deaf(&list[i]);
		if (!is_deaf(&list[i]) && list[i].gaps == 0)
			continue;
		add_silence(report, &list[i]);
		silence.silent++;
	}
	silence.is_total &= silence.servers > 0;
	return silence;
}

/* doubt_zone - a zone whose own servers nobody could name: caches are all that was asked */
static bool
doubt_zone(struct domain_report *report)
{
	for (size_t i = 0; i < report->findings; i++) {
		const struct domain_finding *finding = &report->finding[i];
		bool has_own = false;

		for (size_t k = 0; k < finding->answers; k++)
			has_own |= finding->answer[k].is_own;
		if (has_own || finding->is_optional || finding->state == DOMAIN_UNREADABLE)
			continue;
		add_doubt(report, arena_printf(report->arena,
					       "The zone's own servers for %s could not be found: "
					       "only resolvers were asked.",
					       finding->name));
		return true;
	}
	return false;
}

/* find_doubts - "1 of 3 servers gave no answer, and ..."; NULL: there is none */
static const char *
find_doubts(struct domain_report *report, bool *is_total_out)
{
	struct silence silence = doubt_servers(report);
	bool lacks_zone = doubt_zone(report);
	const char *text = NULL;

	*is_total_out = silence.is_total;
	if (silence.silent > 0)
		text = arena_printf(report->arena, "%zu of %zu servers gave no answer",
				    silence.silent, silence.servers);
	if (lacks_zone)
		text = arena_printf(report->arena, "%s%sthe zone's own servers could not be found",
				    text ? text : "", text ? ", and " : "");
	if (report->spf_why == NULL)
		return text;
	add_doubt(report, report->spf_why);
	return arena_printf(report->arena, "%s%sSPF could not be evaluated", text ? text : "",
			    text ? ", and " : "");
}

/* ---- the whole ------------------------------------------------------------------------------ */
static void
add_problem(struct domain_report *report, const char *text)
{
	if (report->problems < PROBLEMS_MAX)
		report->problem[report->problems++] = text;
}

struct tally {				    /* of the records that mail needs */
	size_t required, bad, unreadable;   /* bad: all that are not ok */
	const struct domain_finding *first; /* of the worst */
};

static struct tally
tally(struct domain_report *report)
{
	struct tally tally = { 0 };

	for (size_t i = 0; i < report->findings; i++) {
		const struct domain_finding *finding = &report->finding[i];

		if (finding->is_optional)
			continue;
		tally.required++;
		if (finding->state == DOMAIN_OK)
			continue;
		add_problem(report, finding->sentence);
		tally.bad++;
		tally.unreadable += finding->state == DOMAIN_UNREADABLE;
		if (finding->state > report->state)
			report->state = finding->state;
		if (tally.first == NULL || finding->state > tally.first->state)
			tally.first = finding;
	}
	return tally;
}

static const char *
say_right(const struct domain_report *report, const struct tally *tally, const char *doubts)
{
	const char *open = report->open_to;

	if (doubts != NULL)
		return arena_printf(report->arena,
				    "Not certain. All %zu records of %s that mail needs are right "
				    "where they were seen, but %s.%s%s%s",
				    tally->required, report->domain, doubts, open ? " And " : "",
				    open ? open : "", open ? "." : "");
	if (open != NULL)
		return arena_printf(report->arena,
				    "Yes, but %s. All %zu records of %s that mail needs are there.",
				    open, tally->required, report->domain);
	return arena_printf(report->arena,
			    "Yes. %s is ready: all %zu records that mail needs are right%s.",
			    report->domain, tally->required,
			    report->dmarc.is_dkim_passing && report->dmarc.is_spf_passing
				    ? ", and it passes DMARC by SPF and by DKIM"
				    : "");
}

/* say_counts - "2 of the 4 records ... are not right, and 1 cannot be read" */
static const char *
say_counts(const struct domain_report *report, const struct tally *tally)
{
	size_t wrong = tally->bad - tally->unreadable;
	const char *of = arena_printf(report->arena, "of the %zu records of %s that mail needs",
				      tally->required, report->domain);

	if (wrong == 0)
		return arena_printf(report->arena, "%zu %s cannot be read", tally->unreadable, of);
	if (tally->unreadable == 0)
		return arena_printf(report->arena, "%zu %s %s not right", wrong, of,
				    wrong == 1 ? "is" : "are");
	return arena_printf(report->arena, "%zu %s %s not right, and %zu cannot be read", wrong, of,
			    wrong == 1 ? "is" : "are", tally->unreadable);
}

static const char *
say_wrong(const struct domain_report *report, const struct tally *tally)
{
	const char *verdict = report->verdict;

	return arena_printf(report->arena, "%s %s%s%s. %s%s",
			    verdict != NULL			 ? "No."
			    : report->state == DOMAIN_SPREADING	 ? "Not yet."
			    : report->state == DOMAIN_UNREADABLE ? "Unknown."
								 : "No.",
			    verdict ? verdict : "", verdict ? " " : "", say_counts(report, tally),
			    tally->first->sentence, say_risk(report));
}

void
domain_conclude(struct domain_report *report)
{
	const char *doubts;
	struct tally all;
	bool is_total;

	report->problem = arena_alloc(report->arena, PROBLEMS_MAX * sizeof *report->problem);
	report->doubt = arena_alloc(report->arena, DOUBTS_MAX * sizeof *report->doubt);
	judge_mail(report);
	if (report->verdict != NULL)
		add_problem(report, report->verdict);
	all = tally(report);
	if (report->open_to != NULL)
		add_problem(report, arena_printf(report->arena, "%s.", report->open_to));
	doubts = find_doubts(report, &is_total);
	if (is_total)
		report->sentence = arena_printf(report->arena,
						"Unknown. None of the servers gave an answer, so "
						"nothing can be said of the "
						"records of %s.",
						report->domain);
	else if (all.bad == 0)
		report->sentence = say_right(report, &all, doubts);
	else
		report->sentence = say_wrong(report, &all);
}
