/* smtp_param.h - the parameters of MAIL and RCPT (RFC 5321 s4.1.2 and the
 * extensions that define them). Used by smtp_command.c. Thread: any. */
#ifndef SMTP_SMTP_PARAM_H
#define SMTP_SMTP_PARAM_H

#include "base/err.h"
#include "base/span.h"
#include "smtp/smtp_command.h"

/* smtp_param_parse - what follows the path: words separated by spaces, each
 * allowed for command->verb and once only. err INPUT: 501, 504 or 555. */
int smtp_param_parse(struct span words, struct smtp_command *command, struct err *err);

#endif
