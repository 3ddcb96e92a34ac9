/* problem.h - problem details for machines (RFC 9457), one row each in problems.def. */
#ifndef WEB_PROBLEM_H
#define WEB_PROBLEM_H

#include "web/router.h"

/* PROBLEM(NOT_FOUND, ...) gives PROBLEM_NOT_FOUND. */
enum problem {
#define PROBLEM(id, name, status, title) PROBLEM_##id,
#include "web/problems.def"
#undef PROBLEM
	PROBLEM_COUNT
};

/* Fill the response: type, title, status, the request's reference in the log ("instance", a urn) and, unless it is NULL, `detail`: a sentence
 * for the programmer at the other end that holds nothing that the request did not. */
void problem_answer(struct ctx *ctx, enum problem problem, const char *detail, struct response *response);
/* The problem for what the router refuses (struct routes, error): by status and reason. */
void problem_route(struct ctx *ctx, int status, const char *reason, struct response *response);

#endif
