/* tui_credential.h - one credential as its row says it: what screen 7 is drawn from and its
 * acts begin with. Pure. Thread: the app's. */
#ifndef TUI_CREDENTIAL_H
#define TUI_CREDENTIAL_H

#include "tui_model.h"

#define TUI_DAY_MS (24 * INT64_C(3600000))

struct tui_credential_key { /* one of its passwords; texts are borrowed of the row, "" missing */
	const char *id, *address;
	int64_t created_unix_ms, used_unix_ms, ends_unix_ms; /* 0: never */
	bool is_live, may_retire;
};

struct tui_credential_row { /* texts as above */
	const char *name, *state, *revoked_by;
	const json_t *keys;
	size_t live;               /* keys */
	struct tui_credential_key newest; /* of those that live; id "": none does */
	struct tui_credential_key last;   /* the one used last */
	const char *idle;          /* a key that may be retired; "" none */
	int64_t used_unix_ms, expires_unix_ms, revoked_unix_ms;
	int64_t recipients, bounced; /* in 24 hours; recipients -1: not known */
	int64_t generation;
	bool is_revoked, is_certificate_only;
};

struct tui_credential_row tui_credential_read(const json_t *row);
struct tui_credential_key tui_credential_read_key(const json_t *key);
int64_t tui_credential_age_days(const struct tui_credential_key *key, int64_t now_unix_ms);
/* tui_credential_is_old - its age is worth a word. */
bool tui_credential_is_old(const struct tui_credential_key *key, int64_t now_unix_ms);
/* tui_credential_warning - what somebody should do about it; false: nothing. */
bool tui_credential_warning(const struct tui_credential_row *c, int64_t now_unix_ms,
                            struct tui_value *out);

/* ---- drawn (tui_credential_draw.c) --------------------------------------------------- */
/* tui_credential_pane - what was sent with it, limits, keys. */
void tui_credential_pane(const struct tui_model *model, const json_t *row, struct tui_area area);
/* tui_credential_below - limits and keys only, and why there is a "!". */
void tui_credential_below(const struct tui_model *model, const json_t *row, struct tui_area area);

#endif
