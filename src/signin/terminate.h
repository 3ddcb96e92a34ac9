/* terminate.h - a credential provider says that a credential is no more (SAML ManageNameID, Terminate; FEDERATION.md 1.9).
 *
 * The credential opens nothing from now on, at any portal.  An account that was open can be claimed from another credential
 * (STATUS_UNLINKED); one that was not yet is closed.  Its sessions end with what was issued from them, the claims that it makes end, those
 * to it go on, and its person is told.
 *
 * Runs in: vestibuled; terminate_credential() inside closures of store_update().
 */
#ifndef SIGNIN_TERMINATE_H
#define SIGNIN_TERMINATE_H

#include "base/ctx.h"
#include "store/records.h"

/* credential: from credential_hash().  *ret_accounts: how many accounts it opened until now.  Saying it twice changes nothing more, and a
 * credential that nobody knows is no error: the provider is not told which it was. */
enum err terminate_credential(struct txn *txn, struct bytes credential, unsigned *ret_accounts);

/* What a provider orders, every fact of it judged (saml/): whose credential, and the ID of its message. */
struct termination {
	const char *provider;
	const char *name_qualifier, *sp_name_qualifier, *name_id;
	const char *order;
	int64_t order_until;	/* ms: as long as the message would be believed */
};

/* Do it, and mark the message used, in one transaction.  ERR_EXISTS: this message was used before; nothing has changed. */
enum err terminate_order(struct ctx *ctx, const struct termination *termination, unsigned *ret_accounts);

#endif
