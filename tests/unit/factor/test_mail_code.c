/* Codes by e-mail: what they are good for, how long, how often; limits of sending; the throttle behind them. ATTACKS F09 F10 F21 F22. */
#include "../signin/house.h"

#include <string.h>

#include "audit/audit.h"
#include "factor/mail_code.h"
#include "factor/throttle.h"
#include "mail/outbox.h"

static struct house house;
static const uint8_t account_id[16] = "account of anna", other_id[16] = "account of bert", credential_id[32] = "credential of anna";

static int
set_up(void **state)
{
	(void)state;
	house_open(&house, "lmdb");
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	house_close(&house);
	return 0;
}

static struct mail_case
sign_in(void)
{
	return (struct mail_case){.purpose = MAIL_FOR_SIGN_IN, .sid = "sid-1", .account = BYTES(account_id), .address = "anna@example.ca",
	    .portal = &house.portals[0]};
}

static struct mail_case
enrolment(void)
{
	struct mail_case which = sign_in();

	which.purpose = MAIL_FOR_ENROLMENT;
	which.account = (struct bytes){NULL, 0};
	which.credential = BYTES(credential_id);
	return which;
}

struct act {
	const struct mail_case *which;
	const char *typed;
	struct mail_sending sending;
	struct factor_answer answer;
	struct mail_code_state state;
	struct MailCodeRecord *code;
	struct ThrottleRecord *row;
};

static enum err
send_in(struct txn *txn, void *arg)
{
	struct act *act = arg;

	return mail_code_send(txn, act->which, &act->sending);
}

static enum err
check_in(struct txn *txn, void *arg)
{
	struct act *act = arg;

	return mail_code_check(txn, act->which, act->typed, &act->answer);
}

static enum err
look_in(struct txn *txn, void *arg)
{
	static const char *const names[] = {"sign-in", "enrolment", "notice"};
	struct act *act = arg;
	char key[64];
	size_t sid_len = strlen(act->which->sid);
	enum err err = mail_code_state(txn, act->which, &act->state);

	assert_int_equal(err, ERR_OK);
	assert_int_equal(throttle_load(txn, act->which->account, MAIL_METHOD, &act->row), ERR_OK);
	strcpy(key, act->which->sid);
	strcpy(key + sid_len + 1, names[act->which->purpose]);
	return record_load(txn, TABLE_MAIL_CODE, bytes_make(key, sid_len + 1 + strlen(key + sid_len + 1)), &mail_code_record__descriptor, &act->code);
}

static struct act
look(struct ctx *ctx, const struct mail_case *which)
{
	struct act act = {.which = which};

	assert_int_equal(store_view(ctx, look_in, &act), ERR_OK);
	return act;
}

static struct mail_sending
send(struct ctx *ctx, const struct mail_case *which)
{
	struct act act = {.which = which};

	house_do(ctx, send_in, &act);
	return act.sending;
}

/* Send, which must do; the code. */
static const char *
send_new(struct ctx *ctx, const struct mail_case *which)
{
	assert_int_equal(send(ctx, which).verdict, MAIL_QUEUED);
	return look(ctx, which).code->code;
}

static struct factor_answer
answer(struct ctx *ctx, const struct mail_case *which, const char *typed)
{
	struct act act = {.which = which, .typed = typed};

	house_do(ctx, check_in, &act);
	return act.answer;
}

static enum factor_verdict
check(struct ctx *ctx, const struct mail_case *which, const char *typed)
{
	return answer(ctx, which, typed).verdict;
}

/* Another code than this one. */
static const char *
wrong(struct ctx *ctx, const char *code)
{
	char *digits = arena_text(ctx->arena, code);

	digits[5] = digits[5] == '9' ? '0' : (char)(digits[5] + 1);
	return digits;
}

static void
test_life(void **state)
{
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);
	struct mail_case which = sign_in();
	const char *code = send_new(&ctx, &which);

	(void)state;
	assert_int_equal(strlen(code), 6);
	assert_int_equal(strspn(code, "0123456789"), 6);
	/* Again while it is alive: the same one, which lives no longer for it. */
	ctx.now += MINUTES(9);
	assert_int_equal(send(&ctx, &which).verdict, MAIL_REPEATED);
	assert_string_equal(look(&ctx, &which).code->code, code);
	assert_int_equal(look(&ctx, &which).state.until, HOUSE_NOW + MINUTES(10));
	assert_int_equal(look(&ctx, &which).state.sends, 2);
	ctx.now = HOUSE_NOW + MINUTES(10);
	assert_int_equal(check(&ctx, &which, code), FACTOR_REFUSED_EXPIRED);
	assert_false(look(&ctx, &which).state.alive);
	ctx.now--;
	assert_int_equal(check(&ctx, &which, code), FACTOR_ACCEPTED);
	assert_int_equal(check(&ctx, &which, code), FACTOR_REFUSED_USED);
	assert_int_equal(check(&ctx, &which, wrong(&ctx, code)), FACTOR_REFUSED_EXPIRED);
	assert_false(look(&ctx, &which).state.alive);
	/* Spent: the next is new.  Too old: so it is as well. */
	assert_int_equal(send(&ctx, &which).verdict, MAIL_QUEUED);
	assert_int_equal(look(&ctx, &which).code->created, ctx.now);
	ctx.now += MINUTES(10);
	assert_int_equal(send(&ctx, &which).verdict, MAIL_QUEUED);
	assert_int_equal(look(&ctx, &which).code->created, ctx.now);
	/* Long after, even its record is gone. */
	ctx.now += DAYS(1);
	assert_int_equal(check(&ctx, &which, code), FACTOR_REFUSED_EXPIRED);
	house_ctx_done(&ctx);
}

/* F21: only this purpose, session, person and address. */
static void
test_bound(void **state)
{
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);
	struct mail_case which = sign_in(), other;
	const char *code = send_new(&ctx, &which);

	(void)state;
	other = which;
	other.purpose = MAIL_FOR_ENROLMENT;
	assert_int_equal(check(&ctx, &other, code), FACTOR_REFUSED_EXPIRED);
	other.purpose = MAIL_FOR_NOTICE;
	assert_int_equal(check(&ctx, &other, code), FACTOR_REFUSED_EXPIRED);
	other = which;
	other.sid = "sid-2";
	assert_int_equal(check(&ctx, &other, code), FACTOR_REFUSED_EXPIRED);
	/* Not with a code of its own either. */
	send_new(&ctx, &other);
	assert_int_not_equal(check(&ctx, &other, strcmp(look(&ctx, &other).code->code, code) == 0 ? wrong(&ctx, code) : code), FACTOR_ACCEPTED);
	other = which;
	other.account = BYTES(other_id);
	assert_int_equal(check(&ctx, &other, code), FACTOR_REFUSED_EXPIRED);
	other = which;
	other.address = "anna@elsewhere.example";
	assert_int_equal(check(&ctx, &other, code), FACTOR_REFUSED_EXPIRED);
	/* The same mailbox, written otherwise. */
	other.address = "Anna@example.ca";
	assert_int_equal(check(&ctx, &other, code), FACTOR_ACCEPTED);
	house_ctx_done(&ctx);
}

/* F21: an enrolment that went on to another address, and back. */
static void
test_other_address(void **state)
{
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);
	struct mail_case first = enrolment(), second = enrolment();
	const char *old = send_new(&ctx, &first), *new;

	(void)state;
	second.address = "anna@elsewhere.example";
	new = send_new(&ctx, &second);
	assert_int_equal(check(&ctx, &first, old), FACTOR_REFUSED_EXPIRED);
	assert_int_equal(check(&ctx, &second, strcmp(old, new) != 0 ? old : wrong(&ctx, new)), FACTOR_REFUSED_WRONG);
	new = send_new(&ctx, &first);
	assert_int_equal(check(&ctx, &first, strcmp(old, new) != 0 ? old : wrong(&ctx, new)), FACTOR_REFUSED_WRONG);
	assert_int_equal(check(&ctx, &first, new), FACTOR_ACCEPTED);
	/* Another credential in the place of the one that proved it. */
	send_new(&ctx, &first);
	first.credential = BYTES("somebody else's credential, 32 b");
	assert_int_equal(check(&ctx, &first, look(&ctx, &first).code->code), FACTOR_REFUSED_EXPIRED);
	house_ctx_done(&ctx);
}

/* Five wrong tries spend a code, and new ones leave the row of the account as it is (F09, F10). */
static void
test_tries(void **state)
{
	static const int64_t waits[] = {60, 120, 300, 900, 1800, 3600, 3600};
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);
	struct mail_case which = sign_in();
	const char *code = send_new(&ctx, &which);
	struct factor_answer last;

	(void)state;
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(check(&ctx, &which, wrong(&ctx, code)), FACTOR_REFUSED_WRONG);
	assert_false(look(&ctx, &which).state.alive);
	last = answer(&ctx, &which, code);
	assert_int_equal(last.verdict, FACTOR_REFUSED_LOCKED);
	assert_int_equal(last.wait, SECONDS(30));
	ctx.now += SECONDS(30);
	last = answer(&ctx, &which, code);
	assert_int_equal(last.verdict, FACTOR_REFUSED_EXHAUSTED);
	assert_false(last.disabled);
	/* In other sessions, with new codes: one guess each time, and the waits of the table. */
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		which.sid = i < 4 ? "sid-2" : arena_printf(ctx.arena, "sid-%zu", i);
		if (i == 0 || i >= 4)
			code = send_new(&ctx, &which);
		assert_int_equal(check(&ctx, &which, wrong(&ctx, code)), FACTOR_REFUSED_WRONG);
		last = answer(&ctx, &which, code);
		assert_int_equal(last.verdict, FACTOR_REFUSED_LOCKED);
		assert_int_equal(last.wait, SECONDS(waits[i]));
		ctx.now += last.wait;
	}
	assert_int_equal(look(&ctx, &which).row->in_a_row, 12);
	code = send_new(&ctx, &which);
	assert_int_equal(check(&ctx, &which, code), FACTOR_ACCEPTED);
	assert_int_equal(look(&ctx, &which).row->in_a_row, 0);
	assert_int_equal(look(&ctx, &which).row->n_recent, 12);
	house_ctx_done(&ctx);
}

/* Proving an address: five tries as well, but no throttle of any account. */
static void
test_tries_of_enrolment(void **state)
{
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);
	struct mail_case which = enrolment();
	const char *code = send_new(&ctx, &which);

	(void)state;
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(check(&ctx, &which, wrong(&ctx, code)), FACTOR_REFUSED_WRONG);
	assert_int_equal(check(&ctx, &which, code), FACTOR_REFUSED_EXHAUSTED);
	code = send_new(&ctx, &which);
	assert_int_equal(check(&ctx, &which, code), FACTOR_ACCEPTED);
	which = sign_in();
	which.purpose = MAIL_FOR_NOTICE;
	code = send_new(&ctx, &which);
	assert_int_equal(check(&ctx, &which, wrong(&ctx, code)), FACTOR_REFUSED_WRONG);
	assert_int_equal(look(&ctx, &which).row->in_a_row, 0);
	house_ctx_done(&ctx);
}

static void
test_typing(void **state)
{
	static const char *const bad[] = {"", "12345", "1234567", "12345a", "123 45"};
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);
	struct mail_case which = sign_in();
	const char *code = send_new(&ctx, &which);

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(check(&ctx, &which, bad[i]), FACTOR_REFUSED_MALFORMED);
	assert_int_equal(look(&ctx, &which).row->in_a_row, 0);
	assert_int_equal(look(&ctx, &which).code->tries, 0);
	assert_int_equal(check(&ctx, &which, arena_printf(ctx.arena, " %.3s\xc2\xa0%s ", code, code + 3)), FACTOR_ACCEPTED);
	house_ctx_done(&ctx);
}

/* 50 in a row: the method is disabled, whatever is sent (F09). */
static void
test_disabled(void **state)
{
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);
	struct mail_case which = sign_in();
	const char *code = "";
	struct factor_answer last = {.verdict = FACTOR_REFUSED_WRONG};

	(void)state;
	for (unsigned i = 0; i < 50; i++) {
		ctx.now += HOURS(3);
		code = send_new(&ctx, &which);
		assert_int_equal(check(&ctx, &which, wrong(&ctx, code)), FACTOR_REFUSED_WRONG);
	}
	ctx.now += HOURS(3);
	code = send_new(&ctx, &which);
	last = answer(&ctx, &which, code);
	assert_int_equal(last.verdict, FACTOR_REFUSED_EXHAUSTED);
	assert_true(last.disabled);
	house_ctx_done(&ctx);
}

/* F22: five an hour and ten a day, whatever session asks, over restarts. */
static void
test_limits(void **state)
{
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);
	struct mail_case which = sign_in();
	struct mail_sending sending;

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		which.sid = arena_printf(ctx.arena, "sid-%u", i % 3);
		assert_int_not_equal(send(&ctx, &which).verdict, MAIL_LIMITED);
		ctx.now += MINUTES(1);
	}
	house_restart(&house);
	ctx.store = house.store;
	which.sid = "sid-other";
	sending = send(&ctx, &which);
	assert_int_equal(sending.verdict, MAIL_LIMITED);
	assert_int_equal(sending.wait, MINUTES(55));
	ctx.now += sending.wait - 1;
	assert_int_equal(send(&ctx, &which).verdict, MAIL_LIMITED);
	ctx.now++;
	assert_int_equal(send(&ctx, &which).verdict, MAIL_QUEUED);
	for (unsigned i = 0; i < 4; i++) {
		ctx.now += HOURS(1);
		assert_int_not_equal(send(&ctx, &which).verdict, MAIL_LIMITED);
	}
	house_restart(&house);
	ctx.store = house.store;
	ctx.now += HOURS(1);
	sending = send(&ctx, &which);
	assert_int_equal(sending.verdict, MAIL_LIMITED);
	assert_int_equal(sending.wait, HOUSE_NOW + DAYS(1) - ctx.now);
	ctx.now += sending.wait;
	assert_int_equal(send(&ctx, &which).verdict, MAIL_QUEUED);
	assert_int_equal(send(&ctx, &which).verdict, MAIL_LIMITED);
	house_ctx_done(&ctx);
}

/* F22: strangers use up what may be sent to an address to prove it, but not the codes of who signs in with it. */
static void
test_strangers(void **state)
{
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);
	struct mail_case stranger = enrolment(), owner = sign_in(), victim = enrolment();

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		uint8_t *credential = arena_alloc(ctx.arena, 32);
		credential[0] = (uint8_t)i;
		stranger.credential = bytes_make(credential, 32);
		stranger.sid = arena_printf(ctx.arena, "stranger-%u", i);
		assert_int_equal(send(&ctx, &stranger).verdict, MAIL_QUEUED);
	}
	victim.address = "ANNA@example.ca";
	assert_int_equal(send(&ctx, &victim).verdict, MAIL_LIMITED);
	assert_int_equal(send(&ctx, &owner).verdict, MAIL_QUEUED);
	/* What was refused for the address did not count for the credential. */
	for (unsigned i = 0; i < 5; i++) {
		victim.address = arena_printf(ctx.arena, "anna%u@example.ca", i);
		assert_int_equal(send(&ctx, &victim).verdict, MAIL_QUEUED);
	}
	victim.address = "anna5@example.ca";
	assert_int_equal(send(&ctx, &victim).verdict, MAIL_LIMITED);
	house_ctx_done(&ctx);
}

/* The clock is set back: no limit opens, and no code lives longer. */
static void
test_clock_set_back(void **state)
{
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);
	struct mail_case which = sign_in();
	struct mail_sending sending;
	const char *code = send_new(&ctx, &which);

	(void)state;
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(send(&ctx, &which).verdict, MAIL_REPEATED);
	ctx.now -= SECONDS(1); /* two requests at once */
	assert_true(look(&ctx, &which).state.alive);
	ctx.now -= DAYS(2);
	assert_int_equal(check(&ctx, &which, code), FACTOR_REFUSED_EXPIRED);
	sending = send(&ctx, &which);
	assert_int_equal(sending.verdict, MAIL_LIMITED);
	assert_int_equal(sending.wait, HOURS(1));
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(check(&ctx, &which, wrong(&ctx, code)), FACTOR_REFUSED_EXPIRED);
	assert_int_equal(look(&ctx, &which).row->in_a_row, 0);
	house_ctx_done(&ctx);
}

struct mails {
	struct MailRecord *newest;
	unsigned count;
};

static enum err
note_mail(void *arg, struct bytes key, const struct MailRecord *mail)
{
	struct mails *mails = arg;

	(void)key;
	if (mails->count++ == 0)
		mails->newest = (struct MailRecord *)mail;
	return ERR_OK;
}

static enum err
mails_in(struct txn *txn, void *arg)
{
	return outbox_walk_account(txn, BYTES(account_id), note_mail, arg);
}

static void
assert_mail(const struct MailRecord *mail, const char *name, const char *value)
{
	for (size_t i = 0; i < mail->n_names; i++) {
		if (strcmp(mail->names[i], name) == 0) {
			assert_string_equal(mail->values[i], value);
			return;
		}
	}
	fail_msg("the mail has no %s", name);
}

static enum err
events_in(void *arg, uint64_t sequence, const struct AuditRecord *record)
{
	unsigned *found = arg;

	(void)sequence;
	assert_string_equal(record->event, "mail-code-sent");
	assert_true(bytes_equal(record_bytes(record->account), BYTES(account_id)));
	assert_string_equal(record->portal, "health");
	assert_int_equal(record->n_values, 1);
	assert_string_equal(record->values[0], "sign-in");
	(*found)++;
	return ERR_OK;
}

static enum err
audit_in(struct txn *txn, void *arg)
{
	return audit_walk(txn, 1, 100, events_in, arg);
}

static void
test_mail(void **state)
{
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);
	struct mail_case which = sign_in();
	struct mails mails = {.count = 0};
	struct outbox_item item;
	unsigned events = 0;
	const char *code;

	(void)state;
	which.language = LANGUAGE_FR;
	house.portals[0].name.fr = "sant\xc3\xa9";
	code = send_new(&ctx, &which);
	assert_int_equal(look(&ctx, &which).state.delivery, MAIL_ON_ITS_WAY);
	assert_int_equal(store_view(&ctx, mails_in, &mails), ERR_OK);
	assert_int_equal(mails.count, 1);
	assert_string_equal(mails.newest->kind, "mail-code");
	assert_string_equal(mails.newest->to, "anna@example.ca");
	assert_string_equal(mails.newest->language, "fr");
	assert_int_equal(mails.newest->until, HOUSE_NOW + MINUTES(10));
	assert_mail(mails.newest, "code", code);
	assert_mail(mails.newest, "code_life", "10\xc2\xa0minutes");
	assert_mail(mails.newest, "purpose", "sign-in");
	assert_mail(mails.newest, "portal_name", "sant\xc3\xa9");
	assert_mail(mails.newest, "when", "15 janvier 2027 \xc3\xa0 8\xc2\xa0h\xc2\xa0" "00 (UTC)");
	assert_mail(mails.newest, "again", "");
	assert_int_equal(outbox_take(&ctx, SECONDS(60), &item), ERR_OK);
	assert_int_equal(outbox_done(&ctx, &item, OUTBOX_SENT, "250", NULL), ERR_OK);
	assert_int_equal(look(&ctx, &which).state.delivery, MAIL_HANDED_OVER);
	ctx.now += MINUTES(1);
	assert_int_equal(send(&ctx, &which).verdict, MAIL_REPEATED);
	assert_int_equal(look(&ctx, &which).state.sent, ctx.now);
	mails.count = 0;
	assert_int_equal(store_view(&ctx, mails_in, &mails), ERR_OK);
	assert_int_equal(mails.count, 2);
	assert_mail(mails.newest, "code", code);
	assert_mail(mails.newest, "code_life", "9\xc2\xa0minutes");
	assert_mail(mails.newest, "again", "again");
	assert_int_equal(outbox_take(&ctx, SECONDS(60), &item), ERR_OK);
	assert_int_equal(outbox_done(&ctx, &item, OUTBOX_FAILED, "550", NULL), ERR_OK);
	assert_int_equal(look(&ctx, &which).state.delivery, MAIL_UNDELIVERED);
	assert_int_equal(store_view(&ctx, audit_in, &events), ERR_OK);
	assert_int_equal(events, 2);
	house_ctx_done(&ctx);
}

/* --- as the row "mail" of the methods --- */

static struct factor_case
factor_case(void)
{
	return (struct factor_case){.account = BYTES(account_id), .sid = "sid-1", .portal = &house.portals[0]};
}

static enum err
bind_in(struct txn *txn, void *arg)
{
	struct FactorRecord factor = FACTOR_RECORD__INIT;

	factor.address = arg;
	return factor_save(txn, BYTES(account_id), MAIL_METHOD, &factor);
}

static enum err
method_send_in(struct txn *txn, void *arg)
{
	struct factor_case which = factor_case();

	return method_find("mail")->send(txn, &which, arg);
}

static enum err
method_check_in(struct txn *txn, void *arg)
{
	struct factor_case which = factor_case();
	struct act *act = arg;

	return method_find("mail")->check(txn, &which, act->typed, &act->answer);
}

static enum err
count_totp_in(struct txn *txn, void *arg)
{
	struct ThrottleRecord *row = arg, *stored;
	enum err err = throttle_load(txn, BYTES(account_id), "totp", &stored);

	assert_int_equal(err, ERR_OK);
	throttle_count(stored, &house.config.limits, HOUSE_NOW, txn_ctx(txn)->arena);
	row->in_a_row = stored->in_a_row;
	return throttle_save(txn, BYTES(account_id), "totp", stored);
}

static void
test_method(void **state)
{
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);
	struct mail_case which = sign_in();
	struct ThrottleRecord totp = THROTTLE_RECORD__INIT;
	struct mail_sending sending;
	struct act act = {.typed = "123456"};
	const char *old;

	(void)state;
	assert_int_equal(store_update(&ctx, method_send_in, &sending), ERR_NOT_FOUND);
	assert_int_equal(store_update(&ctx, method_check_in, &act), ERR_NOT_FOUND);
	house_do(&ctx, bind_in, (void *)"anna@example.ca");
	house_do(&ctx, count_totp_in, &totp);
	house_do(&ctx, method_send_in, &sending);
	assert_int_equal(sending.verdict, MAIL_QUEUED);
	old = look(&ctx, &which).code->code;
	/* The address of the factor is another one now: the code that went to the old one is worth nothing (F21). */
	house_do(&ctx, bind_in, (void *)"anna@elsewhere.example");
	act.typed = old;
	house_do(&ctx, method_check_in, &act);
	assert_int_equal(act.answer.verdict, FACTOR_REFUSED_EXPIRED);
	house_do(&ctx, method_send_in, &sending);
	which.address = "anna@elsewhere.example";
	act.typed = wrong(&ctx, look(&ctx, &which).code->code);
	house_do(&ctx, method_check_in, &act);
	assert_int_equal(act.answer.verdict, FACTOR_REFUSED_WRONG);
	assert_int_equal(look(&ctx, &which).row->in_a_row, 1);
	act.typed = look(&ctx, &which).code->code;
	house_do(&ctx, method_check_in, &act);
	assert_int_equal(act.answer.verdict, FACTOR_ACCEPTED);
	/* Its success reset its own row, and no other. */
	assert_int_equal(look(&ctx, &which).row->in_a_row, 0);
	house_do(&ctx, count_totp_in, &totp);
	assert_int_equal(totp.in_a_row, 2);
	house_ctx_done(&ctx);
}

/* No mail server: nothing is queued, and nothing falls over. */
static void
test_no_server(void **state)
{
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);
	struct mail_case which = sign_in();

	(void)state;
	house.config.mail.url = NULL;
	send_new(&ctx, &which);
	assert_int_equal(look(&ctx, &which).state.delivery, MAIL_UNKNOWN);
	house_ctx_done(&ctx);
}

int
main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {TEST(test_life), TEST(test_bound), TEST(test_other_address), TEST(test_tries), TEST(test_tries_of_enrolment),
	    TEST(test_typing), TEST(test_disabled), TEST(test_limits), TEST(test_strangers), TEST(test_clock_set_back), TEST(test_mail),
	    TEST(test_method), TEST(test_no_server)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
