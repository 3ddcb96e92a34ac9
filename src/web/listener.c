#include "web/listener.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "web/internal.h"
#include "web/peer.h"
#include "web/socket.h"
#include "web/tls.h"

#define OPTIONS_MAX 20
/* Beside the request's own bytes, libmicrohttpd keeps its tables of headers and arguments in a connection's memory. */
#define CONNECTION_EXTRA (32 * 1024)
#define CLOSE_TIME SECONDS(8)
#define HANDLER_STACK (1024 * 1024)
#define QUIET 4

struct tls *
listener_tls(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct watched *watched = info == NULL ? NULL : info->socket_context;

	return watched == NULL ? NULL : ((struct listener *)watched->owner)->tls;
}

/* A connection begins or ends; called before its socket is closed. */
static void
notice_connection(void *arg, struct MHD_Connection *connection, void **context,
    enum MHD_ConnectionNotificationCode code)
{
	struct listener *listener = arg;
	const union MHD_ConnectionInfo *info;
	struct watched *watched;

	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		watched = *context;
		reaper_remove(listener->reaper, &watched);
		*context = NULL;
		return;
	}
	info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	*context = reaper_add(listener->reaper, listener, info->connect_fd,
	    clock_monotonic() + listener->options.limits->request_time);
}

/* A NUL inside the target would end it early for us only, and more spaces than one before it are skipped: both are refused.  Up to its
 * version 0.9.75 libmicrohttpd leaves the request line where it came, with NULs for its two spaces: behind the target stands
 * the version, unless the target was cut. */
static bool
is_odd_line(const char *uri)
{
#if MHD_VERSION <= 0x00097500
	return uri[-1] != '\0' || strncmp(uri + strlen(uri) + 1, "HTTP/", 5) != 0;
#else
	(void)uri;
	return false;
#endif
}

/* The request line is there: the raw one, before libmicrohttpd decodes what it should not. */
static void *
notice_target(void *arg, const char *uri, struct MHD_Connection *connection)
{
	struct listener *listener = arg;
	struct exchange *exchange;
	size_t len;

	if (uri == NULL || is_odd_line(uri))
		uri = "";
	len = strlen(uri);
	exchange = calloc(1, sizeof(*exchange) + len + 1);
	must(exchange != NULL);
	memcpy(exchange->target, uri, len + 1);
	exchange->listener = listener;
	exchange->connection = connection;
	exchange->watched =
	    MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
	atomic_fetch_add(&listener->under_way, 1);
	return exchange;
}

static void
notice_end(void *arg, struct MHD_Connection *connection, void **context,
    enum MHD_RequestTerminationCode code)
{
	struct listener *listener = arg;
	struct exchange *exchange = *context;

	(void)connection, (void)code;
	if (exchange == NULL)
		return;
	watched_enter(exchange->watched, STAGE_WAITING, clock_monotonic() + IDLE_TIME);
	if (exchange->answer != NULL)
		MHD_destroy_response(exchange->answer);
	atomic_fetch_sub(&listener->bodies, exchange->body_room);
	if (exchange->body != NULL)
		bytes_wipe(exchange->body, exchange->body_len);
	free(exchange->body);
	free(exchange);
	*context = NULL;
	atomic_fetch_sub(&listener->under_way, 1);
}

static enum MHD_Result
send_answer(struct exchange *exchange)
{
	if (!watched_enter(exchange->watched, STAGE_ANSWERING, clock_monotonic() + SEND_TIME))
		return MHD_NO;
	return MHD_queue_response(
	    exchange->connection, (unsigned)exchange->status, exchange->answer);
}

static void
answer_with(
    struct exchange *exchange, int status, const char *reason, const char *allow, bool close)
{
	exchange->answer = answer_plain(exchange->listener, status, reason, allow, close);
	exchange->status = status;
	if (exchange->listener->options.metrics != NULL)
		metrics_request(exchange->listener->options.metrics, "refused", status, 0);
}

/* First call of a request: its headers are there. */
static enum MHD_Result
begin(struct exchange *exchange, const char *method)
{
	struct verdict verdict;
	int64_t limit = exchange->listener->options.limits->request_time;

	exchange->begun = true;
	if (!atomic_load(&exchange->watched->fresh)) {
		/* The first request has the time since the connection's start. */
		if (!watched_enter(exchange->watched, STAGE_RECEIVING, clock_monotonic() + limit))
			return MHD_NO;
	} else if (!watched_enter(exchange->watched, STAGE_RECEIVING,
		       atomic_load(&exchange->watched->deadline))) {
		return MHD_NO;
	}
	atomic_store(&exchange->watched->fresh, false);
	verdict = admit_check(exchange, method);
	if (verdict.status == 0)
		return MHD_YES;
	answer_with(exchange, verdict.status, verdict.reason, verdict.allow, verdict.close);
	return send_answer(exchange);
}

static bool
grow_body(struct exchange *exchange, size_t need)
{
	struct listener *listener = exchange->listener;
	size_t most = listener->options.limits->body_bytes,
	       room = exchange->body_room > 0 ? exchange->body_room : 4096;
	uint8_t *body;

	while (room < need)
		room *= 2;
	if (room > most)
		room = most;
	if (room == exchange->body_room)
		return true;
	if (atomic_fetch_add(&listener->bodies, room - exchange->body_room) > BODIES_MAX) {
		atomic_fetch_sub(&listener->bodies, room - exchange->body_room);
		return false;
	}
	body = realloc(exchange->body, room);
	must(body != NULL);
	exchange->body = body;
	exchange->body_room = room;
	return true;
}

/* Bytes of a body.  An answer can be queued only before or after it, so what is too much (only chunked bodies can be: the others
 * said so in their headers) is read to its end, but not further than four times the bound. */
static enum MHD_Result
take_body(struct exchange *exchange, const char *data, size_t len)
{
	size_t most = exchange->listener->options.limits->body_bytes;

	if (exchange->body_too_big || len > most - exchange->body_len) {
		exchange->body_too_big = true;
		exchange->skipped += len;
		return exchange->skipped > 4 * most ? MHD_NO : MHD_YES;
	}
	if (exchange->no_room || !grow_body(exchange, exchange->body_len + len)) {
		exchange->no_room = true;
		return MHD_YES;
	}
	memcpy(exchange->body + exchange->body_len, data, len);
	exchange->body_len += len;
	return MHD_YES;
}

/* The request is whole: give it to a handler.  Suspended first, since the handler may be done before we return. */
static enum MHD_Result
hand_over(struct exchange *exchange)
{
	if (exchange->body_too_big) {
		answer_with(exchange, 413, "The body is too large.", NULL, true);
		return send_answer(exchange);
	}
	if (exchange->no_room) {
		serve_busy(exchange);
		return send_answer(exchange);
	}
	if (!watched_enter(exchange->watched, STAGE_ANSWERING, INT64_MAX))
		return MHD_NO;
	exchange->queued = microseconds();
	MHD_suspend_connection(exchange->connection);
	if (!queue_put(&exchange->listener->queue, exchange)) {
		serve_busy(exchange);
		MHD_resume_connection(exchange->connection);
	}
	return MHD_YES;
}

static enum MHD_Result
access_handler(void *arg, struct MHD_Connection *connection, const char *url, const char *method,
    const char *version, const char *data, size_t *data_len, void **context)
{
	struct exchange *exchange = *context;
	enum MHD_Result result;

	(void)arg, (void)connection, (void)url, (void)version;
	must(exchange != NULL);
	if (exchange->answer != NULL)
		return send_answer(exchange);
	if (!exchange->begun)
		return begin(exchange, method);
	if (*data_len > 0) {
		result = take_body(exchange, data, *data_len);
		*data_len = 0;
		return result;
	}
	return hand_over(exchange);
}

static void *
handle(void *arg)
{
	struct listener *listener = arg;
	struct arena *arena = arena_new(REQUEST_ARENA_CAP);
	struct exchange *exchange;

	while ((exchange = queue_get(&listener->queue)) != NULL) {
		serve(exchange, arena);
		arena_reset(arena);
		MHD_resume_connection(exchange->connection); /* from here on it is not ours */
	}
	arena_free(&arena);
	return NULL;
}

static void write_log(void *arg, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

static void
write_log(void *arg, const char *format, va_list args)
{
	char text[256];

	(void)arg;
	vsnprintf(text, sizeof(text), format, args);
	text[strcspn(text, "\n")] = '\0';
	log_event(LOG_DEBUG, NULL, "libmicrohttpd says", LOG_TEXT("text", text));
}

/* How many epoll threads.  TLS is worth one a core.  Without it they do a sixth of the work: few threads that are woken for several
 * connections at once are cheaper than many that are woken for one. */
static unsigned
pool_size(bool tls)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN), most = tls ? cores : (cores + 3) / 4;

	return most < 1 ? 1 : most > 8 ? 8 : (unsigned)most;
}

static struct MHD_Daemon *
start_daemon(struct listener *listener)
{
	const struct limits_config *limits = listener->options.limits;
	unsigned flags =
	    MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
	/* Behind a proxy of ours all connections come from one address. */
	unsigned per_address =
	    listener->options.trusted_proxies.count > 0 ? 0 : limits->connections_per_address;
	struct MHD_OptionItem tls[TLS_OPTIONS] = {{MHD_OPTION_END, 0, NULL}};
	struct MHD_OptionItem pool[] = {
	    {MHD_OPTION_THREAD_POOL_SIZE, pool_size(listener->tls != NULL), NULL},
	    {MHD_OPTION_END, 0, NULL}};

	/* libmicrohttpd refuses a pool of one: without a pool it starts one thread. */
	if (pool[0].value < 2)
		pool[0] = pool[1];
	if (listener->tls != NULL) {
		flags |= MHD_USE_TLS;
		tls_options(tls);
	}
	return MHD_start_daemon(flags, 0, NULL, NULL, access_handler, listener,
	    MHD_OPTION_EXTERNAL_LOGGER, write_log, NULL, MHD_OPTION_LISTEN_SOCKET, listener->fd,
	    MHD_OPTION_ARRAY, pool, MHD_OPTION_CONNECTION_LIMIT, limits->connections,
	    MHD_OPTION_PER_IP_CONNECTION_LIMIT, per_address, MHD_OPTION_CONNECTION_TIMEOUT, 0u,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT,
	    (size_t)limits->request_line + limits->header_bytes + CONNECTION_EXTRA,
	    MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_URI_LOG_CALLBACK, notice_target, listener,
	    MHD_OPTION_NOTIFY_COMPLETED, notice_end, listener, MHD_OPTION_NOTIFY_CONNECTION,
	    notice_connection, listener, MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
}

static struct texts
canonical(struct arena *arena, const struct texts *addresses)
{
	struct texts texts = {arena_array(arena, addresses->count + 1, sizeof(char *)), 0};

	for (size_t i = 0; i < addresses->count; i++) {
		const char *address =
		    peer_address_parse(arena, addresses->items[i], strlen(addresses->items[i]));
		if (address != NULL)
			texts.items[texts.count++] = address;
	}
	return texts;
}

static struct listener *
listener_new(const struct listener_options *options)
{
	struct listener *listener = calloc(1, sizeof(*listener));

	must(listener != NULL);
	listener->arena = arena_new(256 * 1024);
	listener->options = *options;
	listener->options.tls_certificate = arena_text(listener->arena, options->tls_certificate);
	listener->options.tls_key = arena_text(listener->arena, options->tls_key);
	listener->options.public_origin = arena_text(listener->arena, options->public_origin);
	listener->options.trusted_proxies = canonical(listener->arena, &options->trusted_proxies);
	listener->https =
	    options->public_origin != NULL && strncmp(options->public_origin, "https://", 8) == 0;
	listener->fd = options->socket > 0 ? options->socket : -1;
	queue_init(&listener->queue, options->limits->queue);
	listener->late_answer = answer_print(listener, 408, "The request took too long to arrive.");
	return listener;
}

static void
start_handlers(struct listener *listener)
{
	pthread_attr_t attributes;
	unsigned count = listener->options.handlers > 0 ? listener->options.handlers : 1;

	listener->handlers = calloc(count, sizeof(*listener->handlers));
	must(listener->handlers != NULL);
	must(pthread_attr_init(&attributes) == 0);
	must(pthread_attr_setstacksize(&attributes, HANDLER_STACK) == 0);
	for (unsigned i = 0; i < count; i++) {
		must(pthread_create(&listener->handlers[i], &attributes, handle, listener) == 0);
		pthread_setname_np(listener->handlers[i], "handler");
	}
	listener->handler_count = count;
	pthread_attr_destroy(&attributes);
}

static double
count_connections(void *arg)
{
	return reaper_count(((struct listener *)arg)->reaper);
}

static double
count_waiting(void *arg)
{
	return queue_length(&((struct listener *)arg)->queue);
}

static double
count_under_way(void *arg)
{
	return atomic_load(&((struct listener *)arg)->under_way);
}

static void
register_gauges(struct listener *listener)
{
	struct metrics *metrics = listener->options.metrics;

	if (metrics == NULL)
		return;
	metrics_gauge(metrics, "vestibule_http_connections", "Open connections.", count_connections,
	    listener);
	metrics_gauge(metrics, "vestibule_http_requests_under_way",
	    "Requests between their first line and their last byte.", count_under_way, listener);
	metrics_gauge(metrics, "vestibule_http_requests_waiting",
	    "Requests that wait for a handler.", count_waiting, listener);
}

/* What does not need a running daemon; also takes apart what was half built. */
static void
listener_free(struct listener *listener)
{
	reaper_free(&listener->reaper);
	queue_done(&listener->queue);
	tls_close(&listener->tls);
	free(listener->handlers);
	free(listener->late_answer);
	arena_free(&listener->arena);
	free(listener);
}

enum err
listener_open(const struct listener_options *options, struct arena *arena,
    struct listener **ret_listener, const char **ret_reason)
{
	struct listener *listener = listener_new(options);
	enum err err = ERR_OK;

	if (options->tls_certificate != NULL)
		err = tls_open(
		    options->tls_certificate, options->tls_key, arena, &listener->tls, ret_reason);
	if (err == ERR_OK && listener->fd < 0)
		err = socket_open(&options->address, arena, &listener->fd, ret_reason);
	if (err != ERR_OK) {
		listener_free(listener);
		return err;
	}
	listener->port = socket_port(listener->fd);
	listener->reaper = reaper_new(listener->tls == NULL ? listener->late_answer : NULL);
	start_handlers(listener);
	listener->daemon = start_daemon(listener);
	must(listener->daemon != NULL);
	register_gauges(listener);
	*ret_listener = listener;
	return ERR_OK;
}

uint16_t
listener_port(const struct listener *listener)
{
	return listener->port;
}

enum err
listener_reload_tls(struct listener *listener, struct arena *arena, const char **ret_reason)
{
	if (listener->tls == NULL)
		return ERR_OK;
	return tls_reload(listener->tls, listener->options.tls_certificate,
	    listener->options.tls_key, arena, ret_reason);
}

/* Until nothing has been under way for QUIET moments in a row: a connection that was there before the end may still bring a request. */
static void
wait_for_requests(const struct listener *listener, int64_t end)
{
	const struct timespec moment = {0, 5 * 1000000};

	for (int quiet = 0; quiet < QUIET && clock_monotonic() < end; quiet++) {
		if (atomic_load(&listener->under_way) > 0)
			quiet = -1;
		nanosleep(&moment, NULL);
	}
}

/* The order matters: libmicrohttpd may be stopped only when no connection is suspended any more, so the handlers end before. */
void
listener_close(struct listener **listener)
{
	struct listener *gone = *listener;
	int64_t end = clock_monotonic() + CLOSE_TIME;
	int fd;

	if (gone == NULL)
		return;
	atomic_store(&gone->closing, true);
	fd = MHD_quiesce_daemon(gone->daemon);
	if (fd >= 0)
		close(fd);
	wait_for_requests(gone, end);
	queue_close(&gone->queue);
	for (unsigned i = 0; i < gone->handler_count; i++)
		pthread_join(gone->handlers[i], NULL);
	/* A request that came as the queue closed has been refused: its answer goes out too. */
	wait_for_requests(gone, end);
	MHD_stop_daemon(gone->daemon);
	listener_free(gone);
	*listener = NULL;
}
