/* Invitations: what a code is to which portal, once, until when; listed, taken back, and nowhere in the store. ATTACKS S113. */
#include "../signin/house.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account/invitation.h"
#include "audit/audit.h"

#define LISTED_MOST 16

static struct house house;
static struct ctx ctx;
static const uint8_t anna[16] = "account of anna";

static int
set_up(void **state)
{
	(void)state;
	house_open(&house, "lmdb");
	ctx = house_ctx(&house, HOUSE_NOW);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	house_ctx_done(&ctx);
	house_close(&house);
	return 0;
}

struct act {
	struct invitation_new wanted;
	const char *portal, *typed, *id;
	const char *code;
	struct InvitationRecord *invitation;
	enum invitation_state state;
	const char *after;
	unsigned most;
	const char *listed[LISTED_MOST];
	size_t listed_count;
};

static enum err
create_in(struct txn *txn, void *arg)
{
	struct act *act = arg;

	return invitation_create(txn, &act->wanted, &act->code, &act->invitation);
}

static enum err
find_in(struct txn *txn, void *arg)
{
	struct act *act = arg;

	return invitation_find(txn, act->portal, act->typed, &act->state, &act->id);
}

static enum err
use_in(struct txn *txn, void *arg)
{
	struct act *act = arg;

	return invitation_use(txn, act->portal, act->id, BYTES(anna));
}

static enum err
revoke_in(struct txn *txn, void *arg)
{
	struct act *act = arg;

	return invitation_revoke(txn, act->portal, act->id, "operator", &act->invitation);
}

static struct act
made(const char *portal)
{
	struct act act = {.wanted = {.portal = portal, .note = "", .by = "operator"}, .portal = portal};

	house_do(&ctx, create_in, &act);
	act.id = act.invitation->id;
	act.typed = act.code;
	return act;
}

/* What that text is at the portal. */
static enum invitation_state
look(struct act *act, const char *portal, const char *typed)
{
	act->portal = portal;
	act->typed = typed;
	assert_int_equal(store_view(&ctx, find_in, act), ERR_OK);
	return act->state;
}

static void
test_code(void **state)
{
	struct act act = made("health"), other = made("health");
	const char *id = act.id;
	char typed[80];

	(void)state;
	assert_int_equal(strlen(act.code), 19);
	assert_string_not_equal(act.code, other.code);
	assert_int_equal(act.invitation->until, HOUSE_NOW + DAYS(14));
	assert_int_equal(look(&act, "health", act.code), INVITATION_OPEN);
	assert_string_equal(act.id, id);
	/* As people type: lower case, spaces of a letter, dashes of a word processor. */
	snprintf(typed, sizeof(typed), " %.4s\xe2\x80\x93%.4s\xc2\xa0%.4s %.4s", act.code, act.code + 5, act.code + 10, act.code + 15);
	for (char *p = typed; *p != '\0'; p++)
		*p = (char)(*p >= 'A' && *p <= 'Z' ? *p - 'A' + 'a' : *p);
	assert_int_equal(look(&act, "health", typed), INVITATION_OPEN);
	assert_string_equal(act.id, id);
	/* The id opens nothing; another code is none; another portal's is no more than that, and its id stays unsaid. */
	assert_int_equal(look(&act, "health", "0000-0000-0000-0000"), INVITATION_UNKNOWN);
	assert_null(act.id);
	assert_int_equal(look(&act, "work", act.code), INVITATION_FOREIGN);
	assert_null(act.id);
}

static void
test_malformed(void **state)
{
	static const char *const bad[] = {"", "ABCD", "ABCD-EFGH-JKMN-PQR", "ABCD-EFGH-JKMN-PQRST", "ABCD-EFGH-JKMN-PQR!", "UUUU-UUUU-UUUU-UUUU",
	    "A-B-C-D-E-F-G-H-J-K-M-N-P-Q-R-S-----------------------------------"};
	struct act act = {.portal = "health"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		act.typed = bad[i];
		assert_int_equal(store_view(&ctx, find_in, &act), ERR_FORMAT);
	}
}

static void
test_once(void **state)
{
	struct act act = made("health");

	(void)state;
	act.portal = "work"; /* not there */
	assert_int_equal(store_update(&ctx, use_in, &act), ERR_REFUSED);
	act.portal = "health";
	house_do(&ctx, use_in, &act);
	assert_int_equal(store_update(&ctx, use_in, &act), ERR_REFUSED);
	assert_int_equal(store_update(&ctx, revoke_in, &act), ERR_EXISTS);
	assert_int_equal(look(&act, "health", act.code), INVITATION_USED);
	ctx.now += DAYS(20); /* that it was used says more than that it is old */
	assert_int_equal(look(&act, "health", act.code), INVITATION_USED);
	house_restart(&house);
	ctx.store = house.store;
	assert_int_equal(look(&act, "health", act.code), INVITATION_USED);
	assert_int_equal(store_update(&ctx, use_in, &act), ERR_REFUSED);
}

static void
test_end(void **state)
{
	struct act act = made("health"), revoked = made("health"), missing = {.portal = "health", .id = "0123456789abcdef012345"};

	(void)state;
	house_do(&ctx, revoke_in, &revoked);
	assert_int_equal(revoked.invitation->revoked, HOUSE_NOW);
	assert_int_equal(look(&revoked, "health", revoked.code), INVITATION_REVOKED);
	assert_int_equal(store_update(&ctx, use_in, &revoked), ERR_REFUSED);
	assert_int_equal(store_update(&ctx, revoke_in, &revoked), ERR_EXISTS);
	assert_int_equal(store_update(&ctx, revoke_in, &missing), ERR_NOT_FOUND);
	missing.id = "short";
	assert_int_equal(store_update(&ctx, revoke_in, &missing), ERR_NOT_FOUND);

	ctx.now += DAYS(14) - 1;
	assert_int_equal(look(&act, "health", act.code), INVITATION_OPEN);
	ctx.now++;
	assert_int_equal(look(&act, "health", act.code), INVITATION_EXPIRED);
	assert_int_equal(store_update(&ctx, use_in, &act), ERR_REFUSED);
	assert_int_equal(store_update(&ctx, revoke_in, &act), ERR_EXISTS);
	/* Its end is remembered for as long as the configuration says. */
	ctx.now += house.config.retention.invitations - 1;
	assert_int_equal(look(&act, "health", act.code), INVITATION_EXPIRED);
	ctx.now++;
	assert_int_equal(look(&act, "health", act.code), INVITATION_UNKNOWN);
}

static void
test_bounds(void **state)
{
	static const char *const notes[] = {"a\nb", "\x7f", "\xff", "01234567890123456789012345678901234567890123456789012345678901234"};
	static const int64_t lives[] = {HOURS(1) - 1, DAYS(90) + 1, -1};
	struct act act = {.wanted = {.portal = "health", .note = "", .by = "operator"}};

	(void)state;
	for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++) {
		act.wanted.note = notes[i];
		assert_int_equal(store_update(&ctx, create_in, &act), ERR_FORMAT);
	}
	act.wanted.note = "dossier \xc3\xa9 47";
	for (size_t i = 0; i < sizeof(lives) / sizeof(lives[0]); i++) {
		act.wanted.life = lives[i];
		assert_int_equal(store_update(&ctx, create_in, &act), ERR_REFUSED);
	}
	act.wanted.life = DAYS(90);
	house_do(&ctx, create_in, &act);
	assert_string_equal(act.invitation->note, act.wanted.note);
	assert_int_equal(act.invitation->until, HOUSE_NOW + DAYS(90));
}

static enum err
note(void *arg, const struct InvitationRecord *invitation)
{
	struct act *act = arg;

	assert_true(act->listed_count < LISTED_MOST);
	act->listed[act->listed_count++] = invitation->id;
	return ERR_OK;
}

static enum err
walk_in(struct txn *txn, void *arg)
{
	struct act *act = arg;

	act->listed_count = 0;
	return invitation_walk(txn, "health", act->after, act->most, note, act);
}

static void
test_list(void **state)
{
	struct act act = {.most = LISTED_MOST};
	const char *ids[5];

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		ctx.now = HOUSE_NOW + MINUTES((int64_t)i);
		ids[i] = made("health").id;
		made("work"); /* none of theirs */
	}
	assert_int_equal(store_view(&ctx, walk_in, &act), ERR_OK);
	assert_int_equal(act.listed_count, 5);
	for (size_t i = 0; i < 5; i++)
		assert_string_equal(act.listed[i], ids[i]);
	act.most = 2;
	act.after = ids[1];
	assert_int_equal(store_view(&ctx, walk_in, &act), ERR_OK);
	assert_int_equal(act.listed_count, 2);
	assert_string_equal(act.listed[0], ids[2]);
	assert_string_equal(act.listed[1], ids[3]);
	act.after = "nonsense";
	assert_int_equal(store_view(&ctx, walk_in, &act), ERR_FORMAT);
}

/* The code's characters with and without hyphens, and its bits. */
struct needles {
	struct bytes of[3];
};

static bool
holds(struct bytes hay, struct bytes needle)
{
	return memmem(hay.data, hay.len, needle.data, needle.len) != NULL;
}

static enum err
assert_clean(void *arg, struct bytes key, struct bytes value)
{
	const struct needles *needles = arg;

	for (size_t i = 0; i < 3; i++)
		assert_false(holds(key, needles->of[i]) || holds(value, needles->of[i]));
	return ERR_OK;
}

static enum err
look_everywhere_in(struct txn *txn, void *arg)
{
	for (unsigned i = 0; i < TABLE_COUNT; i++)
		assert_int_equal(txn_walk(txn, (enum table)i, bytes_make("", 0), assert_clean, arg), ERR_OK);
	return ERR_OK;
}

/* The 80 bits that 16 characters of Crockford's base 32 stand for. */
static struct bytes
bits_of(const char *characters)
{
	static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	uint8_t *bits = arena_alloc(ctx.arena, 10);

	for (size_t i = 0; i < 80; i++) {
		unsigned five = (unsigned)(strchr(alphabet, characters[i / 5]) - alphabet);
		bits[i / 8] = (uint8_t)(bits[i / 8] | ((five >> (4 - i % 5)) & 1) << (7 - i % 8));
	}
	return bytes_make(bits, 10);
}

static void
test_hashed(void **state)
{
	struct act act = made("health");
	struct needles needles;
	char plain[17];

	(void)state;
	house_do(&ctx, use_in, &act);
	snprintf(plain, sizeof(plain), "%.4s%.4s%.4s%.4s", act.code, act.code + 5, act.code + 10, act.code + 15);
	needles.of[0] = bytes_of(act.code);
	needles.of[1] = bytes_of(plain);
	needles.of[2] = bits_of(plain);
	assert_string_equal(crockford_print(ctx.arena, needles.of[2]), plain);
	assert_int_equal(store_view(&ctx, look_everywhere_in, &needles), ERR_OK);
}

static enum err
count_event(void *arg, uint64_t sequence, const struct AuditRecord *record)
{
	unsigned *counts = arg;

	(void)sequence;
	assert_true(record->n_values >= 1 && strlen(record->values[0]) == INVITATION_ID_CHARACTERS);
	counts[0] += strcmp(record->event, "invitation-made") == 0;
	counts[1] += strcmp(record->event, "invitation-used") == 0;
	counts[2] += strcmp(record->event, "invitation-revoked") == 0;
	if (strcmp(record->event, "invitation-used") == 0)
		assert_true(bytes_equal(record_bytes(record->account), BYTES(anna)));
	else
		assert_string_equal(record->values[1], "operator");
	return ERR_OK;
}

static enum err
events_in(struct txn *txn, void *arg)
{
	return audit_walk(txn, 1, 100, count_event, arg);
}

static void
test_audit(void **state)
{
	struct act used = made("health"), revoked = made("health");
	unsigned counts[3] = {0};

	(void)state;
	house_do(&ctx, use_in, &used);
	house_do(&ctx, revoke_in, &revoked);
	assert_int_equal(store_view(&ctx, events_in, counts), ERR_OK);
	assert_int_equal(counts[0], 2);
	assert_int_equal(counts[1], 1);
	assert_int_equal(counts[2], 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_code, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_malformed, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_once, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_end, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_bounds, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_list, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_hashed, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_audit, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
