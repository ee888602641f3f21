/* tui_search_line.c - Tab in the line of a search: keys, words they may have, and names
 * that only the daemon knows, as far as it says them within TUI_COMPLETE_MS. */
#include <stdio.h>
#include <string.h>

#include "api/api_json.h"
#include "api/api_names.h"
#include "api/api_term.h"
#include "tui_model.h"
#include "verdict/verdict.h"

#define OFFERS_MAX 200
#define WORD_SIZE 160

/* how the last word of a line could go on */
struct offers {
	struct span beginning;          /* of the line */
	char common[WORD_SIZE];         /* with what all begin that fit */
	size_t count;
	struct buf list;                /* those that fit, a blank between */
};

static void
offer(struct offers *offers, const char *lead, const char *word)
{
	char whole[WORD_SIZE];
	size_t same = 0;

	snprintf(whole, sizeof whole, "%s%s", lead, word);
	if (strncmp(whole, offers->beginning.p, offers->beginning.n) != 0)
		return;
	if (offers->count++ == 0)
		memcpy(offers->common, whole, sizeof whole);
	while (offers->common[same] && offers->common[same] == whole[same])
		same++;
	offers->common[same] = '\0';
	if (offers->count <= OFFERS_MAX)
		(void)buf_printf(&offers->list, "%s%s", offers->list.len ? " " : "",
		                 word[0] ? word : lead);
}

/* last_word - of the line, as far as it was typed. */
static struct span
last_word(const struct tui_search *search)
{
	const char *blank = strrchr(search->line, ' ');

	return span_of(blank ? blank + 1 : search->line);
}

static void
say(struct tui_search *search, enum tui_style style, struct span text)
{
	snprintf(search->hint, sizeof search->hint, "%.*s", (int)text.n, text.p);
	search->hint_style = style;
}

/* apply - what is offered goes into the line as far as it is certain. */
static void
apply(struct tui_search *search, const struct offers *offers)
{
	size_t room = sizeof search->line - search->n, more;
	bool is_key;

	if (offers->count == 0) {
		say(search, TUI_DIM, SPAN_LIT("nothing known begins like that"));
		return;
	}
	more = strlen(offers->common) - offers->beginning.n;
	if (more + 2 < room) {
		memcpy(search->line + search->n, offers->common + offers->beginning.n, more + 1);
		search->n += more;
	}
	is_key = search->n > 0 && search->line[search->n - 1] == ':';
	search->hint[0] = '\0';
	if (offers->count > 1) {
		say(search, TUI_PLAIN, buf_span(&offers->list));
	} else if (!is_key && more + 2 < room) {
		search->line[search->n++] = ' ';
		search->line[search->n] = '\0';
	}
}

/* ---- what needs nobody -------------------------------------------------------------- */

static void
offer_statuses(struct offers *offers)
{
	const struct api_status *status;

	for (size_t i = 0; (status = api_status_at(i)) != NULL; i++)
		offer(offers, "status:", status->name);
	offer(offers, "status:", "waiting");
}

static void
offer_categories(struct offers *offers)
{
	for (int i = VERDICT_NONE + 1; i < VERDICT_CATEGORY_COUNT; i++)
		offer(offers, "category:", verdict_category_name((enum verdict_category)i));
}

static void
offer_times(struct offers *offers, const char *lead)
{
	static const char *const times[] = { "1h", "24h", "7d", "30d", "today", "yesterday" };

	for (size_t i = 0; i < sizeof times / sizeof *times; i++)
		offer(offers, lead, times[i]);
}

const char *
tui_search_key(size_t i)
{
	static const enum api_term_key keys[] = {
		API_TERM_TO, API_TERM_FROM, API_TERM_DOMAIN, API_TERM_STATUS, API_TERM_CRED,
		API_TERM_MSGID, API_TERM_ID, API_TERM_CODE, API_TERM_IP, API_TERM_SINCE,
		API_TERM_UNTIL, API_TERM_SUBJECT, API_TERM_CATEGORY, API_TERM_TAG,
	};

	return i < sizeof keys / sizeof *keys ? api_term_key_name(keys[i]) : "";
}

static void
offer_keys(struct offers *offers)
{
	for (size_t i = 0; tui_search_key(i)[0]; i++) {
		char lead[32];

		snprintf(lead, sizeof lead, "%s:", tui_search_key(i));
		offer(offers, lead, "");
	}
}

static bool
begins(struct span word, const char *lead)
{
	return word.n >= strlen(lead) && memcmp(word.p, lead, strlen(lead)) == 0;
}

static void
offer_known(struct offers *offers)
{
	if (begins(offers->beginning, "status:"))
		offer_statuses(offers);
	else if (begins(offers->beginning, "category:"))
		offer_categories(offers);
	else if (begins(offers->beginning, "since:"))
		offer_times(offers, "since:");
	else if (begins(offers->beginning, "until:"))
		offer_times(offers, "until:");
	else
		offer_keys(offers);
}

/* ---- what the daemon knows -------------------------------------------------------------- */

static const struct source {
	const char *lead, *method, *key;
	const char *match;           /* parameter that narrows to a beginning; NULL: none */
} sources[] = {
	{ "cred:", "credential.list", "name", NULL },
	{ "domain:", "queue.list", "key", "match" },
};

static const struct source *
source_of(struct span word)
{
	for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
		if (begins(word, sources[i].lead))
			return &sources[i];
	return NULL;
}

static void
take_names(struct tui_model *model, const struct tui_request *request, const json_t *result,
           const struct api_error *error)
{
	struct tui_search *search = &model->search;
	const json_t *items = json_object_get(result, "items"), *item;
	struct offers offers = { .beginning = last_word(search) };
	const struct source *source = source_of(offers.beginning);
	size_t i;

	if (request->serial != search->completing)
		return; /* another key was pressed, or it came too late */
	search->completing = 0;
	if (error || !source) {
		say(search, TUI_BAD, span_of(error ? error->message : ""));
		return;
	}
	buf_init(&offers.list, (size_t)64 << 10);
	json_array_foreach(items, i, item)
		offer(&offers, source->lead, tui_text_of(item, source->key));
	apply(search, &offers);
	buf_deinit(&offers.list);
}

static void
ask_names(struct tui_model *model, const struct source *source, struct span word)
{
	struct tui_search *search = &model->search;
	size_t lead = strlen(source->lead);
	json_t *params = json_object();
	char pattern[WORD_SIZE];

	if (source->match) {
		snprintf(pattern, sizeof pattern, "%.*s*", (int)(word.n - lead), word.p + lead);
		api_json_put_text(params, source->match, pattern);
		api_json_put_int(params, "limit", OFFERS_MAX);
	}
	search->completing_mono_ms = model->now_mono_ms;
	search->completing =
		tui_model_request(model, source->method, params, "", take_names)->serial;
	say(search, TUI_DIM, SPAN_LIT("..."));
}

void
tui_search_complete(struct tui_model *model)
{
	struct tui_search *search = &model->search;
	struct offers offers = { .beginning = last_word(search) };
	const struct source *source = source_of(offers.beginning);

	if (source && model->link == TUI_LINK_LIVE) {
		ask_names(model, source, offers.beginning);
		return;
	}
	buf_init(&offers.list, (size_t)64 << 10);
	offer_known(&offers);
	apply(search, &offers);
	buf_deinit(&offers.list);
}

void
tui_search_tick(struct tui_model *model)
{
	struct tui_search *search = &model->search;

	if (!search->completing ||
	    model->now_mono_ms - search->completing_mono_ms <= TUI_COMPLETE_MS)
		return;
	tui_model_cancel(model, search->completing);
	search->completing = 0;
	say(search, TUI_WARN, SPAN_LIT("relayd does not say within 300 ms: type on"));
}
