/* peer.h - who is at the other end: the socket's address, or behind a proxy of ours, what that proxy says.
 *
 * X-Forwarded-For, X-Forwarded-Proto and Forwarded (RFC 7239) are believed from the configured addresses only, and read from
 * the right: each proxy appends what it saw, so the rightmost address that is not a proxy of ours is the last one that
 * somebody we trust has seen; everything left of it may be invented. */
#ifndef WEB_PEER_H
#define WEB_PEER_H

#include "base/arena.h"
#include "base/fields.h"
#include "config/config.h"

struct peer {
	const char *address;	/* canonical text: "192.0.2.7", "2001:db8::1" */
	bool https;		/* the trusted proxy says that its client came by https */
};

/* The canonical text of an IP address, with an optional port or brackets; NULL when it is none. */
const char *peer_address_parse(struct arena *arena, const char *text, size_t len);

/* socket_address: canonical.  trusted: canonical addresses. */
void peer_find(struct arena *arena, const char *socket_address, const struct texts *trusted, const struct fields *headers, struct peer *ret_peer);

#endif
