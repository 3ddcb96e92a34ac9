/* page.h - what every page of a person on the way does: find the request and the step, check the form, fill what all pages show.
 *
 * A page is one struct screen: the steps at which it may be seen, how it is filled, and what its buttons do.  page_serve() does the rest:
 * who asks for a step that is not theirs is sent to the one that is; POST ends in 303, or in the same page again with what is wrong.
 *
 * The field `csrf` is bound to the request's id, which only this browser's sealed cookie holds: it stays good when the session cookie is
 * renewed under an open page, so that a double click or a second tab is no error.
 */
#ifndef PAGE_PAGE_H
#define PAGE_PAGE_H

#include "factor/method.h"
#include "oidc/code.h"
#include "signin/journey.h"
#include "text/template.h"
#include "web/request.h"
#include "web/response.h"

struct screen;

struct page {
	struct ctx *ctx;
	const struct request *request;
	struct response *response;
	const struct screen *screen;
	struct pending *pending;
	struct journey journey;
	struct view *view;
	const char *token;	/* a new session cookie to be set, or NULL */
	bool reseal;		/* the pending request has changed: its cookie is written anew */
};

struct action {
	const char *name;	/* value of the button `action`; the first row is also for a form without it */
	enum err (*run)(struct page *page);
};

#define STEP_BIT(step) (1u << (step))

struct screen {
	const char *name;	/* template, and data-page */
	const char *path;
	unsigned steps;		/* STEP_BIT()s at which it may be seen */
	bool (*allows)(const struct page *page);	/* a further condition; NULL: none */
	bool manages;		/* who asks for it too early comes to manage: it is what the sign-in leads to */
	enum err (*show)(struct page *page);		/* fill page->view; it may redirect instead */
	const struct action *actions;			/* ended by a row without a name; NULL: no form */
};

enum err page_serve(struct ctx *ctx, const struct request *request, struct response *response, const struct screen *screen);

/* Show the screen (again); after page_fail() with its status and error. */
enum err page_show(struct page *page);
/* A failed form: 422, or 429 with Retry-After for "locked". name: see DESIGN.md 6.4. */
void page_fail(struct page *page, const char *field, const char *name, int64_t wait);
/* The same name for machines, in other words: the sentence "field.<words>.<name>". */
void page_fail_in_words(struct page *page, const char *field, const char *words, const char *name);
/* words: the sentences are "field.<words>.<name>": "code", or "code-mail" for a code by e-mail. */
void page_fail_factor(struct page *page, const char *field, const char *words, const struct factor_answer *answer);
/* Find out anew where this person stands: the path of that page. */
enum err page_next(struct page *page, const char **ret_path);
#define PAGE_SUCCESS "/success"
#define PAGE_CLOSE "/close-account"
#define PAGE_RELINK "/relink"
/* 303 there; to the portal, when nothing else is left; or, when that was done before, the page `continue`. */
enum err page_go_on(struct page *page);
/* 303 to a page of ours, with this request's handle. */
enum err page_go(struct page *page, const char *path);
/* The caller code of the journey's account (templates/_caller.html). */
void page_show_caller(struct page *page);
/* The path with ?r=. */
const char *page_path(struct page *page, const char *path);
/* The session cookie is this from now on. */
void page_set_token(struct page *page, const char *token);

/* A view with what every page has; page_view_portal() adds the portal's name. */
struct view *page_view(struct ctx *ctx);
/* names in the language of the request. */
const char *page_name(const struct ctx *ctx, const struct names *names);
/* A moment in words ("November 24, 2026 at 14:05 (UTC)"). */
const char *page_moment(struct ctx *ctx, int64_t time);
/* "https://host:port" of an absolute URL. */
const char *page_origin(struct ctx *ctx, const char *url);

/* Seal the request into its cookie. ERR_TOO_BIG when it does not fit. */
enum err page_save_pending(struct ctx *ctx, const struct pending *pending, struct response *response);
/* At most PENDING_MOST sign-ins at once in a browser: drop one that is no longer ours, or the oldest, before another one begins. */
void page_make_room(struct ctx *ctx, const struct request *request, struct response *response);
/* Does a portal wait for this person? Who came by himself to manage has none. */
bool page_has_portal(const struct page *page);
/* page_finish(), with what this page has to set. */
enum err page_end(struct page *page);
/* The same when the end was written already, with the last proof (prove_factor()). */
enum err page_ended(struct page *page, const struct oidc_end *end);
/* The journey's end (its step is STEP_DONE): the code, the cookies, 303 to the portal; or, when the request was answered before, the
 * page `continue`. */
enum err page_finish(struct ctx *ctx, struct journey *journey, struct response *response);
/* The page `continue`, for a request that is over; `account-closed` where that was its end. */
void page_over(struct ctx *ctx, const struct pending *pending, struct response *response);
/* Where a person starts afresh: the portal's own start; NULL when it has none. portal may be NULL. */
const char *page_start_url(struct ctx *ctx, const struct portal_config *portal);
/* Find the request that a handle names in this browser's cookies.  When it is not there, the error page stands in the response. */
bool page_find_pending(struct ctx *ctx, const struct request *request, const char *handle, struct response *response, struct pending **ret_pending);

#endif
