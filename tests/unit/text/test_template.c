#include "../unit.h"

#include <string.h>

#include "pages.h"

static struct arena *arena;
static char *directory;
static const char *reason;

/* A fresh directory for each test: catalogues, a partial and a mail's partial. */
static int
setup(void **state)
{
	(void)state;
	arena = arena_new(64 << 20);
	directory = unit_directory();
	pages_write(directory, "en.json",
	    bytes_of("{" DURATIONS_EN ", \"hello\": \"Hello {name} <&>\", \"bye\": \"Bye\"}"));
	pages_write(directory, "fr.json",
	    bytes_of("{" DURATIONS_FR ", \"hello\": \"Bonjour {name} <&>\", \"bye\": \"Adieu\"}"));
	pages_write(directory, "_part.html", bytes_of("[{{name}}]"));
	pages_write(directory, "_part.txt", bytes_of("({{name}})"));
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	unit_directory_remove(&directory);
	arena_free(&arena);
	return 0;
}

static const char *
fill(const char *file, const char *name, const char *template, const struct view *view)
{
	struct text *text = NULL;
	struct buf out;

	pages_write(directory, file, bytes_of(template));
	if (text_load(directory, NULL, arena, &text, &reason) != ERR_OK)
		fail_msg("%s", reason);
	buf_init(&out, arena, 100000);
	template_print(text, LANGUAGE_EN, name, view, &out);
	assert_false(out.failed);
	text_free(&text);
	return buf_text(&out);
}

static const char *
page(const char *template, const struct view *view)
{
	return fill("page.html", "page", template, view);
}

static void
values_are_escaped(void **state)
{
	struct view *view = view_new(arena);

	(void)state;
	view_text(view, "name", "<b> & \"x\" 'y'");
	view_text(view, "gone", "x");
	view_text(view, "gone", NULL);
	view_number(view, "count", -5);
	assert_string_equal(
	    page("a {{name}} b", view), "a &lt;b&gt; &amp; &quot;x&quot; &#39;y&#39; b");
	assert_string_equal(page("{{gone}}{{absent}}|{{count}}|{{ count }}", view), "|-5|-5");
	assert_string_equal(page("{{raw name}}", view), "<b> & \"x\" 'y'");
	assert_string_equal(page("{{t hello}}", view),
	    "Hello &lt;b&gt; &amp; &quot;x&quot; &#39;y&#39; &lt;&amp;&gt;");
	assert_string_equal(page("{{t hello}}{{t bye}}", NULL), "Hello  &lt;&amp;&gt;Bye");
	assert_string_equal(page("{ {a} } }} {{name}}", NULL), "{ {a} } }} ");
	assert_string_equal(page("", NULL), "");
}

static void
mails_are_plain(void **state)
{
	struct view *view = view_new(arena);

	(void)state;
	view_text(view, "name", "<b>\r\x1b");
	assert_string_equal(
	    fill("code.txt", "code.txt", "{{name}} {{t hello}} {{include _part}}", view),
	    "<b>\xef\xbf\xbd\xef\xbf\xbd Hello <b>\xef\xbf\xbd\xef\xbf\xbd <&> "
	    "(<b>\xef\xbf\xbd\xef\xbf\xbd)");
}

static void
conditions(void **state)
{
	struct view *view = view_new(arena);

	(void)state;
	view_flag(view, "yes", true);
	view_flag(view, "no", false);
	view_text(view, "text", "x");
	view_text(view, "empty", "");
	view_number(view, "zero", 0);
	view_number(view, "one", 1);
	view_item(view, "list");
	assert_string_equal(
	    page("{{if yes}}1{{else}}2{{end}}{{if no}}3{{else}}4{{end}}", view), "14");
	assert_string_equal(page("{{if text}}1{{end}}{{if empty}}2{{end}}{{if absent}}3{{end}}"
				 "{{if list}}4{{end}}{{if zero}}5{{end}}{{if one}}6{{end}}",
				view),
	    "146");
	assert_string_equal(
	    page("{{if not absent}}1{{end}}{{if not yes}}2{{else}}3{{end}}", view), "13");
	assert_string_equal(page("{{same text x}}1{{else}}2{{end}}{{same text y}}3{{else}}4{{end}}"
				 "{{same absent x}}5{{end}}{{same one 1}}6{{end}}",
				view),
	    "146");
	assert_string_equal(
	    page("{{if yes}}{{if no}}1{{else}}{{if text}}2{{end}}{{end}}{{end}}3", view), "23");
}

static void
lists_and_scopes(void **state)
{
	struct view *view = view_new(arena), *item;

	(void)state;
	view_text(view, "name", "outer");
	for (int i = 0; i < 3; i++) {
		item = view_item(view, "items");
		if (i == 1)
			view_text(item, "name", "inner");
		if (i == 2)
			view_text(item, "name", NULL);
		for (int j = 0; j < i; j++)
			view_text(view_item(item, "subs"), "sub", j == 0 ? "x" : "y");
	}
	assert_string_equal(page("{{each items}}{{number}}{{if first}}f{{end}}{{if last}}l{{end}}"
				 "={{name}};{{end}}",
				view),
	    "1f=outer;2=inner;3l=;");
	assert_string_equal(page("{{each items}}<{{each subs}}{{number}}{{sub}}{{if not "
				 "last}},{{end}}{{end}}>{{end}}",
				view),
	    "<><1x><1x,2y>");
	assert_string_equal(
	    page("{{each absent}}x{{end}}{{each name}}y{{end}}{{first}}{{number}}", view), "");
	assert_string_equal(
	    page("{{each items}}{{include _part}}{{end}}", view), "[outer][inner][]");
}

static void
silent_tags_take_their_line(void **state)
{
	struct view *view = view_new(arena);

	(void)state;
	view_flag(view, "yes", true);
	assert_string_equal(
	    page("a\n  {{if yes}}  \n\tb\n  {{else}}\nc\n{{end}}\nd\n", view), "a\n\tb\nd\n");
	assert_string_equal(page("a {{if yes}}\nb{{end}}\n", view), "a \nb\n");
	assert_string_equal(page("{{if yes}}\na\n{{end}}", view), "a\n");
	assert_string_equal(page("a\n{{name}}\nb\n", view), "a\n\nb\n");
}

static void
both_languages(void **state)
{
	struct text *text = NULL;
	struct buf out;

	(void)state;
	pages_write(directory, "page.html", bytes_of("{{t bye}}"));
	assert_int_equal(text_load(directory, NULL, arena, &text, &reason), ERR_OK);
	buf_init(&out, arena, 100);
	template_print(text, LANGUAGE_FR, "page", NULL, &out);
	template_print(text, LANGUAGE_EN, "page", NULL, &out);
	assert_string_equal(buf_text(&out), "AdieuBye");
	text_free(&text);
}

static void
mistakes_are_told_with_their_line(void **state)
{
	static const struct {
		const char *template, *says;
	} rows[] = {
	    {"{{", "line 1: a {{"},
	    {"\n\n{{name", "line 3: a {{"},
	    {"\n{{na\nme}}", "line 2: a {{"},
	    {"{{}}", "line 1: \"\""},
	    {"{{na}me}}", "line 1: a {{"},
	    {"{{Name}}", "line 1: \"Name\""},
	    {"{{na.me}}", "line 1: \"na.me\""},
	    {"a\n{{foo bar}}", "line 2: there is no tag {{foo"},
	    {"{{t nothing}}", "line 1: there is no sentence \"nothing\""},
	    {"\n\n\n{{t}}", "line 4: there is no sentence"},
	    {"{{raw}}", "line 1: \"\""},
	    {"{{raw a b}}", "line 1: \"a b\""},
	    {"{{if}}x{{end}}", "line 1: \"\""},
	    {"{{if a b}}x{{end}}", "line 1: \"a b\""},
	    {"{{if not}}x{{else}}{{end}}{{if not }}{{end}}{{else}}", "line 1: an {{else}} without"},
	    {"x\n{{if a}}\nb\n{{if b}}\n{{end}}\n", "line 2: a block that has no {{end}}"},
	    {"{{end}}", "line 1: an {{end}} without"},
	    {"\n{{else}}", "line 2: an {{else}} without"},
	    {"{{if a}}\n{{else}}\n{{else}}{{end}}", "line 3: a second {{else}}"},
	    {"{{each a}}\n{{else}}{{end}}", "line 2: {{each}} has no {{else}}"},
	    {"{{each}}{{end}}", "line 1: \"\""},
	    {"{{same a}}{{end}}", "line 1: {{same}} needs"},
	    {"{{end if}}", "line 1: an {{end}}"},
	    {"\n{{include nothing}}", "line 2: there is no template \"nothing\""},
	    {"\n{{include page}}", "line 2: includes nest deeper"},
	    {"\xff", "UTF-8"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct text *text = NULL;

		reason = "none";
		pages_write(directory, "page.html", bytes_of(rows[i].template));
		assert_int_equal(text_load(directory, NULL, arena, &text, &reason), ERR_FORMAT);
		assert_null(text);
		if (strstr(reason, "/page.html") == NULL || strstr(reason, rows[i].says) == NULL)
			fail_msg("row %zu: \"%s\"", i, reason);
	}
}

static void
blocks_have_a_depth(void **state)
{
	struct text *text = NULL;
	struct buf template;

	(void)state;
	buf_init(&template, arena, 10000);
	for (int i = 0; i < 33; i++)
		buf_put_text(&template, "{{if a}}");
	for (int i = 0; i < 33; i++)
		buf_put_text(&template, "{{end}}");
	pages_write(directory, "page.html", buf_bytes(&template));
	assert_int_equal(text_load(directory, NULL, arena, &text, &reason), ERR_FORMAT);
	assert_non_null(strstr(reason, "blocks nest deeper"));
}

static void
print_nothing(void *arg)
{
	struct buf out;

	buf_init(&out, arena, 100);
	template_print(arg, LANGUAGE_EN, "no-such-page", NULL, &out);
}

static void
an_unknown_template_aborts(void **state)
{
	struct text *text = NULL;

	(void)state;
	assert_int_equal(text_load(directory, NULL, arena, &text, &reason), ERR_OK);
	assert_true(unit_aborts(print_nothing, text));
	text_free(&text);
	assert_null(text);
	text_free(&text);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    ROW(values_are_escaped),
	    ROW(mails_are_plain),
	    ROW(conditions),
	    ROW(lists_and_scopes),
	    ROW(silent_tags_take_their_line),
	    ROW(both_languages),
	    ROW(mistakes_are_told_with_their_line),
	    ROW(blocks_have_a_depth),
	    ROW(an_unknown_template_aborts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
