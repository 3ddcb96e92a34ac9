/* mails.h - what the tests of codes by e-mail share: Anna's cases, and sending, typing and looking in a transaction each. */
#ifndef TESTS_UNIT_FACTOR_MAILS_H
#define TESTS_UNIT_FACTOR_MAILS_H

#include "../signin/house.h"

#include "factor/mail_code.h"

extern const uint8_t mails_account[16], mails_credential[32];

/* Signing in to "health" in the session "sid-1", by codes to anna@example.ca; the same address in an enrolment before there is an account. */
struct mail_case mails_sign_in(const struct house *house);
struct mail_case mails_enrolment(const struct house *house);

struct mails_act {
	const struct mail_case *which;
	const char *typed;
	struct mail_sending sending;
	struct factor_answer answer;
	struct mail_code_state state;
	struct MailCodeRecord *code;
	struct ThrottleRecord *row;
};
/* The code of a case (which must have been sent), its state, and the account's row. */
struct mails_act mails_look(struct ctx *ctx, const struct mail_case *which);
struct mail_sending mails_send(struct ctx *ctx, const struct mail_case *which);
/* Send, which must give a new code; the code. */
const char *mails_send_new(struct ctx *ctx, const struct mail_case *which);
struct factor_answer mails_answer(struct ctx *ctx, const struct mail_case *which, const char *typed);
enum factor_verdict mails_check(struct ctx *ctx, const struct mail_case *which, const char *typed);
/* Another code than this one. */
const char *mails_wrong(struct ctx *ctx, const char *code);

#endif
