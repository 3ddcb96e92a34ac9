/* An export of the audit: whatever the lines are, they are judged with one sentence, and only a sealed history is sound. */
#include <string.h>

#include "audit/export.h"
#include "fuzz.h"

static void
check_fault_text(const struct export_check *export)
{
	must(export->check.fault != NULL && *export->check.fault != '\0' && strchr(export->check.fault, '\n') == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena(), *scratch = arena_new((size_t)1 << 20);
	struct audit_keys keys = {.own = fuzz_keys()};
	const uint8_t *at = data, *end = data + size, *feed;
	struct export_check export;
	enum err err = ERR_OK;

	export_check_init(&export, arena, &keys);
	for (; at < end && err == ERR_OK; at = feed + 1) {
		feed = memchr(at, '\n', (size_t)(end - at));
		if (feed == NULL)
			feed = end;
		err = export_check_line(&export, bytes_make(at, (size_t)(feed - at)), scratch);
		arena_reset(scratch);
		must(err == ERR_OK || err == ERR_REFUSED);
	}
	if (err == ERR_OK)
		err = export_check_end(&export);
	arena_free(&scratch);
	if (err != ERR_OK) {
		must(err == ERR_REFUSED);
		check_fault_text(&export);
		return 0;
	}
	must(export.check.fault == NULL && export.made != 0 && export.check.walk.sequence + 1 >= export.from);
	must(export.check.walk.events == export.check.walk.sequence + 1 - export.from);
	fuzz_taken();
	return 0;
}
