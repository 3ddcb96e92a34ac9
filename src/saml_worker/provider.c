#include "saml_worker/provider.h"

#include <string.h>

#include "base/clock.h"
#include "saml_worker/screen.h"
#include "saml_worker/shape.h"

#define BINDING_REDIRECT "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
#define BINDING_POST "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"

/* What is needed to say why a file is not usable. */
struct import {
	struct arena *arena;
	const struct saml_setup_provider *setup;
	int64_t now;
	const char **ret_reason;
};

static enum err
fault(const struct import *import, const char *what)
{
	*import->ret_reason = arena_printf(import->arena, "provider %s: %s: %s",
	    import->setup->id, import->setup->file, what);
	return ERR_CONFIG;
}

/* --- the entity --- */

/* The EntityDescriptor with an IDPSSODescriptor: the root, or the only such child of an EntitiesDescriptor. */
static xmlNode *
find_entity(xmlNode *root)
{
	xmlNode *each, *found = NULL;

	if (node_is(root, NS_METADATA, "EntityDescriptor"))
		return node_child(root, NS_METADATA, "IDPSSODescriptor") != NULL ? root : NULL;
	if (!node_is(root, NS_METADATA, "EntitiesDescriptor"))
		return NULL;
	for (each = node_child(root, NS_METADATA, "EntityDescriptor"); each != NULL;
	     each = node_next(each, NS_METADATA, "EntityDescriptor"))
		if (node_child(each, NS_METADATA, "IDPSSODescriptor") != NULL) {
			if (found != NULL)
				return NULL;
			found = each;
		}
	return found;
}

static bool
still_valid(const struct import *import, const xmlNode *node)
{
	const char *text = node_attribute(node, "validUntil", import->arena);
	int64_t until;

	return text == NULL || (clock_parse(text, &until) == ERR_OK && until > import->now);
}

/* --- the address --- */

static bool
is_local(const char *host)
{
	size_t len = strcspn(host, ":/?");

	return (len == 9 && memcmp(host, "localhost", 9) == 0) ||
	       (len > 10 && memcmp(host + len - 10, ".localhost", 10) == 0);
}

static bool
url_valid(const char *url)
{
	const char *at;

	for (at = url; *at != '\0'; at++)
		if ((unsigned char)*at <= ' ' || (unsigned char)*at >= 0x7f || strchr("\"<>\\^`{|}#@", *at) != NULL)
			return false;
	if (at - url > 512)
		return false;
	return (strncmp(url, "https://", 8) == 0 && url[8] != '\0' && url[8] != '/') ||
	       (strncmp(url, "http://", 7) == 0 && is_local(url + 7));
}

static enum err
take_address(const struct import *import, const xmlNode *role, struct provider *provider)
{
	const char *binding;
	xmlNode *each;

	for (each = node_child(role, NS_METADATA, "SingleSignOnService"); each != NULL;
	     each = node_next(each, NS_METADATA, "SingleSignOnService")) {
		binding = node_attribute(each, "Binding", import->arena);
		if (binding == NULL || strcmp(binding, BINDING_REDIRECT) != 0)
			continue;
		if (provider->sso_url != NULL)
			return fault(import, "it names two single sign-on addresses for HTTP-Redirect; leave one");
		provider->sso_url = node_attribute(each, "Location", import->arena);
		if (provider->sso_url == NULL || !url_valid(provider->sso_url))
			return fault(import, "the single sign-on address is not an https URL; correct the metadata");
	}
	if (provider->sso_url == NULL)
		return fault(import, "it has no single sign-on address for HTTP-Redirect; ask the provider for one");
	return ERR_OK;
}

/* --- the keys --- */

/* The bytes of an X509Certificate: base64 on lines of any length. */
static enum err
certificate_bytes(const struct import *import, const xmlNode *node, struct bytes *ret_der)
{
	const char *text = node_text(node, import->arena);

	return screen_decode(bytes_of(text), import->arena, ret_der) == SAML_ACCEPTED ? ERR_OK : ERR_FORMAT;
}

static enum err
take_certificate(const struct import *import, const xmlNode *node, struct provider *provider, const char **ret_why)
{
	struct certificate certificate;
	struct bytes der;

	if (certificate_bytes(import, node, &der) != ERR_OK) {
		*ret_why = "a certificate is not base64";
		return ERR_FORMAT;
	}
	if (certificate_parse(der, import->arena, &certificate, ret_why) != ERR_OK)
		return ERR_FORMAT;
	if (certificate.not_after <= import->now || certificate.not_before > import->now) {
		*ret_why = "a certificate is not in force today";
		return ERR_FORMAT;
	}
	if (provider->certificate_count < PROVIDER_CERTIFICATES)
		provider->certificates[provider->certificate_count++] = certificate;
	return ERR_OK;
}

/* Every usable certificate counts, so that a provider can change its key; an expired or weak one beside a good one is left out. */
static enum err
take_keys(const struct import *import, const xmlNode *role, struct provider *provider)
{
	const char *use, *why = "it has no signing certificate";
	xmlNode *key, *data, *certificate;

	for (key = node_child(role, NS_METADATA, "KeyDescriptor"); key != NULL;
	     key = node_next(key, NS_METADATA, "KeyDescriptor")) {
		use = node_attribute(key, "use", import->arena);
		if (use != NULL && strcmp(use, "signing") != 0)
			continue;
		data = node_child(node_child(key, NS_DSIG, "KeyInfo"), NS_DSIG, "X509Data");
		certificate = node_child(data, NS_DSIG, "X509Certificate");
		if (certificate != NULL)
			take_certificate(import, certificate, provider, &why);
	}
	if (provider->certificate_count > 0)
		return ERR_OK;
	return fault(import, arena_printf(import->arena,
	    "no signing certificate is usable: %s; take new metadata from the provider", why));
}

static enum err
take_entity(const struct import *import, xmlNode *root, struct provider *provider)
{
	xmlNode *entity = find_entity(root), *role;
	enum err err;

	if (entity == NULL)
		return fault(import, "it does not describe exactly one SAML identity provider; give a file with that one alone");
	role = node_child(entity, NS_METADATA, "IDPSSODescriptor");
	if (!still_valid(import, root) || !still_valid(import, entity) || !still_valid(import, role))
		return fault(import, "its validUntil is past; take new metadata from the provider");
	provider->entity_id = node_attribute(entity, "entityID", import->arena);
	if (provider->entity_id == NULL || *provider->entity_id == '\0' || strlen(provider->entity_id) > SAML_URI_MAX)
		return fault(import, "its entityID is missing or over 1,024 bytes; correct the metadata");
	err = take_address(import, role, provider);
	return err == ERR_OK ? take_keys(import, role, provider) : err;
}

enum err
provider_parse(const struct saml_setup_provider *setup, int64_t now, struct arena *arena, struct provider *ret_provider,
    const char **ret_reason)
{
	struct import import = {arena, setup, now, ret_reason};
	struct provider provider = {.setup = setup};
	struct screen_report report;
	enum saml_verdict verdict = screen_check(setup->metadata, SCREEN_METADATA, &report);
	CLEANUP(shape_close) xmlDoc *doc = NULL;
	enum err err;

	if (verdict != SAML_ACCEPTED)
		return fault(&import, arena_printf(arena, "it is not acceptable XML (%s); take new metadata from the provider",
		    saml_verdict_print(verdict)));
	doc = shape_parse(setup->metadata);
	if (doc == NULL)
		return fault(&import, "it is not well-formed XML; take new metadata from the provider");
	err = take_entity(&import, xmlDocGetRootElement(doc), &provider);
	if (err == ERR_OK)
		*ret_provider = provider;
	return err;
}

/* --- for lasso --- */

const char *
xml_escape(const char *text, struct arena *arena)
{
	struct buf buf;

	buf_init(&buf, arena, 6 * strlen(text) + 1);
	for (; *text != '\0'; text++)
		switch (*text) {
		case '&': buf_put_text(&buf, "&amp;"); break;
		case '<': buf_put_text(&buf, "&lt;"); break;
		case '>': buf_put_text(&buf, "&gt;"); break;
		case '"': buf_put_text(&buf, "&quot;"); break;
		case '\'': buf_put_text(&buf, "&#39;"); break;
		default: buf_put_byte(&buf, (uint8_t)*text);
		}
	return buf_text(&buf);
}

const char *
provider_print(const struct provider *provider, struct arena *arena)
{
	return arena_printf(arena,
	    "<EntityDescriptor xmlns=\"" NS_METADATA "\" entityID=\"%s\">"
	    "<IDPSSODescriptor protocolSupportEnumeration=\"" NS_SAMLP "\">"
	    "<SingleSignOnService Binding=\"" BINDING_REDIRECT "\" Location=\"%s\"/>"
	    "</IDPSSODescriptor></EntityDescriptor>",
	    xml_escape(provider->entity_id, arena), xml_escape(provider->sso_url, arena));
}

const char *
provider_print_self(const char *entity_id, const char *acs_url, struct arena *arena)
{
	return arena_printf(arena,
	    "<EntityDescriptor xmlns=\"" NS_METADATA "\" entityID=\"%s\">"
	    "<SPSSODescriptor protocolSupportEnumeration=\"" NS_SAMLP "\">"
	    "<AssertionConsumerService Binding=\"" BINDING_POST "\" Location=\"%s\" index=\"0\" isDefault=\"true\"/>"
	    "</SPSSODescriptor></EntityDescriptor>",
	    xml_escape(entity_id, arena), xml_escape(acs_url, arena));
}
