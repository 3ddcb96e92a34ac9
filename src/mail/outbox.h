/* outbox.h - mails that wait in the store: put in the transaction of what they tell of, sent afterwards, kept for the help desk.
 *
 * What was put survives kill -9: a mail leaves the queue only when its end is durable.  It is taken with a lease; when the
 * process dies between sending and marking, the lease ends and the mail is sent again with the same Message-ID.  So: at least
 * once, and twice only after such a death.
 *
 * Oldest due first.  When many mails of one account wait at once, those beyond the third follow each other by a second each, so
 * that they do not keep those of others waiting.
 * When no mail server is configured nothing is queued, and putting is no error.
 *
 * Runs in:  vestibuled, vestibulectl.
 * Secrets:  a waiting mail holds what its template needs (a code, a link); that is wiped when the mail is sent or given up. Its
 *           address stays until the record goes (limits.mail_kept).
 */
#ifndef MAIL_OUTBOX_H
#define MAIL_OUTBOX_H

#include "store/records.h"

#define OUTBOX_VALUES_MAX 32
#define OUTBOX_ID_SIZE 16

/* MailRecord.state */
#define MAIL_WAITING "waiting"
#define MAIL_SENT "sent"
#define MAIL_FAILED "failed"
/* MailRecord.outcome when `until` came before the mail could be sent. */
#define MAIL_EXPIRED "expired"

struct mail_value {
	const char *name, *value;
};

struct outgoing {
	const char *kind;		/* the template's name: "mail-code" */
	enum language language;
	const char *to;			/* from mailbox_parse() */
	struct bytes account;		/* 16 bytes; none: empty */
	int64_t until;			/* not worth sending any more */
	const struct mail_value *values;
	size_t value_count;		/* at most OUTBOX_VALUES_MAX */
};

/* *ret_key (may be NULL) names the mail from now on; it is empty when nothing was queued, since no mail server is configured. */
enum err outbox_put(struct txn *txn, const struct outgoing *mail, struct bytes *ret_key);

/* ERR_NOT_FOUND: there is none, or it ended limits.mail_kept ago. */
enum err outbox_load(struct txn *txn, struct bytes key, struct MailRecord **ret_mail);
/* The mails of an account, newest first, until fn returns anything but ERR_OK, which is then returned. */
typedef enum err outbox_fn(void *arg, struct bytes key, const struct MailRecord *mail);
enum err outbox_walk_account(struct txn *txn, struct bytes account, outbox_fn *fn, void *arg);
/* An account is removed: its mails with it, also those that wait. */
enum err outbox_forget(struct txn *txn, struct bytes account);
/* The help desk asks: a mail that waits for a later try is tried now.  ERR_EXISTS: it does not wait, or its next try is less than a minute away (it
 * may be under way). */
enum err outbox_hurry(struct txn *txn, struct bytes key);
/* What identifies a mail to the outside (Message-ID): the same at each try; tells nothing of the account. */
struct bytes outbox_id(struct ctx *ctx, struct bytes key);

/* --- for who sends --- */

/* When the next mail is due: NEVER when none waits. A cheap look. */
enum err outbox_next(struct ctx *ctx, int64_t *ret_due);

struct outbox_item {
	struct bytes key;
	struct MailRecord *mail;
	unsigned expired;		/* how many were given up on the way; set with ERR_NOT_FOUND too */
};
/* Take the mail that has been due longest: nobody else gets it before now + lease.  Mails whose `until` has passed are given up on the way.
 * ERR_NOT_FOUND when none is due. */
enum err outbox_take(struct ctx *ctx, int64_t lease, struct outbox_item *ret_item);

enum outbox_verdict {
	OUTBOX_SENT,
	OUTBOX_RETRY,	/* once more after 5 s, 30 s, 2 min, 10 min, 30 min, then every hour; a last time 30 s before `until` */
	OUTBOX_FAILED	/* for good */
};
/* What became of a mail that was taken.  outcome: a code or a word, never a server's own words.  *ret_state (may be NULL): MAIL_SENT, MAIL_FAILED, or
 * MAIL_WAITING for its next try.  Nothing changes when somebody else ended it, or took it after our lease and we did not send it. */
enum err outbox_done(struct ctx *ctx, const struct outbox_item *item, enum outbox_verdict verdict, const char *outcome, const char **ret_state);

/* --- for who watches --- */

struct outbox_figures {
	unsigned waiting;
	int64_t oldest;			/* when the oldest waiting one was put; NEVER: none waits */
};
enum err outbox_count(struct ctx *ctx, struct outbox_figures *ret_figures);
struct outbox_ends {
	unsigned sent;
	unsigned refused;		/* for good, by the server: an address that does not exist, say */
	unsigned failed;		/* given up for another reason */
};
/* What became of the mails that were put since then. Goes through the whole table: for tools. */
enum err outbox_count_ends(struct ctx *ctx, int64_t since, struct outbox_ends *ret_ends);

#endif
