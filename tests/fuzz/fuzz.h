/* fuzz.h - what the fuzz targets share.
 *
 * A target is one file fuzz_<parser>.c with LLVMFuzzerTestOneInput(), and a directory seeds/<parser>/ of inputs.  It asserts
 * with must() what holds for any input: more than that nothing crashes.  A seed whose name begins with "good" must be taken
 * (fuzz_taken()); any other is named by what is wrong with it, and must be refused.
 * `make check` replays the seeds (replay.c); with clang, --enable-fuzzing and --enable-sanitizers the same targets look for
 * inputs of their own: `make fuzz`.
 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include "base/ctx.h"

/* One input; always 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Say that this input was taken: that the parser understood it, the judge let it pass. */
void fuzz_taken(void);
/* Was it said since the last question? */
bool fuzz_was_taken(void);

/* The arena of this input: empty, and good until the next call. */
struct arena *fuzz_arena(void);
/* The key ring of tests/fixture/keys, which are known to everybody. */
const struct keyring *fuzz_keys(void);
/* A configuration with the portals "ptpha" (https://portal.example/cb and https://portal.example/other?keep=1) and "other". */
const struct config *fuzz_config(void);
/* A request at a fixed time with all of these. */
struct ctx fuzz_ctx(void);
/* The input as a text; false when it holds a NUL, which no text from outside does when it gets this far. */
bool fuzz_text(struct arena *arena, const uint8_t *data, size_t size, const char **ret_text);
/* A directory of this process (0700), removed with what is in it when the process ends. */
const char *fuzz_directory(void);
/* Write <fuzz_directory()>/<name>, readable by its owner only; returns its path, in the arena. */
const char *fuzz_file(struct arena *arena, const char *name, struct bytes content);

#endif
