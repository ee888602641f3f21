/* command.h - the one table of what an operator can say: relaycli's grammar,
 * its shell, the palette, completion, help and the manual page are all this.
 *
 * A row names noun, verb, arguments, flags, who may, how dangerous it is and
 * the method it becomes; the request's parameters are built from the row alone
 * (command_params). Rows without a method are the client's own. Const; pure. */
#ifndef COMMAND_COMMAND_H
#define COMMAND_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include "base/span.h"

enum command_kind { /* what a value is: how it is checked, sent and completed */
	COMMAND_TEXT, COMMAND_FLAG, COMMAND_COUNT, COMMAND_DURATION, COMMAND_WORD, COMMAND_FILE,
	COMMAND_TERM, COMMAND_ID, COMMAND_CREDENTIAL, COMMAND_KEY, COMMAND_DOMAIN, COMMAND_QUEUE,
	COMMAND_SENDER, COMMAND_METHOD, COMMAND_JSON, COMMAND_NOUN, COMMAND_VERB,
	COMMAND_POOL, COMMAND_SOURCE /* an address mail leaves by */,
	COMMAND_SCOPE /* provider:x */,
	COMMAND_PROVIDER, COMMAND_SELECTOR, COMMAND_GROUP /* of deferrals */,
	COMMAND_TIME /* 2h, yesterday, a date */,
	COMMAND_END /* of something: 90d, a date */,
	COMMAND_OPTION /* NAME=VALUE, where NAME is a flag of credential create */,
	COMMAND_KIND_COUNT
};

enum command_role { COMMAND_ANYBODY, COMMAND_VIEWER, COMMAND_OPERATOR };

enum command_danger {
	COMMAND_SAFE,      /* reads */
	COMMAND_ADDS,      /* changes, takes nothing away: asks nothing */
	COMMAND_MILD,      /* asks nothing; can be undone */
	COMMAND_MODERATE,  /* asks yes or no; --yes */
	COMMAND_SEVERE     /* asks for the name typed; --yes or --confirm=NAME */
};

struct command_flag {
	const char *name;              /* without dashes */
	char letter;                   /* 0: none */
	enum command_kind kind;
	bool repeats;                  /* sent as an array; also takes a,b */
	const char *value;             /* shown in help: "7d" */
	const char *const *words;      /* WORD: NULL-terminated */
	const char *param;             /* key in the request; NULL: the client's own */
	const char *term;              /* becomes "term:value" among "terms" instead */
	const char *help;
};

#define COMMAND_MANY 255

struct command_arg {
	const char *name;              /* "NAME"; NULL ends the arguments. WORD: "on|off", one of
	                                * these */
	enum command_kind kind;
	unsigned char min, max;        /* how many; max > 1 is sent as an array */
	const char *param;
};

struct command {
	const char *noun, *verb;       /* verb NULL: the noun alone; it may be of two words */
	struct command_arg arg[3];
	const struct command_flag *flag; /* ends with name NULL; or NULL */
	enum command_role role;
	enum command_danger danger;
	const char *method;            /* NULL: nothing is asked of the daemon */
	bool is_hidden;                /* not in help */
	const char *help;              /* one line, lower case, no final dot */
	const char *example;           /* after "relaycli ", or NULL */
};

struct command_noun {
	const char *name;
	const char *alias;             /* "cred", or NULL */
	const char *help;
};

extern const struct command command_table[];
extern const size_t command_count;
extern const struct command_noun command_nouns[];
extern const size_t command_noun_count;
extern const struct command_flag command_global_flags[]; /* ends with name NULL */
extern const struct command_flag command_change_flags[]; /* what every changing verb takes */
extern const struct command_flag command_severe_flags[]; /* and severe ones besides */

/* command_find - the row of noun (or alias) and verb; verb may be NULL. */
const struct command *command_find(struct span noun, const char *verb);
const struct command_noun *command_noun_find(struct span name);
/* command_flag_at - the i-th flag this row takes (its own, then those of its
 * danger level, then the global ones); NULL at the end. command NULL: global ones. */
const struct command_flag *command_flag_at(const struct command *command, size_t i);
bool command_changes(const struct command *command);

#endif
