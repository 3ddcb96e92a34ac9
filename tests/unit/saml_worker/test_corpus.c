/* The corpus of ATTACKS.md section 2, through the real vestibule-saml: each document is refused, and for its own reason. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/rsa.h"
#include "service.h"

#define DSIG "http://www.w3.org/2000/09/xmldsig#"
#define MORE "http://www.w3.org/2001/04/xmldsig-more#"
#define XENC "http://www.w3.org/2001/04/xmlenc#"
#define C14N "http://www.w3.org/2001/10/xml-exc-c14n#"
#define STATUS "urn:oasis:names:tc:SAML:2.0:status:"
#define FORMAT "urn:oasis:names:tc:SAML:2.0:nameid-format:"
#define A FORGE_ASSERTION
#define S FORGE_SIGNED
#define E FORGE_ENCRYPTED
#define R FORGE_RESPONSE
#define F FORGE_FINAL

struct row {
	const char *id;		/* of ATTACKS.md, and what is wrong */
	enum saml_verdict expected;
	unsigned provider;
	struct forge_recipe recipe;
};

/* The message of the staff's provider, which need not encrypt: what lasso alone would see. */
#define PLAIN .provider = SERVICE_STAFF

static const struct row rows[] = {
	/* --- 2.2 wrapping and selection --- */
	{"S01 XSW1: signed Response inside the outer Signature", SAML_SHAPE, PLAIN,
	    {.plain = true, .signed_response = true, .edits = {{F, "</ds:SignatureValue>", "</ds:SignatureValue><samlp:Response ID=\"_r2\"/>"}}}},
	{"S02 XSW2: signed Response before the Signature", SAML_SHAPE, PLAIN,
	    {.plain = true, .signed_response = true, .edits = {{F, "<ds:Signature ", "<samlp:Response ID=\"_r2\"/><ds:Signature "}}}},
	{"S03 XSW3: evil assertion before the signed one", SAML_ASSERTIONS, PLAIN,
	    {.plain = true, .edits = {{R, "{A}", "{BARE}{SIGNED}"}}}},
	{"S03 XSW3, the signed one encrypted", SAML_ASSERTIONS, SERVICE_GCKEY, {.edits = {{R, "{A}", "{BARE}{A}"}}}},
	{"S04 XSW4: the signed one inside the evil one", SAML_SHAPE, PLAIN,
	    {.plain = true, .edits = {{R, "{A}", "<saml:Assertion ID=\"_evil\" Version=\"2.0\" IssueInstant=\"@0@\"><saml:Issuer>x</saml:Issuer>{SIGNED}</saml:Assertion>"}}}},
	{"S05 XSW5: evil one keeps the Signature, clean one behind", SAML_ASSERTIONS, PLAIN,
	    {.plain = true, .edits = {{R, "{A}", "{EVIL}{BARE}"}}}},
	{"S06 XSW6: clean one inside the evil one's Signature", SAML_SHAPE, SERVICE_GCKEY,
	    {.edits = {{S, "</ds:SignatureValue>", "</ds:SignatureValue>{BARE}"}}}},
	{"S07 XSW7: evil one in Extensions", SAML_SHAPE, SERVICE_GCKEY,
	    {.edits = {{R, "<samlp:Status>", "<samlp:Extensions>{BARE}</samlp:Extensions><samlp:Status>"}}}},
	{"S08 XSW8: clean one in ds:Object", SAML_SHAPE, SERVICE_GCKEY,
	    {.edits = {{S, "</ds:SignatureValue>", "</ds:SignatureValue><ds:Object>{BARE}</ds:Object>"}}}},
	{"S09 evil assertion behind the signed one", SAML_ASSERTIONS, PLAIN,
	    {.plain = true, .edits = {{R, "{A}", "{SIGNED}{BARE}"}}}},
	{"S11 the signed assertion twice", SAML_ASSERTIONS, PLAIN, {.plain = true, .edits = {{R, "{A}", "{SIGNED}{SIGNED}"}}}},
	{"S11 the encrypted assertion twice", SAML_ASSERTIONS, SERVICE_GCKEY, {.edits = {{R, "{A}", "{A}<saml:EncryptedAssertion>"
	    "<e:EncryptedData xmlns:e=\"" XENC "\"><e:EncryptionMethod Algorithm=\"a\"/><e:CipherData><e:CipherValue/></e:CipherData></e:EncryptedData></saml:EncryptedAssertion>"}}}},
	{"S11 two assertions encrypted as one", SAML_DECRYPTION, SERVICE_GCKEY, {.edits = {{S, "</saml:Assertion>", "</saml:Assertion>{BARE}"}}}},
	{"S12 an assertion for another request", SAML_CONFIRMATION_REQUEST, SERVICE_GCKEY, {.edits = {{A, FORGE_REQUEST, "_another"}}}},
	{"S13 Signature at the end of the Response", SAML_SHAPE, SERVICE_GCKEY,
	    {.edits = {{R, "</samlp:Response>", "<ds:Signature xmlns:ds=\"" DSIG "\"/></samlp:Response>"}}}},
	{"S13 Signature in the Status", SAML_SHAPE, SERVICE_GCKEY, {.edits = {{R, "</samlp:Status>", "<ds:Signature xmlns:ds=\"" DSIG "\"/></samlp:Status>"}}}},
	{"S19 samlp:ID beside ID", SAML_SHAPE, SERVICE_GCKEY, {.edits = {{R, " ID=", " samlp:ID=\"_assertion\" ID="}}}},
	{"S20 xml:id", SAML_SHAPE, SERVICE_GCKEY, {.edits = {{R, " ID=", " xml:id=\"_x\" ID="}}}},
	{"S20 Id", SAML_SHAPE, SERVICE_GCKEY, {.edits = {{S, " ID=", " Id=\"_x\" ID="}}}},
	{"S20 id", SAML_SHAPE, SERVICE_GCKEY, {.edits = {{S, " ID=", " id=\"_x\" ID="}}}},
	{"S20 AssertionID", SAML_SHAPE, SERVICE_GCKEY, {.edits = {{S, " ID=", " AssertionID=\"_x\" ID="}}}},
	{"S21 Response and assertion with one ID", SAML_DUPLICATE_ID, SERVICE_GCKEY, {.edits = {{R, "_response", "_assertion"}}}},
	{"S23 Reference to the whole document", SAML_SIGNATURE_REFERENCE, SERVICE_GCKEY, {.edits = {{A, "URI=\"#_assertion\"", "URI=\"\""}}}},
	{"S23 Reference by xpointer", SAML_SIGNATURE_REFERENCE, SERVICE_GCKEY, {.edits = {{S, "URI=\"#_assertion\"", "URI=\"#xpointer(/)\""}}}},
	{"S23 Reference by xpointer id", SAML_SIGNATURE_REFERENCE, SERVICE_GCKEY, {.edits = {{S, "URI=\"#_assertion\"", "URI=\"#xpointer(id('_assertion'))\""}}}},
	{"S23 Reference to the network", SAML_SIGNATURE_REFERENCE, SERVICE_GCKEY, {.edits = {{S, "URI=\"#_assertion\"", "URI=\"http://127.0.0.1/\""}}}},
	{"S23 Reference without URI", SAML_SHAPE, SERVICE_GCKEY, {.edits = {{S, " URI=\"#_assertion\"", ""}}}},
	{"S24 two References", SAML_SHAPE, SERVICE_GCKEY, {.edits = {{S, "</ds:Reference>", "</ds:Reference><ds:Reference URI=\"#x\"/>"}}}},
	{"S25 an envelope of SOAP", SAML_SHAPE, SERVICE_GCKEY,
	    {.edits = {{F, "<samlp:Response ", "<s:Envelope xmlns:s=\"urn:s\"><s:Body><samlp:Response "}, {F, "</samlp:Response>", "</samlp:Response></s:Body></s:Envelope>"}}}},

	/* --- 2.3 digest, canonicalisation, parsers --- */
	{"S26 DigestValue in StatusDetail", SAML_SHAPE, SERVICE_GCKEY,
	    {.edits = {{R, "</samlp:Status>", "<samlp:StatusDetail><ds:DigestValue xmlns:ds=\"" DSIG "\">AAAA</ds:DigestValue></samlp:StatusDetail></samlp:Status>"}}}},
	{"S27 two SignedInfo, forged first", SAML_SHAPE, SERVICE_GCKEY, {.edits = {{S, "<ds:SignedInfo>", "<ds:SignedInfo/><ds:SignedInfo>"}}}},
	{"S27 two SignedInfo, forged second", SAML_SHAPE, SERVICE_GCKEY, {.edits = {{S, "</ds:SignedInfo>", "</ds:SignedInfo><ds:SignedInfo/>"}}}},
	{"S28 comment in DigestValue", SAML_MARKUP, SERVICE_GCKEY, {.edits = {{S, "<ds:DigestValue>", "<ds:DigestValue><!--AAAA-->"}}}},
	{"S29 DOCTYPE that hides", SAML_MARKUP, SERVICE_GCKEY, {.edits = {{F, "<samlp:Response ", "<!DOCTYPE r SYSTEM 'x\"><!--'><samlp:Response "}}}},
	{"S31 relative namespace on the Response", SAML_NAMESPACE, SERVICE_GCKEY, {.edits = {{R, "<samlp:Response ", "<samlp:Response xmlns:n=\"1\" "}}}},
	{"S31 relative namespace on the assertion", SAML_NAMESPACE, SERVICE_GCKEY, {.edits = {{S, "<saml:Assertion ", "<saml:Assertion xmlns:n=\"1\" "}}}},
	{"S32 digest of nothing", SAML_SIGNATURE, SERVICE_GCKEY,
	    {.edits = {{S, "<ds:DigestValue>", "<ds:DigestValue>47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="}}}},
	{"S33 comment in the NameID", SAML_MARKUP, SERVICE_GCKEY, {.edits = {{S, "K7-", "K7<!-- -->-"}}}},
	{"S35 processing instruction in the NameID", SAML_MARKUP, SERVICE_GCKEY, {.edits = {{S, "K7-", "<?p not-?>K7-"}}}},
	{"S36 CDATA in the NameID", SAML_MARKUP, SERVICE_GCKEY, {.edits = {{S, "K7-person", "<![CDATA[K7-person]]>"}}}},
	{"S38 NUL by reference", SAML_NOT_XML, SERVICE_GCKEY, {.edits = {{S, "K7-", "K7&#0;-"}}}},
	{"S38 unknown entity", SAML_MARKUP, SERVICE_GCKEY, {.edits = {{S, "K7-", "K7&x;-"}}}},
	{"S38 line end in the NameID by reference", SAML_NAME_ID, SERVICE_GCKEY, {.edits = {{A, "K7-", "K7&#13;-"}}}},
	{"S40 byte order mark", SAML_ENCODING, SERVICE_GCKEY, {.edits = {{F, "<samlp:Response ", "\xef\xbb\xbf<samlp:Response "}}}},
	{"S40 declared as Latin-1", SAML_ENCODING, SERVICE_GCKEY, {.edits = {{F, "<samlp:Response ", "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><samlp:Response "}}}},
	{"S40 declared as UTF-7", SAML_ENCODING, SERVICE_GCKEY, {.edits = {{F, "<samlp:Response ", "<?xml version=\"1.0\" encoding=\"UTF-7\"?><samlp:Response "}}}},
	{"S40 bytes that are not UTF-8", SAML_ENCODING, SERVICE_GCKEY, {.edits = {{F, "<saml:Issuer>", "<saml:Issuer>\xe9"}}}},
	{"S41 an element behind the root", SAML_NOT_XML, SERVICE_GCKEY, {.edits = {{F, "</samlp:Response>", "</samlp:Response><x/>"}}}},
	{"S41 text behind the root", SAML_NOT_XML, SERVICE_GCKEY, {.edits = {{F, "</samlp:Response>", "</samlp:Response>x"}}}},
	{"S41 a blank before the declaration", SAML_MARKUP, SERVICE_GCKEY, {.edits = {{F, "<samlp:Response ", " <?xml version=\"1.0\"?><samlp:Response "}}}},
	{"S41 two declarations", SAML_MARKUP, SERVICE_GCKEY, {.edits = {{F, "<samlp:Response ", "<?xml version=\"1.0\"?><?xml version=\"1.0\"?><samlp:Response "}}}},
	{"S42 XPath", SAML_SHAPE, SERVICE_GCKEY,
	    {.edits = {{S, "<ds:Transform Algorithm=\"" C14N "\"/>", "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\"><ds:XPath>1</ds:XPath></ds:Transform>"}}}},
	{"S42 XSLT", SAML_SIGNATURE_ALGORITHM, SERVICE_GCKEY, {.edits = {{S, "<ds:Transform Algorithm=\"" C14N "\"/>", "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xslt-19991116\"/>"}}}},
	{"S42 base64", SAML_SIGNATURE_ALGORITHM, SERVICE_GCKEY, {.edits = {{S, "<ds:Transform Algorithm=\"" C14N "\"/>", "<ds:Transform Algorithm=\"" DSIG "base64\"/>"}}}},
	{"S42 enveloped twice", SAML_SIGNATURE_ALGORITHM, SERVICE_GCKEY, {.edits = {{S, "<ds:Transform Algorithm=\"" C14N "\"/>", "<ds:Transform Algorithm=\"" DSIG "enveloped-signature\"/>"}}}},
	{"S42 three transforms", SAML_SHAPE, SERVICE_GCKEY, {.edits = {{S, "<ds:Transform Algorithm=\"" C14N "\"/>", "<ds:Transform Algorithm=\"" C14N "\"/><ds:Transform Algorithm=\"" C14N "\"/>"}}}},
	{"S43 canonicalisation with comments as transform", SAML_SIGNATURE_ALGORITHM, SERVICE_GCKEY, {.edits = {{A, "<ds:Transform Algorithm=\"" C14N "\"/>", "<ds:Transform Algorithm=\"" C14N "WithComments\"/>"}}}},
	{"S43 canonicalisation with comments of SignedInfo", SAML_SIGNATURE_ALGORITHM, SERVICE_GCKEY, {.edits = {{A, "Method Algorithm=\"" C14N "\"/>", "Method Algorithm=\"" C14N "WithComments\"/>"}}}},
	{"S45 a list of 10,000 prefixes", SAML_VALUE_TOO_LONG, SERVICE_GCKEY,
	    {.edits = {{S, "<ds:Transform Algorithm=\"" C14N "\"/>", "<ds:Transform Algorithm=\"" C14N "\"><c:InclusiveNamespaces xmlns:c=\"" C14N "\" PrefixList=\"{x10000:p }\"/></ds:Transform>"}}}},

	/* --- 2.4 keys and algorithms --- */
	{"S46 no Signature", SAML_UNSIGNED, SERVICE_GCKEY, {.unsigned_assertion = true}},
	{"S46 no Signature, staff", SAML_UNSIGNED, PLAIN, {.unsigned_assertion = true, .plain = true}},
	{"S46 empty Signature", SAML_SHAPE, SERVICE_GCKEY, {.unsigned_assertion = true, .edits = {{A, "<saml:Subject>", "<ds:Signature xmlns:ds=\"" DSIG "\"/><saml:Subject>"}}}},
	{"S46 SignatureValue of zeros", SAML_SIGNATURE, SERVICE_GCKEY, {.edits = {{S, "<ds:SignatureValue>", "<ds:SignatureValue>{x340:A}"}}}},
	{"S47 another NameID under the signature", SAML_SIGNATURE, SERVICE_GCKEY, {.edits = {{S, "K7-person", "K9-evil"}}}},
	{"S47 another NameID, plain", SAML_SIGNATURE, PLAIN, {.plain = true, .edits = {{S, "K7-person", "K9-evil"}}}},
	{"S48 a stranger's key", SAML_SIGNATURE, SERVICE_GCKEY, {.key = "stranger"}},
	{"S48 another provider's key", SAML_SIGNATURE, SERVICE_GCKEY, {.key = "other-provider"}},
	{"S50 RetrievalMethod in the Signature", SAML_SHAPE, SERVICE_GCKEY,
	    {.edits = {{S, "</ds:SignatureValue>", "</ds:SignatureValue><ds:KeyInfo><ds:RetrievalMethod URI=\"http://127.0.0.1/\"/></ds:KeyInfo>"}}}},
	{"S52 HMAC keyed with the certificate", SAML_SIGNATURE_ALGORITHM, SERVICE_GCKEY, {.signature_method = MORE "hmac-sha256"}},
	{"S53 SHA-1", SAML_SIGNATURE_ALGORITHM, SERVICE_GCKEY, {.signature_method = DSIG "rsa-sha1"}},
	{"S53 SHA-1 digest", SAML_SIGNATURE_ALGORITHM, SERVICE_GCKEY, {.edits = {{A, XENC "sha256", DSIG "sha1"}}}},
	{"S53 MD5", SAML_SIGNATURE_ALGORITHM, SERVICE_GCKEY, {.edits = {{S, MORE "rsa-sha256", MORE "rsa-md5"}}}},
	{"S55 method changed after signing", SAML_SIGNATURE, SERVICE_GCKEY, {.edits = {{S, MORE "rsa-sha256", MORE "rsa-sha512"}}}},
	{"S55 unknown method", SAML_SIGNATURE_ALGORITHM, SERVICE_GCKEY, {.edits = {{S, MORE "rsa-sha256", "urn:x"}}}},
	{"S55 HMACOutputLength", SAML_SHAPE, SERVICE_GCKEY,
	    {.edits = {{S, MORE "rsa-sha256\"/>", MORE "rsa-sha256\"><ds:HMACOutputLength>8</ds:HMACOutputLength></ds:SignatureMethod>"}}}},
	{"17 a Response signed wrongly around a good assertion", SAML_SIGNATURE, SERVICE_GCKEY,
	    {.signed_response = true, .edits = {{F, "_response\" Version", "_response\" Consent=\"x\" Version"}}}},
	{"17 a signed Response does not stand in for the assertion's signature", SAML_UNSIGNED, SERVICE_GCKEY, {.signed_response = true, .unsigned_assertion = true}},
	{"17 a Response signed alone, changed inside", SAML_SIGNATURE, PLAIN,
	    {.plain = true, .signed_response = true, .unsigned_assertion = true, .edits = {{F, "K7-person", "K9-evil"}}}},
	{"17 a Response signed alone, with an encrypted assertion", SAML_UNSIGNED, PLAIN,
	    {.signed_response = true, .unsigned_assertion = true}},
	{"17 a Response whose Signature refers to its assertion", SAML_SIGNATURE_REFERENCE, PLAIN,
	    {.plain = true, .signed_response = true, .edits = {{F, "URI=\"#_response\"", "URI=\"#_assertion\""}}}},
	{"24 Signature before the Issuer, signed so", SAML_SHAPE, SERVICE_GCKEY,
	    {.edits = {{A, "<saml:Issuer>" FORGE_IDP "</saml:Issuer>", ""}, {A, "</ds:Signature>", "</ds:Signature><saml:Issuer>" FORGE_IDP "</saml:Issuer>"}}}},
	{"25 the same text under another ID", SAML_SIGNATURE_REFERENCE, SERVICE_GCKEY, {.edits = {{S, "ID=\"_assertion\"", "ID=\"_other\""}}}},
	{"25 Reference to an element inside", SAML_SIGNATURE_REFERENCE, SERVICE_GCKEY,
	    {.edits = {{S, "<ds:Signature ", "<ds:Signature Id=\"_inner\" "}, {S, "URI=\"#_assertion\"", "URI=\"#_inner\""}}}},
	{"25 Reference to the Response around", SAML_SIGNATURE_REFERENCE, SERVICE_GCKEY, {.edits = {{S, "URI=\"#_assertion\"", "URI=\"#_response\""}}}},
	{"25 the ID of something in the Signature again", SAML_DUPLICATE_ID, SERVICE_GCKEY, {.edits = {{S, "<ds:Signature ", "<ds:Signature Id=\"_assertion\" "}}}},
	{"25 two good References", SAML_SHAPE, SERVICE_GCKEY, {.edits = {{A, "</ds:Reference>", "</ds:Reference><ds:Reference URI=\"#_assertion\"><ds:Transforms>"
	    "<ds:Transform Algorithm=\"" DSIG "enveloped-signature\"/><ds:Transform Algorithm=\"" C14N "\"/></ds:Transforms>"
	    "<ds:DigestMethod Algorithm=\"" XENC "sha256\"/><ds:DigestValue/></ds:Reference>"}}}},
	{"23 a prefix that is declared nowhere", SAML_SHAPE, SERVICE_GCKEY, {.edits = {{S, " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"", ""}}}},
	{"23 a prefix that means another thing outside", SAML_SHAPE, SERVICE_GCKEY,
	    {.edits = {{S, " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"", ""}, {E, "<saml:EncryptedAssertion ", "<saml:EncryptedAssertion xmlns:xsi=\"urn:x\" "}}}},
	{"23 something else than an assertion was encrypted", SAML_SHAPE, SERVICE_GCKEY,
	    {.edits = {{S, "<saml:Assertion ", "<saml:Advice "}, {S, "</saml:Assertion>", "</saml:Advice>"}}}},
	{"23 an EncryptedAssertion was encrypted", SAML_ASSERTIONS, SERVICE_GCKEY,
	    {.edits = {{S, "<saml:Assertion ", "<saml:EncryptedAssertion "}, {S, "</saml:Assertion>", "</saml:EncryptedAssertion>"}}}},
	{"23 no well-formed assertion was encrypted", SAML_NOT_XML, SERVICE_GCKEY, {.edits = {{S, "</saml:Subject>", "</saml:Subjekt>"}}}},
	{"17 nor does it cover a broken one", SAML_SIGNATURE, SERVICE_GCKEY, {.signed_response = true, .edits = {{S, "K7-person", "K9-evil"}}}},

	/* --- 2.5 meaning, signed again --- */
	{"S60 another audience", SAML_AUDIENCE, SERVICE_GCKEY, {.edits = {{A, "<saml:Audience>" FORGE_SP, "<saml:Audience>https://other.test/"}}}},
	{"S60 two restrictions, one without us", SAML_AUDIENCE, SERVICE_GCKEY,
	    {.edits = {{A, "</saml:AudienceRestriction>", "</saml:AudienceRestriction><saml:AudienceRestriction><saml:Audience>urn:x</saml:Audience></saml:AudienceRestriction>"}}}},
	{"S60 our entity id as a prefix", SAML_AUDIENCE, SERVICE_GCKEY, {.edits = {{A, FORGE_SP "</saml:Audience>", FORGE_SP "/x</saml:Audience>"}}}},
	{"S60 a restriction without audience", SAML_AUDIENCE, SERVICE_GCKEY, {.edits = {{A, "<saml:Audience>" FORGE_SP "</saml:Audience>", ""}}}},
	{"S60 no audience restriction", SAML_AUDIENCE, SERVICE_GCKEY,
	    {.edits = {{A, "<saml:AudienceRestriction><saml:Audience>" FORGE_SP "</saml:Audience></saml:AudienceRestriction>", ""}}}},
	{"S61 no Conditions", SAML_NO_CONDITIONS, SERVICE_GCKEY, {.edits = {{A, "<saml:Conditions NotBefore=\"@-60@\" NotOnOrAfter=\"@300@\"><saml:AudienceRestriction>"
	    "<saml:Audience>" FORGE_SP "</saml:Audience></saml:AudienceRestriction></saml:Conditions>", ""}}}},
	{"S63 NotBefore in an hour", SAML_NOT_YET_VALID, SERVICE_GCKEY, {.edits = {{A, "\"@-60@\" NotOnOrAfter=\"@300@\"", "\"@3600@\" NotOnOrAfter=\"@7200@\""}}}},
	{"S63 NotBefore just over the skew", SAML_NOT_YET_VALID, SERVICE_GCKEY, {.edits = {{A, "\"@-60@\"", "\"@181@\""}}}},
	{"S63 NotBefore after NotOnOrAfter", SAML_CONDITION_TIMES, SERVICE_GCKEY, {.edits = {{A, "\"@-60@\" NotOnOrAfter=\"@300@\"", "\"@60@\" NotOnOrAfter=\"@-60@\""}}}},
	{"S63 expired", SAML_EXPIRED, SERVICE_GCKEY, {.edits = {{A, "\"@-60@\" NotOnOrAfter=\"@300@\"", "\"@-600@\" NotOnOrAfter=\"@-180@\""}}}},
	{"S63 a time with an offset", SAML_TIME_FORMAT, SERVICE_GCKEY, {.edits = {{A, "NotBefore=\"@-60@\"", "NotBefore=\"2026-01-01T00:00:00+01:00\""}}}},
	{"S64 confirmation expired", SAML_CONFIRMATION_TIME, SERVICE_GCKEY, {.edits = {{A, "NotOnOrAfter=\"@300@\" Recipient", "NotOnOrAfter=\"@-180@\" Recipient"}}}},
	{"S64 confirmation without end", SAML_CONFIRMATION_TIME, SERVICE_GCKEY, {.edits = {{A, " NotOnOrAfter=\"@300@\" Recipient", " Recipient"}}}},
	{"S64 confirmation with NotBefore", SAML_CONFIRMATION_TIME, SERVICE_GCKEY, {.edits = {{A, " NotOnOrAfter=\"@300@\" Recipient", " NotBefore=\"@-60@\" NotOnOrAfter=\"@300@\" Recipient"}}}},
	{"S65 Recipient of another", SAML_RECIPIENT, SERVICE_GCKEY, {.edits = {{A, "Recipient=\"" FORGE_ACS, "Recipient=\"https://other.test/saml/acs"}}}},
	{"S65 Recipient missing", SAML_RECIPIENT, SERVICE_GCKEY, {.edits = {{A, " Recipient=\"" FORGE_ACS "\"", ""}}}},
	{"S65 Recipient with other case", SAML_RECIPIENT, SERVICE_GCKEY, {.edits = {{A, "Recipient=\"" FORGE_ACS, "Recipient=\"https://AUTH.test/saml/acs"}}}},
	{"S65 Recipient with a slash", SAML_RECIPIENT, SERVICE_GCKEY, {.edits = {{A, "Recipient=\"" FORGE_ACS, "Recipient=\"" FORGE_ACS "/"}}}},
	{"S65 Recipient with a port", SAML_RECIPIENT, SERVICE_GCKEY, {.edits = {{A, "Recipient=\"" FORGE_ACS, "Recipient=\"https://auth.test:443/saml/acs"}}}},
	{"S65 Recipient with a percent", SAML_RECIPIENT, SERVICE_GCKEY, {.edits = {{A, "Recipient=\"" FORGE_ACS, "Recipient=\"https://auth.test/saml/%61cs"}}}},
	{"S65 Destination of another", SAML_DESTINATION, SERVICE_GCKEY, {.edits = {{R, "Destination=\"" FORGE_ACS, "Destination=\"http://auth.test/saml/acs"}}}},
	{"S65 Destination missing", SAML_DESTINATION, SERVICE_GCKEY, {.edits = {{R, " Destination=\"" FORGE_ACS "\"", ""}}}},
	{"S65 holder of key", SAML_NOT_BEARER, SERVICE_GCKEY, {.edits = {{A, "cm:bearer", "cm:holder-of-key"}}}},
	{"S65 sender vouches", SAML_NOT_BEARER, SERVICE_GCKEY, {.edits = {{A, "cm:bearer", "cm:sender-vouches"}}}},
	{"S68 unsolicited", SAML_UNSOLICITED, SERVICE_GCKEY, {.edits = {{R, " InResponseTo=\"" FORGE_REQUEST "\"", ""}}}},
	{"S68 the confirmation answers nothing", SAML_CONFIRMATION_REQUEST, SERVICE_GCKEY, {.edits = {{A, "InResponseTo=\"" FORGE_REQUEST "\" ", ""}}}},
	{"S68 another request's Response", SAML_OTHER_REQUEST, SERVICE_GCKEY, {.edits = {{R, FORGE_REQUEST, "_another"}}}},
	{"S70 no AuthnContext", SAML_AUTHN_STATEMENTS, SERVICE_GCKEY,
	    {.edits = {{A, "<saml:AuthnContext><saml:AuthnContextClassRef>" FORGE_LOA2 "</saml:AuthnContextClassRef></saml:AuthnContext>", ""}}}},
	{"S70 signed in a year ago", SAML_AUTHN_TIME, SERVICE_GCKEY, {.edits = {{A, "AuthnInstant=\"@-5@\"", "AuthnInstant=\"@-31536000@\""}}}},
	{"S70 signed in before the forced request", SAML_AUTHN_TIME, SERVICE_GCKEY, {.edits = {{A, "AuthnInstant=\"@-5@\"", "AuthnInstant=\"@-195@\""}}}},
	{"S70 signs in later", SAML_AUTHN_TIME, SERVICE_GCKEY, {.edits = {{A, "AuthnInstant=\"@-5@\"", "AuthnInstant=\"@5@\""}}}},
	{"S70 two AuthnStatements", SAML_AUTHN_STATEMENTS, SERVICE_GCKEY, {.edits = {{A, "<saml:AttributeStatement>", "<saml:AuthnStatement AuthnInstant=\"@-5@\"><saml:AuthnContext>"
	    "<saml:AuthnContextClassRef>x</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement><saml:AttributeStatement>"}}}},
	{"S71 a lower level", SAML_AUTHN_CONTEXT, SERVICE_GCKEY, {.edits = {{A, FORGE_LOA2, "urn:gc-ca:cyber-auth:assurance:loa1"}}}},
	{"S71 no level", SAML_AUTHN_CONTEXT, SERVICE_GCKEY, {.edits = {{A, "<saml:AuthnContextClassRef>" FORGE_LOA2 "</saml:AuthnContextClassRef>", ""}}}},
	{"S72 session over", SAML_SESSION_ENDED, SERVICE_GCKEY, {.edits = {{A, "SessionIndex=", "SessionNotOnOrAfter=\"@-180@\" SessionIndex="}}}},
	{"S74 not Success with an assertion", SAML_CANCELLED, SERVICE_GCKEY,
	    {.edits = {{R, "Value=\"" STATUS "Success\"/>", "Value=\"" STATUS "Responder\"><samlp:StatusCode Value=\"" STATUS "AuthnFailed\"/></samlp:StatusCode>"}}}},
	{"S74 Success inside Requester", SAML_STATUS, SERVICE_GCKEY,
	    {.edits = {{R, "Value=\"" STATUS "Success\"/>", "Value=\"" STATUS "Requester\"><samlp:StatusCode Value=\"" STATUS "Success\"/></samlp:StatusCode>"}}}},
	{"S74 something inside Success", SAML_STATUS, SERVICE_GCKEY,
	    {.edits = {{R, "Value=\"" STATUS "Success\"/>", "Value=\"" STATUS "Success\"><samlp:StatusCode Value=\"" STATUS "AuthnFailed\"/></samlp:StatusCode>"}}}},
	{"S74 no Status", SAML_SHAPE, SERVICE_GCKEY, {.edits = {{R, "<samlp:Status><samlp:StatusCode Value=\"" STATUS "Success\"/></samlp:Status>", ""}}}},
	{"S74 two StatusCodes", SAML_SHAPE, SERVICE_GCKEY, {.edits = {{R, "</samlp:Status>", "<samlp:StatusCode Value=\"" STATUS "Success\"/></samlp:Status>"}}}},
	{"S74 Success without an assertion", SAML_ASSERTIONS, SERVICE_GCKEY, {.edits = {{R, "{A}", ""}}}},
	{"S75 Response of version 1.1", SAML_VERSION, SERVICE_GCKEY, {.edits = {{R, "Version=\"2.0\"", "Version=\"1.1\""}}}},
	{"S75 assertion of version 2.1", SAML_VERSION, SERVICE_GCKEY, {.edits = {{A, "Version=\"2.0\"", "Version=\"2.1\""}}}},
	{"S75 Response issued a year ago", SAML_STALE, SERVICE_GCKEY, {.edits = {{R, "@0@", "@-31536000@"}}}},
	{"S75 assertion issued a year ago", SAML_STALE, SERVICE_GCKEY, {.edits = {{A, "@0@", "@-31536000@"}}}},
	{"S75 assertion of tomorrow", SAML_FUTURE, SERVICE_GCKEY, {.edits = {{A, "@0@", "@86400@"}}}},
	{"S75 assertion without ID", SAML_SHAPE, SERVICE_GCKEY, {.edits = {{S, " ID=\"_assertion\"", ""}}}},
	{"S80 an unknown condition", SAML_UNKNOWN_CONDITION, SERVICE_GCKEY,
	    {.edits = {{A, "</saml:Conditions>", "<saml:Condition xmlns:x=\"urn:x\" xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" i:type=\"x:T\"/></saml:Conditions>"}}}},
	{"S80 ProxyRestriction 0", SAML_PROXY_RESTRICTION, SERVICE_GCKEY, {.edits = {{A, "</saml:Conditions>", "<saml:ProxyRestriction Count=\"0\"/></saml:Conditions>"}}}},
	{"S80 ProxyRestriction to others", SAML_PROXY_RESTRICTION, SERVICE_GCKEY,
	    {.edits = {{A, "</saml:Conditions>", "<saml:ProxyRestriction Count=\"2\"><saml:Audience>urn:x</saml:Audience></saml:ProxyRestriction></saml:Conditions>"}}}},

	/* --- 2.6 subject values --- */
	{"S81 NameID empty", SAML_NAME_ID, SERVICE_GCKEY, {.edits = {{A, ">K7-person<", "><"}}}},
	{"S81 NameID of blanks", SAML_NAME_ID, SERVICE_GCKEY, {.edits = {{A, ">K7-person<", ">   <"}}}},
	{"S81 NameID of 257 characters", SAML_NAME_ID, SERVICE_GCKEY, {.edits = {{A, ">K7-person<", ">K7-person{x248:n}<"}}}},
	{"S81 NameID of 60 kB", SAML_VALUE_TOO_LONG, SERVICE_GCKEY, {.edits = {{A, ">K7-person<", ">K7-person{x60000:n}<"}}}},
	{"S82 transient", SAML_NAME_ID_FORMAT, SERVICE_GCKEY, {.edits = {{A, FORMAT "persistent", FORMAT "transient"}}}},
	{"S82 e-mail address", SAML_NAME_ID_FORMAT, SERVICE_GCKEY, {.edits = {{A, FORMAT "persistent", "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"}}}},
	{"S82 no format", SAML_NAME_ID_FORMAT, SERVICE_GCKEY, {.edits = {{A, " Format=\"" FORMAT "persistent\"", ""}}}},
	{"S83 another NameQualifier", SAML_NAME_QUALIFIER, SERVICE_GCKEY, {.edits = {{A, "NameQualifier=\"" FORGE_IDP, "NameQualifier=\"urn:x"}}}},
	{"S83 another SPNameQualifier", SAML_NAME_QUALIFIER, SERVICE_GCKEY, {.edits = {{A, "SPNameQualifier=\"" FORGE_SP, "SPNameQualifier=\"urn:x"}}}},
	{"S85 tab in the NameID", SAML_NAME_ID, SERVICE_GCKEY, {.edits = {{A, "K7-person", "K7\tperson"}}}},
	{"S85 U+FFFE in the NameID", SAML_NOT_XML, SERVICE_GCKEY, {.edits = {{S, "K7-person", "K7\xef\xbf\xbeperson"}}}},
	{"S85 a lone surrogate", SAML_DECRYPTION, SERVICE_GCKEY, {.edits = {{S, "K7-person", "K7\xed\xa0\x80person"}}}},
	{"S86 a Response of another provider", SAML_PROVIDER, SERVICE_GCKEY, {.key = "other-provider",
	    .edits = {{A, "<saml:Issuer>" FORGE_IDP, "<saml:Issuer>" FORGE_OTHER_IDP}, {R, "<saml:Issuer>" FORGE_IDP, "<saml:Issuer>" FORGE_OTHER_IDP}}}},
	{"S86 an assertion of another provider", SAML_SIGNATURE, SERVICE_GCKEY, {.key = "other-provider",
	    .edits = {{A, "<saml:Issuer>" FORGE_IDP, "<saml:Issuer>" FORGE_OTHER_IDP}}}},
	{"S87 EncryptedID", SAML_SHAPE, SERVICE_GCKEY, {.edits = {{S, "</saml:NameID>", "</saml:NameID><saml:EncryptedID/>"}}}},
	{"S87 NameID in an attribute", SAML_SHAPE, SERVICE_GCKEY, {.edits = {{A, ">2.0<", "><saml:NameID>x</saml:NameID><"}}}},
	{"39 no specVer", SAML_SPEC_VERSION, SERVICE_GCKEY, {.edits = {{A, "basic:specVer", "basic:other"}}}},
	{"39 specVer 1.0", SAML_SPEC_VERSION, SERVICE_GCKEY, {.edits = {{A, ">2.0<", ">1.0<"}}}},

	/* --- 2.7 encryption --- */
	{"S88 RSA 1.5", SAML_ENCRYPTION_ALGORITHM, SERVICE_GCKEY, {.transport = XENC "rsa-1_5"}},
	{"S88 triple DES", SAML_ENCRYPTION_ALGORITHM, SERVICE_GCKEY, {.cipher = XENC "tripledes-cbc"}},
	{"S88 CBC where only GCM is allowed", SAML_ENCRYPTION_ALGORITHM, SERVICE_BANK, {.key = "other-provider", .cipher = XENC "aes128-cbc",
	    .edits = {{A, "<saml:Issuer>" FORGE_IDP, "<saml:Issuer>" FORGE_OTHER_IDP}, {R, "<saml:Issuer>" FORGE_IDP, "<saml:Issuer>" FORGE_OTHER_IDP}}}},
	{"S88 not encrypted", SAML_NOT_ENCRYPTED, SERVICE_GCKEY, {.plain = true}},
	{"S88 unknown cipher", SAML_ENCRYPTION_ALGORITHM, SERVICE_GCKEY, {.edits = {{E, "xmlenc11#aes256-gcm", "xmlenc11#x"}}}},
	{"S88 a cipher that the key does not fit", SAML_DECRYPTION, SERVICE_GCKEY, {.edits = {{E, "xmlenc11#aes256-gcm", "xmlenc11#aes128-gcm"}}}},
	{"21 a CBC block that was tampered with", SAML_DECRYPTION, SERVICE_GCKEY, {.cipher = XENC "aes256-cbc",
	    .edits = {{E, "</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>", "AAAA</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>"}}}},
	{"20 a key for another recipient", SAML_DECRYPTION, SERVICE_GCKEY, {.edits = {{E, "<xenc:EncryptedKey>", "<xenc:EncryptedKey Recipient=\"urn:x\">"}}}},
	{"22 CipherReference", SAML_SHAPE, SERVICE_GCKEY, {.edits = {{E, "<xenc:CipherData>", "<xenc:CipherData><xenc:CipherReference URI=\"http://127.0.0.1/\"/>"}}}},
	{"19 encrypted content instead of an element", SAML_ENCRYPTION_ALGORITHM, SERVICE_GCKEY, {.edits = {{E, XENC "Element", XENC "Content"}}}},

	/* --- staff: the role attribute, and the two doors --- */
#define ROLE(value) "<saml:Attribute Name=\"role\"><saml:AttributeValue>" value "</saml:AttributeValue></saml:Attribute>"
	{"the role attribute twice", SAML_ROLES, PLAIN, {.plain = true, .edits = {{A, "<saml:AttributeStatement>", "<saml:AttributeStatement>" ROLE("viewer") ROLE("supervisor")}}}},
	{"the role attribute in two statements", SAML_ROLES, PLAIN, {.plain = true, .edits = {{A, "<saml:AttributeStatement>", "<saml:AttributeStatement>" ROLE("viewer") "</saml:AttributeStatement><saml:AttributeStatement>" ROLE("supervisor")}}}},
	{"nine values", SAML_ROLES, PLAIN, {.plain = true, .edits = {{A, "<saml:AttributeStatement>", "<saml:AttributeStatement><saml:Attribute Name=\"role\">{x9:<saml:AttributeValue>a</saml:AttributeValue>}</saml:Attribute>"}}}},
	{"an empty value", SAML_ROLES, PLAIN, {.plain = true, .edits = {{A, "<saml:AttributeStatement>", "<saml:AttributeStatement>" ROLE("")}}}},
	{"a value of 257 bytes", SAML_ROLES, PLAIN, {.plain = true, .edits = {{A, "<saml:AttributeStatement>", "<saml:AttributeStatement>" ROLE("{x257:r}")}}}},
	{"a control character in a value", SAML_ROLES, PLAIN, {.plain = true, .edits = {{A, "<saml:AttributeStatement>", "<saml:AttributeStatement>" ROLE("a&#9;gent")}}}},
	{"elements in a value", SAML_SHAPE, PLAIN, {.plain = true, .edits = {{A, "<saml:AttributeStatement>", "<saml:AttributeStatement>" ROLE("<x xmlns=\"urn:x\"/>")}}}},
	{"a comment in a value", SAML_MARKUP, PLAIN, {.plain = true, .edits = {{S, "<saml:AttributeStatement>", "<saml:AttributeStatement>" ROLE("viewer<!-- -->x")}}}},
	{"a role put into a signed assertion", SAML_SIGNATURE, PLAIN, {.plain = true, .edits = {{S, "<saml:AttributeStatement>", "<saml:AttributeStatement>" ROLE("supervisor")}}}},
	{"a role put into a signed Response", SAML_SIGNATURE, PLAIN, {.plain = true, .signed_response = true, .unsigned_assertion = true,
	    .edits = {{F, "<saml:AttributeStatement>", "<saml:AttributeStatement>" ROLE("supervisor")}}}},
	{"a role in the envelope", SAML_SHAPE, PLAIN, {.plain = true, .edits = {{R, "{A}", "{A}<saml:AttributeStatement>" ROLE("supervisor") "</saml:AttributeStatement>"}}}},
	{"staff with a name for one visit", SAML_NAME_ID_FORMAT, PLAIN, {.plain = true, .edits = {{A, FORMAT "persistent", FORMAT "transient"}}}},
	{"staff's provider at people's ACS", SAML_DESTINATION, PLAIN, {.plain = true, .edits = {{R, FORGE_DESK_ACS, FORGE_ACS}}}},
	{"staff's assertion for people's ACS", SAML_RECIPIENT, PLAIN, {.plain = true, .edits = {{A, FORGE_DESK_ACS, FORGE_ACS}}}},
	{"GCKey at the console's ACS", SAML_DESTINATION, SERVICE_GCKEY, {.edits = {{R, FORGE_ACS, FORGE_DESK_ACS}}}},
	{"GCKey's assertion for the console's ACS", SAML_RECIPIENT, SERVICE_GCKEY, {.edits = {{A, FORGE_ACS, FORGE_DESK_ACS}}}},
	{"GCKey's answer where staff's is expected", SAML_PROVIDER, SERVICE_STAFF, {.other_door = true}},
	{"staff's answer where GCKey's is expected", SAML_PROVIDER, SERVICE_GCKEY, {.staff = true}},

	/* --- 2.8 size and parsers: refused by count, before any library --- */
	{"S95 internal entity", SAML_MARKUP, SERVICE_GCKEY, {.edits = {{F, "<samlp:Response ", "<!DOCTYPE r [<!ENTITY e \"x\">]><samlp:Response "}}}},
	{"S95 external entity", SAML_MARKUP, SERVICE_GCKEY, {.edits = {{F, "<samlp:Response ", "<!DOCTYPE r SYSTEM \"file:///etc/passwd\"><samlp:Response "}}}},
	{"S96 billion laughs inside the encryption", SAML_MARKUP, SERVICE_GCKEY, {.edits = {{S, "<saml:Assertion ", "<!DOCTYPE r [<!ENTITY a \"{x1000:ha}\">]><saml:Assertion "}}}},
	{"S97 depth 33", SAML_DEPTH, SERVICE_GCKEY, {.edits = {{F, "<saml:Issuer>", "{x33:<a>}{x33:</a>}<saml:Issuer>"}}}},
	{"S97 depth 10,000", SAML_DEPTH, SERVICE_GCKEY, {.edits = {{F, "<saml:Issuer>", "{x10000:<a>}{x10000:</a>}<saml:Issuer>"}}}},
	{"S98 a text of 10 MB", SAML_TOO_BIG, SERVICE_GCKEY, {.edits = {{F, "<saml:Issuer>", "<saml:Issuer>{x130000:n}"}}}},
	{"S99 10,000 attributes", SAML_ATTRIBUTES, SERVICE_GCKEY, {.edits = {{F, "<saml:Issuer>", "<saml:Issuer {x10000:a=\"\" }>"}}}},
	{"S99 65 attributes", SAML_ATTRIBUTES, SERVICE_GCKEY, {.edits = {{F, "<saml:Issuer>", "<saml:Issuer {x65:a=\"\" }>"}}}},
	{"S99 20,000 elements", SAML_ELEMENTS, SERVICE_GCKEY, {.edits = {{F, "<saml:Issuer>", "{x20000:<a/>}<saml:Issuer>"}}}},
	{"S99 2,001 elements inside the encryption", SAML_ELEMENTS, SERVICE_GCKEY, {.edits = {{S, "<saml:Subject>", "{x2001:<a/>}<saml:Subject>"}}}},
	{"S99 65 attributes inside the encryption", SAML_ATTRIBUTES, SERVICE_GCKEY, {.edits = {{S, "<saml:Subject>", "<saml:Subject {x65:a=\"\" }>"}}}},
	{"S100 10,000 namespaces", SAML_ATTRIBUTES, SERVICE_GCKEY, {.edits = {{F, "<saml:Issuer>", "<saml:Issuer {x5000:xmlns:a=\"u:a\" }>"}}}},
	{"S101 1,000 References", SAML_SHAPE, SERVICE_GCKEY, {.edits = {{S, "</ds:Reference>", "</ds:Reference>{x900:<ds:Reference URI=\"#x\"/>}"}}}},
	{"S102 raw XML", SAML_BASE64, SERVICE_GCKEY, {.raw = true}},
};

static void
corpus_is_refused(void **state)
{
	struct service *service = *state;
	struct credential credential;
	enum saml_verdict verdict;
	struct forge_recipe recipe;
	unsigned wrong = 0;
	const char *text;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		arena_reset(service->arena);
		recipe = rows[i].recipe;
		recipe.staff |= rows[i].provider == SERVICE_STAFF && !recipe.other_door;
		text = forge_make(&recipe, service->ctx.now, service->arena);
		verdict = service_judge(service, rows[i].provider, text, &credential);
		if (verdict != rows[i].expected) {
			print_error("%s: %s instead of %s\n", rows[i].id, saml_verdict_print(verdict), saml_verdict_print(rows[i].expected));
			wrong++;
		}
	}
	assert_int_equal(wrong, 0);
}

/* The body of a PEM certificate. */
static const char *
certificate_body(const char *name, struct arena *arena)
{
	const char *pem = forge_fixture(name, arena);
	const char *from = strstr(pem, "-----BEGIN CERTIFICATE-----");

	from += strlen("-----BEGIN CERTIFICATE-----");
	return arena_text_of(arena, bytes_make(from, (size_t)(strstr(from, "-----END") - from)));
}

/* S49: a stranger signs, and brings his key with him, as a certificate and as numbers. */
static void
key_in_the_message_is_not_used(void **state)
{
	static const char end[] = "</ds:SignatureValue>";
	struct service *service = *state;
	struct arena *arena = service->arena;
	struct certificate certificate;
	struct credential credential;
	struct bytes der;
	const char *reason, *infos[2];
	size_t i;

	arena_reset(arena);
	assert_int_equal(certificate_from_pem(forge_fixture("saml/stranger.crt", arena), arena, &der), ERR_OK);
	assert_int_equal(certificate_parse(der, arena, &certificate, &reason), ERR_OK);
	infos[0] = arena_printf(arena, "<ds:X509Data><ds:X509Certificate>%s</ds:X509Certificate></ds:X509Data>", certificate_body("saml/stranger.crt", arena));
	infos[1] = arena_printf(arena, "<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>%s</ds:Modulus><ds:Exponent>%s</ds:Exponent></ds:RSAKeyValue></ds:KeyValue>",
	    base64_print(arena, certificate.modulus), base64_print(arena, certificate.exponent));
	for (i = 0; i < 2; i++) {
		struct forge_recipe recipe = {.key = "stranger",
		    .edits = {{S, end, arena_printf(arena, "%s<ds:KeyInfo>%s</ds:KeyInfo>", end, infos[i])}}};

		assert_int_equal(service_judge(service, SERVICE_GCKEY, forge_make(&recipe, service->ctx.now, arena), &credential), SAML_SIGNATURE);
		/* Beside a good signature it does no harm. */
		recipe.key = NULL;
		assert_int_equal(service_judge(service, SERVICE_GCKEY, forge_make(&recipe, service->ctx.now, arena), &credential), SAML_ACCEPTED);
	}
}

static int
open_service(void **state)
{
	forge_open();
	*state = service_open(2);
	return 0;
}

static int
close_service(void **state)
{
	service_close(*state);
	forge_close();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(corpus_is_refused),
		cmocka_unit_test(key_in_the_message_is_not_used),
	};

	return cmocka_run_group_tests(tests, open_service, close_service);
}
