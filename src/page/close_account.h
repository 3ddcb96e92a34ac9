/* close_account.h - the person closes the own account: the pages close-account (asks once more) and account-closed (it is done). */
#ifndef PAGE_CLOSE_ACCOUNT_H
#define PAGE_CLOSE_ACCOUNT_H

#include "page/page.h"

/* The button close of `manage`: on to close-account, by way of the factor when it was proven more than 10 minutes ago. */
enum err close_account_begin(struct page *page);

enum err page_close_account(struct ctx *ctx, const struct request *request, struct response *response);
enum err page_account_closed(struct ctx *ctx, const struct request *request, struct response *response);

#endif
