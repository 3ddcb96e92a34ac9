/* state.h - how an account stands, in one word of ours: what an agent reads first, and what to say to the caller.
 *
 * The sentences are "desk-state.<word>" for the agent and "desk-say.<word>" to be read aloud, in both languages.  What matters most comes first: an
 * account that is closed needs no word about its waits.
 * Runs in: vestibuled, any handler thread. */
#ifndef HELPDESK_STATE_H
#define HELPDESK_STATE_H

#include "signin/dossier.h"

/* "closed", "moved", "refused", "unlinked", "waiting", "claimant", "frozen", "disabled", "wait", "reset-waiting", "reset-asked", "claimed", "no-factor",
 * "fine". *ret_lock: the lock that "disabled" and "wait" speak of, or NULL. */
const char *state_word(const struct dossier *dossier, const struct dossier_lock **ret_lock);
/* The agent's sentence, in the language of the ctx: "Locked: codes from the app must wait 12 minutes, after 7 wrong codes". */
const char *state_headline(struct ctx *ctx, const struct dossier *dossier);
/* A sentence to read aloud, "desk-say.<word>", in that language. */
const char *state_say(struct ctx *ctx, const struct dossier *dossier, const char *word, enum language language);

#endif
