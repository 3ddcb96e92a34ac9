/* authorize.h - judge an authorization request (OpenID Connect Core 3.1.2.2, RFC 9700, RFC 9207). */
#ifndef OIDC_AUTHORIZE_H
#define OIDC_AUTHORIZE_H

#include "base/fields.h"
#include "signin/pending.h"

enum authorize_verdict {
	AUTHORIZE_ACCEPTED,
	AUTHORIZE_SHOWN,	/* client or redirect URI cannot be trusted: an error page, never a redirect (RFC 6749 4.1.2.1) */
	AUTHORIZE_RETURNED	/* an error for the portal */
};

struct authorize_answer {
	enum authorize_verdict verdict;
	const char *reason;		/* SHOWN: "unknown-portal", "bad-redirect" or "bad-request" */
	const char *url;		/* RETURNED */
	struct pending *pending;	/* ACCEPTED: not yet sealed */
	bool prompt_none;		/* ACCEPTED: answer at once or with an error */
	const char *hint_sub;		/* ACCEPTED: subject of a valid id_token_hint, or NULL */
	const char *ui_locales;		/* as sent, or NULL */
};

/* params: the query of a GET or the form of a POST; malformed: NULL, or in words what is wrong with them although they could be read (a
 * repeated parameter, a broken escape).  The portal is told of that too, as long as client and redirect URI stand there once and are
 * good; a parameter that came more than once counts as absent, so that no ambiguous state goes back (RFC 6749 3.1, 4.1.2.1).  Bounds: state 2,048 bytes, nonce 512, scope 512, acr_values 1,024, prompt 64,
 * ui_locales 256; a parameter without a value counts as absent (RFC 6749 3.1). Nothing is stored. */
void authorize_check(struct ctx *ctx, const struct fields *params, const char *malformed, struct authorize_answer *ret_answer);

#endif
