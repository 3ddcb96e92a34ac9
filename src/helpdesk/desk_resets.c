#include "helpdesk/desk_resets.h"

#include <string.h>

#include "account/account.h"
#include "helpdesk/deeds.h"
#include "helpdesk/desk.h"
#include "signin/reset.h"
#include "web/look.h"

#define RESETS_MOST 100

struct listing {
	struct desk *desk;
	struct txn *txn;
	unsigned count;
};

static const char *
sentence(struct desk *desk, const char *key)
{
	return text_sentence(desk->ctx->text, desk->ctx->language, key, NULL, desk->ctx->arena);
}

static enum err
add(void *arg, const struct ResetRecord *reset)
{
	struct listing *listing = arg;
	struct desk *desk = listing->desk;
	struct AccountRecord *account;
	struct view *item;
	enum err err = account_load(listing->txn, record_bytes(reset->account), &account);

	if (err != ERR_OK)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	listing->count++;
	item = view_item(desk->view, "resets");
	view_text(item, "reference", account->support_reference);
	view_text(item, "asked", look_moment(desk->ctx, reset->asked));
	view_text(item, "asked_by", reset->asked_by);
	view_text(item, "reason", sentence(desk, arena_printf(desk->ctx->arena, "desk-reason.%s", reset->reason)));
	view_text(item, "ticket", reset->ticket);
	view_text(item, "until", look_moment(desk->ctx, reset->due));
	view_text(item, "state", reset->state);
	view_flag(item, "own", strcmp(reset->asked_by, desk->staff->code) == 0);
	view_flag(item, "can_approve",
	    strcmp(reset->state, RESET_ASKED) == 0 && strcmp(reset->asked_by, desk->staff->code) != 0 && role_may(desk->role, POWER_APPROVE_RESET));
	return ERR_OK;
}

static enum err
list_in(struct txn *txn, void *arg)
{
	struct listing listing = {arg, txn, 0};
	enum err err = reset_walk(txn, RESETS_MOST, add, &listing);

	view_flag(listing.desk->view, "none", listing.count == 0);
	return err;
}

static enum err
show(struct desk *desk)
{
	const char *done = request_query(desk->request, "done");

	view_flag(desk->view, "approved", done != NULL && desk->request->method == METHOD_GET);
	return store_view(desk->ctx, list_in, desk);
}

struct approving {
	struct desk *desk;
	struct deed deed;
};

static enum err
approve_in(struct txn *txn, void *arg)
{
	struct approving *approving = arg;
	const char *typed = request_form(approving->desk->request, "reference"), *reference;
	struct desk_now now;
	enum err err = desk_again(txn, approving->desk, &now);

	if (err != ERR_OK)
		return err;
	approving->deed = (struct deed){.staff = now.staff->code, .reason = "", .ticket = "", .verdict = DEED_NOTHING};
	if (typed == NULL || account_reference_parse(txn_ctx(txn)->arena, typed, &reference) != ERR_OK)
		return ERR_OK;
	err = account_find_reference(txn, reference, &approving->deed.account);
	if (err != ERR_OK)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	return deed_approve_reset(txn, &approving->deed);
}

static enum err
approve(struct desk *desk)
{
	struct approving approving = {.desk = desk};
	enum err err = store_update(desk->ctx, approve_in, &approving);

	if (err != ERR_OK)
		return desk_over(desk, err);
	if (approving.deed.verdict == DEED_DONE)
		return desk_go(desk, DESK_RESETS "?done=approve-reset");
	view_text(desk->view, "refused",
	    sentence(desk, arena_printf(desk->ctx->arena, "desk-refused.%s", deed_verdict_print(approving.deed.verdict))));
	view_text(desk->view, "refused_name", deed_verdict_print(approving.deed.verdict));
	desk->response->status = 422;
	return desk_show(desk);
}

static const struct desk_action actions[] = {{"approve", POWER_APPROVE_RESET, 0, approve}, {NULL, POWER_NONE, 0, NULL}};
static const struct desk_screen screen = {
    .name = "desk-resets",
    .path = DESK_RESETS,
    .step = DESK_IN,
    .power = POWER_APPROVE_RESET,
    .show = show,
    .actions = actions,
};

enum err
desk_resets(struct ctx *ctx, const struct request *request, struct response *response)
{
	return desk_serve(ctx, request, response, &screen);
}
