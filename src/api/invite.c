#include <string.h>

#include "account/account.h"
#include "account/invitation.h"
#include "api/internal.h"

static json_t *
print(struct ctx *ctx, const struct InvitationRecord *invitation)
{
	json_t *json = json_object();

	json_object_set_new(json, "id", json_string(invitation->id));
	json_object_set_new(json, "state", json_string(invitation_state_print(invitation_state(invitation, ctx->now))));
	json_object_set_new(json, "created", api_time(ctx, invitation->created));
	json_object_set_new(json, "expires", api_time(ctx, invitation->until));
	json_object_set_new(json, "used", api_time(ctx, invitation->used));
	json_object_set_new(json, "revoked", api_time(ctx, invitation->revoked));
	json_object_set_new(json, "made_by", json_string(invitation->by));
	json_object_set_new(json, "note", api_text(invitation->note));
	return json;
}

/* Who came with it: the portal will see this sub anyway. */
static enum err
put_sub(struct txn *txn, const struct InvitationRecord *invitation, json_t *json)
{
	struct AccountRecord *account = NULL;
	enum err err = invitation->account.len > 0 ? account_load(txn, record_bytes(invitation->account), &account) : ERR_NOT_FOUND;

	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	json_object_set_new(json, "sub", api_text(err == ERR_OK ? account->sub : NULL));
	return ERR_OK;
}

static enum err
give(struct txn *txn, struct api_call *call, const struct InvitationRecord *invitation)
{
	json_t *json = print(call->ctx, invitation);
	enum err err = put_sub(txn, invitation, json);

	if (err == ERR_OK)
		return api_give(call, 200, json);
	json_release(&json);
	return err;
}

/* --- the list */
struct listing {
	struct api_page page;
	struct txn *txn;
};

static enum err
visit(void *arg, const struct InvitationRecord *invitation)
{
	struct listing *listing = arg;
	struct ctx *ctx = listing->page.call->ctx;
	enum err err = api_page_look(&listing->page, bytes_of(invitation->id));
	json_t *json;

	if (err != ERR_OK || !api_page_wants(&listing->page, invitation_state_print(invitation_state(invitation, ctx->now))))
		return err;
	json = print(ctx, invitation);
	err = put_sub(listing->txn, invitation, json);
	json_array_append_new(listing->page.items, json);
	return err;
}

static enum err
list(struct txn *txn, struct api_call *call)
{
	static const char *const states[] = {"open", "used", "expired", "revoked", NULL};
	struct listing listing = {.txn = txn};
	const char *after = NULL;

	if (!api_page_begin(&listing.page, call, "invitations", states))
		return ERR_OK;
	if (listing.page.after.len > 0)
		after = arena_text_of(call->ctx->arena, listing.page.after);
	return api_page_end(&listing.page, invitation_walk(txn, call->portal->id, after, API_PAGE_LOOKS + 1, visit, &listing));
}

/* --- a new one */
enum { EXPIRES_IN, NOTE };
static const struct json_rule create_rules[] = {
    [EXPIRES_IN] = {.name = "expires_in", .number = true, .least = INVITATION_LIFE_MIN / 1000, .most = INVITATION_LIFE_MAX / 1000},
    [NOTE] = {.name = "note", .most = INVITATION_NOTE_MAX},
};

static enum err
create(struct txn *txn, struct api_call *call)
{
	const struct invitation_new wanted = {
	    .portal = call->portal->id,
	    .life = call->values[EXPIRES_IN].number * 1000,
	    .note = call->values[NOTE].given ? call->values[NOTE].text : "",
	    .by = "api",
	};
	struct InvitationRecord *invitation;
	const char *code;
	json_t *json;
	enum err err = invitation_create(txn, &wanted, &code, &invitation);

	if (err != ERR_OK)
		return err;
	json = print(call->ctx, invitation);
	json_object_set_new(json, "sub", json_null());
	json_object_set_new(json, "code", json_string(code));
	call->location = arena_printf(call->ctx->arena, "%s/%s", call->request->path, invitation->id);
	return api_give(call, 201, json);
}

static enum err
show(struct txn *txn, struct api_call *call)
{
	struct InvitationRecord *invitation;
	enum err err = invitation_load(txn, call->portal->id, call->request->segment, &invitation);

	if (err == ERR_NOT_FOUND)
		return api_refuse(call, PROBLEM_NOT_FOUND, NULL);
	return err == ERR_OK ? give(txn, call, invitation) : err;
}

static enum err
revoke(struct txn *txn, struct api_call *call)
{
	struct InvitationRecord *invitation;
	enum err err = invitation_revoke(txn, call->portal->id, call->request->segment, "api", &invitation);

	if (err == ERR_NOT_FOUND)
		return api_refuse(call, PROBLEM_NOT_FOUND, NULL);
	if (err == ERR_EXISTS)
		return api_refuse(call, PROBLEM_STATE, "The invitation is not open any more.");
	return err == ERR_OK ? give(txn, call, invitation) : err;
}

enum err
api_invitations(struct ctx *ctx, const struct request *request, struct response *response)
{
	static const char *const query[] = {"limit", "cursor", "state", NULL};
	static const struct api_operation get = {.query = query, .run = list};
	static const struct api_operation post = {.change = true, .rules = create_rules, .rule_count = 2, .run = create};

	return api_serve(ctx, request, request->method == METHOD_POST ? &post : &get, response);
}

enum err
api_invitation(struct ctx *ctx, const struct request *request, struct response *response)
{
	static const struct api_operation get = {.run = show};

	return api_serve(ctx, request, &get, response);
}

enum err
api_invitation_revoke(struct ctx *ctx, const struct request *request, struct response *response)
{
	static const struct api_operation post = {.change = true, .run = revoke};

	return api_serve(ctx, request, &post, response);
}
