#include "../unit.h"

#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "crypto/keyring.h"
#include "demo/idp.h"
#include "demo/people.h"
#include "demo/replace.h"
#include "demo/stand_in.h"

/* The four hosts without a service behind them: nobody listens on port 1. */
static struct arena *arena;
static char *directory;
static struct demo demo = {.service = "http://auth.localhost:1", .port = 8090};

static int
setup(void **state)
{
	const char *reason = "";
	const struct saml_key *key;

	(void)state;
	arena = arena_new(64 << 20);
	directory = unit_directory();
	demo.session_keys = unit_keys(arena);
	key = keyring_saml_signing(demo.session_keys, 0);
	demo.providers[0] = (struct demo_provider){.id = "gckey",
	    .host = "gckey.localhost",
	    .entity_id = "http://gckey.localhost:8090/metadata",
	    .sso_url = "http://gckey.localhost:8090/sso",
	    .certificate_pem = key->certificate_pem,
	    .private_pem = key->private_pem};
	demo.providers[1] = (struct demo_provider){.id = "partner", .host = "partner.localhost"};
	demo.providers[2] = (struct demo_provider){.id = "staff", .host = "staff.localhost"};
	demo.portals[0] = (struct demo_portal){.id = "health",
	    .host = "health.localhost",
	    .origin = "http://health.localhost:8090",
	    .keys = demo.session_keys};
	demo.portals[1] = (struct demo_portal){.id = "employer",
	    .host = "employer.localhost",
	    .origin = "http://employer.localhost:8090"};
	if (text_load(UNIT_TEMPLATES "/demo", NULL, arena, &demo.text, &reason) != ERR_OK)
		fail_msg("%s", reason);
	assert_int_equal(
	    people_open(arena_printf(arena, "%s/people.json", directory), &demo.people), ERR_OK);
	stand_in_use(&demo);
	log_set_level(LOG_ERROR);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	people_close(&demo.people);
	text_free(&demo.text);
	keyring_free(&demo.session_keys);
	unit_directory_remove(&directory);
	arena_free(&arena);
	return 0;
}

static struct ctx
context(void)
{
	return (struct ctx){.arena = arena, .text = demo.text, .now = clock_now()};
}

static struct response
serve(const struct request *request)
{
	struct ctx ctx = context();
	struct response response;

	router_serve(&demo_routes, &ctx, request, &response);
	return response;
}

#define FIELDS(...)                                                                                \
	{                                                                                          \
		(const struct field[]){__VA_ARGS__},                                               \
		    sizeof((const struct field[]){__VA_ARGS__}) / sizeof(struct field)             \
	}
#define GET(host_, path_, query_, ...)                                                             \
	serve(&(struct request){.method = METHOD_GET,                                              \
	    .host = (host_),                                                                       \
	    .path = (path_),                                                                       \
	    .raw_query = (query_),                                                                 \
	    ##__VA_ARGS__})

static void
assert_says(struct response *response, int status, const char *what)
{
	const char *body = buf_text(&response->body);

	if (response->status != status || strstr(body, what) == NULL)
		fail_msg("%d, not %d with %s: %s", response->status, status, what, body);
}

static const char *
header_of(const struct response *response, const char *name, const char *start)
{
	for (const struct field_list *header = response->headers; header != NULL;
	     header = header->next)
		if (strcmp(header->name, name) == 0 &&
		    strncmp(header->value, start, strlen(start)) == 0)
			return header->value;
	fail_msg("no %s: %s...", name, start);
	return NULL;
}

static void
every_host_has_a_home(void **state)
{
	struct response response;

	(void)state;
	response = GET("gckey.localhost:8090", "/", "");
	assert_says(&response, 200, "data-page=\"stand-in-provider\" data-stand-in=\"gckey\"");
	response = GET("partner.localhost", "/", "", .query = FIELDS({"lang", "fr"}));
	assert_says(&response, 200, "<html lang=\"fr\">");
	response = GET("health.localhost:8090", "/", "",
	    .headers = FIELDS({"Accept-Language", "fr-CA,fr;q=0.9"}));
	assert_says(&response, 200, "ce n’est pas un vrai portail");
	response = GET("employer.localhost:8090", "/", "");
	assert_says(&response, 200, "href=\"http://auth.localhost:1/manage?portal=employer\"");
	response = GET("gckey.localhost.example.ca", "/", "");
	assert_says(&response, 404, "data-why=\"not-found\"");
	response = GET("gckey.localhost:8090", "/style.css", "");
	assert_says(&response, 200, ".stripes");
	response = GET("gckey.localhost:8090", "/metadata", "");
	assert_says(&response, 200, "entityID=\"http://gckey.localhost:8090/metadata\"");
}

static void
the_mailbox_shows_what_lies_in_it(void **state)
{
	const char *folder = arena_printf(arena, "%s/Maildir", directory);
	struct response response = GET("mail.localhost:8090", "/", "");

	(void)state;
	assert_says(&response, 200, "data-page=\"stand-in-inbox\" data-stand-in=\"mail\"");
	assert_says(&response, 200, "No mail server runs");
	demo.inbox = directory;
	response = GET("mail.localhost:8090", "/", "", .query = FIELDS({"lang", "fr"}));
	assert_says(&response, 200, "data-empty=\"yes\">Aucun courriel");
	mkdir(folder, 0700);
	mkdir(arena_printf(arena, "%s/new", folder), 0700);
	assert_int_equal(replace_file(arena_printf(arena, "%s/new/1795635578.M9P1.x", folder),
			     bytes_of("Envelope-to: \"><b>@x.ca\nSubject: <script>\n\n<img> 123456 "
				      "http://x.ca/\"'><b>"),
			     arena),
	    ERR_OK);
	response = GET("mail.localhost:8090", "/", "");
	assert_says(
	    &response, 200, "data-mail-to=\"&quot;&gt;&lt;b&gt;@x.ca\" data-mail-code=\"123456\"");
	assert_says(&response, 200, "&lt;script&gt;");
	assert_says(&response, 200,
	    "&lt;img&gt; 123456 <a "
	    "href=\"http://x.ca/\">http://x.ca/</a>&quot;&#39;&gt;&lt;b&gt;</pre>");
	assert_null(strstr(buf_text(&response.body), "<img"));
	assert_says(
	    &response, 200, "datetime=\"2026-11-25T19:39:38.000Z\">2026-11-25 19:39:38 UTC<");
	response = GET("mail.localhost:8090", "/start", "");
	assert_says(&response, 404, "data-why=\"not-found\"");
	demo.inbox = NULL;
}

static void
each_path_belongs_to_one_kind(void **state)
{
	static const char *const of_providers[] = {"/metadata", "/sso", "/register", "/signed-out"},
				 *const of_portals[] = {"/start", "/callback"};
	struct response response;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		response = GET("health.localhost", of_providers[i], "");
		assert_says(&response, 404, "data-page=\"stand-in-refused\"");
	}
	for (size_t i = 0; i < 2; i++) {
		response = GET("gckey.localhost", of_portals[i], "");
		assert_says(&response, 404, "data-page=\"stand-in-refused\"");
	}
	response = GET("partner.localhost", "/register", "");
	assert_says(&response, 404, "data-page=\"stand-in-refused\"");
}

static void
refusals_can_be_read_in_the_other_language(void **state)
{
	struct response response = GET("gckey.localhost", "/nothing", "");

	(void)state;
	assert_says(&response, 404, "href=\"/refused?why=not-found&amp;lang=fr\"");
	response = GET("gckey.localhost", "/refused", "",
	    .query = FIELDS({"why", "not-found"}, {"lang", "fr"}));
	assert_says(&response, 200, "Cette page n’existe pas ici.");
	response = GET("gckey.localhost", "/refused", "", .query = FIELDS({"why", "\"><script>"}));
	assert_says(&response, 404, "data-why=\"not-found\"");
}

static void
registering(void **state)
{
	struct request request = {.method = METHOD_POST,
	    .host = "gckey.localhost",
	    .path = "/register",
	    .raw_query = "",
	    .form = FIELDS(
		{"user", "\"><b>"}, {"password", "correct horse"}, {"lang", "fr"}, {"query", ""})};
	struct response response = serve(&request);

	(void)state;
	assert_says(&response, 422, "data-error=\"wrong\"");
	assert_says(&response, 422, "value=\"&quot;&gt;&lt;b&gt;\"");
	assert_null(strstr(buf_text(&response.body), "correct horse"));
	request.form = (struct fields)FIELDS({"user", "marie2026"}, {"password", "correct horse"},
	    {"query", "SAMLRequest=a&SigAlg=b&x=\"<"});
	response = serve(&request);
	assert_string_equal(header_of(&response, "Location", "/"),
	    "/sso?SAMLRequest=a&SigAlg=b&notice=registered&lang=en");
	response = serve(&request);
	assert_says(&response, 422, "data-error=\"wrong\"");
}

static void
nothing_is_answered_without_a_request(void **state)
{
	struct request request = {.method = METHOD_POST,
	    .host = "gckey.localhost",
	    .path = "/sign-in",
	    .raw_query = "",
	    .form = FIELDS({"user", "marie2026"}, {"password", "correct horse"})};
	struct response response = serve(&request);

	(void)state;
	assert_says(&response, 400, "data-why=\"request\"");
	response = GET("gckey.localhost", "/continue", "", .query = FIELDS({"ticket", "AAAA"}));
	assert_says(&response, 400, "data-why=\"answer\"");
	response = GET("gckey.localhost", "/sso", "SAMLRequest=a&SigAlg=b&Signature=c");
	assert_says(&response, 502, "data-why=\"service\"");
	request.headers = (struct fields)FIELDS({"Sec-Fetch-Site", "cross-site"});
	response = serve(&request);
	assert_says(&response, 403, "data-why=\"generic\"");
}

static void
a_portal_begins_a_sign_in(void **state)
{
	struct response response =
	    GET("health.localhost:8090", "/start", "", .query = FIELDS({"lang", "fr"}));
	const char *location = header_of(&response, "Location",
		       "http://auth.localhost:1/"
		       "authorize?response_type=code&scope=openid&client_id=health"),
		   *cookie;

	(void)state;
	assert_int_equal(response.status, 303);
	assert_non_null(
	    strstr(location, "&redirect_uri=http%3A%2F%2Fhealth.localhost%3A8090%2Fcallback&"));
	assert_non_null(strstr(location, "&code_challenge_method=S256&ui_locales=fr-CA"));
	cookie = header_of(&response, "Set-Cookie", "portal-request-");
	assert_non_null(strstr(cookie, "; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=3600"));
}

/* The cookie and the state of a sign-in under way. */
static void
begin(const char **ret_state, struct field *ret_cookie)
{
	struct response response = GET("health.localhost:8090", "/start", "");
	const char *cookie = header_of(&response, "Set-Cookie", "portal-request-"),
		   *value = strchr(cookie, '=') + 1;

	ret_cookie->name = arena_printf(arena, "%.*s", (int)(value - 1 - cookie), cookie);
	ret_cookie->value = arena_printf(arena, "%.*s", (int)strcspn(value, ";"), value);
	*ret_state = ret_cookie->name + strlen("portal-request-");
}

static void
a_portal_takes_its_own_answer_only(void **state)
{
	struct field cookie, other;
	const char *began, *other_state;
	struct response response;

	(void)state;
	begin(&began, &cookie);
	begin(&other_state, &other);
	response = GET("health.localhost", "/callback", "",
	    .query = FIELDS({"code", "c"}, {"state", began}, {"iss", demo.service}));
	assert_says(&response, 400, "data-why=\"state\"");
	response = GET("health.localhost", "/callback", "",
	    .query = FIELDS({"code", "c"}, {"state", began}, {"iss", "https://evil.example"}),
	    .cookies = {&cookie, 1});
	assert_says(&response, 400, "data-why=\"state\"");
	cookie.value = other.value;
	response = GET("health.localhost", "/callback", "",
	    .query = FIELDS({"code", "c"}, {"state", began}, {"iss", demo.service}),
	    .cookies = {&cookie, 1});
	assert_says(&response, 400, "data-why=\"state\"");
	response = GET("health.localhost", "/callback", "",
	    .query = FIELDS({"error", "access_denied"}, {"error_description", "<no>"},
		{"state", other_state}, {"iss", demo.service}),
	    .cookies = {&other, 1});
	assert_says(&response, 403, "access_denied: &lt;no&gt;");
	assert_non_null(strstr(header_of(&response, "Set-Cookie", other.name), "Max-Age=0"));
	response = GET("health.localhost", "/callback", "",
	    .query = FIELDS({"code", "c"}, {"state", other_state}, {"iss", demo.service}),
	    .cookies = {&other, 1});
	assert_says(&response, 502, "data-why=\"token\"");
}

static void
seals(void **state)
{
	struct ctx ctx = context();
	const char *sealed = stand_in_seal(&ctx, "one", (const char *const[]){"a", "", "c", NULL}),
		   *parts[3];

	(void)state;
	assert_true(stand_in_open(&ctx, "one", sealed, parts, 3));
	assert_string_equal(parts[0], "a");
	assert_string_equal(parts[1], "");
	assert_string_equal(parts[2], "c");
	assert_false(stand_in_open(&ctx, "one", sealed, parts, 2));
	assert_false(stand_in_open(&ctx, "two", sealed, parts, 3));
	assert_false(stand_in_open(&ctx, "one", sealed + 1, parts, 3));
	assert_false(stand_in_open(&ctx, "one", "", parts, 3));
	assert_false(stand_in_open(&ctx, "one", NULL, parts, 3));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_host_has_a_home),
	    cmocka_unit_test(the_mailbox_shows_what_lies_in_it),
	    cmocka_unit_test(each_path_belongs_to_one_kind),
	    cmocka_unit_test(refusals_can_be_read_in_the_other_language),
	    cmocka_unit_test(registering),
	    cmocka_unit_test(nothing_is_answered_without_a_request),
	    cmocka_unit_test(a_portal_begins_a_sign_in),
	    cmocka_unit_test(a_portal_takes_its_own_answer_only),
	    cmocka_unit_test(seals),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
