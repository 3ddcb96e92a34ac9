/* notice.h - telling people by mail what happened to their account, in the transaction that did it.
 *
 * A notice goes to every address of the account, also to those that were replaced less than 30 days ago (account/address.h), in the
 * language that the account was last used in.  Each mail has a link "this was not me" of its own (account/link.h, LINK_NOT_ME, whose `what` is
 * the notice's kind): using one leaves the others good.
 * When no mail server is configured, or the account has no address, nothing is sent, and that is no error.
 *
 * Runs in:  vestibuled, vestibulectl, inside closures of store_update().
 */
#ifndef ACCOUNT_NOTICE_H
#define ACCOUNT_NOTICE_H

#include "mail/outbox.h"

/* NOTICE(FACTOR_ENROLLED, ...) of notices.def gives NOTICE_FACTOR_ENROLLED. */
enum notice {
#define NOTICE(id, kind, days) NOTICE_##id,
#include "account/notices.def"
#undef NOTICE
	NOTICE_COUNT
};

/* The mail's kind: "mail-factor-enrolled". */
const char *notice_kind(enum notice notice);

/* extra (may be NULL): what this notice tells besides portal, time and support reference; its row in notices.def says what that is, and
 * templates/README.md in which form. At most 8.  Change the addresses first: the new ones are told as well. */
enum err notice_send(struct txn *txn, const struct AccountRecord *account, enum notice notice, const struct mail_value *extra, size_t extra_count);

/* The same, with links that stop one thing instead of freezing the account: of another kind than LINK_NOT_ME, for this `what`. */
struct notice_stopping {
	const struct AccountRecord *account;
	enum notice notice;
	const char *link;		/* LINK_RESET, or another kind of account/link.h */
	const char *what;		/* which one it stops; "" */
	const struct mail_value *extra;
	size_t extra_count;
};
enum err notice_send_stopping(struct txn *txn, const struct notice_stopping *sending);

/* Tell the help desk (mail.reports_to, when there is one) that the person said "this was not me" to the notice of that link. */
enum err notice_report(struct txn *txn, const struct AccountRecord *account, const struct LinkRecord *link);

/* The language of an account: the one that it was last used in. */
enum language notice_language(const struct AccountRecord *account);

#endif
