/* letter.h - a mail record made into the message that goes to the mail server (RFC 5322, RFC 2045 to 2047).
 *
 * Everything that people read comes from templates: <kind>.txt and <kind>.html ("mail-code", "mail-factor-enrolled") and the
 * sentence "<kind>.subject"; templates/README.md lists the variables.  Subjects stand on lock screens: there is no code in them.
 * No value can add a header, a line or a part: control characters, line separators and direction marks never get out of a value.
 *
 * Runs in:  vestibuled, the sender's threads.
 * Secrets:  the message may hold a one-time code and a link that acts for the person: it is wiped with the arena.
 */
#ifndef MAIL_LETTER_H
#define MAIL_LETTER_H

#include "base/buf.h"
#include "store/records.h"

/* Bytes that are enough for any mail of ours. */
#define LETTER_MAX ((size_t)64 * 1024)

/* Write the whole message, lines of at most 76 characters (only an address may make one longer) that end in CRLF; dots at the
 * start of a line are not doubled.
 *
 * From is config.mail.from with the service's name, To is mail->to, Date is mail->created, and Message-ID is made of id (1 to 32
 * bytes): each try to send the record gives the same message.  multipart/alternative of text/plain and text/html in
 * quoted-printable.  The variables are mail->names and ->values, and `service_name` and `help` in the mail's language.
 *
 * ERR_CONFIG: mail.from is no address; ERR_FORMAT: to is none, or a value is not UTF-8; ERR_NOT_FOUND: no such kind;
 * ERR_TOO_BIG: over the limit of out.  What stands in out is then not to be used. */
enum err letter_print(struct ctx *ctx, const struct MailRecord *mail, struct bytes id, struct buf *out);

#endif
