/* control_params.h - a request's parameters against its method's list. Pure. */
#ifndef CONTROL_CONTROL_PARAMS_H
#define CONTROL_CONTROL_PARAMS_H

#include "control/control_private.h"

/* control_params_check - every one known, of its type and within bounds, the
 * required ones there. error PARAMS names the parameter and what it wants. */
int control_params_check(const struct control_method *method, const json_t *params,
                         struct api_error *error);
const char *control_type_name(enum control_type type);

#endif
