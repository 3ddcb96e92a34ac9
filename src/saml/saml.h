/* saml.h - SAML 2.0 towards credential providers: ask the confined workers, judge their facts.
 *
 * Runs in: vestibuled, any handler thread.  No XML is parsed on this side. */
#ifndef SAML_SAML_H
#define SAML_SAML_H

#include "base/ctx.h"
#include "config/config.h"
#include "saml/saml_msg.h" /* enum saml_verdict: why a Response is refused */

struct saml;

/* Start vestibule-saml with these keys and the providers' metadata; call before any thread exists, and again (from any thread) with a new
 * configuration for a reload: the new generation answers, the old one drains.  *ret_reason: one sentence with file, provider and remedy
 * (metadata that does not parse, no redirect SSO endpoint, weak keys, ...). */
enum err saml_open(const struct config *config, const struct keyring *keys, struct arena *arena, struct saml **ret_saml, const char **ret_reason);
void saml_close(struct saml **saml);
/* Replace the workers of a running service; the old ones finish what they have. */
enum err saml_reload(struct saml *saml, const struct config *config, const struct keyring *keys, struct arena *arena, const char **ret_reason);
/* Workers that answer now; for /health/ready and /metrics. */
unsigned saml_workers_ready(struct saml *saml);

/* Where a provider's answers must come to: /saml/acs of public_url, or of helpdesk.public_url for the provider that staff sign in with.
 * An answer that names another address is refused (SAML_DESTINATION, SAML_RECIPIENT), so that none serves at both.  In the arena. */
const char *saml_acs_url(const struct config *config, const struct provider_config *provider, struct arena *arena);

/* The URL that takes the browser to the provider: a signed AuthnRequest by HTTP-Redirect (Bindings 3.4).
 * request_id: "_" and 32 hex digits of ours.  relay_state: opaque, at most 80 bytes. */
enum err saml_authn_url(struct ctx *ctx, const struct provider_config *provider, const char *request_id, bool force_authn,
    const char *relay_state, const char **ret_url);

/* The origin of the provider's sign-in address ("https://gckey.example.ca"), in the arena: what a page's form-action must list, since
 * Chromium applies it to the redirects that follow a form.  NULL when it is not known. */
const char *saml_sso_origin(struct ctx *ctx, const struct provider_config *provider);

/* What a provider has vouched for, after every check of FEDERATION.md 6.2 to 6.5. */
struct credential {
	const char *provider;
	const char *name_qualifier, *sp_name_qualifier, *name_id;	/* qualifiers filled in when absent: issuer, our entity id */
	const char *session_index;	/* "" when none */
	const char *authn_context;	/* AuthnContextClassRef */
	int64_t authn_instant;
	int64_t session_until;		/* SessionNotOnOrAfter, or NEVER-like INT64_MAX */
	const char *assertion_id;	/* to be marked used until assertion_until */
	int64_t assertion_until;
	/* Of a provider of profile plain: the values of helpdesk.role_attribute as they stand in what was signed, in their order: up to
	 * SAML_ROLES_MAX texts of 1 to SAML_ROLE_MAX bytes, printable, without blanks at the ends.  None when the attribute is absent.
	 * What they mean, and whether two may be there, is the console's to say.  Always empty for other providers. */
	struct texts roles;
};

/* What we remember of the request that a Response must answer. */
struct saml_expectation {
	const struct provider_config *provider;
	const char *request_id;
	int64_t requested;	/* when it was sent, ms */
	bool force_authn;
};

/* Judge a Response as it came to saml_acs_url() (base64 text of the form field).  Single use is the caller's: mark request_id and assertion_id
 * in its transaction.  Returns ERR_OK and *ret_verdict (credential filled only when SAML_ACCEPTED), or ERR_BUSY, ERR_TIMEOUT, ERR_PEER
 * (the worker died of it). Cancelling and the like are refusals: SAML_CANCELLED, SAML_NO_PROVIDER_AVAILABLE, ... */
enum err saml_judge_response(struct ctx *ctx, const struct saml_expectation *expected, const char *response_base64,
    struct credential *ret_credential, enum saml_verdict *ret_verdict);

/* What a provider orders of one of its NameIDs, at /saml/soap. */
struct saml_order {
	const char *provider;		/* its id in the configuration */
	const char *request_id;		/* to be marked used, with the provider's id, until request_until */
	int64_t request_until;
	const char *name_qualifier, *sp_name_qualifier, *name_id;	/* as those of a credential: the same person has the same three */
};

/* Judge a ManageNameIDRequest in its SOAP envelope (the bytes as they came, of any length): signed by a provider of ours, addressed to
 * soap_url, issued within the last minutes.  Single use is the caller's, as is to do it.
 *
 * ERR_OK: *ret_verdict is SAML_ACCEPTED (end the credential), SAML_UNSUPPORTED (it stands, and is to be answered so), both with *ret_order
 * filled; or why it is refused, of which the sender learns nothing.  Else as saml_judge_response(). */
enum err saml_judge_order(struct ctx *ctx, struct bytes envelope, struct saml_order *ret_order, enum saml_verdict *ret_verdict);

/* The answer to an order that stands: Success, or Requester with RequestUnsupported; a SOAP envelope, signed by us, in the arena. */
enum err saml_answer_order(struct ctx *ctx, const struct saml_order *order, bool done, const char **ret_envelope);

#endif
