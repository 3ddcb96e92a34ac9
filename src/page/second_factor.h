/* second_factor.h - page second-factor: the code of the account's method. */
#ifndef PAGE_SECOND_FACTOR_H
#define PAGE_SECOND_FACTOR_H

#include "web/router.h"

/* GET, POST /second-factor?r=HANDLE */
handler_fn page_second_factor;

#endif
