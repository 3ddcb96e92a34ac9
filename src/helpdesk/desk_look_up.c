#include "helpdesk/desk_look_up.h"

#include <string.h>

#include "helpdesk/desk.h"
#include "helpdesk/look_up.h"

static enum err
show(struct desk *desk)
{
	const char *why = request_query(desk->request, "why");

	view_flag(desk->view, "over", why != NULL && strcmp(why, "over") == 0 && desk->request->method == METHOD_GET);
	view_text(desk->view, "reference", request_form(desk->request, "reference"));
	return ERR_OK;
}

struct looking {
	struct desk *desk;
	struct look_up typed;
	struct look_up_result result;
	const char *handle;
};

static enum err
look_in(struct txn *txn, void *arg)
{
	struct looking *looking = arg;
	struct desk_now now;
	enum err err = desk_again(txn, looking->desk, &now);

	if (err == ERR_OK)
		err = look_up(txn, now.staff, &looking->typed, &looking->result);
	if (err != ERR_OK || looking->result.verdict != LOOK_UP_FOUND)
		return err;
	err = desk_case_open(txn, now.session, looking->result.account, looking->result.proven, &looking->handle);
	return err == ERR_OK ? desk_session_save(txn, looking->desk->token, now.session) : err;
}

static enum err
answer(struct desk *desk, const struct looking *looking)
{
	switch (looking->result.verdict) {
	case LOOK_UP_FOUND:
		response_redirect(desk->response, arena_printf(desk->ctx->arena, DESK_ACCOUNT "?c=%s", looking->handle));
		return ERR_OK;
	case LOOK_UP_LIMITED:
		desk_fail(desk, "reference", "locked", looking->result.wait);
		break;
	case LOOK_UP_REQUIRED:
		desk_fail(desk, "reference", "required", 0);
		break;
	case LOOK_UP_MALFORMED:
		desk_fail(desk, "reference", "malformed", 0);
		break;
	case LOOK_UP_UNKNOWN:
		desk_fail(desk, "reference", "wrong", 0);
		break;
	case LOOK_UP_CODE_REFUSED:
		desk_fail_factor(desk, "caller_code", "caller_code", &looking->result.code);
		break;
	}
	return desk_show(desk);
}

static enum err
look(struct desk *desk)
{
	struct looking looking = {
	    .desk = desk, .typed = {request_form(desk->request, "reference"), request_form(desk->request, "caller_code")}};
	enum err err = store_update(desk->ctx, look_in, &looking);

	return err == ERR_OK ? answer(desk, &looking) : desk_over(desk, err);
}

static const struct desk_action actions[] = {{"look", POWER_LOOK, 0, look}, {NULL, POWER_NONE, 0, NULL}};
static const struct desk_screen screen = {
    .name = "desk-look-up",
    .path = DESK_LOOK_UP,
    .step = DESK_IN,
    .power = POWER_LOOK,
    .show = show,
    .actions = actions,
};

enum err
desk_look_up(struct ctx *ctx, const struct request *request, struct response *response)
{
	return desk_serve(ctx, request, response, &screen);
}
