/* enrol_totp.h - page enrol-totp: scan the QR code, and prove it with a first code. */
#ifndef PAGE_ENROL_TOTP_H
#define PAGE_ENROL_TOTP_H

#include "web/router.h"

/* GET, POST /enrol/app?r=HANDLE */
handler_fn page_enrol_totp;

#endif
