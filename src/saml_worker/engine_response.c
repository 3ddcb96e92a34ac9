#include <string.h>

#include "saml_worker/facts.h"
#include "saml_worker/internal.h"
#include "saml_worker/policy.h"
#include "saml_worker/screen.h"
#include "saml_worker/shape.h"
#include "saml_worker/verify.h"

#define STATUS_SUCCESS "urn:oasis:names:tc:SAML:2.0:status:Success"

/* One message on its way through. */
struct passage {
	struct engine *engine;
	const struct provider *provider;	/* the one that was asked */
	const struct verify_keys *signers;	/* its keys */
	struct arena *arena;
	xmlNode *root;
	struct saml_facts *facts;
};

enum saml_verdict
engine_look(struct bytes text, enum saml_verdict (*check)(xmlNode *root), xmlDoc **ret_doc)
{
	CLEANUP(shape_close) xmlDoc *doc = NULL;
	struct screen_report report;
	enum saml_verdict verdict = screen_check(text, SCREEN_DOCUMENT, &report);

	if (verdict != SAML_ACCEPTED)
		return verdict;
	doc = shape_parse(text);
	if (doc == NULL)
		return SAML_NOT_XML;
	verdict = check(xmlDocGetRootElement(doc));
	if (verdict == SAML_ACCEPTED) {
		*ret_doc = doc;
		doc = NULL;
	}
	return verdict;
}

enum saml_verdict
engine_unseal(struct engine *engine, const struct provider *provider, xmlNode *encrypted, struct arena *arena)
{
	enum block_cipher cipher;
	struct bytes text;
	enum saml_verdict verdict;

	verdict = policy_check_encryption(encrypted, provider, arena, &cipher);
	if (verdict == SAML_ACCEPTED)
		verdict = unseal_open(&engine->keys, encrypted, cipher, arena, &text);
	if (verdict != SAML_ACCEPTED)
		return verdict;
	return shape_parse_into(encrypted, text) ? shape_check_opened(encrypted) : SAML_NOT_XML;
}

/* --- the steps --- */

/* A Response that is signed must be signed well, whatever its assertion proves for itself.  Before anything is opened: afterwards the
 * tree is no longer what was signed. */
static enum saml_verdict
verify_response(const struct passage *passage)
{
	enum saml_verdict verdict = verify_element(passage->signers, passage->root, passage->arena);

	passage->facts->response_signed = verdict == SAML_ACCEPTED;
	return verdict == SAML_UNSIGNED ? SAML_ACCEPTED : verdict;
}

/* Put the assertion in plain where the encrypted one was. */
static enum saml_verdict
open_assertion(const struct passage *passage, xmlNode *encrypted, xmlNode **ret_assertion)
{
	const char *algorithm = node_attribute(node_child(node_child(encrypted, NS_XENC, "EncryptedData"), NS_XENC, "EncryptionMethod"),
	    "Algorithm", passage->arena);
	enum saml_verdict verdict = engine_unseal(passage->engine, passage->provider, encrypted, passage->arena);

	if (verdict != SAML_ACCEPTED)
		return verdict;
	passage->facts->encrypted = true;
	passage->facts->block_algorithm = algorithm;
	*ret_assertion = node_first(encrypted);
	return SAML_ACCEPTED;
}

/* Its own signature counts.  Only the staff's provider may sign the Response alone, and then not encrypt. */
static enum saml_verdict
verify_assertion(const struct passage *passage, xmlNode *assertion)
{
	enum saml_verdict verdict = verify_element(passage->signers, assertion, passage->arena);
	const struct saml_facts *facts = passage->facts;

	if (verdict == SAML_UNSIGNED && passage->provider->setup->rules == SAML_RULES_PLAIN && facts->response_signed &&
	    !facts->encrypted)
		return SAML_ACCEPTED;
	return verdict;
}

/* The message has one assertion, plain or encrypted. */
static enum saml_verdict
take_assertion(const struct passage *passage)
{
	xmlNode *encrypted = node_child(passage->root, NS_SAML, "EncryptedAssertion");
	xmlNode *assertion = node_child(passage->root, NS_SAML, "Assertion");
	enum saml_verdict verdict;

	if (encrypted == NULL && passage->provider->setup->rules != SAML_RULES_PLAIN)
		return SAML_NOT_ENCRYPTED;
	verdict = verify_response(passage);
	if (verdict == SAML_ACCEPTED && encrypted != NULL)
		verdict = open_assertion(passage, encrypted, &assertion);
	if (verdict == SAML_ACCEPTED)
		verdict = verify_assertion(passage, assertion);
	if (verdict == SAML_ACCEPTED)
		facts_read_assertion(assertion, passage->provider->setup->role_attribute, passage->arena, passage->facts);
	return verdict;
}

static size_t
count_assertions(const xmlNode *root)
{
	const xmlNode *each;
	size_t count = 0;

	for (each = node_first(root); each != NULL; each = node_after(each))
		count += node_is(each, NS_SAML, "Assertion") || node_is(each, NS_SAML, "EncryptedAssertion");
	return count;
}

/* Its shape is good: what does it bring, and from whom? */
static enum saml_verdict
take_response(const struct passage *passage)
{
	struct saml_facts *facts = passage->facts;

	facts_read_response(passage->root, passage->arena, facts);
	/* Its keys are those that are tried, so it must be the one that was asked. */
	if (strcmp(facts->issuer, passage->provider->entity_id) != 0)
		return SAML_PROVIDER;
	/* An assertion beside a failure is ignored; the judge tells what the failure means. */
	if (strcmp(facts->status, STATUS_SUCCESS) != 0)
		return SAML_ACCEPTED;
	return count_assertions(passage->root) == 1 ? take_assertion(passage) : SAML_ASSERTIONS;
}

enum saml_verdict
engine_response(struct engine *engine, const struct saml_response *response, struct arena *arena,
    struct saml_facts *ret_facts)
{
	struct passage passage = {.engine = engine,
	    .provider = engine_provider(engine, response->provider),
	    .arena = arena,
	    .facts = ret_facts};
	struct bytes text;
	CLEANUP(shape_close) xmlDoc *doc = NULL;
	enum saml_verdict verdict;

	*ret_facts = (struct saml_facts){0};
	if (passage.provider == NULL)
		return SAML_PROVIDER;
	passage.signers = &engine->signers[response->provider];
	verdict = screen_decode(response->base64, arena, &text);
	if (verdict == SAML_ACCEPTED)
		verdict = engine_look(text, shape_check, &doc);
	if (verdict != SAML_ACCEPTED)
		return verdict;
	passage.root = xmlDocGetRootElement(doc);
	return take_response(&passage);
}
