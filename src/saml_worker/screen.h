/* screen.h - the first look at a stranger's bytes, before any library parses them.
 *
 * One pass over the text, in time proportional to its length: libxml2 needs time in proportion to the square of the attributes
 * of an element (ATTACKS.md 0.4), and each element costs its part, so both are counted here.  What passes
 * is UTF-8 and has nothing but elements, attributes, text and character references; libxml2 still decides whether it is XML.
 *
 * Runs in: vestibule-saml.
 */
#ifndef SAML_WORKER_SCREEN_H
#define SAML_WORKER_SCREEN_H

#include "base/bytes.h"
#include "saml/saml_msg.h"

/* DESIGN.md section 7. */
#define SCREEN_ELEMENTS 2000
#define SCREEN_DEPTH 32
#define SCREEN_ATTRIBUTES 64
#define SCREEN_CHILDREN 8

enum screen_kind {
	SCREEN_DOCUMENT,	/* a message: may start with an XML declaration */
	SCREEN_FRAGMENT,	/* an assertion that was encrypted: one element and blanks around it */
	SCREEN_METADATA		/* a file that our operator chose: may hold comments, too */
};

/* Where the children of the root stand, in bytes: what is between two offsets is one element. */
struct screen_span {
	size_t start, end;
};
struct screen_report {
	size_t elements;
	struct screen_span children[SCREEN_CHILDREN];	/* the first ones */
	size_t child_count;				/* all of them */
};

/* SAML_ACCEPTED, or why not. */
enum saml_verdict screen_check(struct bytes text, enum screen_kind kind, struct screen_report *ret_report);

/* The bytes of a form field's base64: blanks and line breaks are skipped, everything else is strict. */
enum saml_verdict screen_decode(struct bytes base64, struct arena *arena, struct bytes *ret_text);

#endif
