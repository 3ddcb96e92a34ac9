/* shape.h - which elements, attributes and texts may stand where: a table of the parts of SAML, XML Signature and XML Encryption
 * that a provider's answer may use, and a walk that accepts nothing else (FEDERATION.md 6.1.9).
 *
 * Signature wrapping (ATTACKS.md 2.2) needs a place for a second assertion, a second signature or an element with the same ID: there is none.
 *
 * Runs in: vestibule-saml.
 */
#ifndef SAML_WORKER_SHAPE_H
#define SAML_WORKER_SHAPE_H

#include <libxml/tree.h>

#include "base/arena.h"
#include "saml/saml_msg.h"

#define NS_SAML "urn:oasis:names:tc:SAML:2.0:assertion"
#define NS_SAMLP "urn:oasis:names:tc:SAML:2.0:protocol"
#define NS_SOAP "http://schemas.xmlsoap.org/soap/envelope/"
#define NS_METADATA "urn:oasis:names:tc:SAML:2.0:metadata"
#define NS_DSIG "http://www.w3.org/2000/09/xmldsig#"
#define NS_XENC "http://www.w3.org/2001/04/xmlenc#"
#define NS_EXC_C14N "http://www.w3.org/2001/10/xml-exc-c14n#"
#define NS_XSI "http://www.w3.org/2001/XMLSchema-instance"
#define NS_XSD "http://www.w3.org/2001/XMLSchema"

/* A tree from bytes that passed the screen: no network, no DTD, no entity, libxml2's own limits on.  NULL when it is no XML. */
xmlDoc *shape_parse(struct bytes text);
void shape_close(xmlDoc **doc);
/* Parse a fragment that passed the screen as the new content of an element: prefixes declared there and further out hold, and one
 * tree has it all.  False when it is no XML. */
bool shape_parse_into(xmlNode *parent, struct bytes text);

/* Is this a Response, in every detail of form, with IDs that differ? */
enum saml_verdict shape_check(xmlNode *root);
/* Is this a SOAP 1.1 envelope with one ManageNameIDRequest and no header block, in every detail of form, with IDs that differ? */
enum saml_verdict shape_check_envelope(xmlNode *root);
/* The rest of such a message was good: is now one assertion in this EncryptedAssertion, or one NameID in this EncryptedID, and are the IDs
 * still different? */
enum saml_verdict shape_check_opened(xmlNode *encrypted_assertion);

/* Reading a tree.  By namespace URI and local name, never by prefix. */
bool node_is(const xmlNode *node, const char *ns, const char *name);
/* The first, or the next, child element of that name; NULL when there is none. */
xmlNode *node_child(const xmlNode *parent, const char *ns, const char *name);
xmlNode *node_next(const xmlNode *node, const char *ns, const char *name);
xmlNode *node_first(const xmlNode *parent);	/* the first child element of any name */
xmlNode *node_after(const xmlNode *node);	/* the next element of any name */
/* An attribute without a namespace; NULL when absent. */
const char *node_attribute(const xmlNode *node, const char *name, struct arena *arena);
/* The whole text of an element; NULL when node is NULL. */
const char *node_text(const xmlNode *node, struct arena *arena);
/* The same without blanks at both ends: URIs that a provider prints on lines of their own. */
const char *node_uri(const xmlNode *node, struct arena *arena);

#endif
