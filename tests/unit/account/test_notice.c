/* Notices: to whom, once, in whose language, with which link; the report to the help desk. */
#include "../signin/house.h"

#include <stdio.h>
#include <string.h>

#include "account/account.h"
#include "account/address.h"
#include "account/link.h"
#include "account/notice.h"

#define MAILS_MOST 16

static struct house house;

static int
set_up(void **state)
{
	(void)state;
	house_open(&house, "mem");
	house.portals[0].name = (struct names){"Health", "Sant\xc3\xa9"};
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	house_close(&house);
	return 0;
}

struct act {
	struct AccountRecord *account;
	enum address_use use;
	const char *address;
	enum notice notice;
	const struct mail_value *extra;
	size_t extra_count;
	const struct LinkRecord *report;
	enum err result;
	const struct MailRecord *mails[MAILS_MOST];
	size_t count;
};

static enum err
create_in(struct txn *txn, void *arg)
{
	return account_create(txn, "health", "gckey", STATUS_ACTIVE, arg);
}

static enum err
put_in(struct txn *txn, void *arg)
{
	struct act *act = arg;

	return address_put(txn, record_bytes(act->account->id), act->address, act->use);
}

static enum err
send_in(struct txn *txn, void *arg)
{
	struct act *act = arg;
	enum err err;

	if (act->report != NULL)
		return notice_report(txn, act->account, act->report);
	err = notice_send(txn, act->account, act->notice, act->extra, act->extra_count);
	return err == ERR_OK ? act->result : err;
}

static enum err
note(void *arg, struct bytes key, const struct MailRecord *mail)
{
	struct act *act = arg;

	(void)key;
	assert_true(act->count < MAILS_MOST);
	act->mails[act->count++] = mail;
	return ERR_OK;
}

static enum err
mails_in(struct txn *txn, void *arg)
{
	struct act *act = arg;

	act->count = 0;
	return outbox_walk_account(txn, record_bytes(act->account->id), note, act);
}

static struct act
begin(struct ctx *ctx)
{
	struct act act = {.count = 0};

	house_do(ctx, create_in, &act.account);
	act.account->language = arena_text(ctx->arena, "fr");
	return act;
}

static void
give(struct ctx *ctx, struct act *act, enum address_use use, const char *address)
{
	act->use = use;
	act->address = address;
	house_do(ctx, put_in, act);
}

/* Tell, and look at all mails of the account. */
static void
tell(struct ctx *ctx, struct act *act, enum notice notice)
{
	act->notice = notice;
	house_do(ctx, send_in, act);
	assert_int_equal(store_view(ctx, mails_in, act), ERR_OK);
}

/* NULL: the mail has no such value. */
static const char *
value(const struct MailRecord *mail, const char *name)
{
	for (size_t i = 0; i < mail->n_names; i++) {
		if (strcmp(mail->names[i], name) == 0)
			return mail->values[i];
	}
	return NULL;
}

static const struct MailRecord *
mail_to(const struct act *act, const char *address)
{
	const struct MailRecord *found = NULL;

	for (size_t i = 0; i < act->count; i++) {
		if (strcmp(act->mails[i]->to, address) == 0) {
			assert_null(found);
			found = act->mails[i];
		}
	}
	assert_non_null(found);
	return found;
}

/* Everybody who must know, once each: the replaced address too, but not after 30 days. */
static void
test_addresses(void **state)
{
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);
	struct act act = begin(&ctx);

	(void)state;
	tell(&ctx, &act, NOTICE_FACTOR_ENROLLED);
	assert_int_equal(act.count, 0);
	give(&ctx, &act, ADDRESS_FACTOR, "ancient@example.ca");
	give(&ctx, &act, ADDRESS_FACTOR, "old@example.ca");
	ctx.now += DAYS(30);
	give(&ctx, &act, ADDRESS_FACTOR, "new@example.ca");
	give(&ctx, &act, ADDRESS_NOTICE, "New@example.ca");
	tell(&ctx, &act, NOTICE_FACTOR_CHANGED);
	assert_int_equal(act.count, 2);
	mail_to(&act, "old@example.ca");
	mail_to(&act, "New@example.ca");
	house_ctx_done(&ctx);
}

struct look {
	const char *token;
	struct LinkRecord *link;
};

static enum err
use_in(struct txn *txn, void *arg)
{
	struct look *look = arg;

	return link_use(txn, LINK_NOT_ME, look->token, &look->link);
}

static struct look
follow(struct ctx *ctx, const struct MailRecord *mail)
{
	static const char start[] = "https://auth.example/not-me?t=";
	const char *url = value(mail, "not_me_url");
	struct look look;

	assert_non_null(url);
	assert_int_equal(strncmp(url, start, strlen(start)), 0);
	look.token = url + strlen(start);
	assert_int_equal(store_update(ctx, use_in, &look), ERR_OK);
	return look;
}

static void
test_content(void **state)
{
	static const struct mail_value extra[] = {{"method", "totp"}, {"wait", NULL}};
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);
	struct act act = begin(&ctx);
	const struct MailRecord *mail;
	struct look look;

	(void)state;
	give(&ctx, &act, ADDRESS_FACTOR, "a@example.ca");
	give(&ctx, &act, ADDRESS_NOTICE, "b@example.ca");
	act.extra = extra;
	act.extra_count = 2;
	tell(&ctx, &act, NOTICE_FACTOR_LOCKED);
	assert_int_equal(act.count, 2);
	mail = mail_to(&act, "a@example.ca");
	assert_string_equal(mail->kind, "mail-factor-locked");
	assert_string_equal(mail->language, "fr");
	assert_int_equal(mail->until, HOUSE_NOW + DAYS(3));
	assert_string_equal(value(mail, "portal_name"), "Sant\xc3\xa9");
	assert_string_equal(value(mail, "when"), "15 janvier 2027 \xc3\xa0 8\xc2\xa0h\xc2\xa0" "00 (UTC)");
	assert_string_equal(value(mail, "support_reference"), act.account->support_reference);
	assert_string_equal(value(mail, "method"), "totp");
	assert_string_equal(value(mail, "wait"), "");
	/* A link of its own in each: using one leaves the other good. */
	look = follow(&ctx, mail);
	assert_string_equal(look.link->what, "mail-factor-locked");
	assert_true(bytes_equal(record_bytes(look.link->account), record_bytes(act.account->id)));
	assert_int_equal(store_update(&ctx, use_in, &look), ERR_EXISTS);
	ctx.now += DAYS(30) - 1;
	follow(&ctx, mail_to(&act, "b@example.ca"));
	house_ctx_done(&ctx);
}

static void
test_english(void **state)
{
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);
	struct act act = begin(&ctx);

	(void)state;
	/* The person's language, not that of who happens to ask. */
	ctx.language = LANGUAGE_FR;
	act.account->language = arena_text(ctx.arena, "en");
	give(&ctx, &act, ADDRESS_NOTICE, "a@example.ca");
	tell(&ctx, &act, NOTICE_FROZEN);
	assert_string_equal(act.mails[0]->kind, "mail-account-frozen");
	assert_string_equal(act.mails[0]->language, "en");
	assert_string_equal(value(act.mails[0], "portal_name"), "Health");
	assert_null(value(act.mails[0], "not_me_url"));
	house_ctx_done(&ctx);
}

/* In the transaction of what it tells: that was taken back, so is it. */
static void
test_taken_back(void **state)
{
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);
	struct act act = begin(&ctx);

	(void)state;
	give(&ctx, &act, ADDRESS_NOTICE, "a@example.ca");
	act.result = ERR_REFUSED;
	assert_int_equal(store_update(&ctx, send_in, &act), ERR_REFUSED);
	assert_int_equal(store_view(&ctx, mails_in, &act), ERR_OK);
	assert_int_equal(act.count, 0);
	house_ctx_done(&ctx);
}

static void
test_no_server(void **state)
{
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);
	struct act act = begin(&ctx);
	struct LinkRecord link = LINK_RECORD__INIT;
	struct store_stat stat;

	(void)state;
	house.config.mail.url = NULL;
	give(&ctx, &act, ADDRESS_NOTICE, "a@example.ca");
	tell(&ctx, &act, NOTICE_CODES_RENEWED);
	act.report = &link;
	tell(&ctx, &act, NOTICE_CODES_RENEWED);
	assert_int_equal(act.count, 0);
	assert_int_equal(store_stat(house.store, &stat), ERR_OK);
	assert_int_equal(stat.records[TABLE_LINK], 0);
	house_ctx_done(&ctx);
}

static void
test_report(void **state)
{
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);
	struct act act = begin(&ctx);
	struct LinkRecord link = LINK_RECORD__INIT;

	(void)state;
	give(&ctx, &act, ADDRESS_NOTICE, "a@example.ca");
	link.what = (char *)notice_kind(NOTICE_RECOVERY_USED);
	link.created = HOUSE_NOW - DAYS(1);
	act.report = &link;
	tell(&ctx, &act, NOTICE_COUNT); /* nobody to tell */
	assert_int_equal(act.count, 0);
	house.config.mail.reports_to = "helpdesk@example.ca";
	tell(&ctx, &act, NOTICE_COUNT);
	assert_int_equal(act.count, 1);
	assert_string_equal(act.mails[0]->kind, "mail-report-not-me");
	assert_string_equal(act.mails[0]->to, "helpdesk@example.ca");
	assert_string_equal(value(act.mails[0], "what"), "mail-recovery-used");
	assert_string_equal(value(act.mails[0], "event_when"), "14 janvier 2027 \xc3\xa0 8\xc2\xa0h\xc2\xa0" "00 (UTC)");
	assert_string_equal(value(act.mails[0], "support_reference"), act.account->support_reference);
	assert_null(value(act.mails[0], "address"));
	house_ctx_done(&ctx);
}

/* Each kind can be written: its templates and its subject exist. */
static void
test_kinds(void **state)
{
	(void)state;
	for (unsigned i = 0; i < NOTICE_COUNT; i++) {
		char subject[64], lead[64];
		snprintf(subject, sizeof(subject), "%s.subject", notice_kind((enum notice)i));
		snprintf(lead, sizeof(lead), "%s.lead", notice_kind((enum notice)i));
		assert_true(text_has(house.text, subject));
		assert_true(text_has(house.text, lead));
	}
}

int
main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {TEST(test_addresses), TEST(test_content), TEST(test_english), TEST(test_taken_back), TEST(test_no_server),
	    TEST(test_report), TEST(test_kinds)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
