/* snapshot.h - the configuration in force, and how a reload replaces it under requests that go on.
 *
 * Each request takes the snapshot once and gives it back at its end; a reload puts another one in place, and the old one
 * is freed with the last request that uses it.  Thread-safe; taking costs one uncontended lock.
 */
#ifndef CONFIG_SNAPSHOT_H
#define CONFIG_SNAPSHOT_H

#include "config/config.h"

struct snapshot;

/* config: from config_load(); owned by the holder from here on. */
struct snapshot *snapshot_new(struct config *config);
/* Give the holder's own share back: what requests still hold stays until they put it back. */
void snapshot_free(struct snapshot **snapshot);
/* The configuration in force; each get needs its config_put(). */
const struct config *snapshot_get(struct snapshot *snapshot);
/* Put another one in force (owned by the holder from here on). */
void snapshot_swap(struct snapshot *snapshot, struct config *config);

/* One more and one less user of a configuration made by config_load(), which begins with one; the last one frees it. */
const struct config *config_get(const struct config *config);
void config_put(const struct config **config);

#endif
