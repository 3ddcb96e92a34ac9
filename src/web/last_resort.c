/* What libmicrohttpd refuses by itself (a message that is no HTTP, or more than its memory holds) it answers with a page of its own, and
 * it offers no hook for it.  But it queues that page by its own public MHD_queue_response(), which the dynamic linker looks up in the
 * program first: this definition takes the place of the library's, and gives such answers our words and headers.
 * Were the library built so that it does not look (-Bsymbolic), only those answers would stay as they are; tests/unit/web/test_admit.c
 * would tell. */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "web/internal.h"

typedef enum MHD_Result queue_fn(struct MHD_Connection *, unsigned int, struct MHD_Response *);

static pthread_once_t once = PTHREAD_ONCE_INIT;
static queue_fn *the_library_s;

static void
find(void)
{
	void *symbol = dlsym(RTLD_NEXT, "MHD_queue_response");

	must(symbol != NULL);
	memcpy(&the_library_s, &symbol, sizeof(symbol));
}

static const char *
sentence(unsigned int status)
{
	switch (status) {
	case 413:
		return "The body is too large.";
	case 414:
		return "The request line is too long.";
	case 431:
		return "The headers are too large.";
	case 505:
		return "HTTP/1.1 is spoken here.";
	default:
		return status < 500 ? "The request is malformed." : "This does not work now.";
	}
}

/* After a fault among the headers version 0.9.75 goes on as if it had not queued anything, and sends the answer's head twice.  So that
 * answer is written here, where nothing else is under way yet, and refusing to queue it makes the library close. */
static enum MHD_Result
write_and_close(
    struct MHD_Connection *connection, const struct listener *listener, unsigned int status)
{
	char *text = answer_print(listener, (int)status, sentence(status));
	int fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;

	(void)!send(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT);
	shutdown(fd, SHUT_WR);
	free(text);
	return MHD_NO;
}

enum MHD_Result
MHD_queue_response(
    struct MHD_Connection *connection, unsigned int status, struct MHD_Response *response)
{
	struct watched *watched;
	struct listener *listener;
	struct MHD_Response *answer;
	enum MHD_Result result;

	pthread_once(&once, find);
	if (MHD_get_response_header(response, "X-Content-Type-Options") != NULL)
		return the_library_s(connection, status, response); /* ours */
	watched =
	    MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
	listener = watched->owner;
	if (listener->options.metrics != NULL)
		metrics_request(listener->options.metrics, "refused", (int)status, 0);
	if (listener->tls == NULL && atomic_load(&watched->stage) == STAGE_WAITING)
		return write_and_close(connection, listener, status);
	answer = answer_plain(listener, (int)status, sentence(status), NULL, true);
	result = the_library_s(connection, status, answer);
	MHD_destroy_response(answer);
	return result;
}
