/* pending.h - a portal's request while its person is on the way: sealed in the browser's own cookie, nowhere else.
 *
 * Until a credential provider has answered, nothing is written to the store for a stranger (DESIGN.md section 2.1).
 * Cookie name: "__Host-vestibule-login-" and the handle; value: base64url of the sealed, packed request, at most 4,000 bytes.
 * A browser holds at most 8; the oldest gives way. */
#ifndef SIGNIN_PENDING_H
#define SIGNIN_PENDING_H

#include "base/ctx.h"
#include "config/config.h"

#define PENDING_COOKIE "__Host-vestibule-login-"
#define PENDING_HANDLE_LENGTH 16
#define PENDING_MOST 8
#define PENDING_VALUE_MAX 3900

struct pending {
	char handle[PENDING_HANDLE_LENGTH + 1];	/* names the cookie; goes into ?r= and RelayState; no secret */
	const char *id;				/* 128 random bits, base64url: what is marked used */
	int64_t created;
	/* the portal's request (OpenID Connect Core 3.1.2.1), checked; "" when absent */
	const char *client;
	const char *redirect_uri;
	const char *state;
	const char *nonce;
	const char *scope;			/* what is granted: "openid" */
	const char *challenge;			/* PKCE S256 */
	const char *acr_values;
	int64_t max_age;			/* ms; -1 when absent */
	bool prompt_login;
	bool manage;				/* the person came to manage the second factor: ends on `success`; redirect_uri is "" when no portal waits */
	/* the leg to the provider, "" before it is chosen */
	const char *provider;
	const char *saml_request;		/* the AuthnRequest's ID */
	int64_t saml_requested;
	bool answered;				/* the provider has answered it: another try is another AuthnRequest */
	/* The session that the provider's answer began, until it has met the browser's own: the answer is a cross-site POST, which carries
	 * no SameSite=Lax cookie, so what this browser had before is not known at that moment (page/page.c). "" else. */
	const char *arrived;
	const char *invitation;			/* the code that came with the request, to fill the field: at most 64 bytes, unchecked */
	/* This leg does not begin a session: it proves another credential to the session of that claimant (relink_leave()). "" else. */
	const char *claimant;
	bool relink;				/* the person came to claim an account: a sign-in that is done leads to the page relink */
	bool closing;				/* on the way to close the account: a proof that is asked for meanwhile leads back to that page */
	bool not_stronger;			/* asked for a stronger method, the person said "not now" */
	bool finished;				/* answered: kept a while, so that who comes back is told where to go on */
	bool stored;				/* not sealed: it came from a cookie */
};

/* How long who comes back to a finished sign-in still finds out about it. */
#define PENDING_AFTERGLOW MINUTES(10)

/* A new request of a person who comes by himself to manage the account at a portal: no one waits for an answer. */
struct pending *pending_new(struct ctx *ctx, const char *portal);
/* The cookie's value; ERR_TOO_BIG when it would not fit: the portal must push its request instead. */
enum err pending_print(struct ctx *ctx, const struct pending *pending, const char **ret_value);
/* Open the value of the cookie of that handle. ERR_CRYPTO, ERR_FORMAT: not ours; ERR_TIMEOUT: older than limits.login_lifetime. */
enum err pending_parse(struct ctx *ctx, const char *handle, const char *value, const struct pending **ret_pending);
bool pending_handle_valid(const char *handle);

#endif
