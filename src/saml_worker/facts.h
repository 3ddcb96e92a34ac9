/* facts.h - read what a Response and its assertion say, without any opinion on it.
 *
 * Both trees have passed shape_check(), so what stands once stands once.
 * Runs in: vestibule-saml.
 */
#ifndef SAML_WORKER_FACTS_H
#define SAML_WORKER_FACTS_H

#include <libxml/tree.h>

#include "base/arena.h"
#include "saml/saml_msg.h"

/* The envelope: attributes, issuer, status. */
void facts_read_response(const xmlNode *response, struct arena *arena, struct saml_facts *facts);
/* role_attribute: whose values are carried, "" for none.
 * The assertion: only ever the very element that verify_element() accepted, or one inside a Response that it did. */
void facts_read_assertion(const xmlNode *assertion, const char *role_attribute, struct arena *arena, struct saml_facts *facts);

#endif
