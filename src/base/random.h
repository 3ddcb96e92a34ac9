/* random.h - random bytes from the kernel (getrandom(2)); aborts when there are none, so nobody goes on without.
 *
 * A thread keeps up to 256 bytes for requests of 16 bytes and less; a forked child does not use its parent's. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>

struct arena;

void random_bytes(void *data, size_t len);
/* len random bytes as unpadded base64url (RFC 4648 section 5). */
char *random_text(struct arena *arena, size_t len);
/* len random characters of "abcdefghijklmnopqrstuvwxyz234567" (5 bits each). */
char *random_name(struct arena *arena, size_t len);

#endif
