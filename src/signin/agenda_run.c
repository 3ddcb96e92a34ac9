#include "signin/agenda_run.h"

#include <string.h>

#include "account/agenda.h"
#include "base/log.h"
#include "signin/life.h"
#include "signin/relink.h"
#include "signin/reset.h"

typedef enum err agenda_fn(struct txn *txn, struct bytes id);

static agenda_fn *const functions[AGENDA_COUNT] = {
    [AGENDA_APPROVAL] = undecided_due,
    [AGENDA_RESET] = reset_due,
    [AGENDA_CLAIM] = relink_due,
    [AGENDA_UNUSED] = unused_due,
    [AGENDA_PURGE] = purge_due,
};

struct turn {
	struct agenda_row row;
	bool found;
};

/* Something due at all?  In a look, so that a quiet second writes nothing. */
static enum err
look_in(struct txn *txn, void *arg)
{
	struct turn *turn = arg;
	enum err err = agenda_first(txn, &turn->row);

	turn->found = err == ERR_OK && turn->row.due <= txn_ctx(txn)->now;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err
run_in(struct txn *txn, void *arg)
{
	struct turn *turn = arg;
	enum err err = look_in(txn, turn);

	if (err != ERR_OK || !turn->found)
		return err;
	if (functions[turn->row.kind] == NULL)
		return ERR_CONFIG;
	err = agenda_drop(txn, turn->row.kind, turn->row.id, turn->row.due);
	return err == ERR_OK ? functions[turn->row.kind](txn, turn->row.id) : err;
}

static enum err
put_off_in(struct txn *txn, void *arg)
{
	const struct turn *turn = arg;
	enum err err = agenda_drop(txn, turn->row.kind, turn->row.id, turn->row.due);

	return err == ERR_OK ? agenda_put(txn, turn->row.kind, turn->row.id, txn_ctx(txn)->now + AGENDA_RUN_APART) : err;
}

/* The longest due row. ERR_NOT_FOUND: nothing is due. */
static enum err
run_one(struct ctx *ctx)
{
	struct turn turn = {.found = false};
	enum err err = store_view(ctx, look_in, &turn);

	if (err == ERR_OK && turn.found) {
		turn.found = false;
		err = store_update(ctx, run_in, &turn);
	}
	if (err == ERR_OK)
		return turn.found ? ERR_OK : ERR_NOT_FOUND;
	if (!turn.found)
		return err;
	log_event(LOG_ERROR, &ctx->log, "What was due could not be done: it is tried again in 10 minutes", LOG_TEXT("kind", agenda_name(turn.row.kind)),
	    LOG_ERR(err));
	return store_update(ctx, put_off_in, &turn);
}

enum err
agenda_run(struct ctx *ctx, unsigned most, unsigned *ret_ran)
{
	enum err err = ERR_OK;

	for (*ret_ran = 0; *ret_ran < most; (*ret_ran)++) {
		err = run_one(ctx);
		if (err != ERR_OK)
			break;
	}
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}
