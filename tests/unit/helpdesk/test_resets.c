/* The console's own screens against those who should get nowhere: a reset of every kind (ATTACKS F36), deeds without a form, a case, a caller or a role
 * (F26 F31; ASVS 2.3.5 6.4.3 8.2.1 8.3.2 16.3.2), and many at once. */
#include "console.h"

#include <stdio.h>
#include <string.h>

#include "account/account.h"
#include "account/address.h"
#include "factor/mail_code.h"
#include "helpdesk/desk_routes.h"
#include "mail/outbox.h"
#include "signin/reset.h"

#define MANY 20

static struct person ben, marie;
static uint8_t bens[20], maries[20];
static char codes[10][20];
static char call[128]; /* the case that was opened last */
static char code[7];
static const char *both[] = {"totp", "mail"};

static enum err
find_in(struct txn *txn, void *arg)
{
	struct AccountRecord *found;
	enum err err = account_find_reference(txn, arg, &found);

	if (err != ERR_OK)
		return err;
	account = bytes_copy(house.arena, record_bytes(found->id));
	return address_put(txn, account, "marie@example.ca", ADDRESS_NOTICE);
}

/* Marie has an app and an address; anna (`staff`) and ben are agents. */
static int
begin(void **state)
{
	struct ctx ctx;
	char shown[32];

	console_set_up(state);
	house.portals[0].methods = (struct texts){both, 2};
	house.config.limits.reset_period = HOURS(24);
	staff.routes = &desk_routes;
	person_init(&ben, &house, house.text);
	ben.routes = &desk_routes;
	person_init(&marie, &house, house.text);
	person_start(&marie, "health", "");
	person_choose(&marie, "gckey");
	person_arrive(&marie, "ok marie");
	person_enrol(&marie, maries, codes);
	person_ask(&marie, "/manage?portal=health", NULL);
	person_follow(&marie);
	assert_true(person_attribute(&marie, "data-support-reference", 0, shown, sizeof(shown)));
	reference = arena_text(house.arena, shown);
	ctx = house_ctx(&house, HOUSE_NOW);
	house_do(&ctx, find_in, shown);
	house_ctx_done(&ctx);
	console_enrol(&staff, "ok anna agent", seed);
	console_enrol(&ben, "ok ben agent", bens);
	return 0;
}

static int
end(void **state)
{
	person_done(&ben);
	person_done(&marie);
	return console_tear_down(state);
}

static void
pass(int64_t time)
{
	staff.now += time;
	ben.now += time;
	marie.now += time;
}

static const char *
caller(enum caller_grade grade)
{
	struct ctx ctx = house_ctx(&house, staff.now);

	snprintf(code, sizeof(code), "%s", caller_code(&ctx, account, grade).digits);
	house_ctx_done(&ctx);
	return code;
}

static void
take_call(struct person *who)
{
	console_get(who, "/");
	person_ask(who, "/", (const char *const[]){"reference", reference, "action", "look", NULL});
	assert_int_equal(who->status, 303);
	snprintf(call, sizeof(call), "%.120s", who->location);
	console_get(who, call);
	assert_string_equal(who->page, "desk-account");
}

static void
verify(struct person *who, enum caller_grade grade)
{
	person_ask(who, call, (const char *const[]){"action", "verify", "caller_code", caller(grade), NULL});
	assert_int_equal(who->status, 303);
	console_get(who, call);
}

static void
act(struct person *who, const char *action)
{
	person_ask(who, call, (const char *const[]){"action", action, "reason", "factor-lost", "ticket", "INC-1", NULL});
}

static void
approve(struct person *who)
{
	console_get(who, "/resets");
	person_ask(who, "/resets", (const char *const[]){"action", "approve", "reference", reference, NULL});
}

static void
assert_refused(const struct person *who, int status, const char *verdict)
{
	assert_int_equal(who->status, status);
	assert_string_equal(who->error, verdict);
}

static void
assert_done(const struct person *who)
{
	assert_int_equal(who->status, 303);
	assert_non_null(strstr(who->location, "done="));
}

static enum err
open_in(struct txn *txn, void *arg)
{
	struct ResetRecord *reset;
	enum err err = reset_load(txn, account, &reset);

	*(const char **)arg = err == ERR_OK ? reset->state : "";
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* "asked", "waiting", or "": none is open. */
static const char *
reset(void)
{
	struct ctx ctx = house_ctx(&house, staff.now);
	const char *state, *kept;

	assert_int_equal(store_view(&ctx, open_in, &state), ERR_OK);
	kept = arena_text(house.arena, state);
	house_ctx_done(&ctx);
	return kept;
}

static enum err
due_in(struct txn *txn, void *arg)
{
	(void)arg;
	return reset_due(txn, account);
}

static void
due(void)
{
	struct ctx ctx = house_ctx(&house, staff.now);

	house_do(&ctx, due_in, NULL);
	house_ctx_done(&ctx);
}

static void
start(struct person *who)
{
	take_call(who);
	verify(who, CALLER_CREDENTIAL);
	verify(who, CALLER_MAIL);
	act(who, "start-reset");
	assert_done(who);
	assert_string_equal(reset(), "asked");
}

static void
assert_denied(unsigned times, const char *power, const char *reason)
{
	assert_int_equal(console_events("desk-refused", NULL).count, times);
	assert_string_equal(console_events("desk-refused", "power").value, power);
	assert_string_equal(console_events("desk-refused", "reason").value, reason);
}

/* ---- F36: a reset ---- */

/* Marie's browser, from the provider to the page that asks for the factor. */
static void
to_factor(void)
{
	int64_t now = marie.now;

	person_done(&marie);
	person_init(&marie, &house, house.text);
	marie.now = now;
	person_start(&marie, "health", "");
	person_choose(&marie, "gckey");
	person_arrive(&marie, "ok marie");
	assert_string_equal(marie.page, "second-factor");
}

static void
prove(const char *typed)
{
	char target[64];

	snprintf(target, sizeof(target), "/second-factor?r=%s", marie.handle);
	person_ask(&marie, target, (const char *const[]){"code", typed, "action", "continue", NULL});
}

/* To its end: the sessions are over, and the former factor opens nothing, not even where the credential had been proven before. */
static void
to_the_end(bool locked)
{
	char digits[7];

	pass(MINUTES(10));
	to_factor();
	for (unsigned i = 0; locked && i < 6; i++)
		prove("000000");
	assert_string_equal(marie.error, locked ? "locked" : "");
	start(&staff);
	approve(&ben);
	assert_done(&ben);
	assert_string_equal(reset(), "waiting");
	pass(HOURS(24) - 1);
	due();
	assert_string_equal(reset(), "waiting");
	to_factor();
	pass(1);
	due();
	assert_string_equal(reset(), "");
	assert_int_equal(console_events("reset-done", NULL).count, 1);
	person_digits(maries, marie.now, digits);
	prove(digits);
	person_follow(&marie);
	assert_string_equal(marie.page, "choose-provider");
	to_factor();
	prove(digits);
	assert_int_equal(marie.status, 422);
	/* The waits are over with the factor that they were for. */
	assert_string_not_equal(marie.error, "locked");
}

/* F36 */
static void
of_an_account_that_is_not_locked(void **state)
{
	(void)state;
	to_the_end(false);
}

/* F36 */
static void
of_a_locked_account(void **state)
{
	(void)state;
	to_the_end(true);
}

/* F36: twice. */
static void
asked_and_approved_twice(void **state)
{
	(void)state;
	start(&staff);
	assert_null(strstr(staff.body, "value=\"start-reset\""));
	act(&staff, "start-reset");
	assert_refused(&staff, 422, "open");
	take_call(&ben);
	pass(CALLER_WINDOW);
	verify(&ben, CALLER_CREDENTIAL);
	verify(&ben, CALLER_MAIL);
	act(&ben, "start-reset");
	assert_refused(&ben, 422, "open");
	approve(&ben);
	assert_done(&ben);
	approve(&ben);
	assert_refused(&ben, 422, "nothing");
	pass(HOURS(24));
	due();
	due();
	assert_int_equal(console_events("reset-done", NULL).count, 1);
	console_sign_in(&ben, "ok ben agent", bens);
	approve(&ben);
	assert_refused(&ben, 422, "nothing");
}

/* F36: while the person is signing in, on the page that asks for the code. */
static void
while_the_person_signs_in(void **state)
{
	char digits[7];

	(void)state;
	start(&staff);
	approve(&ben);
	pass(MINUTES(1));
	to_factor();
	assert_string_equal(reset(), "waiting");
	person_digits(maries, marie.now, digits);
	prove(digits);
	person_follow(&marie);
	assert_true(person_at_portal(&marie));
	assert_string_equal(reset(), "");
	pass(DAYS(2));
	due();
	assert_int_equal(console_events("reset-done", NULL).count, 0);
}

/* F36: by staff without the role; the tries stand in the audit. */
static void
without_the_role(void **state)
{
	static const char *const roles[] = {"viewer", "auditor"};
	struct person other;
	uint8_t others[20];

	(void)state;
	start(&staff);
	for (unsigned i = 0; i < 2; i++) {
		char answered[64];
		person_init(&other, &house, house.text);
		other.routes = &desk_routes;
		other.now = staff.now;
		snprintf(answered, sizeof(answered), "ok %s %s", roles[i], roles[i]);
		console_enrol(&other, answered, others);
		person_follow(&other);
		person_ask(&other, "/resets", (const char *const[]){"action", "approve", "reference", reference, NULL});
		assert_int_equal(other.status, 403);
		assert_denied(i + 1, "approve-reset", "no-power");
		person_done(&other);
	}
	assert_string_equal(reset(), "asked");
	console_sign_in(&ben, "ok ben viewer", bens);
	take_call(&ben);
	act(&ben, "stop-reset");
	assert_int_equal(ben.status, 403);
	assert_denied(3, "stop-reset", "no-power");
	assert_string_equal(reset(), "asked");
}

static enum err
lose_phone_in(struct txn *txn, void *arg)
{
	struct StaffRecord *found;
	enum err err = staff_find(txn, arg, &found);

	return err == ERR_OK ? staff_reset(txn, found) : err;
}

/* F36: an agent for his own account can show everything that a caller shows, and still is one person: in a second browser, with a higher role, with
 * a new app. */
static void
an_agent_for_himself(void **state)
{
	struct ctx ctx = house_ctx(&house, staff.now);
	char own[16];

	(void)state;
	start(&staff);
	approve(&staff);
	assert_refused(&staff, 422, "same");
	assert_denied(1, "approve-reset", "same-person");
	assert_true(person_attribute(&staff, "data-staff", 0, own, sizeof(own)));
	person_forget(&staff, DESK_COOKIE);
	console_sign_in(&staff, "ok anna supervisor", seed);
	approve(&staff);
	assert_refused(&staff, 422, "same");
	assert_int_equal(store_update(&ctx, lose_phone_in, own), ERR_OK);
	console_enrol(&staff, "ok anna agent", seed);
	approve(&staff);
	assert_refused(&staff, 422, "same");
	assert_string_equal(reset(), "asked");
	assert_denied(3, "approve-reset", "same-person");
	house_ctx_done(&ctx);
}

/* Who is not convinced stops it, without a call; also after it was approved. */
static void
a_colleague_stops_it(void **state)
{
	(void)state;
	for (unsigned approved = 0; approved < 2; approved++) {
		start(&staff);
		if (approved != 0)
			approve(&ben);
		console_get(&ben, "/resets");
		person_ask(&ben, "/resets", (const char *const[]){"action", "stop", "reference", reference, NULL});
		assert_string_equal(ben.location, "/resets?done=stop-reset");
		assert_string_equal(reset(), "");
		assert_string_equal(console_events("desk-acted", "reason").value, "not-convinced");
		assert_int_equal(console_events("reset-stopped", NULL).count, approved + 1);
		approve(&ben);
		assert_refused(&ben, 422, "nothing");
		person_ask(&ben, "/resets", (const char *const[]){"action", "stop", "reference", reference, NULL});
		assert_refused(&ben, 422, "nothing");
		pass(2 * CALLER_WINDOW);
	}
}

struct contest {
	struct person people[MANY];
	const char *action[MANY];
};

static bool
run(void *arg, unsigned number)
{
	struct contest *contest = arg;
	struct person *who = &contest->people[number];
	char target[128];

	if (strcmp(contest->action[number], "approve") == 0)
		person_ask(who, "/resets", (const char *const[]){"action", "approve", "reference", reference, NULL});
	else {
		snprintf(target, sizeof(target), "%s", who->location);
		person_ask(who, target, (const char *const[]){"action", "stop-reset", "reason", "mistake", NULL});
	}
	return who->status == 303 && strstr(who->location, "done=") != NULL;
}

/* Members of staff, each with a session; those who stop have a verified case. */
static void
gather(struct contest *contest, unsigned stopping)
{
	uint8_t any[20];

	for (unsigned i = 0; i < MANY; i++) {
		struct person *who = &contest->people[i];
		char answered[32];
		person_init(who, &house, house.text);
		who->routes = &desk_routes;
		pass(i < stopping ? 2 * CALLER_WINDOW : 0);
		who->now = staff.now;
		snprintf(answered, sizeof(answered), "ok many%u agent", i);
		console_enrol(who, answered, any);
		contest->action[i] = i < stopping ? "stop" : "approve";
		console_get(who, "/resets");
		if (i >= stopping)
			continue;
		take_call(who);
		verify(who, CALLER_CREDENTIAL);
		snprintf(who->location, sizeof(who->location), "%s", call);
	}
	for (unsigned i = 0; i < MANY; i++)
		contest->people[i].now = staff.now;
}

static void
dismiss(struct contest *contest)
{
	for (unsigned i = 0; i < MANY; i++)
		person_done(&contest->people[i]);
}

/* F36: twenty at once approve: one of them does. */
static void
twenty_approve_at_once(void **state)
{
	static struct contest contest;

	(void)state;
	start(&staff);
	gather(&contest, 0);
	assert_int_equal(house_contest(MANY, run, &contest), 1);
	assert_int_equal(console_events("reset-approved", NULL).count, 1);
	assert_string_equal(reset(), "waiting");
	dismiss(&contest);
}

/* Some approve while one stops: whatever came first, it is stopped once, and nothing is open. */
static void
approved_while_it_is_stopped(void **state)
{
	static struct contest contest;

	(void)state;
	start(&staff);
	gather(&contest, 1);
	(void)house_contest(MANY, run, &contest);
	assert_int_equal(console_events("reset-stopped", NULL).count, 1);
	assert_true(console_events("reset-approved", NULL).count <= 1);
	assert_string_equal(reset(), "");
	pass(DAYS(2));
	due();
	assert_int_equal(console_events("reset-done", NULL).count, 0);
	dismiss(&contest);
}

/* ---- deeds of those who should not ---- */

static const char *const deeds[] = {"clear-wait", "end-sessions", "resend-mail", "start-reset", "stop-reset", "stop-claim", "unfreeze", "send-caller-code"};
#define DEEDS (sizeof(deeds) / sizeof(deeds[0]))

/* F31: no deed without this session's own form. */
static void
every_deed_needs_the_form(void **state)
{
	char foreign[128];

	(void)state;
	console_sign_in(&staff, "ok anna supervisor", seed);
	console_get(&ben, "/");
	snprintf(foreign, sizeof(foreign), "%s", ben.csrf);
	take_call(&staff);
	verify(&staff, CALLER_FACTOR);
	verify(&staff, CALLER_MAIL);
	for (size_t i = 0; i < DEEDS; i++) {
		const char *const forged[] = {"", "AAAA", foreign};
		for (size_t k = 0; k < 3; k++) {
			person_ask(&staff, call, (const char *const[]){"action", deeds[i], "reason", "suspicion", "csrf", forged[k], NULL});
			assert_int_equal(staff.status, 403);
		}
	}
	assert_int_equal(console_events("desk-acted", NULL).count, 0);
	person_ask(&ben, "/resets", (const char *const[]){"action", "approve", "reference", reference, "csrf", staff.csrf, NULL});
	assert_int_equal(ben.status, 403);
}

/* F26: each deed without a caller, in another agent's case, in one that is over, and after signing out. */
static void
every_deed_needs_the_caller_and_the_case(void **state)
{
	(void)state;
	console_sign_in(&staff, "ok anna supervisor", seed);
	take_call(&staff);
	for (size_t i = 0; i < DEEDS - 1; i++) {
		act(&staff, deeds[i]);
		assert_int_equal(staff.status, 403);
		assert_denied((unsigned)i + 1, deeds[i], "unverified");
	}
	/* A session twice over, but no mail. */
	verify(&staff, CALLER_CREDENTIAL);
	verify(&staff, CALLER_FACTOR);
	act(&staff, "start-reset");
	assert_refused(&staff, 422, "proof");
	assert_denied(DEEDS, "start-reset", "unverified");
	console_get(&ben, "/");
	for (size_t i = 0; i < DEEDS; i++) {
		act(&ben, deeds[i]);
		assert_string_equal(ben.location, "/?why=over");
	}
	pass(MINUTES(14));
	console_get(&staff, "/");
	pass(MINUTES(14));
	for (size_t i = 0; i < DEEDS; i++) {
		act(&staff, deeds[i]);
		assert_string_equal(staff.location, "/?why=over");
	}
	pass(MINUTES(16));
	act(&staff, "end-sessions");
	assert_string_equal(staff.location, "/sign-in?why=ended");
	assert_int_equal(console_events("desk-acted", NULL).count, 0);
}

static enum err
put_mail_in(struct txn *txn, void *arg)
{
	const struct outgoing mail = {.kind = "mail-factor-changed", .language = LANGUAGE_EN, .to = "marie@example.ca", .account = account,
	    .until = txn_ctx(txn)->now + HOURS(1)};

	(void)arg;
	return outbox_put(txn, &mail, NULL);
}

/* What becomes of every mail that waits. */
static void
end_mails(enum outbox_verdict verdict)
{
	struct ctx ctx = house_ctx(&house, staff.now + MINUTES(1));
	struct outbox_item item;
	unsigned count = 0;

	for (; outbox_take(&ctx, MINUTES(1), &item) == ERR_OK; count++)
		assert_int_equal(outbox_done(&ctx, &item, verdict, "550", NULL), ERR_OK);
	assert_true(count > 0);
	house_ctx_done(&ctx);
}

/* An agent's session is no way to fill a mailbox: what could not be delivered is told of once, and again only when that failed too. */
static void
a_failed_mail_is_told_of_once(void **state)
{
	struct ctx ctx = house_ctx(&house, staff.now);

	(void)state;
	take_call(&staff);
	verify(&staff, CALLER_FACTOR);
	house_do(&ctx, put_mail_in, NULL);
	for (unsigned i = 0; i < 2; i++) {
		end_mails(OUTBOX_FAILED);
		pass(SECONDS(1));
		act(&staff, "resend-mail");
		assert_done(&staff);
	}
	end_mails(OUTBOX_SENT);
	for (unsigned i = 0; i < 2; i++) {
		act(&staff, "resend-mail");
		assert_refused(&staff, 422, "nothing");
	}
	assert_int_equal(console_events("desk-acted", NULL).count, 2);
	house_ctx_done(&ctx);
}

/* Three caller codes an hour by mail, and ten a day: the other way to fill a mailbox. */
static void
caller_codes_by_mail_are_few(void **state)
{
	unsigned sent = 0;

	(void)state;
	for (unsigned hour = 0; hour < 23; hour++) {
		console_sign_in(&staff, "ok anna agent", seed);
		take_call(&staff);
		for (unsigned i = 0; i < 4; i++) {
			act(&staff, "send-caller-code");
			sent += staff.status == 303;
			if (i == 3)
				assert_refused(&staff, 429, "limited");
		}
		pass(HOURS(1));
	}
	assert_int_equal(sent, 10);
}

static enum err
send_for_claim_in(struct txn *txn, void *arg)
{
	const struct mail_case claim = {.purpose = MAIL_FOR_CLAIM, .sid = "claimant", .account = account, .address = "marie@example.ca",
	    .portal = &house.portals[0], .language = LANGUAGE_EN};

	return mail_code_send(txn, &claim, arg);
}

/* Who claims the account cannot keep its owner from being verified. */
static void
codes_of_a_claimant_count_apart(void **state)
{
	struct ctx ctx = house_ctx(&house, staff.now);
	struct mail_sending sending = {.verdict = MAIL_QUEUED};

	(void)state;
	while (sending.verdict != MAIL_LIMITED)
		house_do(&ctx, send_for_claim_in, &sending);
	take_call(&staff);
	act(&staff, "send-caller-code");
	assert_done(&staff);
	house_ctx_done(&ctx);
}

/* A role that the provider takes back ends what was begun with it, before anybody proves a factor; a sign-in with the same role ends nothing. */
static void
a_lowered_role_ends_the_session(void **state)
{
	struct person other;

	(void)state;
	person_init(&other, &house, house.text);
	other.routes = &desk_routes;
	other.now = staff.now;
	take_call(&staff);
	verify(&staff, CALLER_FACTOR);
	console_arrive(&other, "ok anna agent");
	act(&staff, "send-caller-code");
	assert_done(&staff);
	console_arrive(&other, "ok anna viewer");
	act(&staff, "end-sessions");
	assert_string_equal(staff.location, "/sign-in?why=ended");
	/* And none at all. */
	console_arrive(&other, "ok ben");
	assert_int_equal(other.status, 403);
	console_get(&ben, "/");
	assert_string_equal(ben.location, "/sign-in?why=ended");
	assert_int_equal(console_events("desk-role-refused", "staff").count, 1);
	assert_true(strncmp(console_events("desk-role-refused", "staff").value, "S-", 2) == 0);
	person_done(&other);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(of_an_account_that_is_not_locked),
	    TEST(of_a_locked_account),
	    TEST(asked_and_approved_twice),
	    TEST(while_the_person_signs_in),
	    TEST(without_the_role),
	    TEST(an_agent_for_himself),
	    TEST(a_colleague_stops_it),
	    TEST(twenty_approve_at_once),
	    TEST(approved_while_it_is_stopped),
	    TEST(every_deed_needs_the_form),
	    TEST(every_deed_needs_the_caller_and_the_case),
	    TEST(a_failed_mail_is_told_of_once),
	    TEST(caller_codes_by_mail_are_few),
	    TEST(codes_of_a_claimant_count_apart),
	    TEST(a_lowered_role_ends_the_session),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
