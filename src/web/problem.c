#include "web/problem.h"

#include <string.h>

#include "text/json.h"

static const struct {
	int status;
	const char *name, *title;
} rows[PROBLEM_COUNT] = {
#define PROBLEM(id, name, status, title) [PROBLEM_##id] = {status, name, title},
#include "web/problems.def"
#undef PROBLEM
};

void
problem_answer(struct ctx *ctx, enum problem problem, const char *detail, struct response *response)
{
	json_t *json = json_object();

	must(problem < PROBLEM_COUNT);
	json_object_set_new(json, "type",
	    json_string(arena_printf(ctx->arena, "urn:vestibule:problem:%s", rows[problem].name)));
	json_object_set_new(json, "title", json_string(rows[problem].title));
	json_object_set_new(json, "status", json_integer(rows[problem].status));
	if (detail != NULL)
		json_object_set_new(json, "detail", json_string(detail));
	json_object_set_new(json, "instance",
	    json_string(arena_printf(ctx->arena, "urn:vestibule:request:%s", ctx->log.request)));
	response_json(response, rows[problem].status, json_print(ctx->arena, json));
	response->content_type = "application/problem+json";
}

static const char *
detail_of(const char *reason)
{
	static const char *const details[][2] = {
	    {"duplicate-parameter", "A parameter of the query is there twice."},
	    {"bad-escape", "The query has a broken percent escape."},
	    {"invalid-utf8", "The query is not in UTF-8."},
	    {"too-many-fields", "The query has too many parameters."},
	    {"body-not-wanted", "This method takes no body."},
	};

	for (size_t i = 0; i < sizeof(details) / sizeof(details[0]); i++) {
		if (strcmp(reason, details[i][0]) == 0)
			return details[i][1];
	}
	return NULL;
}

void
problem_route(struct ctx *ctx, int status, const char *reason, struct response *response)
{
	enum problem problem = status >= 500 ? PROBLEM_FAILED : PROBLEM_MALFORMED;

	for (unsigned i = 0; i < PROBLEM_COUNT; i++) {
		if (rows[i].status == status) {
			problem = (enum problem)i;
			break;
		}
	}
	problem_answer(ctx, problem, detail_of(reason), response);
}
