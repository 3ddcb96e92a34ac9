/* The stand-in providers: GCKey asks for a user id and a password, the broker for a partner and a customer's name, the staff's for a name
 * and a role. */
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "demo/idp.h"
#include "demo/people.h"
#include "demo/stand_in.h"

#define SESSION "stand-in-session"
#define SESSION_LIFE MINUTES(20) /* single sign-on of the real ones (FEDERATION.md 1.4) */
#define TICKET "stand-in-ticket" /* what the Continue page will answer; it lives as long */
#define QUERY_MAX 8192
#define SLOW_SECONDS 20

static const struct {
	const char *id;
	const char *name[2]; /* by enum language */
} banks[] = {
    {"affinity", {"Affinity Credit Union", "Affinity Credit Union"}},
    {"atb", {"Alberta Treasury Branches", "Alberta Treasury Branches"}},
    {"bmo", {"BMO", "BMO"}},
    {"national", {"National Bank of Canada", "Banque Nationale du Canada"}},
    {"scotiabank", {"Scotiabank", "Banque Scotia"}},
    {"cibc", {"CIBC", "CIBC"}},
    {"rbc", {"RBC", "RBC"}},
    {"tangerine", {"Tangerine", "Tangerine"}},
    {"td", {"TD", "TD"}},
    {"desjardins", {"Desjardins", "Desjardins"}},
};
#define BANKS (sizeof(banks) / sizeof(banks[0]))

/* helpdesk/roles.def, and what a provider sends of somebody who has none. */
static const char *const roles[] = {"viewer", "agent", "supervisor", "auditor", "none"};
#define ROLES (sizeof(roles) / sizeof(roles[0]))

/* Who signed in, as what, and when. */
struct proof {
	const char *name_id;
	const char *role; /* "" but for staff */
	int64_t time;
};

static bool
is_broker(const struct demo_provider *provider)
{
	return strcmp(provider->id, "partner") == 0;
}

static bool
is_staffs(const struct demo_provider *provider)
{
	return strcmp(provider->id, "staff") == 0;
}

/* Its answers need the keys and the ACS in Vestibule's metadata, so Vestibule must be up before the first request. */
static enum err
open_idp(struct ctx *ctx, struct demo_provider *provider)
{
	struct bytes metadata;
	const char *reason;
	enum err err = stand_in_fetch(ctx, is_staffs(provider) ? "/saml/metadata?for=staff" : "/saml/metadata", NULL,
	    &metadata, &reason);

	if (err == ERR_OK) {
		const struct idp_options options = {.entity_id = provider->entity_id,
		    .sso_url = provider->sso_url,
		    .private_pem = provider->private_pem,
		    .certificate_pem = provider->certificate_pem,
		    .stranger_pem = provider->stranger_pem,
		    .stranger_certificate_pem = provider->stranger_certificate_pem,
		    .service_metadata = arena_text_of(ctx->arena, metadata),
		    .staff = is_staffs(provider)};
		reason = "lasso does not take it";
		err = idp_open(&options, &provider->idp);
	}
	if (err != ERR_OK)
		log_event(LOG_WARNING, &ctx->log, "The service's metadata is not to be had",
		    LOG_TEXT("provider", provider->id), LOG_ERR(err), LOG_TEXT("reason", reason));
	return err;
}

static bool
ready(struct ctx *ctx, struct demo_provider *provider)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	enum err err = ERR_OK;

	pthread_mutex_lock(&lock);
	if (provider->idp == NULL)
		err = open_idp(ctx, provider);
	pthread_mutex_unlock(&lock);
	return err == ERR_OK;
}

/* People of the broker and staff are made at their first visit. */
static bool
registers(const struct demo_provider *provider)
{
	return !is_broker(provider) && !is_staffs(provider);
}

static void
view_roles(struct ctx *ctx, struct view *view, const char *chosen)
{
	struct view *item;

	for (size_t i = 0; i < ROLES; i++) {
		item = view_item(view, "roles");
		view_text(item, "id", roles[i]);
		view_text(item, "name",
		    text_sentence(ctx->text, ctx->language,
			arena_printf(ctx->arena, "role.%s", roles[i]), NULL, ctx->arena));
		view_flag(item, "checked", chosen != NULL && strcmp(chosen, roles[i]) == 0);
	}
}

static struct view *
sign_in_view(struct ctx *ctx, const struct request *request, const struct demo_provider *provider,
    const char *query)
{
	struct view *view = stand_in_view(ctx, request, arena_printf(ctx->arena, "/sso?%s", query));
	const char *bank = request_form(request, "bank"),
		   *notice = request_query(request, "notice");
	struct view *item;

	view_text(view, "query", query);
	view_text(view, "register_url",
	    registers(provider)
		? stand_in_link(ctx, arena_printf(ctx->arena, "/register?%s", query))
		: NULL);
	view_flag(view, "broker", is_broker(provider));
	view_flag(view, "staff", is_staffs(provider));
	view_flag(view, "gckey", registers(provider));
	if (is_staffs(provider))
		view_roles(ctx, view, request_form(request, "role"));
	view_flag(view, "registered", notice != NULL && strcmp(notice, "registered") == 0);
	view_text(view, "user", request_form(request, "user"));
	view_text(view, "behave", behave_print(behave_parse(request_form(request, "behave"))));
	for (size_t i = 0; is_broker(provider) && i < BANKS; i++) {
		item = view_item(view, "banks");
		view_text(item, "id", banks[i].id);
		view_text(item, "name", banks[i].name[ctx->language]);
		view_flag(item, "checked", bank != NULL && strcmp(bank, banks[i].id) == 0);
	}
	return view;
}

/* wrong: which field, NULL when the form is new; key: the sentence that says why. */
static enum err
show_sign_in(struct ctx *ctx, const struct request *request, const struct demo_provider *provider,
    const char *query, const char *wrong, const char *key, struct response *response)
{
	struct view *view = sign_in_view(ctx, request, provider, query);

	if (wrong != NULL) {
		view_text(view, "wrong", wrong);
		view_text(view, "message",
		    text_sentence(ctx->text, ctx->language, key, NULL, ctx->arena));
		response->status = 422;
	}
	stand_in_page(ctx, "sign-in", view, response);
	return ERR_OK;
}

/* The answer waits behind a link, so that the Continue page can be loaded again, also in the other language. */
static enum err
lead_on(struct ctx *ctx, const struct demo_provider *provider, const char *query,
    const struct proof *proof, enum behave behave, struct response *response)
{
	const char *const parts[] = {provider->id, proof->name_id, proof->role,
	    clock_print(ctx->arena, proof->time), behave_print(behave), query, NULL};

	response_redirect(
	    response, stand_in_link(ctx, arena_printf(ctx->arena, "/continue?ticket=%s",
					     stand_in_seal(ctx, TICKET, parts))));
	return ERR_OK;
}

static bool
proof_of(struct ctx *ctx, const char *const parts[3], struct proof *ret_proof)
{
	ret_proof->name_id = parts[0];
	ret_proof->role = parts[1];
	return clock_parse(parts[2], &ret_proof->time) == ERR_OK &&
	       ctx->now < ret_proof->time + SESSION_LIFE;
}

static bool
session_of(struct ctx *ctx, const struct request *request, const struct demo_provider *provider,
    struct proof *ret_proof)
{
	const char *parts[4];

	return stand_in_open(ctx, SESSION, request_cookie(request, SESSION), parts, 4) &&
	       strcmp(parts[0], provider->id) == 0 && proof_of(ctx, parts + 1, ret_proof);
}

enum err
idp_pages_sso(struct ctx *ctx, const struct request *request, struct response *response)
{
	struct demo_provider *provider = stand_in_provider(request);
	const char *query = idp_query(request->raw_query, ctx->arena);
	struct idp_request asked;
	struct proof proof;

	if (provider == NULL)
		return stand_in_refuse(ctx, request, 404, "not-found", NULL, response);
	if (!ready(ctx, provider))
		return stand_in_refuse(ctx, request, 502, "service", NULL, response);
	if (strlen(query) > QUERY_MAX ||
	    idp_read(provider->idp, query, ctx->arena, &asked) != ERR_OK)
		return stand_in_refuse(ctx, request, 400, "request", NULL, response);
	if (asked.passive)
		return stand_in_refuse(ctx, request, 400, "passive", NULL, response);
	stand_in_view(ctx, request, NULL); /* for the language of links */
	if (!asked.force_authn && session_of(ctx, request, provider, &proof))
		return lead_on(ctx, provider, query, &proof, BEHAVE_WELL, response);
	return show_sign_in(ctx, request, provider, query, NULL, NULL, response);
}

/* Why not, as a sentence's key; NULL when the person is known. */
static const char *
recognise_customer(struct ctx *ctx, const struct request *request,
    const struct demo_provider *provider, struct proof *ret_proof)
{
	const char *bank = request_form(request, "bank");
	enum people_verdict verdict;

	for (size_t i = 0; bank != NULL && i < BANKS; i++) {
		if (strcmp(bank, banks[i].id) != 0)
			continue;
		if (people_customer(stand_in_demo()->people, provider->id, bank,
			request_form(request, "user"), ctx->arena, &verdict,
			&ret_proof->name_id) != ERR_OK)
			return "wrong.unsaved";
		return verdict == PEOPLE_ACCEPTED ? NULL
		       : verdict == PEOPLE_FULL	  ? "wrong.full"
						  : "wrong.customer";
	}
	return "wrong.bank";
}

static const char *
recognise_staff(struct ctx *ctx, const struct request *request,
    const struct demo_provider *provider, struct proof *ret_proof)
{
	const char *role = request_form(request, "role");
	enum people_verdict verdict;

	for (size_t i = 0; role != NULL && i < ROLES; i++) {
		if (strcmp(role, roles[i]) != 0)
			continue;
		if (people_customer(stand_in_demo()->people, provider->id, "staff",
			request_form(request, "user"), ctx->arena, &verdict,
			&ret_proof->name_id) != ERR_OK)
			return "wrong.unsaved";
		ret_proof->role = strcmp(roles[i], "none") == 0 ? "" : roles[i];
		return verdict == PEOPLE_ACCEPTED ? NULL
		       : verdict == PEOPLE_FULL	  ? "wrong.full"
						  : "wrong.staff";
	}
	return "wrong.role";
}

static const char *
recognise(struct ctx *ctx, const struct request *request, const struct demo_provider *provider,
    struct proof *ret_proof)
{
	if (is_broker(provider))
		return recognise_customer(ctx, request, provider, ret_proof);
	if (is_staffs(provider))
		return recognise_staff(ctx, request, provider, ret_proof);
	if (people_check(stand_in_demo()->people, provider->id, request_form(request, "user"),
		request_form(request, "password"), ctx->arena,
		&ret_proof->name_id) == PEOPLE_ACCEPTED)
		return NULL;
	return "wrong.password";
}

static void
remember(struct ctx *ctx, const struct demo_provider *provider, const struct proof *proof,
    struct response *response)
{
	const char *const parts[] = {
	    provider->id, proof->name_id, proof->role, clock_print(ctx->arena, proof->time), NULL};

	response_cookie(response, SESSION, stand_in_seal(ctx, SESSION, parts), SAME_SITE_LAX,
	    SESSION_LIFE / 1000);
}

static bool
pressed(const struct request *request, const char *action)
{
	const char *value = request_form(request, "action");

	return value != NULL && strcmp(value, action) == 0;
}

enum err
idp_pages_sign_in(struct ctx *ctx, const struct request *request, struct response *response)
{
	struct demo_provider *provider = stand_in_provider(request);
	const char *sent = request_form(request, "query"),
		   *query = idp_query(sent != NULL ? sent : "", ctx->arena), *fault;
	enum behave behave = behave_parse(request_form(request, "behave"));
	struct proof proof = {.name_id = "", .role = "", .time = ctx->now};

	if (provider == NULL || *query == '\0' || strlen(query) > QUERY_MAX)
		return stand_in_refuse(ctx, request, 400, "request", NULL, response);
	stand_in_view(ctx, request, NULL);
	if (pressed(request, "cancel"))
		behave = BEHAVE_CANCEL;
	if (behave == BEHAVE_CANCEL || behave == BEHAVE_NO_PARTNER)
		return lead_on(ctx, provider, query, &proof, behave, response);
	fault = recognise(ctx, request, provider, &proof);
	if (fault != NULL)
		return show_sign_in(ctx, request, provider, query,
		    strcmp(fault, "wrong.bank") == 0   ? "bank"
		    : strcmp(fault, "wrong.role") == 0 ? "role"
						       : "user",
		    fault, response);
	if (behave == BEHAVE_SLOW)
		sleep(SLOW_SECONDS);
	remember(ctx, provider, &proof, response);
	return lead_on(ctx, provider, query, &proof, behave, response);
}

static bool
ticket_open(struct ctx *ctx, const struct request *request, const struct demo_provider *provider,
    struct idp_vouching *ret_vouching, const char **ret_query)
{
	struct proof proof;
	const char *parts[6];

	if (!stand_in_open(ctx, TICKET, request_query(request, "ticket"), parts, 6) ||
	    strcmp(parts[0], provider->id) != 0 || !proof_of(ctx, parts + 1, &proof))
		return false;
	*ret_vouching = (struct idp_vouching){.name_id = proof.name_id,
	    .auth_time = proof.time,
	    .role = proof.role,
	    .behave = behave_parse(parts[4])};
	*ret_query = parts[5];
	return true;
}

/* The page whose Continue button posts the answer back, as the real GCKey's does (FEDERATION.md 2.1).
 * A browser applies form-action to the redirects behind the form as well, which end at whichever portal the person came from. */
enum err
idp_pages_continue(struct ctx *ctx, const struct request *request, struct response *response)
{
	struct demo_provider *provider = stand_in_provider(request);
	struct idp_vouching vouching;
	struct idp_answer answer;
	const char *query;
	struct view *view;

	if (provider == NULL || !ticket_open(ctx, request, provider, &vouching, &query))
		return stand_in_refuse(ctx, request, 400, "answer", NULL, response);
	if (!ready(ctx, provider))
		return stand_in_refuse(ctx, request, 502, "service", NULL, response);
	if (idp_answer(provider->idp, query, &vouching, clock_now(), ctx->arena, &answer) != ERR_OK)
		return stand_in_refuse(ctx, request, 400, "request", NULL, response);
	view = stand_in_view(ctx, request,
	    arena_printf(ctx->arena, "/continue?ticket=%s", request_query(request, "ticket")));
	view_text(view, "acs", answer.acs);
	view_text(view, "saml_response", answer.response);
	view_text(view, "relay_state", answer.relay_state);
	view_text(view, "behave", behave_print(vouching.behave));
	view_flag(view, "misbehaves",
	    vouching.behave != BEHAVE_WELL && vouching.behave != BEHAVE_SLOW &&
		vouching.behave != BEHAVE_CANCEL);
	view_flag(view, "success",
	    vouching.behave != BEHAVE_CANCEL && vouching.behave != BEHAVE_NO_PARTNER);
	response->form_action = "http: https:";
	stand_in_page(ctx, "continue", view, response);
	return ERR_OK;
}

static const char *
register_fault(enum people_verdict verdict)
{
	switch (verdict) {
	case PEOPLE_ACCEPTED:
		return NULL;
	case PEOPLE_TAKEN:
		return "wrong.taken";
	case PEOPLE_FULL:
		return "wrong.full";
	case PEOPLE_MALFORMED:
	case PEOPLE_WRONG:
		break;
	}
	return "wrong.register";
}

static void
show_register(struct ctx *ctx, const struct request *request, const char *query, const char *fault,
    struct response *response)
{
	struct view *view = stand_in_view(ctx, request,
	    *query != '\0' ? arena_printf(ctx->arena, "/register?%s", query) : "/register");

	view_text(view, "query", query);
	view_text(view, "back_url",
	    stand_in_link(ctx, *query != '\0' ? arena_printf(ctx->arena, "/sso?%s", query) : "/"));
	view_text(view, "user", request_form(request, "user"));
	if (fault != NULL) {
		view_text(view, "wrong", "user");
		view_text(view, "message",
		    text_sentence(ctx->text, ctx->language, fault, NULL, ctx->arena));
		response->status = 422;
	}
	stand_in_page(ctx, "register", view, response);
}

/* GET shows the form (the request's query travels along); POST registers and leads back to the sign-in. */
enum err
idp_pages_register(struct ctx *ctx, const struct request *request, struct response *response)
{
	const struct demo_provider *provider = stand_in_provider(request);
	const char *sent =
	    request->method == METHOD_POST ? request_form(request, "query") : request->raw_query;
	const char *query = idp_query(sent != NULL ? sent : "", ctx->arena), *fault = NULL;
	enum people_verdict verdict;

	if (provider == NULL || !registers(provider) || strlen(query) > QUERY_MAX)
		return stand_in_refuse(ctx, request, 404, "not-found", NULL, response);
	if (request->method == METHOD_POST) {
		stand_in_view(ctx, request, NULL);
		fault = "wrong.unsaved";
		if (people_register(stand_in_demo()->people, provider->id,
			request_form(request, "user"), request_form(request, "password"),
			&verdict) == ERR_OK)
			fault = register_fault(verdict);
		if (fault == NULL) {
			response_redirect(response,
			    stand_in_link(ctx, arena_printf(ctx->arena, "%s%s%snotice=registered",
						   *query != '\0' ? "/sso?" : "/?", query,
						   *query != '\0' ? "&" : "")));
			return ERR_OK;
		}
	}
	show_register(ctx, request, query, fault, response);
	return ERR_OK;
}

enum err
idp_pages_home(struct ctx *ctx, const struct request *request, struct response *response)
{
	const struct demo_provider *provider = stand_in_provider(request);
	const char *notice = request_query(request, "notice");
	struct proof proof;
	struct view *view;

	if (provider == NULL)
		return stand_in_refuse(ctx, request, 404, "not-found", NULL, response);
	view = stand_in_view(ctx, request, "/");
	view_flag(view, "signed_in", session_of(ctx, request, provider, &proof));
	view_flag(view, "registered", notice != NULL && strcmp(notice, "registered") == 0);
	view_text(
	    view, "register_url", registers(provider) ? stand_in_link(ctx, "/register") : NULL);
	for (size_t i = 0; i < DEMO_PORTALS; i++) {
		struct view *item = view_item(view, "portals");
		view_text(item, "portal", stand_in_demo()->portals[i].id);
		view_text(item, "url",
		    stand_in_link(
			ctx, arena_printf(ctx->arena, "%s/", stand_in_demo()->portals[i].origin)));
	}
	stand_in_page(ctx, "provider", view, response);
	return ERR_OK;
}

enum err
idp_pages_metadata(struct ctx *ctx, const struct request *request, struct response *response)
{
	const struct demo_provider *provider = stand_in_provider(request);

	if (provider == NULL)
		return stand_in_refuse(ctx, request, 404, "not-found", NULL, response);
	buf_put_text(&response->body, idp_metadata(provider->entity_id, provider->sso_url,
					  provider->certificate_pem, ctx->arena));
	response->content_type = "application/samlmetadata+xml";
	return ERR_OK;
}

enum err
idp_pages_sign_out(struct ctx *ctx, const struct request *request, struct response *response)
{
	if (stand_in_provider(request) == NULL)
		return stand_in_refuse(ctx, request, 404, "not-found", NULL, response);
	stand_in_view(ctx, request, NULL);
	response_cookie(response, SESSION, "", SAME_SITE_LAX, 0);
	response_redirect(response, stand_in_link(ctx, "/signed-out"));
	return ERR_OK;
}

enum err
idp_pages_signed_out(struct ctx *ctx, const struct request *request, struct response *response)
{
	if (stand_in_provider(request) == NULL)
		return stand_in_refuse(ctx, request, 404, "not-found", NULL, response);
	stand_in_page(ctx, "signed-out", stand_in_view(ctx, request, "/signed-out"), response);
	return ERR_OK;
}
