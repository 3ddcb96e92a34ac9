/* The numbers of DESIGN.md section 4: guesses, codes, sends, addresses. */
#include <stdio.h>
#include <string.h>

#include <liboath/oath.h>

#include "model.h"

#define TRIES 5
#define LIFE MINUTES(10)

enum factor_verdict
rule_gate(const struct m_throttle *row, int64_t now, int64_t *ret_wait)
{
	*ret_wait = 0;
	if (row->disabled)
		return FACTOR_REFUSED_EXHAUSTED;
	if (row->until <= now)
		return FACTOR_ACCEPTED;
	*ret_wait = row->until - now > HOURS(1) ? HOURS(1) : row->until - now;
	return FACTOR_REFUSED_LOCKED;
}

bool
rule_count(struct m_throttle *row, int64_t now)
{
	static const int seconds[] = {30, 60, 120, 300, 900, 1800, 3600};
	unsigned kept = 0, over;

	for (unsigned i = 0; i < row->recent_count; i++) {
		if (row->recent[i] > now - DAYS(30))
			row->recent[kept++] = row->recent[i];
	}
	row->recent[kept++] = now;
	row->recent_count = kept;
	row->in_a_row++;
	row->disabled = row->disabled || row->in_a_row >= 50 || kept >= 100;
	if (row->in_a_row >= 5) {
		over = row->in_a_row - 5;
		row->until = now + SECONDS(seconds[over < 6 ? over : 6]);
	}
	return row->in_a_row == 5 || row->disabled;
}

void
rule_forgive(struct m_throttle *row)
{
	row->in_a_row = 0;
	row->until = 0;
}

/* Bound anew: open, with five tries at least; what was guessed this month stays guessed. */
void
rule_renew(struct m_throttle *row)
{
	rule_forgive(row);
	row->disabled = false;
	if (row->recent_count > 95) {
		memmove(row->recent, row->recent + row->recent_count - 95, 95 * sizeof(row->recent[0]));
		row->recent_count = 95;
	}
}

void
rule_totp(const uint8_t seed[SEED_SIZE], int64_t step, char ret_digits[8])
{
	oath_totp_generate((const char *)seed, SEED_SIZE, (time_t)(step * 30), 30, 0, 6, ret_digits);
}

bool
rule_fits(const uint8_t seed[SEED_SIZE], int64_t now, const char *digits, int64_t *ret_step)
{
	char code[8];
	bool fits = false;

	for (int64_t step = now / 30000 - 1; step <= now / 30000 + 1; step++) {
		rule_totp(seed, step, code);
		if (strcmp(code, digits) == 0) {
			*ret_step = step;
			fits = true;
		}
	}
	return fits;
}

enum factor_verdict
rule_app(struct m_account *account, int64_t now, const char *digits, bool *ret_clock)
{
	int64_t present = now / 30000, step;
	char code[8];

	*ret_clock = false;
	if (rule_fits(account->seed, now, digits, &step)) {
		if (step <= account->last_step)
			return FACTOR_REFUSED_USED;
		if (step != account->burnt_step) {
			account->last_step = step;
			return FACTOR_ACCEPTED;
		}
	}
	for (step = present - 10; step <= present + 10 && !*ret_clock; step++) {
		if (step >= present - 1 && step <= present + 1)
			continue;
		rule_totp(account->seed, step, code);
		*ret_clock = strcmp(code, digits) == 0;
		if (*ret_clock && step > present)
			account->burnt_step = step;
	}
	return FACTOR_REFUSED_WRONG;
}

/* ---- codes by e-mail ---- */

static unsigned
sends_since(const struct m_sends *sends, int64_t from)
{
	unsigned count = 0;

	for (unsigned i = 0; i < sends->count; i++)
		count += sends->times[i] > from;
	return count;
}

static void
forget_sends(struct m_sends *sends, int64_t now)
{
	unsigned kept = 0;

	if (sends->end <= now)
		sends->count = 0;
	for (unsigned i = 0; i < sends->count; i++) {
		if (sends->times[i] > now - DAYS(1))
			sends->times[kept++] = sends->times[i];
	}
	sends->count = kept;
}

/* When the clock has not been set back, how long until fewer than `most` are left in the period; a period at most, else. */
static int64_t
send_wait(const struct m_sends *sends, int64_t now, unsigned most, int64_t period)
{
	int64_t newest[64];
	unsigned count = sends->count;

	if (sends_since(sends, now - period) < most)
		return 0;
	memcpy(newest, sends->times, sizeof(newest));
	for (unsigned i = 0; i + 1 < count; i++) {
		if (newest[i] > newest[i + 1])
			return -1;
	}
	return newest[count - 1] > now ? -1 : newest[count - most] + period - now;
}

static int64_t
longest_wait(const struct m_sends *sends, int64_t now)
{
	int64_t hour = send_wait(sends, now, 5, HOURS(1)), day = send_wait(sends, now, 10, DAYS(1));

	if (hour < 0 || day < 0)
		return -1;
	return hour > day ? hour : day;
}

static void
count_send(struct m_sends *sends, int64_t now)
{
	sends->times[sends->count++] = now;
	sends->end = now + DAYS(1);
}

static bool
fits(struct world *world, struct m_session *session, const struct m_code *code, int spelling)
{
	return code->made && code->of_account == (rule_account(world, session) != NULL) && code->spelling / 2 == spelling / 2 &&
	       world->now < code->created + LIFE && world->now >= code->created - MINUTES(1);
}

bool
rule_code_alive(struct world *world, struct m_session *session, enum mail_purpose purpose, int spelling)
{
	return fits(world, session, &session->codes[purpose], spelling) && !session->codes[purpose].spent;
}

enum mail_send_verdict
rule_send(struct world *world, struct m_session *session, enum mail_purpose purpose, int spelling, int64_t *ret_wait)
{
	struct m_account *account = rule_account(world, session);
	struct m_sends *rows[] = {account != NULL ? &account->sends : &world->of_credential[session->person][session->portal], &world->of_mailbox[spelling / 2]};
	struct m_code *code = &session->codes[purpose];
	unsigned count = purpose == MAIL_FOR_SIGN_IN ? 1 : 2;
	bool again = rule_code_alive(world, session, purpose, spelling), exact = true;

	*ret_wait = 0;
	for (unsigned i = 0; i < count; i++) {
		int64_t wait;
		forget_sends(rows[i], world->now);
		wait = longest_wait(rows[i], world->now);
		exact = exact && wait >= 0;
		if (wait < 0 || wait > *ret_wait)
			*ret_wait = wait < 0 ? 1 : wait;
	}
	if (*ret_wait != 0) {
		*ret_wait = exact ? *ret_wait : 0;
		return MAIL_LIMITED;
	}
	for (unsigned i = 0; i < count; i++)
		count_send(rows[i], world->now);
	if (!again)
		*code = (struct m_code){.made = true, .spelling = spelling, .of_account = account != NULL, .created = world->now};
	world->expected[world->expected_count++] = (struct m_mail){.kind = "mail-code", .to = spelling, .language = world->ctx.language, .code = code,
	    .again = again, .account = account};
	return again ? MAIL_REPEATED : MAIL_QUEUED;
}

enum factor_verdict
rule_code(struct world *world, struct m_session *session, enum mail_purpose purpose, int spelling, const char *digits)
{
	struct m_code *code = &session->codes[purpose];
	bool same = strcmp(code->digits, digits) == 0;

	if (!fits(world, session, code, spelling))
		return FACTOR_REFUSED_EXPIRED;
	if (code->tries >= TRIES)
		return FACTOR_REFUSED_EXHAUSTED;
	if (code->spent)
		return same ? FACTOR_REFUSED_USED : FACTOR_REFUSED_EXPIRED;
	code->tries += !same;
	code->spent = same || code->tries >= TRIES;
	return same ? FACTOR_ACCEPTED : FACTOR_REFUSED_WRONG;
}

/* ---- addresses ---- */

void
rule_drop_address(struct m_account *account, bool factor, int64_t now)
{
	for (int i = 0; i < MAILBOXES; i++) {
		struct m_address *address = &account->addresses[i];
		if (!address->known || !(factor ? address->factor : address->notice))
			continue;
		if (factor)
			address->factor = false;
		else
			address->notice = false;
		if (!address->factor && !address->notice)
			address->replaced = now;
	}
}

void
rule_put_address(struct m_account *account, int spelling, bool factor, int64_t now)
{
	struct m_address *address = &account->addresses[spelling / 2];

	rule_drop_address(account, factor, now);
	address->known = true;
	address->spelling = spelling;
	address->replaced = 0;
	if (factor)
		address->factor = true;
	else
		address->notice = true;
}

int
rule_find_address(const struct m_account *account, bool factor)
{
	for (int i = 0; i < MAILBOXES; i++) {
		const struct m_address *address = &account->addresses[i];
		if (address->known && (factor ? address->factor : address->notice))
			return address->spelling;
	}
	return -1;
}

static bool
is_told(const struct m_address *address, int64_t now)
{
	return address->known && (address->factor || address->notice || now < address->replaced + DAYS(30));
}

void
rule_notice(struct world *world, struct m_account *account, const char *kind, const char *name, const char *value)
{
	for (int i = 0; i < MAILBOXES; i++) {
		struct m_mail *mail = &world->expected[world->expected_count];
		if (!is_told(&account->addresses[i], world->now))
			continue;
		*mail = (struct m_mail){.kind = kind, .to = account->addresses[i].spelling, .language = account->language, .name = name, .account = account};
		snprintf(mail->value, sizeof(mail->value), "%s", value);
		world->expected_count++;
	}
}
