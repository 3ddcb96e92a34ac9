#include "console.h"

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

struct house house;
static struct provider_config providers[3];
struct person staff;
uint8_t seed[20];
const char *reference;
struct bytes account;

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
struct routes console_routes = {.items = rows, .error = desk_error_route};

static void
add_route(const char *path, handler_fn *handler)
{
	assert_true(console_routes.count < OWN_MOST);
	rows[console_routes.count++] = (struct route){.methods = BOTH, .path = path, .handler = handler, .metric = "test"};
}

/* The test's first: the console's own /account gives way. */
static void
make_routes(void)
{
	console_routes.count = 0;
#define POWER(id, name, viewer, agent, supervisor, auditor) \
	add_route("/see/" name, id##_see); \
	add_route("/do/" name, id##_do);
#include "helpdesk/roles.def"
	add_route("/account", serve_case);
	for (size_t i = 0; i < desk_routes.count; i++) {
		assert_true(console_routes.count < OWN_MOST);
		rows[console_routes.count++] = desk_routes.items[i];
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

int
console_set_up(void **state)
{
	struct ctx ctx;

	(void)state;
	house_open(&house, "mem");
	memcpy(providers, house.providers, sizeof(house.providers));
	providers[2] = (struct provider_config){.id = "staff", .name = {"Staff", "Personnel"}, .profile = PROFILE_PLAIN};
	house.config.providers = providers;
	house.config.provider_count = 3;
	house.config.helpdesk = (struct helpdesk_config){
	    .public_url = "https://desk.example", .provider = "staff", .role_attribute = "role", .looks_hour = 30, .looks_day = 150,
	    .tool_looks_hour = 200, .tool_looks_day = 2000};
	make_routes();
	ctx = house_ctx(&house, HOUSE_NOW);
	house_do(&ctx, make_account_in, NULL);
	house_ctx_done(&ctx);
	person_init(&staff, &house, house.text);
	staff.routes = &console_routes;
	return 0;
}

int
console_tear_down(void **state)
{
	(void)state;
	person_done(&staff);
	house_close(&house);
	return 0;
}

void
console_get(struct person *who, const char *target)
{
	person_ask(who, target, NULL);
}

/* From a browser without a session to the provider; the relay state stays in who->handle. */
void
console_leave(struct person *who)
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

void
console_answer(struct person *who, const char *response)
{
	person_post_from_elsewhere(who, "/saml/acs", (const char *const[]){"SAMLResponse", response, "RelayState", who->handle, NULL});
}

void
console_arrive(struct person *who, const char *response)
{
	console_leave(who);
	console_answer(who, response);
	person_follow(who);
}

void
console_enter(struct person *who, const char *path, const uint8_t from[20])
{
	char digits[7];

	person_digits(from, who->now, digits);
	person_ask(who, path, (const char *const[]){"code", digits, "action", "continue", NULL});
}

/* On the page that shows the key. */
void
console_set_up_app(struct person *who, uint8_t ret_seed[20])
{
	struct arena *arena = arena_new(1 << 16);
	struct bytes key;
	char text[64];

	assert_string_equal(who->page, "desk-enrol");
	assert_true(person_attribute(who, "data-totp-key", 0, text, sizeof(text)));
	assert_int_equal(base32_parse(arena, text, &key), ERR_OK);
	memcpy(ret_seed, key.data, 20);
	arena_free(&arena);
	console_enter(who, "/enrol", ret_seed);
	assert_int_equal(who->status, 303);
}

void
console_enrol(struct person *who, const char *response, uint8_t ret_seed[20])
{
	console_arrive(who, response);
	console_set_up_app(who, ret_seed);
}

/* Later, with the app that is there. */
void
console_sign_in(struct person *who, const char *response, const uint8_t from[20])
{
	who->now += SECONDS(30);
	console_arrive(who, response);
	assert_string_equal(who->page, "desk-code");
	console_enter(who, "/second-factor", from);
	assert_int_equal(who->status, 303);
}

static enum err
count_one(void *arg, uint64_t sequence, const struct AuditRecord *record)
{
	struct console_events *count = arg;

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

struct console_events
console_events(const char *event, const char *field)
{
	struct ctx ctx = house_ctx(&house, staff.now);
	struct console_events count = {.event = event, .field = field};

	assert_int_equal(store_view(&ctx, count_in, &count), ERR_OK);
	house_ctx_done(&ctx);
	return count;
}
