/* verdict_rules.h - the words replies are judged by, as one immutable set.
 *
 * A set is what operators' files say followed by what relay ships (verdict.rules,
 * which describes the form of both). It is built whole or not at all, never
 * changed, and shared by counting: each loop holds a reference to the set it was
 * sent by mailbox, as with the configuration. */
#ifndef VERDICT_VERDICT_RULES_H
#define VERDICT_VERDICT_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include "base/err.h"
#include "base/span.h"

#define VERDICT_RULES_FILE_MAX_BYTES ((size_t)1 << 20)

struct verdict_rules;

/* struct verdict_source - one text of rules, borrowed for the call. */
struct verdict_source {
	const char *name; /* for messages: NAME:LINE: reason */
	struct span text;
};

/* verdict_rules_new - the sources in order, then the shipped rules. Returns owned or
 * NULL with err INPUT "NAME:LINE: reason". Caps: 1 MiB a source, 1024 rules, 8192
 * phrases in all. Refused: a rule name used twice, a phrase or pattern that stands
 * in two rules of the same origin for the same provider. Thread: any. */
struct verdict_rules *verdict_rules_new(const struct verdict_source *source, size_t count,
					struct err *err);
/* verdict_rules_load - the same from files. Reads disk: main thread or a client. */
struct verdict_rules *verdict_rules_load(const char *const *file, size_t count, struct err *err);
/* verdict_rules_load_after - the same with `first` ahead of the files. */
struct verdict_rules *verdict_rules_load_after(const struct verdict_source *first,
					       const char *const *file, size_t count,
					       struct err *err);
struct verdict_rules *verdict_rules_ref(const struct verdict_rules *rules); /* Returns owned */
void verdict_rules_unref(struct verdict_rules **rules);

typedef bool (*verdict_provider_fn)(const char *name, void *arg);
/* verdict_rules_check_providers - 0, or -1 with err INPUT "FILE:LINE: reason" naming
 * the first rule for a provider that is_known does not know. */
int verdict_rules_check_providers(const struct verdict_rules *rules, verdict_provider_fn is_known,
				  void *arg, struct err *err);
size_t verdict_rules_count(const struct verdict_rules *rules);

#endif
