#include "main/operations.h"

#include <string.h>

#include "base/clock.h"
#include "mail/outbox.h"

#define COUNT_ARENA ((size_t)64 * 1024 * 1024)

static struct metrics *the_metrics; /* one service a process; handlers get no pointer of ours */

static enum err
live(struct ctx *ctx, const struct request *request, struct response *response)
{
	(void)ctx, (void)request;
	response_json(response, 200, "{\"live\":true}\n");
	return ERR_OK;
}

/* No reason to be taken out of service, but to look at the machine. */
static const char *
clock_note(struct ctx *ctx)
{
	struct store_clock clock;

	store_clock(ctx->store, &clock);
	if (clock.recent == 0)
		return "";
	return arena_printf(ctx->arena,
	    ",\"notes\":[\"the clock of this machine jumped %s by %lld s: check its time\"]",
	    clock.recent > 0 ? "forward" : "back",
	    (long long)(clock.recent > 0 ? clock.recent : -clock.recent) / 1000);
}

static enum err
ready(struct ctx *ctx, const struct request *request, struct response *response)
{
	enum err store = store_ready(ctx->store);
	const char *notes = clock_note(ctx);
	unsigned workers = saml_workers_ready(ctx->saml);
	struct buf reasons;

	(void)request;
	buf_init(&reasons, ctx->arena, 1024);
	if (store != ERR_OK)
		buf_printf(&reasons, "\"the store cannot make updates durable: %s\"",
		    store == ERR_FULL ? "the disk of state_directory is full, make room on it"
				      : err_print(store));
	if (workers == 0)
		buf_printf(&reasons, "%s\"no SAML worker answers\"", reasons.len > 0 ? "," : "");
	response_json(response, reasons.len == 0 ? 200 : 503,
	    arena_printf(ctx->arena, "{\"ready\":%s,\"reasons\":[%s]%s}\n",
		reasons.len == 0 ? "true" : "false", buf_text(&reasons), notes));
	return ERR_OK;
}

static enum err
show_metrics(struct ctx *ctx, const struct request *request, struct response *response)
{
	(void)ctx, (void)request;
	response->content_type = "text/plain; version=0.0.4; charset=utf-8";
	metrics_print(the_metrics, &response->body);
	return ERR_OK;
}

static const struct route items[] = {
    {.methods = METHOD_GET,
	.path = "/health/live",
	.handler = live,
	.metric = "live",
	.machine = true},
    {.methods = METHOD_GET,
	.path = "/health/ready",
	.handler = ready,
	.metric = "ready",
	.machine = true},
    {.methods = METHOD_GET,
	.path = "/metrics",
	.handler = show_metrics,
	.metric = "metrics",
	.machine = true},
};

const struct routes operations_routes = {items, sizeof(items) / sizeof(items[0]), NULL};

static double
count_workers(void *arg)
{
	return saml_workers_ready(((struct service *)arg)->saml);
}

static struct store_stat
stat_of(void *arg)
{
	struct store_stat stat;

	memset(&stat, 0, sizeof(stat));
	(void)store_stat(((struct service *)arg)->store, &stat); /* zeros when it cannot be read */
	return stat;
}

static double
count_commits(void *arg)
{
	return (double)stat_of(arg).commits;
}

static double
count_updates(void *arg)
{
	return (double)stat_of(arg).updates;
}

static double
count_clock_jumps(void *arg)
{
	struct store_clock clock;

	store_clock(((struct service *)arg)->store, &clock);
	return (double)clock.jumps;
}

static double
count_bytes(void *arg)
{
	return (double)stat_of(arg).bytes_used;
}

/* What waits in the outbox; nothing when it cannot be read. */
static struct outbox_figures
mails_of(void *arg)
{
	CLEANUP(arena_free)
	struct arena *arena = arena_new(COUNT_ARENA);
	struct outbox_figures figures = {.oldest = NEVER};
	struct ctx ctx = {.arena = arena, .now = clock_now()};

	service_begin(arg, &ctx);
	(void)outbox_count(&ctx, &figures);
	service_end(arg, &ctx);
	return figures;
}

static double
count_waiting_mails(void *arg)
{
	return mails_of(arg).waiting;
}

static double
oldest_waiting_mail(void *arg)
{
	int64_t oldest = mails_of(arg).oldest, now = clock_now();

	return oldest < now ? (double)(now - oldest) / 1000 : 0;
}

static struct sender_counts
counts_of(void *arg)
{
	struct sender_counts counts;

	sender_counts(((struct service *)arg)->sender, &counts);
	return counts;
}

static double
count_sent_mails(void *arg)
{
	return (double)counts_of(arg).sent;
}

static double
count_retried_mails(void *arg)
{
	return (double)counts_of(arg).retried;
}

static double
count_failed_mails(void *arg)
{
	return (double)counts_of(arg).failed;
}

static void
use_mails(struct service *service)
{
	struct metrics *metrics = service->metrics;

	metrics_gauge(metrics, "vestibule_mails_waiting", "Mails that wait to be sent.",
	    count_waiting_mails, service);
	metrics_gauge(metrics, "vestibule_mail_oldest_seconds",
	    "For how long the oldest of them has waited.", oldest_waiting_mail, service);
	metrics_gauge(metrics, "vestibule_mails_sent_total", "Mails sent since the start.",
	    count_sent_mails, service);
	metrics_gauge(metrics, "vestibule_mails_retried_total",
	    "Tries that did not succeed and are repeated, since the start.", count_retried_mails,
	    service);
	metrics_gauge(metrics, "vestibule_mails_failed_total", "Mails given up since the start.",
	    count_failed_mails, service);
}

void
operations_use(struct service *service)
{
	the_metrics = service->metrics;
	metrics_gauge(service->metrics, "vestibule_saml_workers_ready", "SAML workers that answer.",
	    count_workers, service);
	metrics_gauge(service->metrics, "vestibule_store_commits", "Commits since the start.",
	    count_commits, service);
	metrics_gauge(service->metrics, "vestibule_store_updates",
	    "Updates since the start; several share a commit.", count_updates, service);
	metrics_gauge(service->metrics, "vestibule_store_bytes", "Bytes in use in the store.",
	    count_bytes, service);
	metrics_gauge(service->metrics, "vestibule_clock_jumps_total",
	    "Jumps of the machine's clock by more than 30 s since the start.", count_clock_jumps,
	    service);
	use_mails(service);
}
