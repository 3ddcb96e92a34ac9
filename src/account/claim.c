#include "account/claim.h"

#include <string.h>

#include "account/account.h"
#include "account/agenda.h"
#include "account/link.h"
#include "account/notice.h"
#include "audit/audit.h"
#include "base/random.h"
#include "config/config.h"
#include "text/template.h"

static const struct {
	const char *name;
	bool open;
} states[CLAIM_STATE_COUNT] = {
#define CLAIM_STATE(id, name, open) {name, open},
#include "account/claims.def"
};

static const char *const ends[CLAIM_END_COUNT] = {
#define CLAIM_END(id, name) name,
#include "account/claims.def"
};

const char *
claim_state_name(enum claim_state state)
{
	must((unsigned)state < CLAIM_STATE_COUNT);
	return states[state].name;
}

const char *
claim_end_name(enum claim_end end)
{
	must((unsigned)end < CLAIM_END_COUNT);
	return ends[end];
}

enum claim_state
claim_state(const struct ClaimRecord *claim)
{
	for (unsigned i = 0; i < CLAIM_STATE_COUNT; i++) {
		if (strcmp(claim->state, states[i].name) == 0)
			return (enum claim_state)i;
	}
	return CLAIM_ENDED;
}

bool
claim_is_open(const struct ClaimRecord *claim)
{
	return states[claim_state(claim)].open;
}

char
claim_kind(const struct ClaimRecord *claim)
{
	bool factor = *claim->factor_proven != '\0';

	if (claim->credential_proven && factor)
		return 'a';
	return claim->credential_proven || factor ? 'b' : 'c';
}

static void
set_state(struct ctx *ctx, struct ClaimRecord *claim, enum claim_state state)
{
	claim->state = arena_text(ctx->arena, states[state].name);
}

bool
claim_possible(const struct AccountRecord *account, const struct AccountRecord *old)
{
	enum status to;

	return strcmp(account->portal, old->portal) == 0 && !bytes_equal(record_bytes(account->id), record_bytes(old->id)) &&
	       status_claimable(status_of(old)) && status_leads(status_of(account), CHANGE_CLAIM_COMPLETED, &to) && !account_frozen(account) &&
	       *account->former_sub == '\0';
}

/* --- who is told --- */

struct side {
	const char *name;
	struct bytes account;
};

static enum err
tell_addresses(struct txn *txn, const struct claim_news *news, const struct side *side, const struct AccountRecord *account)
{
	struct ctx *ctx = txn_ctx(txn);
	const struct ClaimRecord *claim = news->claim;
	bool old = strcmp(side->name, "old") == 0;
	const struct mail_value values[] = {{"side", side->name}, {"decision", claim_state(claim) == CLAIM_DECISION ? "yes" : ""},
	    {"agreed", claim->decided != 0 ? "yes" : ""}, {"until", text_moment(ctx->text, notice_language(account), claim->until, ctx->arena)},
	    {"why", claim->why}};
	const struct notice_stopping stopping = {.account = account, .notice = (enum notice)news->notice, .link = LINK_CLAIM,
	    .what = claim_id_print(ctx->arena, claim), .extra = values, .extra_count = sizeof(values) / sizeof(values[0])};

	if (old)
		return notice_send_stopping(txn, &stopping);
	return notice_send(txn, account, stopping.notice, stopping.extra, stopping.extra_count);
}

/* An account that is gone has nobody left to tell; its history goes on. */
static enum err
tell_side(struct txn *txn, const struct claim_news *news, const struct side *side)
{
	struct AccountRecord *account;
	enum err err = ERR_OK;

	if (news->event != CLAIM_NO_EVENT)
		err = audit_append(txn, (enum audit_event)news->event, side->account, news->claim->portal, "claim",
		    claim_id_print(txn_ctx(txn)->arena, news->claim), "side", side->name, news->names[0], news->values[0],
		    news->names[0] != NULL ? news->names[1] : NULL, news->values[1], NULL);
	if (err != ERR_OK || news->notice == CLAIM_NO_NOTICE)
		return err;
	err = account_load(txn, side->account, &account);
	if (err == ERR_OK)
		return tell_addresses(txn, news, side, account);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err
claim_tell(struct txn *txn, const struct claim_news *news)
{
	const struct side sides[] = {{"old", record_bytes(news->claim->old)}, {"new", record_bytes(news->claim->account)}};
	enum err err = ERR_OK;

	for (size_t i = 0; i < 2 && err == ERR_OK; i++)
		err = tell_side(txn, news, &sides[i]);
	return err;
}

/* --- waiting --- */

static enum err
wait_until(struct txn *txn, struct ClaimRecord *claim, int64_t due)
{
	enum err err;

	claim->due = due;
	err = claim_save(txn, claim);
	return err == ERR_OK ? agenda_put(txn, AGENDA_CLAIM, record_bytes(claim->id), due) : err;
}

enum err
claim_wait(struct txn *txn, struct ClaimRecord *claim)
{
	struct ctx *ctx = txn_ctx(txn);
	int64_t period = ctx->config->limits.claim_period;

	set_state(ctx, claim, CLAIM_PERIOD);
	claim->until = ctx->now + period;
	return wait_until(txn, claim, ctx->now + period / 2);
}

static enum err
wait_for_decision(struct txn *txn, struct ClaimRecord *claim)
{
	struct ctx *ctx = txn_ctx(txn);

	set_state(ctx, claim, CLAIM_DECISION);
	claim->decided = 0;
	claim->until = ctx->now + ctx->config->limits.claim_decision;
	return wait_until(txn, claim, claim->until);
}

/* --- several claims --- */

struct others {
	struct txn *txn;
	struct bytes account;		/* whose claims, on either side */
	const struct ClaimRecord *but;	/* not this one */
	struct ClaimRecord *to[CLAIM_CONTEST_MOST];
	size_t to_count;
	struct ClaimRecord *made;	/* by the account */
};

static enum err
note_open(void *arg, const struct ClaimRecord *claim)
{
	struct others *others = arg;

	if (others->but != NULL && bytes_equal(record_bytes(claim->id), record_bytes(others->but->id)))
		return ERR_OK;
	if (bytes_equal(record_bytes(claim->account), others->account)) {
		others->made = (struct ClaimRecord *)claim;
		return ERR_OK;
	}
	if (others->to_count == CLAIM_CONTEST_MOST)
		return ERR_FORMAT; /* claim_open() does not let it come to that */
	others->to[others->to_count++] = (struct ClaimRecord *)claim;
	return ERR_OK;
}

/* The open claims to and of an account. */
static enum err
find_open(struct txn *txn, struct bytes account, const struct ClaimRecord *but, struct others *ret_others)
{
	*ret_others = (struct others){.txn = txn, .account = account, .but = but};
	return claim_walk_open(txn, account, note_open, ret_others);
}

/* Whatever its person has proven, and even if the owner had agreed: he did not know of the other one. */
static enum err
contest(struct txn *txn, struct ClaimRecord *claim)
{
	const struct claim_news news = {.claim = claim, .event = AUDIT_CLAIM_CONTESTED, .notice = CLAIM_NO_NOTICE};
	enum err err = ERR_OK;

	claim->contested = true;
	err = claim_state(claim) == CLAIM_DECISION ? claim_save(txn, claim) : wait_for_decision(txn, claim);
	return err == ERR_OK ? claim_tell(txn, &news) : err;
}

/* --- begin --- */

static struct ClaimRecord *
make(struct ctx *ctx, const struct claim_new *wanted)
{
	struct ClaimRecord *claim = arena_new_object(ctx->arena, struct ClaimRecord);
	uint8_t *id = arena_alloc(ctx->arena, CLAIM_ID_SIZE);

	claim_record__init(claim);
	random_bytes(id, CLAIM_ID_SIZE);
	claim->id = record_data(bytes_make(id, CLAIM_ID_SIZE));
	claim->portal = wanted->account->portal;
	claim->account = wanted->account->id;
	claim->old = wanted->old->id;
	claim->credential_proven = wanted->credential_proven;
	claim->factor_proven = (char *)wanted->factor_proven;
	claim->opened = ctx->now;
	return claim;
}

/* For the audit. */
static const char *
proven_word(const struct ClaimRecord *claim)
{
	if (claim->credential_proven)
		return *claim->factor_proven != '\0' ? "proven-both" : "proven-credential";
	return *claim->factor_proven != '\0' ? "proven-factor" : "proven-none";
}

static enum err
begin(struct txn *txn, struct ClaimRecord *claim)
{
	struct claim_news news = {.claim = claim, .event = AUDIT_CLAIM_OPENED, .notice = NOTICE_CLAIM_OPENED,
	    .names = {"proven", "state"}, .values = {proven_word(claim), NULL}};
	enum err err;

	err = claim_kind(claim) == 'a' && !claim->contested ? claim_wait(txn, claim) : wait_for_decision(txn, claim);
	news.values[1] = claim->state;
	return err == ERR_OK ? claim_tell(txn, &news) : err;
}

enum err
claim_open(struct txn *txn, const struct claim_new *wanted, struct ClaimRecord **ret_claim)
{
	struct ClaimRecord *claim;
	struct others own, rivals;
	enum err err;

	if (!claim_possible(wanted->account, wanted->old))
		return ERR_REFUSED;
	err = find_open(txn, record_bytes(wanted->account->id), NULL, &own);
	if (err != ERR_OK)
		return err;
	if (own.made != NULL)
		return ERR_EXISTS;
	err = find_open(txn, record_bytes(wanted->old->id), NULL, &rivals);
	if (err != ERR_OK)
		return err;
	if (rivals.to_count == CLAIM_CONTEST_MOST)
		return ERR_REFUSED;
	claim = make(txn_ctx(txn), wanted);
	claim->contested = rivals.to_count > 0;
	err = begin(txn, claim);
	for (size_t i = 0; i < rivals.to_count && err == ERR_OK; i++)
		err = contest(txn, rivals.to[i]);
	if (err == ERR_OK)
		*ret_claim = claim;
	return err;
}

/* --- decide --- */

/* Is all as it must be for a move, and was no other claim agreed to? */
static enum err
may_agree(struct txn *txn, const struct ClaimRecord *claim)
{
	struct AccountRecord *account, *old;
	struct others rivals;
	enum err err = account_load(txn, record_bytes(claim->account), &account);

	if (err == ERR_OK)
		err = account_load(txn, record_bytes(claim->old), &old);
	if (err != ERR_OK)
		return err == ERR_NOT_FOUND ? ERR_REFUSED : err;
	if (!claim_possible(account, old))
		return ERR_REFUSED;
	err = find_open(txn, record_bytes(claim->old), claim, &rivals);
	for (size_t i = 0; i < rivals.to_count && err == ERR_OK; i++) {
		if (claim_state(rivals.to[i]) == CLAIM_PERIOD)
			return ERR_REFUSED;
	}
	return err;
}

static enum err
agree(struct txn *txn, struct ClaimRecord *claim)
{
	const struct claim_news news = {.claim = claim, .event = CLAIM_NO_EVENT, .notice = NOTICE_CLAIM_REMINDER};
	enum err err = may_agree(txn, claim);

	if (err != ERR_OK)
		return err;
	claim->decided = txn_ctx(txn)->now;
	err = claim_wait(txn, claim);
	return err == ERR_OK ? claim_tell(txn, &news) : err;
}

enum err
claim_decide(struct txn *txn, struct ClaimRecord *claim, bool agreed, const char *by)
{
	const struct claim_news news = {.claim = claim, .event = AUDIT_CLAIM_DECIDED, .notice = CLAIM_NO_NOTICE,
	    .names = {"decision", "by"}, .values = {agreed ? "agreed" : "refused", by}};
	enum err err;

	if (claim_state(claim) != CLAIM_DECISION)
		return ERR_REFUSED;
	err = agreed ? agree(txn, claim) : claim_end(txn, claim, CLAIM_END_REFUSED);
	return err == ERR_OK ? claim_tell(txn, &news) : err;
}

/* --- end --- */

enum err
claim_end(struct txn *txn, struct ClaimRecord *claim, enum claim_end why)
{
	struct ctx *ctx = txn_ctx(txn);
	const struct claim_news news = {
	    .claim = claim, .event = AUDIT_CLAIM_ENDED, .notice = NOTICE_CLAIM_ENDED, .names = {"why"}, .values = {claim_end_name(why)}};
	enum err err;

	if (!claim_is_open(claim))
		return ERR_REFUSED;
	set_state(ctx, claim, CLAIM_ENDED);
	claim->why = arena_text(ctx->arena, claim_end_name(why));
	claim->ended = ctx->now;
	err = agenda_drop(txn, AGENDA_CLAIM, record_bytes(claim->id), claim->due);
	if (err == ERR_OK)
		err = claim_save(txn, claim);
	return err == ERR_OK ? claim_tell(txn, &news) : err;
}

static enum err
end_all(struct txn *txn, const struct others *open, enum claim_end why)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < open->to_count && err == ERR_OK; i++)
		err = claim_end(txn, open->to[i], why);
	return err;
}

enum err
claim_end_all_to(struct txn *txn, struct bytes account, enum claim_end why, unsigned *ret_count)
{
	struct others open;
	enum err err = find_open(txn, account, NULL, &open);

	if (err == ERR_OK)
		err = end_all(txn, &open, why);
	if (err == ERR_OK)
		*ret_count = (unsigned)open.to_count;
	return err;
}

enum err
claim_end_all_of(struct txn *txn, struct bytes account, enum claim_end as_old, enum claim_end as_claimant)
{
	struct others open;
	enum err err = find_open(txn, account, NULL, &open);

	if (err == ERR_OK)
		err = end_all(txn, &open, as_old);
	if (err == ERR_OK && open.made != NULL)
		err = claim_end(txn, open.made, as_claimant);
	return err;
}
