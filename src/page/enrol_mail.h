/* enrol_mail.h - the pages enrol-mail (where codes shall go) and enrol-mail-code (the first one). */
#ifndef PAGE_ENROL_MAIL_H
#define PAGE_ENROL_MAIL_H

#include "web/router.h"

/* GET, POST /enrol/mail?r=HANDLE */
handler_fn page_enrol_mail;
/* GET, POST /enrol/mail/code?r=HANDLE */
handler_fn page_enrol_mail_code;

#endif
