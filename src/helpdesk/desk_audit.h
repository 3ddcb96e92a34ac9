/* desk_audit.h - the auditor's screen: what the staff of the help desk did, newest first; by staff code, by support reference, up to a day.
 *
 * An auditor sees no account.  Each look is audited itself. */
#ifndef HELPDESK_DESK_AUDIT_H
#define HELPDESK_DESK_AUDIT_H

#include "web/router.h"

enum err desk_audit(struct ctx *ctx, const struct request *request, struct response *response);

#endif
