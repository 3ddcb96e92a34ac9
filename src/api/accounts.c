#include <string.h>

#include "account/account.h"
#include "account/approval.h"
#include "api/internal.h"
#include "audit/audit.h"
#include "signin/session.h"

/* A provider that ends a credential ends it at all portals in one moment: who is told of it could find the other accounts.  To its portal such an
 * account is open, as it was. */
static void
put_status(struct ctx *ctx, const struct AccountRecord *account, json_t *json)
{
	enum status status = status_of(account);
	int64_t since = account->status_since != 0 ? account->status_since : account->created;
	const char *why = account->status_why;

	if (status == STATUS_UNLINKED) {
		status = STATUS_ACTIVE;
		since = account->open_since != 0 ? account->open_since : since;
		why = account->open_since != 0 ? account->open_why : status_change_name(CHANGE_CLAIM_UNDONE);
	}
	json_object_set_new(json, "status", json_string(status_name(status)));
	json_object_set_new(json, "status_since", api_time(ctx, since));
	json_object_set_new(json, "status_why", api_text(why));
}

json_t *
api_account_print(struct ctx *ctx, const struct AccountRecord *account)
{
	json_t *json = json_object();

	json_object_set_new(json, "sub", json_string(account->sub));
	json_object_set_new(json, "former_sub", api_text(account->former_sub));
	json_object_set_new(json, "support_reference", json_string(account->support_reference));
	put_status(ctx, account, json);
	json_object_set_new(json, "created", api_time(ctx, account->created));
	json_object_set_new(json, "last_sign_in", api_time(ctx, account->n_sign_ins > 0 ? account->sign_ins[0] : 0));
	json_object_set_new(json, "second_factor", api_text(account->method));
	json_object_set_new(json, "frozen", json_boolean(account_frozen(account)));
	return json;
}

static enum err
find(struct txn *txn, struct api_call *call, struct AccountRecord **ret_account)
{
	return account_find_subject(txn, call->portal->id, call->request->segment, ret_account);
}

static enum err
show(struct txn *txn, struct api_call *call)
{
	struct AccountRecord *account;
	enum err err = find(txn, call, &account);

	if (err == ERR_NOT_FOUND)
		return api_refuse(call, PROBLEM_NOT_FOUND, NULL);
	return err == ERR_OK ? api_give(call, 200, api_account_print(call->ctx, account)) : err;
}

static enum err
decide(struct txn *txn, struct api_call *call, bool approved)
{
	struct AccountRecord *account;
	enum err err = find(txn, call, &account);

	if (err == ERR_NOT_FOUND)
		return api_refuse(call, PROBLEM_NOT_FOUND, NULL);
	if (err == ERR_OK)
		err = approval_decide(txn, account, approved, "api");
	if (err == ERR_REFUSED)
		return api_refuse(call, PROBLEM_STATE, "The account does not wait for that decision.");
	return err == ERR_OK ? api_give(call, 200, api_account_print(call->ctx, account)) : err;
}

static enum err
approve(struct txn *txn, struct api_call *call)
{
	return decide(txn, call, true);
}

static enum err
refuse(struct txn *txn, struct api_call *call)
{
	return decide(txn, call, false);
}

static enum err
end_sessions(struct txn *txn, struct api_call *call)
{
	struct AccountRecord *account;
	unsigned ended = 0;
	json_t *json;
	enum err err = find(txn, call, &account);

	if (err == ERR_NOT_FOUND)
		return api_refuse(call, PROBLEM_NOT_FOUND, NULL);
	if (err == ERR_OK)
		err = session_end_account(txn, record_bytes(account->id), NULL, &ended);
	if (err == ERR_OK && ended > 0)
		err = audit_append(txn, AUDIT_SESSION_ENDED, record_bytes(account->id), account->portal, "reason", "api", NULL);
	if (err != ERR_OK)
		return err;
	json = json_object();
	json_object_set_new(json, "sessions_ended", json_integer(ended));
	return api_give(call, 200, json);
}

/* --- who waits.  A position: created (8, big endian) | account id. */
#define TIME_SIZE 8

static struct bytes
position_of(struct arena *arena, const struct AccountRecord *account)
{
	uint8_t *position = arena_alloc(arena, TIME_SIZE + account->id.len);
	uint64_t time = (uint64_t)account->created;

	for (size_t i = TIME_SIZE; i > 0; i--, time >>= 8)
		position[i - 1] = (uint8_t)time;
	memcpy(position + TIME_SIZE, account->id.data, account->id.len);
	return bytes_make(position, TIME_SIZE + account->id.len);
}

/* Where the list goes on, also when that account does not wait any more. */
static struct AccountRecord *
stand_in(const struct api_page *page)
{
	struct AccountRecord *account = arena_new_object(page->call->ctx->arena, struct AccountRecord);

	account_record__init(account);
	account->portal = (char *)page->call->portal->id;
	for (size_t i = 0; i < TIME_SIZE; i++)
		account->created = account->created << 8 | page->after.data[i];
	account->id = record_data(bytes_make(page->after.data + TIME_SIZE, page->after.len - TIME_SIZE));
	return account;
}

static enum err
visit(void *arg, const struct AccountRecord *account)
{
	struct api_page *page = arg;
	struct ctx *ctx = page->call->ctx;
	enum err err = api_page_look(page, position_of(ctx->arena, account));
	json_t *json;

	if (err != ERR_OK)
		return err;
	json = api_account_print(ctx, account);
	json_object_set_new(json, "decide_until", api_time(ctx, account->created + ctx->config->limits.approval_lifetime));
	json_array_append_new(page->items, json);
	return ERR_OK;
}

static enum err
list(struct txn *txn, struct api_call *call)
{
	struct AccountRecord *after = NULL;
	struct api_page page;

	if (!api_page_begin(&page, call, "approvals", NULL))
		return ERR_OK;
	if (page.after.len > TIME_SIZE)
		after = stand_in(&page);
	return api_page_end(&page, approval_walk(txn, call->portal->id, after, API_PAGE_MOST + 1, visit, &page));
}

enum err
api_approvals(struct ctx *ctx, const struct request *request, struct response *response)
{
	static const char *const query[] = {"limit", "cursor", NULL};
	static const struct api_operation get = {.query = query, .run = list};

	return api_serve(ctx, request, &get, response);
}

enum err
api_account(struct ctx *ctx, const struct request *request, struct response *response)
{
	static const struct api_operation get = {.run = show};

	return api_serve(ctx, request, &get, response);
}

enum err
api_account_approve(struct ctx *ctx, const struct request *request, struct response *response)
{
	static const struct api_operation post = {.change = true, .run = approve};

	return api_serve(ctx, request, &post, response);
}

enum err
api_account_refuse(struct ctx *ctx, const struct request *request, struct response *response)
{
	static const struct api_operation post = {.change = true, .run = refuse};

	return api_serve(ctx, request, &post, response);
}

enum err
api_account_end_sessions(struct ctx *ctx, const struct request *request, struct response *response)
{
	static const struct api_operation post = {.change = true, .run = end_sessions};

	return api_serve(ctx, request, &post, response);
}
