/* people.h - who has registered at the stand-in providers: one small file, rewritten at each registration.
 *
 * A person has a user id, a password (PBKDF2) and one persistent identifier per provider.  Stand-ins only: the file is not sealed.
 * Thread-safe. */
#ifndef DEMO_PEOPLE_H
#define DEMO_PEOPLE_H

#include "base/arena.h"
#include "base/err.h"

struct people;

/* Read the file, or start empty when there is none. ERR_FORMAT: it is damaged. */
enum err people_open(const char *file, struct people **ret_people);
void people_close(struct people **people);

enum people_verdict {
	PEOPLE_ACCEPTED,
	PEOPLE_MALFORMED,	/* user id of 8 to 16 letters and digits, password of 8 to 64 bytes; customer of 1 to 64 bytes */
	PEOPLE_TAKEN,
	PEOPLE_WRONG,
	PEOPLE_FULL		/* 10,000 people */
};
/* ERR_IO: the file could not be written, and the person is not registered. */
enum err people_register(struct people *people, const char *provider, const char *user, const char *password,
    enum people_verdict *ret_verdict);
/* *ret_name_id, when accepted: the person's persistent identifier at this provider, in the arena. */
enum people_verdict people_check(struct people *people, const char *provider, const char *user, const char *password,
    struct arena *arena, const char **ret_name_id);
/* A partner's customer, who needs no registration: made at the first visit. bank: an id of ours, without a slash.
 * ERR_IO as above; *ret_name_id when accepted. */
enum err people_customer(struct people *people, const char *provider, const char *bank, const char *user, struct arena *arena,
    enum people_verdict *ret_verdict, const char **ret_name_id);

#endif
