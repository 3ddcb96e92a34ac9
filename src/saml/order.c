#include "saml/order.h"

#include <string.h>

/* xs:ID is wider; what the federation's products make of it is not, and it goes into our answer as it came. */
#define ID_BYTES "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-."
#define ID_MAX 256

static bool
id_valid(const char *id)
{
	size_t len = id != NULL ? strspn(id, ID_BYTES) : 0;

	return len > 0 && len <= ID_MAX && id[len] == '\0';
}

static bool
same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static enum saml_verdict
check_name(const struct judge_rules *rules, const struct saml_manage *facts)
{
	const struct saml_facts name = {.has_subject = true,
	    .has_name_id = true,
	    .name_id = facts->name_id,
	    .name_id_format = facts->name_id_format,
	    .name_qualifier = facts->name_qualifier,
	    .sp_name_qualifier = facts->sp_name_qualifier};

	return judge_name(rules, &name);
}

static enum saml_verdict
check(const struct order_rules *rules, const struct saml_manage *facts)
{
	enum saml_verdict verdict;

	if (!same(facts->version, "2.0"))
		return SAML_VERSION;
	if (!same(facts->issuer, rules->judge.provider_entity_id) || !judge_issuer_format(facts->issuer_format))
		return SAML_ISSUER;
	if (!id_valid(facts->request_id))
		return SAML_SHAPE;
	if (!same(facts->destination, rules->soap_url))
		return SAML_DESTINATION;
	verdict = judge_issue_instant(&rules->judge, facts->issue_instant);
	return verdict == SAML_ACCEPTED ? check_name(&rules->judge, facts) : verdict;
}

enum saml_verdict
order_check(const struct order_rules *rules, const struct saml_manage *facts, struct saml_order *ret_order)
{
	const struct judge_rules *judge = &rules->judge;
	enum saml_verdict verdict = check(rules, facts);

	if (verdict != SAML_ACCEPTED)
		return verdict;
	*ret_order = (struct saml_order){
		.provider = judge->provider,
		.request_id = facts->request_id,
		/* longer than any clock within the skew would still take it */
		.request_until = judge->now + JUDGE_AGE_MAX + 2 * judge->skew,
		.name_qualifier = facts->name_qualifier != NULL ? facts->name_qualifier : judge->provider_entity_id,
		.sp_name_qualifier = facts->sp_name_qualifier != NULL ? facts->sp_name_qualifier : judge->entity_id,
		.name_id = facts->name_id,
	};
	return facts->terminate && judge->rules != SAML_RULES_PLAIN ? SAML_ACCEPTED : SAML_UNSUPPORTED;
}
