/* vestibuled - the service: HTTP towards browsers and portals, the store, the keys; SAML in its own confined workers. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "main/service.h"

#define EXIT_USAGE 2
#define START_ARENA ((size_t)64 * 1024 * 1024)

static void
print_usage(FILE *out)
{
	fputs("usage: vestibuled -c FILE [--check]\n"
	      "  -c, --config FILE   the configuration (YAML)\n"
	      "      --check         read it with everything that it names, say what is wrong, and "
	      "end\n"
	      "      --help          this text\n"
	      "      --version       the release\n"
	      "signals: HUP reads the configuration again; TERM and INT end, after answering what "
	      "is under way\n"
	      "exit status: 0 done, 2 usage, 78 configuration, 74 store, port or other input and "
	      "output\n",
	    out);
}

struct arguments {
	const char *file;
	bool check;
	int exit; /* -1: go on */
};

static void
parse_arguments(int argc, char **argv, struct arguments *arguments)
{
	static const struct option options[] = {{"config", required_argument, NULL, 'c'},
	    {"check", no_argument, NULL, 'k'}, {"help", no_argument, NULL, 'h'},
	    {"version", no_argument, NULL, 'v'}, {NULL, 0, NULL, 0}};
	int option;

	*arguments = (struct arguments){.exit = -1};
	while (
	    arguments->exit < 0 && (option = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		if (option == 'c') {
			arguments->file = optarg;
		} else if (option == 'k') {
			arguments->check = true;
		} else if (option == 'h') {
			print_usage(stdout);
			arguments->exit = 0;
		} else if (option == 'v') {
			puts("vestibuled " PACKAGE_RELEASE);
			arguments->exit = 0;
		} else {
			arguments->exit = EXIT_USAGE;
		}
	}
	if (arguments->exit < 0 && (arguments->file == NULL || optind < argc))
		arguments->exit = EXIT_USAGE;
	if (arguments->exit == EXIT_USAGE)
		print_usage(stderr);
}

/* A line for each fault, in front of a person or a journal. */
static void
print_faults(const char *reason)
{
	for (size_t len; *reason != '\0'; reason += len + (reason[len] == '\n')) {
		len = strcspn(reason, "\n");
		fprintf(stderr, "vestibuled: %.*s\n", (int)len, reason);
	}
}

static void
log_faults(const char *reason, struct arena *arena)
{
	for (size_t len; *reason != '\0'; reason += len + (reason[len] == '\n')) {
		len = strcspn(reason, "\n");
		log_event(LOG_ERROR, NULL, "Reload refused, the old configuration stays in force",
		    LOG_TEXT("fault", arena_text_of(arena, bytes_make(reason, len))));
	}
}

/* Tell systemd, when it asks to be told (sd_notify(3)): one datagram, no library. */
static void
notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd;

	if (path == NULL || (*path != '/' && *path != '@') ||
	    strlen(path) >= sizeof(address.sun_path))
		return;
	memcpy(address.sun_path, path, strlen(path));
	if (*path == '@')
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	(void)!sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path)));
	close(fd);
}

static void
reload(struct service *service)
{
	CLEANUP(arena_free)
	struct arena *arena = arena_new(START_ARENA);
	const char *reason = "";

	if (service_reload(service, arena, &reason) == ERR_OK)
		log_event(LOG_INFO, NULL, "Reloaded", LOG_TEXT("file", service->file));
	else
		log_faults(reason, arena);
}

static void
wait_for_the_end(struct service *service, const sigset_t *signals)
{
	for (;;) {
		siginfo_t info;
		int signal = sigwaitinfo(signals, &info);
		if (signal == SIGHUP)
			reload(service);
		else if (signal == SIGTERM || signal == SIGINT)
			return;
	}
}

/* Signals come to the loop only: they are blocked before the first thread starts. */
static int
run(const char *file, int64_t began)
{
	CLEANUP(arena_free)
	struct arena *arena = arena_new(START_ARENA);
	struct service service;
	const char *reason = "";
	sigset_t signals;
	int status;

	sigemptyset(&signals);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	must(sigprocmask(SIG_BLOCK, &signals, NULL) == 0);
	if (service_start(&service, file, arena, &status, &reason) != ERR_OK) {
		print_faults(reason);
		service_stop(&service);
		return status;
	}
	log_event(LOG_INFO, NULL, "Ready", LOG_TEXT("url", service.generation->config->public_url),
	    LOG_NUMBER("port", listener_port(service.public)),
	    LOG_NUMBER("operations_port", listener_port(service.operations)),
	    LOG_NUMBER("ms", clock_monotonic() - began));
	if (service.desk != NULL)
		log_event(LOG_INFO, NULL, "The help desk's console answers",
		    LOG_TEXT("url", service.generation->config->helpdesk.public_url),
		    LOG_NUMBER("port", listener_port(service.desk)));
	notify("READY=1");
	wait_for_the_end(&service, &signals);
	notify("STOPPING=1");
	log_event(LOG_INFO, NULL, "Stopping");
	service_stop(&service);
	log_event(LOG_INFO, NULL, "Stopped");
	return 0;
}

static int
check(const char *file)
{
	CLEANUP(arena_free)
	struct arena *arena = arena_new(START_ARENA);
	const char *reason = "";
	int status;

	if (service_check(file, arena, &status, &reason) != ERR_OK) {
		print_faults(reason);
		return status;
	}
	printf("%s: good\n", file);
	return 0;
}

int
main(int argc, char **argv)
{
	int64_t began = clock_monotonic();
	struct arguments arguments;

	signal(SIGPIPE, SIG_IGN);
	parse_arguments(argc, argv, &arguments);
	if (arguments.exit >= 0)
		return arguments.exit;
	return arguments.check ? check(arguments.file) : run(arguments.file, began);
}
