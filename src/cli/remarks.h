/* remarks.h - what the configuration says of accounts that were made under another one: for vestibulectl doctor.
 *
 * Nothing here is wrong: it is what an operator wants to know after changing the file, or before.  Accounts are told portal by portal, in an order
 * that says nothing: which accounts of two portals one credential opens is nobody's to know.
 *
 * Runs in: vestibulectl; looks only, in short views, so that a daemon beside it goes on undisturbed. Memory is bounded whatever the store holds.
 */
#ifndef CLI_REMARKS_H
#define CLI_REMARKS_H

#include <jansson.h>

#include "base/ctx.h"

/* So many support references, or ids, are told of each remark. */
#define REMARKS_LISTED 20

/* Look at the store of ctx under the configuration of ctx.  *ret_remarks: the remarks of policies.def, in its order, each an object with check, result
 * ("note"), remedy, policy, portal, about, count, the list and more (how many the list leaves out).  Takes ctx->arena for the result only. */
enum err remarks_look(const struct ctx *ctx, json_t **ret_remarks);

#endif
