#include "helpdesk/desk_account.h"

#include <stdlib.h>
#include <string.h>

#include "helpdesk/deeds.h"
#include "helpdesk/desk.h"
#include "helpdesk/dossier_show.h"
#include "helpdesk/look_up.h"
#include "signin/reset.h"
#include "web/look.h"

/* ---- what may be done now ---- */

static bool
has_wait(const struct dossier *dossier)
{
	for (size_t i = 0; i < dossier->lock_count; i++) {
		if (!dossier->locks[i].disabled)
			return true;
	}
	return false;
}

static bool
has_sessions(const struct dossier *dossier)
{
	return dossier->details->sessions > 0;
}

static bool
has_mail(const struct dossier *dossier)
{
	for (size_t i = 0; i < dossier->details->mail_count; i++) {
		if (strcmp(dossier->details->mails[i].state, "sent") != 0)
			return true;
	}
	return false;
}

static bool
may_reset(const struct dossier *dossier)
{
	return reset_possible(dossier->status) && dossier->has_factor && dossier->frozen == 0 && *dossier->reset == '\0';
}

static bool
has_reset(const struct dossier *dossier)
{
	return *dossier->reset != '\0';
}

static bool
has_claim(const struct dossier *dossier)
{
	return dossier->claimed;
}

static bool
is_frozen(const struct dossier *dossier)
{
	return dossier->frozen != 0;
}

/* key: the accesskey, shown on the button; the screen's own are 1, 2, c, n and v. */
static const struct row {
	const char *name, *key;
	enum power power;
	unsigned grades;
	bool (*applies)(const struct dossier *dossier);
	deed_fn *run;
} rows[] = {
    {"clear-wait", "w", POWER_CLEAR_WAIT, 1, has_wait, deed_clear_waits},
    {"end-sessions", "e", POWER_END_SESSIONS, 1, has_sessions, deed_end_sessions},
    {"resend-mail", "m", POWER_RESEND_MAIL, 1, has_mail, deed_resend_mail},
    {"start-reset", "r", POWER_START_RESET, 2, may_reset, deed_start_reset},
    {"stop-reset", "t", POWER_STOP_RESET, 1, has_reset, deed_stop_reset},
    {"stop-claim", "k", POWER_STOP_CLAIM, 1, has_claim, deed_stop_claim},
    {"unfreeze", "u", POWER_UNFREEZE, 1, is_frozen, deed_unfreeze},
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static const struct row send_code = {"send-caller-code", "c", POWER_SEND_CALLER_CODE, 0, NULL, deed_send_caller_code};

static const struct row *
row_of(const char *name)
{
	for (size_t i = 0; i < ROWS; i++) {
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	}
	return &send_code;
}

/* ---- the screen ---- */

static const char *
sentence(struct desk *desk, const char *key, const struct view *view)
{
	return text_sentence(desk->ctx->text, desk->ctx->language, key, view, desk->ctx->arena);
}

static void
show_powers(struct desk *desk, const struct dossier *dossier)
{
	unsigned grades = desk_case_grades(desk->call.proven);

	for (size_t i = 0; i < ROWS; i++) {
		struct view *item;
		if (!role_may(desk->role, rows[i].power) || grades < 1 || !rows[i].applies(dossier))
			continue;
		if (grades < rows[i].grades) {
			view_flag(desk->view, "reset_needs_more", true);
			continue;
		}
		item = view_item(desk->view, "powers");
		view_text(item, "name", rows[i].name);
		view_text(item, "key", rows[i].key);
		view_text(item, "label", sentence(desk, arena_printf(desk->ctx->arena, "desk-power.%s", rows[i].name), NULL));
	}
}

static void
show_reasons(struct desk *desk)
{
	const char *sent = request_form(desk->request, "reason"), *name;

	for (size_t i = 0; (name = reason_row(i)) != NULL; i++) {
		struct view *item = view_item(desk->view, "reasons");
		view_text(item, "name", name);
		view_text(item, "label", sentence(desk, arena_printf(desk->ctx->arena, "desk-reason.%s", name), NULL));
		view_flag(item, "selected", sent != NULL && strcmp(sent, name) == 0);
	}
	view_text(desk->view, "ticket", request_form(desk->request, "ticket"));
}

static void
show_proven(struct desk *desk)
{
	static const char *const names[CALLER_GRADE_COUNT] = {"credential", "factor", "mail"};

	for (unsigned i = 0; i < CALLER_GRADE_COUNT; i++) {
		if ((desk->call.proven & 1u << i) != 0)
			view_text(view_item(desk->view, "proven"), "label", sentence(desk, arena_printf(desk->ctx->arena, "desk-proven.%s", names[i]), NULL));
	}
}

struct looking {
	struct desk *desk;
	uint64_t before;
	struct dossier dossier;
};

static enum err
load_in(struct txn *txn, void *arg)
{
	struct looking *looking = arg;
	const struct desk *desk = looking->desk;
	bool verified = desk->call.proven != 0 && role_may(desk->role, POWER_DETAILS);

	return dossier_load(txn, desk->call.account, verified, looking->before, &looking->dossier);
}

/* "done" of the last deed, after the redirect. */
static void
show_done(struct desk *desk)
{
	const char *done = request_query(desk->request, "done");
	const char *key = arena_printf(desk->ctx->arena, "desk-done.%s", done != NULL ? done : "");

	if (done != NULL && desk->request->method == METHOD_GET && strlen(done) < 32 && text_has(desk->ctx->text, key))
		view_text(desk->view, "done", sentence(desk, key, NULL));
}

static void
show_pages(struct desk *desk, const struct looking *looking)
{
	const struct dossier_details *details = looking->dossier.details;

	if (details == NULL)
		return;
	if (details->older)
		view_text(desk->view, "older_url",
		    arena_printf(desk->ctx->arena, "%s&before=%llu#timeline", desk_path(desk, DESK_ACCOUNT),
			(unsigned long long)details->events[details->event_count - 1].sequence));
	if (looking->before != 0)
		view_text(desk->view, "newest_url", arena_printf(desk->ctx->arena, "%s#timeline", desk_path(desk, DESK_ACCOUNT)));
}

static enum err
show(struct desk *desk)
{
	const char *before = request_query(desk->request, "before");
	struct looking looking = {.desk = desk, .before = before != NULL ? strtoull(before, NULL, 10) : 0};
	enum err err = store_view(desk->ctx, load_in, &looking);

	if (err != ERR_OK)
		return err;
	dossier_show(desk->ctx, &looking.dossier, desk->view);
	show_proven(desk);
	show_powers(desk, &looking.dossier);
	show_reasons(desk);
	show_done(desk);
	show_pages(desk, &looking);
	/* Until the caller is verified that is what comes next; after a failure the summary is read first. */
	view_flag(desk->view, "code_focus", desk->call.proven == 0 && desk->response->status == 200);
	return ERR_OK;
}

/* ---- the caller's code ---- */

struct proving {
	struct desk *desk;
	struct factor_answer answer;
};

static enum err
prove_in(struct txn *txn, void *arg)
{
	struct proving *proving = arg;
	struct desk_now now;
	enum err err = desk_again(txn, proving->desk, &now);

	if (err == ERR_OK)
		err = look_up_prove(txn, now.staff, &now.call, request_form(proving->desk->request, "caller_code"), &proving->answer);
	return err;
}

static enum err
verify(struct desk *desk)
{
	struct proving proving = {.desk = desk};
	enum err err = store_update(desk->ctx, prove_in, &proving);

	if (err != ERR_OK)
		return desk_over(desk, err);
	if (proving.answer.verdict == FACTOR_ACCEPTED)
		return desk_go(desk, DESK_ACCOUNT "?done=verify");
	desk_fail_factor(desk, "caller_code", "caller_code", &proving.answer);
	return desk_show(desk);
}

/* ---- deeds ---- */

struct acting {
	struct desk *desk;
	const struct row *row;
	struct deed deed;
};

static enum err
act_in(struct txn *txn, void *arg)
{
	struct acting *acting = arg;
	struct desk_now now;
	enum err err = desk_again(txn, acting->desk, &now);

	if (err != ERR_OK)
		return err;
	acting->deed.account = now.call.account;
	acting->deed.staff = now.staff->code;
	acting->deed.proven = now.call.proven;
	return acting->row->run(txn, &acting->deed);
}

/* Reason and ticket as they came; false, and the screen says what is missing. */
static bool
take_reason(struct desk *desk, struct deed *deed)
{
	const char *reason = request_form(desk->request, "reason"), *ticket = request_form(desk->request, "ticket");

	deed->reason = reason != NULL ? reason : "";
	deed->ticket = ticket != NULL ? ticket : "";
	if (!reason_known(deed->reason))
		desk_fail(desk, "reason", "required", 0);
	else if (!ticket_valid(deed->ticket))
		desk_fail(desk, "ticket", "malformed", 0);
	else
		return true;
	return false;
}

static enum err
refuse(struct desk *desk, const struct deed *deed)
{
	struct view *view = view_new(desk->ctx->arena);

	view_text(view, "wait", text_duration(desk->ctx->text, desk->ctx->language, deed->wait, desk->ctx->arena));
	view_text(desk->view, "refused", sentence(desk, arena_printf(desk->ctx->arena, "desk-refused.%s", deed_verdict_print(deed->verdict)), view));
	view_text(desk->view, "refused_name", deed_verdict_print(deed->verdict));
	desk->response->status = deed->verdict == DEED_LIMITED ? 429 : 422;
	return desk_show(desk);
}

static enum err
act_with(struct desk *desk, struct acting *acting)
{
	enum err err = store_update(desk->ctx, act_in, acting);

	if (err != ERR_OK)
		return desk_over(desk, err);
	if (acting->deed.verdict != DEED_DONE)
		return refuse(desk, &acting->deed);
	return desk_go(desk, arena_printf(desk->ctx->arena, DESK_ACCOUNT "?done=%s", acting->row->name));
}

static enum err
act(struct desk *desk)
{
	struct acting acting = {.desk = desk, .row = row_of(request_form(desk->request, "action"))};

	return take_reason(desk, &acting.deed) ? act_with(desk, &acting) : desk_show(desk);
}

/* To verify the caller is reason enough. */
static enum err
send(struct desk *desk)
{
	struct acting acting = {.desk = desk, .row = &send_code, .deed = {.reason = "", .ticket = ""}};

	return act_with(desk, &acting);
}

static const struct desk_action actions[] = {
    {"verify", POWER_LOOK, 0, verify},
    {"send-caller-code", POWER_SEND_CALLER_CODE, 0, send},
    {"clear-wait", POWER_CLEAR_WAIT, 1, act},
    {"end-sessions", POWER_END_SESSIONS, 1, act},
    {"resend-mail", POWER_RESEND_MAIL, 1, act},
    {"start-reset", POWER_START_RESET, 2, act},
    {"stop-reset", POWER_STOP_RESET, 1, act},
    {"stop-claim", POWER_STOP_CLAIM, 1, act},
    {"unfreeze", POWER_UNFREEZE, 1, act},
    {NULL, POWER_NONE, 0, NULL},
};
static const struct desk_screen screen = {
    .name = "desk-account",
    .path = DESK_ACCOUNT,
    .step = DESK_IN,
    .power = POWER_LOOK,
    .of_case = true,
    .show = show,
    .actions = actions,
};

enum err
desk_account(struct ctx *ctx, const struct request *request, struct response *response)
{
	return desk_serve(ctx, request, response, &screen);
}
