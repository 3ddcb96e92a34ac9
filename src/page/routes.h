/* routes.h - every address of the public listener, one row each. */
#ifndef PAGE_ROUTES_H
#define PAGE_ROUTES_H

#include "web/router.h"

extern const struct routes page_routes;

#endif
