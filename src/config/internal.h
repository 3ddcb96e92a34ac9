/* internal.h - how a configuration file becomes a snapshot, for this folder only.
 *
 *   file --tree.c--> tree of nodes with lines and columns --load.c, value.c--> struct config --cross.c--> checked
 *                                       options.def says what may stand where
 */
#ifndef CONFIG_INTERNAL_H
#define CONFIG_INTERNAL_H

#include "base/buf.h"
#include "base/clock.h"
#include "config/config.h"

/* Bounds of the file. */
#define CONFIG_FILE_MAX (1024 * 1024)
#define CONFIG_DEPTH_MAX 8
#define CONFIG_NODES_MAX 50000
#define CONFIG_KEYS_MAX 200	/* of one mapping */
#define CONFIG_FAULTS_MAX 20

/* A snapshot as it is allocated: its memory stands behind what others see. */
struct config_owned {
	struct config config;	/* first, so that one pointer means both */
	struct arena *arena;
};

/* One load: where its memory comes from and what was found wrong so far. */
struct load {
	const char *file;	/* as named by the caller: it begins every fault */
	const char *folder;	/* absolute; what relative paths are relative to */
	struct arena *arena;	/* of the snapshot */
	struct config *config;
	struct buf faults;	/* in the caller's arena; one line each */
	unsigned fault_count;
	struct buf warnings;	/* in the snapshot's arena; one line each, no newline at the end */
	unsigned node_count;
};

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAP };

struct node {
	enum node_kind kind;
	const char *key;	/* of a member of a mapping, else NULL */
	const char *text;	/* of a scalar */
	bool quoted;
	int line, column;	/* from 1; of the key where there is one */
	struct node *first, *next;
	size_t count;
};

/* Parse YAML text to a tree; faults are added to load.  NULL when there was one. */
struct node *tree_parse(struct load *load, struct bytes yaml);
/* The member of a mapping; NULL when node is NULL, is no mapping or has no such key. */
const struct node *tree_get(const struct node *node, const char *key);

/* "FILE:LINE:COLUMN: KEY: what; remedy"; beyond CONFIG_FAULTS_MAX they are counted only.  node may be NULL (no place), key "" (none). */
void fault_add(struct load *load, const struct node *node, const char *key, const char *format, ...) __attribute__((format(printf, 4, 5)));
void warning_add(struct load *load, const struct node *node, const char *key, const char *format, ...) __attribute__((format(printf, 4, 5)));

enum option_type {
	OPTION_SECTION,		/* a mapping of further options */
	OPTION_LIST,		/* a list of such mappings */
	OPTION_TEXT,		/* const char *: printable UTF-8 */
	OPTION_NAMES,		/* struct names: { en: ..., fr: ... } */
	OPTION_FLAG,		/* bool */
	OPTION_COUNT,		/* unsigned */
	OPTION_SIZE,		/* unsigned, bytes */
	OPTION_DURATION,	/* int64_t, ms */
	OPTION_ADDRESS,		/* struct address */
	OPTION_ORIGIN,		/* const char *: a URL without path */
	OPTION_URL,		/* const char * */
	OPTION_URLS,		/* struct texts */
	OPTION_URI,		/* const char * */
	OPTION_URIS,		/* struct texts */
	OPTION_IPS,		/* struct texts */
	OPTION_FILE,		/* const char *: absolute; must be readable now */
	OPTION_PATH,		/* const char *: absolute; looked at by who uses it */
	OPTION_ID,		/* const char * */
	OPTION_IDS,		/* struct texts */
	OPTION_CHOICE,		/* an enum: the place of the word in choices */
	OPTION_WORD,		/* const char *: one of choices */
	OPTION_WORDS,		/* struct texts: some of choices */
	OPTION_SET		/* unsigned: a bit for each word of choices */
};

enum option_scope { SCOPE_NOWHERE, SCOPE_CONFIG, SCOPE_PROVIDER, SCOPE_PORTAL };
enum option_flag { OPTION_REQUIRED = 1, OPTION_SHOWN };

struct option {
	const char *key;	/* "portals[].session.idle" */
	enum option_type type;
	enum option_scope scope;
	size_t offset, size;	/* of the member that it fills; size 0: none */
	int flag;
	int64_t least, most;
	const char *choices, *fallback, *example, *sentence, *later;
};

extern const struct option options[];
extern const size_t option_count;

/* The row with exactly this key; NULL. */
const struct option *option_find(const char *key);
/* The row nearest to a key that does not exist; NULL when none is near. */
const struct option *option_nearest(const char *key);
/* Is the row a direct member of this section ("" for the top, "providers[]", "portals[].session")? */
bool option_within(const struct option *option, const char *section);
/* Does a value of this type stand in the file as a list of scalars? */
bool option_is_list(enum option_type type);
/* The last part of the row's key. */
const char *option_name(const struct option *option);
/* What a value must look like, to stand after "write": "a duration from 10s to 10m, as in 60s, 20m, 12h or 30d". */
const char *option_describe(const struct option *option, struct arena *arena);
/* The same for one item of a list. */
const char *option_describe_item(const struct option *option, struct arena *arena);
/* The i-th item (from 0) of "a|b|c" or "a, b"; NULL past the end. */
const char *option_item(const char *list, const char *separator, size_t i, struct arena *arena);

/* Set the member at target from a node, or add a fault. key: with indexes ("portals[2].id"). */
void value_set(struct load *load, const struct option *option, const struct node *node, const char *key, void *target);
/* Set it from the row's default. */
void value_default(struct load *load, const struct option *option, void *target);
/* Scalars only: false when the text does not fit the row. */
bool value_parse(struct load *load, const struct option *option, const char *text, void *target);

/* What one row cannot say alone.  root: the file's top mapping. */
void cross_check(struct load *load, const struct node *root);
/* The part of it about the mail server. */
void cross_check_mail(struct load *load, const struct node *root);
/* The parts of it about the help desk's console, and about the provider that its staff sign in with. */
void cross_check_helpdesk(struct load *load, const struct node *root);
void cross_check_staff(struct load *load, const struct node *root);
/* Is it the one that helpdesk.provider names? */
bool cross_is_staffs(const struct config *config, const struct provider_config *provider);
/* Read the files of secrets and keys that the snapshot names. */
void referenced_load(struct load *load, const struct node *root);
/* All of a regular file of at most `most` bytes: ERR_NOT_FOUND, ERR_IO, ERR_TOO_BIG.  *ret_mode may be NULL. */
enum err config_read(const char *path, size_t most, struct arena *arena, struct bytes *ret_content, unsigned *ret_mode);

#endif
