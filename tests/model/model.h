/* model.h - second factors and recovery as DESIGN.md section 4 has them, in plain structs, beside the program that is to do the same.
 *
 * The rules (model_rules.c, model_journey.c) call nothing of src/; the actions do the same thing to the model and to the program and compare what comes of it: the
 * verdict, the step, the mails, the sessions.  A code by e-mail is read from the mail, a recovery code and a seed from the page's data,
 * as a person does. */
#ifndef TESTS_MODEL_MODEL_H
#define TESTS_MODEL_MODEL_H

#include "../unit/signin/house.h"

#include "factor/mail_code.h"

#define PEOPLE 4
#define PORTALS 2	/* "health" takes both methods, "work" the app alone */
#define BROWSERS 5
#define SPELLINGS 8	/* of addresses: 2n and 2n + 1 are the same mailbox */
#define MAILBOXES (SPELLINGS / 2)
#define CODES 5		/* in a set of recovery codes: the least that may be configured, since each costs 4 ms */
#define SEED_SIZE 20
#define HELP_DESK SPELLINGS

enum method { M_NONE, M_TOTP, M_MAIL, M_RECOVERY, M_NOTICE, M_COUNT };
enum asked { ASKED_NOTHING, ASKED_TOTP, ASKED_MAIL, ASKED_EITHER };

struct m_throttle {
	unsigned in_a_row;
	int64_t until;
	bool disabled;
	int64_t recent[128];
	unsigned recent_count;
};

/* When codes were sent. */
struct m_sends {
	int64_t times[64];
	unsigned count;
	int64_t end;
};

struct m_code {
	bool made;
	int spelling;
	bool of_account;	/* and not of a credential that has none yet */
	char digits[8];
	int64_t created;
	unsigned tries;
	bool spent;
};

struct m_address {
	bool known;
	int spelling;
	bool factor, notice;
	int64_t replaced;
};

struct m_account {
	bool exists, frozen, confirmed, offered;
	enum method method;
	enum language language;
	uint8_t seed[SEED_SIZE];
	int64_t last_step, burnt_step;
	int spelling;		/* where codes go */
	struct m_throttle throttle[M_COUNT];
	struct m_sends sends;
	struct m_address addresses[MAILBOXES];
	unsigned set;		/* the number of its recovery codes; 0: none */
	char codes[CODES][24], old_codes[CODES][24];
	bool used[CODES];
	char seen_code[8];	/* some code by e-mail that it once had */
};

struct m_session {
	bool there;
	int person, portal;
	char sid[48];
	int64_t seen, until, credential_time, factor_time;
	bool tied;		/* saved since there is an account: among the account's sessions */
	enum method factor;
	bool reached_portal;
	enum method pending;	/* M_TOTP, M_MAIL, M_NOTICE */
	int pending_spelling;	/* -1: none */
	uint8_t pending_seed[SEED_SIZE];
	int64_t pending_created;
	unsigned shown;		/* the set that waits to be kept; 0: none */
	struct m_code codes[3];	/* by enum mail_purpose */
};

struct m_request {
	struct pending pending;
	enum asked asked;
	char id[32];
};

struct m_browser {
	char token[64], former[64];
	struct m_session sessions[PORTALS];
	struct m_request requests[PORTALS];
};

struct m_mail {
	const char *kind;
	int to;				/* a spelling, or HELP_DESK */
	enum language language;
	const char *name;		/* a value that it tells */
	char value[48];
	struct m_code *code;		/* of a code */
	bool again;			/* the same as before */
	struct m_account *account;	/* whose link is in it */
};

struct m_link {
	char token[64];
	struct m_account *account;
	int64_t end;
	bool used;
};

#define LOG_LINES 30
#define MAILS_MOST 32
#define LINKS 64

struct world {
	struct house house;
	struct ctx ctx;
	uint64_t seed, random;
	unsigned step, steps;
	int64_t now;
	bool mail_allowed;	/* by the policy of the first portal */
	bool lmdb;
	struct m_account accounts[PEOPLE][PORTALS];
	struct m_browser browsers[BROWSERS];
	unsigned generation[PEOPLE];	/* of each person */
	struct m_sends of_mailbox[MAILBOXES], of_credential[PEOPLE][PORTALS];
	struct m_mail expected[MAILS_MOST];
	unsigned expected_count;
	struct m_link links[LINKS];
	unsigned link_count;
	unsigned sets;
	char log[LOG_LINES][400];
	unsigned log_count;
	unsigned attack;	/* further wrong tries of a guesser */
	int attacker;
	bool patient;		/* who stops before there is a wait, until the owner has signed in */
	enum method attacked;
	unsigned tally[64];
	/* an answer of a provider, to be played again */
	char old_assertion[32], old_request[32];
	int64_t old_until;
	int old_person;
	bool old_swept;
};

/* A browser at a portal, for one action. */
struct place {
	struct m_browser *browser;
	int number, portal;
	struct m_session *session;	/* NULL: none that lives */
	struct m_account *account;	/* NULL: none */
	struct m_request *request;
	struct journey journey;		/* what the program found */
	enum step step;			/* what it should be */
};

/* ---- model_world.c ---- */
void world_open(struct world *world, const char *backend, uint64_t seed, unsigned steps);
void world_close(struct world *world);
unsigned world_pick(struct world *world, unsigned below);
bool world_chance(struct world *world, unsigned in_a_thousand);
void world_log(struct world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));
void world_diverged(struct world *world, const char *file, int line, const char *format, ...) __attribute__((format(printf, 4, 5), noreturn));
#define AGREE(world, condition, ...) \
	do { \
		if (!(condition)) \
			world_diverged(world, __FILE__, __LINE__, __VA_ARGS__); \
	} while (0)
#define AGREE_NUMBER(world, what, program, model) \
	AGREE(world, (int64_t)(program) == (int64_t)(model), "%s: the program says %lld, the model %lld", what, (long long)(program), (long long)(model))
extern const char *const spellings[SPELLINGS + 1];
extern const char *const method_names[M_COUNT];
extern const char *const portal_ids[PORTALS];
extern const char *const kinds_of_provider[PEOPLE];
/* Look at the place with both; they must agree. */
void place_look(struct world *world, struct place *place, int browser, int portal);
void place_token(struct world *world, struct place *place, const char *token, bool renewed);
/* The mails that were put since the last time must be those that the model expects. */
void world_compare_mails(struct world *world);
void world_compare_all(struct world *world);

/* ---- model_rules.c ---- */
enum factor_verdict rule_gate(const struct m_throttle *row, int64_t now, int64_t *ret_wait);
/* True when the owner is to be told. */
bool rule_count(struct m_throttle *row, int64_t now);
void rule_forgive(struct m_throttle *row);
void rule_renew(struct m_throttle *row);
void rule_totp(const uint8_t seed[SEED_SIZE], int64_t step, char ret_digits[8]);
enum factor_verdict rule_app(struct m_account *account, int64_t now, const char *digits, bool *ret_clock);
/* Any of three steps, of a seed that nobody has used yet. */
bool rule_fits(const uint8_t seed[SEED_SIZE], int64_t now, const char *digits, int64_t *ret_step);
struct m_typed;
/* Send a code from that session; limited: *ret_wait > 0 where the model knows it exactly, else 0. */
enum mail_send_verdict rule_send(struct world *world, struct m_session *session, enum mail_purpose purpose, int spelling, int64_t *ret_wait);
enum factor_verdict rule_code(struct world *world, struct m_session *session, enum mail_purpose purpose, int spelling, const char *digits);
bool rule_code_alive(struct world *world, struct m_session *session, enum mail_purpose purpose, int spelling);
void rule_put_address(struct m_account *account, int spelling, bool factor, int64_t now);
void rule_drop_address(struct m_account *account, bool factor, int64_t now);
int rule_find_address(const struct m_account *account, bool factor);
void rule_notice(struct world *world, struct m_account *account, const char *kind, const char *name, const char *value);

/* ---- model_journey.c ---- */
struct m_account *rule_account(struct world *world, const struct m_session *session);
bool rule_alive(const struct m_session *session, int64_t now);
bool rule_fresh(const struct m_session *session, const struct m_request *request);
enum step rule_step(struct world *world, const struct m_session *session, const struct m_request *request);
bool rule_takes(const struct world *world, int portal, enum method method);
bool rule_too_weak(const struct world *world, const struct m_session *session, const struct m_request *request, enum method method);
bool rule_may_change(const struct world *world, const struct m_session *session);
enum method rule_enrolling(const struct world *world, const struct m_session *session);
bool rule_may_enrol(const struct world *world, const struct place *place);
void rule_save(struct world *world, struct m_session *session);
void rule_end_sessions(struct world *world, const struct m_account *account, const struct m_session *but);
/* The browser has a new cookie: what had ended does not come along. */
void rule_renew_token(struct world *world, struct m_browser *browser);
void rule_sweep(struct world *world);
void rule_new_set(struct world *world, struct m_account *account, struct m_session *session);

/* ---- what may be done; each looks at the place first ---- */
typedef void action_fn(struct world *world, struct place *place);
/* model_typed.c: what is typed into a field for a code. */
struct m_typed {
	char text[64];
	char digits[24];	/* what it means; "" when that is no code */
	bool none;		/* NULL goes in */
};
void typed_app(struct world *world, const uint8_t seed[SEED_SIZE], struct m_typed *ret_typed);
void typed_mail(struct world *world, const struct place *place, enum mail_purpose purpose, struct m_typed *ret_typed);
void typed_recovery(struct world *world, const struct m_account *account, struct m_typed *ret_typed);
void typed_wrong(struct world *world, struct m_typed *ret_typed);
const char *typed_field(const struct m_typed *typed);

/* model_sign_in.c */
action_fn do_request, do_arrive, do_replay, do_prove, do_prove_send, do_recover, do_prove_again, do_former, do_finish, do_skip_stronger;
void do_guess(struct world *world, struct place *place, enum method method);
void do_prove_right(struct world *world, struct place *place);
/* model_enrol.c */
action_fn do_begin, do_cancel, do_send, do_enrol, do_show, do_renew, do_confirm;
/* model_manage.c */
action_fn do_notice_send, do_notice_confirm, do_notice_skip, do_overview, do_end_one, do_leave, do_freeze, do_unfreeze, do_level;

#endif
