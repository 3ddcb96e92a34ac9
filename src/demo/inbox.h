/* inbox.h - the mail that mail-server took, read from its Maildir for the page of mail.localhost. */
#ifndef DEMO_INBOX_H
#define DEMO_INBOX_H

#include "base/arena.h"

#define INBOX_MOST 20		/* mails shown */
#define INBOX_TEXT_MAX 4096	/* bytes of each one's text */

struct inbox_mail {
	int64_t time;			/* of its delivery */
	const char *to;			/* whom it was delivered to: not what its header says */
	const char *subject, *text;	/* well-formed UTF-8; "" when there is none */
	const char *language;		/* "en", "fr", or "" when it does not say */
	const char *code;		/* the number of six digits in its text; NULL for none, or several */
	bool cut;			/* there is more than `text` */
};

/* The newest first, at most INBOX_MOST. directory: what mail-server was given. Nothing there is no mail; what cannot be read is left out. */
size_t inbox_read(const char *directory, struct arena *arena, struct inbox_mail ret_mails[INBOX_MOST]);

/* The next piece of a text: an http or https address, which may become a link, or what stands before one. */
struct inbox_piece {
	const char *text;
	bool link;
};
/* Take a piece off *text; false at its end. */
bool inbox_piece(struct arena *arena, const char **text, struct inbox_piece *ret);

#endif
