/* A portal that says who it is.  An input is 'b' and an Authorization header, 'f' and a form, or 'a' and the claims of an
 * assertion that bears the portal's own signature: a portal's library may be careless, and so may who stole its key. */
#include <jansson.h>
#include <string.h>

#include "crypto/jws.h"
#include "fuzz.h"
#include "oidc/client.h"
#include "web/form.h"

#define ISSUER "https://auth.example.ca"
#define SECRET "the secret: of 32 characters+more"
#define TYPE "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
#define CLAIMS_MAX 5000

static struct portal_config portals[] = {
    {.id = "ptpha", .jwks_file = "ptpha.jwks.json"},
    {.id = "legacy", .client_secret_file = "secret"},
};
static struct config config = {
    .public_url = ISSUER,
    .portals = portals,
    .portal_count = 2,
    .limits = {.clock_skew = SECONDS(180)},
};

static void
prepare(void)
{
	static struct arena *arena; /* for the process's life */
	const char *reason;

	if (arena != NULL)
		return;
	arena = arena_new((size_t)1 << 20);
	portals[0].jwks = bytes_of(jws_own_set(fuzz_keys(), arena));
	portals[1].client_secret = bytes_of(SECRET);
	must(clients_prepare(&config, arena, &reason) == ERR_OK);
}

static const char *
text_of(const json_t *claims, const char *name)
{
	const char *text = json_string_value(json_object_get(claims, name));

	return text != NULL ? text : "";
}

/* What the claims must say, read by another reader than the one under test. */
static void
check_claims(const struct ctx *ctx, struct bytes text, const struct client_proof *proof)
{
	json_t *claims =
	    json_loadb((const char *)text.data, text.len, JSON_REJECT_DUPLICATES, NULL);
	double now = (double)ctx->now / 1000,
	       expires = json_number_value(json_object_get(claims, "exp"));

	must(proof->portal == &portals[0]);
	must(strcmp(text_of(claims, "iss"), "ptpha") == 0 &&
	     strcmp(text_of(claims, "sub"), "ptpha") == 0);
	must(strcmp(text_of(claims, "aud"), ISSUER) == 0);
	must(text_of(claims, "jti")[0] != '\0' &&
	     strstr(proof->jti, text_of(claims, "jti")) != NULL);
	must(expires > now - 180 && expires <= now + 600 + 180);
	/* the mark of its single use outlives it */
	must(proof->jti_expires >= (int64_t)(expires * 1000));
	json_decref(claims);
}

static void
try_assertion(struct ctx *ctx, struct bytes claims)
{
	struct field fields[] = {{"client_assertion_type", TYPE}, {"client_assertion", NULL}};
	struct fields form = {fields, 2};
	struct client_proof proof;

	must(jws_sign(ctx->keys, JWS_ES256, "JWT", claims, ctx->arena, &fields[1].value) == ERR_OK);
	if (client_check(ctx, &form, NULL, &proof) != CLIENT_ACCEPTED)
		return;
	fuzz_taken();
	check_claims(ctx, claims, &proof);
}

static void
try_header(struct ctx *ctx, const char *header)
{
	struct fields form = {NULL, 0};
	struct client_proof proof;
	struct bytes pair;

	if (client_check(ctx, &form, header, &proof) != CLIENT_ACCEPTED)
		return;
	fuzz_taken();
	must(proof.portal == &portals[1] && proof.jti == NULL);
	/* its letters may be escaped, never left out */
	must(strncasecmp(header, "Basic ", 6) == 0);
	must(base64_parse(ctx->arena, bytes_of(header + 6), &pair) == ERR_OK);
	must(pair.len >= strlen("legacy:" SECRET));
}

static void
try_form(struct ctx *ctx, struct bytes text)
{
	struct client_proof proof;
	struct fields form;

	if (form_parse(ctx->arena, text, &form) != NULL)
		return;
	/* no seed and no mutation signs anything: without a signature a form proves nothing */
	must(client_check(ctx, &form, NULL, &proof) != CLIENT_ACCEPTED);
	must(proof.why != NULL && proof.portal == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ctx ctx = fuzz_ctx();
	const char *header;

	prepare();
	ctx.config = &config;
	if (size == 0)
		return 0;
	if (data[0] == 'a' && size <= CLAIMS_MAX)
		try_assertion(&ctx, bytes_make(data + 1, size - 1));
	else if (data[0] == 'f')
		try_form(&ctx, bytes_make(data + 1, size - 1));
	else if (data[0] == 'b' && fuzz_text(ctx.arena, data + 1, size - 1, &header))
		try_header(&ctx, header);
	return 0;
}
