/* A template: whatever compiles prints, and nothing that a view holds reaches a page unescaped. */
#include <string.h>

#include "fuzz.h"
#include "text/internal.h"

#define OUTPUT_MAX ((size_t)1 << 20)
/* Stands before each letter that must be escaped; no input may hold it. */
#define MARK "\xe2\x80\xa1"
#define HOSTILE MARK "<" MARK ">" MARK "&" MARK "\"" MARK "'"

static const char sentences_en[] =
    "{\"plain\": \"a " MARK "<b>\", \"with\": \"{name} and {list}\"}";
static const char sentences_fr[] =
    "{\"plain\": \"un " MARK "<b>\", \"with\": \"{name} et {list}\"}";
static const char part[] = "[{{name}}{{if flag}}{{t with}}{{end}}]";

/* A text as text_load() makes it of two templates: "page" is the input. */
static enum err
compile(struct arena *arena, struct bytes source, struct text *text)
{
	const char *reason = NULL;
	struct place place = {arena, "page.html", 0, &reason};
	struct bytes sources[] = {bytes_of(part), source};
	static const char *const names[] = {"_part", "page"};
	enum err err = ERR_OK;

	*text = (struct text){.arena = arena, .template_count = 2};
	must(catalogue_parse(&text->catalogue, arena, LANGUAGE_EN, bytes_of(sentences_en), false,
		 &place) == ERR_OK);
	must(catalogue_parse(&text->catalogue, arena, LANGUAGE_FR, bytes_of(sentences_fr), false,
		 &place) == ERR_OK);
	text->templates = arena_array(arena, 2, sizeof(struct template));
	for (size_t i = 0; i < 2; i++)
		text->templates[i] = (struct template){.name = names[i],
		    .path = "page.html",
		    .medium = MEDIUM_HTML,
		    .source = sources[i]};
	for (size_t i = 0; i < 2 && err == ERR_OK; i++)
		err = template_compile(text, &text->templates[i], &place);
	for (size_t i = 0; i < 2 && err == ERR_OK; i++)
		err = template_check_depth(&text->templates[i], 0, &place);
	must(err == ERR_OK || (err == ERR_FORMAT && strncmp(reason, "page.html", 9) == 0));
	return err;
}

/* Lists of two without lists inside: nested {{each}} would double its output at each level. */
static const struct view *
fill(struct arena *arena)
{
	struct view *view = view_new(arena);

	view_text(view, "name", HOSTILE);
	view_text(view, "empty", "");
	view_number(view, "count", -1);
	view_flag(view, "flag", true);
	for (int i = 0; i < 2; i++) {
		struct view *item = view_item(view, "list");

		view_text(item, "name", i == 0 ? "one" : HOSTILE);
		view_text(item, "list", NULL);
	}
	return view;
}

static bool
uses_raw(const struct template *template)
{
	for (size_t i = 0; i < template->count; i++) {
		if (template->nodes[i].kind == NODE_RAW)
			return true;
	}
	return false;
}

static void
check_escaped(const char *page)
{
	static const char *const references[] = {"&lt;", "&gt;", "&amp;", "&quot;", "&#39;"};

	for (const char *at = page; (at = strstr(at, MARK)) != NULL;) {
		bool found = false;

		at += strlen(MARK);
		for (size_t i = 0; i < sizeof(references) / sizeof(references[0]); i++)
			found = found || strncmp(at, references[i], strlen(references[i])) == 0;
		must(found);
	}
}

static void
print(const struct text *text, enum language language, const struct view *view)
{
	struct buf page;

	buf_init(&page, text->arena, OUTPUT_MAX);
	template_print(text, language, "page", view, &page);
	if (!page.failed && !uses_raw(text_template(text, "page")))
		check_escaped(buf_text(&page));
	template_print(text, language, "page", NULL, &page);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena();
	const char *source;
	struct text text;

	/* text_load() refuses these before it compiles */
	if (!fuzz_text(arena, data, size, &source) || !utf8_valid(bytes_of(source)) ||
	    strstr(source, MARK) != NULL)
		return 0;
	if (compile(arena, bytes_of(source), &text) != ERR_OK)
		return 0;
	fuzz_taken();
	print(&text, LANGUAGE_EN, fill(arena));
	print(&text, LANGUAGE_FR, fill(arena));
	return 0;
}
