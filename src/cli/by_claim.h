/* by_claim.h - what the commands about claims have in common. */
#ifndef CLI_BY_CLAIM_H
#define CLI_BY_CLAIM_H

#include "account/claim.h"
#include "cli/cli.h"

/* What an answer tells of one: the accounts by their support references. Inside a transaction. */
enum err by_claim_print(struct txn *txn, const struct cli *cli, const struct ClaimRecord *claim, json_t **ret_json);

/* One claim, named by the first argument, and what is done to it. */
struct by_claim_act {
	struct cli *cli;
	const char *text;		/* the argument */
	struct bytes id;
	struct ClaimRecord *claim;	/* once it was found */
	json_t *answer;
};
/* Run fn in an update with the claim loaded, and answer with it as it is then.  refusal: what to say for ERR_REFUSED, after "the claim ID ". */
enum cli_status by_claim_do(struct cli *cli, enum err (*fn)(struct txn *txn, struct ClaimRecord *claim), const char *refusal);

#endif
