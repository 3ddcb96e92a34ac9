/* A mail of any values: the same header fields and the same two parts, in lines that mail servers take. */
#include <string.h>

#include "config/config.h"
#include "fuzz.h"
#include "mail/letter.h"
#include "text/template.h"

static const char *names[] = {"portal_name", "when", "support_reference", "purpose", "code",
    "code_life", "again", "method", "wait", "codes_left", "address", "not_me_url", "what",
    "event_when", "until", "how", "mail_title"};
#define NAMES (sizeof(names) / sizeof(names[0]))
static const char *const kinds[] = {"mail-code", "mail-factor-enrolled", "mail-factor-changed",
    "mail-recovery-used", "mail-codes-renewed", "mail-factor-locked", "mail-address-changed",
    "mail-account-frozen", "mail-report-not-me", "mail-approved", "mail-refused", "mail-undecided",
    "mail-caller-code", "mail-desk-again", "mail-desk-cleared", "mail-desk-sessions-ended", "mail-desk-unfrozen", "mail-reset-asked",
    "mail-reset-approved", "mail-reset-done", "mail-reset-stopped"};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))
/* The name of each line of the head that is not folded, and then those of the parts. */
static const char *const lines[] = {"From: ", "To: ", "Subject: ", "Date: ", "Message-ID: ",
    "Auto-Submitted: ", "X-Auto-Response-Suppress: ", "Content-Language: ", "MIME-Version: ",
    "Content-Type: multipart/alternative;"};
#define LINES (sizeof(lines) / sizeof(lines[0]))
#define BOUNDARY "\r\n--=_01\r\n"

static struct text *
texts(void)
{
	static struct text *text;
	const char *why;

	if (text == NULL)
		must(text_load(FUZZ_SEEDS "/../../../templates", NULL, fuzz_arena(), &text, &why) ==
		     ERR_OK);
	return text;
}

static void
check_lines(const char *message)
{
	while (*message != '\0') {
		size_t len = strcspn(message, "\r\n");

		must(len <= 76 && strncmp(message + len, "\r\n", 2) == 0);
		for (size_t i = 0; i < len; i++)
			must((message[i] >= ' ' || message[i] == '\t') && message[i] < 0x7f);
		message += len + 2;
	}
}

static void
check_head(const char *message)
{
	const char *end = strstr(message, "\r\n\r\n");
	size_t count = 0;

	must(end != NULL);
	for (; message < end; message += strcspn(message, "\r") + 2) {
		if (*message == ' ')
			continue;
		must(count < LINES && strncmp(message, lines[count], strlen(lines[count])) == 0);
		count++;
	}
	must(count == LINES);
}

static void
check_parts(const char *message)
{
	const char *first = strstr(message, BOUNDARY), *second, *end;

	must(first != NULL);
	second = strstr(first + 1, BOUNDARY);
	must(second != NULL && strstr(second + 1, BOUNDARY) == NULL);
	end = strstr(message, "\r\n--=_01--\r\n");
	must(end != NULL && end > second && strcmp(end, "\r\n--=_01--\r\n") == 0);
}

static void
print(struct ctx *ctx, struct MailRecord *mail)
{
	static const uint8_t id[] = {1};
	struct buf out;
	enum err err;

	buf_init(&out, ctx->arena, LETTER_MAX);
	err = letter_print(ctx, mail, BYTES(id), &out);
	if (err == ERR_FORMAT || err == ERR_TOO_BIG)
		return;
	must(err == ERR_OK);
	fuzz_taken();
	check_lines(buf_text(&out));
	check_head(buf_text(&out));
	check_parts(buf_text(&out));
}

/* The first byte is the kind and the language; all values are the rest. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct text *text = texts();
	struct config config = *fuzz_config();
	struct ctx ctx = fuzz_ctx();
	struct MailRecord mail;
	char *values[NAMES];
	const char *value;

	if (size == 0 || !fuzz_text(ctx.arena, data + 1, size - 1, &value))
		return 0;
	ctx.text = text;
	ctx.config = &config;
	config.mail.from = "no-reply@example.ca";
	if (utf8_valid(bytes_of(value)))
		config.service_name = config.help = (struct names){value, value};
	mail_record__init(&mail);
	mail.kind = arena_text(ctx.arena, kinds[data[0] / 2 % KINDS]);
	mail.language = arena_text(ctx.arena, data[0] % 2 == 0 ? "en" : "fr");
	mail.to = arena_text(ctx.arena, "ann@example.org");
	for (size_t i = 0; i < NAMES; i++)
		values[i] = arena_text(ctx.arena, value);
	mail.n_names = mail.n_values = NAMES;
	mail.names = (char **)names;
	mail.values = values;
	print(&ctx, &mail);
	return 0;
}
