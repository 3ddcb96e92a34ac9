#include "mail/letter.h"

#include <string.h>
#include <time.h>

#include "config/config.h"
#include "mail/internal.h"
#include "mail/mailbox.h"
#include "text/template.h"

#define SUBJECT_MAX 200
#define ID_MAX 32
#define GROUP 3

/* What one message is made of. */
struct letter {
	struct ctx *ctx;
	const struct MailRecord *mail;
	enum language language;
	struct view *view;
	const char *from, *to, *id;
	struct buf *out;
};

static bool
changes_direction(uint32_t c)
{
	return c == 0x61c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069);
}

static bool
is_no_character(uint32_t c)
{
	return (c & 0xfffe) == 0xfffe || (c >= 0xfdd0 && c <= 0xfdef);
}

/* One line of text in reading order: whatever divides lines becomes a blank, what reorders them goes.  NULL: no UTF-8. */
static const char *
one_line(struct arena *arena, const char *value, size_t most)
{
	struct bytes rest = bytes_of(value);
	struct buf out;

	if (!utf8_valid(rest))
		return NULL;
	buf_init(&out, arena, rest.len + 1);
	while (rest.len > 0) {
		uint32_t c = unicode_next(&rest);

		if (out.len + 4 > most)
			break;
		if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029)
			buf_put_byte(&out, ' ');
		else if (!is_no_character(c) && !changes_direction(c))
			unicode_put(&out, c);
	}
	return buf_text(&out);
}

/* "123456" as it is read aloud: "123 456", without a break of the line. */
static const char *
in_groups(struct arena *arena, const char *code)
{
	struct buf out;

	buf_init(&out, arena, 4 * strlen(code) + 1);
	for (size_t i = 0; code[i] != '\0'; i++) {
		if (i > 0 && i % GROUP == 0)
			buf_put_text(&out, "\xc2\xa0");
		buf_put_byte(&out, (uint8_t)code[i]);
	}
	return buf_text(&out);
}

/* A code as it is read aloud, and the title of the notice that a report is about. */
static void
fill_derived(struct letter *letter, const char *name, const char *value)
{
	struct arena *arena = letter->ctx->arena;
	const struct text *text = letter->ctx->text;
	const char *title = arena_printf(arena, "%s.subject", value);

	if (strcmp(name, "code") == 0)
		view_text(letter->view, "code_groups", in_groups(arena, value));
	if (strcmp(name, "what") == 0)
		view_text(letter->view, "what_title",
		    text_has(text, title)
			? text_sentence(text, letter->language, title, letter->view, arena)
			: value);
}

static enum err
fill_value(struct letter *letter, const char *name, const char *value)
{
	const char *line = one_line(letter->ctx->arena, value, LETTER_MAX);

	if (line == NULL)
		return ERR_FORMAT;
	view_text(letter->view, name, line);
	fill_derived(letter, name, line);
	return ERR_OK;
}

static enum err
fill(struct letter *letter)
{
	const struct config *config = letter->ctx->config;
	const struct MailRecord *mail = letter->mail;
	bool french = letter->language == LANGUAGE_FR;
	enum err err;

	letter->view = view_new(letter->ctx->arena);
	err = fill_value(
	    letter, "service_name", french ? config->service_name.fr : config->service_name.en);
	if (err == ERR_OK)
		err = fill_value(letter, "help", french ? config->help.fr : config->help.en);
	for (size_t i = 0; i < mail->n_names && i < mail->n_values && err == ERR_OK; i++)
		err = fill_value(letter, mail->names[i], mail->values[i]);
	return err;
}

static void
put_line(struct letter *letter, const char *name, const char *value)
{
	buf_printf(letter->out, "%s: %s\r\n", name, value);
}

/* RFC 5322 section 3.3, in English whatever the locale. */
static void
put_date(struct letter *letter)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t seconds = (time_t)(letter->mail->created / 1000);
	struct tm tm;

	must(gmtime_r(&seconds, &tm) != NULL);
	buf_printf(letter->out, "Date: %.3s, %d %.3s %d %02d:%02d:%02d +0000\r\n",
	    days + 3 * tm.tm_wday, tm.tm_mday, months + 3 * tm.tm_mon, tm.tm_year + 1900,
	    tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static void
put_from(struct letter *letter)
{
	const struct names *names = &letter->ctx->config->service_name;
	const char *name = one_line(letter->ctx->arena,
	    letter->language == LANGUAGE_FR ? names->fr : names->en, SUBJECT_MAX);

	buf_put_text(letter->out, "From: ");
	if (name != NULL && *name != '\0') {
		phrase_put(letter->out, name);
		buf_put_text(letter->out, "\r\n ");
	}
	buf_printf(letter->out, "<%s>\r\n", mailbox_wire(letter->ctx->arena, letter->from));
}

static void
put_subject(struct letter *letter, const char *subject)
{
	buf_put_text(letter->out, "Subject: ");
	subject_put(letter->out, subject);
	buf_put_text(letter->out, "\r\n");
}

static void
put_headers(struct letter *letter, const char *subject)
{
	struct arena *arena = letter->ctx->arena;

	put_from(letter);
	put_line(letter, "To", mailbox_wire(arena, letter->to));
	put_subject(letter, subject);
	put_date(letter);
	buf_printf(letter->out, "Message-ID: <%s@%s>\r\n", letter->id,
	    mailbox_domain(arena, letter->from));
	/* nobody is to answer, least of all a machine (RFC 3834; the second is Exchange's) */
	put_line(letter, "Auto-Submitted", "auto-generated");
	put_line(letter, "X-Auto-Response-Suppress", "All");
	put_line(letter, "Content-Language", language_print(letter->language));
	put_line(letter, "MIME-Version", "1.0");
}

/* "=_" stands in no quoted-printable text (RFC 2045 section 6.7). */
static void
put_part(struct letter *letter, const char *type, const char *template)
{
	struct buf body;

	buf_init(&body, letter->ctx->arena, LETTER_MAX);
	template_print(letter->ctx->text, letter->language, template, letter->view, &body);
	letter->out->failed |= body.failed;
	buf_printf(letter->out,
	    "--=_%s\r\nContent-Type: %s; charset=utf-8\r\nContent-Transfer-Encoding: "
	    "quoted-printable\r\n\r\n",
	    letter->id, type);
	quoted_printable_put(letter->out, buf_bytes(&body));
	buf_put_text(letter->out, "\r\n");
}

/* The last part is the one to be shown by who can (RFC 2046 section 5.1.4). */
static void
put_body(struct letter *letter)
{
	const char *kind = letter->mail->kind;

	buf_printf(letter->out,
	    "Content-Type: multipart/alternative;\r\n boundary=\"=_%s\"\r\n\r\n", letter->id);
	put_part(letter, "text/plain", arena_printf(letter->ctx->arena, "%s.txt", kind));
	put_part(letter, "text/html", kind);
	buf_printf(letter->out, "--=_%s--\r\n", letter->id);
}

/* The subject is what the mail is called inside as well. */
static const char *
fill_subject(struct letter *letter, const char *key)
{
	struct arena *arena = letter->ctx->arena;
	const char *subject = one_line(arena,
	    text_sentence(letter->ctx->text, letter->language, key, letter->view, arena),
	    SUBJECT_MAX);

	view_text(letter->view, "subject", subject);
	return subject;
}

enum err
letter_print(struct ctx *ctx, const struct MailRecord *mail, struct bytes id, struct buf *out)
{
	struct letter letter = {.ctx = ctx, .mail = mail, .out = out};
	const char *key = arena_printf(ctx->arena, "%s.subject", mail->kind);
	enum err err;

	must(id.len >= 1 && id.len <= ID_MAX);
	/* a record of a newer release; what has a subject has templates (tests/guard/catalogues) */
	if (!text_has(ctx->text, key))
		return ERR_NOT_FOUND;
	if (!mailbox_parse(ctx->arena, ctx->config->mail.from, &letter.from))
		return ERR_CONFIG;
	if (!mailbox_parse(ctx->arena, mail->to, &letter.to))
		return ERR_FORMAT;
	letter.language =
	    strcmp(mail->language, language_print(LANGUAGE_FR)) == 0 ? LANGUAGE_FR : LANGUAGE_EN;
	letter.id = hex_print(ctx->arena, id);
	err = fill(&letter);
	if (err != ERR_OK)
		return err;
	put_headers(&letter, fill_subject(&letter, key));
	put_body(&letter);
	return out->failed ? ERR_TOO_BIG : ERR_OK;
}
