#include "web/response.h"

#include <inttypes.h>
#include <string.h>

#define BODY_MAX (1024 * 1024)

void
response_init(struct response *response, struct arena *arena)
{
	*response = (struct response){
	    .status = 200,
	    .content_type = "text/html; charset=utf-8",
	    .cache = "no-store",
	};
	buf_init(&response->body, arena, BODY_MAX);
}

/* A byte outside printable ASCII could end the header and begin another one (response splitting). */
static bool
header_safe(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text < 0x20 || *text > 0x7e)
			return false;
	}
	return true;
}

void
response_header(struct response *response, const char *name, const char *value)
{
	struct field_list *header = arena_new_object(response->body.arena, struct field_list);

	must(header_safe(name) && header_safe(value));
	header->name = arena_text(response->body.arena, name);
	header->value = arena_text(response->body.arena, value);
	if (response->last_header == NULL)
		response->headers = header;
	else
		response->last_header->next = header;
	response->last_header = header;
}

void
response_redirect(struct response *response, const char *url)
{
	response->status = 303;
	response->body.len = 0;
	response_header(response, "Location", url);
}

void
response_json(struct response *response, int status, const char *json)
{
	response->status = status;
	response->content_type = "application/json; charset=utf-8";
	response->body.len = 0;
	buf_put_text(&response->body, json);
}

void
response_cookie(struct response *response, const char *name, const char *value,
    enum same_site same_site, int64_t max_age)
{
	struct arena *arena = response->body.arena;
	const char *site = same_site == SAME_SITE_NONE ? "None" : "Lax";
	const char *age = max_age < 0 ? "" : arena_printf(arena, "; Max-Age=%" PRId64, max_age);

	must(strpbrk(value, ";, \"\\") == NULL);
	response_header(response, "Set-Cookie",
	    arena_printf(
		arena, "%s=%s; Path=/; Secure; HttpOnly; SameSite=%s%s", name, value, site, age));
}
