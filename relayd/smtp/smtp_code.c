/* smtp_code.c - what a failed call means to the peer, in one table. */
#include "smtp/smtp_code.h"

#include "base/must.h"

static const struct smtp_code codes[ERR_KIND_COUNT] = {
	[ERR_NONE] = { 250, "2.0.0" },
	[ERR_INPUT] = { 550, "5.5.0" },
	[ERR_TEMP] = { 451, "4.3.0" },
	[ERR_PERM] = { 554, "5.0.0" },
	[ERR_LIMIT] = { 452, "4.3.1" },
	[ERR_SYSTEM] = { 451, "4.3.0" },
	[ERR_BUG] = { 451, "4.3.0" }, /* the message may be fine: let it come again */
};

struct smtp_code
smtp_code_of(enum err_kind kind)
{
	must(kind >= 0 && kind < ERR_KIND_COUNT);
	return codes[kind];
}
