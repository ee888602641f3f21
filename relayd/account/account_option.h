/* account_option.h - what can be set on a credential besides its senders and
 * secrets: one row per option, read by `credential create` and `limit` alike.
 * Pure. Thread: any. */
#ifndef ACCOUNT_ACCOUNT_OPTION_H
#define ACCOUNT_ACCOUNT_OPTION_H

#include <stdbool.h>
#include "base/arena.h"
#include "base/err.h"
#include "store/store_row.h"

#define ACCOUNT_POOL_MAX_BYTES 64

struct account_option {
	const char *name;  /* "bulk" */
	const char *param; /* of credential.create: "bulk" */
	bool is_text;	   /* else one of word[] */
	const char *word[2]; /* for false and true: "no", "yes" */
	size_t offset;	   /* in struct store_credential: bool, or const char * */
};

/* account_option_at - NULL: there are no more. */
const struct account_option *account_option_at(size_t i);

/* account_option_set - "NAME=VALUE" onto row; a text is copied to the arena.
 * *did_out: "bulk: no -> yes", in the arena. err INPUT EINVAL names the option,
 * and what it takes. */
int account_option_set(const char *given, struct store_credential *row, struct arena *arena,
		       const char **did_out, struct err *err);

#endif
