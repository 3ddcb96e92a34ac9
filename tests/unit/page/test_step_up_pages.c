/* The session's cookie at a step-up, and answers that were lost on their way: ATTACKS O50 F32. */
#include "person.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "text/template.h"

static struct house house;
static struct person person;
static uint8_t seed[20];
static char codes[10][20];

/* All cookies of a browser. */
struct jar {
	size_t count;
	char names[PERSON_COOKIES][64], values[PERSON_COOKIES][4000];
};
static struct jar kept;

static int
open_with(const char *backend)
{
	house_open(&house, backend);
	person_init(&person, &house, house.text);
	return 0;
}

static int
set_up(void **state)
{
	(void)state;
	return open_with("mem");
}

/* On a disk a transaction lasts, and others look meanwhile. */
static int
set_up_slow(void **state)
{
	(void)state;
	return open_with("lmdb");
}

static int
tear_down(void **state)
{
	(void)state;
	person_done(&person);
	house_close(&house);
	return 0;
}

static void
keep_jar(void)
{
	kept.count = person.cookie_count;
	for (size_t i = 0; i < kept.count; i++) {
		memcpy(kept.names[i], person.cookies[i].name, sizeof(kept.names[i]));
		memcpy(kept.values[i], person.cookies[i].value, sizeof(kept.values[i]));
	}
}

/* As if what came since then had never reached the browser. */
static void
restore_jar(void)
{
	person.cookie_count = kept.count;
	for (size_t i = 0; i < kept.count; i++) {
		memcpy(person.cookies[i].name, kept.names[i], sizeof(kept.names[i]));
		memcpy(person.cookies[i].value, kept.values[i], sizeof(kept.values[i]));
	}
}

static void
ask(const char *path, const char *const form[])
{
	char target[128];

	snprintf(target, sizeof(target), "%s?r=%s", path, person.handle);
	person_ask(&person, target, form);
	person_follow(&person);
}

static void
to_provider(void)
{
	person_start(&person, "health", "");
	person_choose(&person, "gckey");
}

static void
first_visit(void)
{
	to_provider();
	person_arrive(&person, "ok anna");
	person_enrol(&person, seed, codes);
	assert_true(person_at_portal(&person));
	person.now += SECONDS(60);
}

/* A browser that knows nothing, before the second factor. */
static void
come_again(void)
{
	person.cookie_count = 0;
	to_provider();
	person_arrive(&person, "ok anna");
	assert_string_equal(person.page, "second-factor");
}

static void
assert_signed_in(bool signed_in)
{
	person_start(&person, "health", "&prompt=none");
	if (signed_in)
		assert_true(person_at_portal(&person) && strstr(person.location, "code=") != NULL);
	else
		assert_non_null(strstr(person.location, "error=login_required"));
}

/* The session has reached its portal, was asked for the factor again, and another request of the browser ends with that. */
static void
test_cookie_changes_at_a_later_step_up(void **state)
{
	char before[128];

	(void)state;
	first_visit();
	person_ask(&person, "/manage?portal=health", NULL);
	person_follow(&person);
	assert_string_equal(person.page, "manage");
	person.now += MINUTES(11);
	ask("/manage", (const char *const[]){"action", "change", NULL});
	assert_string_equal(person.page, "second-factor");
	person_start(&person, "health", "");
	assert_string_equal(person.page, "second-factor");
	snprintf(before, sizeof(before), "%s", person_cookie(&person, SESSION_COOKIE));
	keep_jar();
	person_prove(&person, seed);
	assert_true(person_at_portal(&person));
	assert_string_not_equal(person_cookie(&person, SESSION_COOKIE), before);
	assert_signed_in(true);
	restore_jar();
	assert_signed_in(false);
}

/* The answer to the last form, with the new cookie, never came. */
static void
test_last_answer_is_lost(void **state)
{
	(void)state;
	first_visit();
	come_again();
	keep_jar();
	person_prove(&person, seed);
	assert_true(person_at_portal(&person));
	restore_jar();
	ask("/second-factor", (const char *const[]){"code", "123456", "action", "continue", NULL});
	assert_string_equal(person.page, "continue");
	restore_jar();
	ask("/second-factor", NULL);
	assert_string_equal(person.page, "continue");
	assert_non_null(strstr(person.body, "https://health.example/"));
}

#define CLICKS 50

static atomic_uint told;

/* One of them, each a browser that got no answer yet. */
static bool
click(void *arg, unsigned number)
{
	struct person one;
	char target[64];
	bool ended;

	(void)number;
	person_init(&one, &house, house.text);
	one.now = person.now;
	one.cookie_count = person.cookie_count;
	memcpy(one.cookies, person.cookies, sizeof(one.cookies));
	snprintf(one.csrf, sizeof(one.csrf), "%s", person.csrf);
	snprintf(target, sizeof(target), "/second-factor?r=%s", person.handle);
	person_ask(&one, target, (const char *const[]){"code", arg, "action", "continue", NULL});
	ended = person_at_portal(&one);
	told += !ended && strcmp(one.page, "continue") == 0;
	person_done(&one);
	return ended;
}

static void
test_many_clicks(void **state)
{
	char digits[7];

	(void)state;
	first_visit();
	come_again();
	person_digits(seed, person.now, digits);
	told = 0;
	assert_int_equal(house_contest(CLICKS, click, digits), 1);
	assert_int_equal(told, CLICKS - 1);
}

/* The page was seen, but not its cookies: the form meets the provider's answer as it was. */
static void
test_first_answer_is_lost(void **state)
{
	(void)state;
	first_visit();
	person.cookie_count = 0;
	to_provider();
	person_post_from_elsewhere(&person, "/saml/acs", (const char *const[]){"SAMLResponse", "ok anna", "RelayState", person.handle, NULL});
	keep_jar();
	person_follow(&person);
	restore_jar();
	person_prove(&person, seed);
	assert_true(person_at_portal(&person));
	ask("/second-factor", NULL);
	assert_string_equal(person.page, "continue");
	assert_signed_in(true);
}

/* The mails of one kind that were queued, and the code in the newest one. */
struct mails {
	struct arena *arena;
	unsigned count;
	int64_t newest;
	char code[8];
};

static enum err
look_at_mail(void *arg, struct bytes key, struct bytes value)
{
	struct mails *mails = arg;
	struct MailRecord *mail;

	(void)key;
	assert_int_equal(record_parse(mails->arena, value, &mail_record__descriptor, &mail), ERR_OK);
	if (strcmp(mail->kind, "mail-code") != 0)
		return ERR_OK;
	mails->count++;
	for (size_t i = 0; i < mail->n_names && mail->created >= mails->newest; i++) {
		if (strcmp(mail->names[i], "code") == 0)
			snprintf(mails->code, sizeof(mails->code), "%s", mail->values[i]);
	}
	mails->newest = mail->created > mails->newest ? mail->created : mails->newest;
	return ERR_OK;
}

static enum err
look_at_mails(struct txn *txn, void *arg)
{
	struct mails *mails = arg;

	mails->arena = txn_ctx(txn)->arena;
	return txn_walk(txn, TABLE_MAIL, (struct bytes){NULL, 0}, look_at_mail, mails);
}

static struct mails
mails(void)
{
	struct ctx ctx = house_ctx(&house, person.now);
	struct mails mails = {.count = 0};

	assert_int_equal(store_view(&ctx, look_at_mails, &mails), ERR_OK);
	house_ctx_done(&ctx);
	return mails;
}

/* A first visit by e-mail; ends at the portal. */
static void
first_visit_by_mail(void)
{
	static const char *mail_only[] = {"mail"};

	house.portals[0].methods = (struct texts){mail_only, 1};
	to_provider();
	person_arrive(&person, "ok anna");
	ask("/enrol", (const char *const[]){"method", "mail", "action", "continue", NULL});
	ask("/enrol/mail", (const char *const[]){"email", "anna@example.ca", "action", "continue", NULL});
	assert_string_equal(person.page, "enrol-mail-code");
	ask("/enrol/mail/code", (const char *const[]){"code", mails().code, "action", "continue", NULL});
	assert_string_equal(person.page, "recovery-codes");
	ask("/recovery-codes", (const char *const[]){"kept", "yes", "action", "confirm", NULL});
	assert_true(person_at_portal(&person));
}

/* The page, fetched twice by one click. */
static bool
look(void *arg, unsigned number)
{
	struct person one;
	bool seen;

	(void)number;
	person_init(&one, &house, house.text);
	one.now = person.now;
	one.cookie_count = person.cookie_count;
	memcpy(one.cookies, person.cookies, sizeof(one.cookies));
	person_ask(&one, arg, NULL);
	seen = strcmp(one.page, "second-factor") == 0;
	person_done(&one);
	return seen;
}

static void
test_first_looks_send_one_mail(void **state)
{
	char target[4096];
	unsigned sent;

	(void)state;
	first_visit_by_mail();
	sent = mails().count;
	person.now += MINUTES(1);
	person.cookie_count = 0;
	to_provider();
	person_post_from_elsewhere(&person, "/saml/acs", (const char *const[]){"SAMLResponse", "ok anna", "RelayState", person.handle, NULL});
	snprintf(target, sizeof(target), "%s", person.location);
	assert_int_equal(house_contest(10, look, target), 10);
	assert_int_equal(mails().count, sent + 1);
}

/* The browser keeps its session, and is asked again: each time with a code that it can use. */
static void
test_code_is_sent_each_time(void **state)
{
	unsigned sent;

	(void)state;
	first_visit_by_mail();
	/* Proven anew at the portal's wish: the session's last code was accepted. */
	for (unsigned i = 0; i < 2; i++) {
		person.now += MINUTES(3);
		sent = mails().count;
		person_start(&person, "health", "&prompt=login");
		person_choose(&person, "gckey");
		person_arrive(&person, "ok anna");
		assert_string_equal(person.page, "second-factor");
		assert_int_equal(mails().count, sent + 1);
		ask("/second-factor", NULL);
		ask("/second-factor", (const char *const[]){"code", "12", "action", "continue", NULL});
		assert_int_equal(mails().count, sent + 1);
		ask("/second-factor", (const char *const[]){"code", mails().code, "action", "continue", NULL});
		assert_true(person_at_portal(&person));
	}
	/* The mail server was taken out of the configuration: nobody is told of a mail that will not come; a recovery code helps. */
	person.now += MINUTES(3);
	house.config.mail.url = NULL;
	person_start(&person, "health", "&prompt=login");
	person_choose(&person, "gckey");
	person_arrive(&person, "ok anna");
	assert_string_equal(person.page, "second-factor");
	assert_non_null(strstr(person.body, "could not be delivered"));
	ask("/second-factor", (const char *const[]){"action", "resend", NULL});
	assert_string_equal(person.page, "second-factor");
	assert_non_null(strstr(person.body, "could not be delivered"));
	house.config.mail.url = "smtp://127.0.0.1:25";
	/* Left alone until it was too old: a form says so, to come back sends another. */
	person.now += MINUTES(60);
	person_start(&person, "health", "");
	person_choose(&person, "gckey");
	person_arrive(&person, "ok anna");
	sent = mails().count;
	person.now += MINUTES(10);
	ask("/second-factor", (const char *const[]){"code", mails().code, "action", "continue", NULL});
	assert_string_equal(person.error, "expired");
	assert_int_equal(mails().count, sent);
	ask("/second-factor", NULL);
	assert_int_equal(mails().count, sent + 1);
	ask("/second-factor", (const char *const[]){"code", mails().code, "action", "continue", NULL});
	assert_true(person_at_portal(&person));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {TEST(test_cookie_changes_at_a_later_step_up), TEST(test_last_answer_is_lost), cmocka_unit_test_setup_teardown(test_many_clicks, set_up_slow, tear_down),
	    TEST(test_first_answer_is_lost),
	    TEST(test_code_is_sent_each_time),
	    cmocka_unit_test_setup_teardown(test_first_looks_send_one_mail, set_up_slow, tear_down)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
