/* The part of session.h that only looks at a session: what it is worth, and for which request. */
#include <string.h>

#include "factor/method.h"
#include "signin/pending.h"
#include "signin/session.h"

void
session_level(const struct SessionRecord *session, const struct portal_config *portal, struct session_level *ret_level)
{
	const struct second_factor *method = method_find(session->factor);
	size_t count = 0;

	(void)portal;
	*ret_level = (struct session_level){.acr = session->credential_level, .auth_time = session->credential_time};
	if (*session->factor == '\0')
		return;
	if (session->factor_time > ret_level->auth_time)
		ret_level->auth_time = session->factor_time;
	/* A recovery code is a second factor, but no rung of the ladder: who asked for an app's code learns that it was none. */
	if (method != NULL) {
		ret_level->acr = method->acr;
		ret_level->amr[count++] = method->amr;
	} else {
		ret_level->amr[count++] = "rc";
	}
	ret_level->amr[count] = "mfa";
}

bool
session_fresh(const struct SessionRecord *session, const struct portal_config *portal, const struct pending *pending)
{
	int64_t age = pending->created - session->credential_time;

	if (age <= 0)
		return true; /* proven for this request, or for another one that was under way at the same time */
	if (pending->prompt_login)
		return false;
	return age <= portal->reuse && (pending->max_age < 0 || age <= pending->max_age);
}
