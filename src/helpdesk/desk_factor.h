/* desk_factor.h - the second factor of staff: an authenticator app, set up at the first sign-in and asked for at each one.
 *
 * There is no other method and no recovery code: who has lost the phone asks the operator (`vestibulectl staff reset`). */
#ifndef HELPDESK_DESK_FACTOR_H
#define HELPDESK_DESK_FACTOR_H

#include "web/router.h"

/* GET and POST /enrol and /second-factor */
handler_fn desk_enrol, desk_code;

#endif
