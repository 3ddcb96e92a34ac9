/* api.h - what a portal's own programs may ask and do (DESIGN.md 6.3): the routes under /api/v1; doc/openapi.json is their manual.
 *
 * A portal sees its own accounts only: of anything else it gets the same 404 as of what does not exist, found out in the same way.  It never
 * learns an address, a credential or a provider's name for a person.  Each change is one transaction with its audit event (by "api").
 *
 * Runs in: vestibuled, any handler thread; keeps no state of its own. */
#ifndef API_API_H
#define API_API_H

#include "web/router.h"

enum err api_invitations(struct ctx *ctx, const struct request *request, struct response *response);
enum err api_invitation(struct ctx *ctx, const struct request *request, struct response *response);
enum err api_invitation_revoke(struct ctx *ctx, const struct request *request, struct response *response);
enum err api_approvals(struct ctx *ctx, const struct request *request, struct response *response);
enum err api_account(struct ctx *ctx, const struct request *request, struct response *response);
enum err api_account_approve(struct ctx *ctx, const struct request *request, struct response *response);
enum err api_account_refuse(struct ctx *ctx, const struct request *request, struct response *response);
enum err api_account_end_sessions(struct ctx *ctx, const struct request *request, struct response *response);
enum err api_claims(struct ctx *ctx, const struct request *request, struct response *response);
enum err api_claim(struct ctx *ctx, const struct request *request, struct response *response);
enum err api_claim_approve(struct ctx *ctx, const struct request *request, struct response *response);
enum err api_claim_refuse(struct ctx *ctx, const struct request *request, struct response *response);
/* doc/openapi.json, as it was when this program was built; for everybody. */
enum err api_document(struct ctx *ctx, const struct request *request, struct response *response);

#endif
