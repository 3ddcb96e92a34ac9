#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "text/internal.h"

/* Both directories' worth of templates, catalogues and files, twice over. */
#define TEXT_ARENA ((size_t)128 * 1024 * 1024)
/* More entries than this in a directory are not ours. */
#define ENTRIES_MAX 512

/* A file as read from the directory or the theme. */
struct entry {
	const char *name;
	const char *path;
	struct bytes content;
};

struct entries {
	struct entry *list; /* sorted by name */
	size_t count;
};

/* What a browser may be given as it is. */
static const char *const served[] = {"css", "ico", "js", "png", "svg", "woff2"};

enum err
place_refuse(const struct place *place, const char *format, ...)
{
	const char *what;
	va_list args;

	va_start(args, format);
	what = arena_vprintf(place->arena, format, args);
	va_end(args);
	if (place->line > 0)
		*place->ret_reason =
		    arena_printf(place->arena, "%s, line %u: %s", place->file, place->line, what);
	else
		*place->ret_reason = arena_printf(place->arena, "%s: %s", place->file, what);
	return ERR_FORMAT;
}

static const char *
extension_of(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot != NULL && dot != name ? dot + 1 : "";
}

static bool
is_template(const char *name)
{
	return strcmp(extension_of(name), "html") == 0 || strcmp(extension_of(name), "txt") == 0;
}

static bool
is_served(const char *name)
{
	for (size_t i = 0; i < sizeof(served) / sizeof(served[0]); i++) {
		if (strcmp(extension_of(name), served[i]) == 0)
			return true;
	}
	return false;
}

static bool
is_catalogue(const char *name)
{
	return strcmp(name, "en.json") == 0 || strcmp(name, "fr.json") == 0;
}

static void
close_descriptor(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static void
close_directory(DIR **dir)
{
	if (*dir != NULL)
		closedir(*dir);
}

static enum err
refuse_io(const struct place *place, const char *what)
{
	place_refuse(place, "%s: %s", what, strerror(errno));
	return ERR_IO;
}

/* The whole file with a NUL behind it (not counted). */
static enum err
file_load(
    const char *path, struct arena *keep, const struct place *place, struct bytes *ret_content)
{
	CLEANUP(close_descriptor)
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	char *data;
	size_t len = 0;

	if (fd < 0 || fstat(fd, &status) != 0)
		return refuse_io(place, "it cannot be read");
	if (status.st_size > (off_t)TEXT_FILE_MAX)
		return place_refuse(place, "it is bigger than %zu bytes", TEXT_FILE_MAX);
	data = arena_alloc(keep, (size_t)status.st_size + 1);
	while (len < (size_t)status.st_size) {
		ssize_t got = read(fd, data + len, (size_t)status.st_size - len);

		if (got < 0)
			return refuse_io(place, "it cannot be read");
		if (got == 0)
			break;
		len += (size_t)got;
	}
	*ret_content = bytes_make(data, len);
	return ERR_OK;
}

static int
compare_entries(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static enum err
entry_add(struct entries *entries, const char *directory, const char *name, struct arena *keep,
    const struct place *place)
{
	struct place here = *place;
	struct entry entry;
	enum err err;

	entry.name = arena_text(keep, name);
	entry.path = arena_printf(keep, "%s/%s", directory, name);
	here.file = arena_text(place->arena, entry.path);
	if (entries->count == ENTRIES_MAX)
		return place_refuse(place, "it has more than %d files", ENTRIES_MAX);
	err = file_load(entry.path, keep, &here, &entry.content);
	if (err != ERR_OK)
		return err;
	if (!is_served(name) && !utf8_valid(entry.content))
		return place_refuse(&here, "it is not well-formed UTF-8");
	entries->list[entries->count++] = entry;
	return ERR_OK;
}

static enum err
entries_load(const char *directory, struct arena *keep, struct arena *arena,
    const char **ret_reason, struct entries *ret_entries)
{
	struct place place = {arena, directory, 0, ret_reason};
	CLEANUP(close_directory)
	DIR *dir = opendir(directory);
	const struct dirent *dirent;

	if (dir == NULL)
		return refuse_io(&place, "the directory of templates cannot be read");
	ret_entries->list = arena_array(keep, ENTRIES_MAX, sizeof(struct entry));
	ret_entries->count = 0;
	while ((dirent = readdir(dir)) != NULL) {
		enum err err;

		if (!is_template(dirent->d_name) && !is_served(dirent->d_name) &&
		    !is_catalogue(dirent->d_name))
			continue;
		err = entry_add(ret_entries, directory, dirent->d_name, keep, &place);
		if (err != ERR_OK)
			return err;
	}
	qsort(ret_entries->list, ret_entries->count, sizeof(struct entry), compare_entries);
	return ERR_OK;
}

static const struct entry *
entries_find(const struct entries *entries, const char *name)
{
	struct entry wanted = {.name = name};

	return bsearch(&wanted, entries->list, entries->count, sizeof(wanted), compare_entries);
}

/* What the theme has instead of the directory's file, and what it has on top. */
static enum err
entries_overlay(struct entries *entries, const struct entries *theme, const struct place *place)
{
	size_t base_count = entries->count;

	for (size_t i = 0; i < theme->count; i++) {
		const struct entry *entry = &theme->list[i];
		struct entries base = {entries->list, base_count};
		const struct entry *old = entries_find(&base, entry->name);

		if (is_catalogue(entry->name))
			continue;
		if (old != NULL) {
			entries->list[old - entries->list] = *entry;
			continue;
		}
		if (entries->count == ENTRIES_MAX)
			return place_refuse(place, "it has more than %d files", ENTRIES_MAX);
		entries->list[entries->count++] = *entry;
	}
	qsort(entries->list, entries->count, sizeof(struct entry), compare_entries);
	return ERR_OK;
}

/* The sentences of both languages from one directory. */
static enum err
catalogues_load(struct text *text, const struct entries *entries, bool overlay,
    const char *directory, struct arena *arena, const char **ret_reason)
{
	for (int language = 0; language < LANGUAGES; language++) {
		const char *name =
		    arena_printf(arena, "%s.json", language_print((enum language)language));
		const struct entry *entry = entries_find(entries, name);
		struct place place = {arena, directory, 0, ret_reason};
		enum err err;

		if (entry == NULL) {
			if (overlay)
				continue;
			return place_refuse(&place, "the catalogue %s is missing", name);
		}
		place.file = arena_text(arena, entry->path);
		err = catalogue_parse(&text->catalogue, text->arena, (enum language)language,
		    entry->content, overlay, &place);
		if (err != ERR_OK)
			return err;
	}
	return ERR_OK;
}

/* "second-factor.html" is called "second-factor", "code.txt" stays "code.txt". */
static void
template_add(struct text *text, const struct entry *entry)
{
	struct template *template = &text->templates[text->template_count++];
	bool html = strcmp(extension_of(entry->name), "html") == 0;
	size_t len = strlen(entry->name) - (html ? strlen(".html") : 0);

	template->name = arena_text_of(text->arena, bytes_make(entry->name, len));
	template->path = entry->path;
	template->medium = html ? MEDIUM_HTML : MEDIUM_MAIL;
	template->source = entry->content;
}

static int
compare_template_names(const void *a, const void *b)
{
	return strcmp(((const struct template *)a)->name, ((const struct template *)b)->name);
}

static enum err
templates_compile(struct text *text, struct arena *arena, const char **ret_reason)
{
	qsort(
	    text->templates, text->template_count, sizeof(struct template), compare_template_names);
	for (size_t i = 0; i < text->template_count; i++) {
		struct template *template = &text->templates[i];
		struct place place = {arena, template->path, 0, ret_reason};
		enum err err;

		if (memchr(template->source.data, '\0', template->source.len) != NULL)
			return place_refuse(&place, "it holds a NUL byte");
		err = template_compile(text, template, &place);
		if (err != ERR_OK)
			return err;
	}
	for (size_t i = 0; i < text->template_count; i++) {
		struct place place = {arena, text->templates[i].path, 0, ret_reason};
		enum err err = template_check_depth(&text->templates[i], 0, &place);

		if (err != ERR_OK)
			return err;
	}
	return ERR_OK;
}

/* Sort what was read into templates and files to serve. */
static enum err
entries_take(struct text *text, const struct entries *entries, const struct place *place)
{
	text->templates = arena_array(text->arena, entries->count, sizeof(struct template));
	text->files = arena_array(text->arena, TEXT_FILES_MAX, sizeof(struct file));
	for (size_t i = 0; i < entries->count; i++) {
		const struct entry *entry = &entries->list[i];

		if (is_template(entry->name)) {
			template_add(text, entry);
		} else if (is_served(entry->name)) {
			if (text->file_count == TEXT_FILES_MAX)
				return place_refuse(
				    place, "more than %d files to serve", TEXT_FILES_MAX);
			text->files[text->file_count++] =
			    (struct file){entry->name, entry->content};
		}
	}
	return ERR_OK;
}

static enum err
text_fill(struct text *text, const char *directory, const char *theme, struct arena *arena,
    const char **ret_reason)
{
	struct place place = {arena, directory, 0, ret_reason};
	struct entries entries, extra = {NULL, 0};
	enum err err;

	err = entries_load(directory, text->arena, arena, ret_reason, &entries);
	if (err == ERR_OK && theme != NULL)
		err = entries_load(theme, text->arena, arena, ret_reason, &extra);
	if (err == ERR_OK)
		err = catalogues_load(text, &entries, false, directory, arena, ret_reason);
	if (err == ERR_OK)
		err = catalogue_check(&text->catalogue, &place);
	if (err == ERR_OK && theme != NULL)
		err = catalogues_load(text, &extra, true, theme, arena, ret_reason);
	if (err == ERR_OK && theme != NULL)
		err = entries_overlay(&entries, &extra, &place);
	if (err == ERR_OK)
		err = entries_take(text, &entries, &place);
	if (err == ERR_OK)
		err = templates_compile(text, arena, ret_reason);
	return err;
}

enum err
text_load(const char *directory, const char *theme, struct arena *arena, struct text **ret_text,
    const char **ret_reason)
{
	struct text *text = calloc(1, sizeof(*text));
	enum err err;

	must(text != NULL);
	text->arena = arena_new(TEXT_ARENA);
	err = text_fill(text, directory, theme, arena, ret_reason);
	if (err != ERR_OK) {
		text_free(&text);
		return err;
	}
	*ret_text = text;
	return ERR_OK;
}

void
text_free(struct text **text)
{
	if (*text == NULL)
		return;
	arena_free(&(*text)->arena);
	free(*text);
	*text = NULL;
}

static int
compare_files(const void *a, const void *b)
{
	return strcmp(((const struct file *)a)->name, ((const struct file *)b)->name);
}

enum err
text_file(const struct text *text, const char *name, struct bytes *ret_content)
{
	struct file wanted = {.name = name};
	const struct file *found =
	    bsearch(&wanted, text->files, text->file_count, sizeof(wanted), compare_files);

	if (found == NULL)
		return ERR_NOT_FOUND;
	*ret_content = found->content;
	return ERR_OK;
}
