/* csrf.h - a form's proof that it was served to this browser: a MAC over the value of the cookie it belongs to. */
#ifndef WEB_CSRF_H
#define WEB_CSRF_H

#include "web/request.h"

/* bound_to: the cookie's value. */
const char *csrf_print(struct ctx *ctx, const char *bound_to);
bool csrf_check(struct ctx *ctx, const char *bound_to, const char *given);

#endif
