#include "signin/arrive.h"

#include <string.h>

#include "account/account.h"
#include "audit/audit.h"
#include "base/random.h"
#include "signin/entry.h"
#include "signin/relink.h"

struct arrive {
	const struct arrival *arrival;
	const struct portal_config *portal;
	struct bytes credential;
	const char *token;
};

/* A request is good as long as its cookie. */
static int64_t
request_end(const struct ctx *ctx, const struct pending *pending)
{
	return pending->created + ctx->config->limits.login_lifetime + ctx->config->limits.clock_skew;
}

/* The assertion is marked as long as it would be believed. */
static enum err
mark_used(struct txn *txn, const struct arrival *arrival)
{
	struct ctx *ctx = txn_ctx(txn);
	const struct limits_config *limits = &ctx->config->limits;
	enum err err;

	err = used_mark(txn, "saml-request", arrival->pending->saml_request, request_end(ctx, arrival->pending));
	if (err != ERR_OK)
		return err;
	return used_mark(txn, "assertion", arena_printf(ctx->arena, "%s %s", arrival->provider->id, arrival->assertion_id),
	    arrival->assertion_until + limits->clock_skew);
}

static void
fill_session(struct ctx *ctx, const struct arrive *a, struct SessionRecord *session)
{
	session_record__init(session);
	session->portal = (char *)a->portal->id;
	session->sid = random_text(ctx->arena, 16);
	session->provider = (char *)a->arrival->provider->id;
	session->credential = record_data(a->credential);
	session->name_id = (char *)a->arrival->name_id;
	session->name_qualifier = (char *)a->arrival->name_qualifier;
	session->sp_name_qualifier = (char *)a->arrival->sp_name_qualifier;
	session->session_index = (char *)a->arrival->session_index;
	session->credential_level = (char *)a->arrival->level;
	session->credential_time = session->created = session->seen = ctx->now;
	session->until = ctx->now + a->portal->absolute;
	if (a->arrival->session_until < session->until)
		session->until = a->arrival->session_until;
}

/* Where neither an invitation nor a factor will be asked for, the account begins here. */
static enum err
admit(struct txn *txn, const struct arrive *a, struct SessionRecord *session)
{
	struct AccountRecord *account;
	enum err err;

	if (a->portal->admission == ADMISSION_INVITATION || journey_wants_factor(a->portal, a->arrival->pending, session->provider))
		return ERR_OK;
	err = entry_open(txn, a->portal, session, &account);
	if (err != ERR_OK)
		return err;
	account_signed_in(txn_ctx(txn), account);
	return account_save(txn, account);
}

/* A known account that has no factor, and needs none: this is its sign-in. */
static enum err
note_sign_in(struct txn *txn, const struct arrive *a, struct bytes id)
{
	struct AccountRecord *account;
	enum err err = account_load(txn, id, &account);

	if (err != ERR_OK || *account->method != '\0' || !status_admits(status_of(account)) ||
	    journey_wants_factor(a->portal, a->arrival->pending, a->arrival->provider->id))
		return err;
	account_signed_in(txn_ctx(txn), account);
	return account_save(txn, account);
}

static enum err
begin_session(struct txn *txn, struct arrive *a)
{
	struct SessionRecord session;
	enum binding_state state;
	struct bytes account = {NULL, 0};
	enum err err;

	fill_session(txn_ctx(txn), a, &session);
	err = binding_find(txn, a->credential, a->portal->id, a->arrival->provider->separation, &state, &account);
	if (err != ERR_OK)
		return err;
	switch (state) {
	case BINDING_HERE:
		session.account = record_data(account);
		err = note_sign_in(txn, a, account);
		break;
	case BINDING_ELSEWHERE:
		err = audit_append(txn, AUDIT_CREDENTIAL_IN_USE, account, a->portal->id, "provider", session.provider, NULL);
		break;
	case BINDING_NONE:
		err = admit(txn, a, &session);
		break;
	}
	if (err == ERR_OK)
		err = session_save(txn, a->token, &session);
	if (err == ERR_OK)
		err = audit_append(txn, AUDIT_CREDENTIAL_ACCEPTED, record_bytes(session.account), a->portal->id, "provider", session.provider,
		    "level", session.credential_level, NULL);
	return err;
}

static enum err
arrive_in(struct txn *txn, void *arg)
{
	struct arrive *a = arg;
	enum err err = mark_used(txn, a->arrival);

	return err == ERR_OK ? begin_session(txn, a) : err;
}

enum err
arrive(struct ctx *ctx, const struct arrival *arrival, const char **ret_token)
{
	struct arrive a = {.arrival = arrival, .portal = config_portal(ctx->config, arrival->pending->client)};
	enum err err;

	must(*arrival->pending->claimant == '\0');
	if (a.portal == NULL)
		return ERR_CONFIG;
	a.credential = credential_hash(ctx, arrival->provider->id, arrival->name_qualifier, arrival->sp_name_qualifier, arrival->name_id);
	/* The browser's own cookie did not come with this cross-site POST: a token of its own, joined later. */
	a.token = session_token(ctx->arena);
	err = store_update(ctx, arrive_in, &a);
	if (err == ERR_OK)
		*ret_token = a.token;
	return err;
}

struct second_leg {
	const struct arrival *arrival;
	struct bytes credential;
	bool *noted;
};

static enum err
claim_in(struct txn *txn, void *arg)
{
	struct second_leg *leg = arg;
	const struct arrival *arrival = leg->arrival;
	enum err err = mark_used(txn, arrival);

	return err == ERR_OK ? relink_credential(txn, arrival->pending, leg->credential, arrival->provider->separation, leg->noted) : err;
}

enum err
arrive_claim(struct ctx *ctx, const struct arrival *arrival, bool *ret_noted)
{
	struct second_leg leg = {.arrival = arrival, .noted = ret_noted};

	must(*arrival->pending->claimant != '\0');
	leg.credential = credential_hash(ctx, arrival->provider->id, arrival->name_qualifier, arrival->sp_name_qualifier, arrival->name_id);
	return store_update(ctx, claim_in, &leg);
}

struct refused {
	const struct pending *pending;
	const char *reason;
};

static enum err
refused_in(struct txn *txn, void *arg)
{
	const struct refused *refused = arg;
	const struct pending *pending = refused->pending;
	enum err err = used_mark(txn, "saml-request", pending->saml_request, request_end(txn_ctx(txn), pending));

	if (err != ERR_OK)
		return err;
	return audit_append(txn, AUDIT_CREDENTIAL_REFUSED, (struct bytes){NULL, 0}, pending->client, "provider", pending->provider, "reason",
	    refused->reason, NULL);
}

enum err
arrive_refused(struct ctx *ctx, const struct pending *pending, const char *reason)
{
	struct refused refused = {pending, reason};

	return store_update(ctx, refused_in, &refused);
}

struct join {
	const struct pending *pending;
	const struct portal_config *portal;
	const char *cookie;
	bool alone; /* nothing to bring along */
};

static enum err
look_in(struct txn *txn, void *arg)
{
	struct join *join = arg;
	struct SessionRecord *session;
	unsigned count;
	enum err err;

	err = session_load(txn, join->pending->arrived, join->portal->id, &session);
	if (err != ERR_OK)
		return err;
	err = session_count(txn, join->cookie, &count);
	join->alone = count == 0 || strcmp(join->cookie, join->pending->arrived) == 0;
	return err;
}

static enum err
join_in(struct txn *txn, void *arg)
{
	const struct join *join = arg;

	return session_join(txn, join->cookie, join->pending->arrived, join->portal, join->pending);
}

enum err
arrive_join(struct ctx *ctx, const struct pending *pending, const char *cookie, const char **ret_token)
{
	struct join join = {.pending = pending, .portal = config_portal(ctx->config, pending->client), .cookie = cookie};
	enum err err;

	*ret_token = NULL;
	if (join.portal == NULL)
		return ERR_CONFIG;
	err = store_view(ctx, look_in, &join);
	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	if (err == ERR_OK && !join.alone)
		err = store_update(ctx, join_in, &join);
	if (err == ERR_OK)
		*ret_token = pending->arrived;
	return err;
}
