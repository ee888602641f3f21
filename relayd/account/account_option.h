/* account_option.h - what can be set on a credential besides its senders and
 * secrets: one row per option, read by `credential create` and `limit` alike.
 * Pure. Thread: any. */
#ifndef ACCOUNT_ACCOUNT_OPTION_H
#define ACCOUNT_ACCOUNT_OPTION_H

#include <stdbool.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "store/store_row.h"

#define ACCOUNT_POOL_MAX_BYTES 64
#define ACCOUNT_ENV_MAX_BYTES 32
#define ACCOUNT_OPTION_TEXT_MAX (64 * 56) /* the longest value: networks */

struct account_option_type; /* how its value is written: account_option.c */

struct account_option {
	const char *name;  /* "bulk" */
	const char *param; /* of credential.create: "bulk" */
	const struct account_option_type *type;
	const char *word[2]; /* a flag's: for false and true: "no", "yes" */
	const char *const *words; /* a choice's, by number; NULL at the end */
	const char *none;    /* what stands for nothing set: "default", "none", "any" */
	size_t max;	     /* a word's bytes, a number, or a list's length */
	size_t offset;	     /* of its field in struct store_credential */
};

/* account_option_at - NULL: there are no more. */
const struct account_option *account_option_at(size_t i);
/* account_option_write - its value in row, in the words account_option_set takes. */
void account_option_write(const struct account_option *option, const struct store_credential *row,
			  struct buf *out);

/* account_option_set - "NAME=VALUE" onto row; a text is copied to the arena.
 * *did_out: "bulk: no -> yes", in the arena. err INPUT EINVAL names the option,
 * and what it takes. */
int account_option_set(const char *given, struct store_credential *row, int64_t now_unix_ms,
		       struct arena *arena, const char **did_out, struct err *err);

#endif
