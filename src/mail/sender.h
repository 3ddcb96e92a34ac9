/* sender.h - the threads that take mails out of the outbox and hand them to the mail server.
 *
 * They look every 250 ms; each has a connection of its own.  The configuration is asked for with each mail, so that a reload puts
 * another server in force.  While no mail server is configured they rest, and what waits goes on waiting.
 * Log lines tell kind, outcome and time of a mail; never an address, a name or a server's words.
 *
 * Runs in:  vestibuled; opened after the store and the fork of the SAML workers, closed before the store.
 */
#ifndef MAIL_SENDER_H
#define MAIL_SENDER_H

#include "mail/smtp.h"
#include "store/store.h"

struct sender;

struct sender_options {
	unsigned threads;		/* 0: 2; at most SENDER_THREADS_MAX */
	int64_t look;			/* ms; 0: 250 */
	int64_t lease;			/* ms; 0: 60 s; longer than limits.whole */
	int64_t grace;			/* ms that what is under way gets at the end; 0: 5 s */
	struct smtp_limits limits;
	/* Fill a ctx (but its arena and time) from the generation in force; give it back. */
	void (*begin)(void *arg, struct ctx *ctx);
	void (*end)(void *arg, struct ctx *ctx);
	void *arg;
};
#define SENDER_THREADS_MAX 8

struct sender_counts {
	uint64_t sent, retried, failed;	/* since the start; retried: tries that did not succeed */
};

/* ERR_IO: no thread could be made. */
enum err sender_open(const struct sender_options *options, struct sender **ret_sender);
/* What is under way may take options.grace more; then it is broken off and waits for the next start. */
void sender_close(struct sender **sender);
void sender_counts(const struct sender *sender, struct sender_counts *ret_counts);

#endif
