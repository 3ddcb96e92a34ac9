/* pool.h - the running vestibule-saml and its workers, seen from the daemon: who is free, who is dead, who comes next.
 *
 * A generation is one vestibule-saml with its workers; a reload makes a new one.  Handler threads check a worker out, and
 * one message is in flight on it.  A request is never repeated: what killed one worker must not kill the next.
 * Runs in: vestibuled, any thread.  Secrets: the setup message (SAML keys) is kept to start again after a crash.
 */
#ifndef SAML_POOL_H
#define SAML_POOL_H

#include "saml/saml_msg.h"

/* How long a thread waits for a free worker, and then for its answer. */
#define POOL_DEADLINE_MS 2500
/* How many threads may wait for one. */
#define POOL_WAITING_MAX 256

struct pool;

/* Start program with this setup (a frame's body); returns once it is ready, with what it says of the providers in the arena.
 * ERR_CONFIG and the sentence of vestibule-saml in *ret_reason; ERR_NOT_FOUND without the program; ERR_PEER, ERR_TIMEOUT. */
enum err pool_open(const char *program, struct bytes setup, struct arena *arena, struct pool **ret_pool, struct saml_ready *ret_ready,
    const char **ret_reason);
/* Let go of it: it ends when the last request on it is answered. */
void pool_close(struct pool **pool);
/* Workers that are alive. */
unsigned pool_ready(struct pool *pool);

/* Send one message and wait for its answer; body and answer as in saml_msg.h.  ERR_BUSY: no worker in time, or too many wait;
 * ERR_TIMEOUT: no answer in time; ERR_PEER: the worker died, or answered nonsense. */
enum err pool_ask(struct pool *pool, enum saml_operation operation, struct bytes body, struct arena *arena, struct bytes *ret_body);

#endif
