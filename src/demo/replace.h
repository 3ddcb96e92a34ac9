/* replace.h - write a file so that a reader, or a crash, finds either the old content or the whole new one. */
#ifndef DEMO_REPLACE_H
#define DEMO_REPLACE_H

#include "base/bytes.h"

/* Mode 0600. A new file beside it, made durable, takes its name. ERR_IO: errno tells; the old file is as it was. */
enum err replace_file(const char *path, struct bytes content, struct arena *arena);

#endif
