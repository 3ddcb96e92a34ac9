/* A mail of anybody's: the stand-in mailbox gets well-formed, bounded text out of it, and pieces that make it up again. */
#include <string.h>

#include "demo/inbox.h"
#include "demo/mime.h"
#include "fuzz.h"

static void
check_pieces(struct arena *arena, const char *text)
{
	const char *rest = text;
	struct inbox_piece piece;

	while (inbox_piece(arena, &rest, &piece)) {
		size_t len = strlen(piece.text);
		must(len > 0 && utf8_valid(bytes_of(piece.text)));
		must(strncmp(text, piece.text, len) == 0);
		must(!piece.link || strncmp(piece.text, "http", 4) == 0);
		text += len;
	}
	must(*text == '\0');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {"Subject", "Envelope-to", "Content-Language"};
	struct arena *arena = fuzz_arena();
	struct bytes message = bytes_make(data, size);
	const char *text;
	bool cut;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		text = mime_header(arena, message, names[i]);
		must(utf8_valid(bytes_of(text)) && strlen(text) <= 6 * MIME_HEADER_MAX);
	}
	text = mime_text(arena, message, INBOX_TEXT_MAX, &cut);
	must(utf8_valid(bytes_of(text)) && strlen(text) <= INBOX_TEXT_MAX);
	check_pieces(arena, text);
	if (*text != '\0' && *mime_header(arena, message, "Subject") != '\0')
		fuzz_taken();
	return 0;
}
