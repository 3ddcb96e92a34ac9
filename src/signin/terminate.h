/* terminate.h - a credential provider says that a credential is no more (SAML ManageNameID, Terminate; FEDERATION.md 1.9).
 *
 * The credential opens nothing from now on, at any portal.  An account that was open can be claimed from another credential
 * (STATUS_UNLINKED); one that was not yet is closed.  Its sessions end with what was issued from them, the claims that it makes end, those
 * to it go on, and its person is told.
 *
 * Runs in: vestibuled, inside closures of store_update().
 */
#ifndef SIGNIN_TERMINATE_H
#define SIGNIN_TERMINATE_H

#include "store/records.h"

/* credential: from credential_hash().  *ret_accounts: how many accounts it opened until now.  Saying it twice changes nothing more, and a
 * credential that nobody knows is no error: the provider is not told which it was. */
enum err terminate_credential(struct txn *txn, struct bytes credential, unsigned *ret_accounts);

#endif
