/* zygote.h - the parent of the workers: reads the setup, builds the engine once, forks, and forks again when one dies.
 *
 * Single-threaded, so that fork() is safe.  It ends when the daemon closes the control socket.
 * Runs in: vestibule-saml.
 */
#ifndef SAML_WORKER_ZYGOTE_H
#define SAML_WORKER_ZYGOTE_H

#include "base/err.h"

/* Serve the daemon on this control socket until it closes.  Returns the exit status of the program: 0, 78 when the setup is
 * not usable (the daemon was told why), 74 when the daemon or the kernel failed us. */
int zygote_run(int control);

#endif
