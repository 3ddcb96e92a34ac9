/* smtp.h - hand one message to the configured mail server (RFC 5321), within a time, over TLS, to one recipient.
 *
 * The connection is kept for the next mail.  Certificates are checked against the server's name (TLS 1.2 and up); where TLS is
 * required nothing is said before it.  No proxy, user or trust of the environment is used.
 *
 * Runs in:  vestibuled, one struct smtp a thread; the only file besides net/ that knows libcurl.
 * Secrets:  the message and the password go to the server and nowhere else; what the server says never leaves this file.
 */
#ifndef MAIL_SMTP_H
#define MAIL_SMTP_H

#include "base/bytes.h"
#include "config/config.h"

struct smtp;

/* Milliseconds; 0: the default. */
struct smtp_limits {
	int64_t connect;		/* until the server has greeted, turned to TLS and let us in: 10 s */
	int64_t whole;			/* one mail, all of it: 30 s */
};
#define SMTP_WHOLE SECONDS(30)

enum smtp_verdict {
	SMTP_SENT,		/* the server has it and answers for it */
	SMTP_RETRY,		/* not now: no connection, no trust, 4xx; or an answer that is about us, not about the mail: 5xx before RCPT */
	SMTP_FAILED		/* never: 5xx to RCPT, DATA or the message; an address that the server cannot take */
};

struct smtp_mail {
	const char *from, *to;		/* as from mailbox_wire(): one address each, its domain in ASCII */
	struct bytes message;		/* lines end in CRLF */
};

/* helo: how we introduce ourselves, a host name. */
struct smtp *smtp_new(const struct smtp_limits *limits, const char *helo);
void smtp_free(struct smtp **smtp);

/* *ret_outcome, until the next call: the server's code ("250", "421", "550"), or "no-connection" "unknown-host" "timeout" "closed" "no-tls"
 * "certificate" "no-auth" "no-smtputf8" "address" "stopped" "trouble". */
enum smtp_verdict smtp_send(struct smtp *smtp, const struct mail_config *server, const struct smtp_mail *mail, const char **ret_outcome);
/* From any thread: what is under way ends with "stopped" when it takes longer than grace (ms), and so does what comes later. */
void smtp_stop(struct smtp *smtp, int64_t grace);

#endif
