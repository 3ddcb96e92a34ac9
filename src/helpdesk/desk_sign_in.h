/* desk_sign_in.h - staff sign in over SAML, and out again. */
#ifndef HELPDESK_DESK_SIGN_IN_H
#define HELPDESK_DESK_SIGN_IN_H

#include "web/router.h"

/* GET and POST /sign-in, POST /sign-out, POST /saml/acs of the desk */
handler_fn desk_sign_in, desk_sign_out, desk_acs;

#endif
