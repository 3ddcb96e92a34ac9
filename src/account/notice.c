#include "account/notice.h"

#include <string.h>

#include "account/address.h"
#include "account/link.h"
#include "config/config.h"
#include "text/template.h"

#define EXTRA_MOST 8
#define COMMON_MOST 5
/* News that could not be delivered for so long is no news. */
#define WORTH_SENDING DAYS(3)
/* So long, and no longer, a link says "this was not me": the mails tell it.  What stops a claim works while there is one. */
#define NOT_ME_DAYS 30

static const struct kind {
	const char *name;
	int days;
} kinds[] = {
#define NOTICE(id, kind, days) [NOTICE_##id] = {kind, days},
#include "account/notices.def"
#undef NOTICE
};

struct telling {
	struct txn *txn;
	const struct AccountRecord *account;
	const struct kind *kind;
	const char *link, *what; /* of its links */
	struct mail_value values[COMMON_MOST + EXTRA_MOST];
	size_t value_count;
};

const char *
notice_kind(enum notice notice)
{
	return kinds[notice].name;
}

enum language
notice_language(const struct AccountRecord *account)
{
	return strcmp(account->language, "fr") == 0 ? LANGUAGE_FR : LANGUAGE_EN;
}

static const char *
portal_name(const struct ctx *ctx, const struct AccountRecord *account)
{
	const struct portal_config *portal = config_portal(ctx->config, account->portal);

	if (portal == NULL)
		return account->portal;
	return notice_language(account) == LANGUAGE_FR ? portal->name.fr : portal->name.en;
}

static void
put_value(struct telling *telling, const char *name, const char *value)
{
	must(telling->value_count < COMMON_MOST + EXTRA_MOST);
	telling->values[telling->value_count++] = (struct mail_value){name, value != NULL ? value : ""};
}

static void
put_common(struct telling *telling)
{
	struct ctx *ctx = txn_ctx(telling->txn);
	const struct AccountRecord *account = telling->account;

	put_value(telling, "portal_name", portal_name(ctx, account));
	put_value(telling, "when", text_moment(ctx->text, notice_language(account), ctx->now, ctx->arena));
	put_value(telling, "support_reference", account->support_reference);
}

static enum err
put_mail(const struct telling *telling, const char *kind, const char *to)
{
	const struct outgoing mail = {.kind = kind, .language = notice_language(telling->account), .to = to,
	    .account = record_bytes(telling->account->id), .until = txn_ctx(telling->txn)->now + WORTH_SENDING, .values = telling->values,
	    .value_count = telling->value_count};

	return outbox_put(telling->txn, &mail, NULL);
}

static int
link_days(const struct telling *telling)
{
	int days = telling->kind->days;

	return strcmp(telling->link, LINK_NOT_ME) == 0 && days > NOT_ME_DAYS ? NOT_ME_DAYS : days;
}

/* One mail, with a link of its own. */
static enum err
tell(void *arg, const struct AddressRecord *address)
{
	struct telling *telling = arg, own;
	struct ctx *ctx = txn_ctx(telling->txn);
	const char *token;
	enum err err;

	own = *telling;
	if (own.kind->days > 0) {
		err = link_make(own.txn, own.link, record_bytes(own.account->id), own.what, DAYS(link_days(&own)), &token);
		if (err != ERR_OK)
			return err;
		put_value(&own, "not_me_url", arena_printf(ctx->arena, "%s/not-me?t=%s", ctx->config->public_url, token));
	}
	return put_mail(&own, own.kind->name, address->address);
}

static enum err
send_all(struct telling *telling, const struct mail_value *extra, size_t extra_count)
{
	must(extra_count <= EXTRA_MOST);
	if (txn_ctx(telling->txn)->config->mail.url == NULL)
		return ERR_OK;
	put_common(telling);
	for (size_t i = 0; i < extra_count; i++)
		put_value(telling, extra[i].name, extra[i].value);
	return address_walk(telling->txn, record_bytes(telling->account->id), tell, telling);
}

enum err
notice_send(struct txn *txn, const struct AccountRecord *account, enum notice notice, const struct mail_value *extra, size_t extra_count)
{
	struct telling telling = {.txn = txn, .account = account, .kind = &kinds[notice], .link = LINK_NOT_ME, .what = kinds[notice].name};

	return send_all(&telling, extra, extra_count);
}

enum err
notice_send_stopping(struct txn *txn, const struct notice_stopping *sending)
{
	struct telling telling = {.txn = txn, .account = sending->account, .kind = &kinds[sending->notice], .link = sending->link, .what = sending->what};

	return send_all(&telling, sending->extra, sending->extra_count);
}

enum err
notice_report(struct txn *txn, const struct AccountRecord *account, const struct LinkRecord *link)
{
	struct telling telling = {.txn = txn, .account = account};
	struct ctx *ctx = txn_ctx(txn);

	if (ctx->config->mail.url == NULL || ctx->config->mail.reports_to == NULL)
		return ERR_OK;
	put_common(&telling);
	put_value(&telling, "what", link->what);
	put_value(&telling, "event_when", text_moment(ctx->text, notice_language(account), link->created, ctx->arena));
	return put_mail(&telling, "mail-report-not-me", ctx->config->mail.reports_to);
}
