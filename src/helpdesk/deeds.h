/* deeds.h - what staff may do to an account: each deed with its reason, its event of the audit (DESK_ACTED beside what the deed itself tells) and its
 * notice to the person, all in the caller's transaction.
 *
 * Who may do it, and what the caller must have shown, is the screen's to ask (helpdesk/desk_account.c); the proofs of a reset are judged here again.
 * Agents never see a code or a secret, and no deed sets one.
 *
 * Runs in: vestibuled, inside closures of store_update().
 */
#ifndef HELPDESK_DEEDS_H
#define HELPDESK_DEEDS_H

#include "store/records.h"

#define TICKET_MAX 32

/* Every deed but DEED_DONE has changed nothing. */
enum deed_verdict {
	DEED_DONE,
	DEED_NOTHING,		/* there is nothing (any more) to clear, to end, to send, ... */
	DEED_DISABLED,		/* the method is disabled: only setting it up anew helps */
	DEED_LIMITED,		/* `wait` */
	DEED_NO_ADDRESS,	/* or no mail server */
	DEED_CODE_MAIL,		/* the mail that failed held a code: the person asks for a new one on the page */
	DEED_PROOF,		/* a reset: the caller has not shown a code of a page and one of a mail */
	DEED_STATUS,		/* a reset: the account is not in use */
	DEED_NO_FACTOR,		/* a reset: there is none */
	DEED_FROZEN,		/* a reset: nothing may be changed */
	DEED_OPEN,		/* a reset: one is open already */
	DEED_SAME		/* a reset: who has asked cannot approve */
};
/* "done", "nothing", ...: the last part of the sentences "desk-said.<verdict>". */
const char *deed_verdict_print(enum deed_verdict verdict);

struct deed {
	const char *power;	/* its word in the audit; filled by the functions below */
	struct AccountRecord *account;
	const char *staff;	/* code */
	const char *reason;	/* of reasons.def; "" where none is asked for */
	const char *ticket;
	unsigned proven;	/* by the caller: bit set of (1u << enum caller_grade) */
	enum deed_verdict verdict; /* the outcome */
	int64_t wait;		/* ms, DEED_LIMITED */
};

typedef enum err deed_fn(struct txn *txn, struct deed *deed);

/* The waits after wrong codes end; the failures of the last 30 days stay counted, and a disabled method stays disabled. */
deed_fn deed_clear_waits;
deed_fn deed_end_sessions;
/* The newest mail that waits for a later try is tried now; else the newest that failed is told of anew, once, without what was in it. */
deed_fn deed_resend_mail;
/* A caller code to the address of the account: three an hour, ten a day. */
deed_fn deed_send_caller_code;
deed_fn deed_start_reset;
deed_fn deed_approve_reset;
deed_fn deed_stop_reset;
/* Every open claim to, or of, this account. */
deed_fn deed_stop_claim;
deed_fn deed_unfreeze;

bool reason_known(const char *name);
/* The name of that number; NULL past the end. */
const char *reason_row(size_t index);
/* At most TICKET_MAX of A-Z a-z 0-9 and hyphen; "" is one. */
bool ticket_valid(const char *ticket);

#endif
