/* sign_in.h - page choose-provider: which credential provider, and what going there means. */
#ifndef PAGE_SIGN_IN_H
#define PAGE_SIGN_IN_H

#include "page/page.h"
#include "web/router.h"

/* GET, POST /sign-in?r=HANDLE; why=cancelled or why=used: how the last try ended. */
handler_fn page_sign_in;

/* Offer the portal's providers in the page's view, and let its form lead to them. */
void sign_in_offer(struct page *page);
/* The provider that the form names, if the portal takes it; NULL else. */
const struct provider_config *sign_in_chosen(const struct page *page);
/* Send the browser to that provider.  claimant: "" for a sign-in; else the old credential is to be proven to that session (relink_leave()), and
 * the provider must ask for it anew. */
enum err sign_in_leave(struct page *page, const struct provider_config *provider, const char *claimant);

#endif
