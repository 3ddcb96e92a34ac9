#include <stdlib.h>
#include <string.h>

#include "api/internal.h"
#include "crypto/seal.h"

#define CURSOR_MAX 512

/* list NUL portal: a cursor says nothing elsewhere. */
static struct bytes
binding(const struct api_page *page)
{
	return bytes_of(arena_printf(page->call->ctx->arena, "%s %s", page->list, page->call->portal->id));
}

static const char *
cursor_print(const struct api_page *page)
{
	struct ctx *ctx = page->call->ctx;

	return base64url_print(ctx->arena, seal(ctx->keys, "api-cursor", binding(page), page->at, ctx->arena));
}

static bool
cursor_parse(struct api_page *page, const char *text)
{
	struct ctx *ctx = page->call->ctx;
	struct bytes sealed;

	return strlen(text) <= CURSOR_MAX && base64url_parse(ctx->arena, bytes_of(text), &sealed) == ERR_OK &&
	    seal_open(ctx->keys, "api-cursor", binding(page), sealed, ctx->arena, &page->after) == ERR_OK;
}

static bool
limit_parse(const char *text, unsigned *ret_limit)
{
	size_t len = strlen(text);

	if (len < 1 || len > 3 || strspn(text, "0123456789") != len)
		return false;
	*ret_limit = (unsigned)strtoul(text, NULL, 10);
	return *ret_limit >= 1 && *ret_limit <= API_PAGE_MOST;
}

static bool
state_known(const char *const *states, const char *state)
{
	while (states != NULL && *states != NULL && strcmp(*states, state) != 0)
		states++;
	return states != NULL && *states != NULL;
}

bool
api_page_begin(struct api_page *page, struct api_call *call, const char *list, const char *const *states)
{
	const char *limit = request_query(call->request, "limit"), *cursor = request_query(call->request, "cursor"), *wrong = NULL;

	*page = (struct api_page){.call = call, .list = list, .state = request_query(call->request, "state"), .limit = API_PAGE_DEFAULT};
	if (limit != NULL && !limit_parse(limit, &page->limit))
		wrong = "limit must be a whole number from 1 to 100.";
	else if (page->state != NULL && !state_known(states, page->state))
		wrong = "state is none of this list's.";
	else if (cursor != NULL && !cursor_parse(page, cursor))
		wrong = "cursor is not one that this list gave to this portal.";
	if (wrong != NULL)
		api_refuse(call, PROBLEM_MALFORMED, wrong);
	else
		page->items = json_array();
	return wrong == NULL;
}

enum err
api_page_look(struct api_page *page, struct bytes position)
{
	if (json_array_size(page->items) >= page->limit || page->looks >= API_PAGE_LOOKS) {
		page->more = true;
		return ERR_EXISTS;
	}
	page->looks++;
	page->at = bytes_copy(page->call->ctx->arena, position);
	return ERR_OK;
}

bool
api_page_wants(const struct api_page *page, const char *state)
{
	return page->state == NULL || strcmp(page->state, state) == 0;
}

enum err
api_page_end(struct api_page *page, enum err walked)
{
	json_t *json;

	if (walked != ERR_OK && walked != ERR_EXISTS) {
		json_release(&page->items);
		return walked;
	}
	json = json_object();
	json_object_set_new(json, "items", page->items);
	json_object_set_new(json, "next", page->more ? json_string(cursor_print(page)) : json_null());
	return api_give(page->call, 200, json);
}
