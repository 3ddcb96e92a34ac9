/* mail_sent.h - what the pages that wait for a code by e-mail have in common (templates/_mail-sent.html).
 *
 * A mail is sent by its own thread: no page waits for a mail server; it tells what is known so far, and what to do. */
#ifndef PAGE_MAIL_SENT_H
#define PAGE_MAIL_SENT_H

#include "factor/mail_code.h"
#include "mail/mailbox.h"
#include "page/page.h"

/* Where the code went, and whether the last mail was given up, or none can be sent. address: masked where others may look. */
void mail_sent_show(struct page *page, const char *address, const struct mail_code_state *state);
/* What the button has just done. */
void mail_sent_said(struct page *page, const struct mail_sending *sending);
/* There is no code in this session, and for so long there cannot be one. */
void mail_sent_none(struct page *page, int64_t wait);
/* The words of page_fail_factor() for these codes. */
#define MAIL_SENT_WORDS "code-mail"
/* The typed address of the field `email`; NULL when it is none: the page has failed then. */
const char *mail_sent_address(struct page *page);

#endif
