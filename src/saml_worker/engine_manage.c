#include <string.h>

#include "base/buf.h"
#include "saml_worker/internal.h"
#include "saml_worker/shape.h"
#include "saml_worker/sign.h"

/* --- what a provider says --- */

static void
read_request(const xmlNode *request, struct arena *arena, struct saml_manage *manage)
{
	const xmlNode *issuer = node_child(request, NS_SAML, "Issuer");

	manage->request_id = node_attribute(request, "ID", arena);
	manage->version = node_attribute(request, "Version", arena);
	manage->issue_instant = node_attribute(request, "IssueInstant", arena);
	manage->destination = node_attribute(request, "Destination", arena);
	manage->issuer = node_uri(issuer, arena);
	manage->issuer_format = node_attribute(issuer, "Format", arena);
	manage->terminate = node_child(request, NS_SAMLP, "Terminate") != NULL;
}

static void
read_name(const xmlNode *name, struct arena *arena, struct saml_manage *manage)
{
	manage->name_id = node_text(name, arena);
	manage->name_id_format = node_attribute(name, "Format", arena);
	manage->name_qualifier = node_attribute(name, "NameQualifier", arena);
	manage->sp_name_qualifier = node_attribute(name, "SPNameQualifier", arena);
}

/* Its own claim chooses the keys that it is then held against. */
static bool
find_issuer(const struct engine *engine, const char *issuer, uint32_t *ret_provider)
{
	uint32_t i;

	for (i = 0; i < engine->provider_count; i++)
		if (strcmp(engine->providers[i].entity_id, issuer) == 0) {
			*ret_provider = i;
			return true;
		}
	return false;
}

static enum saml_verdict
take_name(struct engine *engine, const xmlNode *request, struct arena *arena, struct saml_manage *manage)
{
	xmlNode *encrypted = node_child(request, NS_SAML, "EncryptedID");
	enum saml_verdict verdict = SAML_ACCEPTED;

	if (encrypted != NULL)
		verdict = engine_unseal(engine, &engine->providers[manage->provider], encrypted, arena);
	if (verdict != SAML_ACCEPTED)
		return verdict;
	manage->encrypted = encrypted != NULL;
	read_name(encrypted != NULL ? node_first(encrypted) : node_child(request, NS_SAML, "NameID"), arena, manage);
	return SAML_ACCEPTED;
}

enum saml_verdict
engine_manage(struct engine *engine, struct bytes envelope, struct arena *arena, struct saml_manage *ret_manage)
{
	CLEANUP(shape_close) xmlDoc *doc = NULL;
	enum saml_verdict verdict = engine_look(envelope, shape_check_envelope, &doc);
	xmlNode *request;

	*ret_manage = (struct saml_manage){0};
	if (verdict != SAML_ACCEPTED)
		return verdict;
	request = node_child(node_child(xmlDocGetRootElement(doc), NS_SOAP, "Body"), NS_SAMLP, "ManageNameIDRequest");
	read_request(request, arena, ret_manage);
	if (!find_issuer(engine, ret_manage->issuer, &ret_manage->provider))
		return SAML_PROVIDER;
	/* No TLS client and no browser vouches for the sender: the signature alone does. */
	verdict = verify_element(&engine->signers[ret_manage->provider], request, arena);
	return verdict == SAML_ACCEPTED ? take_name(engine, request, arena, ret_manage) : verdict;
}

/* --- our answer --- */

/* As canonicalisation writes text (Canonical XML 1.0 section 2.3), which is not how xml_escape() writes it. */
static const char *
canonical(const char *text, struct arena *arena)
{
	struct buf buf;

	buf_init(&buf, arena, 5 * strlen(text) + 1);
	for (; *text != '\0'; text++)
		switch (*text) {
		case '&': buf_put_text(&buf, "&amp;"); break;
		case '<': buf_put_text(&buf, "&lt;"); break;
		case '>': buf_put_text(&buf, "&gt;"); break;
		case '\r': buf_put_text(&buf, "&#xD;"); break;
		default: buf_put_byte(&buf, (uint8_t)*text);
		}
	return buf_text(&buf);
}

static const char *
print_status(const struct saml_managed *managed, struct arena *arena)
{
	const char *inner = *managed->sub_status == '\0' ? "" :
	    arena_printf(arena, "<samlp:StatusCode Value=\"%s\"></samlp:StatusCode>", managed->sub_status);

	return arena_printf(arena, "<samlp:Status><samlp:StatusCode Value=\"%s\">%s</samlp:StatusCode></samlp:Status>", managed->status, inner);
}

/* Attribute values are written as they are: nothing in them needs an escape. */
static bool
values_plain(const struct saml_managed *managed)
{
	const char *const values[] = {managed->response_id, managed->in_response_to, managed->issue_instant, managed->status, managed->sub_status};
	size_t i;

	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		if (strspn(values[i], "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.:") != strlen(values[i]))
			return false;
	return true;
}

enum err
engine_managed(struct engine *engine, const struct saml_managed *managed, struct arena *arena, const char **ret_envelope)
{
	const char *head, *tail, *signature;

	if (!values_plain(managed))
		return ERR_FORMAT;
	head = arena_printf(arena, "<samlp:ManageNameIDResponse xmlns:samlp=\"" NS_SAMLP "\" ID=\"%s\" InResponseTo=\"%s\""
	    " IssueInstant=\"%s\" Version=\"2.0\"><saml:Issuer xmlns:saml=\"" NS_SAML "\">%s</saml:Issuer>",
	    managed->response_id, managed->in_response_to, managed->issue_instant, canonical(engine->setup->entity_id, arena));
	tail = arena_printf(arena, "%s</samlp:ManageNameIDResponse>", print_status(managed, arena));
	signature = sign_text(engine->signing_key, managed->response_id, arena_printf(arena, "%s%s", head, tail), arena);
	if (*signature == '\0')
		return ERR_CRYPTO;
	*ret_envelope = arena_printf(arena, "<soap:Envelope xmlns:soap=\"" NS_SOAP "\"><soap:Body>%s%s%s</soap:Body></soap:Envelope>",
	    head, signature, tail);
	return ERR_OK;
}
