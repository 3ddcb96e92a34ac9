#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "people.h"

#define SECRET "the-secret-of-the-portal-of-the-tests"
#define ENTITY "https://idp.tests.example/idp"

static const char *
program(const char *name, char *out, size_t room)
{
	const char *build = getenv("BUILD");
	char path[400], *real;

	snprintf(path, sizeof(path), "%s/%s", build != NULL ? build : ".", name);
	real = realpath(path, NULL);
	if (real == NULL)
		die("%s: not there; set BUILD to the build directory", path);
	snprintf(out, room, "%s", real);
	free(real);
	return out;
}

/* A port that was free a moment ago. */
static uint16_t
free_port(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 || getsockname(fd, (struct sockaddr *)&address, &len) != 0)
		die("no free port: %s", strerror(errno));
	close(fd);
	return ntohs(address.sin_port);
}

static pid_t
launch(const char *const *argv, const char *log)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork: %s", strerror(errno));
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (log != NULL) {
		int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
		dup2(fd, 1);
		dup2(fd, 2);
	}
	execv(argv[0], (char *const *)argv);
	_exit(127);
}

static int
wait_for(pid_t pid, int64_t most_ms)
{
	int64_t until = monotonic_us() + most_ms * 1000;
	int status;

	for (;;) {
		pid_t got = waitpid(pid, &status, WNOHANG);
		if (got == pid)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		if (monotonic_us() > until)
			return -1;
		usleep(2000);
	}
}

static void
write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) || close(fd) != 0)
		die("%s cannot be written: %s", path, strerror(errno));
}

static const char *
templates(void)
{
	const char *source = getenv("SOURCE");
	static char path[512];

	snprintf(path, sizeof(path), "%s/templates", source != NULL ? source : ".");
	if (access(path, R_OK) != 0)
		die("%s: not there; set SOURCE to the source directory", path);
	return path;
}

static void
write_config(const struct house *house)
{
	char path[512], worker[512], text[4096], *real = realpath(templates(), NULL);

	snprintf(text, sizeof(text),
	    "public_url: %s\n"
	    "entity_id: %s/saml/metadata\n"
	    "listen: 127.0.0.1:%u\n"
	    "operations_listen: 127.0.0.1:%u\n"
	    "state_directory: state\n"
	    "key_directory: keys\n"
	    "template_directory: %s\n"
	    "saml_worker_program: %s\n"
	    "workers: { saml: 2, handlers: 16 }\n"
	    "limits: { recovery_codes: 5 }\n" /* the fewest: each costs 4 ms of CPU */
	    "providers:\n"
	    "  - id: gckey\n"
	    "    name: { en: GCKey, fr: CléGC }\n"
	    "    metadata: idp.xml\n"
	    "    profile: cats2\n"
	    "    encryption: [aes256-gcm]\n"
	    "    force_authn: true\n"
	    "    separation: exclusive\n"
	    "    authn_context: [\"urn:gc-ca:cyber-auth:assurance:loa2\"]\n"
	    "portals:\n"
	    "  - id: ptpha\n"
	    "    name: { en: Public health portal, fr: Portail de la santé publique }\n"
	    "    redirect_uris: [\"http://portal.localhost:9/callback\"]\n"
	    "    client_secret_file: secret\n"
	    "    admission: open\n"
	    "    providers: [gckey]\n"
	    "    second_factor: { methods: [totp], required_for: [gckey] }\n",
	    house->issuer, house->issuer, house->port, house->operations_port, real, program("vestibule-saml", worker, sizeof(worker)));
	snprintf(path, sizeof(path), "%s/vestibule.yaml", house->dir);
	write_file(path, text);
	snprintf(path, sizeof(path), "%s/secret", house->dir);
	write_file(path, SECRET "\n");
	free(real);
}

/* The directory of the house that stands, and who built it: a run that dies tells what the programs said, and removes it. */
static char standing[sizeof(((struct house *)NULL)->dir)];
static pid_t builder;

static void
remove_directory(const char *dir)
{
	wait_for(launch((const char *const[]){"/bin/rm", "-rf", dir, NULL}, NULL), 10000);
}

static void
remove_standing(void)
{
	char command[sizeof(standing) + 64];

	if (*standing == '\0' || getpid() != builder || getenv("KEEP") != NULL)
		return;
	snprintf(command, sizeof(command), "tail -n 20 %s/*.log >&2", standing);
	wait_for(launch((const char *const[]){"/bin/sh", "-c", command, NULL}, NULL), 10000);
	remove_directory(standing);
}

static void
stand(const struct house *house)
{
	if (builder == 0 && atexit(remove_standing) != 0)
		die("atexit: no room");
	builder = getpid();
	memcpy(standing, house->dir, sizeof(standing));
}

void
house_make(struct house *house)
{
	const char *tmp = getenv("TMPDIR");
	char path[512], config[512], ctl[512], basic[128];

	memset(house, 0, sizeof(*house));
	snprintf(house->dir, sizeof(house->dir), "%s/vestibule-people-XXXXXX", tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(house->dir) == NULL)
		die("%s: %s", house->dir, strerror(errno));
	stand(house);
	house->port = free_port();
	house->operations_port = free_port();
	snprintf(house->issuer, sizeof(house->issuer), "http://auth.localhost:%u", house->port);
	house->idp = idp_new(ENTITY);
	snprintf(path, sizeof(path), "%s/idp.xml", house->dir);
	idp_write_metadata(house->idp, path, "https://idp.tests.example/sso");
	snprintf(path, sizeof(path), "%s/state", house->dir);
	mkdir(path, 0700);
	write_config(house);
	snprintf(config, sizeof(config), "%s/vestibule.yaml", house->dir);
	snprintf(path, sizeof(path), "%s/keys.log", house->dir);
	if (wait_for(launch((const char *const[]){program("vestibulectl", ctl, sizeof(ctl)), "-c", config, "keys", "init", NULL}, path), 60000) != 0)
		die("vestibulectl keys init failed: see %s", path);
	EVP_EncodeBlock((unsigned char *)basic, (const unsigned char *)"ptpha:" SECRET, (int)strlen("ptpha:" SECRET));
	snprintf(house->authorization, sizeof(house->authorization), "Basic %s", basic);
}

char *
house_operations(struct house *house, const char *path)
{
	struct browser *browser = malloc(sizeof(*browser));
	struct reply reply;

	browser_init(browser, house->operations_port);
	browser_ask(browser, "GET", path, NULL, NULL, &reply);
	browser_done(browser);
	free(browser);
	if (reply.status == 200)
		return reply.body;
	reply_done(&reply);
	return NULL;
}

static void
read_metadata(struct house *house)
{
	struct browser *browser = malloc(sizeof(*browser));
	struct reply reply;

	browser_init(browser, house->port);
	browser_ask(browser, "GET", "/saml/metadata", NULL, NULL, &reply);
	browser_done(browser);
	if (reply.status != 200)
		die("/saml/metadata answered %d", reply.status);
	idp_read_sp(house->idp, reply.body);
	reply_done(&reply);
	free(browser);
}

void
house_start(struct house *house)
{
	char daemon[512], config[512], log[512];
	int64_t start = monotonic_us();

	snprintf(config, sizeof(config), "%s/vestibule.yaml", house->dir);
	snprintf(log, sizeof(log), "%s/daemon.log", house->dir);
	house->pid = launch((const char *const[]){program("vestibuled", daemon, sizeof(daemon)), "-c", config, NULL}, log);
	for (;;) {
		char *ready = house_operations(house, "/health/ready");
		if (ready != NULL) {
			free(ready);
			break;
		}
		if (waitpid(house->pid, NULL, WNOHANG) == house->pid)
			die("vestibuled ended at its start: see %s", log);
		if (monotonic_us() - start > 10000000)
			die("vestibuled is not ready after 10 s: see %s", log);
		usleep(1000);
	}
	house->ready_us = monotonic_us() - start;
	read_metadata(house);
}

int
house_stop(struct house *house)
{
	int status;

	kill(house->pid, SIGTERM);
	status = wait_for(house->pid, 15000);
	if (status < 0)
		die("vestibuled does not stop on SIGTERM");
	house->pid = 0;
	return status;
}

void
house_kill(struct house *house)
{
	kill(house->pid, SIGKILL);
	if (wait_for(house->pid, 5000) < 0)
		die("vestibuled cannot be killed");
	house->pid = 0;
}

/* The line with the head that the tool prints, for the next time. */
static void
keep_head(const char *said, const char *heads)
{
	char line[1024];
	FILE *from = fopen(said, "r"), *to = fopen(heads, "w");

	if (from == NULL || to == NULL)
		die("%s: %s", heads, strerror(errno));
	while (fgets(line, sizeof(line), from) != NULL)
		if (strstr(line, "sequence=") != NULL)
			fputs(line, to);
	fclose(from);
	fclose(to);
}

bool
house_verify(struct house *house, bool again)
{
	char tool[512], config[512], said[512], heads[512];
	struct stat kept;
	bool known;
	int status;

	snprintf(config, sizeof(config), "%s/vestibule.yaml", house->dir);
	snprintf(said, sizeof(said), "%s/verify.log", house->dir);
	snprintf(heads, sizeof(heads), "%s/heads", house->dir);
	(void)unlink(said);
	/* there is none as long as nothing has happened */
	known = again && stat(heads, &kept) == 0 && kept.st_size > 0;
	status = wait_for(launch((const char *const[]){program("vestibulectl", tool, sizeof(tool)), "-c", config, "audit", "verify",
				     known ? "--head" : NULL, heads, NULL},
			      said),
	    60000);
	if (status == 0)
		keep_head(said, heads);
	return status == 0;
}

void
house_remove(struct house *house)
{
	remove_directory(house->dir);
	*standing = '\0';
	idp_free(house->idp);
}
