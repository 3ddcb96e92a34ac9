/* agenda_run.h - what happens by itself at its time is done: account/agenda.def names the kinds, agenda_run.c the function of each.
 *
 * One row, one transaction: the row goes and its function runs in it, so that what is due happens once, also across a restart or kill -9.  A
 * function that fails takes nothing with it: its row is put off by AGENDA_RUN_APART, a log line tells of it, and the others go on.
 * While the wall clock has just jumped forward (store_clock()) the thread rests: who sets it right again has closed no account.
 *
 * Runs in:  vestibuled; opened after the store and closed before it.
 */
#ifndef SIGNIN_AGENDA_RUN_H
#define SIGNIN_AGENDA_RUN_H

#include "store/store.h"

#define AGENDA_RUN_APART MINUTES(10)

/* Do what is due at ctx->now, longest due first, at most `most` rows. *ret_ran: how many were taken, those included that were put off.
 * An error is the store's: nothing can be done now.  ctx needs all that a request's has (configuration, keys, texts, store). */
enum err agenda_run(struct ctx *ctx, unsigned most, unsigned *ret_ran);

/* The thread: every second what is due, every minute what else keeps itself (the audit's heads and its retention). */
struct agenda_thread;
struct agenda_thread_options {
	int64_t look;			/* ms; 0: 1 s */
	/* Fill a ctx (but its arena and time) from the generation in force; give it back. */
	void (*begin)(void *arg, struct ctx *ctx);
	void (*end)(void *arg, struct ctx *ctx);
	void *arg;
};
/* ERR_IO: no thread could be made. */
enum err agenda_thread_open(const struct agenda_thread_options *options, struct agenda_thread **ret_thread);
/* What is under way is finished: it is one transaction. NULL is fine. */
void agenda_thread_close(struct agenda_thread **thread);

#endif
