#include "web/style.h"

#include "text/template.h"

/* FNV-1a (public domain): names a version, protects nothing. */
static uint64_t
fingerprint(struct bytes content)
{
	uint64_t hash = 0xcbf29ce484222325u;

	for (size_t i = 0; i < content.len; i++)
		hash = (hash ^ content.data[i]) * 0x100000001b3u;
	return hash;
}

enum sheet { SHEET_STYLE, SHEET_DESK };
static const char *const sheets[] = {"style.css", "desk.css"};

static const char *
url_of(struct ctx *ctx, enum sheet sheet)
{
	/* Each handler thread remembers the last one: the content stays where it is as long as its texts are in use. */
	static _Thread_local struct bytes known[2];
	static _Thread_local uint64_t version[2];
	struct bytes content;

	if (text_file(ctx->text, sheets[sheet], &content) != ERR_OK)
		return arena_printf(ctx->arena, "/%s", sheets[sheet]);
	if (content.data != known[sheet].data || content.len != known[sheet].len) {
		known[sheet] = content;
		version[sheet] = fingerprint(content);
	}
	return arena_printf(ctx->arena, "/%s?v=%016llx", sheets[sheet], (unsigned long long)version[sheet]);
}

const char *
style_url(struct ctx *ctx)
{
	return url_of(ctx, SHEET_STYLE);
}

const char *
style_desk_url(struct ctx *ctx)
{
	return url_of(ctx, SHEET_DESK);
}

enum err
style_favicon(struct ctx *ctx, const struct request *request, struct response *response)
{
	struct bytes content;
	enum err err = text_file(ctx->text, "favicon.svg", &content);

	(void)request;
	if (err != ERR_OK)
		return err;
	response->content_type = "image/svg+xml";
	response->cache = "public, max-age=86400";
	buf_put_bytes(&response->body, content);
	return ERR_OK;
}

static enum err
serve(struct ctx *ctx, const struct request *request, enum sheet sheet, struct response *response)
{
	struct bytes content;
	enum err err = text_file(ctx->text, sheets[sheet], &content);

	if (err != ERR_OK)
		return err;
	response->content_type = "text/css; charset=utf-8";
	/* Without its version it may be a newer one tomorrow. */
	response->cache = *request->raw_query != '\0' ? "public, max-age=31536000, immutable" : "public, max-age=300";
	buf_put_bytes(&response->body, content);
	return ERR_OK;
}

enum err
style_css(struct ctx *ctx, const struct request *request, struct response *response)
{
	return serve(ctx, request, SHEET_STYLE, response);
}

enum err
style_desk_css(struct ctx *ctx, const struct request *request, struct response *response)
{
	return serve(ctx, request, SHEET_DESK, response);
}
