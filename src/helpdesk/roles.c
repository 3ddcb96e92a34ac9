#include "helpdesk/roles.h"

#include <string.h>

static const char *const names[] = {
#define ROLE(id, name) name,
#include "helpdesk/roles.def"
};

#define MAY "may_"
static const struct {
	const char *flag;
	bool may[ROLE_COUNT];
} powers[] = {
#define POWER(id, name, viewer, agent, supervisor, auditor) {MAY name, {viewer, agent, supervisor, auditor}},
#include "helpdesk/roles.def"
};

const char *
role_name(enum role role)
{
	must((unsigned)role < ROLE_COUNT);
	return names[role];
}

enum err
role_parse(const char *name, enum role *ret_role)
{
	for (unsigned i = 0; i < ROLE_COUNT; i++) {
		if (strcmp(names[i], name) != 0)
			continue;
		*ret_role = (enum role)i;
		return ERR_OK;
	}
	return ERR_NOT_FOUND;
}

bool
role_may(enum role role, enum power power)
{
	must((unsigned)role < ROLE_COUNT);
	return power == POWER_NONE || powers[power].may[role];
}

const char *
role_power_word(enum power power, struct arena *arena)
{
	char *word = arena_text(arena, powers[power].flag + strlen(MAY));

	for (char *p = word; *p != '\0'; p++)
		*p = *p == '_' ? '-' : *p;
	return word;
}

void
role_show(enum role role, struct view *view)
{
	for (unsigned i = 0; i < POWER_COUNT; i++)
		view_flag(view, powers[i].flag, powers[i].may[role]);
	view_text(view, "role", role_name(role));
}
