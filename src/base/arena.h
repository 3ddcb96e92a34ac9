/* arena.h - the memory of one request: given out zeroed, wiped and taken back all at once.
 *
 * An arena never returns NULL.  Input is bounded at the edge, so running over the cap is a mistake of ours and
 * aborts (must); so does a machine without memory, which the store survives by design.
 * One thread at a time.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "base/bytes.h"

struct arena;

/* cap: the most that it may give out, in bytes.  Memory is taken in blocks of 16 KiB, doubling; the first one at the first
 * use.  configure --enable-arena-malloc gives each object a malloc of its own. */
struct arena *arena_new(size_t cap);
void arena_free(struct arena **arena);
/* Wipe everything given so far and start again; keeps one block so that the next request costs no malloc. */
void arena_reset(struct arena *arena);

/* Zeroed and aligned for any object. */
void *arena_alloc(struct arena *arena, size_t size);
/* The same object, longer: where it stands when it is the newest one and there is room, else as a copy (the old one stays
 * until the reset).  The new bytes are zero.  data may be NULL when old_size is 0. */
void *arena_grow(struct arena *arena, void *data, size_t old_size, size_t new_size);
#define arena_new_object(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
/* An array, with its multiplication checked. */
void *arena_array(struct arena *arena, size_t count, size_t size);
char *arena_text(struct arena *arena, const char *text);		       /* NULL stays NULL */
char *arena_text_of(struct arena *arena, struct bytes bytes);		       /* adds the NUL */
char *arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *arena, const char *format, va_list args) __attribute__((format(printf, 2, 0)));
/* How many bytes are given out, each object rounded up to its alignment: what the cap counts. */
size_t arena_used(const struct arena *arena);

#endif
