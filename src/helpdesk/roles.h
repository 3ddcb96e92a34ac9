/* roles.h - the four roles of the help desk and their powers: roles.def is the table. */
#ifndef HELPDESK_ROLES_H
#define HELPDESK_ROLES_H

#include "text/template.h"

enum role {
#define ROLE(id, name) ROLE_##id,
#include "helpdesk/roles.def"
	ROLE_COUNT
};

enum power {
#define POWER(id, name, viewer, agent, supervisor, auditor) POWER_##id,
#include "helpdesk/roles.def"
	POWER_COUNT,
	POWER_NONE = POWER_COUNT /* needs none: for everyone who is signed in */
};

const char *role_name(enum role role);
/* ERR_NOT_FOUND for anything but one of the four names, byte by byte. */
enum err role_parse(const char *name, enum role *ret_role);
/* POWER_NONE is everybody's. */
bool role_may(enum role role, enum power power);
/* The word of the audit for it: "clear-wait". */
const char *role_power_word(enum power power, struct arena *arena);
/* The flag may_<name> for each power that the role has, and `role`, its name. */
void role_show(enum role role, struct view *view);

#endif
