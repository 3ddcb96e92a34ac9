/* desk_error.h - what went wrong, in words for staff: its own sentences "error.desk-*", else those that people see. */
#ifndef HELPDESK_DESK_ERROR_H
#define HELPDESK_DESK_ERROR_H

#include "web/router.h"

/* Fill the response with the page `desk-error`, and write one line to the log. */
void desk_error(struct ctx *ctx, const struct request *request, int status, const char *reason, struct response *response);
/* For struct routes: problem details for programs, the page for people; the router has logged failures. */
void desk_error_route(struct ctx *ctx, const struct request *request, const struct route *route, int status, const char *reason,
    struct response *response);

#endif
