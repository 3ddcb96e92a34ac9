#include "cli/by_claim.h"

#include "account/account.h"

/* An account that was removed has no reference any more. */
static enum err
reference_of(struct txn *txn, struct bytes id, json_t **ret_json)
{
	struct AccountRecord *account;
	enum err err = account_load(txn, id, &account);

	if (err == ERR_OK || err == ERR_NOT_FOUND)
		*ret_json = err == ERR_OK ? json_string(account->support_reference) : json_null();
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static json_t *
proven_of(const struct ClaimRecord *claim)
{
	json_t *list = json_array();

	if (claim->credential_proven)
		json_array_append_new(list, json_string("credential"));
	if (*claim->factor_proven != '\0')
		json_array_append_new(list, json_string(claim->factor_proven));
	return list;
}

enum err
by_claim_print(struct txn *txn, const struct cli *cli, const struct ClaimRecord *claim, json_t **ret_json)
{
	json_t *account = NULL, *old = NULL;
	bool open = claim_is_open(claim);
	enum err err = reference_of(txn, record_bytes(claim->account), &account);

	if (err == ERR_OK)
		err = reference_of(txn, record_bytes(claim->old), &old);
	if (err != ERR_OK) {
		json_decref(account);
		return err;
	}
	*ret_json = json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:b, s:o, s:o, s:o, s:o}", "id", claim_id_print(cli->ctx.arena, claim), "state",
	    claim_state_name(claim_state(claim)), "why", claim->why, "claimant", account, "old_account", old, "proven", proven_of(claim), "contested",
	    (int)claim->contested, "opened", cli_time(cli, claim->opened), "agreed", cli_time(cli, claim->decided), "until",
	    cli_time(cli, open ? claim->until : 0), "ended", cli_time(cli, claim->ended));
	return ERR_OK;
}

struct run {
	struct by_claim_act act;
	enum err (*fn)(struct txn *txn, struct ClaimRecord *claim);
};

static enum err
run_in(struct txn *txn, void *arg)
{
	struct run *run = arg;
	struct by_claim_act *act = &run->act;
	enum err err = claim_load(txn, act->id, &act->claim);

	json_decref(act->answer);
	act->answer = NULL;
	if (err == ERR_OK)
		err = run->fn(txn, act->claim);
	return err == ERR_OK ? by_claim_print(txn, act->cli, act->claim, &act->answer) : err;
}

enum cli_status
by_claim_do(struct cli *cli, enum err (*fn)(struct txn *txn, struct ClaimRecord *claim), const char *refusal)
{
	struct run run = {.act = {.cli = cli, .text = cli->args[0]}, .fn = fn};
	enum err err = claim_id_parse(cli->ctx.arena, run.act.text, &run.act.id);

	if (err != ERR_OK)
		return cli_fail(cli, CLI_USAGE, "\"%.60s\" is no claim: its id has %d hexadecimal digits, as vestibulectl relink list shows it", run.act.text,
		    2 * CLAIM_ID_SIZE);
	err = store_update(&cli->ctx, run_in, &run);
	if (err == ERR_OK)
		return cli_answer(cli, run.act.answer);
	json_decref(run.act.answer);
	if (err == ERR_NOT_FOUND)
		return cli_fail(cli, CLI_IO, "there is no claim %s", run.act.text);
	if (err == ERR_REFUSED)
		return cli_fail(cli, CLI_IO, "the claim %s %s; it is: %s", run.act.text, refusal, claim_state_name(claim_state(run.act.claim)));
	return cli_fail(cli, CLI_IO, "the store in %s does not work: %s", cli->config->state_directory, err_print(err));
}
