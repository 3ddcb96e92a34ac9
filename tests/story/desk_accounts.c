/* desk_accounts CONFIGURATION PORTAL - one account in each state that the help desk knows a word for (helpdesk/state.h), put into the store beside the
 * running daemon, for stories of what staff see; how people come there is for other stories.  Prints one line an account: the word, the support
 * reference, and the caller codes of this moment: of the page before the factor, of the page after it, of a mail. */
#include <stdio.h>
#include <string.h>

#include "beside.h"

#include "account/account.h"
#include "account/address.h"
#include "account/caller.h"
#include "account/claim.h"
#include "config/config.h"
#include "factor/recovery.h"
#include "factor/throttle.h"
#include "factor/totp.h"
#include "signin/reset.h"

#define PROVEN (1u << CALLER_CREDENTIAL | 1u << CALLER_MAIL)

/* lock: the method that waits, or is disabled after `failures`. */
static const struct row {
	const char *word;
	enum status status;
	const char *method, *lock;
	unsigned failures;
	bool frozen, reset, approved, claimed;
} rows[] = {
    {.word = "fine", .status = STATUS_ACTIVE, .method = "totp"},
    {.word = "no-factor", .status = STATUS_ACTIVE, .method = ""},
    {.word = "wait", .status = STATUS_ACTIVE, .method = "totp", .lock = "totp", .failures = 7},
    {.word = "disabled", .status = STATUS_ACTIVE, .method = "totp", .lock = "totp", .failures = 50},
    {.word = "disabled", .status = STATUS_ACTIVE, .method = "totp", .lock = RECOVERY_METHOD, .failures = 50},
    {.word = "frozen", .status = STATUS_ACTIVE, .method = "totp", .frozen = true},
    {.word = "reset-asked", .status = STATUS_ACTIVE, .method = "totp", .reset = true},
    {.word = "reset-waiting", .status = STATUS_ACTIVE, .method = "totp", .reset = true, .approved = true},
    {.word = "claimed", .status = STATUS_ACTIVE, .method = "totp", .claimed = true},
    {.word = "claimant", .status = STATUS_CLAIMANT, .method = "totp"},
    {.word = "waiting", .status = STATUS_WAITING, .method = "totp"},
    {.word = "refused", .status = STATUS_REFUSED, .method = "totp"},
    {.word = "unlinked", .status = STATUS_UNLINKED, .method = "totp"},
    {.word = "moved", .status = STATUS_MOVED, .method = "totp"},
    {.word = "closed", .status = STATUS_CLOSED, .method = "totp"},
};

struct making {
	const char *portal;
	const struct row *row;
	struct AccountRecord *account;
};

static enum err
add_factor(struct txn *txn, struct bytes id)
{
	struct ctx *ctx = txn_ctx(txn);
	struct FactorRecord factor = FACTOR_RECORD__INIT;
	enum err err;

	factor.secret = record_data(totp_seed(ctx->arena));
	factor.enrolled = ctx->now;
	err = factor_save(txn, id, TOTP_METHOD, &factor);
	return err == ERR_OK ? address_put(txn, id, "marie@example.ca", ADDRESS_NOTICE) : err;
}

static enum err
add_lock(struct txn *txn, struct bytes id, const struct row *row)
{
	struct ctx *ctx = txn_ctx(txn);
	struct ThrottleRecord *throttle;
	enum err err = throttle_load(txn, id, row->lock, &throttle);

	for (unsigned i = 0; err == ERR_OK && i < row->failures; i++)
		throttle_count(throttle, &ctx->config->limits, ctx->now, ctx->arena);
	return err == ERR_OK ? throttle_save(txn, id, row->lock, throttle) : err;
}

static enum err
add_reset(struct txn *txn, const struct making *making)
{
	const struct reset_new wanted = {making->account, PROVEN, "S-7K2M4Q", "factor-lost", "INC-4711"};
	enum reset_verdict verdict;
	enum err err = reset_ask(txn, &wanted, &verdict);

	must(err != ERR_OK || verdict == RESET_ACCEPTED);
	return err == ERR_OK && making->row->approved ? reset_approve(txn, making->account, "S-9XQA3D", &verdict) : err;
}

static enum err
add_claim(struct txn *txn, const struct making *making)
{
	struct claim_new wanted = {.old = making->account, .credential_proven = true, .factor_proven = ""};
	struct ClaimRecord *claim;
	enum err err = account_create(txn, making->portal, making->account->provider, STATUS_CLAIMANT, &wanted.account);

	return err == ERR_OK ? claim_open(txn, &wanted, &claim) : err;
}

static enum err
make_one(struct txn *txn, void *arg)
{
	struct making *making = arg;
	const struct row *row = making->row;
	enum err err = account_create(txn, making->portal, txn_ctx(txn)->config->providers[0].id, STATUS_ACTIVE, &making->account);
	struct bytes id;

	if (err != ERR_OK)
		return err;
	id = record_bytes(making->account->id);
	making->account->method = (char *)row->method;
	making->account->status = (char *)status_name(row->status);
	making->account->frozen = row->frozen ? txn_ctx(txn)->now : 0;
	err = account_save(txn, making->account);
	if (err == ERR_OK && *row->method != '\0')
		err = add_factor(txn, id);
	if (err == ERR_OK && row->lock != NULL)
		err = add_lock(txn, id, row);
	if (err == ERR_OK && row->reset)
		err = add_reset(txn, making);
	return err == ERR_OK && row->claimed ? add_claim(txn, making) : err;
}

static int
make_all(struct ctx *ctx, void *portal)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct making making = {.portal = portal, .row = &rows[i]};
		enum err err = store_update(ctx, make_one, &making);
		if (err != ERR_OK)
			return beside_fail(rows[i].word, err_print(err));
		printf("%s %s", rows[i].word, making.account->support_reference);
		for (unsigned grade = 0; grade < CALLER_GRADE_COUNT; grade++)
			printf(" %s", caller_code(ctx, record_bytes(making.account->id), (enum caller_grade)grade).digits);
		printf("\n");
	}
	return 0;
}

int
main(int argc, char **argv)
{
	return argc == 3 ? beside(argv[1], make_all, argv[2]) : beside_fail("usage", "desk_accounts CONFIGURATION PORTAL");
}
