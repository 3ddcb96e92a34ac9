/* internal.h - what the files of audit/ share: the head of the chain, and the index of accounts. */
#ifndef AUDIT_INTERNAL_H
#define AUDIT_INTERNAL_H

#include "audit/audit.h"
#include "audit/chain.h"

#define ACCOUNT_ID_SIZE 16
/* AUDIT_OF: account id | complement of the sequence number, so that the newest comes first. */
#define AUDIT_OF_KEY_SIZE 24
struct bytes audit_of_key(struct bytes account, uint64_t sequence, uint8_t key[AUDIT_OF_KEY_SIZE]);

/* META "audit-head": what the next event continues; a fresh one where there is none yet. */
enum err audit_state_load(struct txn *txn, struct AuditHeadRecord *ret_head);
enum err audit_state_save(struct txn *txn, const struct AuditHeadRecord *head);

#endif
