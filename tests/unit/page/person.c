#include "person.h"

#include <liboath/oath.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helpdesk/desk_login.h"
#include "page/routes.h"
#include "signin/pending.h"
#include "text/escape.h"

void
person_init(struct person *person, struct house *house, const struct text *text)
{
	memset(person, 0, sizeof(*person));
	person->house = house;
	person->text = text;
	person->routes = &page_routes;
	person->now = HOUSE_NOW;
}

void
person_done(struct person *person)
{
	free(person->body);
	person->body = NULL;
}

void
person_copy(struct person *to, const struct person *from)
{
	const size_t before = offsetof(struct person, cookies), after = offsetof(struct person, cookie_count);
	char *former = to->body;

	memcpy(to, from, before);
	memcpy(to->cookies, from->cookies, from->cookie_count * sizeof(to->cookies[0])); /* most of it is room */
	memcpy((char *)to + after, (const char *)from + after, sizeof(*to) - after);
	to->body = from->body != NULL ? strdup(from->body) : NULL;
	free(former);
}

static void
parse_pairs(struct arena *arena, const char *query, struct fields *ret_fields)
{
	struct field *items = arena_array(arena, 32, sizeof(*items));
	char *copy = arena_text(arena, query), *rest = NULL;
	size_t count = 0;

	for (char *pair = strtok_r(copy, "&", &rest); pair != NULL; pair = strtok_r(NULL, "&", &rest)) {
		char *value = strchr(pair, '=');
		assert_non_null(value);
		*value++ = '\0';
		items[count].name = pair;
		assert_int_equal(unescape_url(arena, bytes_of(value), true, &items[count].value), ERR_OK);
		count++;
	}
	*ret_fields = (struct fields){items, count};
}

static struct fields
make_form(const struct person *person, struct arena *arena, const char *const form[])
{
	struct field *items = arena_array(arena, 20, sizeof(*items));
	size_t count = 0;
	bool has_csrf = false;

	for (; form[0] != NULL; form += 2) {
		items[count++] = (struct field){form[0], form[1]};
		has_csrf = has_csrf || strcmp(form[0], "csrf") == 0;
	}
	if (!has_csrf)
		items[count++] = (struct field){"csrf", person->csrf};
	return (struct fields){items, count};
}

static struct fields
send_cookies(const struct person *person, struct arena *arena, bool elsewhere)
{
	struct field *items = arena_array(arena, PERSON_COOKIES, sizeof(*items));
	size_t count = 0;

	for (size_t i = 0; i < person->cookie_count; i++) {
		/* SameSite=None are the pending requests only. */
		if (elsewhere && strncmp(person->cookies[i].name, PENDING_COOKIE, sizeof(PENDING_COOKIE) - 1) != 0 &&
		    strncmp(person->cookies[i].name, DESK_LOGIN_COOKIE, sizeof(DESK_LOGIN_COOKIE) - 1) != 0)
			continue;
		items[count++] = (struct field){arena_text(arena, person->cookies[i].name), arena_text(arena, person->cookies[i].value)};
	}
	return (struct fields){items, count};
}

void
person_forget(struct person *person, const char *name)
{
	for (size_t i = 0; i < person->cookie_count; i++) {
		if (strcmp(person->cookies[i].name, name) == 0)
			person->cookies[i--] = person->cookies[--person->cookie_count];
	}
}

static void
keep_cookie(struct person *person, const char *header)
{
	size_t name_len = strcspn(header, "="), value_len = strcspn(header + name_len + 1, ";");
	char name[64];

	snprintf(name, sizeof(name), "%.*s", (int)name_len, header);
	person_forget(person, name);
	if (strstr(header, "Max-Age=0") != NULL)
		return;
	assert_true(person->cookie_count < PERSON_COOKIES);
	snprintf(person->cookies[person->cookie_count].name, sizeof(person->cookies[0].name), "%s", name);
	snprintf(person->cookies[person->cookie_count].value, sizeof(person->cookies[0].value), "%.*s", (int)value_len, header + name_len + 1);
	person->cookie_count++;
}

bool
person_attribute(const struct person *person, const char *attribute, unsigned nth, char *ret_value, size_t room)
{
	char what[64];
	const char *p = person->body;

	snprintf(what, sizeof(what), "%s=\"", attribute);
	for (unsigned i = 0; p != NULL; i++) {
		p = strstr(p, what);
		if (p == NULL)
			break;
		p += strlen(what);
		if (i == nth) {
			snprintf(ret_value, room, "%.*s", (int)strcspn(p, "\""), p);
			return true;
		}
	}
	*ret_value = '\0';
	return false;
}

static void
take(struct person *person, struct response *response)
{
	char csrf[128];

	person->status = response->status;
	*person->location = *person->retry_after = '\0';
	for (const struct field_list *header = response->headers; header != NULL; header = header->next) {
		if (strcmp(header->name, "Set-Cookie") == 0)
			keep_cookie(person, header->value);
		if (strcmp(header->name, "Location") == 0)
			snprintf(person->location, sizeof(person->location), "%s", header->value);
		if (strcmp(header->name, "Retry-After") == 0)
			snprintf(person->retry_after, sizeof(person->retry_after), "%s", header->value);
	}
	snprintf(person->form_action, sizeof(person->form_action), "%s", response->form_action != NULL ? response->form_action : "");
	snprintf(person->content_type, sizeof(person->content_type), "%s", response->content_type);
	free(person->body);
	person->body = strdup(buf_text(&response->body));
	person_attribute(person, "data-page", 0, person->page, sizeof(person->page));
	person_attribute(person, "data-error", 0, person->error, sizeof(person->error));
	if (person_attribute(person, "name=\"csrf\" value", 0, csrf, sizeof(csrf)))
		snprintf(person->csrf, sizeof(person->csrf), "%s", csrf);
}

static void
ask(struct person *person, const char *target, const char *const form[], bool elsewhere)
{
	struct ctx ctx = house_ctx(person->house, person->now);
	size_t path_len = strcspn(target, "?");
	struct request request = {.method = form != NULL ? METHOD_POST : METHOD_GET};
	struct field headers[2];
	size_t header_count = 0;
	struct response response;
	const char *r = strstr(target, "r=");

	ctx.text = person->text;
	snprintf(ctx.log.request, sizeof(ctx.log.request), "unit-test");
	request.path = arena_printf(ctx.arena, "%.*s", (int)path_len, target);
	request.raw_query = target[path_len] == '?' ? arena_text(ctx.arena, target + path_len + 1) : "";
	request.content_type = form != NULL ? "application/x-www-form-urlencoded" : "";
	request.peer = "192.0.2.1";
	request.host = "auth.example";
	request.cookies = send_cookies(person, ctx.arena, elsewhere);
	if (person->accept_language != NULL)
		headers[header_count++] = (struct field){"Accept-Language", person->accept_language};
	if (person->authorization != NULL)
		headers[header_count++] = (struct field){"Authorization", person->authorization};
	request.headers = (struct fields){headers, header_count};
	parse_pairs(ctx.arena, request.raw_query, &request.query);
	if (form != NULL)
		request.form = make_form(person, ctx.arena, form);
	if (r != NULL && (r[-1] == '?' || r[-1] == '&'))
		snprintf(person->handle, sizeof(person->handle), "%.16s", r + 2);
	router_serve(person->routes, &ctx, &request, &response);
	take(person, &response);
	house_ctx_done(&ctx);
}

void
person_ask(struct person *person, const char *target, const char *const form[])
{
	ask(person, target, form, false);
}

void
person_post_from_elsewhere(struct person *person, const char *target, const char *const form[])
{
	ask(person, target, form, true);
}

void
person_follow(struct person *person)
{
	for (unsigned i = 0; i < 8 && person->status == 303 && person->location[0] == '/'; i++) {
		char target[4096];
		memcpy(target, person->location, sizeof(target));
		ask(person, target, NULL, false);
	}
}

const char *
person_cookie(const struct person *person, const char *name)
{
	for (size_t i = 0; i < person->cookie_count; i++) {
		if (strcmp(person->cookies[i].name, name) == 0)
			return person->cookies[i].value;
	}
	return NULL;
}

bool
person_at_portal(const struct person *person)
{
	return person->status == 303 && strstr(person->location, ".example/callback?code=") != NULL;
}

void
person_start(struct person *person, const char *portal, const char *more)
{
	char target[2048];

	snprintf(target, sizeof(target),
	    "/authorize?response_type=code&client_id=%s&redirect_uri=https%%3A%%2F%%2F%s.example%%2Fcallback&scope=openid&state=xyz&nonce=n"
	    "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256%s",
	    portal, portal, more);
	ask(person, target, NULL, false);
	person_follow(person);
}

void
person_choose(struct person *person, const char *provider)
{
	char target[64];

	assert_string_equal(person->page, "choose-provider");
	snprintf(target, sizeof(target), "/sign-in?r=%s", person->handle);
	person_ask(person, target, (const char *const[]){"provider", provider, "action", "continue", NULL});
	assert_int_equal(person->status, 303);
	assert_non_null(strstr(person->location, ".example/sso?id=_"));
}

void
person_arrive(struct person *person, const char *answer)
{
	person_post_from_elsewhere(person, "/saml/acs", (const char *const[]){"SAMLResponse", answer, "RelayState", person->handle, NULL});
	person_follow(person);
}

void
person_digits(const uint8_t seed[20], int64_t now, char ret_digits[7])
{
	assert_int_equal(oath_totp_generate((const char *)seed, 20, (time_t)(now / 1000), 30, 0, 6, ret_digits), OATH_OK);
}

void
person_seed(const struct person *person, uint8_t ret_seed[20])
{
	struct arena *arena = arena_new(1 << 16);
	struct bytes seed;
	char key[64];

	assert_true(person_attribute(person, "data-totp-key", 0, key, sizeof(key)));
	assert_int_equal(base32_parse(arena, key, &seed), ERR_OK);
	assert_int_equal(seed.len, 20);
	memcpy(ret_seed, seed.data, 20);
	arena_free(&arena);
}

static const char *
at_handle(const struct person *person, const char *path, char *target, size_t room)
{
	snprintf(target, room, "%s%cr=%s", path, strchr(path, '?') != NULL ? '&' : '?', person->handle);
	return target;
}

void
person_get(struct person *person, const char *path)
{
	char target[160];

	person_ask(person, at_handle(person, path, target, sizeof(target)), NULL);
	person_follow(person);
}

void
person_post(struct person *person, const char *path, const char *const form[])
{
	char target[160];

	person_ask(person, at_handle(person, path, target, sizeof(target)), form);
	person_follow(person);
}

void
person_enrol(struct person *person, uint8_t ret_seed[20], char ret_codes[10][20])
{
	char digits[7];

	assert_string_equal(person->page, "enrol");
	person_post(person, "/enrol", (const char *const[]){"method", "totp", "action", "continue", NULL});
	assert_string_equal(person->page, "enrol-totp");
	person_seed(person, ret_seed);
	person_digits(ret_seed, person->now, digits);
	person_post(person, "/enrol/app", (const char *const[]){"code", digits, "action", "continue", NULL});
	assert_string_equal(person->page, "recovery-codes");
	for (unsigned i = 0; i < 10; i++)
		assert_true(person_attribute(person, "data-recovery-code", i, ret_codes[i], 20));
	person_post(person, "/recovery-codes", (const char *const[]){"kept", "yes", "action", "confirm", NULL});
	if (strcmp(person->page, "notice-address") == 0)
		person_post(person, "/notice-address", (const char *const[]){"action", "cancel", NULL});
}

void
person_prove(struct person *person, const uint8_t seed[20])
{
	char digits[7];

	assert_string_equal(person->page, "second-factor");
	person_digits(seed, person->now, digits);
	person_post(person, "/second-factor", (const char *const[]){"code", digits, "action", "continue", NULL});
}
