/* saml_soap.h - POST /saml/soap: a credential provider tells, server to server, that a credential is no more (FEDERATION.md 1.9, SAML Bindings 3.2).
 *
 * The only thing that vouches for the sender is the signature.  An order that stands is done and answered in one go, with an answer that we
 * sign and that is the same whether anybody here has that name; what does not stand gets one and the same SOAP fault (500), whatever
 * was wrong, and changes nothing. */
#ifndef PAGE_SAML_SOAP_H
#define PAGE_SAML_SOAP_H

#include "web/router.h"

handler_fn page_saml_soap;

#endif
