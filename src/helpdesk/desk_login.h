/* desk_login.h - a sign-in to the desk on its way to the staff provider: sealed in the browser's own cookie, nowhere else.
 *
 * Cookie "__Host-vestibule-desk-login-" and a handle that also is the RelayState; SameSite=None, since the answer is a cross-site POST
 * (signin/pending.h).  It lives 15 minutes; a browser holds at most four. */
#ifndef HELPDESK_DESK_LOGIN_H
#define HELPDESK_DESK_LOGIN_H

#include "web/request.h"
#include "web/response.h"

#define DESK_LOGIN_COOKIE "__Host-vestibule-desk-login-"
#define DESK_LOGIN_LIFETIME MINUTES(15)
#define DESK_LOGIN_MOST 4

struct desk_login {
	const char *handle;		/* 16 characters a-z 2-7 */
	const char *request;		/* the AuthnRequest's ID */
	int64_t requested;		/* ms */
};

/* A new one, put into the response as a cookie; one too many gives way. */
struct desk_login desk_login_begin(struct ctx *ctx, const struct request *request, struct response *response);
/* The one that a RelayState names in this browser's cookies. ERR_NOT_FOUND: no such cookie, not ours, or too old. */
enum err desk_login_find(struct ctx *ctx, const struct request *request, const char *handle, struct desk_login *ret_login);

#endif
