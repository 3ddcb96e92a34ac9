#include "helpdesk/state.h"

#include <string.h>

#include "signin/reset.h"
#include "text/template.h"

/* NULL: the person can sign in there. */
static const char *
of_status(enum status status)
{
	switch (status) {
	case STATUS_WAITING:
		return "waiting";
	case STATUS_CLAIMANT:
		return "claimant";
	case STATUS_REFUSED:
		return "refused";
	case STATUS_UNLINKED:
		return "unlinked";
	case STATUS_MOVED:
		return "moved";
	case STATUS_CLOSED:
	case STATUS_COUNT:
		return "closed";
	case STATUS_ACTIVE:
		break;
	}
	return NULL;
}

/* The one of the account's own method, else the first; locks of a method that it does not have tell nobody anything. */
static const struct dossier_lock *
telling_lock(const struct dossier *dossier)
{
	for (size_t i = 0; i < dossier->lock_count; i++) {
		if (dossier->locks[i].own)
			return &dossier->locks[i];
	}
	return dossier->lock_count > 0 ? &dossier->locks[0] : NULL;
}

const char *
state_word(const struct dossier *dossier, const struct dossier_lock **ret_lock)
{
	const struct dossier_lock *lock = telling_lock(dossier);
	const char *word = of_status(dossier->status);

	*ret_lock = NULL;
	if (word != NULL)
		return word;
	if (dossier->frozen != 0)
		return "frozen";
	if (lock != NULL) {
		*ret_lock = lock;
		return lock->disabled ? "disabled" : "wait";
	}
	if (strcmp(dossier->reset, RESET_WAITING) == 0)
		return "reset-waiting";
	if (strcmp(dossier->reset, RESET_ASKED) == 0)
		return "reset-asked";
	if (dossier->claimed)
		return "claimed";
	return dossier->has_factor ? "fine" : "no-factor";
}

/* What the placeholders of a state's sentences stand for, in a language. */
static struct view *
fill(struct ctx *ctx, const struct dossier *dossier, const struct dossier_lock *lock, enum language language)
{
	struct view *view = view_new(ctx->arena);

	if (dossier->reset_due != 0)
		view_text(view, "until", text_moment(ctx->text, language, dossier->reset_due, ctx->arena));
	if (lock == NULL)
		return view;
	view_text(view, "wait", text_duration(ctx->text, language, lock->wait, ctx->arena));
	view_number(view, "failures", lock->failures);
	view_text(view, "method",
	    text_sentence(ctx->text, language, arena_printf(ctx->arena, "desk-method.%s", lock->method), NULL, ctx->arena));
	return view;
}

const char *
state_headline(struct ctx *ctx, const struct dossier *dossier)
{
	const struct dossier_lock *lock;
	const char *word = state_word(dossier, &lock);

	return text_sentence(ctx->text, ctx->language, arena_printf(ctx->arena, "desk-state.%s", word), fill(ctx, dossier, lock, ctx->language),
	    ctx->arena);
}

const char *
state_say(struct ctx *ctx, const struct dossier *dossier, const char *word, enum language language)
{
	const struct dossier_lock *lock;

	state_word(dossier, &lock);
	return text_sentence(ctx->text, language, arena_printf(ctx->arena, "desk-say.%s", word), fill(ctx, dossier, lock, language), ctx->arena);
}
