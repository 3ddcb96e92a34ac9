/* judge.h - is what a provider says good enough for what we asked?  Every rule of FEDERATION.md 6.2 to 6.5 that is not about bytes or
 * keys; lasso checks none of them (ATTACKS.md 0.1).
 *
 * A pure function of its arguments: no clock, no store, no configuration.
 * Runs in: vestibuled.
 */
#ifndef SAML_JUDGE_H
#define SAML_JUDGE_H

#include "saml/saml.h"

/* A Response is judged at once: one that was issued longer ago is refused, whatever its own times allow. */
#define JUDGE_AGE_MAX MINUTES(5)
/* CATS 3 CDP-IDP04: an assertion comes at most so long after the person signed in. */
#define JUDGE_AUTHN_AGE_MAX MINUTES(20)
/* Staff may use a sign-in of the same working day, unless a fresh one was asked for; their second factor follows in any case. */
#define JUDGE_STAFF_AUTHN_AGE_MAX HOURS(12)

struct judge_rules {
	enum saml_rules rules;
	const char *provider;		/* its id in the configuration */
	const char *provider_entity_id;	/* from its metadata */
	const char *entity_id, *acs_url; /* ours */
	const struct texts *authn_context;	/* that we ask for and accept; empty: any */
	const char *request_id;
	int64_t requested;		/* ms */
	bool force_authn;
	int64_t request_lifetime;	/* how old a request may be, ms */
	int64_t skew;			/* ms either way, for every time */
	int64_t now;
};

/* SAML_ACCEPTED and the credential, or the first rule that is broken.  Compares byte by byte.  Texts of the credential are those of facts. */
enum saml_verdict judge_check(const struct judge_rules *rules, const struct saml_facts *facts, struct credential *ret_credential);

/* Parts of it, for other messages of a provider (order.h): is it named by its entityID, was it issued about now, is this a name that we take? */
bool judge_issuer_format(const char *format);
enum saml_verdict judge_issue_instant(const struct judge_rules *rules, const char *text);
enum saml_verdict judge_name(const struct judge_rules *rules, const struct saml_facts *facts);

#endif
