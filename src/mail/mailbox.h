/* mailbox.h - one e-mail address as a person types it (RFC 5321 section 4.1.2 "Mailbox", with RFC 6531), and how it is shown and found.
 *
 * What is taken is narrower than the RFC: no quoted local part, no address literal, a domain with a dot.  A typed text names
 * exactly one recipient, and nothing in it can mean something else in a header or in a command to a mail server.
 *
 * Runs in:  vestibuled, any thread.
 * Secrets:  an address is personal data: it is stored sealed, found by mailbox_hash(), shown masked, and never logged.
 */
#ifndef MAIL_MAILBOX_H
#define MAIL_MAILBOX_H

#include "base/ctx.h"

/* Bytes, with and without the domain (RFC 5321 sections 4.5.3.1.1 and .3, RFC 3696 erratum 1690). */
#define MAILBOX_MAX 254
#define MAILBOX_LOCAL_MAX 64

/* Read an address.  White space around it (also no-break, zero-width and byte-order marks, which come with pasting) is dropped;
 * the domain comes out in lower case, the local part as typed, with its tag ("ann+tax@").  A domain of other scripts stays
 * readable; "xn--" labels stay as typed.  False, and nothing written, when it is no such address or typed is NULL. */
bool mailbox_parse(struct arena *arena, const char *typed, const char **ret_address);

/* The rest takes what mailbox_parse() gave. */

/* For a page that others may see: "n•••@e•••.ca": the first character of each side and the last label. */
const char *mailbox_mask(struct arena *arena, const char *address);
/* As it goes to a mail server and into headers: the domain in ASCII ("xn--...", RFC 3492), so that only a local part of another
 * script needs a server that speaks SMTPUTF8. */
const char *mailbox_wire(struct arena *arena, const char *address);
/* The domain of mailbox_wire(). */
const char *mailbox_domain(struct arena *arena, const char *address);
/* What stands for the address in keys: a MAC over its wire form without regard to upper and lower case, so that Ann@x.ca and
 * ann@x.ca count as one.  32 bytes, in the arena of ctx. */
struct bytes mailbox_hash(struct ctx *ctx, const char *address);

#endif
