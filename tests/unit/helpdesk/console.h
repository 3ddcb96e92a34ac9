/* console.h - what the tests of the help desk stand in: a console with a scripted provider, one account, and screens of the tests' own.
 *
 * /see/POWER is a screen that needs the power, /do/POWER one whose button does, for each power of roles.def; /account works on a case, with the
 * buttons `prove` (a caller code, in the field `code`), `one` and `two` (which need so many proven grades). */
#ifndef TESTS_UNIT_HELPDESK_CONSOLE_H
#define TESTS_UNIT_HELPDESK_CONSOLE_H

#include "../page/person.h"

#include "helpdesk/desk.h"

extern struct house house;
extern struct person staff;		/* the first member of staff's browser */
extern uint8_t seed[20];		/* of the staff's app */
extern const char *reference;		/* the account's */
extern struct bytes account;
extern struct routes console_routes;	/* for further browsers */

int console_set_up(void **state);
int console_tear_down(void **state);

void console_get(struct person *who, const char *target);
/* From a browser without a session to the provider; the relay state stays in who->handle. */
void console_leave(struct person *who);
/* The provider's answer ("ok NAME ROLE") comes back. */
void console_answer(struct person *who, const char *response);
/* Both, and on to where that leads. */
void console_arrive(struct person *who, const char *response);
/* The code of this moment, on the page of that path. */
void console_enter(struct person *who, const char *path, const uint8_t from[20]);
/* On the page that shows the key. */
void console_set_up_app(struct person *who, uint8_t ret_seed[20]);
/* A first sign-in, all of it; a later one, half a minute on. */
void console_enrol(struct person *who, const char *response, uint8_t ret_seed[20]);
void console_sign_in(struct person *who, const char *response, const uint8_t from[20]);

/* How many events of that kind the audit has, and a field of the newest one. */
struct console_events {
	const char *event, *field;
	unsigned count;
	char value[64];
};
struct console_events console_events(const char *event, const char *field);

#endif
