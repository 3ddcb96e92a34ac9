/* internal.h - one request of a portal's program on its way: whose it is, what it asks, what it gets. */
#ifndef API_INTERNAL_H
#define API_INTERNAL_H

#include "api/api.h"
#include "config/config.h"
#include "store/records.h"
#include "text/json.h"
#include "web/problem.h"

#define API_BODY_MEMBERS 4
/* How long the answer to an Idempotency-Key is kept. */
#define API_KEY_LIFE HOURS(24)
/* Changes that a portal may make a minute. */
#define API_CHANGES_MINUTE 300

struct api_call {
	struct ctx *ctx;
	const struct request *request;
	const struct portal_config *portal;		/* whose token it is */
	struct json_value values[API_BODY_MEMBERS];	/* of the body, in the order of the operation's rules */
	/* The answer: a problem, or status and body. */
	enum problem problem;				/* PROBLEM_COUNT: none */
	const char *detail;				/* of the problem; may be NULL */
	int status;
	const char *body, *location;
	int64_t retry;					/* ms, with PROBLEM_TOO_MANY */
};

/* One route and method.  run() runs in a transaction and may run again: it has no effect outside of it and *call. */
struct api_operation {
	bool change;				/* in store_update(), with quota and Idempotency-Key; else in store_view() */
	const char *const *query;		/* the parameters that it knows, NULL-terminated; NULL: none */
	const struct json_rule *rules;		/* of the body */
	size_t rule_count;			/* at most API_BODY_MEMBERS */
	enum err (*run)(struct txn *txn, struct api_call *call);
};
enum err api_serve(struct ctx *ctx, const struct request *request, const struct api_operation *operation, struct response *response);

/* For run(): both return ERR_OK.  json: the reference is taken. */
enum err api_give(struct api_call *call, int status, json_t *json);
enum err api_refuse(struct api_call *call, enum problem problem, const char *detail);

/* quota.c: one more change; call->problem is set when it is one too many. */
enum err api_quota(struct txn *txn, struct api_call *call);
/* repeat.c: has this Idempotency-Key been used?  Then the call gets the answer of its first use, or PROBLEM_KEY_REUSED, and *ret_done is set. */
enum err api_repeat_find(struct txn *txn, struct api_call *call, const char *key, bool *ret_done);
/* Keep the answer, in the transaction that made it. */
enum err api_repeat_keep(struct txn *txn, const struct api_call *call, const char *key);

/* pages.c: lists in pieces, oldest first.  Parameters: limit (1 to 100, else 20), cursor, and where a list has states, state. */
#define API_PAGE_MOST 100
#define API_PAGE_DEFAULT 20
/* How many records are looked at for one piece when only those of one state are wanted: a piece may be short, and still not the last one. */
#define API_PAGE_LOOKS 1000
struct api_page {
	struct api_call *call;
	const char *list;		/* binds the cursor to its list; constant */
	const char *state;		/* wanted; NULL: all */
	unsigned limit, looks;
	struct bytes after;		/* where the cursor stands; no bytes: at the start */
	struct bytes at;		/* the position of the last record that was looked at */
	bool more;
	json_t *items;
};
/* False: call->problem is set. states: NULL-terminated, NULL where there are none. */
bool api_page_begin(struct api_page *page, struct api_call *call, const char *list, const char *const *states);
/* Is there room for another record?  ERR_EXISTS ends the walk. position: of this record. */
enum err api_page_look(struct api_page *page, struct bytes position);
bool api_page_wants(const struct api_page *page, const char *state);
/* The answer, whatever the walk returned; frees what the page holds. */
enum err api_page_end(struct api_page *page, enum err walked);

/* accounts.c */
json_t *api_account_print(struct ctx *ctx, const struct AccountRecord *account);

/* For members of answers: null for a time that is 0 and for an empty or missing text. */
json_t *api_time(struct ctx *ctx, int64_t time);
json_t *api_text(const char *text);

#endif
