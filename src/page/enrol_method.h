/* enrol_method.h - page enrol: choose the method of the second factor. */
#ifndef PAGE_ENROL_METHOD_H
#define PAGE_ENROL_METHOD_H

#include "web/router.h"

/* GET, POST /enrol?r=HANDLE */
handler_fn page_enrol;

#endif
