#include "claimants.h"

#include <string.h>

#include "account/address.h"
#include "base/random.h"
#include "signin/agenda_run.h"
#include "signin/arrive.h"
#include "signin/prove.h"

struct house house;
struct ctx ctx;

static const char *both[] = {"totp", "mail"};

int
claimants_begin(void **state)
{
	(void)state;
	house_open(&house, "mem");
	ctx = house_ctx(&house, HOUSE_NOW);
	house.portals[0].methods = house.portals[1].methods = (struct texts){both, 2};
	house.config.mail.reports_to = "desk@auth.example";
	return 0;
}

int
claimants_end(void **state)
{
	(void)state;
	house_ctx_done(&ctx);
	house_close(&house);
	return 0;
}

static enum err
address_in(struct txn *txn, void *arg)
{
	const struct person *person = arg;

	return address_put(txn, person->id, arena_printf(ctx.arena, "%s@example.ca", person->name), ADDRESS_NOTICE);
}

struct person
person_new(const char *portal, const char *name)
{
	struct person person = {.name = name};

	ctx.now += TOTP_APART;
	person.pending = house_request(&ctx, portal);
	person.journey = house_journey(&ctx, person.pending, house_arrive(&ctx, person.pending, "gckey", name), STEP_ENROL);
	house_enrol(&ctx, &person.journey, &person.seed, person.codes);
	person.id = record_bytes(person.journey.account->id);
	house_do(&ctx, address_in, &person);
	return person;
}

struct load {
	struct bytes id;
	struct AccountRecord *account;
	struct ClaimRecord *claim;
	const char *status;
};

static enum err
status_in(struct txn *txn, void *arg)
{
	struct load *load = arg;
	enum err err = account_load(txn, load->id, &load->account);

	if (err != ERR_OK)
		return err;
	load->account->status = (char *)load->status;
	return account_save(txn, load->account);
}

struct person
person_with_status(const char *name, enum status status)
{
	struct person person = person_new("health", name);
	struct load load = {.id = person.id, .status = status_name(status)};

	house_do(&ctx, status_in, &load);
	person_look(&person);
	return person;
}

void
person_look(struct person *person)
{
	assert_int_equal(journey_find(&ctx, person->pending, person->journey.token, &person->journey), ERR_OK);
}

static enum factor_verdict
prove(struct person *person, bool recovery)
{
	struct proof proof;

	ctx.now += TOTP_APART;
	if (recovery)
		assert_int_equal(prove_recovery(&ctx, &person->journey, person->codes[9], &proof), ERR_OK);
	else
		assert_int_equal(prove_factor(&ctx, &person->journey, house_digits(&ctx, person->seed, ctx.now), NULL, &proof), ERR_OK);
	assert_false(proof.moved);
	if (proof.answer.verdict == FACTOR_ACCEPTED)
		person->journey.token = proof.token;
	person_look(person);
	return proof.answer.verdict;
}

enum factor_verdict
person_sign_in(struct person *person, bool recovery)
{
	ctx.now += TOTP_APART;
	person->pending = house_request(&ctx, person->journey.portal->id);
	person->journey = house_journey(&ctx, person->pending, house_arrive(&ctx, person->pending, "gckey", person->name), STEP_SECOND_FACTOR);
	return prove(person, recovery);
}

void
person_prove_again(struct person *person)
{
	assert_int_equal(prove_again(&ctx, &person->journey), ERR_OK);
	person_look(person);
	assert_int_equal(person->journey.step, STEP_SECOND_FACTOR);
	assert_int_equal(prove(person, false), FACTOR_ACCEPTED);
}

static enum err
load_in(struct txn *txn, void *arg)
{
	struct load *load = arg;

	return account_load(txn, load->id, &load->account);
}

struct AccountRecord *
person_account(const struct person *person)
{
	struct load load = {.id = person->id};

	assert_int_equal(store_view(&ctx, load_in, &load), ERR_OK);
	return load.account;
}

void
draft_of(struct person *claimant, const struct person *old)
{
	struct relink_answer answer;

	assert_int_equal(relink_name(&ctx, &claimant->journey, person_account(old)->support_reference, &answer), ERR_OK);
	assert_int_equal(answer.verdict, RELINK_DONE);
	person_look(claimant);
	assert_true(bytes_equal(record_bytes(claimant->journey.session->claimed), old->id));
}

enum err
second_leg_with(struct person *claimant, const char *name, const char *assertion, bool *ret_noted)
{
	struct pending leg = *claimant->pending;
	const struct arrival arrival = {.pending = &leg, .provider = config_provider(ctx.config, "gckey"), .name_qualifier = "idp",
	    .sp_name_qualifier = "sp", .name_id = name, .session_index = "", .session_until = NEVER, .level = "loa2", .assertion_id = assertion,
	    .assertion_until = ctx.now + MINUTES(5)};

	leg.claimant = relink_leave(&ctx, &claimant->journey);
	leg.provider = "gckey";
	leg.saml_request = random_text(ctx.arena, 16);
	return arrive_claim(&ctx, &arrival, ret_noted);
}

bool
second_leg(struct person *claimant, const char *name)
{
	bool noted;

	assert_int_equal(second_leg_with(claimant, name, random_text(ctx.arena, 16), &noted), ERR_OK);
	person_look(claimant);
	return noted;
}

struct ClaimRecord *
claim_by(struct person *claimant, struct person *old, const char *proofs)
{
	struct relink_answer answer;
	struct factor_answer code = {.verdict = FACTOR_ACCEPTED};
	struct relink relink;

	draft_of(claimant, old);
	if (strchr(proofs, 'c') != NULL)
		assert_true(second_leg(claimant, old->name));
	ctx.now += TOTP_APART;
	if (strchr(proofs, 'f') != NULL)
		assert_int_equal(relink_prove(&ctx, &claimant->journey, house_digits(&ctx, old->seed, ctx.now), &answer, &code), ERR_OK);
	if (strchr(proofs, 'r') != NULL)
		assert_int_equal(relink_prove_recovery(&ctx, &claimant->journey, old->codes[0], &answer, &code), ERR_OK);
	assert_int_equal(code.verdict, FACTOR_ACCEPTED);
	assert_int_equal(relink_open(&ctx, &claimant->journey, &answer), ERR_OK);
	assert_int_equal(answer.verdict, RELINK_DONE);
	person_look(claimant);
	assert_int_equal(relink_load(&ctx, &claimant->journey, &relink), ERR_OK);
	assert_null(relink.old);
	return (struct ClaimRecord *)relink.claim;
}

static enum err
claim_in(struct txn *txn, void *arg)
{
	struct load *load = arg;

	return claim_load(txn, load->id, &load->claim);
}

struct ClaimRecord *
claim_now(const struct ClaimRecord *claim)
{
	struct load load = {.id = record_bytes(claim->id)};

	assert_int_equal(store_view(&ctx, claim_in, &load), ERR_OK);
	return load.claim;
}

void
due(void)
{
	unsigned ran;

	assert_int_equal(agenda_run(&ctx, 1000, &ran), ERR_OK);
}

void
until(int64_t then)
{
	while (ctx.now < then) {
		ctx.now = ctx.now + HOURS(1) < then ? ctx.now + HOURS(1) : then;
		due();
	}
}

struct count {
	struct bytes id;
	const char *name;
	unsigned count;
	const struct MailRecord *mail;
};

static enum err
note_mail(void *arg, struct bytes key, const struct MailRecord *mail)
{
	struct count *count = arg;

	(void)key;
	if (strcmp(mail->kind, count->name) != 0)
		return ERR_OK;
	if (count->count++ == 0)
		count->mail = mail; /* the newest comes first */
	return ERR_OK;
}

static enum err
mails_in(struct txn *txn, void *arg)
{
	struct count *count = arg;

	count->count = 0;
	return outbox_walk_account(txn, count->id, note_mail, count);
}

unsigned
mails(const struct person *person, const char *kind, const struct MailRecord **ret_mail)
{
	struct count count = {.id = person->id, .name = kind};

	assert_int_equal(store_view(&ctx, mails_in, &count), ERR_OK);
	if (ret_mail != NULL)
		*ret_mail = count.mail;
	return count.count;
}

const char *
mail_value(const struct MailRecord *mail, const char *name)
{
	for (size_t i = 0; mail != NULL && i < mail->n_names; i++) {
		if (strcmp(mail->names[i], name) == 0)
			return mail->values[i];
	}
	return NULL;
}

static enum err
note_event(void *arg, uint64_t sequence, const struct AuditRecord *record)
{
	struct count *count = arg;

	(void)sequence;
	if (strcmp(record->event, count->name) == 0 && bytes_equal(record_bytes(record->account), count->id))
		count->count++;
	for (size_t i = 0; i < record->n_values; i++)
		assert_string_not_equal(record->values[i], "?");
	return ERR_OK;
}

static enum err
events_in(struct txn *txn, void *arg)
{
	struct count *count = arg;

	count->count = 0;
	return audit_walk(txn, 1, 100000, note_event, count);
}

unsigned
events(const struct person *person, const char *name)
{
	struct count count = {.id = person->id, .name = name};

	assert_int_equal(store_view(&ctx, events_in, &count), ERR_OK);
	return count.count;
}

struct update {
	enum err (*fn)(struct txn *txn, struct ClaimRecord *claim);
	struct bytes id;
};

static enum err
update_in(struct txn *txn, void *arg)
{
	struct update *update = arg;
	struct ClaimRecord *claim;
	enum err err = claim_load(txn, update->id, &claim);

	return err == ERR_OK ? update->fn(txn, claim) : err;
}

enum err
in_update(enum err (*fn)(struct txn *txn, struct ClaimRecord *claim), const struct ClaimRecord *claim)
{
	struct update update = {fn, record_bytes(claim->id)};

	return store_update(&ctx, update_in, &update);
}
