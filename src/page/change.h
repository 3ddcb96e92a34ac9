/* change.h - the buttons change, new-codes and continue of the pages success and manage. */
#ifndef PAGE_CHANGE_H
#define PAGE_CHANGE_H

#include "page/page.h"

#define CHANGE_CODES_LOW 2

/* On to another method or app; the present factor is asked for first when it was proven more than 10 minutes ago. */
enum err change_factor(struct page *page);
/* A new set of recovery codes, under the same condition. */
enum err change_codes(struct page *page);
/* On to the portal that waits. */
enum err change_done(struct page *page);
/* Does a portal wait for this person? */
bool change_can_continue(const struct page *page);

#endif
