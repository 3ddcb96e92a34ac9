#include <string.h>

#include "text/internal.h"

/* A template on its way into nodes. */
struct compile {
	const struct text *text;
	struct template *template;
	struct place place; /* its line is that of the tag being read */
	const char *at;
	size_t room;
	unsigned line;
	struct {
		size_t node;
		unsigned line;
	} open[BLOCK_DEPTH_MAX];
	unsigned depth;
};

/* The words of one tag: {{word rest}}. */
struct tag {
	const char *word;
	const char *rest; /* "" when there is nothing more */
};

static struct node *
node_add(struct compile *compile, enum node_kind kind)
{
	struct template *template = compile->template;
	struct node *node;

	if (template->count == compile->room) {
		size_t room = compile->room > 0 ? 2 * compile->room : 64;

		template->nodes = arena_grow(compile->text->arena, template->nodes,
		    compile->room * sizeof(*node), room * sizeof(*node));
		compile->room = room;
	}
	node = &template->nodes[template->count++];
	node->kind = kind;
	node->line = compile->place.line;
	return node;
}

static enum err
node_add_name(struct compile *compile, enum node_kind kind, const char *name)
{
	if (!name_valid(bytes_of(name)))
		return place_refuse(&compile->place,
		    "\"%s\" is no name: a small letter, then small letters, digits, '-' and '_'",
		    name);
	node_add(compile, kind)->name = name_of(name);
	return ERR_OK;
}

static enum err
block_open(struct compile *compile)
{
	if (compile->depth == BLOCK_DEPTH_MAX)
		return place_refuse(&compile->place, "blocks nest deeper than %d", BLOCK_DEPTH_MAX);
	compile->open[compile->depth].node = compile->template->count - 1;
	compile->open[compile->depth++].line = compile->place.line;
	return ERR_OK;
}

static enum err
take_value(struct compile *compile, const char *name)
{
	return node_add_name(compile, NODE_VALUE, name);
}

static enum err
take_raw(struct compile *compile, const char *name)
{
	return node_add_name(compile, NODE_RAW, name);
}

static enum err
take_sentence(struct compile *compile, const char *key)
{
	const struct sentence *sentence = catalogue_find(&compile->text->catalogue, key);

	if (sentence == NULL)
		return place_refuse(&compile->place,
		    "there is no sentence \"%s\": correct the key or add it to the catalogues",
		    key);
	node_add(compile, NODE_SENTENCE)->sentence = sentence;
	return ERR_OK;
}

static enum err
take_if(struct compile *compile, const char *rest)
{
	bool negate = strncmp(rest, "not ", 4) == 0;
	enum err err = node_add_name(compile, NODE_IF, rest + (negate ? 4 : 0));

	if (err != ERR_OK)
		return err;
	compile->template->nodes[compile->template->count - 1].negate = negate;
	return block_open(compile);
}

static enum err
take_same(struct compile *compile, const char *rest)
{
	size_t len = strcspn(rest, " ");
	const char *name;
	enum err err;

	if (rest[len] == '\0')
		return place_refuse(&compile->place, "{{same}} needs a name and a value");
	name = arena_text_of(compile->text->arena, bytes_make(rest, len));
	err = node_add_name(compile, NODE_SAME, name);
	if (err != ERR_OK)
		return err;
	compile->template->nodes[compile->template->count - 1].text = bytes_of(rest + len + 1);
	return block_open(compile);
}

static enum err
take_each(struct compile *compile, const char *name)
{
	enum err err = node_add_name(compile, NODE_EACH, name);

	return err == ERR_OK ? block_open(compile) : err;
}

static enum err
take_else(struct compile *compile, const char *rest)
{
	struct node *node;

	if (rest[0] != '\0' || compile->depth == 0)
		return place_refuse(&compile->place, "an {{else}} without its {{if}}");
	node = &compile->template->nodes[compile->open[compile->depth - 1].node];
	if (node->kind == NODE_EACH)
		return place_refuse(
		    &compile->place, "{{each}} has no {{else}}: put an {{if}} around it");
	if (node->else_at != 0)
		return place_refuse(&compile->place, "a second {{else}} in one block");
	node->else_at = compile->template->count;
	return ERR_OK;
}

static enum err
take_end(struct compile *compile, const char *rest)
{
	struct node *node;

	if (rest[0] != '\0' || compile->depth == 0)
		return place_refuse(&compile->place, "an {{end}} without a block");
	node = &compile->template->nodes[compile->open[--compile->depth].node];
	node->end_at = compile->template->count;
	if (node->else_at == 0)
		node->else_at = node->end_at;
	return ERR_OK;
}

static enum err
take_include(struct compile *compile, const char *name)
{
	const char *full = compile->template->medium == MEDIUM_HTML
			       ? name
			       : arena_printf(compile->text->arena, "%s.txt", name);
	const struct template *include = text_template(compile->text, full);

	if (include == NULL)
		return place_refuse(
		    &compile->place, "there is no template \"%s\" to include", full);
	node_add(compile, NODE_INCLUDE)->include = include;
	return ERR_OK;
}

/* The tags with a word of their own; any other single word is a value.  Those that shape the page and print nothing take
 * their line with them when they stand on it alone. */
static const struct tag_rule {
	const char *word;
	enum err (*take)(struct compile *compile, const char *rest);
	bool silent;
} rules[] = {
    {"t", take_sentence, false},
    {"raw", take_raw, false},
    {"if", take_if, true},
    {"same", take_same, true},
    {"each", take_each, true},
    {"else", take_else, true},
    {"end", take_end, true},
    {"include", take_include, true},
};

static const struct tag_rule *
rule_find(const char *word)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (strcmp(word, rules[i].word) == 0)
			return &rules[i];
	}
	return NULL;
}

static enum err
take_tag(struct compile *compile, const struct tag *tag)
{
	const struct tag_rule *rule = rule_find(tag->word);

	if (rule != NULL)
		return rule->take(compile, tag->rest);
	if (tag->rest[0] != '\0')
		return place_refuse(&compile->place, "there is no tag {{%s ...}}", tag->word);
	return take_value(compile, tag->word);
}

/* "{{  word   rest }}" into its words; the end is at *ret_end. */
static enum err
tag_parse(struct compile *compile, const char *start, struct tag *ret_tag, const char **ret_end)
{
	const char *from = start + 2;
	const char *end = from + strcspn(from, "{}\n");
	char *text, *rest;
	size_t len;

	if (end[0] != '}' || end[1] != '}')
		return place_refuse(&compile->place, "a {{ that is not closed by }} on its line");
	*ret_end = end + 2;
	while (from < end && *from == ' ')
		from++;
	while (from < end && end[-1] == ' ')
		end--;
	text = arena_text_of(compile->text->arena, bytes_make(from, (size_t)(end - from)));
	len = strcspn(text, " ");
	rest = text + len;
	while (*rest == ' ')
		rest++;
	text[len] = '\0';
	*ret_tag = (struct tag){text, rest};
	return ERR_OK;
}

/* The literal before a tag and what follows it, without the line that a silent tag has for itself: its indent before,
 * its newline behind. */
static void
cut_own_line(const char *source, const char **literal_end, const char **after)
{
	const char *before = *literal_end, *behind = *after;

	while (before > source && (before[-1] == ' ' || before[-1] == '\t'))
		before--;
	while (*behind == ' ' || *behind == '\t')
		behind++;
	if ((before > source && before[-1] != '\n') || (*behind != '\n' && *behind != '\0'))
		return;
	*literal_end = before;
	*after = *behind == '\n' ? behind + 1 : behind;
}

static void
put_literal(struct compile *compile, const char *end)
{
	if (end > compile->at)
		node_add(compile, NODE_LITERAL)->text =
		    bytes_make(compile->at, (size_t)(end - compile->at));
}

static unsigned
count_lines(const char *from, const char *to)
{
	unsigned lines = 0;

	for (; from < to; from++)
		lines += *from == '\n';
	return lines;
}

static enum err
compile_tag(struct compile *compile, const char *source, const char *start)
{
	const char *literal_end = start, *after = start;
	const struct tag_rule *rule;
	struct tag tag = {"", ""};
	enum err err;

	compile->line += count_lines(compile->at, start);
	compile->place.line = compile->line;
	err = tag_parse(compile, start, &tag, &after);
	if (err != ERR_OK)
		return err;
	rule = rule_find(tag.word);
	if (rule != NULL && rule->silent)
		cut_own_line(source, &literal_end, &after);
	put_literal(compile, literal_end);
	compile->line += count_lines(start, after);
	compile->at = after;
	return take_tag(compile, &tag);
}

enum err
template_compile(const struct text *text, struct template *template, const struct place *place)
{
	const char *source = (const char *)template->source.data, *start;
	struct compile compile = {
	    .text = text, .template = template, .place = *place, .at = source, .line = 1};

	while ((start = strstr(compile.at, "{{")) != NULL) {
		enum err err = compile_tag(&compile, source, start);

		if (err != ERR_OK)
			return err;
	}
	put_literal(&compile, source + template->source.len);
	if (compile.depth > 0) {
		compile.place.line = compile.open[compile.depth - 1].line;
		return place_refuse(&compile.place, "a block that has no {{end}}");
	}
	return ERR_OK;
}

enum err
template_check_depth(const struct template *template, unsigned depth, const struct place *place)
{
	for (size_t i = 0; i < template->count; i++) {
		const struct node *node = &template->nodes[i];
		struct place here = {place->arena, template->path, node->line, place->ret_reason};
		enum err err;

		if (node->kind != NODE_INCLUDE)
			continue;
		if (depth == INCLUDE_DEPTH_MAX)
			return place_refuse(&here,
			    "includes nest deeper than %d, or include themselves",
			    INCLUDE_DEPTH_MAX);
		err = template_check_depth(node->include, depth + 1, place);
		if (err != ERR_OK)
			return err;
	}
	return ERR_OK;
}
