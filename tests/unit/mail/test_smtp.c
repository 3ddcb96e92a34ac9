/* What a mail server may do to us, at each step of an exchange; nothing of it takes longer than we allow. */
#include "../unit.h"
#include "smtp_server.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "mail/smtp.h"

#define CERTIFICATE UNIT_FIXTURES "/tls/localhost-1.crt"
#define OTHER_CERTIFICATE UNIT_FIXTURES "/tls/localhost-2.crt"
#define TLS .certificate = CERTIFICATE, .key = UNIT_FIXTURES "/tls/localhost-1.key"

static const struct smtp_limits patient = {0}, hurried = {.connect = 150, .whole = 250};
static const char message[] = "From: a@example.ca\r\nSubject: x\r\n\r\nLine\r\n.dot\r\n..two\r\nend\r\n";

struct post {
	struct smtp_server *server;
	struct smtp *smtp;
	struct mail_config config;
	char url[64];
	const char *outcome;
};

static struct post
post_open(const struct smtp_script *script, const struct smtp_limits *limits)
{
	struct post post = {.server = smtp_server_open(script), .smtp = smtp_new(limits, "auth.example.ca")};

	snprintf(post.url, sizeof(post.url), "%s://localhost:%d", script->smtps ? "smtps" : "smtp",
	    smtp_server_port(post.server));
	post.config = (struct mail_config){.tls = MAIL_TLS_NONE, .ca_file = CERTIFICATE};
	return post;
}

static void
post_close(struct post *post)
{
	smtp_free(&post->smtp);
	smtp_server_close(&post->server);
}

static enum smtp_verdict
send_to(struct post *post, const char *to)
{
	struct smtp_mail mail = {.from = "a@example.ca", .to = to, .message = bytes_of(message)};

	post->config.url = post->url;
	return smtp_send(post->smtp, &post->config, &mail, &post->outcome);
}

static struct smtp_heard
heard(struct post *post)
{
	struct smtp_heard heard;

	smtp_server_heard(post->server, &heard);
	return heard;
}

static void
expect(const struct smtp_script *script, const struct smtp_limits *limits, enum smtp_verdict verdict,
    const char *outcome)
{
	struct post post = post_open(script, limits);
	int64_t began = clock_monotonic();

	if (script->starttls)
		post.config.tls = MAIL_TLS_REQUIRED;
	if (script->auth != NULL) {
		post.config.user = "vestibule";
		post.config.password = "pass word";
	}
	assert_int_equal(send_to(&post, "ann@example.ca"), verdict);
	assert_string_equal(post.outcome, outcome);
	if (limits->whole > 0)
		assert_true(clock_monotonic() - began < limits->whole + 1500);
	post_close(&post);
}

static void
a_mail_is_handed_over_whole(void **state)
{
	struct post post = post_open(&(struct smtp_script){.point = AT_NOTHING}, &patient);

	(void)state;
	assert_int_equal(send_to(&post, "ann+tag@example.ca"), SMTP_SENT);
	assert_string_equal(post.outcome, "250");
	assert_string_equal(heard(&post).helo, "auth.example.ca");
	assert_non_null(strstr(heard(&post).from, "<a@example.ca>"));
	assert_string_equal(heard(&post).to, "<ann+tag@example.ca>");
	assert_int_equal(heard(&post).recipients, 1);
	/* the dots are doubled on the wire, and the last line's end stands before the closing dot */
	assert_string_equal(heard(&post).message,
	    "From: a@example.ca\r\nSubject: x\r\n\r\nLine\r\n..dot\r\n...two\r\nend");
	post_close(&post);
}

static void
the_connection_is_kept(void **state)
{
	struct post post = post_open(&(struct smtp_script){.point = AT_NOTHING}, &patient);

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(send_to(&post, "ann@example.ca"), SMTP_SENT);
	assert_int_equal(heard(&post).messages, 3);
	assert_int_equal(heard(&post).connections, 1);
	post_close(&post);
}

static void
a_kept_connection_that_ended_costs_no_turn(void **state)
{
	static const struct smtp_script scripts[] = {
	    {.point = AT_NOTHING, .once = true}, {.point = AT_NOTHING, .tired = true}};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct post post = post_open(&scripts[i], &patient);
		for (unsigned j = 0; j < 3; j++)
			assert_int_equal(send_to(&post, "ann@example.ca"), SMTP_SENT);
		assert_int_equal(heard(&post).messages, 3);
		assert_int_equal(heard(&post).connections, 3);
		post_close(&post);
	}
}

static void
nobody_there(void **state)
{
	struct post post = post_open(&(struct smtp_script){.point = AT_NOTHING}, &patient);

	(void)state;
	smtp_server_close(&post.server);
	assert_int_equal(send_to(&post, "ann@example.ca"), SMTP_RETRY);
	assert_string_equal(post.outcome, "no-connection");
	snprintf(post.url, sizeof(post.url), "smtp://nowhere.invalid:25");
	assert_int_equal(send_to(&post, "ann@example.ca"), SMTP_RETRY);
	assert_string_equal(post.outcome, "unknown-host");
	post_close(&post);
}

static void
silence_at_any_point_ends_in_time(void **state)
{
	(void)state;
	for (enum smtp_point point = AT_GREETING; point < AT_NOTHING; point++)
		expect(&(struct smtp_script){.point = point, .how = HOW_HANG, .starttls = point == AT_STARTTLS,
			   .auth = point == AT_AUTH ? "PLAIN" : NULL, TLS},
		    &hurried, SMTP_RETRY, "timeout");
}

static void
a_server_that_dribbles_is_left(void **state)
{
	static const enum smtp_point points[] = {AT_GREETING, AT_RCPT, AT_END};

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		expect(&(struct smtp_script){.point = points[i], .how = HOW_DRIBBLE}, &hurried, SMTP_RETRY,
		    "timeout");
}

static void
a_connection_that_closes_is_tried_again_later(void **state)
{
	(void)state;
	for (enum smtp_point point = AT_GREETING; point < AT_NOTHING; point++) {
		struct post post;
		struct smtp_script script = {.point = point, .how = HOW_CLOSE, .starttls = point == AT_STARTTLS,
		    .auth = point == AT_AUTH ? "PLAIN" : NULL, TLS};

		post = post_open(&script, &patient);
		if (script.starttls)
			post.config.tls = MAIL_TLS_REQUIRED;
		post.config.user = script.auth != NULL ? "vestibule" : NULL;
		post.config.password = "pass word";
		assert_int_equal(send_to(&post, "ann@example.ca"), SMTP_RETRY);
		if (strcmp(post.outcome, "closed") != 0)
			fail_msg("at %d: %s", (int)point, post.outcome);
		post_close(&post);
	}
}

static void
not_now_is_tried_again_at_each_step(void **state)
{
	(void)state;
	for (enum smtp_point point = AT_GREETING; point < AT_NOTHING; point++)
		expect(&(struct smtp_script){.point = point, .answer = "451 come back, ann@example.ca",
			   .starttls = point == AT_STARTTLS, .auth = point == AT_AUTH ? "PLAIN" : NULL, TLS},
		    &patient, SMTP_RETRY, point == AT_STARTTLS ? "no-tls" : "451");
}

static void
never_ends_the_mail_only_where_it_is_about_the_mail(void **state)
{
	(void)state;
	for (enum smtp_point point = AT_GREETING; point < AT_NOTHING; point++)
		expect(&(struct smtp_script){.point = point, .answer = "550 5.1.1 no ann@example.ca here",
			   .starttls = point == AT_STARTTLS, .auth = point == AT_AUTH ? "PLAIN" : NULL, TLS},
		    &patient, point >= AT_RCPT ? SMTP_FAILED : SMTP_RETRY,
		    point == AT_STARTTLS ? "no-tls" : "550");
	expect(&(struct smtp_script){.point = AT_END, .answer = "554-many\r\n554-lines\r\n554 of spam"}, &patient,
	    SMTP_FAILED, "554");
	expect(&(struct smtp_script){.point = AT_GREETING, .answer = "nonsense"}, &hurried, SMTP_RETRY, "timeout");
}

static void
nothing_is_sent_without_tls_where_it_is_required(void **state)
{
	struct post post = post_open(&(struct smtp_script){.point = AT_NOTHING}, &patient);

	(void)state;
	post.config.tls = MAIL_TLS_REQUIRED;
	assert_int_equal(send_to(&post, "ann@example.ca"), SMTP_RETRY);
	assert_string_equal(post.outcome, "no-tls");
	assert_int_equal(heard(&post).before_tls, 0);
	assert_int_equal(heard(&post).recipients, 0);
	/* where it need not be, it goes without */
	post.config.tls = MAIL_TLS_OPPORTUNISTIC;
	assert_int_equal(send_to(&post, "ann@example.ca"), SMTP_SENT);
	assert_false(heard(&post).tls);
	post_close(&post);
}

static void
the_servers_certificate_is_checked(void **state)
{
	static const struct {
		enum mail_tls tls;
		const char *ca_file, *host;
		bool smtps, good;
	} cases[] = {
	    {MAIL_TLS_REQUIRED, CERTIFICATE, "localhost", false, true},
	    {MAIL_TLS_REQUIRED, CERTIFICATE, "localhost", true, true},
	    {MAIL_TLS_OPPORTUNISTIC, CERTIFICATE, "localhost", false, true},
	    {MAIL_TLS_REQUIRED, OTHER_CERTIFICATE, "localhost", false, false},
	    {MAIL_TLS_OPPORTUNISTIC, OTHER_CERTIFICATE, "localhost", false, false},
	    {MAIL_TLS_REQUIRED, OTHER_CERTIFICATE, "localhost", true, false},
	    {MAIL_TLS_REQUIRED, NULL, "localhost", false, false},
	    {MAIL_TLS_REQUIRED, CERTIFICATE, "other.localhost", false, false}, /* another name */
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct post post = post_open(
		    &(struct smtp_script){.point = AT_NOTHING, .starttls = !cases[i].smtps, .smtps = cases[i].smtps, TLS},
		    &patient);
		post.config.tls = cases[i].tls;
		post.config.ca_file = cases[i].ca_file;
		if (strcmp(cases[i].host, "localhost") != 0)
			snprintf(post.url, sizeof(post.url), "smtp://%s:%d", cases[i].host, smtp_server_port(post.server));
		assert_int_equal(send_to(&post, "ann@example.ca"), cases[i].good ? SMTP_SENT : SMTP_RETRY);
		assert_string_equal(post.outcome, cases[i].good ? "250" : "certificate");
		assert_int_equal(heard(&post).recipients, cases[i].good);
		assert_int_equal(heard(&post).before_tls, 0);
		assert_int_equal(heard(&post).tls, cases[i].good);
		post_close(&post);
	}
}

static void
the_password_is_used_and_asked_for(void **state)
{
	static const struct {
		const char *offered, *auth, *outcome;
	} cases[] = {
	    {"PLAIN", "PLAIN AHZlc3RpYnVsZQBwYXNzIHdvcmQ=", "250"},
	    {"LOGIN", "LOGIN dmVzdGlidWxl cGFzcyB3b3Jk", "250"},
	    {"PLAIN LOGIN", "PLAIN AHZlc3RpYnVsZQBwYXNzIHdvcmQ=", "250"},
	    {"CRAM-MD5", "", "no-auth"},
	    {NULL, "", "no-auth"},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct post post = post_open(
		    &(struct smtp_script){.point = AT_NOTHING, .starttls = true, .auth = cases[i].offered, TLS}, &patient);
		bool good = cases[i].auth[0] != '\0';

		post.config.tls = MAIL_TLS_REQUIRED;
		post.config.user = "vestibule";
		post.config.password = "pass word";
		assert_int_equal(send_to(&post, "ann@example.ca"), good ? SMTP_SENT : SMTP_RETRY);
		assert_string_equal(post.outcome, cases[i].outcome);
		assert_string_equal(heard(&post).auth, cases[i].auth);
		assert_int_equal(heard(&post).recipients, good);
		assert_int_equal(heard(&post).before_tls, 0);
		if (good) /* the kept connection is still ours */
			assert_int_equal(send_to(&post, "ann@example.ca"), SMTP_SENT);
		post_close(&post);
	}
}

static void
an_address_of_another_script_needs_a_server_that_takes_it(void **state)
{
	struct post post = post_open(&(struct smtp_script){.point = AT_NOTHING}, &patient);

	(void)state;
	assert_int_equal(send_to(&post, "h\xc3\xa9l\xc3\xa8ne@example.ca"), SMTP_SENT);
	assert_non_null(strstr(heard(&post).from, "SMTPUTF8"));
	assert_string_equal(heard(&post).to, "<h\xc3\xa9l\xc3\xa8ne@example.ca>");
	/* so does the kept connection */
	assert_int_equal(send_to(&post, "h\xc3\xa9l\xc3\xa8ne@example.ca"), SMTP_SENT);
	assert_int_equal(send_to(&post, "ann@xn--bcher-kva.example"), SMTP_SENT);
	assert_null(strstr(heard(&post).from, "SMTPUTF8"));
	assert_string_equal(heard(&post).to, "<ann@xn--bcher-kva.example>");
	post_close(&post);
	post = post_open(&(struct smtp_script){.point = AT_NOTHING, .bare = true}, &patient);
	assert_int_equal(send_to(&post, "h\xc3\xa9l\xc3\xa8ne@example.ca"), SMTP_FAILED);
	assert_string_equal(post.outcome, "no-smtputf8");
	assert_int_equal(heard(&post).recipients, 0);
	assert_int_equal(send_to(&post, "ann@xn--bcher-kva.example"), SMTP_SENT);
	post_close(&post);
}

static void
what_one_connection_was_granted_is_not_the_next_ones(void **state)
{
	struct post post = post_open(
	    &(struct smtp_script){.point = AT_NOTHING, .once = true, .auth = "PLAIN"}, &patient);

	(void)state;
	post.config.user = "vestibule";
	post.config.password = "pass word";
	assert_int_equal(send_to(&post, "h\xc3\xa9l\xc3\xa8ne@example.ca"), SMTP_SENT);
	smtp_server_follow(post.server, &(struct smtp_script){.point = AT_NOTHING, .once = true});
	assert_int_equal(send_to(&post, "ann@example.ca"), SMTP_RETRY);
	assert_string_equal(post.outcome, "no-auth");
	smtp_server_follow(post.server, &(struct smtp_script){.point = AT_NOTHING, .auth = "PLAIN", .bare = true});
	assert_int_equal(send_to(&post, "h\xc3\xa9l\xc3\xa8ne@example.ca"), SMTP_FAILED);
	assert_string_equal(post.outcome, "no-smtputf8");
	assert_int_equal(heard(&post).recipients, 1);
	post_close(&post);
}

static void
there_is_one_recipient_and_no_way_to_a_second(void **state)
{
	static const char *addresses[] = {"", "ann", "@example.ca", "ann@", "ann@example.ca,bob@example.ca",
	    "ann@example.ca bob@example.ca", "ann@example.ca>\r\nRCPT TO:<bob@example.ca", "<ann@example.ca>",
	    "ann@bob@example.ca", "ann@example.ca\n", "ann@example.ca> SIZE=1", "\"a b\"@example.ca", "ann@b\xc3\xbc.ca",
	    "ann@[127.0.0.1]", "ann;bob@example.ca"};
	struct post post = post_open(&(struct smtp_script){.point = AT_NOTHING}, &patient);
	char endless[400];

	(void)state;
	for (unsigned i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		assert_int_equal(send_to(&post, addresses[i]), SMTP_FAILED);
		assert_string_equal(post.outcome, "address");
	}
	memset(endless, 'a', sizeof(endless));
	strcpy(endless + 300, "@example.ca");
	assert_int_equal(send_to(&post, endless), SMTP_FAILED);
	assert_int_equal(heard(&post).connections, 0);
	post_close(&post);
}

static void
a_mail_after_a_refused_one_is_sent(void **state)
{
	struct post post = post_open(
	    &(struct smtp_script){.point = AT_RCPT, .answer = "550 no", .times = 1}, &patient);

	(void)state;
	assert_int_equal(send_to(&post, "ann@example.ca"), SMTP_FAILED);
	assert_int_equal(send_to(&post, "bob@example.ca"), SMTP_SENT);
	assert_int_equal(heard(&post).messages, 1);
	assert_string_equal(heard(&post).to, "<bob@example.ca>");
	post_close(&post);
}

static void
a_stop_ends_what_is_under_way(void **state)
{
	struct post post = post_open(&(struct smtp_script){.point = AT_EHLO, .how = HOW_HANG}, &patient);
	int64_t began = clock_monotonic();

	(void)state;
	smtp_stop(post.smtp, 100);
	assert_int_equal(send_to(&post, "ann@example.ca"), SMTP_RETRY);
	assert_string_equal(post.outcome, "stopped");
	assert_true(clock_monotonic() - began < 3000);
	assert_int_equal(send_to(&post, "ann@example.ca"), SMTP_RETRY);
	assert_string_equal(post.outcome, "stopped");
	post_close(&post);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_mail_is_handed_over_whole),
	    cmocka_unit_test(the_connection_is_kept),
	    cmocka_unit_test(a_kept_connection_that_ended_costs_no_turn),
	    cmocka_unit_test(nobody_there),
	    cmocka_unit_test(silence_at_any_point_ends_in_time),
	    cmocka_unit_test(a_server_that_dribbles_is_left),
	    cmocka_unit_test(a_connection_that_closes_is_tried_again_later),
	    cmocka_unit_test(not_now_is_tried_again_at_each_step),
	    cmocka_unit_test(never_ends_the_mail_only_where_it_is_about_the_mail),
	    cmocka_unit_test(nothing_is_sent_without_tls_where_it_is_required),
	    cmocka_unit_test(the_servers_certificate_is_checked),
	    cmocka_unit_test(the_password_is_used_and_asked_for),
	    cmocka_unit_test(an_address_of_another_script_needs_a_server_that_takes_it),
	    cmocka_unit_test(what_one_connection_was_granted_is_not_the_next_ones),
	    cmocka_unit_test(there_is_one_recipient_and_no_way_to_a_second),
	    cmocka_unit_test(a_mail_after_a_refused_one_is_sent),
	    cmocka_unit_test(a_stop_ends_what_is_under_way),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
