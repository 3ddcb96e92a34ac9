#include "account/invitation.h"

#include <string.h>

#include "audit/audit.h"
#include "base/random.h"
#include "base/typed.h"
#include "config/config.h"
#include "crypto/seal.h"

#define CODE_BYTES 10
#define CODE_CHARACTERS 16
#define ID_BYTES (INVITATION_ID_CHARACTERS / 2)
#define ID_TIME_BYTES 6
#define ID_TRIES 8

static const char *const state_names[] = {
    [INVITATION_OPEN] = "open",
    [INVITATION_USED] = "used",
    [INVITATION_EXPIRED] = "expired",
    [INVITATION_REVOKED] = "revoked",
    [INVITATION_FOREIGN] = "foreign",
    [INVITATION_UNKNOWN] = "unknown",
};

const char *
invitation_state_print(enum invitation_state state)
{
	must((unsigned)state <= INVITATION_UNKNOWN);
	return state_names[state];
}

enum invitation_state
invitation_state(const struct InvitationRecord *invitation, int64_t now)
{
	if (invitation->used != 0)
		return INVITATION_USED;
	if (invitation->revoked != 0)
		return INVITATION_REVOKED;
	return now >= invitation->until ? INVITATION_EXPIRED : INVITATION_OPEN;
}

/* portal NUL id */
static struct bytes
key_of(struct arena *arena, const char *portal, const char *id)
{
	size_t portal_len = strlen(portal), id_len = strlen(id);
	uint8_t *key = arena_alloc(arena, portal_len + 1 + id_len);

	memcpy(key, portal, portal_len);
	memcpy(key + portal_len + 1, id, id_len);
	return bytes_make(key, portal_len + 1 + id_len);
}

static ProtobufCBinaryData
code_mac(const struct ctx *ctx, const char *characters)
{
	uint8_t *tag = arena_alloc(ctx->arena, MAC_SIZE);

	mac(ctx->keys, "invitation", bytes_of(characters), tag);
	return record_data(bytes_make(tag, MAC_SIZE));
}

/* When it began, then chance: who lists them sees the oldest first. */
static const char *
make_id(const struct ctx *ctx)
{
	uint8_t id[ID_BYTES];
	uint64_t time = (uint64_t)ctx->now;

	random_bytes(id, sizeof(id));
	for (size_t i = ID_TIME_BYTES; i > 0; i--, time >>= 8)
		id[i - 1] = (uint8_t)time;
	return hex_print(ctx->arena, BYTES(id));
}

/* Both records go together. */
static int64_t
kept_until(const struct ctx *ctx, const struct InvitationRecord *invitation)
{
	int64_t end = invitation->until;

	if (invitation->used != 0)
		end = invitation->used;
	else if (invitation->revoked != 0)
		end = invitation->revoked;
	return end + ctx->config->retention.invitations;
}

static enum err
save(struct txn *txn, const struct InvitationRecord *invitation)
{
	struct ctx *ctx = txn_ctx(txn);
	struct bytes key = key_of(ctx->arena, invitation->portal, invitation->id);
	int64_t expires = kept_until(ctx, invitation);
	enum err err = record_save(txn, TABLE_INVITATION, key, invitation, expires);

	return err == ERR_OK ? txn_put(txn, TABLE_INVITATION_CODE, record_bytes(invitation->code), key, expires) : err;
}

static bool
is_note(const char *note)
{
	size_t len = strlen(note);

	for (size_t i = 0; i < len; i++) {
		if ((uint8_t)note[i] < ' ' || note[i] == 0x7f)
			return false;
	}
	return len <= INVITATION_NOTE_MAX && utf8_valid(bytes_of(note));
}

/* An id that no invitation of the portal has. */
static enum err
take_id(struct txn *txn, struct InvitationRecord *invitation)
{
	struct ctx *ctx = txn_ctx(txn);
	enum err err = ERR_EXISTS;

	for (unsigned i = 0; i < ID_TRIES && err == ERR_EXISTS; i++) {
		invitation->id = (char *)make_id(ctx);
		err = record_insert(txn, TABLE_INVITATION, key_of(ctx->arena, invitation->portal, invitation->id), invitation,
		    kept_until(ctx, invitation));
	}
	return err == ERR_EXISTS ? ERR_FULL : err;
}

enum err
invitation_create(struct txn *txn, const struct invitation_new *wanted, const char **ret_code, struct InvitationRecord **ret_invitation)
{
	struct ctx *ctx = txn_ctx(txn);
	struct InvitationRecord *invitation = arena_new_object(ctx->arena, struct InvitationRecord);
	int64_t life = wanted->life != 0 ? wanted->life : ctx->config->limits.invitation_lifetime;
	uint8_t random[CODE_BYTES];
	const char *characters;
	enum err err;

	if (!is_note(wanted->note))
		return ERR_FORMAT;
	if (life < INVITATION_LIFE_MIN || life > INVITATION_LIFE_MAX)
		return ERR_REFUSED;
	random_bytes(random, sizeof(random));
	characters = crockford_print(ctx->arena, BYTES(random));
	bytes_wipe(random, sizeof(random));
	invitation_record__init(invitation);
	invitation->portal = (char *)wanted->portal;
	invitation->created = ctx->now;
	invitation->until = ctx->now + life;
	invitation->by = (char *)wanted->by;
	invitation->note = (char *)wanted->note;
	invitation->code = code_mac(ctx, characters);
	err = take_id(txn, invitation);
	if (err == ERR_OK)
		err = save(txn, invitation);
	if (err == ERR_OK)
		err = audit_append(txn, AUDIT_INVITATION_MADE, (struct bytes){NULL, 0}, invitation->portal, "invitation", invitation->id, "by",
		    invitation->by, NULL);
	if (err != ERR_OK)
		return err;
	*ret_code = typed_groups(ctx->arena, characters);
	*ret_invitation = invitation;
	return ERR_OK;
}

enum err
invitation_load(struct txn *txn, const char *portal, const char *id, struct InvitationRecord **ret_invitation)
{
	if (strlen(id) != INVITATION_ID_CHARACTERS)
		return ERR_NOT_FOUND;
	return record_load(txn, TABLE_INVITATION, key_of(txn_ctx(txn)->arena, portal, id), &invitation_record__descriptor, ret_invitation);
}

enum err
invitation_find(struct txn *txn, const char *portal, const char *typed, enum invitation_state *ret_state, const char **ret_id)
{
	struct ctx *ctx = txn_ctx(txn);
	char characters[CODE_CHARACTERS + 1];
	struct InvitationRecord *invitation;
	struct bytes key;
	enum err err;

	*ret_state = INVITATION_UNKNOWN;
	*ret_id = NULL;
	if (strnlen(typed, INVITATION_TYPED_MAX + 1) > INVITATION_TYPED_MAX || !typed_parse(typed, CODE_CHARACTERS, characters))
		return ERR_FORMAT;
	err = txn_get(txn, TABLE_INVITATION_CODE, record_bytes(code_mac(ctx, characters)), &key);
	if (err == ERR_OK)
		err = record_load(txn, TABLE_INVITATION, key, &invitation_record__descriptor, &invitation);
	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	if (err != ERR_OK)
		return err;
	*ret_state = INVITATION_FOREIGN;
	if (strcmp(invitation->portal, portal) != 0)
		return ERR_OK;
	*ret_state = invitation_state(invitation, txn_now(txn));
	*ret_id = invitation->id;
	return ERR_OK;
}

enum err
invitation_use(struct txn *txn, const char *portal, const char *id, struct bytes account)
{
	struct InvitationRecord *invitation;
	enum err err = invitation_load(txn, portal, id, &invitation);

	if (err == ERR_NOT_FOUND)
		return ERR_REFUSED;
	if (err != ERR_OK)
		return err;
	if (invitation_state(invitation, txn_now(txn)) != INVITATION_OPEN)
		return ERR_REFUSED;
	invitation->used = txn_now(txn);
	invitation->account = record_data(account);
	err = save(txn, invitation);
	if (err != ERR_OK)
		return err;
	return audit_append(txn, AUDIT_INVITATION_USED, account, portal, "invitation", invitation->id, NULL);
}

enum err
invitation_revoke(struct txn *txn, const char *portal, const char *id, const char *by, struct InvitationRecord **ret_invitation)
{
	enum err err = invitation_load(txn, portal, id, ret_invitation);

	if (err != ERR_OK)
		return err;
	if (invitation_state(*ret_invitation, txn_now(txn)) != INVITATION_OPEN)
		return ERR_EXISTS;
	(*ret_invitation)->revoked = txn_now(txn);
	err = save(txn, *ret_invitation);
	if (err != ERR_OK)
		return err;
	return audit_append(txn, AUDIT_INVITATION_REVOKED, (struct bytes){NULL, 0}, portal, "invitation", (*ret_invitation)->id, "by", by, NULL);
}

struct walk {
	struct txn *txn;
	const char *after;
	unsigned left;
	invitation_fn *fn;
	void *arg;
	enum err told;	/* what fn said last */
};

static enum err
visit(void *arg, struct bytes key, struct bytes value)
{
	struct walk *walk = arg;
	struct InvitationRecord *invitation;
	enum err err;

	(void)key;
	if (walk->left == 0)
		return ERR_EXISTS;
	err = record_parse(txn_ctx(walk->txn)->arena, value, &invitation_record__descriptor, &invitation);
	if (err != ERR_OK)
		return walk->told = err;
	if (walk->after != NULL && strcmp(invitation->id, walk->after) == 0)
		return ERR_OK;
	walk->left--;
	walk->told = walk->fn(walk->arg, invitation);
	return walk->told;
}

enum err
invitation_walk(struct txn *txn, const char *portal, const char *after, unsigned most, invitation_fn *fn, void *arg)
{
	struct walk walk = {.txn = txn, .after = after, .left = most, .fn = fn, .arg = arg};
	struct arena *arena = txn_ctx(txn)->arena;
	struct bytes prefix = key_of(arena, portal, "");
	enum err err;

	if (after != NULL && strlen(after) != INVITATION_ID_CHARACTERS)
		return ERR_FORMAT;
	err = txn_walk_from(txn, TABLE_INVITATION, prefix, key_of(arena, portal, after != NULL ? after : ""), visit, &walk);
	return err == ERR_EXISTS ? walk.told : err;
}
