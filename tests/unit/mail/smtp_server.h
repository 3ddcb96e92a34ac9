/* smtp_server.h - a mail server on a loopback port that keeps to a script: it answers, falls silent, leaves or dribbles where it is told to. */
#ifndef TESTS_UNIT_MAIL_SMTP_SERVER_H
#define TESTS_UNIT_MAIL_SMTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the client has just said, in the order of an exchange; END is the message's last dot. */
enum smtp_point { AT_GREETING, AT_EHLO, AT_STARTTLS, AT_AUTH, AT_MAIL, AT_RCPT, AT_DATA, AT_END, AT_NOTHING };
enum smtp_how { HOW_ANSWER, HOW_HANG, HOW_CLOSE, HOW_DRIBBLE };

struct smtp_script {
	enum smtp_point point;		/* where something else happens than the usual; AT_NOTHING: nowhere */
	enum smtp_how how;
	const char *answer;		/* HOW_ANSWER: a whole line without its end */
	unsigned times;			/* so often, then as usual; 0: always */
	bool starttls, smtps;		/* offered; from the first byte */
	bool bare;			/* no SMTPUTF8 */
	const char *auth;		/* mechanisms offered, "PLAIN LOGIN"; NULL: none */
	const char *certificate, *key;
	bool once;			/* close after a message, as a server does that has rested enough */
	bool tired;			/* answer 421 and close when a second mail comes */
};

struct smtp_server;

/* What has been said to it, since the start. */
struct smtp_heard {
	unsigned connections, recipients, messages;
	char helo[1024], from[1024], to[1024], auth[2048], message[32768];
	size_t message_len;
	bool tls;			/* the last mail came over TLS */
	unsigned before_tls;		/* commands in clear besides EHLO, STARTTLS and QUIT */
};

struct smtp_server *smtp_server_open(const struct smtp_script *script);
void smtp_server_close(struct smtp_server **server);
int smtp_server_port(const struct smtp_server *server);
void smtp_server_heard(struct smtp_server *server, struct smtp_heard *ret_heard);
/* From the next connection on. */
void smtp_server_follow(struct smtp_server *server, const struct smtp_script *script);

#endif
