#include "../unit.h"

#include <string.h>

#include "base/log.h"
#include "crypto/keyring.h"
#include "web/csrf.h"
#include "web/router.h"

static struct arena *arena;
static enum err handler_says;
static int handler_ran;
static char last_reason[64], last_segment[REQUEST_SEGMENT_MAX + 1];

static enum err
handler(struct ctx *ctx, const struct request *request, struct response *response)
{
	(void)ctx;
	handler_ran++;
	strcpy(last_segment, request->segment != NULL ? request->segment : "none");
	buf_put_text(&response->body, "half an answer");
	response_header(response, "X-Half", "1");
	return handler_says;
}

static void
error(struct ctx *ctx, const struct request *request, const struct route *route, int status,
    const char *reason, struct response *response)
{
	(void)ctx, (void)request, (void)route;
	strcpy(last_reason, reason);
	response->status = status;
	buf_put_text(&response->body, "sorry");
}

static const struct route items[] = {
    {.methods = METHOD_GET, .path = "/page", .handler = handler, .metric = "page"},
    {.methods = METHOD_GET | METHOD_POST, .path = "/form", .handler = handler, .metric = "form"},
    {.methods = METHOD_POST,
	.path = "/acs",
	.handler = handler,
	.metric = "acs",
	.cross_site_post = true},
    {.methods = METHOD_POST,
	.path = "/token",
	.handler = handler,
	.metric = "token",
	.cross_site_post = true,
	.own_malformed = true},
    {.methods = METHOD_GET, .path = "/api/things/{id}", .handler = handler, .metric = "things", .json = true},
    {.methods = METHOD_POST,
	.path = "/api/things/{id}/end",
	.handler = handler,
	.metric = "end",
	.cross_site_post = true,
	.json = true},
};
static const struct routes routes = {items, sizeof(items) / sizeof(items[0]), error};

static const char *
header_of(const struct response *response, const char *name)
{
	for (const struct field_list *header = response->headers; header != NULL;
	     header = header->next) {
		if (strcmp(header->name, name) == 0)
			return header->value;
	}
	return NULL;
}

static struct response
serve(enum method method, const char *path, const char *malformed, const struct field *headers,
    size_t count, const char **ret_metric)
{
	struct ctx ctx = {.arena = arena};
	const struct request request = {.method = method,
	    .path = path,
	    .malformed = malformed,
	    .headers = {headers, count},
	    .origin = "https://auth.example.ca"};
	struct response response;
	const char *metric;

	handler_ran = 0;
	last_reason[0] = '\0';
	metric = router_serve(&routes, &ctx, &request, &response);
	if (ret_metric != NULL)
		*ret_metric = metric;
	return response;
}

static void
paths_are_matched_byte_by_byte(void **state)
{
	static const char *const others[] = {"/Page", "/page/", "//page", "/pag%65",
	    "/page/../page", "/", "*", "/form;x", "/page%00"};
	const char *metric;

	(void)state;
	handler_says = ERR_OK;
	assert_int_equal(serve(METHOD_GET, "/page", NULL, NULL, 0, &metric).status, 200);
	assert_string_equal(metric, "page");
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		assert_int_equal(serve(METHOD_GET, others[i], NULL, NULL, 0, &metric).status, 404);
		assert_string_equal(metric, "none");
		assert_string_equal(last_reason, "not-found");
	}
}

static void
methods_are_named(void **state)
{
	struct response response;

	(void)state;
	response = serve(METHOD_POST, "/page", NULL, NULL, 0, NULL);
	assert_int_equal(response.status, 405);
	assert_string_equal(header_of(&response, "Allow"), "GET, HEAD, OPTIONS");
	response = serve(METHOD_GET, "/acs", NULL, NULL, 0, NULL);
	assert_int_equal(response.status, 405);
	assert_string_equal(header_of(&response, "Allow"), "POST, OPTIONS");
	response = serve(METHOD_OPTIONS, "/form", NULL, NULL, 0, NULL);
	assert_int_equal(response.status, 204);
	assert_string_equal(header_of(&response, "Allow"), "GET, HEAD, POST, OPTIONS");
	assert_int_equal(serve(METHOD_OPTIONS, "*", NULL, NULL, 0, NULL).status, 204);
	assert_int_equal(serve(METHOD_OPTIONS, "/none", NULL, NULL, 0, NULL).status, 404);
}

static void
broken_parameters_reach_only_who_wants_them(void **state)
{
	(void)state;
	assert_int_equal(
	    serve(METHOD_POST, "/form", "duplicate-parameter", NULL, 0, NULL).status, 400);
	assert_string_equal(last_reason, "duplicate-parameter");
	assert_int_equal(handler_ran, 0);
	assert_int_equal(
	    serve(METHOD_POST, "/form", "bad-content-type", NULL, 0, NULL).status, 415);
	assert_int_equal(
	    serve(METHOD_POST, "/token", "duplicate-parameter", NULL, 0, NULL).status, 200);
	assert_int_equal(handler_ran, 1);
}

static void
one_segment_may_vary(void **state)
{
	static const char *const others[] = {"/api/things/", "/api/things", "/api/things/a/", "/api/things/a/b",
	    "/api/things/a.b", "/api/things/{id}", "/api/things/%61", "/api/things/*", "/api/things/a/end/", "/api/things//end",
	    "/api/things/\xc3\xa9", "/api/things/a?b", "/api/thingsa"};
	const char *longest = arena_printf(arena, "%0*d", REQUEST_SEGMENT_MAX, 7), *metric;
	struct response response;

	(void)state;
	handler_says = ERR_OK;
	assert_int_equal(serve(METHOD_GET, "/api/things/aZ_0-9", NULL, NULL, 0, &metric).status, 200);
	assert_string_equal(metric, "things");
	assert_string_equal(last_segment, "aZ_0-9");
	assert_int_equal(serve(METHOD_POST, "/api/things/x/end", NULL, NULL, 0, &metric).status, 200);
	assert_string_equal(metric, "end");
	assert_string_equal(last_segment, "x");
	serve(METHOD_GET, "/page", NULL, NULL, 0, NULL);
	assert_string_equal(last_segment, "none");
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_int_equal(serve(METHOD_GET, others[i], NULL, NULL, 0, NULL).status, 404);
	assert_int_equal(
	    serve(METHOD_GET, arena_printf(arena, "/api/things/%s", longest), NULL, NULL, 0, NULL).status, 200);
	assert_string_equal(last_segment, longest);
	assert_int_equal(
	    serve(METHOD_GET, arena_printf(arena, "/api/things/%s1", longest), NULL, NULL, 0, NULL).status, 404);
	response = serve(METHOD_GET, "/api/things/x/end", NULL, NULL, 0, NULL);
	assert_int_equal(response.status, 405);
	assert_string_equal(header_of(&response, "Allow"), "POST, OPTIONS");
}

static int
with_body(enum method method, const char *path, bool json, size_t len)
{
	struct ctx ctx = {.arena = arena};
	const struct request request = {.method = method,
	    .path = path,
	    .json = json,
	    .body = bytes_make(arena_alloc(arena, len + 1), len)};
	struct response response;

	handler_ran = 0;
	last_reason[0] = '\0';
	router_serve(&routes, &ctx, &request, &response);
	assert_int_equal(handler_ran, response.status == 200);
	return response.status;
}

static void
json_goes_where_it_is_wanted(void **state)
{
	(void)state;
	handler_says = ERR_OK;
	assert_int_equal(with_body(METHOD_POST, "/api/things/x/end", true, 2), 200);
	assert_int_equal(with_body(METHOD_POST, "/api/things/x/end", false, 0), 200);
	assert_int_equal(with_body(METHOD_POST, "/api/things/x/end", true, REQUEST_JSON_MAX), 200);
	assert_int_equal(with_body(METHOD_POST, "/api/things/x/end", true, REQUEST_JSON_MAX + 1), 413);
	assert_string_equal(last_reason, "body-too-large");
	assert_int_equal(with_body(METHOD_POST, "/api/things/x/end", false, 2), 415);
	assert_string_equal(last_reason, "bad-content-type");
	assert_int_equal(with_body(METHOD_GET, "/api/things/x", false, 2), 400);
	assert_string_equal(last_reason, "body-not-wanted");
	assert_int_equal(with_body(METHOD_GET, "/api/things/x", false, 0), 200);
	/* a form's route does not take it for an empty form */
	assert_int_equal(with_body(METHOD_POST, "/form", true, 2), 415);
}

static int
post_from(const char *path, const char *name, const char *value)
{
	const struct field header = {name, value};

	return serve(METHOD_POST, path, NULL, &header, 1, NULL).status;
}

static void
forms_come_from_our_own_pages(void **state)
{
	(void)state;
	assert_int_equal(post_from("/form", "Sec-Fetch-Site", "same-origin"), 200);
	assert_int_equal(post_from("/form", "Sec-Fetch-Site", "none"), 200);
	assert_int_equal(post_from("/form", "Sec-Fetch-Site", "same-site"), 403);
	assert_int_equal(post_from("/form", "sec-fetch-site", "cross-site"), 403);
	assert_string_equal(last_reason, "cross-site");
	assert_int_equal(handler_ran, 0);
	assert_int_equal(post_from("/form", "Origin", "https://auth.example.ca"), 200);
	assert_int_equal(post_from("/form", "Origin", "null"), 200);
	assert_int_equal(post_from("/form", "Origin", "https://auth.example.ca.evil.example"), 403);
	assert_int_equal(post_from("/form", "Origin", "http://auth.example.ca"), 403);
	assert_int_equal(post_from("/acs", "Sec-Fetch-Site", "cross-site"), 200);
	assert_int_equal(serve(METHOD_POST, "/form", NULL, NULL, 0, NULL).status, 200);
}

static void
failures_become_a_status_and_nothing_of_the_half_answer(void **state)
{
	static const struct {
		enum err err;
		int status;
	} rows[] = {{ERR_BUSY, 503}, {ERR_FULL, 503}, {ERR_STORE, 503}, {ERR_TIMEOUT, 503},
	    {ERR_PEER, 502}, {ERR_IO, 500}, {ERR_CRYPTO, 500}, {ERR_NOT_FOUND, 500}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct response response;
		handler_says = rows[i].err;
		response = serve(METHOD_GET, "/page", NULL, NULL, 0, NULL);
		assert_int_equal(response.status, rows[i].status);
		assert_true(bytes_equal(buf_bytes(&response.body), bytes_of("sorry")));
		assert_null(header_of(&response, "X-Half"));
		assert_int_equal(
		    header_of(&response, "Retry-After") != NULL, rows[i].status == 503);
	}
	handler_says = ERR_OK;
}

static void
split_header(void *arg)
{
	struct response *response = arg;

	response_header(response, "Location", "https://x.example/\r\nSet-Cookie: a=b");
}

static void
odd_cookie(void *arg)
{
	struct response *response = arg;

	response_cookie(response, "a", "b; Domain=evil.example", SAME_SITE_LAX, -1);
}

static void
headers_cannot_be_split(void **state)
{
	struct response response;

	(void)state;
	response_init(&response, arena);
	assert_true(unit_aborts(split_header, &response));
	assert_true(unit_aborts(odd_cookie, &response));
	response_cookie(&response, "__Host-a", "b", SAME_SITE_NONE, 60);
	assert_string_equal(header_of(&response, "Set-Cookie"),
	    "__Host-a=b; Path=/; Secure; HttpOnly; SameSite=None; Max-Age=60");
	response_redirect(&response, "/x");
	assert_int_equal(response.status, 303);
	assert_string_equal(header_of(&response, "Location"), "/x");
}

static void
a_csrf_value_belongs_to_its_cookie(void **state)
{
	struct ctx ctx = {.arena = arena};
	struct keyring *keys = unit_keys(arena);
	const char *value;

	(void)state;
	ctx.keys = keys;
	value = csrf_print(&ctx, "cookie-1");
	assert_true(csrf_check(&ctx, "cookie-1", value));
	assert_false(csrf_check(&ctx, "cookie-2", value));
	assert_false(csrf_check(&ctx, "cookie-1", ""));
	assert_false(csrf_check(&ctx, "cookie-1", NULL));
	assert_false(csrf_check(&ctx, NULL, value));
	assert_false(csrf_check(&ctx, "cookie-1", arena_printf(arena, "%s=", value)));
	keyring_free(&keys);
}

static int
setup(void **state)
{
	(void)state;
	log_set_descriptor(-1);
	arena = arena_new(16 << 20);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(paths_are_matched_byte_by_byte),
	    cmocka_unit_test(methods_are_named),
	    cmocka_unit_test(broken_parameters_reach_only_who_wants_them),
	    cmocka_unit_test(one_segment_may_vary),
	    cmocka_unit_test(json_goes_where_it_is_wanted),
	    cmocka_unit_test(forms_come_from_our_own_pages),
	    cmocka_unit_test(failures_become_a_status_and_nothing_of_the_half_answer),
	    cmocka_unit_test(headers_cannot_be_split),
	    cmocka_unit_test(a_csrf_value_belongs_to_its_cookie),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
