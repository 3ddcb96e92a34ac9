/* change.h - the buttons change, new-codes and continue of the pages success and manage. */
#ifndef PAGE_CHANGE_H
#define PAGE_CHANGE_H

#include "page/page.h"

#define CHANGE_CODES_LOW 2

/* From now on this is a visit to the account: it ends on `success`, and goes to the portal from there; closing: on `close-account`. */
void change_visit(struct page *page, bool closing);
/* On to another method or app; the present factor is asked for first when it was proven more than 10 minutes ago. */
enum err change_factor(struct page *page);
/* A new set of recovery codes, under the same condition. */
enum err change_codes(struct page *page);
/* On from what came after a change, its codes for example: `success` tells of it; a first enrolment goes on to the portal. */
enum err change_made(struct page *page);
/* On to the portal that waits. */
enum err change_done(struct page *page);
/* Nothing of this account may be changed: the error page that says so stands in the response. */
bool change_frozen(struct page *page);
/* Ask for the present factor once more, and come back to managing. */
enum err change_prove_first(struct page *page);

#endif
