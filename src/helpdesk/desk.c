#include "helpdesk/desk.h"

#include <string.h>

#include "audit/audit.h"
#include "helpdesk/desk_error.h"
#include "helpdesk/desk_language.h"
#include "helpdesk/desk_sign_in.h"
#include "web/csrf.h"
#include "web/language.h"
#include "web/look.h"
#include "web/style.h"

/* A session is written anew so often at most: it may end that much early, never late. */
#define TOUCH_EVERY SECONDS(30)

const char *
desk_home(enum role role)
{
	return role_may(role, POWER_LOOK) ? DESK_LOOK_UP : DESK_AUDIT;
}

const char *
desk_path(struct desk *desk, const char *path)
{
	if (!desk->screen->of_case)
		return path;
	return arena_printf(desk->ctx->arena, "%s%cc=%s", path, strchr(path, '?') != NULL ? '&' : '?', desk->call.handle);
}

enum err
desk_go(struct desk *desk, const char *path)
{
	response_redirect(desk->response, strcmp(path, DESK_LOOK_UP) == 0 ? path : desk_path(desk, path));
	return ERR_OK;
}

enum err
desk_over(struct desk *desk, enum err err)
{
	if (err != ERR_NOT_FOUND)
		return err;
	response_redirect(desk->response, DESK_LOOK_UP "?why=over");
	return ERR_OK;
}

enum err
desk_refuse(struct desk *desk, int status, const char *reason)
{
	desk_error(desk->ctx, desk->request, status, reason, desk->response);
	return ERR_OK;
}

void
desk_fail(struct desk *desk, const char *field, const char *name, int64_t wait)
{
	look_fail(desk->ctx, desk->response, desk->view, field, arena_printf(desk->ctx->arena, "field.%s.%s", field, name), name, wait);
}

void
desk_fail_factor(struct desk *desk, const char *field, const char *words, const struct factor_answer *answer)
{
	const char *name = factor_verdict_print(answer->verdict);

	look_fail(desk->ctx, desk->response, desk->view, field, arena_printf(desk->ctx->arena, "field.%s.%s", words, name), name, answer->wait);
}

static void
fill_common(struct desk *desk)
{
	struct ctx *ctx = desk->ctx;
	struct view *view = desk->view;

	view_text(view, "desk_style_url", style_desk_url(ctx));
	view_text(view, "action_url", desk_path(desk, desk->screen->path));
	view_text(view, "csrf", csrf_print(ctx, desk->session->sid));
	view_text(view, "staff", desk->staff->code);
	view_text(view, "screen", desk->screen->name);
	desk_language_show(ctx, desk->request, view);
	if (desk->screen->of_case)
		view_text(view, "c", desk->call.handle);
	/* Before the second factor no power is there to be shown. */
	if (desk->screen->step == DESK_IN)
		role_show(desk->role, view);
}

enum err
desk_show(struct desk *desk)
{
	enum err err;

	fill_common(desk);
	err = desk->screen->show(desk);
	/* It may have redirected, or answered by itself. */
	if (err != ERR_OK || desk->response->status == 303 || desk->response->body.len > 0)
		return err;
	template_print(desk->ctx->text, desk->ctx->language, desk->screen->name, desk->view, &desk->response->body);
	return ERR_OK;
}

static enum desk_step
step_of(const struct DeskSessionRecord *session, const struct StaffRecord *staff)
{
	if (session->factor_time != 0)
		return DESK_IN;
	return *staff->method == '\0' ? DESK_ENROL : DESK_CODE;
}

static const char *
path_of(enum desk_step step, enum role role)
{
	switch (step) {
	case DESK_ENROL:
		return DESK_ENROL_PATH;
	case DESK_CODE:
		return DESK_CODE_PATH;
	case DESK_IN:
		break;
	}
	return desk_home(role);
}

static enum err
load_session(struct txn *txn, const char *token, struct DeskSessionRecord **ret_session, struct StaffRecord **ret_staff)
{
	enum err err = desk_session_load(txn, token, ret_session);

	if (err == ERR_OK)
		err = staff_load(txn, record_bytes((*ret_session)->staff), ret_staff);
	return err;
}

enum err
desk_again(struct txn *txn, const struct desk *desk, struct desk_now *ret_now)
{
	enum err err = load_session(txn, desk->token, &ret_now->session, &ret_now->staff);

	if (err == ERR_OK && step_of(ret_now->session, ret_now->staff) != desk->screen->step)
		err = ERR_NOT_FOUND;
	if (err == ERR_OK && desk->screen->of_case)
		err = desk_case_load(txn, ret_now->session, desk->call.handle, &ret_now->call);
	return err;
}

static enum err
find_in(struct txn *txn, void *arg)
{
	struct desk *desk = arg;
	enum err err;

	desk->call.handle = NULL;
	err = load_session(txn, desk->token, &desk->session, &desk->staff);
	if (err != ERR_OK) {
		desk->session = NULL;
		return err;
	}
	if (!desk->screen->of_case)
		return ERR_OK;
	err = desk_case_load(txn, desk->session, request_query(desk->request, "c"), &desk->call);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err
touch_in(struct txn *txn, void *arg)
{
	const struct desk *desk = arg;
	struct desk_now now;
	enum err err = desk_again(txn, desk, &now);

	if (err == ERR_OK)
		err = desk_session_save(txn, desk->token, now.session);
	if (err == ERR_OK && desk->screen->of_case)
		err = desk_case_touch(txn, &now.call);
	return err;
}

/* It is used: both live on.  ERR_NOT_FOUND, when one ended just now, is found by the next request. */
static enum err
touch(struct desk *desk)
{
	enum err err;

	if (desk->ctx->now - desk->session->seen < TOUCH_EVERY)
		return ERR_OK;
	err = store_update(desk->ctx, touch_in, desk);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

struct denial {
	const struct desk *desk;
	const char *power, *reason; /* words of the audit */
};

static enum err
deny_in(struct txn *txn, void *arg)
{
	const struct denial *denial = arg;
	const struct AccountRecord *account = denial->desk->call.account;

	return audit_append(txn, AUDIT_DESK_REFUSED, account != NULL ? record_bytes(account->id) : bytes_make("", 0),
	    account != NULL ? account->portal : NULL, "staff", denial->desk->staff->code, "power", denial->power, "reason", denial->reason, NULL);
}

/* What is not theirs is not shown to them: who asks for it all the same has made the request by hand, or has somebody else's session. */
static enum err
deny(struct desk *desk, enum power power, const char *reason)
{
	struct denial denial = {desk, role_power_word(power, desk->ctx->arena), reason};
	enum err err = store_update(desk->ctx, deny_in, &denial);

	log_event(LOG_WARNING, &desk->ctx->log, "A member of the help desk's staff tried what is not allowed", LOG_TEXT("staff", desk->staff->code),
	    LOG_TEXT("power", denial.power), LOG_TEXT("reason", reason));
	return err == ERR_OK ? desk_refuse(desk, 403, strcmp(reason, "unverified") == 0 ? "unverified" : "power") : err;
}

static enum err
run_action(struct desk *desk)
{
	const char *name = request_form(desk->request, "action");
	const struct desk_action *action = desk->screen->actions;

	if (!csrf_check(desk->ctx, desk->session->sid, request_form(desk->request, "csrf")))
		return desk_refuse(desk, 403, "forbidden");
	while (action != NULL && action->name != NULL && name != NULL && strcmp(action->name, name) != 0)
		action++;
	if (action == NULL || action->name == NULL)
		return desk_refuse(desk, 400, "bad-request");
	if (!role_may(desk->role, action->power))
		return deny(desk, action->power, "no-power");
	if (desk_case_grades(desk->call.proven) < action->grades)
		return deny(desk, action->power, "unverified");
	return action->run(desk);
}

/* Who asks for a screen that is not theirs is sent to the one that is. */
static bool
is_elsewhere(struct desk *desk)
{
	enum desk_step step = step_of(desk->session, desk->staff);
	const char *path = desk_home(desk->role);

	if (step != desk->screen->step)
		path = path_of(step, desk->role);
	else if (strcmp(desk->screen->path, DESK_LOOK_UP) != 0 || strcmp(path, DESK_LOOK_UP) == 0)
		return false;
	response_redirect(desk->response, path);
	return true;
}

static enum err
serve(struct desk *desk)
{
	enum err err;

	if (is_elsewhere(desk))
		return ERR_OK;
	if (!role_may(desk->role, desk->screen->power))
		return deny(desk, desk->screen->power, "no-power");
	if (desk->screen->of_case && desk->call.handle == NULL)
		return desk_over(desk, ERR_NOT_FOUND);
	err = touch(desk);
	if (err != ERR_OK)
		return err;
	desk->view = look_view(desk->ctx);
	return desk->request->method == METHOD_POST ? run_action(desk) : desk_show(desk);
}

enum err
desk_serve(struct ctx *ctx, const struct request *request, struct response *response, const struct desk_screen *screen)
{
	struct desk desk = {.ctx = ctx, .request = request, .response = response, .screen = screen};
	enum err err;

	language_choose(ctx, request);
	desk.token = request_cookie(request, DESK_COOKIE);
	err = store_view(ctx, find_in, &desk);
	if (err == ERR_NOT_FOUND && desk.session == NULL) {
		response_redirect(response, desk.token != NULL ? DESK_SIGN_IN_PATH "?why=ended" : DESK_SIGN_IN_PATH);
		return ERR_OK;
	}
	if (err != ERR_OK)
		return err;
	desk.role = desk_session_role(desk.session);
	return serve(&desk);
}
