#include "room.h"

#include <string.h>

int
room_setup(void **state)
{
	static struct room room;
	const char *reason = "";

	memset(&room, 0, sizeof(room));
	room.arena = arena_new((size_t)64 << 20);
	room.keys = unit_keys(room.arena);
	room.config.public_url = "https://signin.example.ca";
	room.config.retention.audit = DAYS(30);
	room.ctx = (struct ctx){.arena = room.arena, .keys = room.keys, .config = &room.config, .now = T0, .log = {.request = "k3v9"}};
	assert_int_equal(store_open(&(struct store_options){"mem", NULL, room.keys, false, true}, room.arena, &room.ctx.store, &reason), ERR_OK);
	*state = &room;
	return 0;
}

int
room_teardown(void **state)
{
	struct room *room = *state;

	store_close(&room->ctx.store);
	keyring_free(&room->keys);
	arena_free(&room->arena);
	return 0;
}

static enum err
append_in(struct txn *txn, void *arg)
{
	const unsigned *number = arg;

	if (*number % 2 == 0)
		return audit_append(txn, AUDIT_FACTOR_FAILED, ROOM_ACCOUNT, "health", "method", "totp", "reason", "wrong", NULL);
	return audit_append(txn, AUDIT_CREDENTIAL_REFUSED, bytes_of(NULL), "health", "provider", "gckey", "reason", "audience", NULL);
}

void
room_append(struct room *room, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		assert_int_equal(store_update(&room->ctx, append_in, &i), ERR_OK);
}

void
room_history(struct room *room)
{
	struct audit_maintained done;

	room_append(room, 10);
	room->ctx.now = T0 + DAYS(31);
	room_append(room, 20);
	assert_int_equal(audit_maintain(&room->ctx, &done), ERR_OK);
	assert_int_equal(done.removed, 10);
	assert_null(done.fault);
	room_append(room, 5);
}

const char *
room_check(struct room *room, struct audit_anchor *anchors, size_t count)
{
	struct audit_keys keys = {.own = room->keys};
	struct audit_check check;
	enum err err;

	check_init(&check, room->arena, &keys);
	check.anchors = anchors;
	check.anchor_count = count;
	err = check_store(&room->ctx, &check);
	assert_int_equal(err, check.fault == NULL ? ERR_OK : ERR_REFUSED);
	return check.fault != NULL ? check.fault : "";
}
