/* desk_routes.h - every path of the help desk's console. */
#ifndef HELPDESK_DESK_ROUTES_H
#define HELPDESK_DESK_ROUTES_H

#include "web/router.h"

extern const struct routes desk_routes;

#endif
