/* tui_action.c - see tui_action.h. The order of rows is that of the last row. */
#include "tui_action.h"

#include <string.h>

#define ON(screen) (1u << (screen))
#define EVERYWHERE (~0u)
#define VIEWS (EVERYWHERE & ~(ON(TUI_HELP) | ON(TUI_OUTPUT)))
#define SORTED (ON(TUI_QUEUES) | ON(TUI_THROTTLES) | ON(TUI_SUPPRESSIONS))
#define NOT_HELP (EVERYWHERE & ~ON(TUI_HELP))
#define LISTS (VIEWS & ~ON(TUI_MESSAGE))
#define ON_ROWS(word) \
	[TUI_QUEUES] = (word), [TUI_THROTTLES] = (word), [TUI_DEFERRALS] = (word), \
	[TUI_LOG] = (word), [TUI_CREDENTIALS] = (word), [TUI_DOMAINS] = (word), \
	[TUI_SUPPRESSIONS] = (word), [TUI_POOLS] = (word)
/* of Suppressions it is one of the screen's own keys */
#define HINT_EXPORT \
	{ [TUI_QUEUES] = "export", [TUI_THROTTLES] = "export", [TUI_DEFERRALS] = "export", \
	  [TUI_LOG] = "export", [TUI_CREDENTIALS] = "export", [TUI_DOMAINS] = "export", \
	  [TUI_POOLS] = "export" }
#define HINT_LISTS(word) { [TUI_OVERVIEW] = (word), ON_ROWS(word), [TUI_SEARCH] = (word) }
#define HINT_FILTERED(word) { [TUI_OVERVIEW] = (word), ON_ROWS(word) }
#define HINT_VIEWS(word) \
	{ [TUI_OVERVIEW] = (word), ON_ROWS(word), [TUI_MESSAGE] = (word), [TUI_SEARCH] = (word) }

static const struct tui_action actions[] = {
	{ TUI_ACT_SCREEN, { '1', '2', '3', '4', '5', '6', '7', '8', '9', '0' }, .label = "1-9",
	  .hint = { [TUI_OVERVIEW] = "screens", [TUI_HELP] = "screens" }, .screens = EVERYWHERE,
	  .help = "screens: 1 Overview 2 Queues 3 Throttles 4 Deferrals 5 Log 6 Search "
	          "7 Credentials 8 Domains 9 Suppressions 0 Pools" },
	{ TUI_ACT_UP, { 'k', TUI_KEY_UP }, .label = "↑↓", .ascii = "Up/Down",
	  .hint = { [TUI_MESSAGE] = "rcpt" }, .screens = ON(TUI_MESSAGE),
	  .help = "the recipient before; of a single one, its timeline" },
	{ TUI_ACT_DOWN, { 'j', TUI_KEY_DOWN }, .label = "j ↓", .ascii = "j Down",
	  .screens = ON(TUI_MESSAGE), .help = "the next recipient; of a single one, its timeline" },
	{ TUI_ACT_BEFORE, { '[' }, .label = "[ ]", .hint = { [TUI_MESSAGE] = "prev/next" },
	  .screens = ON(TUI_MESSAGE),
	  .help = "the message before, of the list it was opened from" },
	{ TUI_ACT_AFTER, { ']' }, .label = "]", .screens = ON(TUI_MESSAGE),
	  .help = "the next message of that list" },
	{ TUI_ACT_FOLLOW, { 'f' }, .label = "f", .hint = { [TUI_LOG] = "follow" },
	  .screens = ON(TUI_LOG), .help = "follow the newest event, or stand still" },
	{ TUI_ACT_NEW, { 'N' }, .label = "N", .hint = { [TUI_SUPPRESSIONS] = "add" },
	  .screens = ON(TUI_SUPPRESSIONS), .changes = true,
	  .help = "no mail to an address, or to everybody at a domain",
	  .relaycli = "suppression add ADDRESS" },
	{ TUI_ACT_REMOVE, { 'X' }, .label = "X", .hint = { [TUI_SUPPRESSIONS] = "remove…" },
	  .screens = ON(TUI_SUPPRESSIONS), .changes = true,
	  .help = "mail to the selected address again, or to all that match the filter",
	  .relaycli = "suppression remove ADDRESS" },
	{ TUI_ACT_CHECK, { 'c' }, .label = "c", .hint = { [TUI_DOMAINS] = "check now" },
	  .screens = ON(TUI_DOMAINS), .help = "ask the DNS now about a domain's records",
	  .relaycli = "domain check DOMAIN" },
	{ TUI_ACT_COPY, { 'y' }, .label = "y", .hint = { [TUI_DOMAINS] = "copy record" },
	  .screens = ON(TUI_DOMAINS),
	  .help = "copy the record to publish, as a line of a zone file" },
	{ TUI_ACT_KEY, { 'K' }, .label = "K", .hint = { [TUI_DOMAINS] = "rotate DKIM key" },
	  .screens = ON(TUI_DOMAINS), .changes = true,
	  .help = "a new DKIM key, which signs once its record is published",
	  .relaycli = "domain dkim rotate DOMAIN" },
	{ TUI_ACT_NEW, { 'N' }, .label = "N",
	  .hint = { [TUI_CREDENTIALS] = "new", [TUI_DOMAINS] = "add" },
	  .screens = ON(TUI_CREDENTIALS) | ON(TUI_DOMAINS), .changes = true,
	  .help = "a new credential, whose password is shown this once; a new domain, with its "
	          "records to publish",
	  .relaycli = "credential create NAME --from @DOMAIN, domain add DOMAIN" },
	{ TUI_ACT_ROTATE, { 'O' }, .label = "O", .hint = { [TUI_CREDENTIALS] = "rotate" },
	  .screens = ON(TUI_CREDENTIALS), .changes = true,
	  .help = "a second password; says who uses the old one, which works on for a while",
	  .relaycli = "credential rotate NAME --overlap 24h" },
	{ TUI_ACT_REMOVE, { 'X' }, .label = "X", .hint = { [TUI_CREDENTIALS] = "revoke" },
	  .screens = ON(TUI_CREDENTIALS) | ON(TUI_DOMAINS), .changes = true,
	  .help = "end a credential for good, and keep, hold or bounce what waits of it; remove "
	          "a domain",
	  .relaycli = "credential revoke NAME --queued hold, domain remove DOMAIN" },
	{ TUI_ACT_PANE, { '\t' }, .label = "Tab", .hint = { [TUI_SEARCH] = "complete" },
	  .screens = ON(TUI_SEARCH),
	  .help = "in the line: how its last word goes on; among results: back to the line" },
	{ TUI_ACT_OPEN, { TUI_KEY_ENTER }, .label = "⏎", .ascii = "Enter",
	  .hint = { [TUI_OVERVIEW] = "open", [TUI_QUEUES] = "messages", [TUI_LOG] = "message",
	            [TUI_SEARCH] = "run/open", [TUI_SUPPRESSIONS] = "evidence",
	            [TUI_POOLS] = "detail", [TUI_THROTTLES] = "explain",
	            [TUI_CREDENTIALS] = "what was sent", [TUI_DEFERRALS] = "messages" },
	  .screens = VIEWS & ~ON(TUI_MESSAGE),
	  .help = "open: a provider's events, what needs attention, a queue's messages, a limit's "
	          "history, a refusal's messages, a message" },
	{ TUI_ACT_IMPORT, { 'I' }, .label = "I", .hint = { [TUI_SUPPRESSIONS] = "import" },
	  .screens = ON(TUI_SUPPRESSIONS), .changes = true,
	  .help = "read a file into the list: type its name behind the command",
	  .relaycli = "suppression import FILE" },
	{ TUI_ACT_EXPORT, { 'e' }, .label = "e", .hint = { [TUI_SUPPRESSIONS] = "export" },
	  .screens = ON(TUI_SUPPRESSIONS),
	  .help = "write the whole suppression list to a new file, which import reads back",
	  .relaycli = "suppression export" },
	{ TUI_ACT_EDIT, { 'E' }, .label = "E", .hint = { [TUI_CREDENTIALS] = "limits" },
	  .screens = ON(TUI_CREDENTIALS) | ON(TUI_DOMAINS), .changes = true,
	  .help = "what a credential may: senders, rate, quota, pool, networks, end, ...; what "
	          "becomes of a domain's mail that fails DMARC",
	  .relaycli = "credential limit NAME rate=50/s, domain limit DOMAIN dmarc-fail=hold" },
	{ TUI_ACT_END_KEY, { 'D' }, .label = "D",
	  .screens = ON(TUI_CREDENTIALS) | ON(TUI_DOMAINS), .changes = true,
	  .help = "end one password of a credential; delete a DKIM key",
	  .relaycli = "credential retire NAME KEY, domain dkim remove DOMAIN SELECTOR" },
	{ TUI_ACT_BEFORE, { '[' }, .label = "[", .screens = ON(TUI_DOMAINS),
	  .help = "the thing to fix before" },
	{ TUI_ACT_AFTER, { ']' }, .label = "]", .screens = ON(TUI_DOMAINS),
	  .help = "the next thing to fix" },
	{ TUI_ACT_INCIDENT, { 'I' }, .label = "I", .screens = ON(TUI_CREDENTIALS),
	  .changes = true,
	  .help = "its password leaked: hold what waits, revoke it, make a successor",
	  .relaycli = "credential compromised NAME" },
	{ TUI_ACT_WARMUP, { 'W' }, .label = "W", .hint = { [TUI_POOLS] = "warm-up…" },
	  .screens = ON(TUI_POOLS), .changes = true,
	  .help = "an address's warm-up: pause, resume, or set its day",
	  .relaycli = "pool warmup set|pause|resume IP" },
	{ TUI_ACT_SWITCH, { 'O' }, .label = "O", .hint = { [TUI_POOLS] = "on/off" },
	  .screens = ON(TUI_POOLS), .changes = true,
	  .help = "switch an address off (asks for how long and why), or on again",
	  .relaycli = "pool ip off|on IP" },
	{ TUI_ACT_CHECK, { 'c' }, .label = "c", .hint = { [TUI_POOLS] = "check lists" },
	  .screens = ON(TUI_POOLS),
	  .help = "ask the DNS now for an address's PTR record and the blocklists",
	  .relaycli = "pool ip check IP" },
	{ TUI_ACT_MOVE, { 'M' }, .label = "M", .hint = { [TUI_POOLS] = "move…" },
	  .screens = ON(TUI_POOLS), .changes = true,
	  .help = "a credential's mail leaves by another pool from now on",
	  .relaycli = "credential limit NAME pool=P" },
	{ TUI_ACT_GROUP_BY, { 'o' }, .label = "o", .hint = { [TUI_DEFERRALS] = "group by" },
	  .screens = ON(TUI_DEFERRALS),
	  .help = "group refusals by reply, provider, credential or sending IP" },
	{ TUI_ACT_EXPLAIN, { 'w' }, .label = "w", .hint = { [TUI_DEFERRALS] = "explain" },
	  .screens = ON(TUI_DEFERRALS), .help = "what the reply means and what to do",
	  .relaycli = "explain REPLY" },
	{ TUI_ACT_THROTTLE, { 'T' }, .label = "T",
	  .hint = { [TUI_THROTTLES] = "set…", [TUI_DEFERRALS] = "throttle" },
	  .screens = ON(TUI_THROTTLES) | ON(TUI_DEFERRALS), .changes = true,
	  .help = "another limit for a while (asks for value, how long and why)",
	  .relaycli = "throttle set SCOPE LIMIT VALUE --for 2h" },
	{ TUI_ACT_CLEAR, { 'C' }, .label = "C", .hint = { [TUI_THROTTLES] = "clear override" },
	  .screens = ON(TUI_THROTTLES), .changes = true,
	  .help = "clear what was set by hand, or lift what a rule stopped",
	  .relaycli = "throttle clear SCOPE LIMIT" },
	{ TUI_ACT_BEFORE, { '[' }, .label = "[ ]", .hint = { [TUI_DEFERRALS] = "window" },
	  .screens = ON(TUI_DEFERRALS), .help = "a shorter or longer time: 15m, 1h, 6h, 24h" },
	{ TUI_ACT_AFTER, { ']' }, .label = "]", .screens = ON(TUI_DEFERRALS),
	  .help = "a longer time" },
	{ TUI_ACT_ALL, { 'a' }, .label = "a", .hint = { [TUI_THROTTLES] = "all/active" },
	  .screens = ON(TUI_THROTTLES), .help = "all limits, or only those that are not just what "
	                                        "the rule says" },
	{ TUI_ACT_DOWN, { 'j', TUI_KEY_DOWN }, .label = "↓", .ascii = "Down",
	  .hint = { [TUI_SEARCH] = "results" }, .screens = ON(TUI_SEARCH),
	  .help = "from the line to what was found; there, down" },
	{ TUI_ACT_NEW, { 'S' }, .label = "S", .hint = { [TUI_SEARCH] = "save" },
	  .screens = ON(TUI_SEARCH),
	  .help = "among results: save the search under a name; s1 and Enter in the line is the "
	          "first one saved" },
	{ TUI_ACT_EXPORT, { 'e' }, .label = "e", .hint = { [TUI_SEARCH] = "export" },
	  .screens = ON(TUI_SEARCH),
	  .help = "among results: write what was found to a new file, a JSON line a row",
	  .relaycli = "find TERM... --jsonl" },
	{ TUI_ACT_ESCAPE, { TUI_KEY_ESC }, .label = "Esc", .hint = { [TUI_SEARCH] = "clear" },
	  .screens = ON(TUI_SEARCH), .help = "back to the line; there, clear it, then back" },
	{ TUI_ACT_FILTER, { '/' }, .label = "/", .screens = ON(TUI_SEARCH),
	  .help = "among results: back to the line" },
	{ TUI_ACT_FLUSH, { 'F' }, .label = "F", .hint = { [TUI_QUEUES] = "flush" },
	  .screens = ON(TUI_QUEUES), .changes = true,
	  .help = "try the queue (or the marked ones) now",
	  .relaycli = "queue flush QUEUE" },
	{ TUI_ACT_FLUSH, { 'F' }, .label = "F", .hint = { [TUI_MESSAGE] = "try now" },
	  .screens = ON(TUI_MESSAGE), .changes = true, .help = "try the message now",
	  .relaycli = "message retry ID" },
	{ TUI_ACT_HOLD, { 'H' }, .label = "H", .hint = { [TUI_MESSAGE] = "hold" },
	  .screens = ON(TUI_MESSAGE), .changes = true, .help = "hold: do not deliver the message",
	  .relaycli = "message hold ID" },
	{ TUI_ACT_RELEASE, { 'R' }, .label = "R", .screens = ON(TUI_MESSAGE), .changes = true,
	  .help = "release a message that is held", .relaycli = "message release ID" },
	{ TUI_ACT_BOUNCE, { 'B' }, .label = "B", .hint = { [TUI_MESSAGE] = "bounce" },
	  .screens = ON(TUI_MESSAGE), .changes = true,
	  .help = "give the message up: its sender gets a bounce",
	  .relaycli = "message bounce ID --reason R" },
	{ TUI_ACT_REMOVE, { 'X' }, .label = "X", .screens = ON(TUI_MESSAGE), .changes = true,
	  .help = "cancel: give the message up, and nobody is told",
	  .relaycli = "message cancel ID" },
	{ TUI_ACT_COPY, { 'y' }, .label = "y", .hint = { [TUI_MESSAGE] = "copy" },
	  .screens = ON(TUI_MESSAGE),
	  .help = "copy the message's id to the terminal's clipboard" },
	{ TUI_ACT_TRACE, { 't' }, .label = "t", .hint = { [TUI_MESSAGE] = "trace" },
	  .screens = ON(TUI_MESSAGE),
	  .help = "its last SMTP session, line by line, where it was kept",
	  .relaycli = "message show ID --trace" },
	{ TUI_ACT_EXPLAIN, { 'w' }, .label = "w", .screens = ON(TUI_MESSAGE),
	  .help = "what the last reply means", .relaycli = "explain \"REPLY\"" },
	{ TUI_ACT_HOLD, { 'H' }, .label = "H", .hint = { [TUI_QUEUES] = "hold" },
	  .screens = ON(TUI_QUEUES), .changes = true, .help = "hold: stop delivering the queue",
	  .relaycli = "queue hold QUEUE" },
	{ TUI_ACT_RELEASE, { 'R' }, .label = "R", .hint = { [TUI_QUEUES] = "release" },
	  .screens = ON(TUI_QUEUES), .changes = true, .help = "release a queue that is held",
	  .relaycli = "queue release QUEUE" },
	{ TUI_ACT_BOUNCE, { 'B' }, .label = "B", .hint = { [TUI_QUEUES] = "bounce" },
	  .screens = ON(TUI_QUEUES), .changes = true,
	  .help = "give up what waits there now: its senders get a bounce",
	  .relaycli = "queue bounce QUEUE --reason R" },
	{ TUI_ACT_MOVE, { 'M' }, .label = "M", .screens = ON(TUI_QUEUES), .changes = true,
	  .help = "what waits there now leaves by another pool",
	  .relaycli = "queue move QUEUE --pool P" },
	{ TUI_ACT_MARK, { ' ' }, .label = "space", .hint = { [TUI_QUEUES] = "mark" },
	  .screens = ON(TUI_QUEUES), .help = "mark the queue: F H R then act on all marked ones" },
	{ TUI_ACT_SORT, { 's' }, .label = "s", .hint = { [TUI_QUEUES] = "sort" },
	  .screens = SORTED, .help = "choose the order; the same again reverses it" },
	{ TUI_ACT_SORT_BEFORE, { '<' }, .label = "<", .screens = SORTED,
	  .help = "the order before" },
	{ TUI_ACT_SORT_AFTER, { '>' }, .label = ">", .screens = SORTED,
	  .help = "the next order" },
	{ TUI_ACT_FILTER, { '/' }, .label = "/", .hint = HINT_FILTERED("filter"),
	  .screens = LISTS & ~ON(TUI_SEARCH),
	  .help = "filter: providers by name, queues by pattern, the log by terms "
	          "(to: from: domain: cred: category: code: event: site: ...)" },
	{ TUI_ACT_KINDS, { 'E' }, .label = "E", .hint = { [TUI_LOG] = "event kinds" },
	  .screens = ON(TUI_LOG), .help = "which kinds of event to show" },
	{ TUI_ACT_MARK, { 'm' }, .label = "m", .hint = { [TUI_LOG] = "mark" },
	  .screens = ON(TUI_LOG), .help = "mark the event" },
	{ TUI_ACT_NEXT_MARK, { 'n' }, .label = "n", .hint = { [TUI_LOG] = "next mark" },
	  .screens = ON(TUI_LOG), .help = "go to the next (older) marked event" },
	{ TUI_ACT_REVEAL, { 'v' }, .label = "v",
	  .screens = ON(TUI_LOG) | ON(TUI_OVERVIEW) | ON(TUI_MESSAGE),
	  .help = "reveal addresses and subjects, or mask them again" },
	{ TUI_ACT_PANE, { '\t' }, .label = "Tab", .screens = ON(TUI_OVERVIEW),
	  .help = "between providers and what needs attention" },
	{ TUI_ACT_HELP, { '?' }, .label = "?", .hint = HINT_VIEWS("help"), .screens = VIEWS,
	  .help = "this list" },
	{ TUI_ACT_BACK, { 'q', TUI_CTRL('g') }, .label = "q",
	  .hint = { [TUI_OVERVIEW] = "quit", [TUI_HELP] = "back", [TUI_OUTPUT] = "back",
	            [TUI_SUPPRESSIONS] = "back", [TUI_MESSAGE] = "back",
	            [TUI_THROTTLES] = "back" },
	  .screens = EVERYWHERE,
	  .help = "back; on the Overview twice to quit" },
	{ TUI_ACT_ESCAPE, { TUI_KEY_ESC }, .label = "Esc",
	  .screens = EVERYWHERE & ~ON(TUI_SEARCH),
	  .help = "back, but never quit" },
	{ TUI_ACT_PALETTE, { ':' }, .label = ":", .hint = HINT_VIEWS("palette"),
	  .is_wide_hint = true, .screens = NOT_HELP,
	  .help = "a line: a screen's name, or anything relaycli can say; Tab completes it" },
	{ TUI_ACT_UNDO, { 'U' }, .label = "U", .hint = HINT_VIEWS("undo"), .is_wide_hint = true,
	  .screens = VIEWS, .changes = true,
	  .help = "undo the last hold, release or throttle, within 30 s" },
	{ TUI_ACT_COPY, { 'y' }, .label = "y", .is_wide_hint = true,
	  .hint = { [TUI_OVERVIEW] = "copy", [TUI_QUEUES] = "copy", [TUI_THROTTLES] = "copy",
	            [TUI_DEFERRALS] = "copy", [TUI_LOG] = "copy", [TUI_SEARCH] = "copy",
	            [TUI_CREDENTIALS] = "copy", [TUI_SUPPRESSIONS] = "copy",
	            [TUI_POOLS] = "copy" },
	  .screens = LISTS & ~ON(TUI_DOMAINS),
	  .help = "copy the selected name or id to the terminal's clipboard" },
	{ TUI_ACT_EXPORT, { 'e' }, .label = "e", .hint = HINT_EXPORT, .is_wide_hint = true,
	  .screens = LISTS & ~ON(TUI_OVERVIEW) & ~ON(TUI_SEARCH) & ~ON(TUI_SUPPRESSIONS),
	  .help = "write all of the list to a new file, a JSON line a row" },
	{ TUI_ACT_PAUSE, { 'p' }, .label = "p", .hint = HINT_VIEWS("pause"), .is_wide_hint = true,
	  .screens = VIEWS, .help = "freeze what is shown; everything else still works" },
	{ TUI_ACT_READ_ONLY, { TUI_CTRL('r') }, .label = "Ctrl-R", .hint = HINT_VIEWS("read-only"),
	  .is_wide_hint = true, .screens = EVERYWHERE,
	  .help = "refuse all changes, or allow them again" },
	{ TUI_ACT_REDRAW, { TUI_CTRL('l') }, .label = "Ctrl-L", .screens = EVERYWHERE,
	  .help = "draw the whole screen anew" },
	{ TUI_ACT_UP, { 'k', TUI_KEY_UP }, .label = "k ↑", .ascii = "k Up",
	  .hint = { [TUI_OUTPUT] = "up" }, .screens = EVERYWHERE & ~ON(TUI_MESSAGE),
	  .help = "up" },
	{ TUI_ACT_DOWN, { 'j', TUI_KEY_DOWN }, .label = "j ↓", .ascii = "j Down",
	  .hint = { [TUI_OUTPUT] = "down" },
	  .screens = EVERYWHERE & ~ON(TUI_MESSAGE) & ~ON(TUI_SEARCH), .help = "down" },
	{ TUI_ACT_TOP, { 'g', TUI_KEY_HOME }, .label = "g", .screens = EVERYWHERE,
	  .help = "to the first row" },
	{ TUI_ACT_END, { 'G', TUI_KEY_END }, .label = "G", .screens = EVERYWHERE,
	  .help = "to the last row" },
	{ TUI_ACT_PAGE_UP, { TUI_KEY_PAGE_UP, TUI_CTRL('u') }, .label = "PgUp",
	  .screens = EVERYWHERE, .help = "a page up" },
	{ TUI_ACT_PAGE_DOWN, { TUI_KEY_PAGE_DOWN, TUI_CTRL('d') }, .label = "PgDn",
	  .screens = EVERYWHERE, .help = "a page down" },
	{ TUI_ACT_LEFT, { 'h', TUI_KEY_LEFT }, .label = "h ←", .ascii = "h Left",
	  .screens = ON(TUI_LOG) | ON(TUI_OUTPUT), .help = "long lines back to the left" },
	{ TUI_ACT_RIGHT, { 'l', TUI_KEY_RIGHT }, .label = "l →", .ascii = "l Right",
	  .screens = ON(TUI_LOG) | ON(TUI_OUTPUT), .help = "more of long lines" },
};

const struct tui_action *
tui_action_at(size_t i)
{
	return i < sizeof actions / sizeof *actions ? &actions[i] : NULL;
}

bool
tui_action_is_on(const struct tui_action *action, enum tui_screen screen)
{
	return action->screens & ON(screen);
}

static bool
has_key(const struct tui_action *action, int key)
{
	for (int k = 0; k < TUI_ACTION_KEYS && action->key[k]; k++)
		if (action->key[k] == key)
			return true;
	return false;
}

const struct tui_action *
tui_action_find(int key, enum tui_screen screen)
{
	const struct tui_action *action;

	for (size_t i = 0; (action = tui_action_at(i)) != NULL; i++)
		if (tui_action_is_on(action, screen) && has_key(action, key))
			return action;
	return NULL;
}

const char *
tui_action_label(const struct tui_action *action, bool is_ascii)
{
	return is_ascii && action->ascii ? action->ascii : action->label;
}

void
tui_action_print(FILE *to)
{
	const struct tui_action *action;

	for (size_t i = 0; (action = tui_action_at(i)) != NULL; i++) {
		fprintf(to, ".TP\n.B %s\n%s", tui_action_label(action, true), action->help);
		if (action->relaycli)
			fprintf(to, " (\\fBrelaycli %s\\fR)", action->relaycli);
		fputs(action->changes ? ". Changes something.\n" : ".\n", to);
	}
}
