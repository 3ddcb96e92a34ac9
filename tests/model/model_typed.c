/* What is typed where a code is asked for: right, wrong, old, of somebody else, and no code at all. */
#include <stdio.h>
#include <string.h>

#include "model.h"

static void
set(struct m_typed *typed, const char *digits)
{
	snprintf(typed->digits, sizeof(typed->digits), "%s", digits);
	snprintf(typed->text, sizeof(typed->text), "%s", digits);
}

/* As people type: in groups, with full-width digits, with space around. */
static void
dress(struct world *world, struct m_typed *typed)
{
	const char *d = typed->digits;

	switch (world_pick(world, 8)) {
	case 0:
		snprintf(typed->text, sizeof(typed->text), "%.3s %s", d, d + 3);
		break;
	case 1:
		snprintf(typed->text, sizeof(typed->text), " %.3s-%s\xc2\xa0", d, d + 3);
		break;
	case 2:
		snprintf(typed->text, sizeof(typed->text), "\xef\xbc%c%s", 0x90 + (d[0] - '0'), d + 1);
		break;
	default:
		break;
	}
}

void
typed_wrong(struct world *world, struct m_typed *typed)
{
	char digits[16];

	snprintf(digits, sizeof(digits), "%06u", world_pick(world, 1000000));
	*typed = (struct m_typed){.none = false};
	set(typed, digits);
}

static void
no_code(struct world *world, struct m_typed *typed)
{
	static const char *const texts[] = {"12345", "1234567", "12a456", "\xc3\xa9\xc3\xa9\xc3\xa9", "1 2 3", "7KQW-0M3X-J5TB-9ZR", "7KQW-0M3X-J5TB-9ZRUX", ""};
	unsigned i = world_pick(world, sizeof(texts) / sizeof(texts[0]) + 1);

	*typed = (struct m_typed){.none = i == sizeof(texts) / sizeof(texts[0])};
	if (!typed->none)
		snprintf(typed->text, sizeof(typed->text), "%s", texts[i]);
}

const char *
typed_field(const struct m_typed *typed)
{
	return typed->none ? NULL : typed->text;
}

void
typed_app(struct world *world, const uint8_t seed[SEED_SIZE], struct m_typed *typed)
{
	int64_t step = world->now / 30000;
	unsigned how = world_pick(world, 100);
	char digits[8];

	if (how < 6) {
		no_code(world, typed);
		return;
	}
	typed_wrong(world, typed);
	if (how < 16)
		return;
	if (how < 30)
		step += (int)world_pick(world, 25) - 12;
	else if (how < 60)
		step += (int)world_pick(world, 3) - 1;
	rule_totp(seed, step, digits);
	set(typed, digits);
	dress(world, typed);
}

/* The last code of this purpose, another purpose's, another session's, an older one. */
void
typed_mail(struct world *world, const struct place *place, enum mail_purpose purpose, struct m_typed *typed)
{
	const struct m_session *other = &world->browsers[world_pick(world, BROWSERS)].sessions[place->portal];
	unsigned how = world_pick(world, 100);
	const char *digits = place->session != NULL ? place->session->codes[purpose].digits : "";

	if (how < 6) {
		no_code(world, typed);
		return;
	}
	if (how < 16)
		digits = "";
	else if (how < 22)
		digits = other->codes[purpose].digits;
	else if (how < 34 && place->session != NULL)
		digits = place->session->codes[world_pick(world, 3)].digits;
	else if (how < 38 && place->account != NULL)
		digits = place->account->seen_code;
	typed_wrong(world, typed);
	if (*digits == '\0')
		return;
	set(typed, digits);
	dress(world, typed);
}

void
typed_recovery(struct world *world, const struct m_account *account, struct m_typed *typed)
{
	unsigned how = world_pick(world, 100), which = world_pick(world, CODES);
	const char *code = how < 80 ? account->codes[which] : account->old_codes[which];

	if (how < 8) {
		no_code(world, typed);
		return;
	}
	*typed = (struct m_typed){.none = false};
	set(typed, how < 20 || *code == '\0' ? "0000-1111-2222-3333" : code);
	if (how < 50) {
		for (char *p = typed->text; *p != '\0'; p++)
			*p = *p == '-' ? ' ' : *p == '0' ? 'o' : *p;
	}
}
