/* Sending codes by e-mail: how often, which mail, what becomes of it, what the audit says. ATTACKS F22. */
#include "mails.h"

#include <string.h>

#include "audit/audit.h"
#include "mail/outbox.h"

static struct house house;

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

static void
test_limits(void **state)
{
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);
	struct mail_case which = mails_sign_in(&house);
	struct mail_sending sending;

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		which.sid = arena_printf(ctx.arena, "sid-%u", i % 3);
		assert_int_not_equal(mails_send(&ctx, &which).verdict, MAIL_LIMITED);
		ctx.now += MINUTES(1);
	}
	house_restart(&house);
	ctx.store = house.store;
	which.sid = "sid-other";
	sending = mails_send(&ctx, &which);
	assert_int_equal(sending.verdict, MAIL_LIMITED);
	assert_int_equal(sending.wait, MINUTES(55));
	ctx.now += sending.wait - 1;
	assert_int_equal(mails_send(&ctx, &which).verdict, MAIL_LIMITED);
	ctx.now++;
	assert_int_equal(mails_send(&ctx, &which).verdict, MAIL_QUEUED);
	for (unsigned i = 0; i < 4; i++) {
		ctx.now += HOURS(1);
		assert_int_not_equal(mails_send(&ctx, &which).verdict, MAIL_LIMITED);
	}
	house_restart(&house);
	ctx.store = house.store;
	ctx.now += HOURS(1);
	sending = mails_send(&ctx, &which);
	assert_int_equal(sending.verdict, MAIL_LIMITED);
	assert_int_equal(sending.wait, HOUSE_NOW + DAYS(1) - ctx.now);
	ctx.now += sending.wait;
	assert_int_equal(mails_send(&ctx, &which).verdict, MAIL_QUEUED);
	assert_int_equal(mails_send(&ctx, &which).verdict, MAIL_LIMITED);
	house_ctx_done(&ctx);
}

static bool
send_one(void *arg, unsigned number)
{
	struct mail_case which = *(const struct mail_case *)arg;
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);
	bool sent;

	which.sid = arena_printf(ctx.arena, "sid-%u", number);
	sent = mails_send(&ctx, &which).verdict != MAIL_LIMITED;
	house_ctx_done(&ctx);
	return sent;
}

/* Fifty sessions ask at once: five mails. */
static void
test_race(void **state)
{
	struct mail_case which = mails_sign_in(&house);

	(void)state;
	assert_int_equal(house_contest(50, send_one, &which), 5);
}

/* F22: strangers use up what may be sent to an address to prove it, but not the codes of who signs in with it. */
static void
test_strangers(void **state)
{
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);
	struct mail_case stranger = mails_enrolment(&house), owner = mails_sign_in(&house), victim = mails_enrolment(&house);

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		uint8_t *credential = arena_alloc(ctx.arena, 32);
		credential[0] = (uint8_t)i;
		stranger.credential = bytes_make(credential, 32);
		stranger.sid = arena_printf(ctx.arena, "stranger-%u", i);
		assert_int_equal(mails_send(&ctx, &stranger).verdict, MAIL_QUEUED);
	}
	victim.address = "ANNA@example.ca";
	assert_int_equal(mails_send(&ctx, &victim).verdict, MAIL_LIMITED);
	assert_int_equal(mails_send(&ctx, &owner).verdict, MAIL_QUEUED);
	/* What was refused for the address did not count for the credential. */
	for (unsigned i = 0; i < 5; i++) {
		victim.address = arena_printf(ctx.arena, "anna%u@example.ca", i);
		assert_int_equal(mails_send(&ctx, &victim).verdict, MAIL_QUEUED);
	}
	victim.address = "anna5@example.ca";
	assert_int_equal(mails_send(&ctx, &victim).verdict, MAIL_LIMITED);
	/* Nor does another portal's page show that the credential was at this one. */
	victim.portal = &house.portals[1];
	victim.sid = "sid-2";
	assert_int_equal(mails_send(&ctx, &victim).verdict, MAIL_QUEUED);
	house_ctx_done(&ctx);
}

/* The clock is set back: no limit opens, and no code lives longer. */
static void
test_clock_set_back(void **state)
{
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);
	struct mail_case which = mails_sign_in(&house);
	struct mail_sending sending;
	const char *code = mails_send_new(&ctx, &which);

	(void)state;
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(mails_send(&ctx, &which).verdict, MAIL_REPEATED);
	ctx.now -= SECONDS(1); /* two requests at once */
	assert_true(mails_look(&ctx, &which).state.alive);
	ctx.now -= DAYS(2);
	assert_int_equal(mails_check(&ctx, &which, code), FACTOR_REFUSED_EXPIRED);
	sending = mails_send(&ctx, &which);
	assert_int_equal(sending.verdict, MAIL_LIMITED);
	assert_int_equal(sending.wait, HOURS(1));
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(mails_check(&ctx, &which, mails_wrong(&ctx, code)), FACTOR_REFUSED_EXPIRED);
	assert_int_equal(mails_look(&ctx, &which).row->in_a_row, 0);
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
	return outbox_walk_account(txn, BYTES(mails_account), note_mail, arg);
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
	assert_true(bytes_equal(record_bytes(record->account), BYTES(mails_account)));
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
	struct mail_case which = mails_sign_in(&house);
	struct mails mails = {.count = 0};
	struct outbox_item item;
	unsigned events = 0;
	const char *code;

	(void)state;
	which.language = LANGUAGE_FR;
	house.portals[0].name.fr = "sant\xc3\xa9";
	code = mails_send_new(&ctx, &which);
	assert_int_equal(mails_look(&ctx, &which).state.delivery, MAIL_ON_ITS_WAY);
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
	assert_int_equal(mails_look(&ctx, &which).state.delivery, MAIL_HANDED_OVER);
	ctx.now += MINUTES(1);
	assert_int_equal(mails_send(&ctx, &which).verdict, MAIL_REPEATED);
	assert_int_equal(mails_look(&ctx, &which).state.sent, ctx.now);
	mails.count = 0;
	assert_int_equal(store_view(&ctx, mails_in, &mails), ERR_OK);
	assert_int_equal(mails.count, 2);
	assert_mail(mails.newest, "code", code);
	assert_mail(mails.newest, "code_life", "9\xc2\xa0minutes");
	assert_mail(mails.newest, "again", "again");
	assert_int_equal(outbox_take(&ctx, SECONDS(60), &item), ERR_OK);
	assert_int_equal(outbox_done(&ctx, &item, OUTBOX_FAILED, "550", NULL), ERR_OK);
	assert_int_equal(mails_look(&ctx, &which).state.delivery, MAIL_UNDELIVERED);
	assert_int_equal(store_view(&ctx, audit_in, &events), ERR_OK);
	assert_int_equal(events, 2);
	house_ctx_done(&ctx);
}

/* --- as the row "mail" of the methods --- */

/* No mail server: nothing is queued, and nothing falls over. */
static void
test_no_server(void **state)
{
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);
	struct mail_case which = mails_sign_in(&house);

	(void)state;
	house.config.mail.url = NULL;
	mails_send_new(&ctx, &which);
	assert_int_equal(mails_look(&ctx, &which).state.delivery, MAIL_UNKNOWN);
	house_ctx_done(&ctx);
}

int
main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {TEST(test_limits), TEST(test_race), TEST(test_strangers), TEST(test_clock_set_back), TEST(test_mail),
	    TEST(test_no_server)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
