#include <string.h>

#include "saml_worker/facts.h"
#include "saml_worker/internal.h"
#include "saml_worker/policy.h"
#include "saml_worker/screen.h"
#include "saml_worker/shape.h"

#define STATUS_SUCCESS "urn:oasis:names:tc:SAML:2.0:status:Success"

/* One message on its way through. */
struct passage {
	struct engine *engine;
	const struct provider *provider;	/* the one that was asked */
	struct arena *arena;
	struct bytes text;			/* as it came */
	struct screen_report report;
	xmlNode *root;				/* of text */
	struct saml_facts *facts;
};

/* --- splicing: the message without some of its bytes --- */

/* Where a child of the root stands in the text: the tree and the screen count alike. */
static const struct screen_span *
span_of(const struct screen_report *report, const xmlNode *child)
{
	const xmlNode *each;
	size_t i = 0;

	for (each = node_first(child->parent); each != child; each = node_after(each))
		i++;
	must(i < SCREEN_CHILDREN && i < report->child_count);
	return &report->children[i];
}

/* The text with one span replaced. */
static struct bytes
splice(struct bytes text, const struct screen_span *span, struct bytes by, struct arena *arena)
{
	struct buf buf;

	buf_init(&buf, arena, text.len + by.len + 1);
	buf_put(&buf, text.data, span->start);
	buf_put_bytes(&buf, by);
	buf_put(&buf, text.data + span->end, text.len - span->end);
	must(!buf.failed);
	return buf_bytes(&buf);
}

/* --- lasso --- */

static const char *
base64_of(struct bytes text, struct arena *arena)
{
	return base64_print(arena, text);
}

/* Give lasso a message; *ret_code is its answer, the login's signature_status that of the Response's own signature. */
static LassoLogin *
process(const struct passage *passage, struct bytes text, int *ret_code)
{
	LassoLogin *login = lasso_login_new(passage->engine->server);

	must(login != NULL);
	lasso_profile_set_signature_verify_hint(LASSO_PROFILE(login), LASSO_PROFILE_SIGNATURE_VERIFY_HINT_MAYBE);
	/* The buffer is lasso's to read only; its prototype lacks the const. */
	*ret_code = lasso_login_process_authn_response_msg(login, (char *)(uintptr_t)base64_of(text, passage->arena));
	return login;
}

/* A Response that is signed must be signed well, whatever its assertion proves for itself. */
static enum saml_verdict
verify_response(const struct passage *passage)
{
	CLEANUP(login_close) LassoLogin *login = NULL;
	int code;

	login = process(passage, passage->text, &code);
	/* Without our decryption key lasso misses the assertion, after the signature was found good. */
	if (code != 0 && code != LASSO_PROFILE_ERROR_MISSING_ASSERTION)
		return SAML_SIGNATURE;
	return LASSO_PROFILE(login)->signature_status == 0 ? SAML_ACCEPTED : SAML_SIGNATURE;
}

/* The assertion's node that lasso verified, once more in the shape that it had in the message. */
static enum saml_verdict
read_verified(const struct passage *passage, LassoLogin *login)
{
	LassoNode *assertion = lasso_login_get_assertion(login);
	xmlNode *node = assertion != NULL ? lasso_node_get_original_xmlnode(assertion) : NULL;
	enum saml_verdict verdict = SAML_SIGNATURE;

	if (node != NULL && node_is(node, NS_SAML, "Assertion")) {
		facts_read_assertion(node, passage->arena, passage->facts);
		verdict = SAML_ACCEPTED;
	}
	if (assertion != NULL)
		g_object_unref(assertion);
	return verdict;
}

/* Verify a message with a plain assertion.  Its Response is not signed, or the assertion is not: lasso then must find what is signed good. */
static enum saml_verdict
verify_assertion(const struct passage *passage, struct bytes text)
{
	CLEANUP(login_close) LassoLogin *login = NULL;
	int code;

	login = process(passage, text, &code);
	return code == 0 ? read_verified(passage, login) : SAML_SIGNATURE;
}

/* --- the steps --- */

/* Screen and parse a text, and check its shape; on SAML_ACCEPTED *ret_doc is the caller's. */
static enum saml_verdict
look(struct bytes text, struct screen_report *ret_report, xmlDoc **ret_doc)
{
	CLEANUP(shape_close) xmlDoc *doc = NULL;
	enum saml_verdict verdict = screen_check(text, SCREEN_DOCUMENT, ret_report);

	if (verdict != SAML_ACCEPTED)
		return verdict;
	doc = shape_parse(text);
	if (doc == NULL)
		return SAML_NOT_XML;
	verdict = shape_check(xmlDocGetRootElement(doc));
	if (verdict == SAML_ACCEPTED) {
		*ret_doc = doc;
		doc = NULL;
	}
	return verdict;
}

/* The text with its assertion in plain. */
static enum saml_verdict
open_assertion(const struct passage *passage, const xmlNode *encrypted, struct bytes *ret_text)
{
	enum block_cipher cipher;
	struct bytes assertion;
	enum saml_verdict verdict;

	verdict = policy_check_encryption(encrypted, passage->provider, passage->arena, &cipher);
	if (verdict == SAML_ACCEPTED)
		verdict = unseal_open(&passage->engine->keys, encrypted, cipher, passage->arena, &assertion);
	if (verdict == SAML_ACCEPTED)
		*ret_text = splice(passage->text, span_of(&passage->report, encrypted), assertion, passage->arena);
	return verdict;
}

/* What must be signed, and how; before any signature is computed. */
static enum saml_verdict
check_signatures(const struct passage *passage, const xmlNode *root, bool was_encrypted)
{
	const xmlNode *assertion = node_child(root, NS_SAML, "Assertion");
	bool own = node_child(assertion, NS_DSIG, "Signature") != NULL;
	bool outer = node_child(root, NS_DSIG, "Signature") != NULL;
	enum saml_verdict verdict = policy_check_signature(root, passage->arena);

	if (verdict == SAML_ACCEPTED)
		verdict = policy_check_signature(assertion, passage->arena);
	if (verdict != SAML_ACCEPTED)
		return verdict;
	if (own)
		return SAML_ACCEPTED;
	/* The staff's provider may sign the Response alone, and then not encrypt. */
	return passage->provider->setup->rules == SAML_RULES_PLAIN && outer && !was_encrypted ? SAML_ACCEPTED : SAML_UNSIGNED;
}

/* text: the message with its assertion in plain; root: of its tree. */
static enum saml_verdict
verify(const struct passage *passage, struct bytes text, const struct screen_report *report, const xmlNode *root)
{
	const xmlNode *outer = node_child(root, NS_DSIG, "Signature");
	const xmlNode *assertion = node_child(root, NS_SAML, "Assertion");
	enum saml_verdict verdict;

	if (outer == NULL)
		return verify_assertion(passage, text);
	verdict = verify_response(passage);
	if (verdict != SAML_ACCEPTED)
		return verdict;
	passage->facts->response_signed = true;
	if (node_child(assertion, NS_DSIG, "Signature") == NULL)
		return verify_assertion(passage, text);
	/* lasso is content with the outer signature; without it, it must look at the assertion's own (FEDERATION.md 6.2, 17). */
	return verify_assertion(passage, splice(text, span_of(report, outer), bytes_of(""), passage->arena));
}

/* The message has one assertion, plain or encrypted. */
static enum saml_verdict
take_assertion(const struct passage *passage)
{
	const xmlNode *encrypted = node_child(passage->root, NS_SAML, "EncryptedAssertion");
	CLEANUP(shape_close) xmlDoc *doc = NULL;
	struct screen_report report = passage->report;
	struct bytes text = passage->text;
	const xmlNode *root = passage->root;
	enum saml_verdict verdict;

	if (encrypted == NULL && passage->provider->setup->rules != SAML_RULES_PLAIN)
		return SAML_NOT_ENCRYPTED;
	if (encrypted != NULL) {
		verdict = open_assertion(passage, encrypted, &text);
		if (verdict == SAML_ACCEPTED)
			verdict = look(text, &report, &doc);
		if (verdict != SAML_ACCEPTED)
			return verdict;
		root = xmlDocGetRootElement(doc);
		if (node_child(root, NS_SAML, "Assertion") == NULL)
			return SAML_ASSERTIONS;
	}
	verdict = check_signatures(passage, root, encrypted != NULL);
	if (verdict == SAML_ACCEPTED)
		verdict = verify(passage, text, &report, root);
	passage->facts->encrypted = encrypted != NULL;
	passage->facts->block_algorithm = node_attribute(
	    node_child(node_child(encrypted, NS_XENC, "EncryptedData"), NS_XENC, "EncryptionMethod"), "Algorithm", passage->arena);
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
	/* lasso would take any provider that it knows (LIBRARIES.md B.1). */
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
	CLEANUP(shape_close) xmlDoc *doc = NULL;
	enum saml_verdict verdict;

	*ret_facts = (struct saml_facts){0};
	if (passage.provider == NULL)
		return SAML_PROVIDER;
	verdict = screen_decode(response->base64, arena, &passage.text);
	if (verdict == SAML_ACCEPTED)
		verdict = look(passage.text, &passage.report, &doc);
	if (verdict != SAML_ACCEPTED)
		return verdict;
	passage.root = xmlDocGetRootElement(doc);
	return take_response(&passage);
}
