#include "audit/head.h"

#include <jansson.h>
#include <string.h>

#include "config/config.h"

#define HEAD_TYPE "audit-head+jwt"
#define SEAL_TYPE "audit-export+jwt"
/* 2^53 - 1: what JSON's numbers hold everywhere. */
#define SEQUENCE_MAX ((json_int_t)9007199254740991)

enum err
chain_parse(struct arena *arena, const char *text, uint8_t ret_chain[CHAIN_SIZE])
{
	struct bytes bytes;

	if (hex_parse(arena, text, &bytes) != ERR_OK || bytes.len != CHAIN_SIZE)
		return ERR_FORMAT;
	memcpy(ret_chain, bytes.data, CHAIN_SIZE);
	return ERR_OK;
}

enum err
head_sign(const struct ctx *ctx, const struct audit_head *head, const char **ret_jws)
{
	struct arena *arena = ctx->arena;
	json_t *claims = json_pack("{s:s, s:I, s:I, s:s, s:b}", "iss", ctx->config != NULL ? ctx->config->public_url : "", "iat",
	    (json_int_t)(head->time / 1000), "sequence", (json_int_t)head->sequence, "chain", hex_print(arena, BYTES(head->chain)), "removed",
	    head->removed);
	char *text;
	enum err err;

	must(claims != NULL);
	if (head->seal) {
		must(json_object_set_new(claims, "from", json_integer((json_int_t)head->from)) == 0);
		must(json_object_set_new(claims, "heads", json_integer((json_int_t)head->heads)) == 0);
		must(json_object_set_new(claims, "before", json_string(hex_print(arena, BYTES(head->before)))) == 0);
	}
	text = json_dumps(claims, JSON_COMPACT);
	json_decref(claims);
	must(text != NULL);
	err = jws_sign(ctx->keys, JWS_ES256, head->seal ? SEAL_TYPE : HEAD_TYPE, bytes_of(text), arena, ret_jws);
	free(text);
	return err;
}

static bool
get_number(const json_t *claims, const char *name, json_int_t *ret_number)
{
	const json_t *value = json_object_get(claims, name);

	*ret_number = json_integer_value(value);
	return json_is_integer(value) && *ret_number >= 0 && *ret_number <= SEQUENCE_MAX;
}

static bool
get_chain(const json_t *claims, const char *name, struct arena *arena, uint8_t chain[CHAIN_SIZE])
{
	const char *text = json_string_value(json_object_get(claims, name));

	return text != NULL && chain_parse(arena, text, chain) == ERR_OK;
}

static bool
read_claims(const json_t *claims, bool seal, struct arena *arena, struct audit_head *head)
{
	const json_t *removed = json_object_get(claims, "removed");
	json_int_t sequence, from = 0, heads = 0, issued;

	*head = (struct audit_head){.seal = seal, .removed = json_is_true(removed)};
	if (json_object_size(claims) != (seal ? 8 : 5) || !json_is_string(json_object_get(claims, "iss")) || !json_is_boolean(removed) ||
	    !get_number(claims, "sequence", &sequence) || !get_number(claims, "iat", &issued) || issued > INT64_MAX / 1000 ||
	    !get_chain(claims, "chain", arena, head->chain))
		return false;
	if (seal && (!get_number(claims, "from", &from) || !get_number(claims, "heads", &heads) ||
			!get_chain(claims, "before", arena, head->before)))
		return false;
	head->sequence = (uint64_t)sequence;
	head->from = (uint64_t)from;
	head->heads = (uint64_t)heads;
	head->time = SECONDS(issued);
	return true;
}

/* Who signed it, by the rules of its type. */
static enum err
open_jws(const struct audit_keys *keys, const char *type, const char *jws, struct arena *arena, struct bytes *ret_payload)
{
	const char *typ;
	enum err err;

	if (keys->own != NULL)
		return jws_verify_own(keys->own, type, jws, arena, ret_payload);
	must(keys->set != NULL);
	err = jws_verify(keys->set, 1u << JWS_ES256, jws, arena, ret_payload, &typ);
	if (err == ERR_OK && (typ == NULL || strcmp(typ, type) != 0))
		return ERR_CRYPTO;
	return err;
}

enum err
head_open(const struct audit_keys *keys, bool seal, const char *jws, struct arena *arena, struct audit_head *ret_head)
{
	struct audit_head head;
	struct bytes payload;
	json_t *claims;
	bool good;
	enum err err = open_jws(keys, seal ? SEAL_TYPE : HEAD_TYPE, jws, arena, &payload);

	if (err != ERR_OK)
		return err == ERR_FORMAT ? ERR_FORMAT : ERR_CRYPTO;
	claims = json_loadb((const char *)payload.data, payload.len, JSON_REJECT_DUPLICATES, NULL);
	good = json_is_object(claims) && read_claims(claims, seal, arena, &head);
	json_decref(claims);
	if (!good)
		return ERR_FORMAT;
	*ret_head = head;
	return ERR_OK;
}
