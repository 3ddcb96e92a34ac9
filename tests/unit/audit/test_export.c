/* What somebody may do to an export on its way, and what is found of it. */
#include "room.h"

#include <stdlib.h>
#include <string.h>

#include "audit/export.h"
#include "base/buf.h"

#define LINES_MAX 64

struct file {
	struct bytes lines[LINES_MAX];
	unsigned count;
};

static enum err
keep(void *arg, struct bytes lines)
{
	buf_put_bytes(arg, lines);
	return ERR_OK;
}

static void
split(struct bytes text, struct file *file)
{
	const uint8_t *at = text.data, *end = text.data + text.len, *feed;

	file->count = 0;
	for (; at < end; at = feed + 1) {
		feed = memchr(at, '\n', (size_t)(end - at));
		assert_non_null(feed);
		assert_true(file->count < LINES_MAX);
		file->lines[file->count++] = bytes_make(at, (size_t)(feed - at));
	}
}

static enum err
export(struct room *room, uint64_t from, uint64_t to, struct file *file, struct export_done *done)
{
	struct buf out;
	enum err err;

	buf_init(&out, room->arena, (size_t)1 << 20);
	err = export_write(&room->ctx, &(struct export_range){from, to}, keep, &out, done);
	if (err == ERR_OK)
		split(buf_bytes(&out), file);
	return err;
}

/* As somebody outside does it, who has our public keys and no more. */
static const char *
judge(struct room *room, const struct file *file, struct audit_anchor *anchor, struct export_check *check)
{
	struct arena *scratch = arena_new((size_t)1 << 20);
	struct audit_keys keys = {0};
	struct jws_set *set;
	const char *reason;
	enum err err;

	assert_int_equal(jws_set_parse(bytes_of(jws_own_set(room->keys, room->arena)), room->arena, &set, &reason), ERR_OK);
	keys.set = set;
	export_check_init(check, room->arena, &keys);
	check->check.anchors = anchor;
	check->check.anchor_count = anchor != NULL;
	for (unsigned i = 0; i < file->count; i++) {
		(void)export_check_line(check, file->lines[i], scratch);
		arena_reset(scratch);
	}
	err = export_check_end(check);
	assert_int_equal(err, check->check.fault == NULL ? ERR_OK : ERR_REFUSED);
	jws_set_free(&set);
	arena_free(&scratch);
	return check->check.fault != NULL ? check->check.fault : "";
}

static void
finds(struct room *room, const struct file *file, const char *what)
{
	struct export_check check;
	const char *found = judge(room, file, NULL, &check);

	if (strncmp(found, what, strlen(what)) != 0 || *found == '\0')
		fail_msg("\"%s\" instead of \"%s\"", found, what);
}

static struct file
history(struct room *room)
{
	struct export_done done;
	struct file file;

	room_history(room);
	assert_int_equal(export(room, 0, 0, &file, &done), ERR_OK);
	assert_int_equal(done.events, 25);
	assert_int_equal(done.heads, 2);
	/* header, head of what was removed, events with a head among them, seal */
	assert_int_equal(file.count, 1 + 2 + 25 + 1);
	return file;
}

static void
an_export_is_sound(void **state)
{
	struct room *room = *state;
	struct file file = history(room);
	struct audit_anchor anchor = {.sequence = 10};
	struct export_check check;

	assert_string_equal(judge(room, &file, NULL, &check), "");
	assert_int_equal(check.from, 11);
	assert_int_equal(check.check.walk.sequence, 35);
	assert_int_equal(check.check.walk.events, 25);
	assert_int_equal(check.check.heads, 2);
	assert_int_equal(check.made, room->ctx.now / 1000 * 1000);
	memcpy(anchor.chain, check.before, CHAIN_SIZE);
	assert_string_equal(judge(room, &file, &anchor, &check), "");
	assert_true(anchor.met);
	anchor.chain[3] ^= 1;
	assert_non_null(strstr(judge(room, &file, &anchor, &check), "the head known from outside says otherwise of event 10"));
}

/* Each place in turn. */
static void
no_line_may_be_missing(void **state)
{
	struct room *room = *state;
	struct file file = history(room), less;

	for (unsigned i = 0; i < file.count; i++) {
		less = file;
		memmove(&less.lines[i], &less.lines[i + 1], (file.count - i - 1) * sizeof(struct bytes));
		less.count--;
		finds(room, &less, i == file.count - 1 ? "the file ends after line" : "line ");
	}
}

static void
no_line_may_be_repeated_or_moved(void **state)
{
	struct room *room = *state;
	struct file file = history(room), other;
	struct bytes line;

	for (unsigned i = 0; i < file.count; i++) {
		other = file;
		memmove(&other.lines[i + 1], &other.lines[i], (file.count - i) * sizeof(struct bytes));
		other.count++;
		finds(room, &other, "line ");
	}
	for (unsigned i = 0; i + 1 < file.count; i++) {
		other = file;
		line = other.lines[i];
		other.lines[i] = other.lines[i + 1];
		other.lines[i + 1] = line;
		finds(room, &other, "line ");
	}
}

static void
no_end_may_be_cut_off(void **state)
{
	struct room *room = *state;
	struct file file = history(room), less;

	for (unsigned count = 0; count < file.count; count++) {
		less = file;
		less.count = count;
		finds(room, &less, "the file ends after line");
		/* with the seal kept */
		if (count == 0 || count == file.count - 1)
			continue;
		less.lines[less.count++] = file.lines[file.count - 1];
		finds(room, &less, "line ");
	}
	for (unsigned count = 2; count + 1 < file.count - 1; count++) {
		less = file;
		memmove(&less.lines[1], &less.lines[count + 1], (file.count - count - 1) * sizeof(struct bytes));
		less.count -= count;
		finds(room, &less, "line 2: ");
	}
	/* with a beginning made to fit: event 11 and its chain are known to everybody */
	less = file;
	less.lines[0] = bytes_of(arena_printf(room->arena, "{\"type\":\"audit-export\",\"version\":1,\"from\":12,\"before\":\"%.64s\"}",
	    (const char *)file.lines[2].data + file.lines[2].len - 66));
	memmove(&less.lines[1], &less.lines[3], (file.count - 3) * sizeof(struct bytes));
	less.count -= 2;
	finds(room, &less, "line 27: the seal is of an export from event 11 on, and this one begins at 12");
}

/* Every byte of it, one bit at a time. */
static void
no_byte_may_be_altered(void **state)
{
	struct room *room = *state;
	struct file file = history(room), other;
	struct export_check check;
	uint8_t *line;

	for (unsigned i = 0; i < file.count; i++) {
		for (size_t at = 0; at < file.lines[i].len; at += i % 7 == 0 || i + 1 == file.count ? 1 : 13) {
			other = file;
			line = malloc(file.lines[i].len);
			assert_non_null(line);
			memcpy(line, file.lines[i].data, file.lines[i].len);
			line[at] ^= 1u << (at % 7);
			other.lines[i] = bytes_make(line, file.lines[i].len);
			if (*judge(room, &other, NULL, &check) == '\0')
				fail_msg("line %u, byte %zu: %.*s", i + 1, at, (int)other.lines[i].len, (const char *)line);
			free(line);
		}
	}
}

static void
what_is_no_export_is_told(void **state)
{
	static const struct {
		const char *line, *found;
	} cases[] = {
	    {"", "line 1: the line is not one JSON object"},
	    {"[1]", "line 1: the line is not one JSON object"},
	    {"{\"type\":\"audit-export\",\"type\":\"audit-export\"}", "line 1: the line is not one JSON object"},
	    {"{\"type\":\"event\"}", "line 1: this is no export of the audit"},
	    {"{\"type\":\"audit-export\",\"version\":2}", "line 1: the export has a format of another release"},
	    {"{\"type\":\"audit-export\",\"version\":1,\"from\":0,\"before\":\"00\"}", "line 1: the first line is damaged"},
	    {"{\"type\":\"audit-export\",\"version\":1,\"from\":1,\"before\":\"1111111111111111111111111111111111111111111111111111111111111111\"}",
		"line 1: the first line is damaged: nothing comes before event 1"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		finds(*state, &(struct file){{bytes_of(cases[i].line)}, 1}, cases[i].found);
	finds(*state, &(struct file){.count = 0}, "the file ends after line 0");
}

static void
a_part_is_an_export_of_its_own(void **state)
{
	struct room *room = *state;
	struct export_check check;
	struct export_done done;
	struct file file;
	uint64_t found = 0;

	room_history(room);
	assert_int_equal(export(room, 15, 20, &file, &done), ERR_OK);
	assert_int_equal(done.from, 15);
	assert_int_equal(done.to, 20);
	assert_string_equal(judge(room, &file, NULL, &check), "");
	assert_int_equal(check.check.begins, 14);
	/* removed; not there yet; the wrong way round */
	assert_int_equal(export(room, 3, 20, &file, &done), ERR_NOT_FOUND);
	assert_int_equal(export(room, 40, 0, &file, &done), ERR_NOT_FOUND);
	assert_int_equal(export(room, 20, 15, &file, &done), ERR_NOT_FOUND);
	/* one past the newest: nothing yet, and that is said */
	assert_int_equal(export(room, 36, 0, &file, &done), ERR_OK);
	assert_int_equal(done.events, 0);
	assert_string_equal(judge(room, &file, NULL, &check), "");
	assert_int_equal(export_find(&room->ctx, T0 + DAYS(31), &found), ERR_OK);
	assert_int_equal(found, 11);
	assert_int_equal(export_find(&room->ctx, T0 + DAYS(32), &found), ERR_OK);
	assert_int_equal(found, 36);
}

static void
long_histories_are_exported_in_pieces(void **state)
{
	struct room *room = *state;
	struct export_done done;
	struct buf out;

	room_append(room, 1700);
	buf_init(&out, room->arena, (size_t)4 << 20);
	assert_int_equal(export_write(&room->ctx, &(struct export_range){0, 0}, keep, &out, &done), ERR_OK);
	assert_int_equal(done.events, 1700);
	assert_string_equal(room_check(room, NULL, 0), "");
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, room_setup, room_teardown)
	const struct CMUnitTest tests[] = {
	    TEST(an_export_is_sound),
	    TEST(no_line_may_be_missing),
	    TEST(no_line_may_be_repeated_or_moved),
	    TEST(no_end_may_be_cut_off),
	    TEST(no_byte_may_be_altered),
	    TEST(what_is_no_export_is_told),
	    TEST(a_part_is_an_export_of_its_own),
	    TEST(long_histories_are_exported_in_pieces),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
