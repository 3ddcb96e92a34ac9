#include <ctype.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "people.h"

#define CALLBACK "http://portal.localhost:9/callback"
#define REDIRECTS 8

static void
random_hex(char *out, size_t len)
{
	unsigned char bytes[64];

	RAND_bytes(bytes, (int)(len / 2));
	for (size_t i = 0; i < len / 2; i++)
		sprintf(out + 2 * i, "%02x", bytes[i]);
}

void
person_digits(const struct person *person, int64_t step, char ret_digits[7])
{
	unsigned char counter[8], hash[20];
	unsigned len = sizeof(hash), at;
	uint32_t number;

	for (int i = 7; i >= 0; i--, step >>= 8)
		counter[i] = (unsigned char)(step & 0xff);
	HMAC(EVP_sha1(), person->seed, (int)person->seed_len, counter, sizeof(counter), hash, &len);
	at = hash[19] & 15;
	number = ((uint32_t)(hash[at] & 0x7f) << 24) | ((uint32_t)hash[at + 1] << 16) | ((uint32_t)hash[at + 2] << 8) | hash[at + 3];
	snprintf(ret_digits, 7, "%06u", number % 1000000);
}

int64_t
person_step(const struct person *person)
{
	int64_t now = now_ms() / 30000;

	if (person->last_step < now)
		return now;
	return person->last_step == now ? now + 1 : -1;
}

static void
read_seed(struct person *person, const char *base32)
{
	unsigned bits = 0, value = 0;

	person->seed_len = 0;
	for (; *base32 != '\0'; base32++) {
		int c = toupper((unsigned char)*base32);
		if (c == ' ' || c == '=')
			continue;
		value = (value << 5) | (unsigned)(c >= 'A' ? c - 'A' : c - '2' + 26);
		bits += 5;
		if (bits >= 8) {
			bits -= 8;
			person->seed[person->seed_len++] = (uint8_t)(value >> bits);
		}
	}
}

void
visit_begin(struct visit *visit, struct house *house, struct person *person)
{
	memset(visit, 0, sizeof(*visit));
	visit->house = house;
	visit->person = person;
	browser_init(&visit->browser, house->port);
	random_hex(visit->verifier, 48);
	random_hex(visit->state, 16);
}

void
visit_end(struct visit *visit)
{
	browser_done(&visit->browser);
	reply_done(&visit->reply);
}

static void
ask(struct visit *visit, const char *step, const char *method, const char *path, const char *form, const char *authorization)
{
	reply_done(&visit->reply);
	browser_ask(&visit->browser, method, path, form, authorization, &visit->reply);
	visit->status = visit->reply.status;
	if (visit->tick != NULL)
		visit->tick(visit->arg, step, visit->browser.wait_us);
}

static enum outcome
judge(const struct visit *visit, int wanted)
{
	if (visit->status == wanted)
		return OUTCOME_DONE;
	return visit->status == 0 || visit->status >= 500 ? OUTCOME_BROKEN : OUTCOME_REFUSED;
}

static const char *
local_path(const struct visit *visit, const char *location)
{
	size_t len = strlen(visit->house->issuer);

	return strncmp(location, visit->house->issuer, len) == 0 ? location + len : location;
}

/* Follow redirects inside the service, up to a page or the portal's callback. */
static enum outcome
follow(struct visit *visit, const char *step)
{
	for (int i = 0; i < REDIRECTS && visit->status == 303; i++) {
		char path[8192];
		const char *code = strstr(visit->reply.location, "code=");
		if (strncmp(visit->reply.location, CALLBACK, strlen(CALLBACK)) == 0) {
			strcpy(visit->page, "portal");
			if (code == NULL)
				return OUTCOME_REFUSED;
			snprintf(visit->code, sizeof(visit->code), "%.*s", (int)strcspn(code + 5, "&"), code + 5);
			return OUTCOME_DONE;
		}
		snprintf(path, sizeof(path), "%s", local_path(visit, visit->reply.location));
		ask(visit, step, "GET", path, NULL, NULL);
	}
	if (visit->reply.body != NULL)
		page_attribute(visit->reply.body, "data-page", 0, visit->page, sizeof(visit->page));
	return judge(visit, 200);
}

static void
begin_form(const struct visit *visit, char *form, size_t room)
{
	char csrf[256];

	form[0] = '\0';
	if (visit->reply.body != NULL && page_input(visit->reply.body, "csrf", csrf, sizeof(csrf)))
		form_add(form, room, "csrf", csrf);
	form_add(form, room, "r", visit->handle);
}

/* Where the page's (main) form goes. */
static void
form_action(const struct visit *visit, char *out, size_t room)
{
	const char *form = visit->reply.body != NULL ? strstr(visit->reply.body, "<form method=\"post\"") : NULL;

	if (form == NULL || !page_attribute(form, "action", 0, out, room))
		snprintf(out, room, "/");
}

static void
challenge(const struct visit *visit, char out[64])
{
	unsigned char hash[32];
	unsigned len;

	EVP_Digest(visit->verifier, strlen(visit->verifier), hash, &len, EVP_sha256(), NULL);
	EVP_EncodeBlock((unsigned char *)out, hash, 32);
	for (char *p = out; *p != '\0'; p++)
		*p = *p == '+' ? '-' : *p == '/' ? '_' : *p;
	out[43] = '\0';
}

enum outcome
visit_to_provider(struct visit *visit)
{
	char query[2048] = "", path[2200], form[2048], action[512], id[128], pkce[64];
	const char *r;
	char *response;
	enum outcome outcome;

	challenge(visit, pkce);
	form_add(query, sizeof(query), "response_type", "code");
	form_add(query, sizeof(query), "client_id", "ptpha");
	form_add(query, sizeof(query), "redirect_uri", CALLBACK);
	form_add(query, sizeof(query), "scope", "openid");
	form_add(query, sizeof(query), "state", visit->state);
	form_add(query, sizeof(query), "nonce", visit->state);
	form_add(query, sizeof(query), "code_challenge", pkce);
	form_add(query, sizeof(query), "code_challenge_method", "S256");
	snprintf(path, sizeof(path), "/authorize?%s", query);
	ask(visit, "authorize", "GET", path, NULL, NULL);
	if ((outcome = judge(visit, 303)) != OUTCOME_DONE)
		return outcome;
	r = strstr(visit->reply.location, "r=");
	if (r != NULL)
		snprintf(visit->handle, sizeof(visit->handle), "%.*s", (int)strcspn(r + 2, "&"), r + 2);
	if ((outcome = follow(visit, "choose-provider")) != OUTCOME_DONE)
		return outcome;
	begin_form(visit, form, sizeof(form));
	form_add(form, sizeof(form), "provider", "gckey");
	form_action(visit, action, sizeof(action));
	ask(visit, "to-provider", "POST", action, form, NULL);
	if ((outcome = judge(visit, 303)) != OUTCOME_DONE)
		return outcome;
	if (!idp_request_id(visit->reply.location, id, sizeof(id)))
		return OUTCOME_REFUSED;
	response = idp_respond(visit->house->idp, id, visit->person->name_id);
	visit->saml_form[0] = '\0';
	form_add(visit->saml_form, sizeof(visit->saml_form), "SAMLResponse", response);
	form_add(visit->saml_form, sizeof(visit->saml_form), "RelayState", visit->handle);
	free(response);
	visit->at_provider = visit->browser;
	visit->at_provider.fd = -1;
	return OUTCOME_DONE;
}

enum outcome
visit_post_saml(struct visit *visit)
{
	enum outcome outcome;

	ask(visit, "acs", "POST", "/saml/acs", visit->saml_form, NULL);
	if ((outcome = judge(visit, 303)) != OUTCOME_DONE)
		return outcome;
	return follow(visit, "after-acs");
}

enum outcome
visit_enrol(struct visit *visit)
{
	char form[1024], action[512], key[256], digits[7];
	struct person *person = visit->person;
	enum outcome outcome;
	int64_t step;

	if (strcmp(visit->page, "enrol") == 0) {
		begin_form(visit, form, sizeof(form));
		form_add(form, sizeof(form), "method", "totp");
		form_add(form, sizeof(form), "action", "continue");
		form_action(visit, action, sizeof(action));
		ask(visit, "enrol", "POST", action, form, NULL);
		if ((outcome = follow(visit, "enrol-totp")) != OUTCOME_DONE)
			return outcome;
	}
	if (strcmp(visit->page, "enrol-totp") != 0 || !page_attribute(visit->reply.body, "data-totp-key", 0, key, sizeof(key)))
		return OUTCOME_REFUSED;
	read_seed(person, key);
	step = now_ms() / 30000;
	person_digits(person, step, digits);
	begin_form(visit, form, sizeof(form));
	form_add(form, sizeof(form), "code", digits);
	form_add(form, sizeof(form), "action", "continue");
	form_action(visit, action, sizeof(action));
	ask(visit, "enrol-totp", "POST", action, form, NULL);
	if ((outcome = judge(visit, 303)) != OUTCOME_DONE)
		return outcome;
	person->last_step = step;
	return follow(visit, "recovery-codes");
}

enum outcome
visit_keep_codes(struct visit *visit)
{
	struct person *person = visit->person;
	char form[1024], action[512];

	if (strcmp(visit->page, "recovery-codes") != 0)
		return OUTCOME_REFUSED;
	person->recovery_count = 0;
	while (person->recovery_count < 16 &&
	    page_attribute(visit->reply.body, "data-recovery-code", person->recovery_count, person->recovery[person->recovery_count], sizeof(person->recovery[0])))
		person->recovery_count++;
	begin_form(visit, form, sizeof(form));
	form_add(form, sizeof(form), "kept", "yes");
	form_add(form, sizeof(form), "action", "continue");
	form_action(visit, action, sizeof(action));
	ask(visit, "keep-codes", "POST", action, form, NULL);
	if (judge(visit, 303) != OUTCOME_DONE)
		return judge(visit, 303);
	person->codes_confirmed = true;
	return follow(visit, "continue");
}

enum outcome
visit_second_factor(struct visit *visit, const char *digits)
{
	char form[1024], action[512];
	enum outcome outcome;

	begin_form(visit, form, sizeof(form));
	form_add(form, sizeof(form), "code", digits);
	form_add(form, sizeof(form), "action", "continue");
	form_action(visit, action, sizeof(action));
	ask(visit, "second-factor", "POST", action, form, NULL);
	if ((outcome = judge(visit, 303)) != OUTCOME_DONE)
		return outcome;
	return follow(visit, "continue");
}

static void
json_member(const char *json, const char *name, char *out, size_t room)
{
	char what[64];
	const char *p;

	snprintf(what, sizeof(what), "\"%s\":\"", name);
	p = strstr(json, what);
	out[0] = '\0';
	if (p != NULL)
		snprintf(out, room, "%.*s", (int)strcspn(p + strlen(what), "\""), p + strlen(what));
}

enum outcome
visit_token(struct visit *visit)
{
	char form[1024] = "";

	form_add(form, sizeof(form), "grant_type", "authorization_code");
	form_add(form, sizeof(form), "code", visit->code);
	form_add(form, sizeof(form), "redirect_uri", CALLBACK);
	form_add(form, sizeof(form), "code_verifier", visit->verifier);
	ask(visit, "token", "POST", "/token", form, visit->house->authorization);
	if (visit->status == 200) {
		json_member(visit->reply.body, "id_token", visit->id_token, sizeof(visit->id_token));
		json_member(visit->reply.body, "access_token", visit->access_token, sizeof(visit->access_token));
	}
	return judge(visit, 200);
}

static enum outcome
prove(struct visit *visit)
{
	int64_t step = person_step(visit->person);
	enum outcome outcome;
	char digits[7];

	if (step < 0)
		return OUTCOME_REFUSED;
	person_digits(visit->person, step, digits);
	outcome = visit_second_factor(visit, digits);
	if (outcome == OUTCOME_DONE)
		visit->person->last_step = step;
	return outcome;
}

enum outcome
visit_all(struct visit *visit)
{
	enum outcome outcome = visit_to_provider(visit);

	if (outcome == OUTCOME_DONE)
		outcome = visit_post_saml(visit);
	if (outcome == OUTCOME_DONE && strncmp(visit->page, "enrol", 5) == 0)
		outcome = visit_enrol(visit);
	if (outcome == OUTCOME_DONE && strcmp(visit->page, "second-factor") == 0)
		outcome = prove(visit);
	if (outcome == OUTCOME_DONE && strcmp(visit->page, "recovery-codes") == 0)
		outcome = visit_keep_codes(visit);
	if (outcome == OUTCOME_DONE && strcmp(visit->page, "portal") != 0)
		outcome = OUTCOME_REFUSED;
	if (outcome == OUTCOME_DONE)
		outcome = visit_token(visit);
	return outcome;
}
