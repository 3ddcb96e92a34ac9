/* Messages, taken apart by Perl's modules: what people read is there, and no value adds anything else. */
#include "../unit.h"

#include <string.h>

#include "config/config.h"
#include "mail/letter.h"
#include "parser.h"
#include "text/template.h"

#define CREATED 1795528987000 /* 2026-11-24T14:03:07Z */

static struct arena *arena;
static struct text *text;
static struct parser *parser;
static struct config config;
static const uint8_t id[16] = {0xab, 0xcd};

static int
setup(void **state)
{
	const char *why;

	(void)state;
	arena = arena_new((size_t)1 << 30);
	parser = parser_new();
	if (text_load(unit_templates(), NULL, arena, &text, &why) != ERR_OK)
		fail_msg("%s", why);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	text_free(&text);
	parser_free(&parser);
	arena_free(&arena);
	return 0;
}

static int
configure(void **state)
{
	(void)state;
	config = (struct config){.service_name = {"Vestibule", "Vestibule – Entrée"},
	    .help = {"1-800-555-0199", "1 800 555-0199"},
	    .mail = {.from = "no-reply@example.ca"}};
	return 0;
}

/* One value for each variable. */
static const char *names[] = {"portal_name", "when", "support_reference", "purpose", "code",
    "code_life", "again", "method", "wait", "codes_left", "address", "not_me_url", "what",
    "event_when", "until", "how", "mail_title"};
#define NAMES (sizeof(names) / sizeof(names[0]))
static const char *const usual[NAMES] = {"Les Éleveurs & “Sons”",
    "November 24, 2026 at 14:03 (UTC)", "VB-1234-ABCD", "sign-in", "012345", "10 minutes", NULL,
    "totp", NULL, "7", "n•••@e•••.ca", "https://auth.example.ca/not-me?t=abcDEF_-123&x=1",
    "mail-factor-changed", "November 23, 2026 at 09:00 (UTC)"};

struct written {
	struct MailRecord record;
	char *values[NAMES];
};

static void
set(struct written *mail, const char *name, const char *value)
{
	for (size_t i = 0; i < NAMES; i++) {
		if (strcmp(names[i], name) == 0)
			mail->values[i] = arena_text(arena, value);
	}
}

/* A mail with the usual values; others are set afterwards. */
static void
write_mail(struct written *mail, const char *kind, const char *language)
{
	memset(mail, 0, sizeof(*mail));
	mail_record__init(&mail->record);
	for (size_t i = 0; i < NAMES; i++)
		mail->values[i] = arena_text(arena, usual[i] != NULL ? usual[i] : "");
	if (strcmp(kind, "mail-report-not-me") != 0)
		set(mail, "what", "");
	mail->record.kind = arena_text(arena, kind);
	mail->record.language = arena_text(arena, language);
	mail->record.to = arena_text(arena, "ann+tax@example.org");
	mail->record.created = CREATED;
	mail->record.n_names = mail->record.n_values = NAMES;
	mail->record.names = (char **)names;
	mail->record.values = mail->values;
}

static enum err
print_within(const struct written *mail, size_t limit, struct buf *out)
{
	struct ctx ctx = {.arena = arena, .config = &config, .text = text, .now = CREATED};

	buf_init(out, arena, limit);
	return letter_print(&ctx, &mail->record, BYTES(id), out);
}

static struct bytes
print(const struct written *mail)
{
	struct buf out;

	assert_int_equal(print_within(mail, LETTER_MAX, &out), ERR_OK);
	return buf_bytes(&out);
}

#define TEXT "text/plain; charset=utf-8"
#define HTML "text/html; charset=utf-8"

static const char *const expected[] = {"From", "To", "Subject", "Date", "Message-ID",
    "Auto-Submitted", "X-Auto-Response-Suppress", "Content-Language", "MIME-Version",
    "Content-Type", TEXT, HTML};
#define EXPECTED (sizeof(expected) / sizeof(expected[0]))

/* Exactly these fields and parts, in this order. */
static void
assert_shape(const struct parsed *parsed)
{
	assert_int_equal(parsed->count, 2 * EXPECTED);
	for (size_t i = 0; i < EXPECTED; i++)
		assert_string_equal(parsed->fields[2 * i], expected[i]);
}

static struct parsed
read_mail(const struct written *mail)
{
	struct parsed parsed = parser_run(parser, arena, print(mail));

	assert_shape(&parsed);
	return parsed;
}

static void
headers(void **state)
{
	struct written mail;
	struct parsed parsed;

	(void)state;
	write_mail(&mail, "mail-code", "en");
	parsed = read_mail(&mail);
	assert_string_equal(parsed_get(&parsed, "From"), "Vestibule <no-reply@example.ca>");
	assert_string_equal(parsed_get(&parsed, "To"), "ann+tax@example.org");
	assert_string_equal(parsed_get(&parsed, "Subject"), "Your code: use it within 10 minutes");
	assert_string_equal(parsed_get(&parsed, "Date"), "Tue, 24 Nov 2026 14:03:07 +0000");
	assert_string_equal(
	    parsed_get(&parsed, "Message-ID"), "<abcd0000000000000000000000000000@example.ca>");
	assert_string_equal(parsed_get(&parsed, "Auto-Submitted"), "auto-generated");
	assert_string_equal(parsed_get(&parsed, "X-Auto-Response-Suppress"), "All");
	assert_string_equal(parsed_get(&parsed, "Content-Language"), "en");
	assert_string_equal(parsed_get(&parsed, "MIME-Version"), "1.0");
	write_mail(&mail, "mail-code", "fr");
	set(&mail, "code_life", "10\u00a0minutes");
	parsed = read_mail(&mail);
	assert_string_equal(
	    parsed_get(&parsed, "From"), "Vestibule – Entrée <no-reply@example.ca>");
	assert_string_equal(parsed_get(&parsed, "Subject"),
	    "Votre code\u00a0: à utiliser dans un délai de 10\u00a0minutes");
	assert_string_equal(parsed_get(&parsed, "Content-Language"), "fr");
}

/* The days and months of a year that begins in the middle of a week, and a leap day. */
static void
dates(void **state)
{
	static const struct {
		int64_t created;
		const char *date;
	} rows[] = {{0, "Thu, 1 Jan 1970 00:00:00 +0000"},
	    {951827696789, "Tue, 29 Feb 2000 12:34:56 +0000"},
	    {1798761599999, "Thu, 31 Dec 2026 23:59:59 +0000"},
	    {1783267445000, "Sun, 5 Jul 2026 16:04:05 +0000"}};
	struct written mail;
	struct parsed parsed;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		write_mail(&mail, "mail-code", "en");
		mail.record.created = rows[i].created;
		parsed = read_mail(&mail);
		assert_string_equal(parsed_get(&parsed, "Date"), rows[i].date);
	}
}

/* A locked screen shows the subject and how the text begins. */
static void
the_code_stays_off_a_locked_screen(void **state)
{
	static const char *const purposes[] = {"sign-in", "enrolment", "notice"};
	struct written mail;

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		struct parsed parsed;
		const char *plain, *code;

		write_mail(&mail, "mail-code", i < 3 ? "en" : "fr");
		set(&mail, "purpose", purposes[i % 3]);
		set(&mail, "portal_name", "Permis");
		parsed = read_mail(&mail);
		plain = parsed_get(&parsed, TEXT);
		assert_silent(parsed_get(&parsed, "Subject"), "012");
		assert_silent(parsed_get(&parsed, "Subject"), "345");
		code = strstr(plain, "012\u00a0345");
		assert_non_null(code);
		assert_true(code - plain >= 150);
		assert_says(parsed_get(&parsed, HTML), ">012\u00a0345<");
		assert_silent(plain, "012345");
	}
}

static void
a_code_says_what_it_is_for(void **state)
{
	struct written mail;
	struct parsed parsed;

	(void)state;
	write_mail(&mail, "mail-code", "en");
	parsed = read_mail(&mail);
	assert_says(parsed_get(&parsed, TEXT),
	    "A code to sign in to Les Éleveurs & “Sons” was requested "
	    "on November 24, 2026 at 14:03 (UTC).");
	assert_says(parsed_get(&parsed, TEXT), "An agent never asks you for it");
	assert_says(parsed_get(&parsed, TEXT), "good for 10 minutes");
	assert_says(parsed_get(&parsed, TEXT), "Change the password");
	assert_silent(parsed_get(&parsed, TEXT), "previous email");
	assert_says(parsed_get(&parsed, HTML), "Les Éleveurs &amp; “Sons”");
	set(&mail, "again", "yes");
	set(&mail, "purpose", "enrolment");
	parsed = read_mail(&mail);
	assert_says(parsed_get(&parsed, TEXT), "to set up sign-in codes by email");
	assert_says(parsed_get(&parsed, TEXT), "It is the same code as in our previous email.");
	assert_says(parsed_get(&parsed, HTML), "It is the same code as in our previous email.");
	assert_says(parsed_get(&parsed, TEXT), "typed your address by mistake");
	assert_silent(parsed_get(&parsed, TEXT), "Change the password");
	set(&mail, "purpose", "notice");
	parsed = read_mail(&mail);
	assert_says(parsed_get(&parsed, TEXT), "to get notices about an account");
}

static const char *const notices[] = {"mail-factor-enrolled", "mail-factor-changed",
    "mail-recovery-used", "mail-codes-renewed", "mail-factor-locked", "mail-address-changed"};
#define NOTICES (sizeof(notices) / sizeof(notices[0]))

/* Each tells what, where and when, and how to say that it was someone else. */
static void
notices_tell_what_happened(void **state)
{
	struct written mail;

	(void)state;
	for (size_t i = 0; i < 2 * NOTICES; i++) {
		struct parsed parsed;
		const char *plain, *html;

		write_mail(&mail, notices[i / 2], i % 2 == 0 ? "en" : "fr");
		parsed = read_mail(&mail);
		plain = parsed_get(&parsed, TEXT);
		html = parsed_get(&parsed, HTML);
		assert_says(plain, "Les Éleveurs & “Sons”");
		assert_says(plain, "November 24, 2026 at 14:03 (UTC)");
		assert_says(plain, "VB-1234-ABCD");
		assert_says(plain, i % 2 == 0 ? "1-800-555-0199" : "1 800 555-0199");
		assert_says(plain, "\nhttps://auth.example.ca/not-me?t=abcDEF_-123&x=1\n");
		assert_says(html, "href=\"https://auth.example.ca/not-me?t=abcDEF_-123&amp;x=1\"");
		assert_says(html, i % 2 == 0 ? "<html lang=\"en\">" : "<html lang=\"fr\">");
		assert_says(
		    html, arena_printf(arena, "<title>%s</title>", parsed_get(&parsed, "Subject")));
		assert_silent(plain, "012345");
		set(&mail, "not_me_url", "");
		parsed = read_mail(&mail);
		assert_silent(parsed_get(&parsed, HTML), "href");
		assert_says(parsed_get(&parsed, TEXT),
		    i % 2 == 0 ? "Contact the help desk" : "Communiquez avec le service");
	}
}

static void
assert_text_says(const char *kind, const char *name, const char *value, const char *what)
{
	struct written mail;
	struct parsed parsed;

	write_mail(&mail, kind, "en");
	set(&mail, name, value);
	parsed = read_mail(&mail);
	assert_says(parsed_get(&parsed, TEXT), what);
	assert_says(parsed_get(&parsed, HTML), what);
}

static void
notices_tell_the_rest(void **state)
{
	(void)state;
	assert_text_says(
	    "mail-factor-enrolled", "method", "totp", "a code from your authenticator app");
	assert_text_says("mail-factor-changed", "method", "mail", "a code that we email to you");
	assert_text_says("mail-recovery-used", "codes_left", "3", "Recovery codes left: 3");
	assert_text_says(
	    "mail-factor-locked", "method", "totp", "authenticator app no longer open");
	assert_text_says("mail-factor-locked", "method", "mail", "Codes by email no longer open");
	assert_text_says(
	    "mail-factor-locked", "method", "recovery", "Recovery codes no longer open");
	assert_text_says("mail-factor-locked", "wait", "5 minutes", "can be entered in 5 minutes");
	assert_text_says("mail-address-changed", "address", "z•••@y•••.ca", "z•••@y•••.ca");
	assert_text_says("mail-account-frozen", "method", "totp", "Nothing can be changed in it");
	assert_text_says("mail-account-frozen", "method", "totp", "Contact the help desk and give");
}

static void
a_report_for_the_help_desk(void **state)
{
	struct written mail;
	struct parsed parsed;

	(void)state;
	write_mail(&mail, "mail-report-not-me", "fr");
	parsed = read_mail(&mail);
	assert_string_equal(
	    parsed_get(&parsed, "Subject"), "«\u00a0Ce n’était pas moi\u00a0»\u00a0: VB-1234-ABCD");
	assert_says(parsed_get(&parsed, TEXT),
	    "Avis signalé\u00a0: Votre authentification à deux facteurs a été modifiée\n");
	assert_says(parsed_get(&parsed, TEXT), "Envoyé le\u00a0: November 23");
	assert_silent(parsed_get(&parsed, TEXT), "not-me?t=");
	assert_silent(parsed_get(&parsed, TEXT), "555-0199");
	set(&mail, "what", "something else");
	set(&mail, "event_when", "");
	parsed = read_mail(&mail);
	assert_says(parsed_get(&parsed, TEXT), "Avis signalé\u00a0: something else\n");
	assert_silent(parsed_get(&parsed, HTML), "Envoyé le");
}

static const char *const kinds[] = {"mail-code", "mail-factor-enrolled", "mail-factor-changed",
    "mail-recovery-used", "mail-codes-renewed", "mail-factor-locked", "mail-address-changed",
    "mail-account-frozen", "mail-report-not-me", "mail-approved", "mail-refused", "mail-undecided",
    "mail-caller-code", "mail-desk-again", "mail-desk-cleared", "mail-desk-sessions-ended", "mail-desk-unfrozen", "mail-reset-asked",
    "mail-reset-approved", "mail-reset-done", "mail-reset-stopped"};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* No gap of three lines and no blank edge, whatever is empty; nothing is loaded from elsewhere. */
static void
every_kind_is_in_shape(void **state)
{
	struct written mail;

	(void)state;
	for (size_t i = 0; i < 4 * KINDS; i++) {
		struct parsed parsed;

		write_mail(&mail, kinds[i / 4], i % 2 == 0 ? "en" : "fr");
		if (i % 4 >= 2)
			mail.record.n_names = 3;
		parsed = read_mail(&mail);
		assert_silent(parsed_get(&parsed, TEXT), "\n\n\n");
		assert_true(*parsed_get(&parsed, TEXT) != '\n');
		assert_silent(parsed_get(&parsed, HTML), "<img");
		assert_silent(parsed_get(&parsed, HTML), "src=");
		assert_silent(parsed_get(&parsed, HTML), "<table");
		assert_silent(parsed_get(&parsed, HTML), "url(");
	}
}

static const char *const attacks[] = {"x\r\nBcc: eve@evil.example\r\n\r\nbody",
    "x\nBcc: eve@evil.example", "x\rBcc: eve@evil.example", "\u2028Bcc: eve@evil.example\u2029",
    ("\xc2\x85"
     "Bcc: eve@evil.example"), /* in two, or B would be another digit */
    "\u202eevil\u202c \u2066x\u2069 \u200f", "\x01\x02\x0b\x0c\x1b[2J\x7f",
    "=?UTF-8?Q?=0D=0ABcc:_eve?=", "--=_abcd0000000000000000000000000000--",
    "\r\n--=_abcd0000000000000000000000000000--\r\n", "<script>alert(1)</script>\" onclick=\"x",
    ".\r\n.\r\nQUIT\r\n", "\r\n.\r\nMAIL FROM:<eve@evil.example>", "{{not_me_url}} {code}",
    "From eve\nFrom eve", "\xf0\x9f\x94\x91\xef\xbf\xbe", "   ", "=\r\n=20=\n"};
#define ATTACKS (sizeof(attacks) / sizeof(attacks[0]))

static void
assert_harmless(const struct written *mail)
{
	struct parsed parsed = read_mail(mail);

	for (size_t i = 0; i < 2 * EXPECTED; i++) {
		assert_silent(parsed.fields[i], "\u202e");
		assert_silent(parsed.fields[i], "\u2028");
		assert_null(strpbrk(parsed.fields[i], "\x01\x02\x0b\x0c\x0d\x1b\x7f"));
		assert_silent(parsed.fields[i], "\nBcc:");
		assert_true(i >= 2 * EXPECTED - 4 || strchr(parsed.fields[i], '\n') == NULL);
	}
	assert_silent(parsed_get(&parsed, HTML), "<script");
	assert_silent(parsed_get(&parsed, HTML), "\" onclick=\"");
	assert_string_equal(parsed_get(&parsed, "To"), "ann+tax@example.org");
}

static void
no_value_adds_anything(void **state)
{
	struct written mail;

	(void)state;
	for (size_t a = 0; a < ATTACKS; a++) {
		write_mail(&mail, "mail-report-not-me", a % 2 == 0 ? "en" : "fr");
		for (size_t i = 0; i < NAMES; i++)
			set(&mail, names[i], attacks[a]);
		assert_harmless(&mail);
		for (size_t i = 0; i < NAMES; i++) {
			if (i % 3 != a % 3)
				continue;
			write_mail(&mail, kinds[(i + a) % KINDS], "fr");
			set(&mail, names[i], attacks[a]);
			assert_harmless(&mail);
		}
	}
}

static void
the_service_name_adds_nothing(void **state)
{
	struct written mail;

	(void)state;
	for (size_t a = 0; a < ATTACKS; a++) {
		config.service_name = (struct names){attacks[a], attacks[a]};
		config.help = config.service_name;
		write_mail(&mail, "mail-code", "en");
		assert_harmless(&mail);
	}
}

/* A value of any length is folded, cut or divided, and the message still parses. */
static void
long_values(void **state)
{
	struct written mail;
	struct parsed parsed;
	char *value = arena_alloc(arena, 1501);

	(void)state;
	for (size_t i = 0; i < 500; i++)
		memcpy(value + 3 * i, i % 7 == 0 ? "é=" : "ée", 3);
	write_mail(&mail, "mail-report-not-me", "fr");
	set(&mail, "support_reference", value);
	set(&mail, "portal_name", value);
	set(&mail, "not_me_url", value);
	config.service_name.fr = value;
	parsed = read_mail(&mail);
	assert_in_range(strlen(parsed_get(&parsed, "Subject")), 190, 200);
	assert_says(parsed_get(&parsed, TEXT), value);
}

#define LETTERS                                                                                    \
	"aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggghhhhhhhhhhiiiiiiii" \
	"i"                                                                                        \
	"ijjjjjjjjjjkkkkkkkkkkllllllllllmmmmmmmmmm"

/* Around each bound of a line, plain and encoded. */
static void
every_length(void **state)
{
	struct written mail;
	struct parsed parsed;

	(void)state;
	for (int len = 1; len < 130; len++) {
		const char *value = arena_printf(arena, "%.*s", len, LETTERS);
		const char *accents = arena_printf(arena, "%.*séà𝄞€é", len, LETTERS);

		config.service_name.en = value;
		write_mail(&mail, "mail-report-not-me", "en");
		set(&mail, "support_reference", accents);
		parsed = read_mail(&mail);
		assert_says(parsed_get(&parsed, TEXT), accents);
		assert_says(parsed_get(&parsed, "Subject"), accents);
		assert_string_equal(parsed_get(&parsed, "From"),
		    arena_printf(arena, "%s <no-reply@example.ca>", value));
		write_mail(&mail, "mail-code", "en");
		set(&mail, "code_life", value);
		parsed = read_mail(&mail);
		assert_string_equal(parsed_get(&parsed, "Subject"),
		    arena_printf(arena, "Your code: use it within %s", value));
	}
}

/* What needs no encoding has none: filters and people who look at the raw message trust it more. */
static void
plain_stays_plain(void **state)
{
	struct written mail;
	struct bytes message;

	(void)state;
	write_mail(&mail, "mail-code", "en");
	message = print(&mail);
	assert_says(
	    arena_text_of(arena, message), "\r\nSubject: Your code: use it within 10 minutes\r\n");
	assert_says(arena_text_of(arena, message), "From: Vestibule\r\n <no-reply@example.ca>\r\n");
	set(&mail, "code_life", "=?UTF-8?Q?x?=");
	message = print(&mail);
	assert_says(arena_text_of(arena, message), "\r\nSubject: =?UTF-8?B?");
	config.service_name.en = "Sign-in, please: <x@y.ca>";
	message = print(&mail);
	assert_says(arena_text_of(arena, message), "From: =?UTF-8?B?");
}

static void
addresses(void **state)
{
	struct written mail;
	struct parsed parsed;

	(void)state;
	config.mail.from = "no-reply@Zoë.ca";
	write_mail(&mail, "mail-code", "en");
	mail.record.to = arena_text(arena, "ann@café.ca");
	parsed = read_mail(&mail);
	assert_string_equal(parsed_get(&parsed, "To"), "ann@xn--caf-dma.ca");
	assert_string_equal(parsed_get(&parsed, "From"), "Vestibule <no-reply@xn--zo-ija.ca>");
	assert_says(parsed_get(&parsed, "Message-ID"), "@xn--zo-ija.ca>");
	mail.record.to = arena_text(arena, "zoë@café.ca");
	parsed = read_mail(&mail);
	assert_string_equal(parsed_get(&parsed, "To"), "zoë@xn--caf-dma.ca");
	mail.record.to = arena_printf(arena, "%064d@%.180s.ca", 7,
	    "a.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    ".aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaa");
	parsed = read_mail(&mail);
	assert_string_equal(parsed_get(&parsed, "To"), mail.record.to);
}

static void
assert_refused(enum err wanted, const struct written *mail)
{
	struct buf out;

	assert_int_equal(print_within(mail, LETTER_MAX, &out), wanted);
}

static void
refusals(void **state)
{
	static const char *const bad[] = {"", "ann", "ann@example.org\r\nBcc: eve@evil.example",
	    "ann@example.org, eve@evil.example", "<ann@example.org>"};
	struct written mail;
	struct buf out;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		write_mail(&mail, "mail-code", "en");
		mail.record.to = arena_text(arena, bad[i]);
		assert_refused(ERR_FORMAT, &mail);
		write_mail(&mail, "mail-code", "en");
		config.mail.from = bad[i];
		assert_refused(ERR_CONFIG, &mail);
		configure(NULL);
	}
	write_mail(&mail, "mail-nothing", "en");
	assert_refused(ERR_NOT_FOUND, &mail);
	write_mail(&mail, "mail-code", "en");
	set(&mail, "portal_name", "caf\xe9");
	assert_refused(ERR_FORMAT, &mail);
	write_mail(&mail, "mail-code", "en");
	assert_int_equal(print_within(&mail, 1000, &out), ERR_TOO_BIG);
	set(&mail, "portal_name", arena_printf(arena, "%066000d", 1));
	assert_int_equal(print_within(&mail, 16 * LETTER_MAX, &out), ERR_TOO_BIG);
	config.mail.from = NULL;
	assert_refused(ERR_CONFIG, &mail);
}

/* A second try is the same message, in another locale's time as well. */
static void
the_same_again(void **state)
{
	struct written mail;
	struct bytes first, other;

	(void)state;
	write_mail(&mail, "mail-factor-changed", "fr");
	first = print(&mail);
	mail.record.attempts = 3;
	mail.record.due = CREATED + HOURS(1);
	assert_true(bytes_equal(first, print(&mail)));
	mail.record.created += SECONDS(1);
	other = print(&mail);
	assert_int_equal(first.len, other.len);
	assert_false(bytes_equal(first, other));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(headers, configure),
	    cmocka_unit_test_setup(dates, configure),
	    cmocka_unit_test_setup(the_code_stays_off_a_locked_screen, configure),
	    cmocka_unit_test_setup(a_code_says_what_it_is_for, configure),
	    cmocka_unit_test_setup(notices_tell_what_happened, configure),
	    cmocka_unit_test_setup(notices_tell_the_rest, configure),
	    cmocka_unit_test_setup(a_report_for_the_help_desk, configure),
	    cmocka_unit_test_setup(every_kind_is_in_shape, configure),
	    cmocka_unit_test_setup(no_value_adds_anything, configure),
	    cmocka_unit_test_setup(the_service_name_adds_nothing, configure),
	    cmocka_unit_test_setup(long_values, configure),
	    cmocka_unit_test_setup(every_length, configure),
	    cmocka_unit_test_setup(plain_stays_plain, configure),
	    cmocka_unit_test_setup(addresses, configure),
	    cmocka_unit_test_setup(refusals, configure),
	    cmocka_unit_test_setup(the_same_again, configure),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
