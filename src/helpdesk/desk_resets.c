#include "helpdesk/desk_resets.h"

#include <string.h>

#include "account/account.h"
#include "helpdesk/deeds.h"
#include "helpdesk/desk.h"
#include "signin/reset.h"
#include "web/look.h"

#define RESETS_MOST 100
/* The one reason that this screen knows: a word of the audit. */
#define NOT_CONVINCED "not-convinced"

static const char *const done_words[] = {"approve-reset", "stop-reset"};
#define DONE (sizeof(done_words) / sizeof(done_words[0]))

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
	view_flag(item, "can_stop", role_may(desk->role, POWER_STOP_RESET));
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

	for (size_t i = 0; i < DONE && done != NULL && desk->request->method == METHOD_GET; i++) {
		if (strcmp(done, done_words[i]) == 0)
			view_text(desk->view, "done", sentence(desk, arena_printf(desk->ctx->arena, "desk-done.%s", done)));
	}
	return store_view(desk->ctx, list_in, desk);
}

struct deciding {
	struct desk *desk;
	deed_fn *run;
	const char *reason;
	struct deed deed;
};

static enum err
decide_in(struct txn *txn, void *arg)
{
	struct deciding *deciding = arg;
	const char *typed = request_form(deciding->desk->request, "reference"), *reference;
	struct desk_now now;
	enum err err = desk_again(txn, deciding->desk, &now);

	if (err != ERR_OK)
		return err;
	deciding->deed = (struct deed){.staff = now.staff->code, .reason = deciding->reason, .ticket = "", .verdict = DEED_NOTHING};
	if (typed == NULL || account_reference_parse(txn_ctx(txn)->arena, typed, &reference) != ERR_OK)
		return ERR_OK;
	err = account_find_reference(txn, reference, &deciding->deed.account);
	if (err != ERR_OK)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	return deciding->run(txn, &deciding->deed);
}

static enum err
decide(struct desk *desk, deed_fn *run, const char *reason)
{
	struct deciding deciding = {.desk = desk, .run = run, .reason = reason};
	enum err err = store_update(desk->ctx, decide_in, &deciding);

	if (err != ERR_OK)
		return desk_over(desk, err);
	if (deciding.deed.verdict == DEED_DONE)
		return desk_go(desk, arena_printf(desk->ctx->arena, DESK_RESETS "?done=%s", deciding.deed.power));
	view_text(desk->view, "refused",
	    sentence(desk, arena_printf(desk->ctx->arena, "desk-refused.%s", deed_verdict_print(deciding.deed.verdict))));
	view_text(desk->view, "refused_name", deed_verdict_print(deciding.deed.verdict));
	desk->response->status = 422;
	return desk_show(desk);
}

static enum err
approve(struct desk *desk)
{
	return decide(desk, deed_approve_reset, "");
}

/* Whoever was to approve it need not be convinced, nor find the caller again to say so. */
static enum err
stop(struct desk *desk)
{
	return decide(desk, deed_stop_reset, NOT_CONVINCED);
}

static const struct desk_action actions[] = {
    {"approve", POWER_APPROVE_RESET, 0, approve}, {"stop", POWER_STOP_RESET, 0, stop}, {NULL, POWER_NONE, 0, NULL}};
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
