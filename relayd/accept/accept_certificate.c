/* accept_certificate.c - clients whose TLS certificate is their login: the one of a
 * credential with certificate-only. By AUTH EXTERNAL, or without AUTH at all: many that can
 * show a certificate (Postfix, as a client) cannot say EXTERNAL. */
#include <stdio.h>

#include "accept_private.h"
#include "base/clock.h"
#include "base/log.h"

const struct account_credential *
accept_certificate_credential(const struct accept_session *session, struct span name,
			      struct account_refused *refused_out)
{
	struct account_login login;

	accept_session_login(session, false, &login);
	return account_snapshot_by_certificate(session->accept->accounts, name, &login,
					       clock_unix_ms(), refused_out);
}

bool
accept_certificate_is_login(struct accept_session *session)
{
	struct account_refused refused;

	return accept_certificate_credential(session, SPAN_EMPTY, &refused) != NULL ||
	       refused.whose != NULL;
}

/* report - the client hears no more than that it has to log in; whoever looks for the reason
 * finds it here. */
static void
report(struct accept_session *session, const struct account_refused *refused)
{
	LOG(LOG_NOTICE, "auth.failed", LOG_UINT("session", session->number),
	    LOG_TEXT("address", session->address), LOG_TEXT("user", refused->whose->name),
	    LOG_TEXT("mechanism", "certificate"), LOG_TEXT("why", refused->why));
	accept_report_auth_failed(session, refused->whose->name, refused->why);
}

void
accept_certificate_log_in(struct accept_session *session)
{
	const struct account_credential *credential;
	struct account_refused refused;

	if (session->credential_id != 0 || session->listener->kind == CONFIG_LOCAL)
		return;
	credential = accept_certificate_credential(session, SPAN_EMPTY, &refused);
	if (credential != NULL) {
		session->credential_id = credential->id;
		(void)snprintf(session->credential, sizeof session->credential, "%s",
			       credential->name);
	} else if (refused.whose != NULL && !session->has_told_certificate) {
		session->has_told_certificate = true;
		report(session, &refused);
	}
}
