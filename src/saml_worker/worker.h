/* worker.h - the life of one worker: read a message, answer it, forget it.
 *
 * Runs in: vestibule-saml, forked by the zygote.
 */
#ifndef SAML_WORKER_WORKER_H
#define SAML_WORKER_WORKER_H

#include "saml_worker/engine.h"

/* After so many messages a worker ends, so that nothing that a library forgets to free adds up. */
#define WORKER_MESSAGES 10000
/* A message that takes longer kills its worker, a little before the daemon stops waiting. */
#define WORKER_MESSAGE_MS 2000

/* Serve on this socket until the daemon closes it.  Does not return. */
_Noreturn void worker_run(struct engine *engine, int fd);

/* Answer one frame; what worker_run() does for each.  ERR_PEER: the daemon broke the form. */
enum err worker_answer(struct engine *engine, const struct frame *request, struct arena *arena, struct frame *ret_reply);

#endif
