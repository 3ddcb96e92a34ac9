#include "helpdesk/tool.h"

#include <string.h>
#include <strings.h>

#include "audit/audit.h"
#include "config/config.h"
#include "helpdesk/deeds.h"
#include "helpdesk/dossier_show.h"
#include "helpdesk/look_up.h"
#include "helpdesk/staff.h"
#include "signin/dossier.h"
#include "text/json.h"
#include "web/problem.h"

static const char document[] =
#include "src/helpdesk/openapi.inc"
    ;

/* The members of a body, in the order of `rules`. */
enum member { REFERENCE, CALLER_CODE, AGENT, LANGUAGE, MEMBERS };
static const struct json_rule rules[MEMBERS] = {
    {.name = "support_reference", .required = true, .least = 1, .most = 40},
    {.name = "caller_code", .least = 1, .most = 32},
    {.name = "agent", .required = true, .least = 1, .most = TICKET_MAX},
    {.name = "language", .least = 2, .most = 2},
};

struct asking {
	const struct json_value *values;
	struct look_up_result result;
	struct dossier dossier;
};

/* Compared in a time that tells nothing of the secret. */
static bool
may_ask(const struct ctx *ctx, const struct request *request)
{
	const char *header = request_header(request, "Authorization");
	struct bytes secret = ctx->config->helpdesk.tool_secret;

	if (secret.len == 0 || header == NULL || strncasecmp(header, "Bearer ", 7) != 0)
		return false;
	return bytes_equal_secret(bytes_of(header + 7), secret);
}

/* Beside what look_up() tells of the tool: for whom.  What was not looked at (the limit, no reference) is not told. */
static enum err
audit_agent(struct txn *txn, const struct asking *asking)
{
	const struct AccountRecord *account = asking->result.account;
	enum look_up_verdict verdict = asking->result.verdict;

	if (verdict != LOOK_UP_FOUND && verdict != LOOK_UP_UNKNOWN && verdict != LOOK_UP_CODE_REFUSED)
		return ERR_OK;
	return audit_append(txn, AUDIT_DESK_TOOL_ASKED, account != NULL ? record_bytes(account->id) : bytes_make("", 0),
	    account != NULL ? account->portal : NULL, "agent", asking->values[AGENT].text, NULL);
}

static enum err
ask_in(struct txn *txn, void *arg)
{
	struct asking *asking = arg;
	const struct look_up typed = {asking->values[REFERENCE].text, asking->values[CALLER_CODE].text};
	struct StaffRecord *tool;
	enum err err = staff_load_tool(txn, &tool);

	if (err == ERR_OK)
		err = look_up(txn, tool, &typed, &asking->result);
	if (err == ERR_OK)
		err = audit_agent(txn, asking);
	if (err != ERR_OK || asking->result.verdict != LOOK_UP_FOUND)
		return err;
	return dossier_load(txn, asking->result.account, asking->result.proven != 0, 0, &asking->dossier);
}

static void
wait_for(struct ctx *ctx, int64_t wait, struct response *response)
{
	problem_answer(ctx, PROBLEM_TOO_MANY, NULL, response);
	response_header(response, "Retry-After", arena_printf(ctx->arena, "%lld", (long long)((wait + 999) / 1000)));
}

/* A code that is wrong, used or not even one: why, as far as an agent would see it. */
static void
refuse_code(struct ctx *ctx, const struct factor_answer *answer, struct response *response)
{
	if (answer->verdict == FACTOR_REFUSED_LOCKED)
		wait_for(ctx, answer->wait, response);
	else
		problem_answer(ctx, PROBLEM_CALLER_CODE,
		    answer->verdict == FACTOR_REFUSED_USED	? "The caller code was used before."
			: answer->verdict == FACTOR_REFUSED_WRONG ? "The caller code is wrong."
								  : "A caller code has six digits.",
		    response);
}

static void
answer(struct ctx *ctx, const struct asking *asking, struct response *response)
{
	switch (asking->result.verdict) {
	case LOOK_UP_FOUND:
		response_json(response, 200, json_print(ctx->arena, dossier_json(ctx, &asking->dossier)));
		response->content_type = "application/json";
		return;
	case LOOK_UP_LIMITED:
		wait_for(ctx, asking->result.wait, response);
		return;
	case LOOK_UP_REQUIRED:
	case LOOK_UP_MALFORMED:
		problem_answer(ctx, PROBLEM_MALFORMED, "support_reference is not a support reference: VB-XXXX-XXXX.", response);
		return;
	case LOOK_UP_UNKNOWN:
		problem_answer(ctx, PROBLEM_NOT_FOUND, NULL, response);
		return;
	case LOOK_UP_CODE_REFUSED:
		break;
	}
	refuse_code(ctx, &asking->result.code, response);
}

/* NULL, or what is wrong with the body. */
static const char *
read_body(struct ctx *ctx, const struct request *request, struct json_value values[MEMBERS])
{
	const char *wrong = json_body(ctx->arena, request->body, rules, MEMBERS, values), *language;

	if (wrong != NULL)
		return wrong;
	if (!ticket_valid(values[AGENT].text))
		return "agent may have letters, digits and hyphens only.";
	language = values[LANGUAGE].given ? values[LANGUAGE].text : "en";
	if (strcmp(language, "en") != 0 && strcmp(language, "fr") != 0)
		return "language must be en or fr.";
	ctx->language = strcmp(language, "fr") == 0 ? LANGUAGE_FR : LANGUAGE_EN;
	return NULL;
}

enum err
tool_look_up(struct ctx *ctx, const struct request *request, struct response *response)
{
	struct json_value values[MEMBERS];
	struct asking asking = {.values = values};
	const char *wrong;
	enum err err;

	if (!may_ask(ctx, request)) {
		log_event(LOG_WARNING, &ctx->log, "The ticketing tool's interface was asked without its secret");
		problem_answer(ctx, PROBLEM_UNAUTHORIZED, NULL, response);
		response_header(response, "WWW-Authenticate", "Bearer realm=\"desk\"");
		return ERR_OK;
	}
	wrong = read_body(ctx, request, values);
	if (wrong != NULL) {
		problem_answer(ctx, PROBLEM_MALFORMED, wrong, response);
		return ERR_OK;
	}
	err = store_update(ctx, ask_in, &asking);
	if (err == ERR_OK)
		answer(ctx, &asking, response);
	return err;
}

enum err
tool_document(struct ctx *ctx, const struct request *request, struct response *response)
{
	(void)ctx, (void)request;
	response_json(response, 200, document);
	response->content_type = "application/json";
	return ERR_OK;
}
