/* idp.h - a credential provider on lasso's provider side, with the message shapes of FEDERATION.md 1: Response unsigned, Assertion
 * signed and encrypted, persistent NameID, loa2, attribute specVer.  Or an organisation's own provider, for its staff: signed and not
 * encrypted, with a role.
 *
 * Thread-safe: lasso is not, so there is one lock around all of it.
 */
#ifndef DEMO_IDP_H
#define DEMO_IDP_H

#include "base/arena.h"
#include "base/err.h"

struct idp;

/* Once in a process, before its first thread: variables of the environment must not choose algorithms. */
void idp_prepare(void);

struct idp_options {
	const char *entity_id, *sso_url;
	const char *private_pem, *certificate_pem;
	const char *stranger_pem, *stranger_certificate_pem;	/* a key that its metadata does not name */
	const char *service_metadata;				/* XML text of Vestibule's metadata */
	bool staff;						/* an organisation's own */
};
/* ERR_FORMAT when lasso takes no part of it. */
enum err idp_open(const struct idp_options *options, struct idp **ret_idp);
void idp_close(struct idp **idp);

/* What to do wrong. */
enum behave {
	BEHAVE_WELL,
	BEHAVE_SLOW,		/* answer after 20 s (the caller's to do: for idp_answer() it is BEHAVE_WELL) */
	BEHAVE_EXPIRED,		/* an assertion of an hour ago */
	BEHAVE_AUDIENCE,	/* for another service */
	BEHAVE_SIGNATURE,	/* signed by a stranger */
	BEHAVE_CANCEL,		/* the person gave up: status AuthnFailed, no assertion */
	BEHAVE_NO_PARTNER	/* status NoAvailableIDP, no assertion */
};
/* "well" "slow" "expired" "audience" "signature" "cancel" "no-partner"; anything else is BEHAVE_WELL. */
enum behave behave_parse(const char *name);
const char *behave_print(enum behave behave);

/* The parameters that SAML's redirect binding defines (SAML Bindings 3.4.4), byte by byte as they came, in the order that their
 * signature covers; other parameters are left out.  "" when there is no request, one is there twice, or a value holds anything
 * but unreserved characters and percent escapes: lasso decodes names before it looks at them, but checks the signature on the
 * raw text, so it never sees a client's own query. */
const char *idp_query(const char *raw_query, struct arena *arena);

struct idp_request {
	const char *id;
	bool force_authn, passive;
};
/* Check a signed AuthnRequest; query: of idp_query().  ERR_FORMAT when it does not stand: RSA-SHA256 only, and only for the
 * service of service_metadata. */
enum err idp_read(struct idp *idp, const char *query, struct arena *arena, struct idp_request *ret_request);

/* Who signed in, when, and what to say of it. */
struct idp_vouching {
	const char *name_id;	/* the person's persistent identifier at that service; NULL with a status other than success */
	int64_t auth_time;	/* ms */
	const char *role;	/* of staff: the attribute `role`; "" or NULL: none is sent */
	enum behave behave;
};
struct idp_answer {
	const char *acs;		/* where the form posts to */
	const char *response;		/* base64 */
	const char *relay_state;	/* or NULL */
};
/* Answer it: a Response that is not signed, with an assertion signed with RSA-SHA256, then (unless it is for staff) encrypted (AES-128-CBC
 * under RSA-OAEP, what GCKey's own product can do), good from a minute before now to 5 minutes after. */
enum err idp_answer(struct idp *idp, const char *query, const struct idp_vouching *vouching, int64_t now, struct arena *arena,
    struct idp_answer *ret_answer);

/* This provider's metadata as XML text. */
const char *idp_metadata(const char *entity_id, const char *sso_url, const char *certificate_pem, struct arena *arena);

#endif
