/* accept_certificate.c - clients whose TLS certificate is their login: the one of a
 * credential with certificate-only. By AUTH EXTERNAL, or without AUTH at all: many that can
 * show a certificate (Postfix, as a client) cannot say EXTERNAL. */
#include <stdio.h>

#include "accept_private.h"
#include "base/clock.h"

const struct account_credential *
accept_certificate_credential(const struct accept_session *session, struct span name,
			      const char **why_out)
{
	const struct account_credential *credential;
	struct account_login login;

	accept_session_login(session, false, &login);
	credential = account_snapshot_by_certificate(session->accept->accounts, name,
						     login.certificate);
	*why_out = credential == NULL
			   ? "the certificate is of no credential, or of several and none is named"
			   : account_credential_obstacle(credential, &login, clock_unix_ms());
	return *why_out == NULL ? credential : NULL;
}

bool
accept_certificate_is_login(struct accept_session *session)
{
	const struct account_snapshot *accounts = session->accept->accounts;

	if (!session->has_certificate)
		return false;
	for (size_t i = 0; i < accounts->credentials; i++) {
		const struct account_credential *c = accounts->credential[i];

		if (c->certificate_only &&
		    account_certificate_has(c->certificate, c->certificates, &session->certificate))
			return true;
	}
	return false;
}

void
accept_certificate_log_in(struct accept_session *session)
{
	const struct account_credential *credential;
	const char *why;

	if (session->credential_id != 0 || session->listener->kind == CONFIG_LOCAL ||
	    !session->has_certificate)
		return;
	credential = accept_certificate_credential(session, SPAN_EMPTY, &why);
	if (credential == NULL)
		return;
	session->credential_id = credential->id;
	(void)snprintf(session->credential, sizeof session->credential, "%s", credential->name);
}
