#include "mail/smtp.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"

#define CONNECT SECONDS(10)
#define URL_MAX 600
#define ADDRESS_MAX 254
/* A connection that has rested for longer may have been forgotten by what stands between. */
#define REST_MOST 60L
/* A farewell is not worth more: s. */
#define FAREWELL 1L

/* How far the exchange of one mail has come: what was said last. */
enum stage { STAGE_GREETING, STAGE_EHLO, STAGE_STARTTLS, STAGE_AUTH, STAGE_MAIL, STAGE_RCPT, STAGE_DATA, STAGE_BODY };

struct smtp {
	CURL *easy;
	struct smtp_limits limits;
	char *helo;
	_Atomic int64_t stop_at; /* monotonic; 0: not */

	/* of the connection */
	bool utf8, authenticated;

	/* of the mail under way */
	const struct mail_config *server;
	const struct smtp_mail *mail;
	size_t read;	     /* bytes of the message that libcurl has */
	enum stage stage;
	int reply;	     /* to what was said last; 0: none yet */
	bool leaving;	     /* the farewell changes nothing of both */
	const char *refusal; /* our own: we do not go on with this server */
	char outcome[16];
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
init(void)
{
	must(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
}

static void
slist_free(struct curl_slist **list)
{
	curl_slist_free_all(*list);
}

struct smtp *
smtp_new(const struct smtp_limits *limits, const char *helo)
{
	struct smtp *smtp = calloc(1, sizeof(*smtp));

	pthread_once(&once, init);
	must(smtp != NULL);
	smtp->limits.connect = limits->connect > 0 ? limits->connect : CONNECT;
	smtp->limits.whole = limits->whole > 0 ? limits->whole : SMTP_WHOLE;
	smtp->helo = strdup(helo);
	smtp->easy = curl_easy_init();
	must(smtp->helo != NULL && smtp->easy != NULL);
	return smtp;
}

void
smtp_free(struct smtp **smtp)
{
	if (*smtp == NULL)
		return;
	curl_easy_setopt((*smtp)->easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, FAREWELL);
	curl_easy_cleanup((*smtp)->easy);
	free((*smtp)->helo);
	free(*smtp);
	*smtp = NULL;
}

void
smtp_stop(struct smtp *smtp, int64_t grace)
{
	atomic_store(&smtp->stop_at, clock_monotonic() + grace);
}

static bool
is_stopped(const struct smtp *smtp)
{
	int64_t stop_at = atomic_load(&smtp->stop_at);

	return stop_at != 0 && clock_monotonic() >= stop_at;
}

/* --- what libcurl tells and asks --- */

static int
progress(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	(void)a, (void)b, (void)c, (void)d;
	return is_stopped(arg);
}

static size_t
give(char *place, size_t size, size_t count, void *arg)
{
	struct smtp *smtp = arg;
	size_t left = smtp->mail->message.len - smtp->read,
	       len = size * count < left ? size * count : left;

	memcpy(place, smtp->mail->message.data + smtp->read, len);
	smtp->read += len;
	return len;
}

static size_t
drop(char *data, size_t size, size_t count, void *arg)
{
	(void)data, (void)arg;
	return size * count;
}

/* What we say: lines of a dialogue without a verb (those of AUTH) leave the stage as it is. */
static int
on_command(CURL *easy, curl_infotype type, char *data, size_t len, void *arg)
{
	static const struct {
		const char *verb;
		enum stage stage;
	} verbs[] = {{"EHLO ", STAGE_EHLO}, {"HELO ", STAGE_EHLO}, {"STARTTLS", STAGE_STARTTLS},
	    {"AUTH ", STAGE_AUTH}, {"MAIL FROM:", STAGE_MAIL}, {"RCPT TO:", STAGE_RCPT},
	    {"DATA", STAGE_DATA}};
	struct smtp *smtp = arg;

	(void)easy;
	if (type != CURLINFO_HEADER_OUT)
		return 0;
	if (len >= 4 && strncmp(data, "QUIT", 4) == 0)
		smtp->leaving = true;
	for (size_t i = 0; !smtp->leaving && i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		size_t verb = strlen(verbs[i].verb);
		if (len < verb || strncmp(data, verbs[i].verb, verb) != 0)
			continue;
		smtp->stage = verbs[i].stage;
		smtp->reply = 0;
	}
	return 0;
}

static bool
has_word(const char *line, size_t len, const char *word)
{
	size_t size = strlen(word);

	return len >= 4 + size && strncasecmp(line + 4, word, size) == 0 &&
	       (len == 4 + size || strchr(" \r\n", line[4 + size]) != NULL);
}

/* The code of a reply's line; 0: it is none. */
static int
code_of(const char *line, size_t len)
{
	for (size_t i = 0; i < 3; i++)
		if (len < 3 || line[i] < '0' || line[i] > '9')
			return 0;
	return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

static bool
needs_utf8(const char *address)
{
	for (; *address != '\0'; address++)
		if ((unsigned char)*address >= 0x80)
			return true;
	return false;
}

/* May the recipient be named to this server? It is asked before that. */
static const char *
find_refusal(const struct smtp *smtp)
{
	if (needs_utf8(smtp->mail->to) && !smtp->utf8)
		return "no-smtputf8";
	if (smtp->server->user != NULL && !smtp->authenticated)
		return "no-auth";
	return NULL;
}

/* The last line of a reply. */
static void
note_reply(struct smtp *smtp, int code)
{
	smtp->reply = code;
	if (smtp->stage == STAGE_GREETING || smtp->stage == STAGE_STARTTLS)
		smtp->utf8 = smtp->authenticated = false;
	if (smtp->stage == STAGE_AUTH && code == 235)
		smtp->authenticated = true;
	if (smtp->stage == STAGE_MAIL && code / 100 == 2)
		smtp->refusal = find_refusal(smtp);
	if (smtp->stage == STAGE_DATA && code == 354)
		smtp->stage = STAGE_BODY;
	if (code >= 400)
		curl_easy_setopt(smtp->easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, FAREWELL);
}

/* What the server says, a line at a time; returning 0 ends it. */
static size_t
on_reply(char *line, size_t size, size_t count, void *arg)
{
	struct smtp *smtp = arg;
	size_t len = size * count;
	int code = code_of(line, len);

	if (code == 0 || smtp->leaving)
		return len;
	if (smtp->stage == STAGE_EHLO && has_word(line, len, "SMTPUTF8"))
		smtp->utf8 = true;
	if (len == 3 || line[3] != '-')
		note_reply(smtp, code);
	return smtp->refusal == NULL ? len : 0;
}

/* --- one try --- */

/* There is no bound on speed besides that on the whole: a server that takes its time to answer the message would be cut off and get it twice. */
static void
set_bounds(struct smtp *smtp, int64_t time)
{
	CURL *easy = smtp->easy;

	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)time);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
	    (long)(smtp->limits.connect < time ? smtp->limits.connect : time));
	curl_easy_setopt(easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)(time / 1000 + 1));
	curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, REST_MOST);
	curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, progress);
	curl_easy_setopt(easy, CURLOPT_XFERINFODATA, smtp);
}

static void
set_trust(struct smtp *smtp)
{
	static const long levels[] = {[MAIL_TLS_REQUIRED] = CURLUSESSL_ALL,
	    [MAIL_TLS_OPPORTUNISTIC] = CURLUSESSL_TRY,
	    [MAIL_TLS_NONE] = CURLUSESSL_NONE};
	const struct mail_config *server = smtp->server;
	CURL *easy = smtp->easy;

	curl_easy_setopt(easy, CURLOPT_USE_SSL, levels[server->tls]);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (server->ca_file != NULL) {
		curl_easy_setopt(easy, CURLOPT_CAINFO, server->ca_file);
		curl_easy_setopt(easy, CURLOPT_CAPATH, NULL); /* those of the file and no others */
	}
	if (server->user != NULL) {
		curl_easy_setopt(easy, CURLOPT_USERNAME, server->user);
		curl_easy_setopt(easy, CURLOPT_PASSWORD, server->password);
		curl_easy_setopt(easy, CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN");
	}
}

/* libcurl tells what is said through its debug function only. */
static void
set_exchange(struct smtp *smtp, struct curl_slist *to)
{
	char url[URL_MAX];
	CURL *easy = smtp->easy;

	must((size_t)snprintf(url, sizeof(url), "%s/%s", smtp->server->url, smtp->helo) <
	     sizeof(url));
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_MAIL_FROM, smtp->mail->from);
	curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, to);
	curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(easy, CURLOPT_READFUNCTION, give);
	curl_easy_setopt(easy, CURLOPT_READDATA, smtp);
	curl_easy_setopt(
	    easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)smtp->mail->message.len);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_reply);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, smtp);
	curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
	curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, on_command);
	curl_easy_setopt(easy, CURLOPT_DEBUGDATA, smtp);
}

static CURLcode
try_once(struct smtp *smtp, int64_t time, bool fresh)
{
	CLEANUP(slist_free)
	struct curl_slist *to = curl_slist_append(NULL, smtp->mail->to);
	CURLcode code;

	must(to != NULL);
	smtp->read = 0;
	smtp->stage = STAGE_GREETING;
	smtp->reply = 0;
	smtp->leaving = false;
	smtp->refusal = NULL;
	curl_easy_reset(smtp->easy);
	set_bounds(smtp, time);
	set_trust(smtp);
	set_exchange(smtp, to);
	curl_easy_setopt(smtp->easy, CURLOPT_FRESH_CONNECT, (long)fresh);
	code = curl_easy_perform(smtp->easy);
	curl_easy_setopt(smtp->easy, CURLOPT_MAIL_RCPT, NULL);
	return code;
}

/* A kept connection may have ended while it rested: nothing was handed over, so the mail need not wait for its next turn. */
static bool
was_stale(const struct smtp *smtp, CURLcode code)
{
	long opened = 1;

	curl_easy_getinfo(smtp->easy, CURLINFO_NUM_CONNECTS, &opened);
	return code != CURLE_OK && code != CURLE_ABORTED_BY_CALLBACK && opened == 0 &&
	       smtp->refusal == NULL && smtp->stage <= STAGE_MAIL &&
	       (smtp->reply == 0 || smtp->reply == 421);
}

/* --- what came of it --- */

static const char *
word_of(CURLcode code)
{
	switch ((int)code) {
	case CURLE_COULDNT_RESOLVE_HOST:
		return "unknown-host";
	case CURLE_COULDNT_CONNECT:
		return "no-connection";
	case CURLE_OPERATION_TIMEDOUT:
		return "timeout";
	case CURLE_ABORTED_BY_CALLBACK:
		return "stopped";
	case CURLE_USE_SSL_FAILED:
	case CURLE_SSL_CONNECT_ERROR:
		return "no-tls";
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CERTPROBLEM:
		return "certificate";
	case CURLE_LOGIN_DENIED:
		return "no-auth";
	case CURLE_GOT_NOTHING:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
		return "closed";
	default:
		return "trouble";
	}
}

static enum smtp_verdict
judge(struct smtp *smtp, CURLcode code, const char **ret_outcome)
{
	*ret_outcome = smtp->outcome;
	if (smtp->refusal != NULL) {
		*ret_outcome = smtp->refusal;
		return strcmp(smtp->refusal, "no-smtputf8") == 0 ? SMTP_FAILED : SMTP_RETRY;
	}
	snprintf(smtp->outcome, sizeof(smtp->outcome), "%d", smtp->reply);
	if (code == CURLE_OK)
		return SMTP_SENT;
	if (smtp->reply < 400 || code == CURLE_USE_SSL_FAILED)
		*ret_outcome = word_of(code);
	return smtp->reply >= 500 && smtp->stage >= STAGE_RCPT ? SMTP_FAILED : SMTP_RETRY;
}

/* One address, and nothing that means something to SMTP or to libcurl. */
static bool
is_address(const char *address)
{
	const char *at = strrchr(address, '@');

	if (at == NULL || at == address || at[1] == '\0' || strlen(address) > ADDRESS_MAX ||
	    strchr(address, '@') != at || needs_utf8(at))
		return false;
	for (; *address != '\0'; address++)
		if ((unsigned char)*address <= ' ' || *address == 0x7f ||
		    strchr("<>()[]\\,;:\"", *address) != NULL)
			return false;
	return true;
}

enum smtp_verdict
smtp_send(struct smtp *smtp, const struct mail_config *server, const struct smtp_mail *mail,
    const char **ret_outcome)
{
	int64_t began = clock_monotonic(), left;
	CURLcode code;

	smtp->server = server;
	smtp->mail = mail;
	if (!is_address(mail->to) || !is_address(mail->from)) {
		*ret_outcome = "address";
		return SMTP_FAILED;
	}
	if (is_stopped(smtp)) {
		*ret_outcome = "stopped";
		return SMTP_RETRY;
	}
	code = try_once(smtp, smtp->limits.whole, false);
	left = began + smtp->limits.whole - clock_monotonic();
	if (left > 0 && was_stale(smtp, code))
		code = try_once(smtp, left, true);
	return judge(smtp, code, ret_outcome);
}
