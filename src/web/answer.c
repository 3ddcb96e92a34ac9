#include <stdlib.h>
#include <string.h>

#include "web/internal.h"

/* ATTACKS.md 7.3: on every answer, whatever its handler did. */
static const struct {
	const char *name, *value;
} always[] = {
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Permissions-Policy", "accelerometer=(), autoplay=(), camera=(), display-capture=(), "
			   "encrypted-media=(), fullscreen=(), geolocation=(), gyroscope=(), "
			   "magnetometer=(), microphone=(), midi=(), payment=(), "
			   "picture-in-picture=(), publickey-credentials-get=(), "
			   "screen-wake-lock=(), usb=(), xr-spatial-tracking=()"},
};

#define POLICY_BEFORE "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'"
#define POLICY_AFTER "; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
#define HSTS "max-age=63072000; includeSubDomains; preload"

static void
add(struct MHD_Response *answer, const char *name, const char *value)
{
	must(MHD_add_response_header(answer, name, value) == MHD_YES);
}

static void
add_policy(struct MHD_Response *answer, struct response *response)
{
	if (response->form_action == NULL)
		add(answer, "Content-Security-Policy", POLICY_BEFORE POLICY_AFTER);
	else
		add(answer, "Content-Security-Policy",
		    arena_printf(response->body.arena, POLICY_BEFORE " %s" POLICY_AFTER,
			response->form_action));
}

struct MHD_Response *
answer_make(const struct listener *listener, struct response *response)
{
	struct MHD_Response *answer;

	answer = MHD_create_response_from_buffer(
	    response->body.len, response->body.data, MHD_RESPMEM_MUST_COPY);
	must(answer != NULL);
	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		add(answer, always[i].name, always[i].value);
	add_policy(answer, response);
	if (listener->https)
		add(answer, "Strict-Transport-Security", HSTS);
	add(answer, "Cross-Origin-Resource-Policy",
	    response->cross_origin ? "cross-origin" : "same-origin");
	if (response->cross_origin)
		add(answer, "Access-Control-Allow-Origin", "*");
	if (response->body.len > 0)
		add(answer, "Content-Type", response->content_type);
	add(answer, "Cache-Control", response->cache);
	for (const struct field_list *header = response->headers; header != NULL;
	     header = header->next)
		add(answer, header->name, header->value);
	if (atomic_load(&listener->closing))
		add(answer, "Connection", "close");
	return answer;
}

struct MHD_Response *
answer_plain(
    const struct listener *listener, int status, const char *reason, const char *allow, bool close)
{
	CLEANUP(arena_free)
	struct arena *arena = arena_new(64 * 1024);
	struct response response;

	response_init(&response, arena);
	response.content_type = "text/plain; charset=utf-8";
	buf_printf(&response.body, "%s\n", reason);
	if (allow != NULL)
		response_header(&response, "Allow", allow);
	if (status == 503)
		response_header(&response, "Retry-After", "5");
	if (close)
		response_header(&response, "Connection", "close");
	return answer_make(listener, &response);
}

char *
answer_print(const struct listener *listener, int status, const char *reason)
{
	CLEANUP(arena_free)
	struct arena *arena = arena_new(64 * 1024);
	struct buf out;
	char *text;

	buf_init(&out, arena, 16 * 1024);
	buf_printf(&out, "HTTP/1.1 %d %s\r\nConnection: close\r\nCache-Control: no-store\r\n",
	    status, MHD_get_reason_phrase_for((unsigned)status));
	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		buf_printf(&out, "%s: %s\r\n", always[i].name, always[i].value);
	buf_put_text(&out, "Content-Security-Policy: " POLICY_BEFORE POLICY_AFTER "\r\n");
	buf_put_text(&out, "Cross-Origin-Resource-Policy: same-origin\r\n");
	if (listener->https)
		buf_put_text(&out, "Strict-Transport-Security: " HSTS "\r\n");
	buf_printf(&out,
	    "Content-Type: text/plain; charset=utf-8\r\nContent-Length: %zu\r\n\r\n%s\n",
	    strlen(reason) + 1, reason);
	text = strdup(buf_text(&out));
	must(text != NULL && !out.failed);
	return text;
}
