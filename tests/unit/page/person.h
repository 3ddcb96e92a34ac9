/* person.h - a browser in the test's own process: it asks the routes and keeps the cookies. */
#ifndef TESTS_UNIT_PAGE_PERSON_H
#define TESTS_UNIT_PAGE_PERSON_H

#include "../signin/house.h"
#include "web/router.h"

#define PERSON_COOKIES 24

struct person {
	struct house *house;
	const struct text *text;
	const struct routes *routes;	/* whose site it is: the portals' (person_init()), or the help desk's */
	int64_t now;
	const char *accept_language;
	const char *authorization;	/* header, or NULL: a portal's requests */
	struct {
		char name[64], value[4000];
	} cookies[PERSON_COOKIES];
	size_t cookie_count;
	/* the last answer */
	int status;
	char location[4096];
	char page[64];		/* data-page */
	char handle[20];	/* of the journey: the last ?r= seen */
	char error[32];		/* data-error */
	char csrf[128];
	char retry_after[16];
	char form_action[512];
	char content_type[64];
	char *body;
};

void person_init(struct person *person, struct house *house, const struct text *text);
void person_done(struct person *person);
/* to: as person_init() or an earlier copy left it. */
void person_copy(struct person *to, const struct person *from);
/* form: pairs of texts ended by NULL, or NULL for a GET. The csrf of the last page is added unless the form has one. */
void person_ask(struct person *person, const char *target, const char *const form[]);
/* The same, but as a post from another site: no SameSite=Lax cookies. */
void person_post_from_elsewhere(struct person *person, const char *target, const char *const form[]);
/* Follow redirects that stay with us, up to 8. */
void person_follow(struct person *person);
/* The page of the handle in hand, or a form sent to it; redirects are followed. */
void person_get(struct person *person, const char *path);
void person_post(struct person *person, const char *path, const char *const form[]);
const char *person_cookie(const struct person *person, const char *name);
void person_forget(struct person *person, const char *name);
/* The value of attribute="..." at its nth place in the last page; false when there is none. */
bool person_attribute(const struct person *person, const char *attribute, unsigned nth, char *ret_value, size_t room);

/* From the portal to the provider and back as this NameID; "health" as the portal. */
void person_start(struct person *person, const char *portal, const char *more);
void person_choose(struct person *person, const char *provider);
void person_arrive(struct person *person, const char *answer);
/* On enrol-totp: the key. */
void person_seed(const struct person *person, uint8_t ret_seed[20]);
/* On enrol: set the app up, keep the codes. ret_seed: 20 bytes. Ends at the portal. */
void person_enrol(struct person *person, uint8_t ret_seed[20], char ret_codes[10][20]);
/* On second-factor: the code of this moment. */
void person_prove(struct person *person, const uint8_t seed[20]);
void person_digits(const uint8_t seed[20], int64_t now, char ret_digits[7]);
bool person_at_portal(const struct person *person);

#endif
