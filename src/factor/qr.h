/* qr.h - a QR code (ISO/IEC 18004) as inline SVG: nothing to fetch, sharp at any size, black on white in any theme.
 *
 * Secrets: what it shows; it lives in the request's arena only.
 */
#ifndef FACTOR_QR_H
#define FACTOR_QR_H

#include "base/arena.h"

/* <svg viewBox="0 0 n n">…</svg> with a quiet zone of 4 modules and no size, style, id or name of its own: the page gives those.
 * Error correction M.  ERR_TOO_BIG when the text does not fit (over about 2,300 bytes). */
enum err qr_print(struct arena *arena, const char *text, const char **ret_svg);

#endif
