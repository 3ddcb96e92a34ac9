/* desk_account.h - the screen of one caller's account: one screen for someone with a telephone at the ear.
 *
 * What is the matter, what to say, what to do, and only then the details.  A caller who has shown no caller code gets status, locks and waits, and a
 * caller code by mail; every other deed needs one (a reset two, helpdesk/deeds.h). */
#ifndef HELPDESK_DESK_ACCOUNT_H
#define HELPDESK_DESK_ACCOUNT_H

#include "web/router.h"

enum err desk_account(struct ctx *ctx, const struct request *request, struct response *response);

#endif
