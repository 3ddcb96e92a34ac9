#include "../unit.h"

#include <string.h>

#include "pages.h"

static struct arena *arena;
static char *directory, *theme;
static const char *reason;

static int
setup(void **state)
{
	(void)state;
	arena = arena_new(64 << 20);
	directory = unit_directory();
	theme = unit_directory();
	pages_write(directory, "en.json",
	    bytes_of("{" DURATIONS_EN ",\n\"hello\": \"Hello {name}\", \"bye\": \"Bye\"}"));
	pages_write(directory, "fr.json",
	    bytes_of("{" DURATIONS_FR ",\n\"hello\": \"Bonjour {name}\", \"bye\": \"Adieu\"}"));
	pages_write(directory, "page.html", bytes_of("{{t bye}}"));
	pages_write(directory, "style.css", bytes_of("a{b:c}"));
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	unit_directory_remove(&directory);
	unit_directory_remove(&theme);
	arena_free(&arena);
	return 0;
}

static struct text *
load(const char *over)
{
	struct text *text = NULL;

	if (text_load(directory, over, arena, &text, &reason) != ERR_OK)
		fail_msg("%s", reason);
	return text;
}

static void
assert_refused(enum err wanted, const char *over, const char *says)
{
	struct text *text = NULL;

	reason = "none";
	assert_int_equal(text_load(directory, over, arena, &text, &reason), wanted);
	assert_null(text);
	if (strstr(reason, says) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", reason, says);
}

static void
unknown_sentence(void *text)
{
	text_sentence(text, LANGUAGE_EN, "nothing", NULL, arena);
}

static void
sentences(void **state)
{
	struct text *text = load(NULL);
	struct view *view = view_new(arena);

	(void)state;
	view_text(view, "name", "<Zo\xc3\xab>");
	assert_string_equal(
	    text_sentence(text, LANGUAGE_FR, "hello", view, arena), "Bonjour <Zo\xc3\xab>");
	assert_string_equal(text_sentence(text, LANGUAGE_EN, "hello", NULL, arena), "Hello ");
	assert_string_equal(text_sentence(text, LANGUAGE_EN, "bye", view, arena), "Bye");
	assert_true(text_has(text, "bye"));
	assert_false(text_has(text, "by"));
	assert_false(text_has(text, ""));
	assert_true(unit_aborts(unknown_sentence, text));
	text_free(&text);
}

static void
files(void **state)
{
	struct text *text = load(NULL);
	struct bytes content;

	(void)state;
	assert_int_equal(text_file(text, "style.css", &content), ERR_OK);
	assert_true(bytes_equal(content, bytes_of("a{b:c}")));
	assert_int_equal(text_file(text, "page.html", &content), ERR_NOT_FOUND);
	assert_int_equal(text_file(text, "en.json", &content), ERR_NOT_FOUND);
	assert_int_equal(text_file(text, "../style.css", &content), ERR_NOT_FOUND);
	assert_int_equal(text_file(text, "", &content), ERR_NOT_FOUND);
	text_free(&text);
}

static const char *
printed(const struct text *text)
{
	struct buf out;

	buf_init(&out, arena, 1000);
	template_print(text, LANGUAGE_EN, "page", NULL, &out);
	return buf_text(&out);
}

static void
a_theme_replaces(void **state)
{
	struct text *text;
	struct bytes content;

	(void)state;
	pages_write(theme, "en.json", bytes_of("{\"bye\": \"See you\"}"));
	text = load(theme);
	assert_string_equal(printed(text), "See you");
	assert_string_equal(text_sentence(text, LANGUAGE_FR, "bye", NULL, arena), "Adieu");
	text_free(&text);
	pages_write(theme, "page.html", bytes_of("{{include _logo}}: {{t bye}}"));
	pages_write(theme, "_logo.html", bytes_of("<img src=\"logo.svg\">"));
	pages_write(theme, "logo.svg", bytes_of("<svg/>"));
	pages_write(theme, "style.css", bytes_of("d{}"));
	text = load(theme);
	assert_string_equal(printed(text), "<img src=\"logo.svg\">: See you");
	assert_int_equal(text_file(text, "logo.svg", &content), ERR_OK);
	assert_int_equal(text_file(text, "style.css", &content), ERR_OK);
	assert_true(bytes_equal(content, bytes_of("d{}")));
	text_free(&text);
	pages_write(theme, "fr.json", bytes_of("{\n\"new\": \"x\"}"));
	assert_refused(ERR_FORMAT, theme, "fr.json, line 2: there is no sentence \"new\"");
	assert_refused(ERR_IO, "/no/such/theme", "/no/such/theme");
}

static void
bad_catalogues(void **state)
{
	static const struct {
		const char *json, *says;
	} rows[] = {
	    {"", "en.json"},
	    {"[]", "en.json: a catalogue must be one JSON object"},
	    {"{" DURATIONS_EN ",\n\n \"hello\": }", "en.json, line 3: not the JSON"},
	    {"{\"a\": \"1\",\n\"a\": \"2\"}",
		"en.json, line 2: not the JSON of a catalogue: duplicate"},
	    {"{" DURATIONS_EN ",\n\"hello\": 7}", "en.json, line 2: the value of \"hello\""},
	    {"{" DURATIONS_EN ",\n\"hello\": \"\"}", "en.json, line 2: the value of \"hello\""},
	    {"{" DURATIONS_EN ",\n\"Hello\": \"x\"}", "en.json, line 2: the key \"Hello\""},
	    {"{" DURATIONS_EN ",\n\n\"hello\": \"a {name\"}",
		"en.json, line 3: the sentence \"hello\""},
	    {"{" DURATIONS_EN ",\n\"hello\": \"a } b\"}",
		"en.json, line 2: the sentence \"hello\""},
	    {"{" DURATIONS_EN ",\n\"hello\": \"{}\"}", "en.json, line 2: the sentence \"hello\""},
	    {"{" DURATIONS_EN ",\n\"hello\": \"{a b}\"}",
		"en.json, line 2: the sentence \"hello\""},
	    {"{" DURATIONS_EN ",\n\"hello\": \"{{a}}\"}",
		"en.json, line 2: the sentence \"hello\""},
	    {"{" DURATIONS_EN ", \"bye\": \"x\"}", "\"hello\" is missing from en.json"},
	    {"{" DURATIONS_EN ", \"bye\": \"x\", \"hello\": \"x\", \"more\": \"x\"}",
		"\"more\" is missing from fr.json"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		pages_write(directory, "en.json", bytes_of(rows[i].json));
		assert_refused(ERR_FORMAT, NULL, rows[i].says);
	}
	pages_write(directory, "en.json", bytes_of("{\"hello\": \"x\"}"));
	pages_write(directory, "fr.json", bytes_of("{\"hello\": \"x\"}"));
	assert_refused(ERR_FORMAT, NULL, "\"duration.second\" is missing");
}

static void
bounds_of_files(void **state)
{
	uint8_t *big = arena_alloc(arena, 512 * 1024 + 1);

	(void)state;
	memset(big, 'x', 512 * 1024 + 1);
	pages_write(directory, "big.css", bytes_make(big, 512 * 1024));
	struct text *text = load(NULL);
	text_free(&text);
	pages_write(directory, "big.css", bytes_make(big, 512 * 1024 + 1));
	assert_refused(ERR_FORMAT, NULL, "big.css: it is bigger");
	for (int i = 0; i < 64; i++)
		pages_write(directory, i == 0 ? "big.css" : arena_printf(arena, "%d.png", i),
		    bytes_of("x"));
	assert_refused(ERR_FORMAT, NULL, "more than 64 files");
}

static void
durations(void **state)
{
	static const struct {
		int64_t milliseconds;
		const char *en, *fr;
	} rows[] = {
	    {-1, "0 seconds", "0 seconde"},
	    {0, "0 seconds", "0 seconde"},
	    {1, "1 second", "1 seconde"},
	    {1000, "1 second", "1 seconde"},
	    {1001, "2 seconds", "2 secondes"},
	    {SECONDS(30), "30 seconds", "30 secondes"},
	    {MINUTES(1), "1 minute", "1 minute"},
	    {SECONDS(90), "90 seconds", "90 secondes"},
	    {MINUTES(2) - 1, "2 minutes", "2 minutes"},
	    {MINUTES(2) + 1, "3 minutes", "3 minutes"},
	    {HOURS(1), "1 hour", "1 heure"},
	    {MINUTES(61), "61 minutes", "61 minutes"},
	    {HOURS(2), "2 hours", "2 heures"},
	    {HOURS(2) + 1, "3 hours", "3 heures"},
	    {HOURS(24), "1 day", "1 jour"},
	    {HOURS(25), "25 hours", "25 heures"},
	    {DAYS(30), "30 days", "30 jours"},
	};
	struct text *text = load(NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_string_equal(
		    text_duration(text, LANGUAGE_EN, rows[i].milliseconds, arena), rows[i].en);
		assert_string_equal(
		    text_duration(text, LANGUAGE_FR, rows[i].milliseconds, arena), rows[i].fr);
	}
	text_free(&text);
}

/* The pages that we ship load, in both languages. */
static void
our_own_templates_load(void **state)
{
	struct text *text = NULL;

	(void)state;
	if (text_load(UNIT_TEMPLATES, NULL, arena, &text, &reason) != ERR_OK)
		fail_msg("%s", reason);
	text_free(&text);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    ROW(sentences),
	    ROW(files),
	    ROW(a_theme_replaces),
	    ROW(bad_catalogues),
	    ROW(bounds_of_files),
	    ROW(durations),
	    ROW(our_own_templates_load),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
