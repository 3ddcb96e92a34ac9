/* totp.h - one-time codes from a person's authenticator app (RFC 6238): SHA-1, 30 s, 6 digits.
 *
 * One step to each side is accepted: a phone's clock may be half a minute off, and a person needs time to type (RFC 6238 section 6;
 * OWASP ASVS 6.5.5 would have the one step only, which FEDERATION.md 2.6 shows people failing at).  A step is accepted once, and none
 * below it any more.
 * Runs in:  vestibuled, any handler thread; keeps no state of its own.
 * Secrets:  the seed; it stands sealed in the store and is opened only inside a transaction.
 */
#ifndef FACTOR_TOTP_H
#define FACTOR_TOTP_H

#include "factor/method.h"

#define TOTP_METHOD "totp"
#define TOTP_SEED_SIZE 20 /* 160 bits: RFC 4226 section 4 R6 */
#define TOTP_SEED_LEAST 16 /* a record with less is a mistake of ours: nobody gets in by it */
#define TOTP_DIGITS 6
#define TOTP_STEP SECONDS(30)
#define TOTP_NEAR 10 /* steps: 5 minutes */

/* Judge typed digits against a seed at `now` (ms since 1970) without touching anything: FACTOR_ACCEPTED and *ret_step (30 s units
 * since 1970, above last_step), or MALFORMED, WRONG, or USED for a right code of a step that is not above last_step. */
enum factor_verdict totp_match(struct bytes seed, int64_t last_step, int64_t now, const char *typed, int64_t *ret_step);

/* Is it the code of another step, at most TOTP_NEAR away?  Then the phone's clock is off: a hint for the person, nothing more. */
bool totp_near(struct bytes seed, int64_t now, const char *typed, int64_t *ret_step);

/* Judge the digits for the account's app: the check of the row "totp" in method.h.  An accepted code and its time step are written in
 * the caller's transaction, so no machine accepts it twice (RFC 6238 section 5.2); a wrong one is counted there, also when it comes
 * with the hint that the clock is off.  The code of a later step that got the hint is not accepted when its time comes. */
enum err totp_check(struct txn *txn, const struct factor_case *which, const char *typed, struct factor_answer *ret_answer);

/* The same for somebody who claims the account without having signed in to it: neither the row that guards the sign-in nor any other is
 * looked at or changed (the caller has a budget), but a disabled method proves nothing, and an accepted code is used up. */
enum err totp_check_apart(struct txn *txn, struct bytes account, const char *typed, struct factor_answer *ret_answer);

/* A new random seed. */
struct bytes totp_seed(struct arena *arena);
/* "otpauth://totp/ISSUER:ACCOUNT?secret=...&issuer=...", as authenticator apps read it.  A colon in a name becomes a space: it ends the
 * issuer there, percent-encoded or not. */
const char *totp_url(struct arena *arena, struct bytes seed, const char *issuer, const char *account);

#endif
