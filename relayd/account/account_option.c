/* account_option.c - see account_option.h. */
#include "account_option.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

#define OF(field) offsetof(struct store_credential, field)

static const struct account_option options[] = {
	{ .name = "bulk", .param = "bulk", .word = { "no", "yes" }, .offset = OF(is_bulk) },
	{ .name = "pool", .param = "pool", .is_text = true, .offset = OF(pool) },
	{ .name = "notices",
	  .param = "notices",
	  .word = { "yes", "no" },
	  .offset = OF(mutes_notices) },
	{ .name = "suppressed",
	  .param = "suppressed",
	  .word = { "record", "refuse" },
	  .offset = OF(refuses_suppressed) },
	{ .name = "null-sender",
	  .param = "null_sender",
	  .word = { "no", "yes" },
	  .offset = OF(may_send_null) },
	{ .name = "fix-line-ends",
	  .param = "fix_line_ends",
	  .word = { "no", "yes" },
	  .offset = OF(fix_bare_line_ends) },
};

const struct account_option *
account_option_at(size_t i)
{
	return i < sizeof options / sizeof options[0] ? &options[i] : NULL;
}

static int
fail_unknown(struct span name, struct err *err)
{
	char names[128];
	struct buf list;
	int rc;

	buf_init(&list, sizeof names);
	for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
		(void)buf_printf(&list, "%s%s", i > 0 ? ", " : "", options[i].name);
	rc = err_set(err, ERR_INPUT, EINVAL, "there is no option \"%.*s\"; there are %.*s",
		     (int)(name.n < 40 ? name.n : 40), name.p, (int)list.len, buf_data(&list));
	buf_deinit(&list);
	return rc;
}

static int
set_flag(const struct account_option *option, struct span value, bool *flag, struct arena *arena,
	 const char **did_out, struct err *err)
{
	bool is_on = span_is(value, option->word[true]);

	if (!is_on && !span_is(value, option->word[false]))
		return err_set(err, ERR_INPUT, EINVAL, "%s is %s or %s", option->name,
			       option->word[false], option->word[true]);
	*did_out = arena_printf(arena, "%s: %s -> %s", option->name, option->word[*flag],
				option->word[is_on]);
	*flag = is_on;
	return 0;
}

/* A name as in relayd.conf; whether there is such a pool is the asker's to know. */
static int
set_text(const struct account_option *option, struct span value, const char **text,
	 struct arena *arena, const char **did_out, struct err *err)
{
	const char *old = *text != NULL && **text != '\0' ? *text : "default";

	for (size_t i = 0; i < value.n; i++)
		if ((unsigned char)value.p[i] <= ' ' || value.p[i] == 127)
			return err_set(err, ERR_INPUT, EINVAL, "%s is one word", option->name);
	if (value.n > ACCOUNT_POOL_MAX_BYTES)
		return err_set(err, ERR_INPUT, EINVAL, "%s has at most %d bytes", option->name,
			       ACCOUNT_POOL_MAX_BYTES);
	if (span_is(value, "default"))
		value.n = 0;
	*text = arena_span(arena, value);
	*did_out = arena_printf(arena, "%s: %s -> %s", option->name, old,
				value.n > 0 ? *text : "default");
	return 0;
}

int
account_option_set(const char *given, struct store_credential *row, struct arena *arena,
		   const char **did_out, struct err *err)
{
	struct span value, name = span_cut(span_of(given), '=', &value);

	for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
		const struct account_option *option = &options[i];
		void *field = (char *)row + option->offset;

		if (!span_is(name, option->name))
			continue;
		if (option->is_text)
			return set_text(option, value, field, arena, did_out, err);
		return set_flag(option, value, field, arena, did_out, err);
	}
	return fail_unknown(name, err);
}
