/* internal.h - what the files of text/ share: sentences, views and compiled templates. */
#ifndef TEXT_INTERNAL_H
#define TEXT_INTERNAL_H

#include "text/template.h"

#define LANGUAGES 2
/* One directory entry that is bigger stops the start. */
#define TEXT_FILE_MAX ((size_t)512 * 1024)
#define TEXT_FILES_MAX 64
#define INCLUDE_DEPTH_MAX 8
#define BLOCK_DEPTH_MAX 32

/* Where a start error is, and the arena of its sentence. */
struct place {
	struct arena *arena; /* the caller's: outlives a load that fails */
	const char *file;
	unsigned line; /* 0: the file as a whole */
	const char **ret_reason;
};

/* Write "<file>, line <n>: <what>" into *ret_reason; returns ERR_FORMAT. */
enum err place_refuse(const struct place *place, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A name as views and templates look it up: the hash saves most comparisons. */
struct name {
	uint32_t hash;
	const char *text;
};
/* text is kept, not copied. */
struct name name_of(const char *text);
/* A letter a-z or underscore, then letters, digits, '-' and '_'. */
bool name_valid(struct bytes text);

/* A part of a sentence: a literal, or a placeholder when name.text is not NULL. */
struct piece {
	struct name name;
	struct bytes plain;
	struct bytes html;
};

/* One key in all languages. */
struct sentence {
	const char *key;
	struct {
		const struct piece *pieces;
		size_t count;
	} in[LANGUAGES];
};

struct catalogue {
	struct sentence *sentences; /* sorted by key */
	size_t count;
};

/* Take the JSON object of one language: the first one defines sentences, theme ones (overlay) replace sentences that
 * exist.  ERR_FORMAT with a reason. */
enum err catalogue_parse(struct catalogue *catalogue, struct arena *keep, enum language language,
    struct bytes json, bool overlay, const struct place *place);
/* Every sentence is there in every language and the ones that code of this folder uses exist. */
enum err catalogue_check(const struct catalogue *catalogue, const struct place *place);
/* NULL: no such key. */
const struct sentence *catalogue_find(const struct catalogue *catalogue, const char *key);

/* The views around a place in a template: those of {{each}} first, the page's own last. */
struct frame {
	const struct view *view;
	const struct frame *outer;
	size_t number; /* of the item, 1-based; 0 for the page's own view */
	bool last;
};

/* The text that a name has here; NULL: none.  scratch holds a printed number. */
const char *frame_text(const struct frame *frame, const struct name *name, char scratch[24]);
/* A set flag, a number other than 0, a non-empty text or a non-empty list. */
bool frame_true(const struct frame *frame, const struct name *name);
/* The first item of a list, NULL when it is empty or no list; view_next() goes on. */
const struct view *frame_list(const struct frame *frame, const struct name *name);
const struct view *view_next(const struct view *item);

/* Where a text goes, and so how values are escaped: a page, a mail's plain body, or a text that is escaped later. */
enum medium { MEDIUM_HTML, MEDIUM_MAIL, MEDIUM_TEXT };

/* value may be NULL: prints nothing. */
void value_print(const char *value, enum medium medium, struct buf *out);
void sentence_print(const struct sentence *sentence, enum language language, enum medium medium,
    const struct frame *frame, struct buf *out);

enum node_kind {
	NODE_LITERAL,
	NODE_VALUE,
	NODE_RAW,
	NODE_SENTENCE,
	NODE_IF,
	NODE_SAME,
	NODE_EACH,
	NODE_INCLUDE
};

struct node {
	enum node_kind kind;
	bool negate;	  /* {{if not name}} */
	unsigned line;	  /* of an include, for its depth's error */
	struct name name; /* of a value, list or flag */
	struct bytes text; /* a literal; what {{same}} compares with */
	const struct sentence *sentence;
	const struct template *include;
	size_t else_at, end_at; /* of a block: the node of its second half, and the one behind it */
};

struct template {
	const char *name; /* "second-factor"; "second-factor.txt" of a mail */
	const char *path; /* for errors */
	enum medium medium;
	struct bytes source;
	struct node *nodes;
	size_t count;
};

struct file {
	const char *name;
	struct bytes content;
};

struct text {
	struct arena *arena;
	struct catalogue catalogue;
	struct template *templates; /* sorted by name */
	size_t template_count;
	struct file *files; /* sorted by name */
	size_t file_count;
};

/* NULL: no such template. */
const struct template *text_template(const struct text *text, const char *name);
/* Make nodes of a template's source; all templates' names must be known. */
enum err template_compile(const struct text *text, struct template *template,
    const struct place *place);
/* Refuse includes that nest deeper than INCLUDE_DEPTH_MAX, which a circle does. */
enum err template_check_depth(const struct template *template, unsigned depth,
    const struct place *place);

#endif
