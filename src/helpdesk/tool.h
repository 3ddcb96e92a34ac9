/* tool.h - what the desk's own ticketing tool asks (doc/openapi-desk.json is its manual): the state of an account as the console shows it.
 *
 * The tool has one secret (helpdesk.tool_secret_file), sent as a bearer token; without one configured, or with a wrong one, there is nothing here.
 * It looks up by support reference, and gets no more without a caller code than an agent does; look-ups count against limits of the tool's own (helpdesk/looks.h), and
 * each is audited with the agent that the tool names.
 * Runs in: vestibuled, any handler thread. */
#ifndef HELPDESK_TOOL_H
#define HELPDESK_TOOL_H

#include "web/router.h"

#define TOOL_LOOK_UPS "/api/v1/look-ups"
#define TOOL_DOCUMENT "/api/v1/openapi.json"
enum err tool_look_up(struct ctx *ctx, const struct request *request, struct response *response);
/* doc/openapi-desk.json, as it was when this program was built; for everybody. */
enum err tool_document(struct ctx *ctx, const struct request *request, struct response *response);

#endif
