/* vestibule-demo: the stand-in world.  Never in production. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "config/config.h"
#include "demo/idp.h"
#include "demo/setup.h"
#include "demo/stand_in.h"
#include "text/template.h"
#include "web/listener.h"
#include "web/metrics.h"

static const char usage[] =
    "usage: vestibule-demo -d DIRECTORY init [--service-port N] [--operations-port N]\n"
    "                           [--demo-port N] [--mail-port N] [--desk-port N]\n"
    "                           [--templates DIR] [--saml-worker PROGRAM]\n"
    "       vestibule-demo -d DIRECTORY run [--inbox DIR] [--templates DIR]\n"
    "\n"
    "Stand-ins for GCKey, the Sign-In Partner broker, the provider of the help desk's staff and\n"
    "two portals, on one loopback port.\n"
    "  init   write keys, metadata and a vestibule.yaml for them into DIRECTORY;\n"
    "         with a mail port: mail goes to 127.0.0.1:N, and codes by e-mail are offered;\n"
    "         with a desk port: the help desk's console answers at desk.localhost:N\n"
    "  run    serve them until SIGTERM or SIGINT; inbox: show the mail in DIR/Maildir\n"
    "For trying and integrating only: whoever reaches it signs in as anybody.\n";

struct arguments {
	struct setup_options setup;
	const char *inbox;
	bool run; /* else init */
};

static bool
parse_port(const char *text, uint16_t *ret_port)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	*ret_port = (uint16_t)n;
	return *end == '\0' && n > 0 && n < 65536;
}

static bool
take_option(int option, const char *value, struct arguments *ret)
{
	struct setup_options *setup = &ret->setup;

	switch (option) {
	case 'd':
		setup->directory = value;
		return true;
	case 's':
		return parse_port(value, &setup->service_port);
	case 'o':
		return parse_port(value, &setup->operations_port);
	case 'p':
		return parse_port(value, &setup->demo_port);
	case 'm':
		return parse_port(value, &setup->mail_port);
	case 'k':
		return parse_port(value, &setup->desk_port);
	case 'i':
		ret->inbox = value;
		return true;
	case 't':
		setup->template_directory = value;
		return true;
	case 'w':
		setup->saml_worker_program = value;
		return true;
	case 'h':
		fputs(usage, stdout);
		exit(0);
	default:
		return false;
	}
}

static bool
parse_arguments(int argc, char **argv, struct arguments *ret)
{
	static const struct option options[] = {{"service-port", required_argument, NULL, 's'},
	    {"operations-port", required_argument, NULL, 'o'},
	    {"demo-port", required_argument, NULL, 'p'},
	    {"mail-port", required_argument, NULL, 'm'},
	    {"desk-port", required_argument, NULL, 'k'}, {"inbox", required_argument, NULL, 'i'},
	    {"templates", required_argument, NULL, 't'},
	    {"saml-worker", required_argument, NULL, 'w'}, {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0}};
	bool good = true;
	int c;

	*ret = (struct arguments){
	    .setup = {.service_port = 8080, .operations_port = 9080, .demo_port = 8090}};
	while ((c = getopt_long(argc, argv, "d:h", options, NULL)) != -1)
		good = take_option(c, optarg, ret) && good;
	if (!good || ret->setup.directory == NULL || optind + 1 != argc)
		return false;
	ret->run = strcmp(argv[optind], "run") == 0;
	return ret->run || strcmp(argv[optind], "init") == 0;
}

static void
begin(void *arg, struct ctx *ctx)
{
	const struct demo *demo = arg;

	ctx->text = demo->text;
}

static sigset_t
stop_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	return set;
}

static void
wait_for_signal(void)
{
	sigset_t set = stop_signals();
	int signal;

	while (sigwait(&set, &signal) != 0)
		continue;
}

static int
serve(struct demo *demo, struct arena *arena)
{
	/* A provider's ticket in an address carries a whole request for a sign-in. */
	struct limits_config limits = {.request_line = 16384,
	    .header_bytes = 32768,
	    .body_bytes = 262144,
	    .connections = 200,
	    .request_time = SECONDS(15),
	    .queue = 64};
	struct listener_options options = {.limits = &limits,
	    .handlers = 16,
	    .routes = &demo_routes,
	    .metrics = metrics_new(),
	    .begin = begin,
	    .arg = demo};
	struct listener *listener;
	const char *reason = "";

	snprintf(options.address.host, sizeof(options.address.host), "127.0.0.1");
	options.address.port = demo->port;
	options.address.loopback = true;
	stand_in_use(demo);
	if (listener_open(&options, arena, &listener, &reason) != ERR_OK) {
		fprintf(stderr, "vestibule-demo: %s\n", reason);
		return 74;
	}
	for (size_t i = 0; i < DEMO_PORTALS; i++)
		printf("%s\n", demo->portals[i].origin);
	fflush(stdout);
	wait_for_signal();
	listener_close(&listener);
	metrics_free(&options.metrics);
	return 0;
}

static int
run(const struct arguments *arguments, struct arena *arena)
{
	const char *templates = arguments->setup.template_directory, *reason = "";
	struct demo demo;
	int status = 78;

	idp_prepare();
	templates =
	    arena_printf(arena, "%s/demo", templates != NULL ? templates : PKGDATADIR "/templates");
	if (setup_read(arguments->setup.directory, arena, &demo, &reason) == ERR_OK &&
	    text_load(templates, NULL, arena, &demo.text, &reason) == ERR_OK) {
		demo.inbox = arguments->inbox;
		status = serve(&demo, arena);
	} else {
		fprintf(stderr, "vestibule-demo: %s\n", reason);
	}
	setup_done(&demo);
	return status;
}

static int
init(const struct arguments *arguments, struct arena *arena)
{
	const char *reason = "";

	if (setup_write(&arguments->setup, arena, &reason) == ERR_OK)
		return 0;
	fprintf(stderr, "vestibule-demo: %s\n", reason);
	return 74;
}

int
main(int argc, char **argv)
{
	CLEANUP(arena_free)
	struct arena *arena = arena_new(16 << 20);
	struct arguments arguments;
	sigset_t set = stop_signals();

	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	if (!parse_arguments(argc, argv, &arguments)) {
		fputs(usage, stderr);
		return 2;
	}
	return arguments.run ? run(&arguments, arena) : init(&arguments, arena);
}
