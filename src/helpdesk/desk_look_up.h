/* desk_look_up.h - the screen that every call begins with: the caller's support reference and, if there is one, the caller code. */
#ifndef HELPDESK_DESK_LOOK_UP_H
#define HELPDESK_DESK_LOOK_UP_H

#include "web/router.h"

/* GET and POST / */
handler_fn desk_look_up;

#endif
