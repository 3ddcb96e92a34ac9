#include "helpdesk/dossier_show.h"

#include <string.h>

#include "config/config.h"
#include "factor/recovery.h"
#include "helpdesk/state.h"
#include "mail/outbox.h"
#include "signin/reset.h"
#include "web/look.h"

static const char *
say(struct ctx *ctx, const char *key)
{
	return text_sentence(ctx->text, ctx->language, key, NULL, ctx->arena);
}

static const char *
method_name(struct ctx *ctx, const char *method)
{
	return say(ctx, arena_printf(ctx->arena, "desk-method.%s", *method != '\0' ? method : "none"));
}

static const char *
portal_name(struct ctx *ctx, const char *id)
{
	const struct portal_config *portal = config_portal(ctx->config, id);

	return portal != NULL ? look_name(ctx, &portal->name) : id;
}

static const char *
provider_kind(struct ctx *ctx, const char *id)
{
	const struct provider_config *provider = config_provider(ctx->config, id);

	return provider != NULL ? provider->kind : "";
}

static const char *
provider_name(struct ctx *ctx, const char *id)
{
	const struct provider_config *provider = config_provider(ctx->config, id);

	return provider != NULL ? look_name(ctx, &provider->name) : id;
}

/* ---- for the template ---- */

static void
show_say(struct ctx *ctx, const struct dossier *dossier, const char *word, struct view *view)
{
	struct view *item = view_item(view, "says");

	view_text(item, "en", state_say(ctx, dossier, word, LANGUAGE_EN));
	view_text(item, "fr", state_say(ctx, dossier, word, LANGUAGE_FR));
}

/* Whose sign-in leads to a page that shows a caller code. */
static bool
reaches_code(enum status status)
{
	return status == STATUS_ACTIVE || status == STATUS_WAITING || status == STATUS_CLAIMANT;
}

static void
show_says(struct ctx *ctx, const struct dossier *dossier, struct view *view)
{
	const struct dossier_lock *lock;
	const char *word = state_word(dossier, &lock);

	/* The usual advice would be to use one of these codes. */
	if (lock != NULL && lock->disabled && strcmp(lock->method, RECOVERY_METHOD) == 0)
		word = "no-recovery";
	show_say(ctx, dossier, word, view);
	if (dossier->details == NULL && reaches_code(dossier->status))
		show_say(ctx, dossier, "verify", view);
	show_say(ctx, dossier, "never", view);
}

static void
show_locks(struct ctx *ctx, const struct dossier *dossier, struct view *view)
{
	for (size_t i = 0; i < dossier->lock_count; i++) {
		const struct dossier_lock *lock = &dossier->locks[i];
		struct view *item = view_item(view, "locks");
		view_text(item, "method", method_name(ctx, lock->method));
		view_number(item, "failures", lock->failures);
		if (!lock->disabled)
			view_text(item, "wait", text_duration(ctx->text, ctx->language, lock->wait, ctx->arena));
	}
}

static void
fact(struct ctx *ctx, struct view *view, const char *name, const char *value)
{
	struct view *item = view_item(view, "facts");

	view_text(item, "name", say(ctx, arena_printf(ctx->arena, "desk-fact.%s", name)));
	view_text(item, "value", value);
}

static void
fact_time(struct ctx *ctx, struct view *view, const char *name, int64_t time)
{
	if (time != 0)
		fact(ctx, view, name, look_moment(ctx, time));
}

static void
fact_number(struct ctx *ctx, struct view *view, const char *name, unsigned number)
{
	fact(ctx, view, name, arena_printf(ctx->arena, "%u", number));
}

static void
show_facts(struct ctx *ctx, const struct dossier *dossier, struct view *view)
{
	const struct dossier_details *details = dossier->details;

	fact(ctx, view, "portal", portal_name(ctx, details->portal));
	fact(ctx, view, "provider", provider_name(ctx, details->provider));
	fact(ctx, view, "language", say(ctx, strcmp(details->language, "fr") == 0 ? "desk-fact.fr" : "desk-fact.en"));
	fact(ctx, view, "method", method_name(ctx, details->method));
	fact_time(ctx, view, "method-since", details->method_since);
	if (details->address != NULL)
		fact(ctx, view, "address", details->address);
	if (details->notice_address != NULL)
		fact(ctx, view, "notice-address", details->notice_address);
	if (details->address == NULL && details->notice_address == NULL)
		fact(ctx, view, "address", say(ctx, "desk-fact.none"));
	fact_number(ctx, view, "codes-left", details->codes_left);
	fact_number(ctx, view, "sessions", details->sessions);
	fact_time(ctx, view, "last-seen", details->last_seen);
	fact_time(ctx, view, "created", details->created);
	fact_time(ctx, view, "status-since", details->status_since);
	fact_time(ctx, view, "frozen-since", dossier->frozen);
}

static void
show_reset(struct ctx *ctx, const struct dossier *dossier, struct view *view)
{
	const struct dossier_details *details = dossier->details;

	if (*dossier->reset == '\0')
		return;
	view_text(view, "reset", dossier->reset);
	view_text(view, "reset_until", look_moment(ctx, dossier->reset_due));
	view_text(view, "reset_by", details->reset_by);
	view_text(view, "reset_approved_by", details->reset_approved_by);
	view_text(view, "reset_reason", say(ctx, arena_printf(ctx->arena, "desk-reason.%s", details->reset_reason)));
	view_text(view, "reset_ticket", details->reset_ticket);
}

/* The subject, as the person reads it; a code's has the code's life in it, a report's the reference. */
static const char *
mail_title(struct ctx *ctx, const char *kind)
{
	const char *key = arena_printf(ctx->arena, "%s.subject", kind);

	if (strcmp(kind, "mail-code") == 0)
		return say(ctx, "desk-account.mail-code");
	if (strcmp(kind, "mail-report-not-me") == 0)
		return say(ctx, "desk-account.mail-report");
	return text_has(ctx->text, key) ? say(ctx, key) : kind;
}

static void
show_mails(struct ctx *ctx, const struct dossier_details *details, struct view *view)
{
	for (size_t i = 0; i < details->mail_count; i++) {
		const struct dossier_mail *mail = &details->mails[i];
		struct view *item = view_item(view, "mails");
		view_text(item, "when", look_moment(ctx, mail->created));
		view_text(item, "what", mail_title(ctx, mail->kind));
		view_text(item, "state", mail->state);
		view_text(item, "outcome", mail->outcome);
		view_number(item, "attempts", mail->attempts);
		if (strcmp(mail->state, MAIL_WAITING) == 0)
			view_text(item, "due", look_moment(ctx, mail->due));
	}
}

static void
show_lists(struct ctx *ctx, const struct dossier_details *details, struct view *view)
{
	for (size_t i = 0; i < details->sign_in_count; i++)
		view_text(view_item(view, "sign_ins"), "when", look_moment(ctx, details->sign_ins[i]));
	for (size_t i = 0; i < details->claim_count; i++) {
		struct view *item = view_item(view, "claims");
		view_flag(item, "as_old", details->claims[i].as_old);
		view_text(item, "state", details->claims[i].state);
		view_text(item, "opened", look_moment(ctx, details->claims[i].opened));
		view_text(item, "due", look_moment(ctx, details->claims[i].due));
	}
	for (size_t i = 0; i < details->event_count; i++) {
		struct view *item = view_item(view, "timeline");
		view_text(item, "when", look_moment(ctx, details->events[i].time));
		view_text(item, "when_iso", clock_print(ctx->arena, details->events[i].time));
		view_text(item, "sentence", details->events[i].sentence);
	}
}

void
dossier_show(struct ctx *ctx, const struct dossier *dossier, struct view *view)
{
	const struct dossier_lock *lock;

	view_text(view, "reference", dossier->support_reference);
	view_text(view, "state", state_word(dossier, &lock));
	view_text(view, "headline", state_headline(ctx, dossier));
	view_flag(view, "verified", dossier->details != NULL);
	show_says(ctx, dossier, view);
	show_locks(ctx, dossier, view);
	if (dossier->details == NULL)
		return;
	show_facts(ctx, dossier, view);
	show_reset(ctx, dossier, view);
	show_mails(ctx, dossier->details, view);
	show_lists(ctx, dossier->details, view);
}

/* ---- for the ticketing tool ---- */

static json_t *
json_moment(struct ctx *ctx, int64_t time)
{
	return time != 0 ? json_string(clock_print(ctx->arena, time)) : json_null();
}

static json_t *
json_words(const char *text)
{
	return text != NULL && *text != '\0' ? json_string(text) : json_null();
}

static json_t *
json_locks(const struct dossier *dossier)
{
	json_t *list = json_array();

	for (size_t i = 0; i < dossier->lock_count; i++) {
		const struct dossier_lock *lock = &dossier->locks[i];
		json_array_append_new(list, json_pack("{s:s, s:i, s:b, s:I}", "method", lock->method, "failures", (int)lock->failures, "disabled",
						lock->disabled, "wait_seconds", (json_int_t)((lock->wait + 999) / 1000)));
	}
	return list;
}

static json_t *
json_reset(struct ctx *ctx, const struct dossier *dossier)
{
	if (*dossier->reset == '\0')
		return json_null();
	return json_pack("{s:s, s:o}", "state", dossier->reset, "due", json_moment(ctx, dossier->reset_due));
}

static json_t *
json_mails(struct ctx *ctx, const struct dossier_details *details)
{
	json_t *list = json_array();

	for (size_t i = 0; i < details->mail_count; i++) {
		const struct dossier_mail *mail = &details->mails[i];
		json_array_append_new(list, json_pack("{s:s, s:o, s:s, s:o, s:i}", "kind", mail->kind, "created", json_moment(ctx, mail->created), "state",
						mail->state, "outcome", json_words(mail->outcome), "attempts", (int)mail->attempts));
	}
	return list;
}

static json_t *
json_claims(struct ctx *ctx, const struct dossier_details *details)
{
	json_t *list = json_array();

	for (size_t i = 0; i < details->claim_count; i++) {
		const struct dossier_claim *claim = &details->claims[i];
		json_array_append_new(list, json_pack("{s:s, s:s, s:o, s:o}", "side", claim->as_old ? "old" : "new", "state", claim->state, "opened",
						json_moment(ctx, claim->opened), "due", json_moment(ctx, claim->due)));
	}
	return list;
}

static json_t *
json_events(struct ctx *ctx, const struct dossier_details *details)
{
	json_t *list = json_array();

	for (size_t i = 0; i < details->event_count; i++)
		json_array_append_new(list, json_pack("{s:o, s:s}", "time", json_moment(ctx, details->events[i].time), "sentence", details->events[i].sentence));
	return list;
}

static json_t *
json_details(struct ctx *ctx, const struct dossier_details *details)
{
	json_t *sign_ins = json_array();
	json_t *json;

	for (size_t i = 0; i < details->sign_in_count; i++)
		json_array_append_new(sign_ins, json_moment(ctx, details->sign_ins[i]));
	json = json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:b}", "portal", details->portal, "provider", details->provider, "provider_kind",
	    provider_kind(ctx, details->provider), "language", details->language, "created", json_moment(ctx, details->created), "status_since",
	    json_moment(ctx, details->status_since), "method", json_words(details->method), "enrols_anew", details->enrols_anew);
	json_object_set_new(json, "method_since", json_moment(ctx, details->method_since));
	json_object_set_new(json, "address", json_words(details->address));
	json_object_set_new(json, "notice_address", json_words(details->notice_address));
	json_object_set_new(json, "recovery_codes_left", json_integer(details->codes_left));
	json_object_set_new(json, "sessions", json_integer(details->sessions));
	json_object_set_new(json, "sign_ins", sign_ins);
	json_object_set_new(json, "mails", json_mails(ctx, details));
	json_object_set_new(json, "claims", json_claims(ctx, details));
	json_object_set_new(json, "timeline", json_events(ctx, details));
	return json;
}

json_t *
dossier_json(struct ctx *ctx, const struct dossier *dossier)
{
	const struct dossier_lock *lock;

	return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:b, s:b, s:o}", "support_reference", dossier->support_reference, "status",
	    status_name(dossier->status), "state", state_word(dossier, &lock), "headline", state_headline(ctx, dossier), "frozen_since",
	    json_moment(ctx, dossier->frozen), "locks", json_locks(dossier), "reset", json_reset(ctx, dossier), "claimed", dossier->claimed, "verified",
	    dossier->details != NULL, "details", dossier->details != NULL ? json_details(ctx, dossier->details) : json_null());
}
