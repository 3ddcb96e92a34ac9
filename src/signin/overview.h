/* overview.h - what a signed-in person sees of the own account, and may end.
 *
 * Runs in: vestibuled, any handler thread. */
#ifndef SIGNIN_OVERVIEW_H
#define SIGNIN_OVERVIEW_H

#include "signin/journey.h"

#define OVERVIEW_SESSIONS_MOST 20

struct overview_session {
	const char *sid;
	const char *provider;
	int64_t started, seen;
	bool current;
};

struct overview {
	const char *method;		/* "" without a second factor */
	int64_t method_since;
	unsigned codes_left;
	const char *address;		/* where e-mail codes go; NULL: nowhere */
	const char *notice_address;	/* that the person gave for notices; NULL: none */
	bool frozen;			/* nothing may be changed */
	struct overview_session sessions[OVERVIEW_SESSIONS_MOST]; /* newest use first */
	size_t session_count;
};

/* For a journey whose step is STEP_DONE. */
enum err overview_load(struct ctx *ctx, const struct journey *journey, struct overview *ret_overview);
/* End one session of this account; *ret_ended is false when there was none of that sid (any more). */
enum err overview_end(struct ctx *ctx, const struct journey *journey, const char *sid, bool *ret_ended);
/* Sign out: this browser's session at this portal ends, and what was issued from it. */
enum err overview_leave(struct ctx *ctx, const struct journey *journey);

#endif
