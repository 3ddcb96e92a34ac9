/* order.h - is what a provider says of one of its NameIDs good enough to act upon?  (FEDERATION.md 1.9 and 6.6, SAML Core 3.6)
 *
 * A pure function of its arguments, as judge.h.
 * Runs in: vestibuled.
 */
#ifndef SAML_ORDER_H
#define SAML_ORDER_H

#include "saml/judge.h"

/* Of rules: rules, provider, provider_entity_id, entity_id, skew, now; soap_url: where it must have been sent. */
struct order_rules {
	struct judge_rules judge;
	const char *soap_url;
};

/* SAML_ACCEPTED and the order, or the first rule that is broken: version, issuer, Destination (which must be there: a message that names no
 * receiver could have been meant for another), time, form of the request's ID, the name as of a credential.  SAML_UNSUPPORTED: it stands,
 * but is none that we do: a new name, or a name of staff, which opens no account.  ret_order is filled then, too. */
enum saml_verdict order_check(const struct order_rules *rules, const struct saml_manage *facts, struct saml_order *ret_order);

#endif
