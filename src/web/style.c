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

const char *
style_url(struct ctx *ctx)
{
	/* Each handler thread remembers the last one: the content stays where it is as long as its texts are in use. */
	static _Thread_local struct bytes known;
	static _Thread_local uint64_t version;
	struct bytes content;

	if (text_file(ctx->text, "style.css", &content) != ERR_OK)
		return "/style.css";
	if (content.data != known.data || content.len != known.len) {
		known = content;
		version = fingerprint(content);
	}
	return arena_printf(ctx->arena, "/style.css?v=%016llx", (unsigned long long)version);
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

enum err
style_css(struct ctx *ctx, const struct request *request, struct response *response)
{
	struct bytes content;
	enum err err = text_file(ctx->text, "style.css", &content);

	if (err != ERR_OK)
		return err;
	response->content_type = "text/css; charset=utf-8";
	/* Without its version it may be a newer one tomorrow. */
	response->cache = *request->raw_query != '\0' ? "public, max-age=31536000, immutable" : "public, max-age=300";
	buf_put_bytes(&response->body, content);
	return ERR_OK;
}
