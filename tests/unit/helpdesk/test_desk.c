/* The frame of the help desk: signing in, sessions and their ends, roles against every power, cases. The provider is scripted. */
#include "../page/person.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account/account.h"
#include "audit/audit.h"
#include "helpdesk/desk.h"
#include "helpdesk/desk_error.h"
#include "helpdesk/desk_routes.h"
#include "helpdesk/look_up.h"
#include "web/csrf.h"

static struct house house;
static struct provider_config providers[3];
static struct person staff;
static uint8_t seed[20];
static const char *reference;
static struct bytes account;

/* ---- screens of the test's own: one a power, with a button of that power; and one of a case ---- */

static enum err
show(struct desk *desk)
{
	buf_printf(&desk->response->body, "<body data-page=\"%s\"><input name=\"csrf\" value=\"%s\">", desk->screen->name,
	    csrf_print(desk->ctx, desk->session->sid));
	return ERR_OK;
}

static enum err
press_power(struct desk *desk)
{
	return desk_go(desk, "/done");
}

#define POWER(id, label, viewer, agent, supervisor, auditor) \
	static const struct desk_action id##_actions[] = {{"act", POWER_##id, 0, press_power}, {NULL, POWER_NONE, 0, NULL}}; \
	static const struct desk_screen id##_screen = { \
	    .name = label, .path = "/see/" label, .step = DESK_IN, .power = POWER_##id, .show = show, .actions = id##_actions}; \
	static const struct desk_screen id##_button = { \
	    .name = label, .path = "/do/" label, .step = DESK_IN, .power = POWER_NONE, .show = show, .actions = id##_actions}; \
	static enum err id##_see(struct ctx *ctx, const struct request *request, struct response *response) \
	{ \
		return desk_serve(ctx, request, response, &id##_screen); \
	} \
	static enum err id##_do(struct ctx *ctx, const struct request *request, struct response *response) \
	{ \
		return desk_serve(ctx, request, response, &id##_button); \
	}
#include "helpdesk/roles.def"

static enum err
show_case(struct desk *desk)
{
	buf_printf(&desk->response->body, "<body data-page=\"case\" data-grades=\"%u\">", desk_case_grades(desk->call.proven));
	return ERR_OK;
}

struct proving {
	struct desk *desk;
	struct factor_answer answer;
};

static enum err
prove_in(struct txn *txn, void *arg)
{
	struct proving *proving = arg;
	struct desk_now now;
	enum err err = desk_again(txn, proving->desk, &now);

	if (err != ERR_OK)
		return err;
	return look_up_prove(txn, now.staff, &now.call, request_form(proving->desk->request, "code"), &proving->answer);
}

static enum err
prove(struct desk *desk)
{
	struct proving proving = {.desk = desk};
	enum err err = store_update(desk->ctx, prove_in, &proving);

	if (err != ERR_OK)
		return desk_over(desk, err);
	desk->response->status = proving.answer.verdict == FACTOR_ACCEPTED ? 200 : 422;
	buf_printf(&desk->response->body, "<body data-error=\"%s\">", factor_verdict_print(proving.answer.verdict));
	return ERR_OK;
}

static const struct desk_action case_actions[] = {{"prove", POWER_LOOK, 0, prove}, {"one", POWER_LOOK, 1, press_power},
    {"two", POWER_LOOK, 2, press_power}, {NULL, POWER_NONE, 0, NULL}};
static const struct desk_screen case_screen = {.name = "case", .path = "/account", .step = DESK_IN, .power = POWER_LOOK, .of_case = true,
    .show = show_case, .actions = case_actions};

static enum err
serve_case(struct ctx *ctx, const struct request *request, struct response *response)
{
	return desk_serve(ctx, request, response, &case_screen);
}

#define BOTH (METHOD_GET | METHOD_POST)
#define OWN_MOST 64
static struct route rows[OWN_MOST];
static struct routes routes = {.items = rows, .error = desk_error_route};

static void
add_route(const char *path, handler_fn *handler)
{
	assert_true(routes.count < OWN_MOST);
	rows[routes.count++] = (struct route){.methods = BOTH, .path = path, .handler = handler, .metric = "test"};
}

/* The test's first: the console's own /account gives way. */
static void
make_routes(void)
{
	routes.count = 0;
#define POWER(id, name, viewer, agent, supervisor, auditor) \
	add_route("/see/" name, id##_see); \
	add_route("/do/" name, id##_do);
#include "helpdesk/roles.def"
	add_route("/account", serve_case);
	for (size_t i = 0; i < desk_routes.count; i++) {
		assert_true(routes.count < OWN_MOST);
		rows[routes.count++] = desk_routes.items[i];
	}
}

/* ---- the house ---- */

static enum err
make_account_in(struct txn *txn, void *arg)
{
	struct AccountRecord *made;
	enum err err = account_create(txn, "health", "gckey", STATUS_ACTIVE, &made);

	(void)arg;
	if (err == ERR_OK)
		err = account_save(txn, made);
	account = bytes_copy(house.arena, record_bytes(made->id));
	reference = arena_text(house.arena, made->support_reference);
	return err;
}

static int
set_up(void **state)
{
	struct ctx ctx;

	(void)state;
	house_open(&house, "mem");
	memcpy(providers, house.providers, sizeof(house.providers));
	providers[2] = (struct provider_config){.id = "staff", .name = {"Staff", "Personnel"}, .profile = PROFILE_PLAIN};
	house.config.providers = providers;
	house.config.provider_count = 3;
	house.config.helpdesk = (struct helpdesk_config){
	    .public_url = "https://desk.example", .provider = "staff", .role_attribute = "role", .looks_hour = 30, .looks_day = 150};
	make_routes();
	ctx = house_ctx(&house, HOUSE_NOW);
	house_do(&ctx, make_account_in, NULL);
	house_ctx_done(&ctx);
	person_init(&staff, &house, house.text);
	staff.routes = &routes;
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	person_done(&staff);
	house_close(&house);
	return 0;
}

static void
get(struct person *who, const char *target)
{
	person_ask(who, target, NULL);
}

/* From a browser without a session to the provider; the relay state stays in who->handle. */
static void
leave(struct person *who)
{
	const char *relay;

	person_forget(who, DESK_COOKIE);
	person_ask(who, "/sign-in", (const char *const[]){"action", "go", NULL});
	assert_int_equal(who->status, 303);
	assert_non_null(strstr(who->location, "https://staff.example/sso?id=_"));
	relay = strstr(who->location, "RelayState=");
	assert_non_null(relay);
	snprintf(who->handle, sizeof(who->handle), "%.16s", relay + strlen("RelayState="));
}

static void
answer(struct person *who, const char *response)
{
	person_post_from_elsewhere(who, "/saml/acs", (const char *const[]){"SAMLResponse", response, "RelayState", who->handle, NULL});
}

static void
arrive(struct person *who, const char *response)
{
	leave(who);
	answer(who, response);
	person_follow(who);
}

static void
enter(struct person *who, const char *path, const uint8_t from[20])
{
	char digits[7];

	person_digits(from, who->now, digits);
	person_ask(who, path, (const char *const[]){"code", digits, "action", "continue", NULL});
}

/* On the page that shows the key. */
static void
set_up_app(struct person *who, uint8_t ret_seed[20])
{
	struct arena *arena = arena_new(1 << 16);
	struct bytes key;
	char text[64];

	assert_string_equal(who->page, "desk-enrol");
	assert_true(person_attribute(who, "data-totp-key", 0, text, sizeof(text)));
	assert_int_equal(base32_parse(arena, text, &key), ERR_OK);
	memcpy(ret_seed, key.data, 20);
	arena_free(&arena);
	enter(who, "/enrol", ret_seed);
	assert_int_equal(who->status, 303);
}

static void
enrol(struct person *who, const char *response, uint8_t ret_seed[20])
{
	arrive(who, response);
	set_up_app(who, ret_seed);
}

/* Later, with the app that is there. */
static void
sign_in(struct person *who, const char *response, const uint8_t from[20])
{
	who->now += SECONDS(30);
	arrive(who, response);
	assert_string_equal(who->page, "desk-code");
	enter(who, "/second-factor", from);
	assert_int_equal(who->status, 303);
}

/* How many events of that kind the audit has, and a field of the newest one. */
struct count {
	const char *event, *field;
	unsigned count;
	char value[64];
};

static enum err
count_one(void *arg, uint64_t sequence, const struct AuditRecord *record)
{
	struct count *count = arg;

	(void)sequence;
	if (strcmp(record->event, count->event) != 0)
		return ERR_OK;
	count->count++;
	for (size_t i = 0; i < record->n_names; i++) {
		if (count->field != NULL && strcmp(record->names[i], count->field) == 0)
			snprintf(count->value, sizeof(count->value), "%s", record->values[i]);
	}
	return ERR_OK;
}

static enum err
count_in(struct txn *txn, void *arg)
{
	return audit_walk(txn, 1, 1000, count_one, arg);
}

static struct count
events(const char *event, const char *field)
{
	struct ctx ctx = house_ctx(&house, staff.now);
	struct count count = {.event = event, .field = field};

	assert_int_equal(store_view(&ctx, count_in, &count), ERR_OK);
	house_ctx_done(&ctx);
	return count;
}

/* ---- signing in ---- */

static void
first_enrols_then_asks(void **state)
{
	char before[128];

	(void)state;
	get(&staff, "/");
	assert_string_equal(staff.location, "/sign-in");
	get(&staff, "/sign-in");
	assert_string_equal(staff.page, "desk-sign-in");
	assert_string_equal(staff.form_action, "https://staff.example");
	arrive(&staff, "ok anna agent");
	assert_string_equal(staff.page, "desk-enrol");
	/* Nothing is open before the factor, whatever is asked for. */
	get(&staff, "/see/look");
	assert_string_equal(staff.location, "/enrol");
	get(&staff, "/second-factor");
	assert_string_equal(staff.location, "/enrol");
	person_ask(&staff, "/", (const char *const[]){"reference", reference, "action", "look", NULL});
	assert_string_equal(staff.location, "/enrol");
	snprintf(before, sizeof(before), "%s", person_cookie(&staff, DESK_COOKIE));
	get(&staff, "/enrol");
	set_up_app(&staff, seed);
	assert_string_equal(staff.location, "/");
	assert_string_not_equal(person_cookie(&staff, DESK_COOKIE), before);
	person_follow(&staff);
	assert_string_equal(staff.page, "desk-look-up");
	sign_in(&staff, "ok anna agent", seed);
	person_follow(&staff);
	assert_string_equal(staff.page, "desk-look-up");
	assert_int_equal(events("desk-factor-enrolled", NULL).count, 1);
	assert_int_equal(events("desk-signed-in", NULL).count, 2);
	assert_string_equal(events("desk-signed-in", "role").value, "agent");
}

static void
an_old_cookie_is_worth_nothing(void **state)
{
	struct person other;

	(void)state;
	arrive(&staff, "ok anna agent");
	other = staff;
	other.body = NULL;
	set_up_app(&staff, seed);
	get(&other, "/see/look");
	assert_string_equal(other.location, "/sign-in?why=ended");
	person_done(&other);
}

static void
exactly_one_known_role(void **state)
{
	static const struct {
		const char *answer, *reason;
	} cases[] = {{"ok anna", "role-missing"}, {"ok anna agent,viewer", "role-several"}, {"ok anna agent,agent", "role-several"},
	    {"ok anna boss", "role-unknown"}, {"ok anna Agent", "role-unknown"}, {"ok anna agents", "role-unknown"}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char shown[64];
		arrive(&staff, cases[i].answer);
		assert_int_equal(staff.status, 403);
		assert_string_equal(staff.page, "desk-error");
		assert_true(person_attribute(&staff, "data-reason", 0, shown, sizeof(shown)));
		assert_string_equal(shown + strlen("desk-"), cases[i].reason);
		assert_null(person_cookie(&staff, DESK_COOKIE));
		assert_string_equal(events("desk-role-refused", "reason").value, cases[i].reason);
		/* The request is used up by it: a better answer to the same one comes too late. */
		answer(&staff, "ok anna agent");
		assert_null(person_cookie(&staff, DESK_COOKIE));
	}
	assert_int_equal(events("desk-role-refused", NULL).count, sizeof(cases) / sizeof(cases[0]));
}

static void
refused_answers_open_nothing(void **state)
{
	static const struct {
		const char *answer;
		int status;
	} cases[] = {{"bad", 502}, {"dead", 502}, {"refused", 502}, {"none", 502}, {"denied", 403}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		arrive(&staff, cases[i].answer);
		assert_int_equal(staff.status, cases[i].status);
		assert_string_equal(staff.page, "desk-error");
		assert_null(person_cookie(&staff, DESK_COOKIE));
	}
	assert_int_equal(events("credential-refused", NULL).count, 1);
	arrive(&staff, "cancel");
	assert_string_equal(staff.page, "desk-sign-in");
	/* What a forger posts does not use the request up. */
	leave(&staff);
	answer(&staff, "bad");
	answer(&staff, "ok anna agent");
	assert_int_equal(staff.status, 303);
	assert_non_null(person_cookie(&staff, DESK_COOKIE));
}

static void
an_answer_is_good_once_and_in_its_browser(void **state)
{
	struct person other;

	(void)state;
	person_init(&other, &house, house.text);
	other.routes = &routes;
	leave(&staff);
	snprintf(other.handle, sizeof(other.handle), "%s", staff.handle);
	answer(&other, "ok anna agent");
	assert_int_equal(other.status, 400);
	answer(&staff, "ok anna agent");
	assert_non_null(person_cookie(&staff, DESK_COOKIE));
	person_forget(&staff, DESK_COOKIE);
	answer(&staff, "ok anna agent");
	assert_string_equal(staff.location, "/");
	assert_null(person_cookie(&staff, DESK_COOKIE));
	/* A quarter of an hour is enough for a sign-in. */
	leave(&staff);
	staff.now += MINUTES(15) + 1;
	answer(&staff, "ok anna agent");
	assert_int_equal(staff.status, 400);
	person_done(&other);
}

static void
at_most_four_on_the_way(void **state)
{
	unsigned count = 0;

	(void)state;
	for (unsigned i = 0; i < 7; i++) {
		leave(&staff);
		staff.now += 1000;
	}
	for (size_t i = 0; i < staff.cookie_count; i++)
		count += strncmp(staff.cookies[i].name, "__Host-vestibule-desk-login-", 28) == 0;
	assert_int_equal(count, 4);
	answer(&staff, "ok anna agent");
	assert_non_null(person_cookie(&staff, DESK_COOKIE));
}

static void
without_a_console_nobody_signs_in(void **state)
{
	(void)state;
	leave(&staff);
	house.config.helpdesk.public_url = NULL;
	answer(&staff, "ok anna agent");
	assert_int_equal(staff.status, 400);
	get(&staff, "/sign-in");
	assert_int_equal(staff.status, 503);
}

/* ---- the second factor ---- */

static void
wrong_codes_cost_a_wait(void **state)
{
	char digits[7];

	(void)state;
	enrol(&staff, "ok anna agent", seed);
	staff.now += SECONDS(30);
	arrive(&staff, "ok anna agent");
	for (unsigned i = 0; i < 5; i++) {
		person_digits(seed, staff.now + HOURS(24) + MINUTES(i), digits);
		person_ask(&staff, "/second-factor", (const char *const[]){"code", digits, "action", "continue", NULL});
		assert_string_equal(staff.error, "wrong");
	}
	enter(&staff, "/second-factor", seed);
	assert_int_equal(staff.status, 429);
	assert_string_equal(staff.error, "locked");
	assert_string_equal(staff.retry_after, "30");
	/* The wait is the member of staff's, not the session's. */
	person_forget(&staff, DESK_COOKIE);
	arrive(&staff, "ok anna agent");
	enter(&staff, "/second-factor", seed);
	assert_string_equal(staff.error, "locked");
	staff.now += SECONDS(30);
	enter(&staff, "/second-factor", seed);
	assert_int_equal(staff.status, 303);
	assert_int_equal(events("desk-factor-failed", NULL).count, 5);
}

static void
a_code_of_the_app_works_once(void **state)
{
	(void)state;
	enrol(&staff, "ok anna agent", seed);
	person_forget(&staff, DESK_COOKIE);
	arrive(&staff, "ok anna agent");
	enter(&staff, "/second-factor", seed);
	assert_string_equal(staff.error, "used");
	person_ask(&staff, "/second-factor", (const char *const[]){"code", "", "action", "continue", NULL});
	assert_string_equal(staff.error, "required");
}

static void
a_key_grows_old(void **state)
{
	char before[64], after[64];

	(void)state;
	arrive(&staff, "ok anna agent");
	assert_true(person_attribute(&staff, "data-totp-key", 0, before, sizeof(before)));
	get(&staff, "/enrol");
	assert_true(person_attribute(&staff, "data-totp-key", 0, after, sizeof(after)));
	assert_string_equal(before, after);
	for (unsigned i = 0; i < 4; i++) {
		staff.now += MINUTES(10);
		get(&staff, "/language?to=fr&back=/enrol");
		person_ask(&staff, "/enrol", (const char *const[]){"code", "12", "action", "continue", NULL});
		assert_string_equal(staff.error, i < 3 ? "malformed" : "expired");
	}
	assert_true(person_attribute(&staff, "data-totp-key", 0, after, sizeof(after)));
	assert_string_not_equal(before, after);
}

static enum err
reset_in(struct txn *txn, void *arg)
{
	struct StaffRecord *found;
	enum err err = staff_find(txn, arg, &found);

	return err == ERR_OK ? staff_reset(txn, found) : err;
}

static void
a_lost_phone_is_reset(void **state)
{
	struct ctx ctx = house_ctx(&house, staff.now);
	struct person other;
	uint8_t others[20];
	char code[16];
	const char *parsed;
	char nobody[] = "S-000000";

	(void)state;
	person_init(&other, &house, house.text);
	other.routes = &routes;
	enrol(&other, "ok ben viewer", others);
	enrol(&staff, "ok anna agent", seed);
	person_follow(&staff);
	assert_true(person_attribute(&staff, "data-staff", 0, code, sizeof(code)));
	code[0] = 's';
	assert_int_equal(staff_code_parse(ctx.arena, code, &parsed), ERR_OK);
	assert_int_equal(store_update(&ctx, reset_in, (void *)parsed), ERR_OK);
	assert_int_equal(store_update(&ctx, reset_in, nobody), ERR_NOT_FOUND);
	get(&staff, "/");
	assert_string_equal(staff.location, "/sign-in?why=ended");
	get(&other, "/");
	assert_string_equal(other.page, "desk-look-up");
	arrive(&staff, "ok anna agent");
	assert_string_equal(staff.page, "desk-enrol");
	person_done(&other);
	house_ctx_done(&ctx);
}

static void
staff_codes_are_read_leniently(void **state)
{
	static const char *const good[] = {"S-7K2M4Q", "s-7k2m4q", "7K2M4Q", " 7K2 M4Q", "S7K2M4Q"};
	static const char *const bad[] = {"", "S-", "S-7K2M", "S-7K2M4Q1", "T-7K2M4Q", "7K2M4U"};
	struct ctx ctx = house_ctx(&house, staff.now);
	const char *code;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(staff_code_parse(ctx.arena, good[i], &code), ERR_OK);
		assert_string_equal(code, "S-7K2M4Q");
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(staff_code_parse(ctx.arena, bad[i], &code), ERR_FORMAT);
	house_ctx_done(&ctx);
}

/* ---- sessions ---- */

static void
idle_and_absolute_ends(void **state)
{
	int64_t begun;

	(void)state;
	enrol(&staff, "ok anna agent", seed);
	begun = staff.now;
	staff.now += MINUTES(15) - 1;
	get(&staff, "/see/look");
	assert_int_equal(staff.status, 200);
	staff.now += MINUTES(15) - 1;
	get(&staff, "/see/look");
	assert_int_equal(staff.status, 200);
	staff.now += MINUTES(15);
	get(&staff, "/see/look");
	assert_string_equal(staff.location, "/sign-in?why=ended");
	sign_in(&staff, "ok anna agent", seed);
	begun = staff.now;
	while (staff.now + MINUTES(10) < begun + HOURS(8)) {
		staff.now += MINUTES(10);
		get(&staff, "/see/look");
		assert_int_equal(staff.status, 200);
	}
	staff.now = begun + HOURS(8) - 1;
	get(&staff, "/see/look");
	assert_int_equal(staff.status, 200);
	staff.now = begun + HOURS(8);
	get(&staff, "/see/look");
	assert_string_equal(staff.location, "/sign-in?why=ended");
}

static void
one_session_at_a_time(void **state)
{
	struct person other;

	(void)state;
	person_init(&other, &house, house.text);
	other.routes = &routes;
	enrol(&staff, "ok anna agent", seed);
	/* The provider's word alone ends nothing: the factor does. */
	other.now = staff.now + SECONDS(30);
	arrive(&other, "ok anna agent");
	get(&staff, "/see/look");
	assert_int_equal(staff.status, 200);
	enter(&other, "/second-factor", seed);
	get(&staff, "/see/look");
	assert_string_equal(staff.location, "/sign-in?why=ended");
	get(&other, "/see/look");
	assert_int_equal(other.status, 200);
	person_done(&other);
}

static void
signing_out_needs_the_form(void **state)
{
	(void)state;
	enrol(&staff, "ok anna agent", seed);
	person_follow(&staff);
	person_ask(&staff, "/sign-out", (const char *const[]){"csrf", "AAAA", NULL});
	assert_int_equal(staff.status, 403);
	get(&staff, "/");
	assert_string_equal(staff.page, "desk-look-up");
	person_ask(&staff, "/sign-out", (const char *const[]){NULL});
	assert_string_equal(staff.location, "/sign-in?why=signed-out");
	assert_null(person_cookie(&staff, DESK_COOKIE));
	assert_int_equal(events("desk-signed-out", NULL).count, 1);
	person_ask(&staff, "/sign-out", (const char *const[]){NULL});
	assert_string_equal(staff.location, "/sign-in?why=signed-out");
	assert_int_equal(events("desk-signed-out", NULL).count, 1);
}

static void
a_form_is_this_sessions(void **state)
{
	struct person other;
	uint8_t others[20];

	(void)state;
	person_init(&other, &house, house.text);
	other.routes = &routes;
	enrol(&other, "ok ben agent", others);
	person_follow(&other);
	enrol(&staff, "ok anna agent", seed);
	person_follow(&staff);
	person_ask(&staff, "/", (const char *const[]){"reference", reference, "csrf", other.csrf, NULL});
	assert_int_equal(staff.status, 403);
	person_ask(&staff, "/", (const char *const[]){"reference", reference, "csrf", "", NULL});
	assert_int_equal(staff.status, 403);
	assert_int_equal(events("desk-looked", NULL).count, 0);
	get(&staff, "/");
	person_ask(&staff, "/", (const char *const[]){"reference", reference, "action", "list", NULL});
	assert_int_equal(staff.status, 400);
	person_ask(&staff, "/", (const char *const[]){"reference", reference, NULL});
	assert_int_equal(staff.status, 303);
	person_done(&other);
}

/* ---- roles ---- */

/* What each role may, written down a second time: a change of roles.def is made here as well, on purpose. */
static const struct {
	const char *role, *powers;
} expected[] = {
    {"viewer", "look details"},
    {"agent", "look details clear_wait end_sessions resend_mail send_caller_code start_reset approve_reset stop_reset stop_claim"},
    {"supervisor", "look details clear_wait end_sessions resend_mail send_caller_code start_reset approve_reset stop_reset stop_claim unfreeze"},
    {"auditor", "audit"},
};

static const char *const power_names[] = {
#define POWER(id, name, viewer, agent, supervisor, auditor) name,
#include "helpdesk/roles.def"
};

static bool
listed(const char *list, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = list; (p = strstr(p, name)) != NULL; p += len) {
		if ((p == list || p[-1] == ' ') && (p[len] == ' ' || p[len] == '\0'))
			return true;
	}
	return false;
}

static void
every_power_of_every_role(void **state)
{
	(void)state;
	assert_int_equal(sizeof(expected) / sizeof(expected[0]), ROLE_COUNT);
	for (unsigned role = 0; role < ROLE_COUNT; role++) {
		char answered[64], target[64];
		enum role parsed;

		assert_int_equal(role_parse(expected[role].role, &parsed), ERR_OK);
		assert_int_equal(parsed, role);
		snprintf(answered, sizeof(answered), "ok %s-of-ours %s", expected[role].role, expected[role].role);
		enrol(&staff, answered, seed);
		assert_string_equal(staff.location, role == ROLE_AUDITOR ? "/audit" : "/");
		for (unsigned power = 0; power < POWER_COUNT; power++) {
			bool may = listed(expected[role].powers, power_names[power]);
			assert_int_equal(role_may((enum role)role, (enum power)power), may);
			snprintf(target, sizeof(target), "/see/%s", power_names[power]);
			get(&staff, target);
			assert_int_equal(staff.status, may ? 200 : 403);
		}
		person_forget(&staff, DESK_COOKIE);
		staff.now += MINUTES(1);
	}
}

/* With the right csrf: what refuses is the power alone. */
static void
every_button_of_every_role(void **state)
{
	(void)state;
	for (unsigned role = 0; role < ROLE_COUNT; role++) {
		char answered[64], target[64];

		snprintf(answered, sizeof(answered), "ok %s-of-ours %s", expected[role].role, expected[role].role);
		enrol(&staff, answered, seed);
		for (unsigned power = 0; power < POWER_COUNT; power++) {
			snprintf(target, sizeof(target), "/do/%s", power_names[power]);
			get(&staff, target);
			assert_int_equal(staff.status, 200);
			person_ask(&staff, target, (const char *const[]){"action", "act", NULL});
			assert_int_equal(staff.status, listed(expected[role].powers, power_names[power]) ? 303 : 403);
		}
		person_forget(&staff, DESK_COOKIE);
		staff.now += MINUTES(1);
	}
}

static void
a_role_changes_at_the_next_sign_in(void **state)
{
	struct person other;

	(void)state;
	enrol(&staff, "ok anna agent", seed);
	person_init(&other, &house, house.text);
	other.routes = &routes;
	other.now = staff.now + SECONDS(30);
	arrive(&other, "ok anna viewer");
	get(&staff, "/see/clear_wait");
	assert_int_equal(staff.status, 200);
	enter(&other, "/second-factor", seed);
	get(&other, "/see/clear_wait");
	assert_int_equal(other.status, 403);
	get(&other, "/see/look");
	assert_int_equal(other.status, 200);
	person_done(&other);
}

/* ---- cases ---- */

static void
look(struct person *who, const char *typed, const char *code)
{
	get(who, "/");
	person_ask(who, "/", (const char *const[]){"reference", typed, "caller_code", code, "action", "look", NULL});
}

static void
a_case_is_this_sessions_and_one_at_a_time(void **state)
{
	struct person other;
	uint8_t others[20];
	char first[128], second[128];

	(void)state;
	person_init(&other, &house, house.text);
	other.routes = &routes;
	enrol(&other, "ok ben agent", others);
	enrol(&staff, "ok anna agent", seed);
	look(&staff, reference, "");
	assert_int_equal(staff.status, 303);
	snprintf(first, sizeof(first), "%.120s", staff.location);
	get(&staff, first);
	assert_string_equal(staff.page, "case");
	get(&other, first);
	assert_string_equal(other.location, "/?why=over");
	look(&staff, reference, "");
	snprintf(second, sizeof(second), "%.120s", staff.location);
	assert_string_not_equal(first, second);
	get(&staff, first);
	assert_string_equal(staff.location, "/?why=over");
	get(&staff, second);
	assert_string_equal(staff.page, "case");
	get(&staff, "/account");
	assert_string_equal(staff.location, "/?why=over");
	get(&staff, "/account?c=00000000000000000000000000000000");
	assert_string_equal(staff.location, "/?why=over");
	assert_int_equal(events("desk-looked", NULL).count, 2);
	person_done(&other);
}

static void
a_case_ends(void **state)
{
	int64_t opened;
	char target[128];

	(void)state;
	enrol(&staff, "ok anna agent", seed);
	look(&staff, reference, "");
	opened = staff.now;
	snprintf(target, sizeof(target), "%.120s", staff.location);
	while (staff.now < opened + MINUTES(55)) {
		staff.now += MINUTES(11);
		get(&staff, target);
		assert_string_equal(staff.page, "case");
	}
	staff.now = opened + HOURS(1) - 1;
	get(&staff, target);
	assert_string_equal(staff.page, "case");
	staff.now = opened + HOURS(1);
	get(&staff, target);
	assert_string_equal(staff.location, "/?why=over");
	look(&staff, reference, "");
	snprintf(target, sizeof(target), "%.120s", staff.location);
	/* The session goes on, the case does not. */
	for (unsigned i = 0; i < 3; i++) {
		staff.now += MINUTES(5);
		get(&staff, "/see/look");
		assert_int_equal(staff.status, 200);
	}
	get(&staff, target);
	assert_string_equal(staff.location, "/?why=over");
}

static const char *
caller(enum caller_grade grade)
{
	struct ctx ctx = house_ctx(&house, staff.now);
	const char *digits = arena_text(house.arena, caller_code(&ctx, account, grade).digits);

	house_ctx_done(&ctx);
	return digits;
}

static void
press(const char *target, const char *action, const char *code)
{
	person_ask(&staff, target, (const char *const[]){"action", action, "code", code, NULL});
}

static void
what_is_proven_belongs_to_the_case(void **state)
{
	char target[128], grades[8];

	(void)state;
	enrol(&staff, "ok anna agent", seed);
	look(&staff, reference, "");
	snprintf(target, sizeof(target), "%.120s", staff.location);
	press(target, "one", "");
	assert_int_equal(staff.status, 403);
	press(target, "prove", "12345");
	assert_string_equal(staff.error, "malformed");
	press(target, "prove", caller(CALLER_CREDENTIAL));
	assert_int_equal(staff.status, 200);
	assert_string_equal(events("desk-caller-verified", "verified").value, "caller-credential");
	press(target, "one", "");
	assert_int_equal(staff.status, 303);
	press(target, "two", "");
	assert_int_equal(staff.status, 403);
	/* The same grade again is no second one. */
	staff.now += CALLER_WINDOW;
	press(target, "prove", caller(CALLER_CREDENTIAL));
	assert_int_equal(staff.status, 200);
	press(target, "two", "");
	assert_int_equal(staff.status, 403);
	press(target, "prove", caller(CALLER_MAIL));
	press(target, "two", "");
	assert_int_equal(staff.status, 303);
	/* Looked up anew, with a code: one grade, not three. */
	staff.now += CALLER_WINDOW;
	look(&staff, reference, caller(CALLER_FACTOR));
	assert_string_equal(events("desk-looked", "verified").value, "caller-factor");
	get(&staff, staff.location);
	assert_true(person_attribute(&staff, "data-grades", 0, grades, sizeof(grades)));
	assert_string_equal(grades, "1");
}

/* ---- limits ---- */

static void
ten_failures_an_hour(void **state)
{
	static const char *const unknown = "VB-0000-0000";

	(void)state;
	enrol(&staff, "ok anna agent", seed);
	/* What is no reference, and what is no code, cost nothing. */
	for (unsigned i = 0; i < 12; i++) {
		look(&staff, i % 2 == 0 ? "VB-12" : "", "");
		assert_int_equal(staff.status, 422);
	}
	for (unsigned i = 0; i < 9; i++) {
		look(&staff, unknown, "123456");
		assert_int_equal(staff.status, 422);
		assert_string_equal(staff.error, "wrong");
	}
	assert_int_equal(events("desk-limited", NULL).count, 0);
	look(&staff, reference, strcmp(caller(CALLER_FACTOR), "000000") == 0 ? "000001" : "000000");
	assert_int_equal(staff.status, 422);
	assert_string_equal(events("desk-limited", "limit").value, "misses-hour");
	assert_int_equal(events("desk-missed", NULL).count, 10);
	look(&staff, reference, "");
	assert_int_equal(staff.status, 429);
	assert_string_equal(staff.error, "locked");
	assert_string_equal(staff.retry_after, "3600");
	assert_int_equal(events("desk-limited", NULL).count, 1);
	assert_int_equal(events("desk-looked", NULL).count, 0);
	/* It is the member of staff's, not the session's. */
	staff.now += MINUTES(59);
	sign_in(&staff, "ok anna agent", seed);
	look(&staff, reference, "");
	assert_int_equal(staff.status, 429);
	staff.now += MINUTES(1);
	look(&staff, reference, "");
	assert_int_equal(staff.status, 303);
}

static void
so_many_looks(void **state)
{
	(void)state;
	house.config.helpdesk.looks_hour = 5;
	house.config.helpdesk.looks_day = 12;
	enrol(&staff, "ok anna agent", seed);
	for (unsigned hour = 0; hour < 3; hour++) {
		unsigned most = hour < 2 ? 5 : 2;
		for (unsigned i = 0; i < most; i++) {
			look(&staff, reference, "");
			assert_int_equal(staff.status, 303);
		}
		look(&staff, reference, "");
		assert_int_equal(staff.status, 429);
		assert_string_equal(events("desk-limited", "limit").value, hour < 2 ? "looks-hour" : "looks-day");
		assert_int_equal(events("desk-limited", NULL).count, hour + 1);
		staff.now += HOURS(1);
		sign_in(&staff, "ok anna agent", seed);
	}
	assert_true(atoi(staff.retry_after) == 0);
	look(&staff, reference, "");
	assert_true(atoi(staff.retry_after) > 20 * 3600);
	/* Another member of staff has looks of his own. */
	person_forget(&staff, DESK_COOKIE);
	enrol(&staff, "ok ben agent", seed);
	look(&staff, reference, "");
	assert_int_equal(staff.status, 303);
}

static void
languages_and_errors(void **state)
{
	char url[128];

	(void)state;
	staff.accept_language = "fr";
	get(&staff, "/sign-in");
	assert_non_null(strstr(staff.body, "lang=\"fr\""));
	assert_true(person_attribute(&staff, "class=\"language\" href", 0, url, sizeof(url)));
	assert_string_equal(url, "/language?to=en&amp;back=/sign-in");
	get(&staff, "/language?to=en&back=/sign-in");
	assert_string_equal(staff.location, "/sign-in");
	get(&staff, "/sign-in");
	assert_non_null(strstr(staff.body, "lang=\"en\""));
	enrol(&staff, "ok anna agent", seed);
	for (unsigned i = 0; i < 5; i++) {
		static const char *const bad[] = {"/language?to=de&back=/", "/language?to=fr", "/language?to=fr&back=/style.css",
		    "/language?to=fr&back=//elsewhere.example", "/language?to=fr&back=/account&c=x"};
		get(&staff, bad[i]);
		assert_int_equal(staff.status, 400);
	}
	get(&staff, "/nothing");
	assert_int_equal(staff.status, 404);
	assert_string_equal(staff.page, "desk-error");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(first_enrols_then_asks),
	    TEST(an_old_cookie_is_worth_nothing),
	    TEST(exactly_one_known_role),
	    TEST(refused_answers_open_nothing),
	    TEST(an_answer_is_good_once_and_in_its_browser),
	    TEST(at_most_four_on_the_way),
	    TEST(without_a_console_nobody_signs_in),
	    TEST(wrong_codes_cost_a_wait),
	    TEST(a_code_of_the_app_works_once),
	    TEST(a_key_grows_old),
	    TEST(a_lost_phone_is_reset),
	    TEST(staff_codes_are_read_leniently),
	    TEST(idle_and_absolute_ends),
	    TEST(one_session_at_a_time),
	    TEST(signing_out_needs_the_form),
	    TEST(a_form_is_this_sessions),
	    TEST(every_power_of_every_role),
	    TEST(every_button_of_every_role),
	    TEST(a_role_changes_at_the_next_sign_in),
	    TEST(a_case_is_this_sessions_and_one_at_a_time),
	    TEST(a_case_ends),
	    TEST(what_is_proven_belongs_to_the_case),
	    TEST(ten_failures_an_hour),
	    TEST(so_many_looks),
	    TEST(languages_and_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
