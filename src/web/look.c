#include "web/look.h"

#include <inttypes.h>
#include <string.h>

#include "web/style.h"

const char *
look_name(const struct ctx *ctx, const struct names *names)
{
	return ctx->language == LANGUAGE_FR ? names->fr : names->en;
}

struct view *
look_view(struct ctx *ctx)
{
	struct view *view = view_new(ctx->arena);

	view_text(view, "service_name", look_name(ctx, &ctx->config->service_name));
	view_text(view, "style_url", style_url(ctx));
	view_text(view, "help", look_name(ctx, &ctx->config->help));
	return view;
}

const char *
look_moment(struct ctx *ctx, int64_t time)
{
	return text_moment(ctx->text, ctx->language, time, ctx->arena);
}

void
look_fail(struct ctx *ctx, struct response *response, struct view *view, const char *field, const char *key, const char *name, int64_t wait)
{
	response->status = 422;
	if (strcmp(name, "locked") == 0) {
		response->status = 429;
		response_header(response, "Retry-After", arena_printf(ctx->arena, "%" PRId64, (wait + 999) / 1000));
		view_text(view, "wait", text_duration(ctx->text, ctx->language, wait, ctx->arena));
	}
	view_text(view, "error_field", field);
	view_text(view, "error_name", name);
	view_text(view, "error_message", text_sentence(ctx->text, ctx->language, key, view, ctx->arena));
}

static const char *
of_status(int status)
{
	switch (status) {
	case 403:
		return "forbidden";
	case 404:
	case 405:
		return "not-found";
	case 429:
		return "too-many";
	case 503:
		return "unavailable";
	default:
		return status >= 500 ? "internal" : "bad-request";
	}
}

static bool
has(struct ctx *ctx, const char *reason)
{
	return text_has(ctx->text, arena_printf(ctx->arena, "error.%s.title", reason));
}

/* The reason whose sentences are shown: its own, or what its status says; those of the place before the general ones. */
static const char *
shown(struct ctx *ctx, const char *place, int status, const char *reason)
{
	const char *general = of_status(status);
	const char *names[] = {arena_printf(ctx->arena, "%s%s", place, reason), reason, arena_printf(ctx->arena, "%s%s", place, general)};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (has(ctx, names[i]))
			return names[i];
	}
	return general;
}

static const char *
sentence(struct ctx *ctx, const char *reason, const char *part)
{
	return text_sentence(ctx->text, ctx->language, arena_printf(ctx->arena, "error.%s.%s", reason, part), NULL, ctx->arena);
}

void
look_error(struct ctx *ctx, struct view *view, const char *place, int status, const char *reason)
{
	const char *name = shown(ctx, place, status, reason);

	view_text(view, "reason", name);
	view_text(view, "title", sentence(ctx, name, "title"));
	view_text(view, "why", sentence(ctx, name, "reason"));
	view_text(view, "next", sentence(ctx, name, "next"));
	view_text(view, "reference", ctx->log.request);
}
