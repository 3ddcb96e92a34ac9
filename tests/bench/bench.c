/* bench - complete sign-ins against a release build with durable commits: how many, how fast, at what cost, and where it goes.
 *
 * A sign-in: the portal's request, chooser, provider (its answer signed and encrypted), TOTP, code, tokens; eight HTTP requests.
 * Beside it the cryptographic floor: what OpenSSL alone needs for the same private-key and signature operations, in the same run.
 * usage: bench [PEOPLE [CONCURRENT]]     (default 2000 and 16)
 */
#include <dirent.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../people/people.h"

#define STEPS 12
#define PRIMITIVE_RUNS 400

/* ---- what a step took ---- */

struct samples {
	const char *step;
	int64_t *us;
	size_t count, room;
};
static struct samples table[STEPS], whole = {.step = "whole sign-in"};
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool measuring;

static void
add(struct samples *samples, int64_t us)
{
	if (samples->count == samples->room) {
		samples->room = samples->room == 0 ? 4096 : samples->room * 2;
		samples->us = realloc(samples->us, samples->room * sizeof(*samples->us));
	}
	samples->us[samples->count++] = us;
}

static void
tick(void *arg, const char *step, int64_t us)
{
	(void)arg;
	if (!measuring)
		return;
	pthread_mutex_lock(&lock);
	for (int i = 0; i < STEPS; i++) {
		if (table[i].step == NULL)
			table[i].step = step;
		if (strcmp(table[i].step, step) == 0) {
			add(&table[i], us);
			break;
		}
	}
	pthread_mutex_unlock(&lock);
}

static int
by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static double
percentile(struct samples *samples, double p)
{
	if (samples->count == 0)
		return 0;
	qsort(samples->us, samples->count, sizeof(*samples->us), by_size);
	return (double)samples->us[(size_t)((double)(samples->count - 1) * p)] / 1000;
}

/* ---- the people ---- */

static struct house house;
static struct person *people;
static unsigned people_count;
static atomic_uint next_person, done, lost;
static double pace; /* sign-ins a second; 0: as fast as it goes */
static int64_t started;

static void
keep_pace(unsigned index)
{
	int64_t due = started + (int64_t)((double)index / pace * 1e6), now = monotonic_us();

	if (due > now)
		usleep((useconds_t)(due - now));
}

static void *
live(void *arg)
{
	struct visit *visit = malloc(sizeof(*visit));
	unsigned index;

	(void)arg;
	while ((index = atomic_fetch_add(&next_person, 1)) < people_count) {
		int64_t start;
		if (pace > 0)
			keep_pace(index);
		start = monotonic_us();
		visit_begin(visit, &house, &people[index]);
		visit->tick = tick;
		if (visit_all(visit) == OUTCOME_DONE) {
			atomic_fetch_add(&done, 1);
			if (measuring) {
				pthread_mutex_lock(&lock);
				add(&whole, monotonic_us() - start);
				pthread_mutex_unlock(&lock);
			}
		} else if (atomic_fetch_add(&lost, 1) == 0)
			printf("one sign-in failed: status %d on page %s\n", visit->status, visit->page);
		visit_end(visit);
	}
	free(visit);
	return NULL;
}

static double
run(unsigned concurrent)
{
	pthread_t threads[256];

	next_person = done = lost = 0;
	started = monotonic_us();
	for (unsigned i = 0; i < concurrent; i++)
		pthread_create(&threads[i], NULL, live, NULL);
	for (unsigned i = 0; i < concurrent; i++)
		pthread_join(threads[i], NULL);
	return (double)(monotonic_us() - started) / 1e6;
}

/* ---- CPU and memory of the service's processes, from /proc ---- */

struct usage {
	double writer, http, handlers, other, workers; /* CPU seconds */
	double write_bytes;
};

static double
task_seconds(const char *path, char name[32])
{
	char line[1024], *open, *close;
	unsigned long user = 0, system = 0;
	FILE *f = fopen(path, "r");

	name[0] = '\0';
	if (f == NULL)
		return 0;
	if (fgets(line, sizeof(line), f) != NULL && (open = strchr(line, '(')) != NULL && (close = strrchr(line, ')')) != NULL) {
		snprintf(name, 32, "%.*s", (int)(close - open - 1), open + 1);
		sscanf(close + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system);
	}
	fclose(f);
	return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static void
add_tasks(pid_t pid, struct usage *usage)
{
	char path[300], name[32];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		double seconds;
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/%d/task/%.32s/stat", pid, entry->d_name);
		seconds = task_seconds(path, name);
		if (strcmp(name, "store-writer") == 0)
			usage->writer += seconds;
		else if (strcmp(name, "handler") == 0)
			usage->handlers += seconds;
		else if (strncmp(name, "MHD", 3) == 0)
			usage->http += seconds;
		else
			usage->other += seconds;
	}
	if (dir != NULL)
		closedir(dir);
}

static pid_t
parent_of(pid_t pid, char name[32])
{
	char path[64], line[1024], *close;
	int parent = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	name[0] = '\0';
	f = fopen(path, "r");
	if (f == NULL)
		return 0;
	if (fgets(line, sizeof(line), f) != NULL && (close = strrchr(line, ')')) != NULL) {
		snprintf(name, 32, "%.*s", (int)(close - strchr(line, '(') - 1), strchr(line, '(') + 1);
		sscanf(close + 2, "%*c %d", &parent);
	}
	fclose(f);
	return parent;
}

/* The zygote (child of the daemon) and its workers (children of the zygote). */
static unsigned
worker_pids(pid_t *pids, unsigned room)
{
	unsigned count = 0;
	struct dirent *entry;
	DIR *dir = opendir("/proc");
	char name[32];

	while (dir != NULL && (entry = readdir(dir)) != NULL && count < room) {
		pid_t pid = atoi(entry->d_name), parent;
		if (pid <= 0)
			continue;
		parent = parent_of(pid, name);
		if (parent == house.pid || (parent > 1 && parent_of(parent, name) == house.pid))
			pids[count++] = pid;
	}
	if (dir != NULL)
		closedir(dir);
	return count;
}

static struct usage
usage_now(void)
{
	struct usage usage = {0};
	pid_t pids[64];
	unsigned count = worker_pids(pids, 64);
	char path[64], name[32];

	add_tasks(house.pid, &usage);
	for (unsigned i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "/proc/%d/stat", pids[i]);
		usage.workers += task_seconds(path, name);
	}
	return usage;
}

static double
anon_mb(pid_t pid)
{
	char path[64], line[256];
	double kb = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "r");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "RssAnon: %lf", &kb) == 1)
			break;
	if (f != NULL)
		fclose(f);
	return kb / 1024;
}

/* The value of a metric without labels; -1 when it is not there. */
static double
metric(const char *name)
{
	char *text = house_operations(&house, "/metrics"), what[128], *p;
	double value = -1;

	snprintf(what, sizeof(what), "\n%s ", name);
	if (text != NULL && (p = strstr(text, what)) != NULL)
		value = atof(p + strlen(what));
	free(text);
	return value;
}

/* ---- the floor: the same primitives with OpenSSL alone ---- */

struct floor {
	double decrypt, sign, verify, es256; /* CPU ms each */
};

static double
cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double
time_sign(EVP_PKEY *key, int runs)
{
	unsigned char text[300] = {1}, signature[512];
	double start = cpu_ms();

	for (int i = 0; i < runs; i++) {
		EVP_MD_CTX *md = EVP_MD_CTX_new();
		size_t len = sizeof(signature);
		EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, key);
		EVP_DigestSign(md, signature, &len, text, sizeof(text));
		EVP_MD_CTX_free(md);
	}
	return (cpu_ms() - start) / runs;
}

static double
time_verify(EVP_PKEY *key, int runs)
{
	unsigned char text[300] = {1}, signature[512];
	size_t len = sizeof(signature);
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	double start;

	EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, key);
	EVP_DigestSign(md, signature, &len, text, sizeof(text));
	EVP_MD_CTX_free(md);
	start = cpu_ms();
	for (int i = 0; i < runs; i++) {
		md = EVP_MD_CTX_new();
		EVP_DigestVerifyInit(md, NULL, EVP_sha256(), NULL, key);
		EVP_DigestVerify(md, signature, len, text, sizeof(text));
		EVP_MD_CTX_free(md);
	}
	return (cpu_ms() - start) / runs;
}

static double
time_decrypt(EVP_PKEY *key, int runs)
{
	unsigned char cipher[512], plain[512];
	size_t cipher_len = sizeof(cipher), len;
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(key, NULL);
	double start;

	EVP_PKEY_encrypt_init(c);
	EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_OAEP_PADDING);
	EVP_PKEY_encrypt(c, cipher, &cipher_len, (const unsigned char *)"0123456789abcdef0123456789abcdef", 32);
	EVP_PKEY_CTX_free(c);
	start = cpu_ms();
	for (int i = 0; i < runs; i++) {
		c = EVP_PKEY_CTX_new(key, NULL);
		len = sizeof(plain);
		EVP_PKEY_decrypt_init(c);
		EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_OAEP_PADDING);
		EVP_PKEY_decrypt(c, plain, &len, cipher, cipher_len);
		EVP_PKEY_CTX_free(c);
	}
	return (cpu_ms() - start) / runs;
}

static struct floor
measure_floor(void)
{
	EVP_PKEY *rsa = EVP_RSA_gen(2048), *ec = EVP_EC_gen("P-256");
	struct floor floor = {
	    .decrypt = time_decrypt(rsa, PRIMITIVE_RUNS),
	    .sign = time_sign(rsa, PRIMITIVE_RUNS),
	    .verify = time_verify(rsa, PRIMITIVE_RUNS * 5),
	    .es256 = time_sign(ec, PRIMITIVE_RUNS * 5),
	};

	EVP_PKEY_free(rsa);
	EVP_PKEY_free(ec);
	return floor;
}

/* ---- the report ---- */

static void
row(const char *what, double ms, double all)
{
	printf("  %-48s %7.3f ms  %5.1f %%\n", what, ms, all > 0 ? ms * 100 / all : 0);
}

static void
print_latencies(const char *title)
{
	printf("%s\n  %-20s %8s %9s %9s %9s\n", title, "step", "count", "p50 ms", "p95 ms", "p99 ms");
	for (int i = 0; i < STEPS && table[i].step != NULL; i++)
		printf("  %-20s %8zu %9.2f %9.2f %9.2f\n", table[i].step, table[i].count, percentile(&table[i], .5), percentile(&table[i], .95), percentile(&table[i], .99));
	printf("  %-20s %8zu %9.2f %9.2f %9.2f\n", whole.step, whole.count, percentile(&whole, .5), percentile(&whole, .95), percentile(&whole, .99));
}

static void
clear_latencies(void)
{
	for (int i = 0; i < STEPS; i++)
		table[i].count = 0;
	whole.count = 0;
}

static void
print_costs(const struct usage *a, const struct usage *b, const struct floor *floor, unsigned n)
{
	double per = 1000.0 / n, workers = (b->workers - a->workers) * per, store = (b->writer - a->writer) * per;
	double handlers = (b->handlers - a->handlers) * per, http = (b->http - a->http) * per, other = (b->other - a->other) * per;
	double all = workers + store + handlers + http + other, least = floor->decrypt + floor->sign + floor->verify + 2 * floor->es256;

	printf("CPU of the service per sign-in: %.3f ms\n", all);
	row("decryption (RSA-2048 OAEP, the primitive)", floor->decrypt, all);
	row("AuthnRequest signature (RSA-2048, the primitive)", floor->sign, all);
	row("XML and signature check (the rest of the workers)", workers - floor->decrypt - floor->sign, all);
	row("token signatures (2 x ES256, the primitive)", 2 * floor->es256, all);
	row("store (writer thread)", store, all);
	row("pages and protocol (handler threads, the rest)", handlers - 2 * floor->es256, all);
	row("HTTP (epoll threads)", http, all);
	row("rest", other, all);
	printf("cryptographic floor in the same run: %.3f ms (decrypt %.3f, sign %.3f, verify %.3f, ES256 2 x %.3f); ratio %.2f\n",
	    least, floor->decrypt, floor->sign, floor->verify, floor->es256, all / least);
}

static void
print_memory(void)
{
	pid_t pids[64];
	unsigned count = worker_pids(pids, 64);

	printf("memory (RssAnon): daemon %.1f MB", anon_mb(house.pid));
	for (unsigned i = 0; i < count; i++)
		printf(", worker process %.1f MB", anon_mb(pids[i]));
	printf("\n");
}

int
main(int argc, char **argv)
{
	unsigned concurrent = argc > 2 ? (unsigned)atoi(argv[2]) : 16;
	struct floor floor;
	struct usage before, after;
	double seconds, commits, rate;

	people_count = argc > 1 ? (unsigned)atoi(argv[1]) : 2000;
	if (people_count < 10 || concurrent < 1 || concurrent > 256)
		die("usage: bench [PEOPLE [CONCURRENT]]: at least 10 people, 1 to 256 at once");
	people = calloc(people_count, sizeof(*people));
	for (unsigned i = 0; i < people_count; i++)
		snprintf(people[i].name_id, sizeof(people[i].name_id), "bench-%u", i);
	house_make(&house);
	house_start(&house);
	printf("ready %.1f ms after start\n", (double)house.ready_us / 1000);

	seconds = run(concurrent);
	printf("first visits with enrolment: %u in %.1f s (%.0f a second), %u failed\n", done, seconds, done / seconds, lost);
	/* Each TOTP step is good once: let the enrolment's go by. */
	sleep(31);

	floor = measure_floor();
	measuring = true;
	commits = metric("vestibule_store_commits");
	before = usage_now();
	seconds = run(concurrent);
	after = usage_now();
	rate = done / seconds;
	printf("\nsign-ins: %u in %.1f s: %.0f a second, %u at once, %u failed\n", done, seconds, rate, concurrent, lost);
	print_latencies("at full load");
	print_costs(&before, &after, &floor, done);
	if (commits >= 0)
		printf("fsyncs (store commits) per sign-in: %.2f\n", (metric("vestibule_store_commits") - commits) / done);
	print_memory();

	sleep(31);
	clear_latencies();
	pace = rate / 2;
	if (people_count > pace * 20)
		people_count = (unsigned)(pace * 20);
	seconds = run(concurrent);
	printf("\nat half that load: %.0f a second, %u failed\n", done / seconds, lost);
	print_latencies("at half load");
	house_stop(&house);
	house_remove(&house);
	return lost == 0 ? 0 : 1;
}
