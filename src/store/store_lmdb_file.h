/* store_lmdb_file.h - LMDB's file looked at before LMDB maps it: a file cut short would end the process with SIGBUS.
 *
 * Knows the layout of LMDB 0.9 on 64-bit machines (data version 1): two meta pages, the newer one rules. */
#ifndef STORE_STORE_LMDB_FILE_H
#define STORE_STORE_LMDB_FILE_H

#include "store/store.h"

struct store_lmdb_file {
	bool exists;
	uint64_t used; /* bytes up to the last page */
	uint64_t map_size; /* what the file was last opened with */
};

/* Directory: is there, is ours, 0700.  File: absent (only if options->create, and not read-only), or whole, with meta pages
 * that make sense.  On an error *ret_reason is a sentence with place and remedy: ERR_NOT_FOUND, ERR_IO, ERR_FORMAT. */
enum err store_lmdb_file_check(const struct store_options *options, struct arena *arena,
    struct store_lmdb_file *ret_file, const char **ret_reason);
/* Is there room enough on the disk to go on?  Counted before it is all gone, since a little is needed to see a commit through.
 * ERR_FULL; *ret_reason (may be NULL) a sentence with place and remedy. */
enum err store_lmdb_file_room(const char *directory, struct arena *arena, const char **ret_reason);
/* Give LMDB's table of readers its blocks: it is mapped, and a page of it that finds no room on the disk would end the process with
 * SIGBUS.  While this process has no environment of that directory, since closing the file drops its locks.  0 or an errno. */
int store_lmdb_file_allot_readers(const char *directory, unsigned readers);
/* LMDB opens its files without O_CLOEXEC: close them in the programs that we start. */
void store_lmdb_file_close_on_exec(const char *directory);

#endif
