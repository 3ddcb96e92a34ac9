/* desk_resets.h - the screen of open resets: who has not asked for one approves it here, knowing its reference and reason and nothing of the
 * account; or stops it. */
#ifndef HELPDESK_DESK_RESETS_H
#define HELPDESK_DESK_RESETS_H

#include "web/router.h"

#define DESK_RESETS "/resets"
enum err desk_resets(struct ctx *ctx, const struct request *request, struct response *response);

#endif
