#include <string.h>

#include "account/account.h"
#include "cli/by_reference.h"
#include "factor/recovery.h"
#include "factor/throttle.h"
#include "factor/totp.h"
#include "mail/mailbox.h"
#include "mail/outbox.h"

/* So many of its last mails are shown. */
#define MAILS_MOST 10

struct look {
	struct cli *cli;
	const char *reference;
	json_t *answer; /* NULL: no such account */
};

static json_t *
times_list(const struct cli *cli, const int64_t *times, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, cli_time(cli, times[i]));
	return list;
}

/* "open", "waits until <time>", "disabled". */
static const char *
throttle_print(const struct cli *cli, const struct ThrottleRecord *throttle)
{
	int64_t wait = 0;

	switch (throttle_judge(throttle, cli->ctx.now, &wait)) {
	case THROTTLE_OPEN:
		return "open";
	case THROTTLE_WAIT:
		return arena_printf(cli->ctx.arena, "waits until %s",
		    clock_print(cli->ctx.arena, cli->ctx.now + wait));
	case THROTTLE_DISABLED:
		return "disabled";
	}
	return "disabled";
}

/* How guessing stands for one method.  One that the account does not have is named only for the failures that are still counted. */
static enum err
method_put(struct txn *txn, struct look *look, struct bytes account, const char *method, bool enrolled, json_t *list)
{
	struct ThrottleRecord *throttle;
	enum err err = throttle_load(txn, account, method, &throttle);

	if (err != ERR_OK || (!enrolled && throttle->in_a_row == 0 && throttle->n_recent == 0))
		return err;
	json_array_append_new(list, json_pack("{s:s, s:s, s:I, s:I}", "method", method, "state",
					enrolled ? throttle_print(look->cli, throttle) : "not enrolled", "failures_in_a_row",
					(json_int_t)throttle->in_a_row, "failures_in_30_days",
					(json_int_t)throttle->n_recent));
	return ERR_OK;
}

static enum err
factors_put(struct txn *txn, struct look *look, const struct AccountRecord *account)
{
	struct bytes id = record_bytes(account->id);
	json_t *list = json_array();
	struct FactorRecord *factor;
	struct RecoveryRecord *recovery;
	enum err err = factor_load(txn, id, account->method, &factor);
	bool codes;

	json_object_set_new(
	    look->answer, "enrolled", cli_time(look->cli, err == ERR_OK ? factor->enrolled : 0));
	if (err == ERR_OK || err == ERR_NOT_FOUND)
		err = recovery_load(txn, id, &recovery);
	codes = err == ERR_OK;
	json_object_set_new(look->answer, "recovery_codes_left", json_integer(codes ? recovery_left(recovery) : 0));
	if (err == ERR_NOT_FOUND)
		err = ERR_OK;
	for (size_t i = 0; err == ERR_OK && method_row(i) != NULL; i++)
		err = method_put(txn, look, id, method_row(i)->name, strcmp(method_row(i)->name, account->method) == 0, list);
	if (err == ERR_OK)
		err = method_put(txn, look, id, RECOVERY_METHOD, codes, list);
	json_object_set_new(look->answer, "methods", list);
	return err;
}

/* One of its mails; its address only as the person would see it on a page. */
static enum err
mail_put(void *arg, struct bytes key, const struct MailRecord *mail)
{
	struct look *look = arg;
	json_t *list = json_object_get(look->answer, "mails");

	(void)key;
	if (json_array_size(list) == MAILS_MOST)
		return ERR_EXISTS;
	json_array_append_new(list, json_pack("{s:s, s:s, s:o, s:s, s:I, s:s}", "mail", mail->kind, "to",
					mailbox_mask(look->cli->ctx.arena, mail->to), "put",
					cli_time(look->cli, mail->created), "state", mail->state, "tries",
					(json_int_t)mail->attempts, "outcome", mail->outcome));
	return ERR_OK;
}

static enum err
mails_put(struct txn *txn, struct look *look, const struct AccountRecord *account)
{
	enum err err;

	json_object_set_new(look->answer, "mails", json_array());
	err = outbox_walk_account(txn, record_bytes(account->id), mail_put, look);
	return err == ERR_EXISTS ? ERR_OK : err;
}

/* The status in words, and what comes next by itself. */
static const char *
state_print(const struct cli *cli, const struct AccountRecord *account)
{
	struct arena *arena = cli->ctx.arena;
	const char *words = status_sentence(status_of(account), LANGUAGE_EN);

	if (account->purge_due != 0)
		return arena_printf(arena, "the account %s; %s on %s", words, status_is(account, STATUS_MOVED) ? "it is closed" : "it is removed",
		    clock_print(arena, account->purge_due));
	if (account->unused_told != 0)
		return arena_printf(arena, "the account %s; nobody uses it, and the person was told on %s that it will be closed", words,
		    clock_print(arena, account->unused_told));
	return arena_printf(arena, "the account %s", words);
}

static enum err
look_view(struct txn *txn, void *arg)
{
	struct look *look = arg;
	struct AccountRecord *account;
	enum err err = account_find_reference(txn, look->reference, &account);

	if (err != ERR_OK)
		return err;
	look->answer = json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:s, s:s, s:o, s:o, s:s, s:b, s:o}",
	    "support_reference", account->support_reference, "portal", account->portal, "provider",
	    account->provider, "status", account->status, "state", state_print(look->cli, account), "since",
	    cli_time(look->cli, account->status_since), "why", account->status_why, "language", account->language, "created",
	    cli_time(look->cli, account->created), "frozen", cli_time(look->cli, account->frozen), "second_factor",
	    account->method[0] != '\0' ? account->method : "none", "codes_confirmed",
	    account->codes_confirmed, "sign_ins",
	    times_list(look->cli, account->sign_ins, account->n_sign_ins));
	must(look->answer != NULL);
	err = factors_put(txn, look, account);
	return err == ERR_OK ? mails_put(txn, look, account) : err;
}

enum cli_status
cmd_account_show(struct cli *cli)
{
	struct look look = {.cli = cli};
	enum cli_status status = by_reference_parse(cli, &look.reference);
	enum err err;

	if (status != CLI_OK)
		return status;
	err = store_view(&cli->ctx, look_view, &look);
	if (err == ERR_OK)
		return cli_answer(cli, look.answer);
	json_decref(look.answer);
	return by_reference_fail(cli, look.reference, err);
}
