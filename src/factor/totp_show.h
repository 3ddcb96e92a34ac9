/* totp_show.h - what the page on which an authenticator app is set up shows of the key (templates/README.md, enrol-totp).
 *
 * Runs in: vestibuled, any handler thread. */
#ifndef FACTOR_TOTP_SHOW_H
#define FACTOR_TOTP_SHOW_H

#include "base/bytes.h"
#include "base/err.h"

struct view;

/* qr, key, key_groups, otpauth_url and app_account.  issuer, account: under which names the app lists it.  Errors: factor/qr.h. */
enum err totp_show(struct arena *arena, struct bytes seed, const char *issuer, const char *account, struct view *view);

#endif
