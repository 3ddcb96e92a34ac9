#include "smtp_server.h"

#include "../unit.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/ssl.h>

struct smtp_server {
	int fd, port;
	pthread_t thread;
	pthread_mutex_t lock; /* script, heard, done */
	struct smtp_script script;
	struct smtp_heard heard;
	unsigned done; /* how often the script's point was met */
	atomic_bool stop;
	atomic_uint open; /* connections, a thread each */
};

/* One connection; input is what has been read and not yet taken. */
struct wire {
	struct smtp_server *server;
	struct smtp_script script;
	int fd;
	SSL_CTX *context;
	SSL *tls;
	char input[65536];
	size_t len;
	unsigned messages;
};

static bool
ready(struct wire *wire)
{
	struct pollfd poll_fd = {.fd = wire->fd, .events = POLLIN};

	while (!atomic_load(&wire->server->stop))
		if ((wire->tls != NULL && SSL_pending(wire->tls) > 0) || poll(&poll_fd, 1, 20) > 0)
			return true;
	return false;
}

static bool
fill(struct wire *wire)
{
	char *place = wire->input + wire->len;
	size_t room = sizeof(wire->input) - 1 - wire->len;
	ssize_t got;

	if (room == 0 || !ready(wire))
		return false;
	got = wire->tls != NULL ? SSL_read(wire->tls, place, (int)room) : read(wire->fd, place, room);
	if (got <= 0)
		return false;
	wire->len += (size_t)got;
	wire->input[wire->len] = '\0';
	return true;
}

/* Take everything up to and with `end` off the input. */
static char *
take_until(struct wire *wire, const char *end, char *space, size_t size)
{
	char *found;
	size_t len;

	wire->input[wire->len] = '\0';
	while ((found = strstr(wire->input, end)) == NULL)
		if (!fill(wire))
			return NULL;
	len = (size_t)(found - wire->input);
	snprintf(space, size, "%.*s", (int)len, wire->input);
	len += strlen(end);
	memmove(wire->input, wire->input + len, wire->len - len);
	wire->len -= len;
	return space;
}

static bool
send_bytes(struct wire *wire, const char *text, size_t len)
{
	if (wire->tls != NULL)
		return SSL_write(wire->tls, text, (int)len) == (int)len;
	return send(wire->fd, text, len, MSG_NOSIGNAL) == (ssize_t)len;
}

static void
hang(struct wire *wire)
{
	while (fill(wire))
		wire->len = 0;
}

static bool
dribble(struct wire *wire, const char *text)
{
	for (; *text != '\0' && !atomic_load(&wire->server->stop); text++) {
		if (!send_bytes(wire, text, 1))
			return false;
		usleep(100000);
	}
	return true;
}

/* Answer at a point, as usual or by the script; false: the connection is over. */
static bool
answer(struct wire *wire, enum smtp_point point, const char *usual)
{
	struct smtp_server *server = wire->server;
	char text[1024];
	bool scripted;

	pthread_mutex_lock(&server->lock);
	scripted = wire->script.point == point &&
		   (wire->script.times == 0 || server->done < wire->script.times);
	server->done += scripted;
	pthread_mutex_unlock(&server->lock);
	if (scripted && wire->script.how == HOW_HANG)
		hang(wire);
	if (scripted && (wire->script.how == HOW_HANG || wire->script.how == HOW_CLOSE))
		return false;
	snprintf(text, sizeof(text), "%s\r\n",
	    scripted && wire->script.how == HOW_ANSWER ? wire->script.answer : usual);
	if (scripted && wire->script.how == HOW_DRIBBLE)
		return dribble(wire, text);
	return send_bytes(wire, text, strlen(text));
}

static bool
start_tls(struct wire *wire)
{
	wire->context = SSL_CTX_new(TLS_server_method());
	if (SSL_CTX_use_certificate_file(wire->context, wire->script.certificate, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_use_PrivateKey_file(wire->context, wire->script.key, SSL_FILETYPE_PEM) != 1)
		abort();
	wire->tls = SSL_new(wire->context);
	SSL_set_fd(wire->tls, wire->fd);
	wire->len = 0;
	return SSL_accept(wire->tls) == 1;
}

static bool
say_hello(struct wire *wire, const char *line)
{
	char text[512];

	pthread_mutex_lock(&wire->server->lock);
	snprintf(wire->server->heard.helo, sizeof(wire->server->heard.helo), "%s", line + 5);
	pthread_mutex_unlock(&wire->server->lock);
	snprintf(text, sizeof(text), "250-test\r\n%s%s%s%s%s250 SIZE 1000000",
	    wire->script.starttls && wire->tls == NULL ? "250-STARTTLS\r\n" : "",
	    wire->script.auth != NULL ? "250-AUTH " : "", wire->script.auth != NULL ? wire->script.auth : "",
	    wire->script.auth != NULL ? "\r\n" : "", wire->script.bare ? "" : "250-SMTPUTF8\r\n");
	return answer(wire, AT_EHLO, text);
}

/* PLAIN in one line of answer, LOGIN in two: what was sent, joined by spaces. */
static bool
authenticate(struct wire *wire, const char *line)
{
	struct smtp_heard *heard = &wire->server->heard;
	char first[256] = "", second[256] = "";
	bool login = strstr(line, "LOGIN") != NULL;

	if (!send_bytes(wire, "334 \r\n", 6) || !take_until(wire, "\r\n", first, sizeof(first)))
		return false;
	if (login && (!send_bytes(wire, "334 \r\n", 6) || !take_until(wire, "\r\n", second, sizeof(second))))
		return false;
	pthread_mutex_lock(&wire->server->lock);
	snprintf(heard->auth, sizeof(heard->auth), "%s%s%s%s%s", line + 5, " ", first, login ? " " : "", second);
	pthread_mutex_unlock(&wire->server->lock);
	return answer(wire, AT_AUTH, "235 ok");
}

static void
note(struct wire *wire, char *place, size_t size, const char *line)
{
	pthread_mutex_lock(&wire->server->lock);
	snprintf(place, size, "%s", line);
	wire->server->heard.tls = wire->tls != NULL;
	pthread_mutex_unlock(&wire->server->lock);
}

static bool
take_message(struct wire *wire)
{
	struct smtp_heard *heard = &wire->server->heard;
	static _Thread_local char message[sizeof(heard->message)];

	if (!take_until(wire, "\r\n.\r\n", message, sizeof(message)))
		return false;
	pthread_mutex_lock(&wire->server->lock);
	snprintf(heard->message, sizeof(heard->message), "%s", message);
	heard->message_len = strlen(message);
	heard->messages++;
	wire->messages++;
	pthread_mutex_unlock(&wire->server->lock);
	return answer(wire, AT_END, "250 queued") && !wire->script.once;
}

static bool
obey(struct wire *wire, const char *line)
{
	struct smtp_heard *heard = &wire->server->heard;

	if (strncmp(line, "EHLO ", 5) == 0 || strncmp(line, "HELO ", 5) == 0)
		return say_hello(wire, line);
	if (strncmp(line, "QUIT", 4) == 0)
		return send_bytes(wire, "221 bye\r\n", 9) && false;
	if (strncmp(line, "STARTTLS", 8) == 0)
		return answer(wire, AT_STARTTLS, "220 go") &&
		       (wire->script.point == AT_STARTTLS || start_tls(wire));
	if (wire->script.tired && wire->messages > 0)
		return send_bytes(wire, "421 rest\r\n", 10) && false;
	pthread_mutex_lock(&wire->server->lock);
	heard->before_tls += wire->tls == NULL;
	pthread_mutex_unlock(&wire->server->lock);
	if (strncmp(line, "AUTH ", 5) == 0)
		return authenticate(wire, line);
	if (strncmp(line, "MAIL FROM:", 10) == 0) {
		note(wire, heard->from, sizeof(heard->from), line + 10);
		return answer(wire, AT_MAIL, "250 ok");
	}
	if (strncmp(line, "RCPT TO:", 8) == 0) {
		note(wire, heard->to, sizeof(heard->to), line + 8);
		pthread_mutex_lock(&wire->server->lock);
		heard->recipients++;
		pthread_mutex_unlock(&wire->server->lock);
		return answer(wire, AT_RCPT, "250 ok");
	}
	if (strncmp(line, "DATA", 4) == 0)
		return answer(wire, AT_DATA, "354 go on") && take_message(wire);
	return send_bytes(wire, "500 what\r\n", 10);
}

static void *
serve(void *arg)
{
	struct wire *wire = arg;
	struct smtp_server *server = wire->server;
	char line[1024];
	bool open = true;

	if (wire->script.smtps)
		open = start_tls(wire);
	open = open && answer(wire, AT_GREETING, "220 test ready");
	while (open && take_until(wire, "\r\n", line, sizeof(line)) != NULL)
		open = obey(wire, line);
	if (wire->tls != NULL)
		SSL_free(wire->tls);
	SSL_CTX_free(wire->context);
	close(wire->fd);
	free(wire);
	atomic_fetch_sub(&server->open, 1);
	return NULL;
}

static void
welcome(struct smtp_server *server, int fd)
{
	struct wire *wire = calloc(1, sizeof(*wire));
	pthread_t thread;

	pthread_mutex_lock(&server->lock);
	server->heard.connections++;
	wire->script = server->script;
	pthread_mutex_unlock(&server->lock);
	wire->server = server;
	wire->fd = fd;
	atomic_fetch_add(&server->open, 1);
	if (pthread_create(&thread, NULL, serve, wire) != 0)
		abort();
	pthread_detach(thread);
}

static void *
run(void *arg)
{
	struct smtp_server *server = arg;
	struct pollfd poll_fd = {.fd = server->fd, .events = POLLIN};
	int fd;

	while (!atomic_load(&server->stop)) {
		if (poll(&poll_fd, 1, 20) <= 0)
			continue;
		fd = accept(server->fd, NULL, NULL);
		if (fd >= 0)
			welcome(server, fd);
	}
	while (atomic_load(&server->open) > 0)
		usleep(1000);
	return NULL;
}

struct smtp_server *
smtp_server_open(const struct smtp_script *script)
{
	struct smtp_server *server = calloc(1, sizeof(*server));
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);

	server->script = *script;
	server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(server->fd, (struct sockaddr *)&address, len), 0);
	assert_int_equal(listen(server->fd, 16), 0);
	assert_int_equal(getsockname(server->fd, (struct sockaddr *)&address, &len), 0);
	server->port = ntohs(address.sin_port);
	pthread_mutex_init(&server->lock, NULL);
	assert_int_equal(pthread_create(&server->thread, NULL, run, server), 0);
	return server;
}

void
smtp_server_close(struct smtp_server **server)
{
	if (*server == NULL)
		return;
	atomic_store(&(*server)->stop, true);
	pthread_join((*server)->thread, NULL);
	close((*server)->fd);
	pthread_mutex_destroy(&(*server)->lock);
	free(*server);
	*server = NULL;
}

int
smtp_server_port(const struct smtp_server *server)
{
	return server->port;
}

void
smtp_server_heard(struct smtp_server *server, struct smtp_heard *ret_heard)
{
	pthread_mutex_lock(&server->lock);
	*ret_heard = server->heard;
	pthread_mutex_unlock(&server->lock);
}

void
smtp_server_follow(struct smtp_server *server, const struct smtp_script *script)
{
	pthread_mutex_lock(&server->lock);
	server->script = *script;
	server->done = 0;
	pthread_mutex_unlock(&server->lock);
}
