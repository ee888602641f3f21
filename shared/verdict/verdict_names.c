/* verdict_names.c - what each category, scope and phase is called, what it
 * means in words and what an operator can do about it: one row each. */
#include "verdict/verdict.h"

#include <assert.h>

struct category_row {
	const char *name;
	const char *words;  /* completes "It bounced: ..." */
	const char *advice; /* one sentence */
};

static const struct category_row categories[] = {
	[VERDICT_NONE] = { "", "nothing is wrong", "Nothing to do." },
	[VERDICT_MAILBOX_UNKNOWN] = { "mailbox_unknown", "the mailbox does not exist",
				      "Check the spelling with the person; sending again will not "
				      "help." },
	[VERDICT_MAILBOX_FULL] = { "mailbox_full", "mailbox full",
				   "The recipient has to make room; the address itself is good." },
	[VERDICT_MAILBOX_DISABLED] = { "mailbox_disabled", "the mailbox is disabled",
				       "Reach the person another way; the provider has closed or "
				       "locked the account." },
	[VERDICT_MAILBOX_MOVED] = { "mailbox_moved", "the recipient has moved to another address",
				    "Ask for the new address and use that one." },
	[VERDICT_DOMAIN_NOT_FOUND] = { "domain_not_found",
				       "the domain does not exist or takes no mail",
				       "Check the part after the @; nobody receives mail there." },
	[VERDICT_REPUTATION_BLOCK] = { "reputation_block",
				       "the provider refuses mail from our address or domain",
				       "If the reply names a list, look up the sending address "
				       "there and ask for removal; the recipient is not at "
				       "fault." },
	[VERDICT_PTR_REQUIRED] = { "ptr_required",
				   "our sending address has no matching reverse name",
				   "Publish a PTR record that names this host, and an address "
				   "record that points back." },
	[VERDICT_SPAM_CONTENT] = { "spam_content", "the message was taken for spam",
				   "Look at the links and the wording of this message, and at who "
				   "it is sent to." },
	[VERDICT_CONTENT_REJECTED] = { "content_rejected", "the content was refused",
				       "Look at the attachments and headers of this message; "
				       "another message may pass." },
	[VERDICT_RATE_LIMITED] = { "rate_limited", "the provider asks us to slow down",
				   "Nothing to do: the relay waits, then tries with one "
				   "connection, and "
				   "goes on when the provider takes mail again." },
	[VERDICT_GREYLISTED] = { "greylisted", "the provider wants a second attempt",
				 "Nothing to do: the next attempt is normally accepted." },
	[VERDICT_AUTH_FAILED] = { "auth_failed", "SPF, DKIM or DMARC did not pass",
				  "Compare the sender domain's published records with those it "
				  "should have "
				  "(relaycli domain records)." },
	[VERDICT_TLS_REQUIRED] = { "tls_required", "an encrypted connection could not be agreed",
				   "Look at the certificate and TLS versions of both sides; mail "
				   "that needs TLS "
				   "is not sent without." },
	[VERDICT_MESSAGE_TOO_LARGE] = { "message_too_large", "the message is too large",
					"Send a link in place of the attachment." },
	[VERDICT_POLICY] = { "policy", "the provider's policy refuses it",
			     "Read the reply: the receiving side's administrator or the recipient "
			     "decides." },
	[VERDICT_SENDER_REJECTED] = { "sender_rejected", "the sender address was refused",
				      "See that the sender address exists and that its domain has "
				      "MX or address records." },
	[VERDICT_RELAY_DENIED] = { "relay_denied", "the server does not take mail for that domain",
				   "Look at the domain's MX records, and at any route configured "
				   "for it." },
	[VERDICT_PROTOCOL_ERROR] = { "protocol_error",
				     "the two servers did not understand each other",
				     "Look at the session in the log; this is a fault of one of "
				     "the servers." },
	[VERDICT_NETWORK_ERROR] = { "network_error", "the server could not be reached",
				    "Look at DNS and the network from here to that host, or "
				    "wait." },
	[VERDICT_SYSTEM_ERROR] = { "system_error", "the receiving server has trouble of its own",
				   "Wait; if it lasts, tell the receiving side's postmaster." },
};
static_assert(sizeof categories / sizeof categories[0] == VERDICT_CATEGORY_COUNT,
	      "a row per category");

/* what a shipped rule knows better than its category */
static const struct {
	const char *rule;
	enum verdict_category category;
	struct verdict_said said;
} special[] = {
	{ "network.loop", VERDICT_NETWORK_ERROR,
	  { "the message goes round between servers",
	    "Look where the recipient's domain sends its mail: servers there hand it to each "
	    "other, and sending again will not help." } },
	{ "yahoo.deferred", VERDICT_REPUTATION_BLOCK,
	  { "the provider holds our mail back for its volume or for complaints",
	    "Send less there, and look who complains and why: it is about volume and "
	    "complaints, on no list to ask for removal from; the recipient is not at fault." } },
};

/* of a NETWORK_ERROR that a server spoke of: it was reached */
static const struct verdict_said told_by_server = {
	"the server answered that mail does not get through there",
	"Read the reply, and wait; if it lasts, tell the receiving side's postmaster.",
};

struct verdict_said
verdict_say(enum verdict_category category, int code, const char *rule)
{
	for (size_t i = 0; rule && i < sizeof special / sizeof special[0]; i++)
		if (special[i].category == category && strcmp(special[i].rule, rule) == 0)
			return special[i].said;
	if (category == VERDICT_NETWORK_ERROR && code > 0)
		return told_by_server;
	return (struct verdict_said){ verdict_category_words(category),
		                      verdict_category_advice(category) };
}

struct verdict_said
verdict_say_reply(enum verdict_category category, const struct verdict_input *input)
{
	struct verdict verdict = { .rule = NULL };

	for (size_t i = 0; i < sizeof special / sizeof special[0]; i++) {
		if (input->code == 0 || special[i].category != category)
			continue;
		verdict_judge(NULL, input, &verdict);
		break;
	}
	return verdict_say(category, input->code, verdict.rule);
}

static const char *const scopes[] = {
	[VERDICT_SCOPE_RECIPIENT] = "recipient",
	[VERDICT_SCOPE_SENDER] = "sender",
	[VERDICT_SCOPE_MESSAGE] = "message",
	[VERDICT_SCOPE_SOURCE] = "source",
	[VERDICT_SCOPE_INFRASTRUCTURE] = "infrastructure",
};
static_assert(sizeof scopes / sizeof scopes[0] == VERDICT_SCOPE_COUNT, "a name per scope");

static const char *const phases[] = {
	[VERDICT_PHASE_UNKNOWN] = "unknown", [VERDICT_PHASE_RESOLVE] = "resolve",
	[VERDICT_PHASE_CONNECT] = "connect", [VERDICT_PHASE_GREETING] = "greeting",
	[VERDICT_PHASE_EHLO] = "ehlo",	     [VERDICT_PHASE_STARTTLS] = "starttls",
	[VERDICT_PHASE_AUTH] = "auth",	     [VERDICT_PHASE_MAIL] = "mail",
	[VERDICT_PHASE_RCPT] = "rcpt",	     [VERDICT_PHASE_DATA] = "data",
	[VERDICT_PHASE_BODY] = "body",
};
static_assert(sizeof phases / sizeof phases[0] == VERDICT_PHASE_COUNT, "a name per phase");

const char *
verdict_category_name(enum verdict_category category)
{
	return categories[category].name;
}

bool
verdict_category_parse(struct span name, enum verdict_category *category_out)
{
	for (int i = VERDICT_NONE + 1; i < VERDICT_CATEGORY_COUNT; i++) {
		if (span_is(name, categories[i].name)) {
			*category_out = (enum verdict_category)i;
			return true;
		}
	}
	return false;
}

const char *
verdict_scope_name(enum verdict_scope scope)
{
	return scopes[scope];
}

const char *
verdict_phase_name(enum verdict_phase phase)
{
	return phases[phase];
}

const char *
verdict_category_words(enum verdict_category category)
{
	return categories[category].words;
}

const char *
verdict_category_advice(enum verdict_category category)
{
	return categories[category].advice;
}
