/* What the walk stands in: chance, the log of the last steps, and the comparison of all that both sides know. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "mail/outbox.h"
#include "model.h"
#include "signin/overview.h"

const char *const spellings[SPELLINGS + 1] = {"ann@one.example", "Ann@one.example", "bob@two.example", "BOB@two.example", "cy+x@three.example",
    "Cy+x@three.example", "d@four.example", "D@four.example", "desk@help.example"};
const char *const method_names[M_COUNT] = {"", "totp", "mail", "recovery", "notice"};
const char *const portal_ids[PORTALS] = {"health", "work"};
const char *const kinds_of_provider[PEOPLE] = {"gckey", "gckey", "partner", "partner"};

static const char *both_methods[] = {"totp", "mail"};

/* xorshift64*: what a seed begins, it repeats anywhere. */
unsigned
world_pick(struct world *world, unsigned below)
{
	world->random ^= world->random >> 12;
	world->random ^= world->random << 25;
	world->random ^= world->random >> 27;
	return (unsigned)((world->random * 0x2545f4914f6cdd1dull >> 33) % below);
}

bool
world_chance(struct world *world, unsigned in_a_thousand)
{
	return world_pick(world, 1000) < in_a_thousand;
}

void
world_log(struct world *world, const char *format, ...)
{
	char *line = world->log[world->log_count++ % LOG_LINES], time[CLOCK_TEXT_SIZE];
	int len;
	va_list args;

	clock_write(world->now, time);
	len = snprintf(line, sizeof(world->log[0]), "%u %s ", world->step, time);
	va_start(args, format);
	vsnprintf(line + len, sizeof(world->log[0]) - (size_t)len, format, args);
	va_end(args);
}

void
world_diverged(struct world *world, const char *file, int line, const char *format, ...)
{
	unsigned first = world->log_count > LOG_LINES ? world->log_count - LOG_LINES : 0;
	va_list args;

	fprintf(stderr, "The last %d steps:\n", LOG_LINES);
	for (unsigned i = first; i < world->log_count; i++)
		fprintf(stderr, "  %s\n", world->log[i % LOG_LINES]);
	fprintf(stderr, "Divergence (%s:%d): ", file, line);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\nRepeat it: MODEL_SEED=%" PRIu64 " MODEL_STEPS=%u (%s), step %u\n", world->seed, world->step + 1, world->lmdb ? "lmdb" : "mem", world->step);
	fail();
	abort();
}

void
world_open(struct world *world, const char *backend, uint64_t seed, unsigned steps)
{
	memset(world, 0, sizeof(*world));
	house_open(&world->house, backend);
	world->house.config.limits.recovery_codes = CODES;
	world->house.config.mail.reports_to = spellings[HELP_DESK];
	world->house.portals[0].methods = (struct texts){both_methods, 2};
	world->mail_allowed = true;
	world->lmdb = strcmp(backend, "lmdb") == 0;
	world->seed = seed;
	world->random = seed * 0x9e3779b97f4a7c15ull + (world->lmdb ? 1 : 2);
	world->steps = steps;
	/* The sweeper goes by the real clock: it must be behind. */
	world->now = clock_now() + DAYS(60) > HOUSE_NOW ? clock_now() + DAYS(60) : HOUSE_NOW;
	world->ctx = house_ctx(&world->house, world->now);
	for (int i = 0; i < BROWSERS * PORTALS; i++)
		world->browsers[i / PORTALS].sessions[i % PORTALS].pending_spelling = -1;
}

void
world_close(struct world *world)
{
	house_ctx_done(&world->ctx);
	house_close(&world->house);
}

static void
compare_session(struct world *world, struct place *place)
{
	const struct SessionRecord *record = place->journey.session;
	const struct m_session *session = place->session;

	AGREE(world, strcmp(record->factor, method_names[session->factor]) == 0, "the session is proven by \"%s\", the model says \"%s\"", record->factor,
	    method_names[session->factor]);
	AGREE_NUMBER(world, "time of the proof", record->factor_time, session->factor_time);
	AGREE_NUMBER(world, "last use", record->seen, session->seen);
	AGREE(world, strcmp(record->sid, session->sid) == 0, "sid %s, the model has %s", record->sid, session->sid);
	AGREE(world, strcmp(record->pending_method, method_names[session->pending]) == 0, "enrolling \"%s\", the model says \"%s\"", record->pending_method,
	    method_names[session->pending]);
	AGREE(world, strcmp(record->pending_address, session->pending_spelling < 0 ? "" : spellings[session->pending_spelling]) == 0,
	    "proving \"%s\", the model says %d", record->pending_address, session->pending_spelling);
	AGREE_NUMBER(world, "codes that wait to be kept", record->n_pending_codes > 0, session->shown != 0);
	AGREE_NUMBER(world, "reached the portal", record->reached_portal, session->reached_portal);
}

static void
compare_account(struct world *world, struct place *place)
{
	const struct AccountRecord *record = place->journey.account;
	const struct m_account *account = place->account;

	AGREE(world, strcmp(record->method, method_names[account->method]) == 0, "the account's method is %s, the model says %s", record->method,
	    method_names[account->method]);
	AGREE_NUMBER(world, "frozen", record->frozen != 0, account->frozen);
	AGREE_NUMBER(world, "codes kept", record->codes_confirmed, account->confirmed);
	AGREE_NUMBER(world, "notice address offered", record->notice_offered, account->offered);
}

/* The model's half of a look. */
static void
fill_place(struct world *world, struct place *place, int browser, int portal)
{
	*place = (struct place){.browser = &world->browsers[browser], .number = browser, .portal = portal};
	place->request = &place->browser->requests[portal];
	place->session = &place->browser->sessions[portal];
	if (!rule_alive(place->session, world->now))
		place->session = NULL;
	if (place->session != NULL)
		place->account = rule_account(world, place->session);
	place->step = rule_step(world, place->session, place->request);
}

void
place_look(struct world *world, struct place *place, int browser, int portal)
{
	enum err err;

	fill_place(world, place, browser, portal);
	err = journey_find(&world->ctx, &place->request->pending, place->browser->token, &place->journey);
	AGREE(world, err == ERR_OK, "journey_find: %s", err_print(err));
	AGREE(world, place->journey.step == place->step, "browser %d at %s: the program's step is %s, the model's %s", browser, portal_ids[portal],
	    journey_path(place->journey.step), journey_path(place->step));
	AGREE_NUMBER(world, "is there a session", place->journey.session != NULL, place->session != NULL);
	if (place->session == NULL)
		return;
	compare_session(world, place);
	AGREE_NUMBER(world, "is there an account", place->journey.account != NULL, place->account != NULL);
	if (place->account != NULL)
		compare_account(world, place);
}

void
place_token(struct world *world, struct place *place, const char *token, bool renewed)
{
	struct m_browser *browser = place->browser;

	AGREE(world, token != NULL, "no cookie came back");
	AGREE_NUMBER(world, "a new cookie", strcmp(token, browser->token) != 0, renewed);
	if (!renewed)
		return;
	memcpy(browser->former, browser->token, sizeof(browser->former));
	snprintf(browser->token, sizeof(browser->token), "%s", token);
	rule_renew_token(world, browser);
}

/* ---- mails ---- */

struct taken {
	struct ctx *ctx;
	struct txn *txn;
	struct bytes due[MAILS_MOST];
	struct MailRecord *mails[MAILS_MOST];
	unsigned count;
};

static enum err
take_row(void *arg, struct bytes key, struct bytes value)
{
	struct taken *taken = arg;

	(void)value;
	if (taken->count == MAILS_MOST)
		return ERR_TOO_BIG;
	taken->due[taken->count++] = bytes_copy(taken->ctx->arena, key);
	return ERR_OK;
}

/* Like a sender that is fast and always has luck, and forgets them at once. */
static enum err
take_in(struct txn *txn, void *arg)
{
	struct taken *taken = arg;
	enum err err;

	taken->count = 0;
	err = txn_walk(txn, TABLE_MAIL_DUE, bytes_make("", 0), take_row, taken);
	for (unsigned i = 0; i < taken->count && err == ERR_OK; i++) {
		struct bytes key = bytes_make(taken->due[i].data + 8, taken->due[i].len - 8);
		err = outbox_load(txn, key, &taken->mails[i]);
		if (err == ERR_OK)
			err = txn_delete(txn, TABLE_MAIL_DUE, taken->due[i]);
		if (err == ERR_OK)
			err = txn_delete(txn, TABLE_MAIL, key);
	}
	return err;
}

static const char *
value_of(const struct MailRecord *mail, const char *name)
{
	for (size_t i = 0; i < mail->n_names && i < mail->n_values; i++) {
		if (strcmp(mail->names[i], name) == 0)
			return mail->values[i];
	}
	return "";
}

static bool
is_expected(const struct MailRecord *mail, const struct m_mail *expected)
{
	return expected->kind != NULL && strcmp(mail->kind, expected->kind) == 0 && strcmp(mail->to, spellings[expected->to]) == 0;
}

static void
keep_link(struct world *world, const struct MailRecord *mail, struct m_account *account)
{
	const char *token = strstr(value_of(mail, "not_me_url"), "?t=");
	struct m_link *link = &world->links[world->link_count % LINKS];
	bool has = strcmp(mail->kind, "mail-account-frozen") != 0;

	AGREE_NUMBER(world, "a link \"this was not me\"", token != NULL, has);
	if (token == NULL)
		return;
	*link = (struct m_link){.account = account, .end = world->now + DAYS(30)};
	snprintf(link->token, sizeof(link->token), "%s", token + 3);
	world->link_count++;
}

static void
compare_code(struct world *world, const struct MailRecord *mail, const struct m_mail *expected)
{
	const char *digits = value_of(mail, "code");

	AGREE(world, strlen(digits) == 6, "a code of %zu characters", strlen(digits));
	AGREE(world, !expected->again || strcmp(digits, expected->code->digits) == 0, "sent again, but another code");
	AGREE_NUMBER(world, "said to be the same", *value_of(mail, "again") != '\0', expected->again);
	AGREE_NUMBER(world, "the mail is worth sending", mail->until, expected->code->created + MINUTES(10));
	snprintf(expected->code->digits, sizeof(expected->code->digits), "%s", digits);
	if (expected->account != NULL)
		memcpy(expected->account->seen_code, expected->code->digits, sizeof(expected->code->digits));
}

static void
compare_mail(struct world *world, const struct MailRecord *mail)
{
	unsigned i = 0;
	struct m_mail *expected;

	while (i < world->expected_count && !is_expected(mail, &world->expected[i]))
		i++;
	AGREE(world, i < world->expected_count, "a mail %s to %s that the model knows nothing of", mail->kind, mail->to);
	expected = &world->expected[i];
	AGREE(world, strcmp(mail->language, language_print(expected->language)) == 0, "%s is in %s", mail->kind, mail->language);
	if (expected->name != NULL)
		AGREE(world, strcmp(value_of(mail, expected->name), expected->value) == 0, "%s: %s is \"%s\", the model says \"%s\"", mail->kind,
		    expected->name, value_of(mail, expected->name), expected->value);
	if (expected->code != NULL)
		compare_code(world, mail, expected);
	else if (expected->to != HELP_DESK)
		keep_link(world, mail, expected->account);
	expected->kind = NULL;
}

void
world_compare_mails(struct world *world)
{
	struct taken taken = {.ctx = &world->ctx};
	int64_t due;

	AGREE(world, outbox_next(&world->ctx, &due) == ERR_OK, "outbox_next");
	if (due != NEVER)
		AGREE(world, store_update(&world->ctx, take_in, &taken) == ERR_OK, "the outbox");
	for (unsigned i = 0; i < taken.count; i++)
		compare_mail(world, taken.mails[i]);
	for (unsigned i = 0; i < world->expected_count; i++)
		AGREE(world, world->expected[i].kind == NULL, "no mail %s to %s", world->expected[i].kind, spellings[world->expected[i].to]);
	world->tally[0] += world->expected_count;
	world->expected_count = 0;
}

void
world_compare_all(struct world *world)
{
	struct place place;

	for (int b = 0; b < BROWSERS; b++) {
		for (int p = 0; p < PORTALS; p++) {
			place_look(world, &place, b, p);
			if (place.step == STEP_DONE)
				do_overview(world, &place);
		}
	}
}
