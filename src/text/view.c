#include <stdio.h>
#include <string.h>

#include "text/internal.h"

#define FIRST_ENTRIES 16

enum entry_kind { ENTRY_TEXT, ENTRY_NUMBER, ENTRY_FLAG, ENTRY_LIST };

struct entry {
	struct name name;
	enum entry_kind kind;
	bool flag; /* of a number: it is not 0 */
	const char *text;
	struct view *first, *newest;
};

struct view {
	struct arena *arena;
	struct entry *entries;
	size_t count, room;
	struct view *next; /* in the list that it is an item of */
};

struct name
name_of(const char *text)
{
	struct name name = {2166136261u, text}; /* FNV-1a */

	for (; *text != '\0'; text++)
		name.hash = (name.hash ^ (uint8_t)*text) * 16777619u;
	return name;
}

bool
name_valid(struct bytes text)
{
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.data[i];

		if (!((c >= 'a' && c <= 'z') || c == '_' ||
			(i > 0 && ((c >= '0' && c <= '9') || c == '-'))))
			return false;
	}
	return text.len > 0;
}

struct view *
view_new(struct arena *arena)
{
	struct view *view = arena_new_object(arena, struct view);

	view->arena = arena;
	return view;
}

static const struct entry *
entry_find(const struct view *view, const struct name *name)
{
	for (size_t i = 0; i < view->count; i++) {
		if (view->entries[i].name.hash == name->hash &&
		    strcmp(view->entries[i].name.text, name->text) == 0)
			return &view->entries[i];
	}
	return NULL;
}

/* The entry of that name, made when it is not there. */
static struct entry *
entry_get(struct view *view, const char *text)
{
	struct name name = name_of(text);
	const struct entry *found = entry_find(view, &name);

	if (found != NULL)
		return &view->entries[found - view->entries];
	if (view->count == view->room) {
		size_t room = view->room > 0 ? 2 * view->room : FIRST_ENTRIES;

		view->entries = arena_grow(view->arena, view->entries,
		    view->room * sizeof(struct entry), room * sizeof(struct entry));
		view->room = room;
	}
	view->entries[view->count].name = name;
	return &view->entries[view->count++];
}

void
view_text(struct view *view, const char *name, const char *value)
{
	struct entry *entry = entry_get(view, name);

	entry->kind = ENTRY_TEXT;
	entry->text = arena_text(view->arena, value);
}

void
view_number(struct view *view, const char *name, int64_t value)
{
	struct entry *entry = entry_get(view, name);

	entry->kind = ENTRY_NUMBER;
	entry->flag = value != 0;
	entry->text = arena_printf(view->arena, "%lld", (long long)value);
}

void
view_flag(struct view *view, const char *name, bool value)
{
	struct entry *entry = entry_get(view, name);

	entry->kind = ENTRY_FLAG;
	entry->flag = value;
}

struct view *
view_item(struct view *view, const char *name)
{
	struct view *item = view_new(view->arena);
	struct entry *entry = entry_get(view, name);

	if (entry->kind == ENTRY_LIST && entry->newest != NULL)
		entry->newest->next = item;
	else
		entry->first = item;
	entry->kind = ENTRY_LIST;
	entry->newest = item;
	return item;
}

const struct view *
view_next(const struct view *item)
{
	return item->next;
}

/* What {{each}} itself tells about an item, unless the item has an entry of that name. */
enum given { GIVEN_NOTHING, GIVEN_FIRST, GIVEN_LAST, GIVEN_NUMBER };

static enum given
given(const struct frame *frame, const struct name *name)
{
	if (frame->number == 0)
		return GIVEN_NOTHING;
	if (strcmp(name->text, "first") == 0)
		return GIVEN_FIRST;
	if (strcmp(name->text, "last") == 0)
		return GIVEN_LAST;
	if (strcmp(name->text, "number") == 0)
		return GIVEN_NUMBER;
	return GIVEN_NOTHING;
}

/* The innermost entry of that name, or else *ret_given and the frame that gives it. */
static const struct entry *
frame_find(const struct frame **frame, const struct name *name, enum given *ret_given)
{
	*ret_given = GIVEN_NOTHING;
	for (; *frame != NULL; *frame = (*frame)->outer) {
		const struct entry *entry =
		    (*frame)->view != NULL ? entry_find((*frame)->view, name) : NULL;

		if (entry != NULL)
			return entry;
		*ret_given = given(*frame, name);
		if (*ret_given != GIVEN_NOTHING)
			return NULL;
	}
	return NULL;
}

const char *
frame_text(const struct frame *frame, const struct name *name, char scratch[24])
{
	enum given what;
	const struct entry *entry = frame_find(&frame, name, &what);

	if (entry != NULL)
		return entry->kind == ENTRY_TEXT || entry->kind == ENTRY_NUMBER ? entry->text
										: NULL;
	if (what != GIVEN_NUMBER)
		return NULL;
	snprintf(scratch, 24, "%zu", frame->number);
	return scratch;
}

bool
frame_true(const struct frame *frame, const struct name *name)
{
	enum given what;
	const struct entry *entry = frame_find(&frame, name, &what);

	if (entry != NULL) {
		switch (entry->kind) {
		case ENTRY_TEXT:
			return entry->text != NULL && entry->text[0] != '\0';
		case ENTRY_NUMBER:
		case ENTRY_FLAG:
			return entry->flag;
		case ENTRY_LIST:
			return entry->first != NULL;
		}
	}
	switch (what) {
	case GIVEN_FIRST:
		return frame->number == 1;
	case GIVEN_LAST:
		return frame->last;
	case GIVEN_NUMBER:
		return true;
	case GIVEN_NOTHING:
		return false;
	}
	return false;
}

const struct view *
frame_list(const struct frame *frame, const struct name *name)
{
	enum given what;
	const struct entry *entry = frame_find(&frame, name, &what);

	return entry != NULL && entry->kind == ENTRY_LIST ? entry->first : NULL;
}
