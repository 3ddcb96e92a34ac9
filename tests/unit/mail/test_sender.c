/* From the outbox to the server: what arrives, what is tried again, what a death in the middle costs, what the log says. */
#include "../unit.h"
#include "smtp_server.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "crypto/keyring.h"
#include "mail/outbox.h"
#include "mail/sender.h"
#include "text/template.h"

#define PATIENCE SECONDS(20)

struct post {
	struct arena *arena;
	struct config configs[2];
	char urls[2][64];
	pthread_mutex_t lock; /* current */
	struct config *current;
	struct keyring *keys;
	struct text *text;
	struct store *store;
	char *directory;
	struct smtp_server *server;
	struct sender *sender;
};

static const uint8_t ann[16] = {1};
static const struct smtp_script usual = {.point = AT_NOTHING};

static void
post_open(struct post *post)
{
	const struct store_options options = {
	    .backend = "lmdb", .create = true, .directory = post->directory, .keys = post->keys};
	const char *why = "";

	if (store_open(&options, post->arena, &post->store, &why) != ERR_OK)
		fail_msg("%s", why);
}

static void
point_at(struct post *post, unsigned index, const struct smtp_server *server)
{
	snprintf(post->urls[index], sizeof(post->urls[index]), "smtp://127.0.0.1:%d", smtp_server_port(server));
	post->configs[index] = (struct config){.public_url = "https://auth.example.ca:8443",
	    .service_name = {"Vestibule", "Vestibule"},
	    .help = {"1-800-555-0100", "1-800-555-0100"},
	    .mail = {.url = post->urls[index], .from = "no-reply@example.ca", .tls = MAIL_TLS_NONE},
	    .limits = {.mail_kept = DAYS(30)}};
}

static int
setup(void **state)
{
	struct post *post = calloc(1, sizeof(*post));
	const char *why = "";

	post->arena = arena_new((size_t)1 << 28);
	post->keys = unit_keys(post->arena);
	post->directory = unit_directory();
	post->server = smtp_server_open(&usual);
	if (text_load(unit_templates(), NULL, post->arena, &post->text, &why) != ERR_OK)
		fail_msg("%s", why);
	point_at(post, 0, post->server);
	post->current = &post->configs[0];
	pthread_mutex_init(&post->lock, NULL);
	*state = post;
	return 0;
}

static int
teardown(void **state)
{
	struct post *post = *state;

	sender_close(&post->sender);
	store_close(&post->store);
	smtp_server_close(&post->server);
	text_free(&post->text);
	unit_directory_remove(&post->directory);
	keyring_free(&post->keys);
	pthread_mutex_destroy(&post->lock);
	arena_free(&post->arena);
	free(post);
	return 0;
}

static void
begin(void *arg, struct ctx *ctx)
{
	struct post *post = arg;

	pthread_mutex_lock(&post->lock);
	ctx->config = post->current;
	pthread_mutex_unlock(&post->lock);
	ctx->keys = post->keys;
	ctx->text = post->text;
	ctx->store = post->store;
}

static void
end(void *arg, struct ctx *ctx)
{
	(void)arg;
	ctx->config = NULL;
}

static void
start(struct post *post, unsigned threads, int64_t whole)
{
	const struct sender_options options = {.threads = threads, .look = 10, .lease = 2500, .grace = 200,
	    .limits = {.connect = whole, .whole = whole}, .begin = begin, .end = end, .arg = post};

	assert_int_equal(sender_open(&options, &post->sender), ERR_OK);
}

static struct ctx
now_ctx(struct post *post)
{
	struct ctx ctx = {.arena = post->arena, .now = clock_now()};

	begin(post, &ctx);
	return ctx;
}

struct putting {
	struct outgoing mail;
	struct bytes key;
};

static enum err
put_one(struct txn *txn, void *arg)
{
	struct putting *putting = arg;

	return outbox_put(txn, &putting->mail, &putting->key);
}

static struct bytes
put(struct post *post, const char *kind, const char *to)
{
	static const struct mail_value values[] = {{"code", "271828"}, {"portal_name", "Health"}, {"purpose", "sign-in"},
	    {"code_life", "10 minutes"}, {"when", "today"}, {"support_reference", "VB-1234-ABCD"}};
	struct ctx ctx = now_ctx(post);
	struct putting putting = {.mail = {.kind = kind, .language = LANGUAGE_EN, .to = to,
				      .account = {to[0] == 'a' ? ann : NULL, to[0] == 'a' ? 16 : 0}, .until = ctx.now + MINUTES(10),
				      .values = values, .value_count = sizeof(values) / sizeof(values[0])}};

	assert_int_equal(store_update(&ctx, put_one, &putting), ERR_OK);
	return putting.key;
}

struct loading {
	struct bytes key;
	struct MailRecord *mail;
};

static enum err
load_one(struct txn *txn, void *arg)
{
	struct loading *loading = arg;

	return outbox_load(txn, loading->key, &loading->mail);
}

static struct MailRecord *
load(struct post *post, struct bytes key)
{
	struct ctx ctx = now_ctx(post);
	struct loading loading = {.key = key};

	assert_int_equal(store_view(&ctx, load_one, &loading), ERR_OK);
	return loading.mail;
}

/* Wait for the outcome of a mail. */
static struct MailRecord *
wait_for(struct post *post, struct bytes key, const char *outcome)
{
	int64_t until = clock_monotonic() + PATIENCE;
	struct MailRecord *mail;

	do {
		usleep(5000);
		mail = load(post, key);
	} while (strcmp(mail->outcome, outcome) != 0 && clock_monotonic() < until);
	assert_string_equal(mail->outcome, outcome);
	return mail;
}

static struct smtp_heard *
heard(struct post *post)
{
	struct smtp_heard *heard = arena_new_object(post->arena, struct smtp_heard);

	smtp_server_heard(post->server, heard);
	return heard;
}

static void
what_was_put_arrives(void **state)
{
	struct post *post = *state;
	struct sender_counts counts;
	struct MailRecord *mail;
	struct bytes key;
	struct ctx ctx;

	post_open(post);
	start(post, 2, SECONDS(2));
	key = put(post, "mail-code", "ann@b\xc3\xbc\x63her.example");
	mail = wait_for(post, key, "250");
	assert_string_equal(mail->state, MAIL_SENT);
	assert_int_equal(mail->n_values, 0);
	ctx = now_ctx(post);
	assert_non_null(strstr(heard(post)->message, hex_print(post->arena, outbox_id(&ctx, key))));
	assert_non_null(strstr(heard(post)->message, "271"));
	assert_string_equal(heard(post)->to, "<ann@xn--bcher-kva.example>");
	assert_string_equal(heard(post)->helo, "auth.example.ca");
	for (unsigned i = 0; i < 200 && (sender_counts(post->sender, &counts), counts.sent == 0); i++)
		usleep(5000);
	assert_int_equal(counts.sent, 1);
	assert_int_equal(counts.failed + counts.retried, 0);
}

static void
each_mail_arrives_once(void **state)
{
	struct post *post = *state;
	struct bytes keys[40];

	post_open(post);
	for (unsigned i = 0; i < 40; i++)
		keys[i] = put(post, "mail-code", "bob@example.ca");
	start(post, 4, SECONDS(2));
	for (unsigned i = 0; i < 40; i++)
		assert_int_equal(wait_for(post, keys[i], "250")->attempts, 1);
	assert_int_equal(heard(post)->messages, 40);
	assert_true(heard(post)->connections <= 4);
}

static void
a_refusal_is_noted_and_the_log_names_nobody(void **state)
{
	struct post *post = *state;
	char *path = arena_printf(post->arena, "%s/../log-%d", post->directory, (int)getpid()), *line;
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct bytes never, later, strange;

	unlink(path);
	assert_true(fd >= 0);
	log_set_descriptor(fd);
	post_open(post);
	smtp_server_follow(post->server,
	    &(struct smtp_script){.point = AT_RCPT, .answer = "550 5.1.1 <ann@example.ca> who, 271828", .times = 1});
	start(post, 1, SECONDS(2));
	never = put(post, "mail-code", "ann@example.ca");
	assert_string_equal(wait_for(post, never, "550")->state, MAIL_FAILED);
	smtp_server_follow(post->server, &(struct smtp_script){.point = AT_DATA, .answer = "452 ann@example.ca is full"});
	later = put(post, "mail-code", "ann@example.ca");
	assert_string_equal(wait_for(post, later, "452")->state, MAIL_WAITING);
	assert_int_equal(load(post, later)->n_values, 6);
	strange = put(post, "mail-unknown", "ann@example.ca");
	assert_string_equal(wait_for(post, strange, "letter")->state, MAIL_WAITING);
	sender_close(&post->sender);
	log_set_descriptor(2);
	line = arena_alloc(post->arena, 1 << 16);
	assert_true(pread(fd, line, (1 << 16) - 1, 0) > 0);
	close(fd);
	assert_non_null(strstr(line, "\"Mail given up\" kind=mail-code outcome=550 tries=1"));
	assert_non_null(strstr(line, "\"Mail not sent, it is tried again\" kind=mail-code outcome=452"));
	assert_null(strchr(line, '@'));
	assert_null(strstr(line, "ann"));
	assert_null(strstr(line, "5.1.1"));
	assert_null(strstr(line, "full"));
	assert_null(strstr(line, "271828"));
}

static void
a_server_that_is_down_is_tried_again(void **state)
{
	struct post *post = *state;
	struct MailRecord *mail;
	int64_t due;

	post_open(post);
	smtp_server_close(&post->server);
	start(post, 1, SECONDS(2));
	mail = wait_for(post, put(post, "mail-code", "ann@example.ca"), "no-connection");
	assert_string_equal(mail->state, MAIL_WAITING);
	due = mail->due - mail->created;
	assert_true(due >= SECONDS(5) && due < SECONDS(8));
}

static void
a_reload_puts_another_server_in_force(void **state)
{
	struct post *post = *state;
	struct smtp_server *other = smtp_server_open(&usual);
	struct smtp_heard *there = arena_new_object(post->arena, struct smtp_heard);

	post_open(post);
	start(post, 1, SECONDS(2));
	wait_for(post, put(post, "mail-code", "ann@example.ca"), "250");
	point_at(post, 1, other);
	pthread_mutex_lock(&post->lock);
	post->current = &post->configs[1];
	pthread_mutex_unlock(&post->lock);
	wait_for(post, put(post, "mail-code", "ann@example.ca"), "250");
	smtp_server_heard(other, there);
	assert_int_equal(there->messages, 1);
	assert_int_equal(heard(post)->messages, 1);
	sender_close(&post->sender);
	smtp_server_close(&other);
}

static void
without_a_server_what_waits_goes_on_waiting(void **state)
{
	struct post *post = *state;
	struct bytes key;

	post_open(post);
	key = put(post, "mail-code", "ann@example.ca");
	post->configs[1] = post->configs[0];
	post->configs[1].mail.url = NULL;
	post->current = &post->configs[1];
	start(post, 2, SECONDS(2));
	usleep(100000);
	assert_string_equal(load(post, key)->state, MAIL_WAITING);
	assert_int_equal(load(post, key)->attempts, 0);
	pthread_mutex_lock(&post->lock);
	post->current = &post->configs[0];
	pthread_mutex_unlock(&post->lock);
	wait_for(post, key, "250");
}

static void
the_end_breaks_off_what_hangs(void **state)
{
	struct post *post = *state;
	struct bytes key;
	int64_t began;

	post_open(post);
	smtp_server_follow(post->server, &(struct smtp_script){.point = AT_MAIL, .how = HOW_HANG});
	start(post, 2, 2400);
	key = put(post, "mail-code", "ann@example.ca");
	while (heard(post)->from[0] == '\0')
		usleep(5000);
	began = clock_monotonic();
	sender_close(&post->sender);
	assert_true(clock_monotonic() - began < 2000);
	assert_string_equal(load(post, key)->outcome, "stopped");
	assert_string_equal(load(post, key)->state, MAIL_WAITING);
}

/* A service that is killed after the server took the message and before it said so. */
static void
be_killed(struct post *post)
{
	post_open(post);
	put(post, "mail-code", "ann@example.ca");
	start(post, 1, SECONDS(2));
	for (;;)
		pause();
}

static void
a_service_killed_in_the_middle_sends_the_same_message_again(void **state)
{
	struct post *post = *state;
	const struct smtp_heard *first;
	int64_t until = clock_monotonic() + PATIENCE;
	pid_t child;

	smtp_server_follow(post->server, &(struct smtp_script){.point = AT_END, .how = HOW_HANG});
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		be_killed(post);
	do
		usleep(5000);
	while ((first = heard(post))->messages == 0 && clock_monotonic() < until);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(first->messages, 1);
	smtp_server_follow(post->server, &usual);
	post_open(post);
	start(post, 1, SECONDS(2));
	while (heard(post)->messages == 1 && clock_monotonic() < until)
		usleep(5000);
	assert_int_equal(heard(post)->messages, 2);
	assert_true(strlen(first->message) > 500);
	assert_string_equal(heard(post)->message, first->message);
	usleep(100000);
	assert_int_equal(heard(post)->messages, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(a_service_killed_in_the_middle_sends_the_same_message_again, setup, teardown),
	    cmocka_unit_test_setup_teardown(what_was_put_arrives, setup, teardown),
	    cmocka_unit_test_setup_teardown(each_mail_arrives_once, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_refusal_is_noted_and_the_log_names_nobody, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_server_that_is_down_is_tried_again, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_reload_puts_another_server_in_force, setup, teardown),
	    cmocka_unit_test_setup_teardown(without_a_server_what_waits_goes_on_waiting, setup, teardown),
	    cmocka_unit_test_setup_teardown(the_end_breaks_off_what_hangs, setup, teardown),
	};

	signal(SIGPIPE, SIG_IGN);
	log_set_level(LOG_WARNING);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
