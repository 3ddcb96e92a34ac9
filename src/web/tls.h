/* tls.h - the listener's own TLS (GnuTLS): protocols, suites and groups of ITSP.40.062 "recommended", a certificate that can be renewed.
 *
 * Secrets: the private key. */
#ifndef WEB_TLS_H
#define WEB_TLS_H

#include "base/arena.h"
#include "base/err.h"

struct tls;
struct MHD_OptionItem;

/* Read a PEM certificate chain (leaf first) and its key.  On an error *ret_reason is one sentence with file and remedy:
 * ERR_IO (not readable), ERR_FORMAT (no PEM, key and certificate do not belong together). */
enum err tls_open(const char *certificate, const char *key, struct arena *arena, struct tls **ret_tls, const char **ret_reason);
/* Read the files again; on an error the old certificate stays in use. Thread-safe. */
enum err tls_reload(struct tls *tls, const char *certificate, const char *key, struct arena *arena, const char **ret_reason);
void tls_close(struct tls **tls);

/* What is negotiated, as a GnuTLS priority string. */
const char *tls_priorities(void);
/* Options for MHD_start_daemon(), ended by MHD_OPTION_END: room for three. The connection's SOCKET_CONTEXT must be found by
 * listener_tls(). */
#define TLS_OPTIONS 3
void tls_options(struct MHD_OptionItem *items);

/* listener.c: whose connection is it? */
struct MHD_Connection;
struct tls *listener_tls(struct MHD_Connection *connection);

#endif
