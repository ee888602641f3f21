/* smtp_code.h - the one place where an err kind becomes an SMTP code. */
#ifndef SMTP_SMTP_CODE_H
#define SMTP_SMTP_CODE_H

#include "base/err.h"

struct smtp_code {
	int code;
	const char *enhanced;
};

/* smtp_code_of - INPUT 550 5.5.0, TEMP 451 4.3.0, PERM 554 5.0.0, LIMIT 452 4.3.1,
 * SYSTEM 451 4.3.0, BUG 451 4.3.0. Thread: any. */
struct smtp_code smtp_code_of(enum err_kind kind);

#endif
