/* binding.h - the tie between a credential and an account, and the separation of portals (DESIGN.md section 3).
 *
 * A credential is known here by a keyed hash only: who reads the store cannot tell whose it is, nor try names.
 * Runs in: vestibuled, any handler thread, inside store transactions.
 */
#ifndef ACCOUNT_BINDING_H
#define ACCOUNT_BINDING_H

#include "config/config.h"
#include "store/records.h"

#define CREDENTIAL_SIZE 32

/* The credential (provider, NameQualifier, SPNameQualifier, persistent NameID) as a MAC under the key ring (SAML core 8.3.7: a NameID says
 * nothing without its qualifiers). */
struct bytes credential_hash(struct ctx *ctx, const char *provider, const char *name_qualifier, const char *sp_name_qualifier,
    const char *name_id);

enum binding_state {
	BINDING_NONE,		/* this credential is new here */
	BINDING_HERE,		/* it opens an account of this portal */
	BINDING_ELSEWHERE	/* it opens another portal and, being exclusive, may open none but that one */
};

/* What this credential opens at this portal; *ret_account is its account's id when BINDING_HERE. */
enum err binding_find(struct txn *txn, struct bytes credential, const char *portal, enum separation separation,
    enum binding_state *ret_state, struct bytes *ret_account);
/* Tie it to an account of this portal.  Looks again in this transaction: ERR_EXISTS when it is bound here already, ERR_REFUSED when it is
 * exclusive and bound elsewhere. */
enum err binding_save(struct txn *txn, struct bytes credential, const char *portal, enum separation separation, const char *provider,
    struct bytes account);

/* Has the provider ended the credential that opens this account?  false when it has none. */
enum err binding_ended(struct txn *txn, struct bytes account, bool *ret_ended);
/* Every tie of the credential that opens this account, its own among them: not for any page or portal. */
typedef enum err binding_fn(void *arg, const struct BindingRecord *binding);
enum err binding_walk(struct txn *txn, struct bytes account, binding_fn *fn, void *arg);
/* Was it made under the entity_id of today?  Under another one its provider gives the person another NameID, which is new here. */
bool binding_current(const struct ctx *ctx, const struct BindingRecord *binding);

/* Untie an account's credential: it is new at this portal from now on.  ERR_OK also when there is no tie. */
enum err binding_remove(struct txn *txn, struct bytes account);

#endif
