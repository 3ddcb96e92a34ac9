/* What is refused: other keys, other releases, damaged files, wrong places, full disks. */
#include "contract.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *
data_path(struct room *room)
{
	return arena_printf(room->arena, "%s/data.mdb", room->directory);
}

/* Three records, then closed. */
static void
fill(struct room *room)
{
	assert_int_equal(room_put(room, "one", "1", NEVER), ERR_OK);
	assert_int_equal(room_put(room, "two", "2", T0 + 1000), ERR_OK);
	assert_int_equal(room_put(room, "k", "secret", NEVER), ERR_OK);
	room_store_close(room);
}

/* Refused and untouched: with everything in order again, all is there. */
static void
assert_whole(struct room *room)
{
	room_store_open(room);
	assert_string_equal(room_keys(room, ""), "k one two ");
}

static void
other_key(struct room *room, struct keyring **ret_keys)
{
	char *directory = unit_directory();
	const char *reason = "";
	const char *command = arena_printf(room->arena,
	    "cp " UNIT_FIXTURES "/keys/*-* %s/ && rm -f %s/README && printf '%%064d\\n' 7 > "
				"%s/store-1.key && chmod 0600 %s/*",
	    directory, directory, directory, directory);

	assert_int_equal(system(command), 0);
	if (keyring_load(directory, room->arena, ret_keys, &reason) != ERR_OK)
		fail_msg("%s", reason);
	unit_directory_remove(&directory);
}

static void
another_key_is_refused(void **state)
{
	struct room *room = *state;
	struct keyring *ours = room->keys;

	fill(room);
	other_key(room, &room->keys);
	room_store_refused(room, ERR_CRYPTO, keyring_store_key_id(ours));
	room_store_refused(room, ERR_CRYPTO, room->directory);
	keyring_free(&room->keys);
	room->keys = ours;
	assert_whole(room);
}

static enum err
set_schema(struct txn *txn, void *arg)
{
	uint8_t schema[4] = {0, 0, 0, *(uint8_t *)arg};
	struct bytes value = BYTES(schema);

	return txn_put_raw(txn, RAW_STORE, bytes_of("schema"), &value);
}

static void
a_newer_schema_is_refused(void **state)
{
	struct room *room = *state;
	uint8_t schema = 2;

	assert_int_equal(store_update(&room->ctx, set_schema, &schema), ERR_OK);
	room_store_close(room);
	room_store_refused(room, ERR_CONFIG, "newer release (schema 2; this one knows 1)");
}

static void
a_file_cut_short_is_refused(void **state)
{
	struct room *room = *state;
	struct store_stat stat;
	uint64_t used;

	assert_int_equal(store_stat(room->store, &stat), ERR_OK);
	fill(room);
	room_store_open(room);
	assert_int_equal(store_stat(room->store, &stat), ERR_OK);
	used = stat.bytes_used;
	room_store_close(room);
	assert_int_equal(truncate(data_path(room), (off_t)used), 0);
	assert_whole(room); /* only a hole was cut */
	room_store_close(room);
	for (uint64_t size = used - 1; size > 0; size = size * 2 / 3) {
		assert_int_equal(truncate(data_path(room), (off_t)size), 0);
		room_store_refused(
		    room, ERR_FORMAT, size > 8192 ? "cut short" : "restore a backup");
	}
}

static void
flip(struct room *room, off_t offset, uint8_t bits)
{
	int fd = open(data_path(room), O_RDWR | O_CLOEXEC);
	uint8_t byte;

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &byte, 1, offset), 1);
	byte ^= bits;
	assert_int_equal(pwrite(fd, &byte, 1, offset), 1);
	close(fd);
}

/* Where a record's bytes stand in the file: the last copy is the live one of a store so young. */
static off_t
find_in_file(struct room *room, struct bytes needle)
{
	int fd = open(data_path(room), O_RDONLY | O_CLOEXEC);
	const size_t size = (size_t)1 << 20;
	uint8_t *data = malloc(size), *at, *last = NULL;
	ssize_t len = pread(fd, data, size, 0);
	off_t offset;

	assert_true(len > 0);
	for (at = data;
	     (at = memmem(at, (size_t)(data + len - at), needle.data, needle.len)) != NULL; at++)
		last = at;
	assert_non_null(last);
	offset = last - data;
	free(data);
	close(fd);
	return offset;
}

static enum err
copy_raw(struct txn *txn, void *arg)
{
	struct bytes raw;
	enum err err = txn->store->ops->get(txn->raw, TABLE_USED, bytes_of("k"), &raw);

	*(struct bytes *)arg = bytes_copy(txn_ctx(txn)->arena, raw);
	return err;
}

static void
a_flipped_bit_in_a_record_is_noticed(void **state)
{
	struct room *room = *state;
	struct step step = {TABLE_USED, bytes_of("k"), {NULL, 0}, 0, {NULL, 0}};
	struct bytes raw;

	assert_int_equal(room_put(room, "k", "secret", NEVER), ERR_OK);
	assert_int_equal(store_view(&room->ctx, copy_raw, &raw), ERR_OK);
	fill(room);
	room_store_open(room);
	assert_int_equal(store_view(&room->ctx, copy_raw, &raw), ERR_OK);
	room_store_close(room);
	flip(room, find_in_file(room, raw) + (off_t)raw.len - 20, 0x10);
	room_store_open(room);
	assert_int_equal(store_view(&room->ctx, step_get, &step), ERR_CRYPTO);
	assert_string_equal(room_get(room, "one"), "1");
	/* One closure that meets it does not spoil the others. */
	assert_int_equal(room_put(room, "three", "3", NEVER), ERR_OK);
}

static void
damaged_roots_are_refused(void **state)
{
	struct room *room = *state;
	/* magic, version, page size, depth, root and last page of either meta page */
	const off_t offsets[] = {
	    16, 20, 40, 4096 + 16, 4096 + 20, 16 + 24 + 48 + 47, 4096 + 16 + 24 + 48 + 47};

	fill(room);
	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		flip(room, offsets[i], 0x40);
		room_store_refused(room, ERR_FORMAT, "restore a backup");
		flip(room, offsets[i], 0x40);
	}
	assert_whole(room);
}

static void
a_foreign_file_is_refused(void **state)
{
	struct room *room = *state;
	int fd;

	fd = open(data_path(room), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "SQLite format 3", 16), 16);
	close(fd);
	room_store_refused(room, ERR_FORMAT, "no store");
}

static void
directories_are_checked(void **state)
{
	struct room *room = *state;
	char *directory = room->directory;

	fill(room);
	assert_int_equal(chmod(directory, 0750), 0);
	room_store_refused(room, ERR_IO, "chmod 0700");
	assert_int_equal(chmod(directory, 0700), 0);
	if (geteuid() == 0) {
		assert_int_equal(chown(directory, 12345, (gid_t)-1), 0);
		room_store_refused(room, ERR_IO, "belongs to user 12345");
		assert_int_equal(chown(directory, 0, (gid_t)-1), 0);
	}
	room->directory = arena_printf(room->arena, "%s/none", directory);
	room_store_refused(room, ERR_NOT_FOUND, "make the directory");
	room->directory = arena_printf(room->arena, "%s/data.mdb", directory);
	room_store_refused(room, ERR_IO, "no directory");
	room->directory = directory;
	assert_whole(room);
}

static void
nothing_is_made_unasked(void **state)
{
	struct room *room = *state;
	struct store_options options = {"lmdb", room->directory, room->keys, false, false};
	const char *reason = "";
	struct store *store = NULL;

	assert_int_equal(store_open(&options, room->arena, &store, &reason), ERR_NOT_FOUND);
	options.create = true;
	options.read_only = true;
	assert_int_equal(store_open(&options, room->arena, &store, &reason), ERR_NOT_FOUND);
	assert_non_null(strstr(reason, "there is no store here"));
	assert_int_equal(rmdir(room->directory), 0);
	assert_int_equal(mkdir(room->directory, 0700), 0);
	options.backend = "paper";
	assert_int_equal(store_open(&options, room->arena, &store, &reason), ERR_CONFIG);
}

static void
read_only_reads_only(void **state)
{
	struct room *room = *state;
	struct store_options options = {"lmdb", room->directory, room->keys, true, false};
	const char *reason = "";

	fill(room);
	if (store_open(&options, room->arena, &room->store, &reason) != ERR_OK)
		fail_msg("%s", reason);
	room->ctx.store = room->store;
	assert_string_equal(room_get(room, "one"), "1");
	assert_int_equal(room_put(room, "one", "2", NEVER), ERR_CONFIG);
	assert_int_equal(store_ready(room->store), ERR_CONFIG);
}

static void
programs_that_we_start_do_not_get_the_files(void **state)
{
	struct room *room = *state;

	assert_int_equal(system(arena_printf(
			     room->arena, "! ls -l /proc/self/fd | grep -q %s", room->directory)),
	    0);
}

/* --- disks --- */

static bool
mount_disk(struct room *room, const char *options)
{
	if (mount("none", room->directory, "tmpfs", 0, options) == 0)
		return true;
	print_message("             skipped: no disk can be mounted here (%s)\n", strerror(errno));
	return false;
}

static void
a_full_disk_loses_nothing(void **state)
{
	struct room *room = *state;
	char *value = arena_alloc(room->arena, 40001);
	unsigned written = 0;
	enum err err = ERR_OK;

	if (!mount_disk(room, "size=4m,mode=0700"))
		return;
	memset(value, 'v', 40000);
	room_store_open(room);
	for (unsigned i = 0; i < 500 && err == ERR_OK; i++) {
		err = room_put(room, arena_printf(room->arena, "%03u", i), value, NEVER);
		written += err == ERR_OK;
	}
	assert_int_equal(err, ERR_FULL);
	assert_int_equal(strlen(room_keys(room, "")), 4 * written);
	assert_int_equal(store_ready(room->store), ERR_FULL);
	room_store_close(room);
	room_store_refused(room, ERR_FULL, "make room on it");
	assert_int_equal(
	    mount("none", room->directory, "tmpfs", MS_REMOUNT, "size=16m,mode=0700"), 0);
	room_store_open(room);
	assert_int_equal(room_put(room, "after", value, NEVER), ERR_OK);
	assert_int_equal(store_ready(room->store), ERR_OK);
	room_store_close(room);
	room_store_open(room);
	assert_int_equal(strlen(room_keys(room, "")), 4 * written + 6);
	room_store_close(room);
	assert_int_equal(umount(room->directory), 0);
}

static void
a_read_only_disk_is_told(void **state)
{
	struct room *room = *state;

	if (!mount_disk(room, "size=4m,mode=0700"))
		return;
	room_store_open(room);
	fill(room);
	assert_int_equal(
	    mount("none", room->directory, "tmpfs", MS_REMOUNT | MS_RDONLY, "size=4m,mode=0700"),
	    0);
	room_store_refused(room, ERR_IO, "Read-only file system");
	room_store_refused(room, ERR_IO, "writable for the user");
	assert_int_equal(umount(room->directory), 0);
}

#define OPEN(fn) cmocka_unit_test_setup_teardown(fn, room_open, room_close)
#define CLOSED(fn) cmocka_unit_test_setup_teardown(fn, room_open_closed, room_close)
const struct CMUnitTest contract_damage_tests[] = {
    OPEN(another_key_is_refused),
    OPEN(a_newer_schema_is_refused),
    OPEN(a_file_cut_short_is_refused),
    OPEN(a_flipped_bit_in_a_record_is_noticed),
    OPEN(damaged_roots_are_refused),
    CLOSED(a_foreign_file_is_refused),
    OPEN(directories_are_checked),
    CLOSED(nothing_is_made_unasked),
    OPEN(read_only_reads_only),
    OPEN(programs_that_we_start_do_not_get_the_files),
    CLOSED(a_full_disk_loses_nothing),
    CLOSED(a_read_only_disk_is_told),
};
const size_t contract_damage_count =
    sizeof(contract_damage_tests) / sizeof(contract_damage_tests[0]);
