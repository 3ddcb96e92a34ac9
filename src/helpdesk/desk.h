/* desk.h - what every screen of the help desk does: find the session and the case, ask the role, check the form, fill what all screens show.
 *
 * A screen is one struct desk_screen: who may see it, how it is filled, what its buttons do.  desk_serve() does the rest: who is not signed in is
 * sent to /sign-in, who has not proven the second factor to its page, whose case is over back to the look-up; a role without the power sees
 * an error page.  POST ends in 303, or in the same screen again with what is wrong.
 *
 * A session ends after 15 minutes without a request and after 8 hours whatever happens.  The field `csrf` is bound to the session's sid, which no
 * page shows and which stays when the cookie is renewed.
 *
 * How a screen works on a case:
 *
 *   static enum err unfreeze_in(struct txn *txn, void *arg) {
 *           struct desk *desk = arg;
 *           struct desk_now now;
 *           enum err err = desk_again(txn, desk, &now);        // ERR_NOT_FOUND: the session or the case ended meanwhile
 *           if (err == ERR_OK) err = account_unfreeze(txn, now.call.account);
 *           ...audit_append(..., "staff", now.staff->code, ...), notice_send(...)
 *   }
 *   static enum err unfreeze(struct desk *desk) {
 *           enum err err = store_update(desk->ctx, unfreeze_in, desk);
 *           return err == ERR_OK ? desk_go(desk, "/account") : desk_over(desk, err);
 *   }
 *   {"unfreeze", POWER_UNFREEZE, 1, unfreeze}                  // a row of its screen's actions: needs one proven grade
 */
#ifndef HELPDESK_DESK_H
#define HELPDESK_DESK_H

#include "factor/method.h"
#include "helpdesk/desk_case.h"
#include "helpdesk/desk_session.h"
#include "helpdesk/roles.h"
#include "helpdesk/staff.h"
#include "web/router.h"

/* Screens that others link to. */
#define DESK_LOOK_UP "/"
#define DESK_ACCOUNT "/account"
#define DESK_AUDIT "/audit"
#define DESK_SIGN_IN_PATH "/sign-in"
#define DESK_ENROL_PATH "/enrol"
#define DESK_CODE_PATH "/second-factor"

/* Where a member of staff stands in the sign-in. */
enum desk_step { DESK_ENROL, DESK_CODE, DESK_IN };

struct desk;

struct desk_action {
	const char *name;	/* value of the button `action`; the first row is also for a form without it */
	enum power power;	/* POWER_NONE: whoever sees the screen */
	unsigned grades;	/* how many different grades of caller code the case must have proven */
	enum err (*run)(struct desk *desk);
};

struct desk_screen {
	const char *name;	/* template, and data-page: "desk-..." */
	const char *path;
	enum desk_step step;	/* at which it is seen */
	enum power power;
	bool of_case;		/* ?c= names a case of this session: desk->call is filled */
	enum err (*show)(struct desk *desk);		/* fill desk->view; it may redirect instead */
	const struct desk_action *actions;		/* ended by a row without a name; NULL: no form */
};

struct desk {
	struct ctx *ctx;
	const struct request *request;
	struct response *response;
	const struct desk_screen *screen;
	const char *token;		/* the cookie's value */
	struct DeskSessionRecord *session;
	struct StaffRecord *staff;
	enum role role;			/* of the session, which ends when the provider names another one */
	struct desk_case call;		/* of_case; as it was when the request came */
	struct view *view;
};

enum err desk_serve(struct ctx *ctx, const struct request *request, struct response *response, const struct desk_screen *screen);

/* Show the screen (again); after desk_fail() with its status and error. */
enum err desk_show(struct desk *desk);
/* A failed form: 422, or 429 with Retry-After for "locked".  The sentence is "field.<field>.<name>". */
void desk_fail(struct desk *desk, const char *field, const char *name, int64_t wait);
/* The same for a code that was judged; the sentences are "field.<words>.<name>". */
void desk_fail_factor(struct desk *desk, const char *field, const char *words, const struct factor_answer *answer);
/* 303 to a screen; with the case's handle when this screen has a case and the path is another than "/". */
enum err desk_go(struct desk *desk, const char *path);
/* The path with ?c= for links of a screen of a case. */
const char *desk_path(struct desk *desk, const char *path);
/* What a closure's ERR_NOT_FOUND from desk_again() means for the browser: 303 to the look-up with a notice.  Any other error is passed on. */
enum err desk_over(struct desk *desk, enum err err);
/* An error page of the desk; reasons: the sentences "error.<reason>.*". */
enum err desk_refuse(struct desk *desk, int status, const char *reason);
/* Where a role begins: the look-up, or the auditor's screen. */
const char *desk_home(enum role role);

/* Inside a transaction: session, staff and, for a screen of a case, the case as they are now.  ERR_NOT_FOUND when one of them is over. */
struct desk_now {
	struct DeskSessionRecord *session;
	struct StaffRecord *staff;
	struct desk_case call;
};
enum err desk_again(struct txn *txn, const struct desk *desk, struct desk_now *ret_now);

#endif
