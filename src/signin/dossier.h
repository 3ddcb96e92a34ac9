/* dossier.h - what the help desk may know of an account: one struct that is loaded here, and that the console and the ticketing tool print.
 *
 * Nothing else of the store reaches an agent: no subject, NameID, credential, id, whole address, secret or code, and nothing of another portal's
 * account, since there is no member for it.  What only the person behind the account may have read out stands in struct dossier_details, which
 * is not even loaded for a caller who has shown no caller code.
 *
 * Runs in: vestibuled, inside closures of store_view() and store_update().
 */
#ifndef SIGNIN_DOSSIER_H
#define SIGNIN_DOSSIER_H

#include "account/claim.h"
#include "account/status.h"

#define DOSSIER_LOCKS_MOST 8
#define DOSSIER_MAILS_MOST 12
#define DOSSIER_CLAIMS_MOST 4
#define DOSSIER_EVENTS_MOST 15	/* a page of the timeline */

/* A method whose codes are not looked at now. */
struct dossier_lock {
	const char *method;	/* of factor/method.h, or "recovery" */
	bool own;		/* it is the account's second factor */
	unsigned failures;	/* in a row */
	bool disabled;		/* until the method is set up anew */
	int64_t wait;		/* ms from now, else */
};

struct dossier_mail {
	const char *kind;
	int64_t created;
	const char *state;	/* of mail/outbox.h */
	const char *outcome;	/* of the last try; "" */
	unsigned attempts;
	int64_t due;		/* waiting: when it is tried next */
};

struct dossier_claim {
	bool as_old;		/* somebody claims this account; else it claims another one */
	const char *state;	/* of account/claims.def */
	int64_t opened, due;
};

struct dossier_event {
	int64_t time;
	uint64_t sequence;	/* for paging; not shown */
	const char *sentence;	/* in the language of the ctx */
};


struct dossier_details {
	const char *portal;	/* id */
	const char *provider;	/* id; its kind stands in the configuration */
	const char *language;	/* "en" or "fr" */
	int64_t created, status_since;
	const char *status_why;	/* of account/statuses.def, or "" */
	const char *method;	/* "" without a second factor */
	int64_t method_since;
	bool enrols_anew;	/* after a reset */
	const char *address, *notice_address;	/* masked; NULL: none */
	unsigned codes_left;
	int64_t sign_ins[10];	/* newest first */
	size_t sign_in_count;
	unsigned sessions;	/* alive */
	int64_t last_seen;	/* the newest use of one; 0 */
	struct dossier_mail mails[DOSSIER_MAILS_MOST]; /* newest first */
	size_t mail_count;
	struct dossier_claim claims[DOSSIER_CLAIMS_MOST]; /* open ones, newest first */
	size_t claim_count;
	const char *reset_by, *reset_approved_by; /* codes of staff, "" */
	const char *reset_reason, *reset_ticket;
	int64_t reset_asked;
	struct dossier_event events[DOSSIER_EVENTS_MOST]; /* newest first */
	size_t event_count;
	bool older;		/* there are events before the last one */
};

struct dossier {
	/* For whoever names the support reference. */
	const char *support_reference;
	enum status status;
	int64_t frozen;		/* since when; 0: not */
	struct dossier_lock locks[DOSSIER_LOCKS_MOST]; /* the account's own method first */
	size_t lock_count;
	const char *reset;	/* "asked", "waiting" (signin/reset.h); "": none is open */
	int64_t reset_due;
	bool claimed;		/* a claim of this account, or to it, is open */
	bool has_factor;
	/* For a caller who has shown a caller code: else NULL. */
	const struct dossier_details *details;
};

/* before: the timeline holds only events older than this sequence number; 0: from the newest on. */
enum err dossier_load(struct txn *txn, const struct AccountRecord *account, bool verified, uint64_t before, struct dossier *ret_dossier);

#endif
