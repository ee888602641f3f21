/* mail_notice.c - NOTIFY against outcome: one row per outcome that is told. */
#include "mail/mail_notice.h"

#include <assert.h>
#include <stddef.h>

#include "smtp/smtp_command.h"

static const struct row {
	enum mail_event_kind kind;
	enum mail_notice notice;
	unsigned bit;       /* that asks for it */
	bool is_default;    /* told also when NOTIFY was not given */
} rows[] = {
	{ MAIL_EVENT_BOUNCED, MAIL_NOTICE_FAILED, SMTP_NOTIFY_FAILURE, true },
	{ MAIL_EVENT_EXPIRED, MAIL_NOTICE_FAILED, SMTP_NOTIFY_FAILURE, true },
	{ MAIL_EVENT_SUPPRESSED, MAIL_NOTICE_FAILED, SMTP_NOTIFY_FAILURE, true },
	{ MAIL_EVENT_DELIVERED, MAIL_NOTICE_RELAYED, SMTP_NOTIFY_SUCCESS, false },
};

static const char *const actions[] = {
	[MAIL_NOTICE_NONE] = "",
	[MAIL_NOTICE_FAILED] = "failed",
	[MAIL_NOTICE_DELAYED] = "delayed",
	[MAIL_NOTICE_RELAYED] = "relayed",
};
static_assert(sizeof actions / sizeof actions[0] == MAIL_NOTICE_COUNT, "a name per notice");

static bool
is_asked_for(unsigned notify, unsigned bit, bool is_default)
{
	return notify == 0 ? is_default : (notify & bit) != 0;
}

enum mail_notice
mail_notice_of(enum mail_event_kind kind, unsigned notify, bool next_reports)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct row *row = &rows[i];

		if (row->kind != kind || !is_asked_for(notify, row->bit, row->is_default))
			continue;
		return row->notice == MAIL_NOTICE_RELAYED && next_reports ? MAIL_NOTICE_NONE
		                                                          : row->notice;
	}
	return MAIL_NOTICE_NONE;
}

bool
mail_notice_wants_delay(unsigned notify)
{
	return is_asked_for(notify, SMTP_NOTIFY_DELAY, true);
}

const char *
mail_notice_action(enum mail_notice notice)
{
	return actions[notice];
}
