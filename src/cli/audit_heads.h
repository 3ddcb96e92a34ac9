/* audit_heads.h - what the audit's commands are given from outside: keys, and heads that were kept elsewhere. */
#ifndef CLI_AUDIT_HEADS_H
#define CLI_AUDIT_HEADS_H

#include "audit/check.h"
#include "cli/cli.h"

/* The most heads that are compared. */
#define HEADS_MAX 1000

/* The keys of --keys (free set with jws_set_free()), or of our own ring: cli->keys must be open then. */
enum cli_status audit_keys_open(struct cli *cli, struct audit_keys *ret_keys, struct jws_set **ret_set);
/* The heads of --head, none without it: each line a head's JWS, or one with sequence=N and chain=HEX somewhere. */
enum cli_status audit_heads_open(struct cli *cli, const struct audit_keys *keys, struct audit_anchor **ret_anchors, size_t *ret_count);
/* Call fn for each line of a file, without its line feed, cut at `most` bytes and one; anything but ERR_OK ends it and is returned.
 * ERR_NOT_FOUND or ERR_IO: the file. */
typedef enum err lines_fn(void *arg, struct bytes line);
enum err lines_read(const char *file, size_t most, lines_fn *fn, void *arg);

#endif
