/* people.h - people who sign in, for the programs that need many at once: bench, race and crash.
 *
 * Written against the contract of DESIGN.md section 6 alone: an HTTP client, a credential provider that signs and encrypts its
 * assertions with OpenSSL only, a portal with a client secret, and a person's browser.  Nothing of src/ is linked.
 * A fault in the set-up ends the program with a sentence (die); what the service answers is returned.
 */
#ifndef PEOPLE_PEOPLE_H
#define PEOPLE_PEOPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));
int64_t now_ms(void);
int64_t monotonic_us(void);

/* ---- http.c: one browser: a connection that is kept, and a cookie jar ---- */

struct browser {
	uint16_t port;
	int fd;			/* -1: not connected */
	char cookies[16][2][4200];
	unsigned cookie_count;
	int64_t wait_us;	/* how long the last request took */
};

struct reply {
	int status;		/* 0: no answer (the connection broke) */
	char location[8192];
	char *body;		/* NUL-terminated, owned by the reply */
	size_t body_len;
};

void browser_init(struct browser *browser, uint16_t port);
void browser_done(struct browser *browser);
/* method "GET" or "POST"; form: an urlencoded body or NULL; authorization: the header's value or NULL. Cookies are kept. */
void browser_ask(struct browser *browser, const char *method, const char *path, const char *form, const char *authorization, struct reply *ret_reply);
void reply_done(struct reply *reply);
/* Append name=value, percent-encoded. */
void form_add(char *form, size_t room, const char *name, const char *value);
/* The value of attribute="..." at its nth place in a page ("" and false when absent), entities decoded. */
bool page_attribute(const char *html, const char *attribute, unsigned nth, char *ret_value, size_t room);
/* The value of the hidden input of that name. */
bool page_input(const char *html, const char *name, char *ret_value, size_t room);

/* ---- idp.c: a credential provider ---- */

struct idp;
struct idp *idp_new(const char *entity_id);
void idp_free(struct idp *idp);
void idp_write_metadata(struct idp *idp, const char *file, const char *sso_url);
/* Take the service's entity id, ACS and encryption certificate from its published metadata. */
void idp_read_sp(struct idp *idp, const char *metadata_xml);
/* The ID of the AuthnRequest in a redirect URL. */
bool idp_request_id(const char *url, char *ret_id, size_t room);
/* A Response as base64 text (malloc'ed): assertion signed (RSA-SHA256), then encrypted (AES-256-GCM, RSA-OAEP). */
char *idp_respond(struct idp *idp, const char *request_id, const char *name_id);

/* ---- house.c: the service under test ---- */

struct house {
	char dir[256];
	uint16_t port, operations_port;
	pid_t pid;
	struct idp *idp;
	char issuer[64];
	char authorization[256];	/* the portal's Basic header */
	int64_t ready_us;		/* from exec to ready */
};

/* Make keys, configuration and an empty store in a new directory under TMPDIR; programs come from $BUILD (default "."). */
void house_make(struct house *house);
/* Start vestibuled and wait until /health/ready says yes (10 s at most). */
void house_start(struct house *house);
/* SIGTERM and wait (15 s at most); the exit status. */
int house_stop(struct house *house);
/* SIGKILL the daemon and wait. */
void house_kill(struct house *house);
/* Is the audit sound (vestibulectl audit verify)?  again: also what it was the last time it was asked; false then says that history is lost. */
bool house_verify(struct house *house, bool again);
/* Remove the directory. */
void house_remove(struct house *house);
/* GET from the operations listener; malloc'ed body. */
char *house_operations(struct house *house, const char *path);

/* ---- person.c: one person at the portal ---- */

struct person {
	char name_id[48];
	uint8_t seed[64];
	size_t seed_len;	/* 0: not enrolled */
	int64_t last_step;	/* the last TOTP step sent and accepted */
	char recovery[16][48];
	unsigned recovery_count;
	bool codes_confirmed;
	char sub[128];
};

enum outcome {
	OUTCOME_DONE,		/* tokens received */
	OUTCOME_REFUSED,	/* the service said no, in its own words: see `page` and `status` */
	OUTCOME_BROKEN		/* no answer, or 5xx */
};

/* One sign-in; called step by step by those who want to look between. */
struct visit {
	struct house *house;
	struct person *person;
	struct browser browser;
	struct browser at_provider;	/* the cookies as they were on the way to the provider: for replays */
	char handle[64];
	char saml_form[65536];		/* the form posted to /saml/acs */
	char verifier[64];
	char state[32];
	char code[256];			/* authorization code */
	char id_token[4096];
	char access_token[4096];
	char page[64];			/* data-page of the last page */
	int status;
	struct reply reply;		/* the last answer */
	void (*tick)(void *arg, const char *step, int64_t us);	/* after each request, when set */
	void *arg;
};

void visit_begin(struct visit *visit, struct house *house, struct person *person);
void visit_end(struct visit *visit);
/* Portal -> chooser -> provider; ends with saml_form filled. */
enum outcome visit_to_provider(struct visit *visit);
enum outcome visit_post_saml(struct visit *visit);	/* ends on a page or with a code */
enum outcome visit_enrol(struct visit *visit);		/* from enrol or enrol-totp to recovery-codes */
enum outcome visit_keep_codes(struct visit *visit);	/* from recovery-codes */
enum outcome visit_second_factor(struct visit *visit, const char *digits);
enum outcome visit_token(struct visit *visit);
/* All of it, whatever it takes for this person. */
enum outcome visit_all(struct visit *visit);
/* The digits of a step; and a step that the person may use now (later than the last one), or -1 when none is left. */
void person_digits(const struct person *person, int64_t step, char ret_digits[7]);
int64_t person_step(const struct person *person);

#endif
