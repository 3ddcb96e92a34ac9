/* recovery_codes.h - page recovery-codes: shown once, with a text file, until the person says that they are kept. */
#ifndef PAGE_RECOVERY_CODES_H
#define PAGE_RECOVERY_CODES_H

#include "web/router.h"

/* GET, POST /recovery-codes?r=HANDLE */
handler_fn page_recovery_codes;
/* GET /recovery-codes/download?r=HANDLE */
handler_fn page_recovery_codes_file;

#endif
