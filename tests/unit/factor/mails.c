#include "mails.h"

#include <string.h>

#include "factor/throttle.h"

const uint8_t mails_account[16] = "account of anna", mails_credential[32] = "credential of anna";

struct mail_case
mails_sign_in(const struct house *house)
{
	return (struct mail_case){.purpose = MAIL_FOR_SIGN_IN, .sid = "sid-1", .account = BYTES(mails_account), .address = "anna@example.ca",
	    .portal = &house->portals[0]};
}

struct mail_case
mails_enrolment(const struct house *house)
{
	struct mail_case which = mails_sign_in(house);

	which.purpose = MAIL_FOR_ENROLMENT;
	which.account = (struct bytes){NULL, 0};
	which.credential = BYTES(mails_credential);
	return which;
}

static enum err
send_in(struct txn *txn, void *arg)
{
	struct mails_act *act = arg;

	return mail_code_send(txn, act->which, &act->sending);
}

static enum err
check_in(struct txn *txn, void *arg)
{
	struct mails_act *act = arg;

	return mail_code_check(txn, act->which, act->typed, &act->answer);
}

static enum err
look_in(struct txn *txn, void *arg)
{
	static const char *const names[] = {"sign-in", "enrolment", "notice"};
	struct mails_act *act = arg;
	char key[64];
	size_t sid_len = strlen(act->which->sid);
	enum err err = mail_code_state(txn, act->which, &act->state);

	assert_int_equal(err, ERR_OK);
	if (act->which->account.len > 0)
		assert_int_equal(throttle_load(txn, act->which->account, MAIL_METHOD, &act->row), ERR_OK);
	strcpy(key, act->which->sid);
	strcpy(key + sid_len + 1, names[act->which->purpose]);
	return record_load(txn, TABLE_MAIL_CODE, bytes_make(key, sid_len + 1 + strlen(key + sid_len + 1)), &mail_code_record__descriptor, &act->code);
}

struct mails_act
mails_look(struct ctx *ctx, const struct mail_case *which)
{
	struct mails_act act = {.which = which};

	assert_int_equal(store_view(ctx, look_in, &act), ERR_OK);
	return act;
}

struct mail_sending
mails_send(struct ctx *ctx, const struct mail_case *which)
{
	struct mails_act act = {.which = which};

	house_do(ctx, send_in, &act);
	return act.sending;
}

const char *
mails_send_new(struct ctx *ctx, const struct mail_case *which)
{
	assert_int_equal(mails_send(ctx, which).verdict, MAIL_QUEUED);
	return mails_look(ctx, which).code->code;
}

struct factor_answer
mails_answer(struct ctx *ctx, const struct mail_case *which, const char *typed)
{
	struct mails_act act = {.which = which, .typed = typed};

	house_do(ctx, check_in, &act);
	return act.answer;
}

enum factor_verdict
mails_check(struct ctx *ctx, const struct mail_case *which, const char *typed)
{
	return mails_answer(ctx, which, typed).verdict;
}

const char *
mails_wrong(struct ctx *ctx, const char *code)
{
	char *digits = arena_text(ctx->arena, code);

	digits[5] = digits[5] == '9' ? '0' : (char)(digits[5] + 1);
	return digits;
}
