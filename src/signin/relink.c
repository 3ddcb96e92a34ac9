/* The draft of a claim, in the claimant's session, until it is opened or taken back. */
#include "signin/relink.h"

#include <string.h>

#include "account/account.h"
#include "account/notice.h"
#include "audit/audit.h"
#include "factor/recovery.h"
#include "factor/throttle.h"
#include "factor/totp.h"

/* So far apart may the clocks of two requests be. */
#define CLOCK_JITTER MINUTES(1)

static const struct throttle_budget names_budget = {"claim-name", RELINK_NAMES, DAYS(1)};
static const struct throttle_budget proofs_budget = {"claim", RELINK_PROOFS, DAYS(30)};
static const struct throttle_budget opens_budget = {"claim-open", RELINK_OPENS, DAYS(30)};

bool
relink_allowed(const struct journey *journey)
{
	return journey->account != NULL && journey->session != NULL &&
	       (journey->step == STEP_WAITING || journey->step == STEP_RELINK || journey->step == STEP_DONE);
}

bool
relink_unproven(const struct ctx *ctx, const struct journey *journey)
{
	return journey_has_factor(journey) && !journey_may_change(ctx, journey);
}

/* --- the draft --- */

/* Later than now it was a clock that ran ahead. */
static bool
came_after(const struct ctx *ctx, int64_t then, int64_t proven)
{
	return then > proven && then <= ctx->now + CLOCK_JITTER;
}

/* Its owner's sign-in would end a claim, so it ends what was shown for one; and what its provider has ended since proves nothing. */
static bool
overtaken(const struct ctx *ctx, const struct AccountRecord *old, int64_t proven)
{
	return came_after(ctx, old->status_since, proven) || (old->n_sign_ins > 0 && came_after(ctx, old->sign_ins[0], proven));
}

static bool
counts(const struct ctx *ctx, const struct AccountRecord *old, int64_t proven)
{
	return proven != 0 && proven <= ctx->now + CLOCK_JITTER && ctx->now - proven <= RELINK_PROVEN && !overtaken(ctx, old, proven);
}

static bool
has_credential(const struct ctx *ctx, const struct SessionRecord *session, const struct AccountRecord *old)
{
	return counts(ctx, old, session->claimed_credential);
}

static const char *
proven_with(const struct ctx *ctx, const struct SessionRecord *session, const struct AccountRecord *old)
{
	return counts(ctx, old, session->claimed_factor) ? session->claimed_with : "";
}

static void
forget(struct SessionRecord *session)
{
	session->claimed = record_data((struct bytes){NULL, 0});
	session->claimed_credential = session->claimed_factor = 0;
	session->claimed_with = (char *)"";
	session->claimed_tries = 0;
}

/* What was proven of another account says nothing of this one. */
static void
begin_draft(struct SessionRecord *session, const struct AccountRecord *old)
{
	if (bytes_equal(record_bytes(session->claimed), record_bytes(old->id)))
		return;
	forget(session);
	session->claimed = old->id;
}

/* The account that the draft is about; NULL: none, or it cannot be claimed (any more). */
static enum err
load_old(struct txn *txn, const struct journey *journey, struct AccountRecord **ret_old)
{
	enum err err = ERR_NOT_FOUND;

	if (journey->session->claimed.len > 0)
		err = account_load(txn, record_bytes(journey->session->claimed), ret_old);
	if (err == ERR_NOT_FOUND || (err == ERR_OK && !claim_possible(journey->account, *ret_old))) {
		*ret_old = NULL;
		return ERR_OK;
	}
	return err;
}

/* No more codes in this draft, or of this account. */
static enum err
is_exhausted(struct txn *txn, const struct SessionRecord *session, const struct AccountRecord *old, bool *ret_exhausted)
{
	int64_t wait = 0;
	enum err err = throttle_budget_wait(txn, record_bytes(old->id), &proofs_budget, &wait);

	*ret_exhausted = wait > 0 || session->claimed_tries >= RELINK_PROOFS_DRAFT;
	return err;
}

static struct mail_case
mail_case(const struct journey *journey, const struct AccountRecord *old, const char *address)
{
	/* In the owner's language: it is the owner's mailbox. */
	return (struct mail_case){.purpose = MAIL_FOR_CLAIM, .sid = journey->session->sid, .account = record_bytes(old->id), .address = address,
	    .portal = journey->portal, .language = notice_language(old)};
}

/* Where the old account's codes go; NULL where its factor is another one. */
static enum err
load_address(struct txn *txn, const struct AccountRecord *old, const char **ret_address)
{
	struct FactorRecord *factor;
	enum err err = strcmp(old->method, MAIL_METHOD) == 0 ? factor_load(txn, record_bytes(old->id), MAIL_METHOD, &factor) : ERR_NOT_FOUND;

	if (err == ERR_OK)
		*ret_address = factor->address;
	else if (err == ERR_NOT_FOUND)
		*ret_address = NULL;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

struct act {
	const struct journey *journey;	/* as the page saw it */
	struct journey now;
	struct AccountRecord *old;	/* of the draft */
	const char *typed;
	const struct recovery_try *attempt;
	struct relink_answer *answer;
	struct factor_answer *code;
	struct mail_sending *sending;
	struct relink *relink;
};

/* --- look --- */

static enum err
look_at_mail(struct txn *txn, struct act *act)
{
	struct relink *relink = act->relink;
	struct mail_case mail;
	enum err err = load_address(txn, act->old, &relink->address);

	if (err != ERR_OK || relink->address == NULL || !act->now.mails)
		return err;
	relink->method = MAIL_METHOD;
	mail = mail_case(&act->now, act->old, relink->address);
	return mail_code_state(txn, &mail, &relink->mail);
}

static enum err
look_at_draft(struct txn *txn, struct act *act)
{
	struct ctx *ctx = txn_ctx(txn);
	const struct SessionRecord *session = act->now.session;
	struct relink *relink = act->relink;
	enum err err = is_exhausted(txn, session, act->old, &relink->exhausted);

	relink->old = act->old;
	relink->credential_proven = has_credential(ctx, session, act->old);
	relink->factor_proven = proven_with(ctx, session, act->old);
	if (strcmp(act->old->method, TOTP_METHOD) == 0)
		relink->method = TOTP_METHOD;
	return err == ERR_OK && relink->credential_proven ? look_at_mail(txn, act) : err;
}

static enum err
load_in(struct txn *txn, void *arg)
{
	struct act *act = arg;
	struct ClaimRecord *claim;
	enum err err;

	*act->relink = (struct relink){.factor_proven = "", .method = ""};
	/* As it is now: what the page has just done stands in the session.  One that has ended meanwhile is shown once more as it was. */
	err = journey_load(txn, act->journey->pending, act->journey->token, &act->now);
	if (err != ERR_OK)
		return err;
	if (!relink_allowed(&act->now))
		act->now = *act->journey;
	err = claim_find_made(txn, record_bytes(act->now.account->id), &claim);
	if (err == ERR_OK)
		act->relink->claim = claim;
	if (err == ERR_OK || err == ERR_NOT_FOUND)
		err = load_old(txn, &act->now, &act->old);
	return err == ERR_OK && act->old != NULL ? look_at_draft(txn, act) : err;
}

enum err
relink_load(struct ctx *ctx, const struct journey *journey, struct relink *ret_relink)
{
	struct act act = {.journey = journey, .relink = ret_relink};

	return store_view(ctx, load_in, &act);
}

/* --- what every step asks first --- */

/* act->answer is RELINK_DONE when all is as it must be; else the transaction changes nothing. */
static enum err
begin(struct txn *txn, struct act *act)
{
	struct ctx *ctx = txn_ctx(txn);
	enum err err = journey_load(txn, act->journey->pending, act->journey->token, &act->now);

	*act->answer = (struct relink_answer){RELINK_MOVED, 0};
	if (err != ERR_OK || !relink_allowed(&act->now) ||
	    !bytes_equal(record_bytes(act->now.account->id), record_bytes(act->journey->account->id)))
		return err;
	if (journey_frozen(&act->now))
		act->answer->verdict = RELINK_FROZEN;
	else
		act->answer->verdict = relink_unproven(ctx, &act->now) ? RELINK_UNPROVEN : RELINK_DONE;
	return ERR_OK;
}

/* The same for what goes on with a draft: the one that the page saw. */
static enum err
begin_with_draft(struct txn *txn, struct act *act)
{
	enum err err = begin(txn, act);

	if (err != ERR_OK || act->answer->verdict != RELINK_DONE)
		return err;
	err = load_old(txn, &act->now, &act->old);
	if (err != ERR_OK)
		return err;
	if (act->old == NULL || !bytes_equal(record_bytes(act->now.session->claimed), record_bytes(act->journey->session->claimed)))
		act->answer->verdict = RELINK_MOVED;
	return ERR_OK;
}

static enum err
save(struct txn *txn, const struct act *act)
{
	return session_save(txn, act->now.token, act->now.session);
}

/* --- name --- */

static enum err
find_named(struct txn *txn, struct act *act)
{
	enum err err = account_find_reference(txn, act->typed, &act->old);

	if (err == ERR_NOT_FOUND || (err == ERR_OK && !claim_possible(act->now.account, act->old))) {
		act->answer->verdict = RELINK_REFUSED;
		return audit_append(txn, AUDIT_CLAIM_NAME_REFUSED, record_bytes(act->now.account->id), act->now.portal->id, "way", "reference", NULL);
	}
	if (err != ERR_OK)
		return err;
	begin_draft(act->now.session, act->old);
	return save(txn, act);
}

/* A name that was right counts as well: what is limited is asking. */
static enum err
name_in(struct txn *txn, void *arg)
{
	struct act *act = arg;
	struct bytes own;
	enum err err = begin(txn, act);

	if (err != ERR_OK || act->answer->verdict != RELINK_DONE)
		return err;
	own = record_bytes(act->now.account->id);
	err = throttle_budget_wait(txn, own, &names_budget, &act->answer->wait);
	if (err != ERR_OK)
		return err;
	if (act->answer->wait > 0) {
		act->answer->verdict = RELINK_LIMITED;
		return ERR_OK;
	}
	err = throttle_budget_spend(txn, own, &names_budget);
	return err == ERR_OK ? find_named(txn, act) : err;
}

enum err
relink_name(struct ctx *ctx, const struct journey *journey, const char *reference, struct relink_answer *ret_answer)
{
	struct act act = {.journey = journey, .typed = reference, .answer = ret_answer};

	return store_update(ctx, name_in, &act);
}

static enum err
forget_in(struct txn *txn, void *arg)
{
	struct act *act = arg;
	enum err err = begin(txn, act);

	if (err != ERR_OK || act->answer->verdict == RELINK_MOVED)
		return err;
	forget(act->now.session);
	return save(txn, act);
}

enum err
relink_forget(struct ctx *ctx, const struct journey *journey)
{
	struct relink_answer answer;
	struct act act = {.journey = journey, .answer = &answer};

	return store_update(ctx, forget_in, &act);
}

/* --- prove the second factor --- */

/* May one more code be tried?  In the code's answer, which refuses all when not. */
static enum err
may_try(struct txn *txn, struct act *act, bool *ret_may)
{
	bool exhausted;
	enum err err = is_exhausted(txn, act->now.session, act->old, &exhausted);

	*ret_may = !exhausted;
	if (exhausted)
		*act->code = (struct factor_answer){.verdict = FACTOR_REFUSED_EXHAUSTED, .disabled = true};
	return err;
}

/* What a code was worth: noted in the draft, or counted in the budgets.  The owner's history has both. */
static enum err
settle(struct txn *txn, struct act *act, const char *method)
{
	struct bytes id = record_bytes(act->old->id);
	enum factor_verdict verdict = act->code->verdict;
	struct SessionRecord *session = act->now.session;
	enum err err;

	if (verdict == FACTOR_ACCEPTED) {
		session->claimed_factor = txn_ctx(txn)->now;
		session->claimed_with = (char *)method;
		err = audit_append(txn, AUDIT_CLAIM_PROVEN, id, act->old->portal, "method", method, NULL);
		return err == ERR_OK ? save(txn, act) : err;
	}
	if (verdict != FACTOR_REFUSED_WRONG && verdict != FACTOR_REFUSED_USED)
		return ERR_OK;
	session->claimed_tries++;
	err = throttle_budget_spend(txn, id, &proofs_budget);
	if (err == ERR_OK)
		err = is_exhausted(txn, session, act->old, &act->code->disabled);
	if (err == ERR_OK)
		err = audit_append(
		    txn, AUDIT_CLAIM_PROOF_REFUSED, id, act->old->portal, "method", method, "reason", factor_verdict_print(verdict), NULL);
	return err == ERR_OK ? save(txn, act) : err;
}

/* A code by e-mail counts only from the address that the factor has now, and with the credential proven. */
static enum err
check_mail(struct txn *txn, struct act *act)
{
	struct mail_case mail;
	const char *address;
	enum err err = load_address(txn, act->old, &address);

	if (err != ERR_OK)
		return err;
	if (address == NULL || !has_credential(txn_ctx(txn), act->now.session, act->old)) {
		act->answer->verdict = RELINK_MOVED;
		return ERR_OK;
	}
	mail = mail_case(&act->now, act->old, address);
	return mail_code_check(txn, &mail, act->typed, act->code);
}

static enum err
prove_in(struct txn *txn, void *arg)
{
	struct act *act = arg;
	bool may = false;
	enum err err = begin_with_draft(txn, act);

	if (err == ERR_OK && act->answer->verdict == RELINK_DONE)
		err = may_try(txn, act, &may);
	if (err != ERR_OK || !may)
		return err;
	if (strcmp(act->old->method, TOTP_METHOD) == 0)
		err = totp_check_apart(txn, record_bytes(act->old->id), act->typed, act->code);
	else
		err = check_mail(txn, act);
	return err == ERR_OK && act->answer->verdict == RELINK_DONE ? settle(txn, act, act->old->method) : err;
}

enum err
relink_prove(struct ctx *ctx, const struct journey *journey, const char *typed, struct relink_answer *ret_answer, struct factor_answer *ret_code)
{
	struct act act = {.journey = journey, .typed = typed, .answer = ret_answer, .code = ret_code};

	*ret_answer = (struct relink_answer){RELINK_DONE, 0};
	*ret_code = (struct factor_answer){.verdict = FACTOR_REFUSED_REQUIRED};
	if (typed == NULL || *typed == '\0')
		return ERR_OK;
	return store_update(ctx, prove_in, &act);
}

/* A code that is used up here is one less for the owner, who hears of it. */
static enum err
tell_used(struct txn *txn, const struct AccountRecord *old)
{
	struct ctx *ctx = txn_ctx(txn);
	struct RecoveryRecord *record;
	struct mail_value values[] = {{"codes_left", ""}, {"claim", "yes"}};
	enum err err = recovery_load(txn, record_bytes(old->id), &record);

	if (err != ERR_OK)
		return err;
	values[0].value = arena_printf(ctx->arena, "%u", recovery_left(record));
	err = audit_append(txn, AUDIT_RECOVERY_CODE_USED, record_bytes(old->id), old->portal, "left", values[0].value, NULL);
	return err == ERR_OK ? notice_send(txn, old, NOTICE_RECOVERY_USED, values, 2) : err;
}

static enum err
recovery_in(struct txn *txn, void *arg)
{
	struct act *act = arg;
	bool may = false;
	enum err err = begin_with_draft(txn, act);

	if (err == ERR_OK && act->answer->verdict == RELINK_DONE)
		err = may_try(txn, act, &may);
	if (err != ERR_OK || !may)
		return err;
	err = recovery_check_apart(txn, record_bytes(act->old->id), act->attempt, act->code);
	if (err == ERR_OK)
		err = settle(txn, act, RECOVERY_METHOD);
	return err == ERR_OK && act->code->verdict == FACTOR_ACCEPTED ? tell_used(txn, act->old) : err;
}

enum err
relink_prove_recovery(struct ctx *ctx, const struct journey *journey, const char *typed, struct relink_answer *ret_answer, struct factor_answer *ret_code)
{
	struct bytes old = record_bytes(journey->session->claimed);
	struct recovery_try attempt;
	struct act act = {.journey = journey, .attempt = &attempt, .answer = ret_answer, .code = ret_code};
	enum err err;

	*ret_answer = (struct relink_answer){old.len > 0 ? RELINK_DONE : RELINK_MOVED, 0};
	if (old.len == 0)
		return ERR_OK;
	err = recovery_prepare_apart(ctx, old, typed, &attempt);
	if (err != ERR_OK)
		return err;
	*ret_code = (struct factor_answer){.verdict = attempt.verdict, .disabled = attempt.disabled};
	return attempt.verdict == FACTOR_ACCEPTED ? store_update(ctx, recovery_in, &act) : ERR_OK;
}

static enum err
send_in(struct txn *txn, void *arg)
{
	struct act *act = arg;
	struct mail_case mail;
	const char *address = NULL;
	enum err err = begin_with_draft(txn, act);

	if (err != ERR_OK || act->answer->verdict != RELINK_DONE)
		return err;
	if (has_credential(txn_ctx(txn), act->now.session, act->old) && act->now.mails)
		err = load_address(txn, act->old, &address);
	if (err != ERR_OK)
		return err;
	if (address == NULL) {
		act->answer->verdict = RELINK_MOVED;
		return ERR_OK;
	}
	mail = mail_case(&act->now, act->old, address);
	return mail_code_send(txn, &mail, act->sending);
}

enum err
relink_send(struct ctx *ctx, const struct journey *journey, struct relink_answer *ret_answer, struct mail_sending *ret_sending)
{
	struct act act = {.journey = journey, .answer = ret_answer, .sending = ret_sending};

	return store_update(ctx, send_in, &act);
}

/* --- open, take back --- */

static enum err
open_draft(struct txn *txn, struct act *act)
{
	struct ctx *ctx = txn_ctx(txn);
	struct claim_new wanted = {.account = act->now.account, .old = act->old, .credential_proven = has_credential(ctx, act->now.session, act->old),
	    .factor_proven = proven_with(ctx, act->now.session, act->old)};
	struct ClaimRecord *claim;
	enum err err = claim_open(txn, &wanted, &claim);

	if (err != ERR_OK) {
		act->answer->verdict = err == ERR_EXISTS ? RELINK_MOVED : RELINK_REFUSED;
		return err == ERR_EXISTS || err == ERR_REFUSED ? ERR_OK : err;
	}
	err = throttle_budget_spend(txn, record_bytes(act->now.account->id), &opens_budget);
	forget(act->now.session);
	return err == ERR_OK ? save(txn, act) : err;
}

static enum err
open_in(struct txn *txn, void *arg)
{
	struct act *act = arg;
	enum err err = begin_with_draft(txn, act);

	if (err != ERR_OK || act->answer->verdict != RELINK_DONE)
		return err;
	err = throttle_budget_wait(txn, record_bytes(act->now.account->id), &opens_budget, &act->answer->wait);
	if (err != ERR_OK)
		return err;
	if (act->answer->wait > 0) {
		act->answer->verdict = RELINK_LIMITED;
		return ERR_OK;
	}
	return open_draft(txn, act);
}

enum err
relink_open(struct ctx *ctx, const struct journey *journey, struct relink_answer *ret_answer)
{
	struct act act = {.journey = journey, .answer = ret_answer};

	return store_update(ctx, open_in, &act);
}

/* To stop something needs no fresh proof. */
static enum err
cancel_in(struct txn *txn, void *arg)
{
	struct act *act = arg;
	struct ClaimRecord *claim;
	enum err err = begin(txn, act);

	if (err != ERR_OK || act->answer->verdict == RELINK_MOVED)
		return err;
	act->answer->verdict = RELINK_DONE;
	err = claim_find_made(txn, record_bytes(act->now.account->id), &claim);
	if (err == ERR_OK)
		err = claim_end(txn, claim, CLAIM_END_CANCELLED);
	if (err != ERR_NOT_FOUND && err != ERR_REFUSED)
		return err;
	act->answer->verdict = RELINK_MOVED;
	return ERR_OK;
}

enum err
relink_cancel(struct ctx *ctx, const struct journey *journey, struct relink_answer *ret_answer)
{
	struct act act = {.journey = journey, .answer = ret_answer};

	return store_update(ctx, cancel_in, &act);
}

/* --- the old credential --- */

const char *
relink_leave(struct ctx *ctx, const struct journey *journey)
{
	return arena_printf(ctx->arena, "%s:%s", hex_print(ctx->arena, record_bytes(journey->account->id)), journey->session->sid);
}

/* The session that the request was made in, if it is still there and at this portal. */
static enum err
load_claimant(struct txn *txn, const struct pending *pending, struct journey *ret_claimant)
{
	struct arena *arena = txn_ctx(txn)->arena;
	const char *colon = strchr(pending->claimant, ':');
	struct journey claimant = {.pending = pending};
	struct bytes id;
	enum err err = ERR_NOT_FOUND;

	if (colon != NULL && hex_parse(arena, arena_printf(arena, "%.*s", (int)(colon - pending->claimant), pending->claimant), &id) == ERR_OK)
		err = session_load_sid(txn, id, colon + 1, &claimant.session);
	if (err == ERR_OK)
		err = account_load(txn, id, &claimant.account);
	if (err == ERR_OK && strcmp(claimant.session->portal, pending->client) != 0)
		err = ERR_NOT_FOUND;
	if (err == ERR_OK)
		*ret_claimant = claimant;
	return err;
}

/* NULL: this credential opens nothing here that can be claimed. */
static enum err
find_by_credential(struct txn *txn, const struct journey *claimant, struct bytes credential, enum separation separation,
    struct AccountRecord **ret_old)
{
	enum binding_state state;
	struct bytes id;
	enum err err = binding_find(txn, credential, claimant->session->portal, separation, &state, &id);

	*ret_old = NULL;
	if (err != ERR_OK || state != BINDING_HERE)
		return err;
	err = account_load(txn, id, ret_old);
	/* A credential that its provider has ended proves nothing, whoever vouches for it. */
	if (err == ERR_OK && (!claim_possible(claimant->account, *ret_old) || status_is(*ret_old, STATUS_UNLINKED)))
		*ret_old = NULL;
	return err;
}

enum err
relink_credential(struct txn *txn, const struct pending *pending, struct bytes credential, enum separation separation, bool *ret_noted)
{
	struct journey claimant;
	struct AccountRecord *old;
	enum err err = load_claimant(txn, pending, &claimant);

	*ret_noted = false;
	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	if (err == ERR_OK)
		err = find_by_credential(txn, &claimant, credential, separation, &old);
	if (err != ERR_OK)
		return err;
	if (old == NULL)
		return audit_append(txn, AUDIT_CLAIM_NAME_REFUSED, record_bytes(claimant.account->id), pending->client, "way", "credential", NULL);
	begin_draft(claimant.session, old);
	claimant.session->claimed_credential = txn_ctx(txn)->now;
	err = session_save_sid(txn, claimant.session);
	if (err == ERR_OK)
		err = audit_append(txn, AUDIT_CLAIM_PROVEN, record_bytes(old->id), old->portal, "method", "credential", NULL);
	*ret_noted = err == ERR_OK;
	return err;
}

enum err
relink_signed_in(struct txn *txn, struct journey *journey)
{
	unsigned count = 0;
	enum err err = claim_end_all_to(txn, record_bytes(journey->account->id), CLAIM_END_SIGN_IN, &count);

	if (err == ERR_OK && count > 0)
		journey->session->claim_stopped = txn_ctx(txn)->now;
	return err;
}
