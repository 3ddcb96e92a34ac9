#include "cli/remarks.h"

#include <inttypes.h>
#include <string.h>

#include "account/account.h"
#include "account/binding.h"
#include "account/claim.h"
#include "account/invitation.h"
#include "config/config.h"

/* So many in one look at the store, in an arena of their own. */
#define PIECE 500
#define PIECE_MEMORY ((size_t)64 << 20)

enum about { ABOUT_NOTHING, ABOUT_PROVIDER, ABOUT_METHOD };
enum policy {
#define POLICY(id, name, concerns, about, what, remedy) POLICY_##id,
#include "cli/policies.def"
#undef POLICY
	POLICY_COUNT
};
static const struct {
	const char *name, *concerns;
	enum about about;
	const char *what, *remedy;
} policies[POLICY_COUNT] = {
#define POLICY(id, name, concerns, about, what, remedy) [POLICY_##id] = {name, concerns, ABOUT_##about, what, remedy},
#include "cli/policies.def"
#undef POLICY
};

struct remark {
	enum policy policy;
	const char *portal, *about;
	json_int_t count;
	json_t *list;
	struct remark *next;
};

struct look {
	const struct ctx *ctx;	/* its arena lasts */
	struct remark *remarks; /* in the order of policies, portals, what they are about */
	struct txn *txn;
	const char *portal;
	const void *after;	/* the last record of the piece, in its arena */
	unsigned seen;
};

/* An account, and what is judged about it. */
struct subject {
	const struct ctx *ctx;
	struct txn *txn;
	const struct AccountRecord *account;
	const struct portal_config *portal;	/* NULL: not configured */
	const struct provider_config *provider;
	bool elsewhere, foreign; /* its credential opens another account; is of another entity_id */
};

static int
compare(const struct remark *remark, enum policy policy, const char *portal, const char *about)
{
	int order = (int)remark->policy - (int)policy;

	if (order == 0)
		order = strcmp(remark->portal, portal);
	return order != 0 ? order : strcmp(remark->about, about);
}

static void
note(struct look *look, enum policy policy, const char *portal, const char *about, const char *name)
{
	struct arena *arena = look->ctx->arena;
	struct remark **at = &look->remarks, *remark;

	while (*at != NULL && compare(*at, policy, portal, about) < 0)
		at = &(*at)->next;
	remark = *at;
	if (remark == NULL || compare(remark, policy, portal, about) != 0) {
		remark = arena_new_object(arena, struct remark);
		*remark = (struct remark){policy, arena_text(arena, portal), arena_text(arena, about), 0, json_array(), *at};
		*at = remark;
	}
	if (remark->count++ < REMARKS_LISTED)
		json_array_append_new(remark->list, json_string(name));
}

/* --- an account under a policy --- */

/* Can its credential open it? */
static bool
is_opened(const struct AccountRecord *account)
{
	switch (status_of(account)) {
	case STATUS_WAITING:
	case STATUS_CLAIMANT:
	case STATUS_ACTIVE:
		return true;
	case STATUS_REFUSED:
	case STATUS_UNLINKED:
	case STATUS_MOVED:
	case STATUS_CLOSED:
	case STATUS_COUNT:
		break;
	}
	return false;
}

static bool
is_over(const struct AccountRecord *account)
{
	return status_is(account, STATUS_MOVED) || status_is(account, STATUS_CLOSED);
}

static bool
is_required(const struct subject *of)
{
	return texts_has(&of->portal->required_for, of->account->provider);
}

/* What a reset has left stands in for a method, whatever the portal takes. */
static bool
has_left_method(const struct subject *of)
{
	return *of->account->method != '\0' && of->account->enrol_anew == 0 && !texts_has(&of->portal->methods, of->account->method);
}

static bool
is_portal_gone(const struct subject *of)
{
	return of->portal == NULL;
}

static bool
is_provider_gone(const struct subject *of)
{
	return of->provider == NULL;
}

static bool
is_provider_left(const struct subject *of)
{
	return !texts_has(&of->portal->providers, of->account->provider);
}

static bool
is_entity_changed(const struct subject *of)
{
	return of->foreign;
}

static bool
opens_several(const struct subject *of)
{
	return of->elsewhere && of->provider->separation == SEPARATION_EXCLUSIVE;
}

static bool
is_waiting_unasked(const struct subject *of)
{
	return status_is(of->account, STATUS_WAITING) && of->portal->admission != ADMISSION_APPROVAL;
}

static bool
is_claimant_unasked(const struct subject *of)
{
	return status_is(of->account, STATUS_CLAIMANT) && of->portal->admission != ADMISSION_INVITATION;
}

static bool
is_method_left(const struct subject *of)
{
	return has_left_method(of) && is_required(of);
}

static bool
is_method_kept(const struct subject *of)
{
	return has_left_method(of) && !is_required(of);
}

static bool
is_method_missing(const struct subject *of)
{
	return *of->account->method == '\0' && is_required(of);
}

static const struct {
	enum policy policy;
	bool (*concerns)(const struct subject *of);
	bool last; /* nobody can sign in: no more is said */
} judges[] = {
    {POLICY_PORTAL_GONE, is_portal_gone, true},
    {POLICY_PROVIDER_GONE, is_provider_gone, true},
    {POLICY_PROVIDER_LEFT, is_provider_left, true},
    {POLICY_ENTITY_CHANGED, is_entity_changed, true},
    {POLICY_SEVERAL_PORTALS, opens_several, false},
    {POLICY_WAITING_UNASKED, is_waiting_unasked, false},
    {POLICY_CLAIMANT_UNASKED, is_claimant_unasked, false},
    {POLICY_METHOD_LEFT, is_method_left, false},
    {POLICY_METHOD_KEPT, is_method_kept, false},
    {POLICY_METHOD_MISSING, is_method_missing, false},
};

static const char *
about(enum policy policy, const struct AccountRecord *account)
{
	switch (policies[policy].about) {
	case ABOUT_PROVIDER:
		return account->provider;
	case ABOUT_METHOD:
		return account->method;
	case ABOUT_NOTHING:
		break;
	}
	return "";
}

/* One of the ties of the account's credential. */
static enum err
see_tie(void *arg, const struct BindingRecord *binding)
{
	struct subject *of = arg;
	struct AccountRecord *other;
	enum err err;

	if (bytes_equal(record_bytes(binding->account), record_bytes(of->account->id))) {
		of->foreign = !binding_current(of->ctx, binding);
		return ERR_OK;
	}
	err = account_load(of->txn, record_bytes(binding->account), &other);
	if (err == ERR_OK && is_opened(other) && config_portal(of->ctx->config, other->portal) != NULL)
		of->elsewhere = true;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static void
judge(struct look *look, const struct subject *of)
{
	for (size_t i = 0; i < sizeof(judges) / sizeof(judges[0]); i++) {
		if (!judges[i].concerns(of))
			continue;
		note(look, judges[i].policy, of->account->portal, about(judges[i].policy, of->account), of->account->support_reference);
		if (judges[i].last)
			return;
	}
}

static enum err
see_account(void *arg, const struct AccountRecord *account)
{
	struct look *look = arg;
	const struct config *config = look->ctx->config;
	struct subject of = {.ctx = txn_ctx(look->txn), .txn = look->txn, .account = account, .portal = config_portal(config, account->portal),
	    .provider = config_provider(config, account->provider)};
	enum err err = ERR_OK;

	look->after = account;
	look->seen++;
	if (is_over(account) || (of.portal != NULL && !is_opened(account)))
		return ERR_OK;
	if (of.portal != NULL && of.provider != NULL)
		err = binding_walk(look->txn, record_bytes(account->id), see_tie, &of);
	if (err == ERR_OK)
		judge(look, &of);
	return err;
}

static enum err
see_invitation(void *arg, const struct InvitationRecord *invitation)
{
	struct look *look = arg;

	look->after = invitation->id;
	look->seen++;
	if (invitation_state(invitation, look->ctx->now) == INVITATION_OPEN)
		note(look, POLICY_INVITED_UNASKED, invitation->portal, "", invitation->id);
	return ERR_OK;
}

static enum err
see_claim(void *arg, const struct ClaimRecord *claim)
{
	struct look *look = arg;

	look->after = claim;
	look->seen++;
	if (claim_is_open(claim))
		note(look, POLICY_CLAIM_LEFT, claim->portal, "", claim_id_print(txn_ctx(look->txn)->arena, claim));
	return ERR_OK;
}

/* --- the walks, in pieces --- */

static enum err
accounts_in(struct txn *txn, void *arg)
{
	struct look *look = arg;

	look->txn = txn;
	return account_walk(txn, look->after, PIECE, see_account, look);
}

static enum err
invitations_in(struct txn *txn, void *arg)
{
	struct look *look = arg;

	return invitation_walk(txn, look->portal, look->after, PIECE, see_invitation, look);
}

static enum err
claims_in(struct txn *txn, void *arg)
{
	struct look *look = arg;

	look->txn = txn;
	return claim_walk_portal(txn, look->portal, look->after, PIECE, see_claim, look);
}

/* The last record of a piece is needed for the next one: two arenas take turns. */
static enum err
walk(struct look *look, store_fn *piece_in)
{
	struct arena *arenas[2] = {arena_new(PIECE_MEMORY), arena_new(PIECE_MEMORY)};
	struct ctx piece = *look->ctx;
	unsigned turn = 0;
	enum err err;

	look->after = NULL;
	do {
		piece.arena = arenas[turn];
		arena_reset(piece.arena);
		look->seen = 0;
		err = store_view(&piece, piece_in, look);
		turn = !turn;
	} while (err == ERR_OK && look->seen == PIECE);
	arena_free(&arenas[0]);
	arena_free(&arenas[1]);
	return err;
}

static enum err
walk_all(struct look *look)
{
	const struct config *config = look->ctx->config;
	enum err err = walk(look, accounts_in);

	for (size_t i = 0; i < config->portal_count && err == ERR_OK; i++) {
		look->portal = config->portals[i].id;
		if (config->portals[i].admission != ADMISSION_INVITATION)
			err = walk(look, invitations_in);
	}
	/* Both accounts of an open claim are there, so its portal has been met. */
	for (struct remark *at = look->remarks; at != NULL && at->policy == POLICY_PORTAL_GONE && err == ERR_OK; at = at->next) {
		look->portal = at->portal;
		err = walk(look, claims_in);
	}
	return err;
}

/* "1 account of old: the portal is not configured any more" */
static const char *
print(struct arena *arena, const struct remark *remark)
{
	const char *concerns = policies[remark->policy].concerns;
	int len = (int)strlen(concerns) - (remark->count == 1);

	return arena_printf(arena, "%" JSON_INTEGER_FORMAT " %.*s of %s: %s%s%s", remark->count, len, concerns, remark->portal,
	    policies[remark->policy].what, *remark->about != '\0' ? " " : "", remark->about);
}

/* Takes the list. */
static json_t *
remark_print(struct arena *arena, struct remark *remark)
{
	json_t *about = *remark->about != '\0' ? json_string(remark->about) : json_null();
	json_t *json = json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:I, s:o, s:I}", "check", print(arena, remark), "result", "note", "remedy",
	    policies[remark->policy].remedy, "policy", policies[remark->policy].name, "portal", remark->portal, "about", about, "count",
	    remark->count, policies[remark->policy].concerns, remark->list, "more", remark->count - (json_int_t)json_array_size(remark->list));

	must(json != NULL);
	return json;
}

enum err
remarks_look(const struct ctx *ctx, json_t **ret_remarks)
{
	struct look look = {.ctx = ctx};
	json_t *all = json_array();
	enum err err = walk_all(&look);

	for (struct remark *at = look.remarks; at != NULL; at = at->next)
		json_array_append_new(all, remark_print(ctx->arena, at));
	if (err == ERR_OK)
		*ret_remarks = all;
	else
		json_decref(all);
	return err;
}
