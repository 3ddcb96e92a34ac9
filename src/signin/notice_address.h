/* notice_address.h - an e-mail address for notices, offered to who uses an app; proven by a code before it counts (DESIGN.md section 4).
 *
 * Runs in: vestibuled, any handler thread. */
#ifndef SIGNIN_NOTICE_ADDRESS_H
#define SIGNIN_NOTICE_ADDRESS_H

#include "signin/journey.h"

/* Is giving one this person's business now: it is offered on the way, or the second factor was proven recently?  Nothing of a frozen account
 * is changed. */
bool notice_address_allowed(const struct ctx *ctx, const struct journey *journey);
/* The address that is being proven in this session, "" when none. */
const char *notice_address_proving(const struct journey *journey);

/* A code goes to this address (mailbox_parse()), or with NULL once more to the one being proven; "" takes that back.  journey->session is
 * brought up to date.  When the limits do not allow a mail (MAIL_LIMITED) nothing else changes.  ERR_REFUSED: not this person's business. */
enum err notice_address_send(struct ctx *ctx, struct journey *journey, const char *address, struct mail_sending *ret_sending);

struct notice_address {
	const char *present;		/* that gets notices now; NULL: none */
	struct mail_code_state code;	/* for the one being proven */
};
enum err notice_address_load(struct ctx *ctx, const struct journey *journey, struct notice_address *ret_address);

/* The typed code: FACTOR_ACCEPTED, and the address counts; all addresses, the former one too, are told.  ERR_REFUSED as above. */
enum err notice_address_confirm(struct ctx *ctx, const struct journey *journey, const char *typed, struct factor_answer *ret_answer);
/* The person wants none now, and is not asked again. */
enum err notice_address_skip(struct ctx *ctx, const struct journey *journey);

#endif
