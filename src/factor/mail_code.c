#include "factor/mail_code.h"

#include <stdio.h>
#include <string.h>

#include "audit/audit.h"
#include "base/random.h"
#include "factor/digits.h"
#include "factor/throttle.h"
#include "mail/mailbox.h"
#include "mail/outbox.h"
#include "text/template.h"

#define CODES 1000000u
/* So far apart may the clocks of two requests be; a code from further ahead was made before the clock was set back. */
#define CLOCK_JITTER MINUTES(1)
/* The record stays a while after the code's end: to say that it is over, and what became of the mail. */
#define REMEMBERED HOURS(1)
#define SENDS_PERIOD DAYS(1)

static const char *const purposes[] = {
    [MAIL_FOR_SIGN_IN] = "sign-in", [MAIL_FOR_ENROLMENT] = "enrolment", [MAIL_FOR_NOTICE] = "notice", [MAIL_FOR_CLAIM] = "claim"};

static struct bytes
owner_of(const struct mail_case *which)
{
	struct bytes owner = which->account.len > 0 ? which->account : which->credential;

	must(owner.len > 0);
	return owner;
}

static struct bytes
code_key(struct arena *arena, const struct mail_case *which)
{
	const char *purpose = purposes[which->purpose];
	size_t sid_len = strlen(which->sid), len = sid_len + 1 + strlen(purpose);
	uint8_t *key = arena_alloc(arena, len);

	memcpy(key, which->sid, sid_len);
	memcpy(key + sid_len + 1, purpose, len - sid_len - 1);
	return bytes_make(key, len);
}

/* The code of this session and purpose; NULL when none was made. */
static enum err
load_code(struct txn *txn, const struct mail_case *which, struct MailCodeRecord **ret_code)
{
	enum err err = record_load(txn, TABLE_MAIL_CODE, code_key(txn_ctx(txn)->arena, which), &mail_code_record__descriptor, ret_code);

	if (err == ERR_NOT_FOUND) {
		*ret_code = NULL;
		return ERR_OK;
	}
	return err;
}

static enum err
save_code(struct txn *txn, const struct mail_case *which, const struct MailCodeRecord *code)
{
	struct ctx *ctx = txn_ctx(txn);

	return record_save(txn, TABLE_MAIL_CODE, code_key(ctx->arena, which), code,
	    code->created + ctx->config->limits.mail_code_lifetime + REMEMBERED);
}

/* Was it made for this owner and address, and not too long ago?  No code fits the address that is yet to come. */
static bool
fits(struct ctx *ctx, const struct mail_case *which, const struct MailCodeRecord *code)
{
	return code != NULL && *which->address != '\0' && bytes_equal(record_bytes(code->owner), owner_of(which)) &&
	       bytes_equal(mailbox_hash(ctx, code->address), mailbox_hash(ctx, which->address)) &&
	       ctx->now < code->created + ctx->config->limits.mail_code_lifetime && ctx->now >= code->created - CLOCK_JITTER;
}

static char *
make_digits(struct arena *arena)
{
	uint32_t random;

	do {
		random_bytes(&random, sizeof(random));
	} while (random >= UINT32_MAX - UINT32_MAX % CODES);
	return arena_printf(arena, "%06u", random % CODES);
}

static struct MailCodeRecord *
make_code(struct ctx *ctx, const struct mail_case *which)
{
	struct MailCodeRecord *code = arena_new_object(ctx->arena, struct MailCodeRecord);

	mail_code_record__init(code);
	code->address = (char *)which->address;
	code->code = make_digits(ctx->arena);
	code->owner = record_data(owner_of(which));
	code->created = ctx->now;
	return code;
}

/* --- how often --- */

struct sends {
	struct bytes key;
	struct MailSendsRecord *record;
};

static struct bytes
sends_key(struct arena *arena, char kind, struct bytes id)
{
	uint8_t *key = arena_alloc(arena, id.len + 1);

	key[0] = (uint8_t)kind;
	memcpy(key + 1, id.data, id.len);
	return bytes_make(key, id.len + 1);
}

/* Before there is an account: by the credential at this portal, where nothing is to show that it was used at another one. */
static struct bytes
newcomer_key(struct arena *arena, const struct mail_case *which)
{
	size_t portal_len = strlen(which->portal->id);
	uint8_t *id = arena_alloc(arena, which->credential.len + portal_len);

	memcpy(id, which->credential.data, which->credential.len);
	memcpy(id + which->credential.len, which->portal->id, portal_len);
	return sends_key(arena, 'c', bytes_make(id, which->credential.len + portal_len));
}

/* What counts for this case: one or two rows. */
static size_t
sends_keys(struct ctx *ctx, const struct mail_case *which, struct sends ret_sends[2])
{
	/* Who claims an account must not use up what its owner needs to sign in. */
	if (which->account.len == 0)
		ret_sends[0].key = newcomer_key(ctx->arena, which);
	else
		ret_sends[0].key = sends_key(ctx->arena, which->purpose == MAIL_FOR_CLAIM ? 'k' : 'a', which->account);
	if (which->purpose == MAIL_FOR_SIGN_IN || which->purpose == MAIL_FOR_CLAIM)
		return 1;
	ret_sends[1].key = sends_key(ctx->arena, 'm', mailbox_hash(ctx, which->address));
	return 2;
}

/* Those of the last day; later ones too, from before the clock was set back. */
static enum err
load_sends(struct txn *txn, struct sends *sends)
{
	struct ctx *ctx = txn_ctx(txn);
	struct MailSendsRecord *record;
	size_t count = 0;
	enum err err = record_load(txn, TABLE_MAIL_SENDS, sends->key, &mail_sends_record__descriptor, &record);

	if (err == ERR_NOT_FOUND) {
		record = arena_new_object(ctx->arena, struct MailSendsRecord);
		mail_sends_record__init(record);
		err = ERR_OK;
	}
	if (err != ERR_OK)
		return err;
	for (size_t i = 0; i < record->n_times; i++) {
		if (record->times[i] > ctx->now - SENDS_PERIOD)
			record->times[count++] = record->times[i];
	}
	record->n_times = count;
	sends->record = record;
	return ERR_OK;
}

/* How long until fewer than `most` of them lie within the period. */
static int64_t
period_wait(const struct MailSendsRecord *record, int64_t now, unsigned most, int64_t period)
{
	int64_t wait;
	size_t count = 0;

	for (size_t i = 0; i < record->n_times; i++)
		count += record->times[i] > now - period;
	if (count < most)
		return 0;
	wait = record->times[record->n_times - most] + period - now;
	/* The clock was set back meanwhile: never longer than the period, nor is it over. */
	return wait > period || wait <= 0 ? period : wait;
}

static int64_t
sends_wait(const struct ctx *ctx, const struct MailSendsRecord *record)
{
	const struct limits_config *limits = &ctx->config->limits;
	int64_t hour = period_wait(record, ctx->now, limits->mail_sends_hour, HOURS(1));
	int64_t day = period_wait(record, ctx->now, limits->mail_sends_day, SENDS_PERIOD);

	return hour > day ? hour : day;
}

static enum err
count_send(struct txn *txn, const struct sends *sends)
{
	struct ctx *ctx = txn_ctx(txn);
	struct MailSendsRecord *record = sends->record;

	record->times = arena_grow(ctx->arena, record->times, record->n_times * sizeof(*record->times),
	    (record->n_times + 1) * sizeof(*record->times));
	record->times[record->n_times++] = ctx->now;
	return record_save(txn, TABLE_MAIL_SENDS, sends->key, record, ctx->now + SENDS_PERIOD);
}

/* Count this send wherever it counts, unless there were too many: then *ret_wait is over 0, and nothing is counted. */
static enum err
take_send(struct txn *txn, const struct mail_case *which, int64_t *ret_wait)
{
	struct ctx *ctx = txn_ctx(txn);
	struct sends sends[2];
	size_t count = sends_keys(ctx, which, sends);
	enum err err = ERR_OK;

	*ret_wait = 0;
	for (size_t i = 0; i < count && err == ERR_OK; i++) {
		err = load_sends(txn, &sends[i]);
		if (err == ERR_OK && sends_wait(ctx, sends[i].record) > *ret_wait)
			*ret_wait = sends_wait(ctx, sends[i].record);
	}
	for (size_t i = 0; i < count && err == ERR_OK && *ret_wait == 0; i++)
		err = count_send(txn, &sends[i]);
	return err;
}

/* --- send --- */

/* code->sends: how often it was sent before. */
static enum err
queue(struct txn *txn, const struct mail_case *which, struct MailCodeRecord *code)
{
	struct ctx *ctx = txn_ctx(txn);
	int64_t until = code->created + ctx->config->limits.mail_code_lifetime;
	const struct names *name = &which->portal->name;
	const struct mail_value values[] = {
	    {"purpose", purposes[which->purpose]},
	    {"portal_name", which->language == LANGUAGE_FR ? name->fr : name->en},
	    {"when", text_moment(ctx->text, which->language, ctx->now, ctx->arena)},
	    {"code", code->code},
	    {"code_life", text_duration(ctx->text, which->language, until - ctx->now, ctx->arena)},
	    {"again", code->sends > 0 ? "again" : ""},
	};
	const struct outgoing mail = {.kind = "mail-code", .language = which->language, .to = which->address, .account = which->account,
	    .until = until, .values = values, .value_count = sizeof(values) / sizeof(values[0])};
	struct bytes key;
	enum err err = outbox_put(txn, &mail, &key);

	if (err != ERR_OK)
		return err;
	code->mail = record_data(key);
	code->sent = ctx->now;
	code->sends++;
	return save_code(txn, which, code);
}

enum err
mail_code_send(struct txn *txn, const struct mail_case *which, struct mail_sending *ret_sending)
{
	struct ctx *ctx = txn_ctx(txn);
	struct MailCodeRecord *code;
	enum err err;

	*ret_sending = (struct mail_sending){.verdict = MAIL_LIMITED};
	err = take_send(txn, which, &ret_sending->wait);
	if (err != ERR_OK || ret_sending->wait > 0)
		return err;
	err = load_code(txn, which, &code);
	if (err != ERR_OK)
		return err;
	ret_sending->verdict = fits(ctx, which, code) && !code->spent ? MAIL_REPEATED : MAIL_QUEUED;
	err = queue(txn, which, ret_sending->verdict == MAIL_REPEATED ? code : make_code(ctx, which));
	if (err != ERR_OK)
		return err;
	return audit_append(txn, AUDIT_MAIL_CODE_SENT, which->account, which->portal->id, "purpose", purposes[which->purpose], NULL);
}

/* --- check --- */

static enum factor_verdict
judge(struct ctx *ctx, const struct mail_case *which, struct MailCodeRecord *code, const char *digits)
{
	unsigned most = ctx->config->limits.mail_code_tries;
	bool same;

	if (!fits(ctx, which, code))
		return FACTOR_REFUSED_EXPIRED;
	if (code->tries >= most)
		return FACTOR_REFUSED_EXHAUSTED;
	same = bytes_equal_secret(bytes_of(code->code), bytes_of(digits));
	if (code->spent)
		return same ? FACTOR_REFUSED_USED : FACTOR_REFUSED_EXPIRED;
	if (!same)
		code->tries++;
	code->spent = same || code->tries >= most;
	return same ? FACTOR_ACCEPTED : FACTOR_REFUSED_WRONG;
}

enum err
mail_code_check(struct txn *txn, const struct mail_case *which, const char *typed, struct factor_answer *ret_answer)
{
	bool throttled = which->purpose == MAIL_FOR_SIGN_IN;
	char digits[MAIL_CODE_DIGITS + 1];
	struct ThrottleRecord *row = NULL;
	struct MailCodeRecord *code;
	enum err err;

	*ret_answer = (struct factor_answer){.verdict = FACTOR_ACCEPTED};
	err = throttled ? throttle_gate(txn, which->account, MAIL_METHOD, &row, ret_answer) : ERR_OK;
	if (err != ERR_OK || ret_answer->verdict != FACTOR_ACCEPTED)
		return err;
	ret_answer->verdict = FACTOR_REFUSED_MALFORMED;
	if (!digits_parse(typed, MAIL_CODE_DIGITS, digits))
		return ERR_OK;
	err = load_code(txn, which, &code);
	if (err != ERR_OK)
		return err;
	ret_answer->verdict = judge(txn_ctx(txn), which, code, digits);
	if (ret_answer->verdict == FACTOR_ACCEPTED || ret_answer->verdict == FACTOR_REFUSED_WRONG)
		err = save_code(txn, which, code);
	return err == ERR_OK && throttled ? throttle_settle(txn, which->account, MAIL_METHOD, row, ret_answer->verdict) : err;
}

/* --- look --- */

static enum err
look_at_mail(struct txn *txn, struct bytes key, enum mail_delivery *ret_delivery)
{
	struct MailRecord *mail;
	enum err err = key.len > 0 ? outbox_load(txn, key, &mail) : ERR_NOT_FOUND;

	*ret_delivery = MAIL_UNKNOWN;
	if (err != ERR_OK)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	if (strcmp(mail->state, MAIL_WAITING) == 0)
		*ret_delivery = MAIL_ON_ITS_WAY;
	else
		*ret_delivery = strcmp(mail->state, MAIL_SENT) == 0 ? MAIL_HANDED_OVER : MAIL_UNDELIVERED;
	return ERR_OK;
}

enum err
mail_code_state(struct txn *txn, const struct mail_case *which, struct mail_code_state *ret_state)
{
	struct ctx *ctx = txn_ctx(txn);
	struct MailCodeRecord *code;
	enum err err = load_code(txn, which, &code);

	if (err != ERR_OK)
		return err;
	*ret_state = (struct mail_code_state){.alive = false};
	if (code == NULL)
		return ERR_OK;
	*ret_state = (struct mail_code_state){.alive = fits(ctx, which, code) && !code->spent, .sends = code->sends, .sent = code->sent,
	    .until = code->created + ctx->config->limits.mail_code_lifetime};
	return look_at_mail(txn, record_bytes(code->mail), &ret_state->delivery);
}

/* --- the method "mail" --- */

enum err
mail_code_case(struct txn *txn, const struct factor_case *which, struct mail_case *ret_case)
{
	struct FactorRecord *factor;
	enum err err = factor_load(txn, which->account, MAIL_METHOD, &factor);

	if (err == ERR_OK)
		*ret_case = (struct mail_case){.purpose = MAIL_FOR_SIGN_IN, .sid = which->sid, .account = which->account,
		    .address = factor->address, .portal = which->portal, .language = which->language};
	return err;
}

enum err
mail_check(struct txn *txn, const struct factor_case *which, const char *typed, struct factor_answer *ret_answer)
{
	struct mail_case sign_in;
	enum err err = mail_code_case(txn, which, &sign_in);

	return err == ERR_OK ? mail_code_check(txn, &sign_in, typed, ret_answer) : err;
}

enum err
mail_send(struct txn *txn, const struct factor_case *which, struct mail_sending *ret_sending)
{
	struct mail_case sign_in;
	enum err err = mail_code_case(txn, which, &sign_in);

	return err == ERR_OK ? mail_code_send(txn, &sign_in, ret_sending) : err;
}
