#include "net/http.h"

#include <curl/curl.h>
#include <pthread.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/clock.h"

#define DEFAULT_TIME SECONDS(10)
#define DEFAULT_SIZE ((size_t)64 * 1024)
#define URL_MAX 4096

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
init(void)
{
	must(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
}

static void
easy_free(CURL **easy)
{
	curl_easy_cleanup(*easy);
}

static void
slist_free(struct curl_slist **list)
{
	curl_slist_free_all(*list);
}

/* "scheme://host[:port]" of a URL: its length, or 0. A user part would hide another host behind the name that is compared. */
static size_t
origin_length(const char *url)
{
	const char *host = strstr(url, "://");
	size_t len;

	if (host == NULL)
		return 0;
	host += 3;
	len = strcspn(host, "/?#");
	if (len == 0 || memchr(host, '@', len) != NULL || memchr(host, '\\', len) != NULL)
		return 0;
	return (size_t)(host - url) + len;
}

static bool
is_localhost(const char *host, size_t len)
{
	static const char name[] = "localhost";
	const char *colon = memchr(host, ':', len);

	if (colon != NULL)
		len = (size_t)(colon - host);
	if (len < sizeof(name) - 1 ||
	    strncasecmp(host + len - (sizeof(name) - 1), name, sizeof(name) - 1) != 0)
		return false;
	return len == sizeof(name) - 1 || host[len - sizeof(name)] == '.';
}

static bool
is_plain_ascii(const char *url)
{
	for (; *url != '\0'; url++) {
		if (*url <= 0x20 || *url > 0x7e)
			return false;
	}
	return true;
}

static bool
is_allowed(const struct http_options *options, const char *url)
{
	size_t len = origin_length(url);

	if (len == 0 || strlen(url) > URL_MAX || !is_plain_ascii(url))
		return false;
	if (strncmp(url, "https://", 8) != 0 &&
	    (strncmp(url, "http://", 7) != 0 || !is_localhost(url + 7, len - 7)))
		return false;
	for (size_t i = 0; i < options->allowed_count; i++) {
		if (strlen(options->allowed[i]) == len &&
		    strncmp(options->allowed[i], url, len) == 0)
			return true;
	}
	return false;
}

static size_t
receive(char *data, size_t size, size_t count, void *arg)
{
	struct buf *body = arg;

	buf_put(body, data, size * count);
	return body->failed ? 0 : size * count;
}

static struct curl_slist *
header_lines(const struct fields *headers, struct arena *arena)
{
	struct curl_slist *lines = NULL;

	for (size_t i = 0; headers != NULL && i < headers->count; i++) {
		const struct field *header = &headers->items[i];
		must(strpbrk(header->name, "\r\n") == NULL &&
		     strpbrk(header->value, "\r\n") == NULL);
		lines = curl_slist_append(
		    lines, arena_printf(arena, "%s: %s", header->name, header->value));
		must(lines != NULL);
	}
	lines = curl_slist_append(lines, "Expect:"); /* no 100-continue: one round trip */
	must(lines != NULL);
	return lines;
}

static void
set_bounds(CURL *easy, const struct http_options *options)
{
	int64_t time = options->time_limit > 0 ? options->time_limit : DEFAULT_TIME;

	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)time);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)time);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "vestibule");
	if (options->ca_file != NULL)
		curl_easy_setopt(easy, CURLOPT_CAINFO, options->ca_file);
}

static enum err
outcome(CURLcode code, const struct buf *body, struct arena *arena, const char **ret_reason)
{
	if (code == CURLE_OK)
		return ERR_OK;
	if (body->failed) {
		*ret_reason = "the answer is too large";
		return ERR_TOO_BIG;
	}
	*ret_reason = arena_text(arena, curl_easy_strerror(code));
	return code == CURLE_OPERATION_TIMEDOUT ? ERR_TIMEOUT : ERR_PEER;
}

static void
read_answer(CURL *easy, const struct buf *body, struct arena *arena, struct http_answer *ret_answer)
{
	struct curl_header *location;
	const char *type = NULL;
	long status = 0;

	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
	ret_answer->status = (int)status;
	ret_answer->content_type = arena_text(arena, type != NULL ? type : "");
	ret_answer->location = "";
	if (curl_easy_header(easy, "Location", 0, CURLH_HEADER, -1, &location) == CURLHE_OK)
		ret_answer->location = arena_text(arena, location->value);
	ret_answer->body = buf_bytes(body);
}

/* form: the encoded body of a POST; NULL for a GET. */
static enum err
exchange(const struct http_options *options, const char *url, const char *form,
    const struct fields *headers, struct arena *arena, struct http_answer *ret_answer,
    const char **ret_reason)
{
	CLEANUP(easy_free)
	CURL *easy = NULL;
	CLEANUP(slist_free)
	struct curl_slist *lines = NULL;
	struct buf body;
	enum err err;

	if (!is_allowed(options, url)) {
		*ret_reason = "this URL is not in the list of allowed ones";
		return ERR_REFUSED;
	}
	pthread_once(&once, init);
	easy = curl_easy_init();
	must(easy != NULL);
	lines = header_lines(headers, arena);
	buf_init(&body, arena, options->size_limit > 0 ? options->size_limit : DEFAULT_SIZE);
	set_bounds(easy, options);
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, lines);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, receive);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, &body);
	if (form != NULL) {
		curl_easy_setopt(easy, CURLOPT_POST, 1L);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)strlen(form));
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, form);
	}
	err = outcome(curl_easy_perform(easy), &body, arena, ret_reason);
	if (err == ERR_OK)
		read_answer(easy, &body, arena, ret_answer);
	return err;
}

enum err
http_get(const struct http_options *options, const char *url, const struct fields *headers,
    struct arena *arena, struct http_answer *ret_answer, const char **ret_reason)
{
	return exchange(options, url, NULL, headers, arena, ret_answer, ret_reason);
}

enum err
http_post(const struct http_options *options, const char *url, const struct fields *form,
    const struct fields *headers, struct arena *arena, struct http_answer *ret_answer,
    const char **ret_reason)
{
	return exchange(
	    options, url, http_form_print(form, arena), headers, arena, ret_answer, ret_reason);
}

static void
put_encoded(struct buf *out, const char *text)
{
	static const char unreserved[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

	for (; *text != '\0'; text++) {
		if (strchr(unreserved, *text) != NULL)
			buf_put_byte(out, (uint8_t)*text);
		else
			buf_printf(out, "%%%02X", (unsigned char)*text);
	}
}

const char *
http_form_print(const struct fields *form, struct arena *arena)
{
	struct buf out;

	buf_init(&out, arena, (size_t)1024 * 1024);
	for (size_t i = 0; form != NULL && i < form->count; i++) {
		if (i > 0)
			buf_put_byte(&out, '&');
		put_encoded(&out, form->items[i].name);
		buf_put_byte(&out, '=');
		put_encoded(&out, form->items[i].value);
	}
	must(!out.failed);
	return buf_text(&out);
}
