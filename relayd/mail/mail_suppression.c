/* mail_suppression.c - see mail_suppression.h. */
#include "mail/mail_suppression.h"

static const struct {
	const char *name, *words;
} reasons[MAIL_SUPPRESSION_COUNT] = {
	[MAIL_SUPPRESSION_HARD_BOUNCE] = { "hard_bounce", "hard bounce" },
	[MAIL_SUPPRESSION_COMPLAINT] = { "complaint", "complaint" },
	[MAIL_SUPPRESSION_UNSUBSCRIBE] = { "unsubscribe", "unsubscribed" },
	[MAIL_SUPPRESSION_MANUAL] = { "manual", "added by hand" },
	[MAIL_SUPPRESSION_MAILBOX_FULL] = { "mailbox_full", "mailbox full for days" },
};

const char *
mail_suppression_name(enum mail_suppression reason)
{
	return reason < MAIL_SUPPRESSION_COUNT ? reasons[reason].name : "?";
}

const char *
mail_suppression_words(enum mail_suppression reason)
{
	return reason < MAIL_SUPPRESSION_COUNT ? reasons[reason].words : "?";
}

bool
mail_suppression_parse(struct span name, enum mail_suppression *reason_out)
{
	for (int i = 0; i < MAIL_SUPPRESSION_COUNT; i++) {
		if (!span_is(name, reasons[i].name))
			continue;
		*reason_out = (enum mail_suppression)i;
		return true;
	}
	return false;
}
